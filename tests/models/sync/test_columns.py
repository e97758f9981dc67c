"""Bodies by columns: what goes in comes out, and lists that do not fit together are refused whole."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RuleError
from models.sync import columns, keys, wire
from models.sync.columns import Column, Event, EventGroup, ItemGroup

_CELL = st.one_of(
    st.none(),
    st.tuples(st.just("k"), st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans())).map(list),
    st.tuples(st.sampled_from(("n", "r", "v")), st.none()).map(list),
    st.tuples(st.just("v"), st.text(max_size=3)).map(list),
)
_FIELDS = st.sampled_from(("name", "phone", "sex", "of_a_newer_peer"))


def _event(seq: int, said: tuple[str, str, dict[str, list[Any]], str]) -> Event:
    entity, kind, changes, origin = said
    if kind == "create":
        changes = {k: [None, new] for k, (_, new) in changes.items() if new is not None}
    return Event(seq, entity, f"{seq:032x}", kind, changes, f"{seq:012x}-0000", "李经办", "411424104201", 1, "d", origin)


_SAID = st.tuples(
    st.sampled_from(("person", "contact", "别的")), st.sampled_from(("create", "update", "delete")),
    st.dictionaries(_FIELDS, st.tuples(_CELL, _CELL).map(list), max_size=3), st.sampled_from(("", "", "x:7")),
)  # fmt: skip


@given(st.lists(_SAID, min_size=1, max_size=12), st.integers(1, 1 << 40))
def test_events_come_back_as_they_were(said: list[Any], first: int) -> None:
    events = [_event(first + i, s) for i, s in enumerate(said)]
    assert columns.to_events(columns.of_events(events)) == events
    private = keys.new_signing_key()
    header, read = wire.read_batch(wire.pack_batch("d" * 32, private, events), keys.public_of(private))
    assert (read, header.first_seq, header.last_seq) == (events, first, events[-1].seq)


_LISTS = ([1, 1], ["a", "b"], ["t", "t"], ["李", "李"], ["v", "v"], ["d", "d"])


@pytest.mark.parametrize(
    "group",
    [
        EventGroup("person", "create", 1, [1, 1, 1], *_LISTS[1:], new={}),
        EventGroup("person", "create", 1, *_LISTS, new={"name": Column(["张三"])}),
        EventGroup("person", "create", 1, *_LISTS, new={"name": Column(["张三", None], [(2, ["n", None])])}),
        EventGroup("person", "create", 1, *_LISTS, new={"name": Column(["张三", None], [(-1, ["n", None])])}),
        EventGroup("person", "update", 1, *_LISTS, new={"name": Column([None, None])}, old={}),
        EventGroup("person", "update", 1, *_LISTS, new={}, old={"name": Column([None, None])}),
        EventGroup("person", "create", 1, *_LISTS, new={}, origin=["x:1"]),
    ],
)
def test_lists_that_do_not_fit_are_refused(group: EventGroup) -> None:
    with pytest.raises(RuleError, match="没有读入任何内容"):
        columns.to_events([group])


def test_records_whose_lists_do_not_fit_are_refused() -> None:
    even = ItemGroup("person", [0], ["a"], ["c"], ["o"], ["v"], ["t"], ["t"], ["李"], [False], ["d"], [False], {})
    assert [i.id for i in columns.to_items([even])] == ["a"]
    for broken in ({"place": [0, 1]}, {"gone": []}, {"wire": {"name": Column(["张三", "李四"])}}):
        group = ItemGroup(**{**{n: getattr(even, n) for n in even.__struct_fields__}, **broken})
        with pytest.raises(RuleError):
            columns.to_items([group])
