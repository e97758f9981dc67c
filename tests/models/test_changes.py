"""How a change is kept, and the checks of whole columns: each short way says what the long one says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import records
from models.fields import Kind
from models.tables import ENTITIES
from models.tables.check import checks, column_checks

CELLS = {"name": ["k", "钱䶮"], "phone": ["r", None], "note": ["t", "大概“五口”\\"]}


def test_a_creation_is_kept_as_its_new_cells() -> None:
    pairs = {name: [None, cell] for name, cell in CELLS.items()}
    text = records.changes_text("create", pairs)
    assert json.loads(text) == CELLS
    assert records.changes_of(text) == pairs
    assert records.digest_and_text("person", "0" * 32, CELLS) == (records.digest("person", "0" * 32, CELLS), text)


@pytest.mark.parametrize("pairs", [{"name": [["k", "甲"], ["k", "乙"]]}, {"name": [None, ["k", "乙"]]}, {"name": [["k", "甲"], None]}, {}])
def test_other_changes_are_kept_as_pairs(pairs: dict[str, object]) -> None:
    assert records.changes_of(records.changes_text("update", pairs)) == pairs


def test_an_erased_change_has_none() -> None:
    assert records.changes_of(None) == {}


VALUES = st.one_of(
    st.none(), st.text(max_size=40), st.integers(), st.booleans(), st.lists(st.text(max_size=3), max_size=2),
    st.sampled_from(["0" * 32, "0" * 31 + "g", "2026-11-24", "2026-02-30", "2026-11", "1", "2", "{}", "[1", "2]", "1\n2", "1,2", "",
                     "长" * 5000, "\x00", "\ud800", "411424104000", "[" * 3000]),
)  # fmt: skip
ONE_OF_EACH = {
    (s.kind, bool(s.codes)): (name, s.name) for name, entity in ENTITIES.items() for s in entity.specs if s.travels
}.values()


def test_every_kind_of_field_is_asked() -> None:
    assert {ENTITIES[e].by_name[f].kind for e, f in ONE_OF_EACH} >= {Kind.REF, Kind.JSON, Kind.DATE, Kind.CODE, Kind.TEXT}


@pytest.mark.parametrize(("entity", "field"), ONE_OF_EACH)
@given(values=st.lists(VALUES, max_size=5))
def test_a_column_is_right_only_when_each_of_its_values_is(entity: str, field: str, values: list[object]) -> None:
    one = checks(entity)[field]
    if column_checks(entity)[field](values):  # when it is not, each is asked by itself
        assert not any(v is not None and one(v) for v in values)


RIGHT = {
    ("person", "name"): ["钱䶮", None, "赵㛃"], ("request", "received_on"): ["2026-05-02", None],
    ("request", "person_id"): ["0" * 32, None, "f" * 32], ("request", "answers"): ['{"a":[1,"二"]}', "[]", None],
    ("request", "urgency"): ["normal", None],
}  # fmt: skip


@pytest.mark.parametrize(("entity", "field"), RIGHT)
def test_a_column_of_right_values_needs_no_second_look(entity: str, field: str) -> None:
    assert column_checks(entity)[field](RIGHT[entity, field])
    assert column_checks(entity)[field]([])
    assert not column_checks(entity)[field]([*RIGHT[entity, field], 7.5])
