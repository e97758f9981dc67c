"""Who stands in the rows of a family: its members, and those of the household whom nobody has named yet."""

from __future__ import annotations

import pytest

from models.records import Cell, Record
from models.services import filling, people
from models.services.desk import Desk
from models.services.filling import Subject
from tests.conftest import VILLAGE, DeskFactory

WANTS = ("no", "name", "relation", "where", "needs")


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(VILLAGE)


def household(desk: Desk) -> str:
    with desk.store.write(desk.account, "登记户") as unit:
        cells = {"number": Cell.of("411424104201010007"), "head_name": Cell.of("钱䶮"), "address": Cell.of("前街3号")}
        return unit.create("household", cells, village=VILLAGE)


def person(desk: Desk, name: str, **values: str) -> Record:
    return people.save(desk, None, {"name": Cell.of(name), **{k: Cell.of(v) for k, v in values.items()}}, VILLAGE)


def member(desk: Desk, of: Record, name: str, relation: str, **values: str) -> Record:
    cells = {"name": name, "relation": relation, **values}
    return people.save_member(desk, of.id, None, {k: Cell.of(v) for k, v in cells.items()})


def family(desk: Desk, of: Record, name: str = "family") -> list[tuple[str, ...]]:
    rows = filling.rows(Subject(desk, of), name, WANTS)
    assert all(tuple(row) == WANTS for row in rows)
    return [tuple(cell.text or cell.state for cell in row.values()) for row in rows]


def test_members_come_first_and_nobody_comes_twice(desk: Desk) -> None:
    house = household(desk)
    head = person(desk, "钱䶮", household_id=house, relation="02")
    linked = person(desk, "孙𬘫", household_id=house, relation="12", employer="慈圣镇卫生院")
    person(desk, "钱小一", household_id=house, relation="20", born_on="2012-05-06")
    person(desk, "钱老伯", household_id=house, relation="51", worries="medical")
    person(desk, "吴𬀩")
    member(desk, head, "孙𬘫", "12", linked_person_id=linked.id)
    member(desk, head, "钱小一", "20", born_on="2012-05-06", school="慈圣镇中学七年级", needs="school")
    found = family(desk, head)
    assert [row[:2] for row in found] == [("1", "孙𬘫"), ("2", "钱小一"), ("3", "钱老伯")]
    assert found[1][3:] == ("慈圣镇中学七年级", "就学")
    assert found[2][3:] == ("u", "就医")


def test_a_relation_to_the_head_is_not_said_of_another_person(desk: Desk) -> None:
    house = household(desk)
    person(desk, "钱䶮", household_id=house, relation="02")
    son = person(desk, "钱小一", household_id=house, relation="20")
    person(desk, "孙𬘫", household_id=house, relation="12")
    person(desk, "赵㛃", household_id=house)
    assert [row[1:3] for row in family(desk, son)] == [("钱䶮", "户主"), ("孙𬘫", "户主之妻"), ("赵㛃", "u")]


def test_the_needs_are_of_those_who_have_some(desk: Desk) -> None:
    one = person(desk, "钱䶮")
    member(desk, one, "孙𬘫", "12")
    member(desk, one, "钱小一", "20", needs="school,medical")
    assert family(desk, one, "family.needs") == [("1", "钱小一", "子", "u", "就学、就医")]
    assert filling.rows(Subject(desk), "family.needs", WANTS) == filling.rows(Subject(desk), "family", WANTS) == []


def test_the_household_is_the_persons_own(desk: Desk) -> None:
    one = person(desk, "钱䶮", household_id=household(desk))
    assert filling.cell(Subject(desk, one), "household.number").text == "411424104201010007"
    alone = filling.cell(Subject(desk, person(desk, "吴𬀩")), "household.number")
    assert (alone.text, alone.state, alone.label) == ("", "u", "户编号")
