"""Two offices settle one conflict at once: each is told in a sentence who chose first and what stands now, until it was read."""

from __future__ import annotations

import pytest

from models.records import Cell
from models.services import conflicts, people, settled, timeline, undo
from models.services.desk import Desk, office_name
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, DeskFactory
from tests.models.sync.conftest import change, person, sync, values

FIELDS = {"wechat": ("a", "b", "c"), "phone": ("13900000001", "13911110002", "13911230002")}


@pytest.fixture
def pair(joined: DeskFactory) -> tuple[Desk, Desk]:
    return joined(TOWNSHIP, "王芳"), joined(VILLAGE, "村支书")


def clash(pair: tuple[Desk, Desk], field: str = "wechat") -> str:
    """The person; the town's value stands, the village's is the other one, and both know of it."""
    town, village = pair
    old, ours, theirs = FIELDS[field]
    who = person(town, **{field: old})
    sync(town, village)
    change(town, who, **{field: ours})
    change(village, who, **{field: theirs})
    sync(town, village, town)
    return who


def at_once(pair: tuple[Desk, Desk], first: str, second: str) -> None:
    """The town chooses and is the first at the county; the village chooses before it hears of it."""
    town, village = pair
    for desk, choice in ((town, first), (village, second)):
        (found,) = conflicts.open_list(desk)
        conflicts.settle(desk, found.id, choice)
    sync(town, village, town)


def test_a_value_that_the_second_took_stands_and_both_are_told(pair: tuple[Desk, Desk]) -> None:
    town, village = pair
    who = clash(pair)
    at_once(pair, "kept", "other")
    assert values(town, who, "wechat") == values(village, who, "wechat") == ["c"]
    (told,) = settled.twice(village)
    first = f"王芳（{office_name(town)}）"
    assert told.sentence == f"王小雁 的“微信号”：{first}先选了现值“b”，本机构的选择晚到县级。现在的值是“c”；如不对，请打开记录修改。"
    assert (told.entity, told.record_id) == ("person", who)
    (told,) = settled.twice(town)
    assert told.sentence == f"王小雁 的“微信号”：{first}先选了现值“b”，随后又填成了另一值。现在的值是“c”；如不对，请打开记录修改。"
    settled.read(town, [told.id])
    assert settled.twice(town) == []
    assert settled.twice(village), "read at one is not read at the other"
    entry = next(e for e in timeline.of_person(town, who) if e.kind == "conflict")
    assert entry.by == "王芳"


def test_who_came_late_and_changed_nothing_is_told_alone(pair: tuple[Desk, Desk]) -> None:
    town, village = pair
    who = clash(pair)
    at_once(pair, "other", "kept")
    assert values(town, who, "wechat") == values(village, who, "wechat") == ["c"]
    (told,) = settled.twice(village)
    assert "先选了另一值“c”，本机构的选择晚到县级。现在的值是“c”。" in told.sentence
    assert settled.twice(town) == []


@pytest.mark.parametrize("choice", ["kept", "other"])
def test_two_that_chose_alike_are_told_nothing(pair: tuple[Desk, Desk], choice: str) -> None:
    clash(pair)
    at_once(pair, choice, choice)
    assert [settled.twice(desk) for desk in pair] == [[], []]


def test_masked_values_stay_masked_and_are_told_apart(pair: tuple[Desk, Desk]) -> None:
    clash(pair, "phone")
    at_once(pair, "kept", "other")
    for desk in pair:
        (told,) = settled.twice(desk)
        assert "139****0002" in told.sentence
        assert "与先选的相比，第 6、7 位不同" in told.sentence
        assert "1391" not in told.sentence


def test_one_who_changes_his_own_mind_or_takes_it_back_is_told_nothing(pair: tuple[Desk, Desk]) -> None:
    town, village = pair
    who = clash(pair)
    (found,) = conflicts.open_list(town)
    conflicts.settle(town, found.id, "kept")
    sync(town, village)
    change(town, who, wechat="c")
    sync(town, village)
    assert [settled.twice(desk) for desk in pair] == [[], []]
    undo.undo(town)
    undo.undo(town)
    assert settled.twice(town) == []
    assert [c.id for c in conflicts.open_list(town)] == [found.id]


def test_who_may_not_settle_it_and_who_sees_no_such_record_are_told_nothing(pair: tuple[Desk, Desk], joined: DeskFactory) -> None:
    county, beside = joined(COUNTY, "赵立新"), joined(SIBLING, "邻村")
    who = clash(pair)
    at_once(pair, "kept", "other")
    sync(county, beside)
    assert settled.twice(county) == settled.twice(beside) == []
    people.delete(pair[0], who)
    assert settled.twice(pair[0]) == []


def test_a_decision_without_an_office_is_named_by_its_account(pair: tuple[Desk, Desk]) -> None:
    """So an earlier release wrote it."""
    town, village = pair
    clash(pair)
    (found,) = conflicts.open_list(town)
    with town.store.write("王芳", "处理冲突") as unit:
        unit.update("conflict", found.id, {"settled": Cell.of("kept"), "settled_by": Cell.of("王芳")})
    conflicts.settle(village, found.id, "other")
    sync(town, village)
    assert "：王芳先选了现值" in settled.twice(village)[0].sentence
