"""今日, the time line and the titles: what waits for a clerk, and what has happened to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from models.base import local_date
from models.records import Cell
from models.services import contacts, drafts, home, people, printing, requests, timeline, undo
from models.services.desk import Desk
from models.services.titles import titles_of
from models.store import outbox
from models.tables import ENTITIES
from tests.conftest import VILLAGE, DeskFactory

TODAY = local_date()


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def _person(desk: Desk, name: str = "赵㛃") -> str:
    return people.save(desk, None, {"name": Cell.of(name)}, village=VILLAGE).id


def _request(desk: Desk, person: str, text: str = "求助") -> str:
    item = next(i for i in requests.items(desk) if not any(f.required for f in i.fields))
    return requests.submit(desk, person, item.code, {"text": Cell.of(text)}).id


def _visit(desk: Desk, person: str, on: date, next_on: date | None = None, text: str = "问了近况") -> str:
    cells = {"way": "visit", "on": on.isoformat(), "text": text, "next_on": next_on and next_on.isoformat()}
    return contacts.add(desk, person, {k: Cell.of(v) for k, v in cells.items()}).id


def test_a_request_moves_from_list_to_list(desk: Desk) -> None:
    one = _request(desk, _person(desk))
    found = home.today(desk)
    assert [line.record_id for line in found.waiting] == [one]
    assert found.unsent > 0
    accepted = requests.act(desk, one, "accept")
    until = date.fromisoformat(accepted.due_on)
    assert home.today(desk).waiting == []
    on_the_day = home.today(desk, until)
    assert [(line.record_id, line.days) for line in on_the_day.due] == [(one, 0)]
    assert (on_the_day.overdue, on_the_day.due[0].on) == ([], accepted.due_on)
    late = home.today(desk, until + timedelta(days=10))
    assert [line.record_id for line in late.overdue] == [one]
    assert 5 <= late.overdue[0].days <= 10  # working days
    early = home.today(desk, until - timedelta(days=8))
    assert (early.due, early.overdue) == ([], [])


def test_many_accepted_ones_do_not_push_out_those_that_wait(desk: Desk) -> None:
    person = _person(desk)
    far = (TODAY + timedelta(days=200)).isoformat()
    with desk.store.transaction() as conn:
        template = {c.name: None for c in ENTITIES["request"].table.columns}
        template |= {
            "county": VILLAGE[:6],
            "office": desk.office,
            "village": VILLAGE,
            "born": "0",
            "changed": "0",
            "changed_by": "x",
        }
        many = [
            {
                **template,
                "id": f"{n:032x}",
                "digest": "",
                "deleted": False,
                "person_id": person,
                "item": "x",
                "state": "accepted",
                "due_on": far,
            }
            for n in range(700)
        ]
        conn.execute(ENTITIES["request"].table.insert(), many)
    one = _request(desk, person)
    found = home.today(desk)
    assert [line.record_id for line in found.waiting] == [one]
    later = home.today(desk, TODAY + timedelta(days=300))
    assert len(later.overdue) == home.MOST


def test_who_is_to_be_called_again(desk: Desk) -> None:
    one, other = _person(desk), _person(desk, "钱䶮")
    ago, soon = TODAY - timedelta(days=30), TODAY + timedelta(days=3)
    _visit(desk, one, ago, TODAY - timedelta(days=2), "等消息")
    _visit(desk, other, ago, soon)
    assert [(line.title, line.detail, line.on) for line in home.today(desk).call_back] == [
        ("赵㛃", "等消息", (TODAY - timedelta(days=2)).isoformat())
    ]
    assert [line.title for line in home.today(desk, soon).call_back] == ["赵㛃", "钱䶮"]
    called = _visit(desk, one, TODAY)
    assert home.today(desk).call_back == []
    contacts.retract(desk, called)  # nobody has called after all
    assert [line.title for line in home.today(desk).call_back] == ["赵㛃"]


def test_a_visit_taken_back_and_a_deleted_person_ask_for_nothing(desk: Desk) -> None:
    one, other = _person(desk), _person(desk, "钱䶮")
    visit = _visit(desk, one, TODAY - timedelta(days=9), TODAY)
    _visit(desk, other, TODAY - timedelta(days=9), TODAY)
    contacts.retract(desk, visit)
    people.delete(desk, other)
    assert home.today(desk).call_back == []
    undo.undo(desk)
    assert [line.title for line in home.today(desk).call_back] == ["钱䶮"]


def test_a_draft_waits_until_it_is_dropped(desk: Desk) -> None:
    draft = drafts.put(desk, "", "person", None, {"name": Cell.of("半个")})
    (line,) = home.today(desk).drafts
    assert (line.title, line.detail, line.record_id) == ("半个", "登记人员", draft)
    drafts.drop(desk, draft)
    assert home.today(desk).drafts == []


def test_a_draft_says_whom_it_is_about_and_what_it_is(desk: Desk) -> None:
    """It named the clerk, who knows that already, and not the person."""
    one = _person(desk)
    request = _request(desk, one)
    item = requests.item_of(desk, people.must_get(desk, request, "request"))
    wanted = {
        drafts.put(desk, "", "person", None, {"phone": Cell.of("139")}): ("新人员", "登记人员"),
        drafts.put(desk, "", "person", one, {"phone": Cell.of("139")}): ("赵㛃", "修改资料"),
        drafts.put(desk, "", "contact", None, {"person_id": Cell.of(one)}): ("赵㛃", "走访"),
        drafts.put(desk, "", "request", None, {"person_id": Cell.of(one), "item": Cell.of(item.code)}): (
            "赵㛃",
            f"诉求 {item.name}",
        ),
        drafts.put(desk, "", "request", None, {"text": Cell.of("贷款")}): ("未选诉求人", "诉求"),
        drafts.put(desk, request, "request_event", request, {"request_id": Cell.of(request)}): ("赵㛃", f"办理意见 {item.name}"),
        drafts.put(desk, "", "amendment", None, {"item": Cell.of(item.code)}): (item.name, "事项修订"),
    }
    assert {line.record_id: (line.title, line.detail) for line in home.today(desk).drafts} == wanted


def test_a_colleagues_draft_says_who_began_it(desk: Desk) -> None:
    drafts.put(desk, "", "person", None, {"name": Cell.of("钱䶮")})
    other = replace(desk, account="孙明")
    (line,) = home.today(other).drafts
    assert (line.title, line.detail) == ("钱䶮", f"登记人员（{desk.account}起草）")


def test_the_time_line_of_a_person(desk: Desk) -> None:
    one, other = _person(desk), _person(desk, "钱䶮")
    _visit(desk, one, TODAY - timedelta(days=3), text="想回乡")
    wrong = _visit(desk, one, TODAY - timedelta(days=2), text="记错了人")
    contacts.retract(desk, wrong)
    request = _request(desk, one, "办服装加工点")
    requests.act(desk, request, "accept")
    people.save(desk, one, {"phone": Cell.of("13700000101"), "education": Cell.of("70")})
    _request(desk, other, "别人的事")
    found = timeline.of_person(desk, one)
    assert [e.at for e in found] == sorted((e.at for e in found), reverse=True)
    kinds = [e.kind for e in found]
    assert (kinds.count("contact"), kinds.count("request"), kinds.count("step"), kinds.count("change")) == (1, 1, 2, 2)
    texts = " ".join(e.text for e in found)
    assert "想回乡" in texts
    assert "记错了人" not in texts
    assert "别人的事" not in texts
    changes = [(e.title, e.text) for e in found if e.kind == "change"]
    assert ("修改", "受教育程度、联系电话") in changes
    assert "13700000101" not in texts  # the values are on the page, masked where they must be
    assert {e.record_id for e in found if e.kind == "step"} == {request}


def test_an_entry_of_the_minute_somebody_was_entered_stands_above_it(desk: Desk) -> None:
    one = _person(desk)
    requests.act(desk, _request(desk, one), "accept")
    first, *_, last = (e for e in timeline.of_person(desk, one) if len(e.at) > 10)  # those with a minute
    assert first.title.startswith("受理")
    assert last.title == "建档"


def test_a_paper_stands_where_it_was_printed_not_at_the_start_of_its_day(desk: Desk, tmp_path: Path) -> None:
    one = _person(desk)
    printing.issue(desk, printing.menu("person")[0].code, [one], tmp_path / "a.pdf")
    assert [e.kind for e in timeline.of_person(desk, one)] == ["paper", "change"]


def test_a_paper_and_an_undone_change_stand_on_the_time_line(desk: Desk, tmp_path: Path) -> None:
    one = _person(desk)
    form = next(f for f in printing.menu("person"))
    (serial,) = printing.issue(desk, form.code, [one], tmp_path / "a.pdf")
    assert [(e.kind, e.text) for e in timeline.of_person(desk, one) if e.kind == "paper"] == [("paper", serial)]
    people.save(desk, one, {"note": Cell.of("x")})
    undo.undo(desk)
    assert [e.title for e in timeline.of_person(desk, one) if e.kind == "change"] == ["修改", "修改", "建档"]


def test_titles_name_every_kind_of_record(desk: Desk) -> None:
    one = _person(desk)
    visit = _visit(desk, one, date(2026, 2, 1))
    request = requests.act(desk, _request(desk, one), "accept")
    step = requests.events(desk, request.id)[0].id
    member = people.save_member(desk, one, None, {"name": Cell.of("赵小雁"), "relation": Cell.of("20")}).id
    with desk.store.write(desk.account, "户") as unit:
        house = unit.create("household", {"number": Cell.of("12"), "head_name": Cell.of("赵㛃")})
        nameless = unit.create("person", {"note": Cell.of("x")})
        newer = {"item": Cell.of("money.loan"), "valid_from": Cell.of("2027-01-01"), "body": Cell.of("{}")}
        edition = unit.create("amendment", newer)
    wanted = [
        ("person", one), ("person", nameless), ("contact", visit), ("request", request.id), ("request_event", step),
        ("family_member", member), ("household", house), ("amendment", edition), ("person", "f" * 32), ("no_such_entity", "e" * 32),
    ]  # fmt: skip
    with desk.store.read() as conn:
        found = titles_of(conn, wanted)
    assert found == {
        one: "赵㛃", nameless: "（未填姓名）", visit: "赵㛃 走访 2026-02-01", request.id: f"赵㛃 {request.number}",
        step: f"赵㛃 {request.number} 诉求办理记录", member: "赵㛃家 赵小雁", house: "赵㛃户",
        edition: "创业担保贷款 2027-01-01 版",
    }  # fmt: skip


def test_titles_of_more_than_one_chunk(desk: Desk) -> None:
    with desk.store.write(desk.account, "很多") as unit:
        ids = [unit.create("person", {"name": Cell.of(f"雁{n}")}) for n in range(501)]
    with desk.store.read() as conn:
        assert titles_of(conn, [("person", i) for i in ids]) == {i: f"雁{n}" for n, i in enumerate(ids)}


def test_undo_brings_back_what_nobody_has_changed_since(desk: Desk) -> None:
    one = people.save(
        desk, None, {"name": Cell.of("赵㛃"), "phone": Cell.of("13700000101"), "note": Cell.of("旧")}, village=VILLAGE
    )
    people.save(desk, one.id, {"phone": Cell.of("13800000101"), "note": Cell.of("新")})
    with desk.store.transaction() as conn:  # another office's value has arrived in between
        from models.store import rows

        what = ENTITIES["person"]
        row = dict(conn.execute(what.table.select().where(what.table.c.id == one.id)).mappings().one())
        rows.put_cells(what, row, {"note": Cell.of("县里改的")})
        rows.seal(what, row)
        conn.execute(what.table.update().where(what.table.c.id == one.id), {"note": row["note"], "digest": row["digest"]})
    undo.undo(desk)
    now = people.must_get(desk, one.id)
    assert (now.phone, now.note) == ("13700000101", "县里改的")


def test_undo_of_a_step_is_a_step_that_takes_it_back(desk: Desk) -> None:
    request = _request(desk, _person(desk))
    assert requests.act(desk, request, "accept").state == "accepted"
    undo.undo(desk)
    assert people.must_get(desk, request, "request").state == "submitted"
    assert [e.kind for e in requests.events(desk, request)] == ["submit", "accept", "retract"]
    undo.redo(desk)
    assert people.must_get(desk, request, "request").state == "accepted"
    label = undo.last(desk)
    assert label is not None
    undo.undo(desk)
    undo.undo(desk)  # the request itself: with its own steps it goes
    assert people.must_get(desk, request, "request").deleted is True


def test_what_is_closed_waits_for_a_call_back(desk: Desk) -> None:
    one = _request(desk, _person(desk))
    requests.act(desk, one, "accept")
    assert home.today(desk).revisit == []
    closed = requests.act(desk, one, "close", "已办好")
    (line,) = home.today(desk).revisit
    assert (line.record_id, line.on, line.title) == (one, closed.closed_on, "赵㛃")
    requests.act(desk, one, "revisit", "很好", {"satisfaction": "satisfied"})
    assert home.today(desk).revisit == []


def test_what_the_county_has_not_is_named(desk: Desk) -> None:
    person = _person(desk)
    one = _request(desk, person)
    found = home.today(desk).unsent_of
    assert [(line.entity, line.record_id, line.title) for line in found][-1] == ("person", person, "赵㛃")
    assert ("request", one) in [(line.entity, line.record_id) for line in found]
    with desk.store.transaction() as conn:
        outbox.acknowledge(conn, 1, outbox.last(conn))
    assert home.today(desk).unsent_of == []
