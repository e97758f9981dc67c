"""What a recipe promises: each guard fails when a step of "to add X" was forgotten."""

from __future__ import annotations

import hashlib
import re
import subprocess
from datetime import date
from pathlib import Path

import pytest

from forms import registry
from models import catalog
from models.fields import FieldSpec, Kind, Merge
from models.records import canonical
from models.store import derive, folding, moving, search
from models.store.unit import SCHEMA
from models.sync.registry import OWNERS, SYNCED
from models.tables import ENTITIES, metadata
from models.tables.base import SHARED
from resources import codes

ROOT = Path(__file__).resolve().parents[2]
FIELDS = [pytest.param(entity, spec, id=f"{entity.name}.{spec.name}") for entity in ENTITIES.values() for spec in entity.specs]
ITEMS = [pytest.param(item, id=f"{item.code}@{item.edition}") for item in catalog.load()]
CHINESE = re.compile("[一-鿿]")


@pytest.mark.parametrize(("entity", "spec"), FIELDS)
def test_a_field_is_said_completely(entity: object, spec: FieldSpec) -> None:
    assert CHINESE.search(spec.label)
    assert spec.name not in (*SHARED, "id")
    assert spec.limit > 0
    assert (spec.kind in (Kind.CODE, Kind.CODES)) == bool(spec.codes), "CODE and CODES name their table, nothing else does"
    if spec.codes:
        assert len(list(codes.table(spec.codes))) > 1
    if spec.ref:
        assert spec.kind is Kind.REF
        assert spec.ref in ENTITIES
    if spec.required:
        assert spec.travels, "a required field that does not travel would be missed at the other end"
    assert spec.travels == (spec.merge not in (Merge.LOCAL, Merge.DERIVED))


def test_what_hangs_on_a_person_or_a_request_moves_with_it() -> None:
    softly = {("family_member", "linked_person_id"), ("contact", "retracts")}  # they point, and do not hang on it
    hanging = {(child, field, what) for what, those in moving.FOLLOWS.items() for child, field in those}
    for entity in ENTITIES.values():
        for spec in entity.specs:
            if spec.ref in moving.FOLLOWS and (entity.name, spec.name) not in softly:
                assert (entity.name, spec.name, spec.ref) in hanging
        parent = SYNCED[entity.name].parent
        assert not parent or (entity.name, parent, "request") in hanging


def test_headings_of_one_entity_are_distinct() -> None:
    for entity in ENTITIES.values():
        labels = [s.label for s in entity.specs]
        assert len(labels) == len(set(labels)), entity.name


def test_every_entity_is_synced_and_every_rule_has_a_table() -> None:
    assert set(SYNCED) == set(ENTITIES)
    for name, rule in SYNCED.items():
        assert rule.entity == name
        assert ENTITIES[name].table.name in metadata.tables
        assert not rule.parent or rule.parent in ENTITIES[name].by_name
        assert CHINESE.search(ENTITIES[name].label)
        if ENTITIES[name].append_only:
            assert all(s.merge in (Merge.ONCE, Merge.LOCAL, Merge.DERIVED) for s in ENTITIES[name].specs), name
    assert set(OWNERS) == {Merge.INTAKE.value, Merge.COUNTY.value}


def test_what_travels_has_a_number_of_its_own() -> None:
    """A travelling field or entity more, a further code or a longer text: raise SCHEMA in models/store/unit.py and put the new
    pair here. An older server holds what it cannot judge only when it is told that a newer release said it."""

    def field(spec: FieldSpec) -> list[object]:
        table = sorted(c.code for c in codes.table(spec.codes)) if spec.codes else []
        return [spec.name, spec.kind.value, spec.limit, table]

    said = canonical({e.name: [field(e.by_name[n]) for n in sorted(e.travelling)] for e in ENTITIES.values()})
    assert (SCHEMA, hashlib.sha256(said.encode()).hexdigest()[:12]) == (3, "14da3785af90")


def test_what_is_derived_is_registered() -> None:
    registered = {f.__module__ for functions in derive.DERIVATIONS.values() for f in functions}
    assert {folding.__name__, search.__name__} <= registered
    derived = {e.name for e in ENTITIES.values() if any(s.merge is Merge.DERIVED for s in e.specs)}
    assert derived <= set(derive.DERIVATIONS)


@pytest.mark.parametrize("item", ITEMS)
def test_an_item_has_its_forms_and_a_whole_sample(item: catalog.Item) -> None:
    there = {form.code for form in registry.all_forms()}
    assert item.forms
    assert set(item.forms) <= there
    assert {f.name for f in item.fields if f.required} <= set(item.sample)
    for field in item.fields:
        value = item.sample.get(field.name)
        if value is not None and field.kind in (Kind.CODE, Kind.CODES):
            assert all(part in codes.table(field.codes) for part in str(value).split(","))
    assert item.bureau == "" or item.bureau in codes.table("bureau")
    assert item.group in codes.table("item_group")
    assert item.valid_from <= (item.valid_to or date.max)


def _tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / p for p in listed.split("\0") if p and (ROOT / p).is_file()]


def test_files_are_short() -> None:
    """300 lines of source, 500 of tests; a longer file says why in a line `# long: reason`."""
    long = []
    for path in _tracked():
        where = path.relative_to(ROOT)
        if path.suffix != ".py" or where.parts[:2] == ("models", "migrations") or where.parts[:3] == ("tests", "bench", "peers"):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > (500 if where.parts[0] == "tests" else 300) and not any(re.match(r"# long: \w+", x) for x in lines):
            long.append(f"{where}: {len(lines)}")
    assert long == []


def test_no_registry_host_is_named() -> None:
    """Where packages come from is the machine's business, never this repository's."""
    hosts = [b"pypi." + b"org", b"files.python" + b"hosted.org", b"registry.npm" + b"js.org", b"registry.yarn" + b"pkg.com",
             b"proxy.golang" + b".org", b"artifact" + b"ory"]  # fmt: skip
    found = [
        f"{p.relative_to(ROOT)}: {h.decode()}"
        for p in _tracked()
        for body in [p.read_bytes().lower()]
        for h in hosts
        if h in body
    ]
    assert found == []
