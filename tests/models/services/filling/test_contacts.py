"""Contacts on paper: the latest in full, the earlier ones below, those of many in a ledger; what was retracted is gone."""

from __future__ import annotations

from models.records import Cell, Record
from models.services import contacts, filling, people
from models.services.desk import Desk
from models.services.filling import Subject
from tests.conftest import VILLAGE, DeskFactory


def visited(desk: Desk, name: str, *days: str) -> Record:
    person = people.save(desk, None, {"name": Cell.of(name), "phone": Cell.of("13800000042")}, VILLAGE)
    for day in days:
        cells = {"way": "visit", "on": day, "text": f"{day}上门，本人在家。"}
        contacts.add(desk, person.id, {k: Cell.of(v) for k, v in cells.items()})
    return person


def test_the_latest_stands_in_full_and_the_earlier_below(desk_factory: DeskFactory) -> None:
    desk = desk_factory(VILLAGE, "王𡋾")
    person = visited(desk, "赵㛃", "2026-01-05", "2026-02-08", "2026-03-01")
    contacts.retract(desk, contacts.of_person(desk, person.id)[0].id)
    s = Subject(desk, person)
    assert filling.cell(s, "contact.on").text == "2026年2月8日"
    assert filling.cell(s, "contact.way").text == "走访"
    assert filling.cell(s, "contact.next_on").state == "u"
    (row,) = filling.rows(s, "contact.earlier", ("no", "on", "by"))
    assert [cell.text for cell in row.values()] == ["1", "2026年1月5日", "王𡋾"]


def test_a_first_visit_is_written_by_hand(desk_factory: DeskFactory) -> None:
    desk = desk_factory(VILLAGE)
    s = Subject(desk, visited(desk, "赵㛃"))
    found = filling.cell(s, "contact.text")
    assert (found.label, found.text, found.state) == ("谈话内容", "", "k")
    assert filling.rows(s, "contact.earlier", ("on",)) == []
    assert filling.cell(s, "person.sex").state == "u"


def test_a_ledger_has_a_row_for_each_contact_of_each_person(desk_factory: DeskFactory) -> None:
    desk = desk_factory(VILLAGE)
    chosen = [visited(desk, "赵㛃", "2026-01-05", "2026-02-08"), visited(desk, "钱䶮"), visited(desk, "孙𬘫", "2026-01-20")]
    found = filling.rows(Subject(desk, people=chosen), "contacts", ("no", "person.name", "on", "person.phone"))
    assert [[cell.text for cell in row.values()][:3] for row in found] == [
        ["1", "赵㛃", "2026年2月8日"], ["2", "赵㛃", "2026年1月5日"], ["3", "钱䶮", ""],
        ["4", "孙𬘫", "2026年1月20日"],
    ]  # fmt: skip
    assert {row["person.phone"].text for row in found} == {"13800000042"}
    (row,) = filling.rows(Subject(desk, people=chosen[1:2]), "contacts", ("text", "way"))
    assert (row["text"].text, row["way"].text) == ("尚无联系记录", "")
