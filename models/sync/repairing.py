"""Making both ends alike after a comparison, without losing anything on either.

What the county has is pulled by id. What it lost is given back, and taken when its own history vouches for it; where the
history was lost too, the record is said again as an event. What waits here for a person or a round is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from models import scope
from models.errors import RuleError
from models.fields import Merge
from models.store import bulk, outbox, rows, settings
from models.store.unit import Store, Unit
from models.sync import adopt, reconcile, returning, wire
from models.sync.client import Link, Progress
from models.sync.comparing import Difference, Line
from models.sync.registry import OWNERS, SYNCED
from models.sync.returning import Returned
from models.tables import ENTITIES
from models.tables.system import EVENT

_CHUNK = 400 << 10  # bytes of records in one request, but for a single one that is longer
GIVEN = ("extra", "damaged", "moved")


@dataclass
class Repair:
    """restored: records that the county took back; pulled: brought from it; said: sent again with the next round.

    touched: what changed here."""

    restored: int = 0
    pulled: int = 0
    said: int = 0
    touched: list[tuple[str, str]] = field(default_factory=list)


def repair(store: Store, link: Link, line: Line, faults: Sequence[Difference], actor: str, progress: Progress) -> Repair:
    """Mend what can be mended without a person. Every step may be repeated; a further comparison tells what is left."""
    done = Repair()
    given = [f for f in faults if f.kind in GIVEN and f.here]
    answers = _give_back(store, link, line, given, progress)
    wanted = [f for f in faults if answers.get(f.id, "unknown") in ("unknown", "other") or f.kind == "moved"]
    done.touched = _pull(store, link, line, wanted, progress)
    done.pulled = len(done.touched)
    # Values that nobody vouches for have been pulled: given back as they stand, the county seals them anew.
    again = _give_back(store, link, line, [f for f in wanted if f.kind == "damaged"], progress)
    done.restored = [*answers.values(), *again.values()].count("restored")
    here = {record_id for _, record_id in done.touched}
    lost = [f for f in given if f.kind == "extra" and answers[f.id] == "unknown" and f.id not in here]
    done.said = say_again(store, lost, actor)
    return done


def _runs(those: Sequence[Difference], size: int) -> Iterator[Sequence[Difference]]:
    for start in range(0, len(those), size):
        yield those[start : start + size]


def _give_back(store: Store, link: Link, line: Line, those: Sequence[Difference], progress: Progress) -> dict[str, str]:
    said: dict[str, str] = {}
    for some in _runs(those, returning.MOST // 2):
        with store.read() as conn:
            records = returned(conn, some)
        for body in _bodies(records):
            said.update(wire.read_word(line.give_back(body), link.server_key, dict[str, str]))
        progress("送还", len(said), len(those))
    return said


def returned(conn: Connection, those: Iterable[Difference]) -> list[Returned]:
    """Records as they stand here, to be given back."""
    found = []
    for entity, row in _rows(conn, those):
        what = ENTITIES[entity]
        found.append(Returned(entity, row["id"], {} if row["deleted"] else rows.to_wire(what, row), bool(row["deleted"])))
    return found


def _rows(conn: Connection, those: Iterable[Difference]) -> list[tuple[str, dict[str, Any]]]:
    by_entity: dict[str, list[str]] = {}
    for one in those:
        by_entity.setdefault(one.entity, []).append(one.id)
    found = []
    for entity, ids in by_entity.items():
        t = ENTITIES[entity].table
        for part in bulk.parts(ids):
            found += [(entity, dict(r)) for r in conn.execute(select(t).where(bulk.among(t.c.id, part))).mappings()]
    return found


def _bodies(records: Sequence[Returned]) -> list[bytes]:
    bodies: list[list[bytes]] = []
    size = _CHUNK
    for record in map(msgspec.json.encode, records):
        if size + len(record) > _CHUNK:
            bodies.append([])
            size = 0
        bodies[-1].append(record)
        size += len(record)
    return [b"[" + b",".join(one) + b"]" for one in bodies]


def _pull(store: Store, link: Link, line: Line, those: Sequence[Difference], progress: Progress) -> list[tuple[str, str]]:
    touched: list[tuple[str, str]] = []
    for n, some in enumerate(_runs(those, reconcile.MOST_IDS), 1):
        asked = [(f.entity, f.id) for f in some]
        _header, items = wire.read_page(line.wanted(msgspec.json.encode(asked)), link.server_key)
        if {(i.entity, i.id) for i in items} - set(asked):
            raise RuleError("compare.answer", "县级返回的不是所要的记录，没有记入。请稍后再试。")
        with store.transaction() as conn:
            seal(conn, some)
            touched += adopt.adopt(conn, store, items, int(settings.get(conn, "cursor", 0)))
        progress("取回", min(n * reconcile.MOST_IDS, len(those)), len(those))
    return touched


def seal(conn: Connection, those: Iterable[Difference]) -> None:
    """Let the kept digest be that of the values: what was changed behind the program's back would be passed over else."""
    changes: dict[str, dict[str, dict[str, Any]]] = {}
    for entity, row in _rows(conn, those):
        before = dict(row)
        rows.seal(ENTITIES[entity], row)
        changes.setdefault(entity, {})[row["id"]] = bulk.differing(before, row)
    for entity, rows_ in changes.items():
        bulk.update(conn, ENTITIES[entity].table, rows_)


def say_again(store: Store, lost: Sequence[Difference], actor: str) -> int:
    """The county has neither the record nor a history of it: an event like any other, under its first number if it had one."""
    said = 0
    if not lost:
        return said
    with store.transaction() as conn:
        unit = Unit(store, conn, actor, "核对后再次送出")
        for entity, row in _rows(conn, lost):
            if _sayable(store, entity, row):
                unit.say_again(entity, row["id"], _origin(conn, store.identity.device, row["id"]))
                said += 1
        unit.finish()
    return said


def _sayable(store: Store, entity: str, row: dict[str, Any]) -> bool:
    """Only what this office wrote, and without fields that it could not send: the county's own would be lost on the way."""
    office, rule, what = store.identity.office, SYNCED[entity], ENTITIES[entity]
    level = scope.level_of(office)
    foreign = {s.name for s in what.specs if s.merge is Merge.COUNTY and s.name not in rule.opens}
    whole = level in OWNERS[Merge.COUNTY.value] or not foreign & set(rows.to_wire(what, row))
    return row["office"] == office and not row["deleted"] and level in rule.writers and whole


def _origin(conn: Connection, device: str, record_id: str) -> str:
    query = select(EVENT.c.seq).where(
        EVENT.c.device == device, EVENT.c.entity_id == record_id, EVENT.c.kind == "create", EVENT.c.seq <= outbox.acked(conn)
    )
    seq = conn.execute(query.order_by(EVENT.c.seq).limit(1)).scalar()
    return f"{device}:{seq}" if seq else ""
