"""The monthly report over known data: each figure, the edges of a month, and what was taken back or made undone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from models.errors import RuleError
from models.records import Cell
from models.services import contacts, exporting, people, reporting, requests
from models.services.desk import Desk
from models.tables import ENTITIES
from resources import codes
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, DeskFactory

ON = date(2026, 11, 24)


@pytest.fixture
def desk(desk_factory: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for module in (reporting, exporting):
        monkeypatch.setattr(module, "local_date", lambda: ON)
    return desk_factory()


def _put(desk: Desk, entity: str, record_id: str, **columns: Any) -> None:
    """What only time or the other side would write."""
    table = ENTITIES[entity].table
    with desk.store.transaction() as conn:
        conn.execute(update(table).where(table.c.id == record_id).values(**columns))


def _person(desk: Desk, name: str, village: str = VILLAGE, on: str = "2026-11-03", **cells: Any) -> str:
    made = people.save(desk, None, {"name": Cell.of(name), **{k: Cell.of(v) for k, v in cells.items()}}, village=village).id
    _put(desk, "person", made, born=f"{reporting._born(date.fromisoformat(on))}-0000")
    return made


def _request(desk: Desk, person: str, **columns: Any) -> str:
    item = next(i for i in requests.items(desk) if not any(f.required for f in i.fields))
    made = requests.submit(desk, person, item.code, {"text": Cell.of("求助")})
    if columns:
        _put(desk, "request", made.id, **columns)
    return made.id


def test_people_and_those_who_came_home(desk: Desk) -> None:
    _person(desk, "甲", on="2026-10-31")
    _person(desk, "乙", on="2026-11-01", kind="returnee", back_on="2026-11")
    _person(desk, "丙", on="2026-11-30", kind="venturer", back_on="2026-10-31")
    _person(desk, "丁", on="2026-12-01", kind="returnee", back_on="2026-11-02")  # not yet there at the end of the month
    _person(desk, "戊", SIBLING, on="2026-11-10", kind="returnee", back_on="2026")  # which month is not known
    gone = _person(desk, "己")
    with desk.store.write("李经办", "删除") as unit:
        unit.delete("person", gone)
    found = reporting.figures(desk)
    assert found.month == "2026-11"
    one, two = found.places[VILLAGE], found.places[SIBLING]
    assert (one.people, one.registered, one.returnees, one.returned) == (3, 2, 2, 1)
    assert (two.people, two.registered, two.returnees, two.returned) == (1, 1, 1, 0)
    assert (found.total.people, found.total.registered, found.total.returnees) == (4, 3, 3)
    before = reporting.figures(desk, "2026-10")
    assert list(before.places) == [VILLAGE]
    assert (before.total.people, before.total.registered) == (1, 1)


def test_visits_count_persons_once_and_not_what_was_taken_back(desk: Desk) -> None:
    one, two = _person(desk, "甲"), _person(desk, "乙")
    cells = {"way": Cell.of("visit"), "text": Cell.of("谈话")}
    for person, on in ((one, "2026-11-01"), (one, "2026-11-24"), (two, "2026-11-30"), (two, "2026-10-31"), (two, "2026-12-01")):
        contacts.add(desk, person, cells | {"on": Cell.of(on)})
    contacts.retract(desk, contacts.add(desk, two, cells | {"on": Cell.of("2026-11-02")}).id)
    found = reporting.figures(desk, "2026-11").total
    assert (found.visits, found.visited) == (3, 2)


@pytest.mark.parametrize(
    ("columns", "figures"),
    [
        ({"received_on": "2026-11-20", "state": "submitted"}, {"received": 1, "open": 1}),
        ({"received_on": "2026-11-30", "state": "draft"}, {}),
        ({"received_on": "2026-12-01", "state": "submitted"}, {}),
        ({"received_on": "2026-11-02", "accepted_on": "2026-11-03", "due_on": "2026-11-24", "state": "accepted"},
         {"received": 1, "accepted": 1, "open": 1}),  # its day is today: not late yet
        ({"received_on": "2026-10-20", "accepted_on": "2026-10-21", "due_on": "2026-11-23", "state": "dispatched"},
         {"open": 1, "overdue": 1}),
        ({"received_on": "2026-10-20", "closed_on": "2026-11-05", "due_on": "2026-11-05", "state": "closed"},
         {"closed": 1, "on_time": 1}),
        ({"received_on": "2026-10-20", "closed_on": "2026-11-06", "due_on": "2026-11-05", "state": "revisited"},
         {"closed": 1, "late": 1}),
        ({"received_on": "2026-10-20", "closed_on": "2026-11-06", "state": "closed"}, {"closed": 1, "on_time": 1}),
        ({"received_on": "2026-11-06", "state": "rejected"}, {"received": 1}),
    ],
)  # fmt: skip
def test_a_request_in_its_month(desk: Desk, columns: dict[str, str], figures: dict[str, int]) -> None:
    _request(desk, _person(desk, "甲", on="2026-12-31"), **columns)
    assert reporting.figures(desk, "2026-11").total == reporting.Line(**figures)


def test_what_was_closed_later_was_open_then(desk: Desk) -> None:
    _request(desk, _person(desk, "甲"), received_on="2026-09-20", due_on="2026-10-09", closed_on="2026-11-02", state="closed")
    october, november = (reporting.figures(desk, m).total for m in ("2026-10", "2026-11"))
    assert (october.open, october.overdue, october.closed) == (1, 1, 0)
    assert (november.open, november.overdue, november.closed, november.late) == (0, 0, 1, 1)


def test_requests_by_item_and_state(desk: Desk) -> None:
    one = _person(desk, "甲")
    made = _request(desk, one, state="submitted", received_on="2026-11-02")
    for on in ("2026-11-03", "2026-11-04", "2026-10-04"):
        _request(desk, one, state="closed", received_on=on)
    item = people.must_get(desk, made, "request").item
    (name, states) = reporting.figures(desk, "2026-11").items[item]
    assert states == {"submitted": 1, "closed": 2}
    assert name == next(i.name for i in requests.items(desk) if i.code == item)


def test_satisfaction_is_the_last_call_back_that_stands(desk: Desk) -> None:
    one = _person(desk, "甲")

    def call_back(request: str, said: str, at: str) -> str:
        with desk.store.write("李经办", "回访") as unit:
            cells = {"request_id": request, "kind": "revisit", "at": at, "by": "李经办", "data": f'{{"satisfaction":"{said}"}}'}
            return unit.create("request_event", {k: Cell.of(v) for k, v in cells.items()}, village=VILLAGE)

    first, second, third, fourth, fifth = (_request(desk, one) for _ in range(5))
    call_back(first, "bad", "2026-11-02T01:00:00.000Z")
    call_back(first, "very", "2026-11-03T01:00:00.000Z")
    call_back(second, "fair", "2026-10-31T16:00:00.000Z")  # the first of November in China
    call_back(fifth, "尚可", "2026-11-04T01:00:00.000Z")  # of a later release, whose table has more
    call_back(third, "good", "2026-11-30T16:00:00.000Z")  # the first of December
    wrong = call_back(fourth, "bad", "2026-11-05T01:00:00.000Z")
    with desk.store.write("李经办", "撤回") as unit:
        cells = {"request_id": fourth, "kind": "retract", "at": "2026-11-05T02:00:00.000Z", "data": f'{{"event":"{wrong}"}}'}
        unit.create("request_event", {k: Cell.of(v) for k, v in cells.items()}, village=VILLAGE)
    assert reporting.figures(desk, "2026-11").satisfaction == {"very": 1, "good": 0, "fair": 1, "bad": 0, "": 1}


def test_a_county_counts_by_township(desk_factory: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "local_date", lambda: ON)
    desk = desk_factory(COUNTY)
    _person(desk, "甲", VILLAGE)
    _person(desk, "乙", SIBLING)
    found = reporting.figures(desk)
    assert {code: line.people for code, line in found.places.items()} == {TOWNSHIP[:9]: 2}


@pytest.mark.parametrize(
    ("month", "code"),
    [("2026-13", "month.wrong"), ("11月", "month.wrong"), ("2026-1", "month.wrong"), ("2026-12", "month.coming")],
)
def test_a_month_that_is_none(desk: Desk, month: str, code: str) -> None:
    with pytest.raises(RuleError) as told:
        reporting.figures(desk, month)
    assert told.value.code == code


def test_the_workbook_says_the_figures_and_where_to_sign(desk: Desk, tmp_path: Path) -> None:
    one = _person(desk, "甲", kind="returnee", back_on="2026-11-02")
    _person(desk, "乙", SIBLING, on="2026-10-02")
    _request(desk, one, received_on="2026-11-02", accepted_on="2026-11-03", due_on="2026-11-05", state="accepted")
    assert reporting.export(desk, tmp_path / "a.xlsx") == 2
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    rows = [[c.value for c in r] for r in sheet.iter_rows()]
    assert rows[0][0] == "返乡创业服务月报（2026年11月）"
    assert [h for h in rows[2] if h] == ["序号", "村（社区）", "登记人员", "返乡人员", "联系走访", "诉求"]
    assert rows[4][2:] == [1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1]
    assert rows[5][2:] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert rows[6][1:] == ["合计", 2, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1]
    flat = [c for row in rows for c in row if isinstance(c, str)]
    assert {"二、本月提出的诉求", "三、回访满意程度", "已受理", *(c.label for c in codes.table("satisfaction"))} <= set(flat)
    assert any("单位负责人：" in c and "填表人：" in c for c in flat)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.orientation) == (1, "landscape")
    assert not any(c.data_type == "f" for r in sheet.iter_rows() for c in r)  # figures, not formulas that a viewer leaves empty
