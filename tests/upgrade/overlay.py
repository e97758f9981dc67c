"""This program as another release: the same code over other specs, put in place before anything is made from them.

A release is made up by what it lacks of today's specs, or has beside them. Only a process of its own can be one
(tests/upgrade/peer.py): `become` runs before the tables are imported, and nothing of it can be taken back.
"""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_STEP = '''"""A made-up step: these columns and tables, where they are not there yet. A column that a real step forgot stays missing."""

from alembic import op
from sqlalchemy import inspect

from models.tables import metadata

revision = "{revision}"
down_revision = "{down}"
COLUMNS = {columns}
TABLES = {tables}


def upgrade() -> None:
    there = inspect(op.get_bind())
    for name in TABLES:
        if not there.has_table(name):
            metadata.tables[name].create(op.get_bind())
    for name, columns in COLUMNS.items():
        known = {{c["name"] for c in there.get_columns(name)}}
        for column in columns:
            if column not in known:
                op.add_column(name, metadata.tables[name].c[column]._copy())
'''


@dataclass(frozen=True)
class Release:
    """schema: against today's. lacks: entity → fields; without: entities. more: entity → fields as FieldSpec takes them;
    beside: new entities, label and fields; limits: (entity, field) → another length. steps: made-up migrations after HEAD.
    """

    schema: int = 0
    lacks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    item_field: tuple[str, str] = ("", "")
    more: dict[str, tuple[tuple[str, str, str, str], ...]] = field(default_factory=dict)  # name, label, kind, codes
    beside: dict[str, tuple[str, tuple[tuple[str, str, str, str], ...]]] = field(default_factory=dict)
    limits: dict[tuple[str, str], int] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    protocol: int = 0


RELEASES = {
    "older": Release(
        schema=-1,
        lacks={"person": ("job_permit", "insured"), "request": ("member_id",)},
        without=("family_member",),
        item_field=("request.help", "wish"),
    ),
    "today": Release(steps=("made_up_today",)),
    "newer": Release(
        schema=1,
        more={"person": (("talent_points", "人才积分", "int", ""), ("helps", "可提供帮助", "codes", "worry"))},
        beside={"mentorship": ("结对帮扶", (("person_id", "帮扶对象", "ref", "person"), ("text", "内容", "note", "")))},
        limits={("person", "note"): 4000},
        steps=("made_up_today", "made_up_newer"),
    ),
    "next protocol": Release(steps=("made_up_today",), protocol=1),
    "last protocol": Release(steps=("made_up_today",), protocol=-1),
}


def _brings(step: str) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """(columns, tables) of a made-up step: what the older release lacks, or what the newer one has beside."""
    if step == "made_up_today":
        return RELEASES["older"].lacks, RELEASES["older"].without
    newer = RELEASES["newer"]
    return {entity: tuple(name for name, *_ in those) for entity, those in newer.more.items()}, tuple(newer.beside)


def lay_out(folder: Path, steps: tuple[str, ...]) -> tuple[Path, str]:
    """(a folder of migrations with made-up steps after the real ones, its last revision)."""
    from models.store import migrate

    scripts, head = folder / "migrations", migrate.HEAD
    shutil.copytree(ROOT / "models" / "migrations", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    for step in steps:
        columns, tables = _brings(step)
        text = _STEP.format(revision=step, down=head, columns=columns, tables=tables)
        (scripts / "versions" / f"{step}.py").write_text(text, encoding="utf-8")
        head = step
    return scripts, head


def become(name: str) -> None:
    """Turn this process into a release. Nothing of models.tables may have been imported."""
    release = RELEASES[name]
    assert "models.tables" not in sys.modules
    _change_entities(release)
    from models.store import migrate, moving, unit
    from models.sync import wire

    unit.SCHEMA += release.schema
    wire.PROTOCOL += release.protocol
    _change_rules(release, moving.FOLLOWS)
    _change_items(release)
    if release.steps:
        place = tempfile.TemporaryDirectory(prefix="guiyan-release-")
        atexit.register(place.cleanup)
        migrate.SCRIPTS, migrate.HEAD = lay_out(Path(place.name), release.steps)
    if release.lacks:
        migrate.upgrade = _cut(migrate.upgrade)


def _change_entities(release: Release) -> None:
    """models.tables.base by itself, without its package, so that what the modules of the package call is ours."""
    spec = importlib.util.spec_from_file_location("models.tables.base", ROOT / "models" / "tables" / "base.py")
    assert spec is not None
    assert spec.loader is not None
    base = importlib.util.module_from_spec(spec)
    sys.modules["models.tables.base"] = base
    spec.loader.exec_module(base)
    from sqlalchemy import MetaData

    from models.fields import FieldSpec, Kind, Merge

    true, metadata = base.entity, base.metadata

    def made(name: str, label: str, kind: str, of: str) -> FieldSpec:
        ref = {"ref": of} if kind == "ref" else {"codes": of}
        return FieldSpec(name, label, Kind(kind), Merge.ONCE if kind == "ref" else Merge.INTAKE, **ref)

    def entity(name: str, label: str, *specs: FieldSpec, **rest: Any) -> Any:
        if name in release.without:  # the module wants its name; nothing else ever sees it
            base.metadata = MetaData()
            found = true(name, label, *specs, **rest)
            base.metadata = metadata
            del base.ENTITIES[name]
            return found
        kept = [s for s in specs if s.name not in release.lacks.get(name, ())]
        kept = [replace(s, limit=release.limits.get((name, s.name), s.limit)) for s in kept]
        return true(name, label, *kept, *(made(*one) for one in release.more.get(name, ())), **rest)

    base.entity = entity
    import models.tables

    assert models.tables.ENTITIES is base.ENTITIES
    for name, (label, fields) in release.beside.items():
        true(name, label, *(made(*one) for one in fields))


def _change_rules(release: Release, follows: dict[str, tuple[tuple[str, str], ...]]) -> None:
    from models.scope import Level
    from models.sync import registry

    for name in release.without:
        del registry.SYNCED[name]
    for what, those in follows.items():
        follows[what] = tuple((child, at) for child, at in those if child not in release.without)
    for name in release.beside:
        registry.SYNCED[name] = registry.Rule(name, frozenset({Level.VILLAGE, Level.TOWNSHIP, Level.COUNTY}))
        follows["person"] += ((name, "person_id"),)


def _change_items(release: Release) -> None:
    from models.catalog import reading

    code, lacking = release.item_field
    true = reading._edition

    def edition(at: Any) -> Any:
        item = true(at)
        return replace(item, fields=tuple(f for f in item.fields if f.name != lacking)) if item.code == code else item

    reading._edition = edition


def _cut(true: Callable[..., bool]) -> Callable[..., bool]:
    """An upgrade that takes out again what this release does not have."""

    def upgrade(conn: Any, where: str, revision: str = "head") -> bool:
        from sqlalchemy import inspect

        from models.tables import metadata

        done = true(conn, where, revision)
        for name in inspect(conn).get_table_names():
            if name not in metadata.tables and name == "family_member":
                conn.exec_driver_sql(f"DROP TABLE {name}")
            known = metadata.tables.get(name)
            for column in inspect(conn).get_columns(name) if known is not None else ():
                if column["name"] not in known.c:
                    conn.exec_driver_sql(f"ALTER TABLE {name} DROP COLUMN {column['name']}")
        return done

    return upgrade
