"""What the county desk publishes reaches every office below it over the real server, and changes nothing that is decided."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models.base import local_date
from models.errors import RuleError
from models.records import Cell, Record
from models.services import calendars, people, publishing, requests, syncing, undo
from models.services.desk import Desk
from models.store import derive, rows, rules
from models.tables import ENTITIES
from tests.conftest import BUREAU, COUNTY, TOWNSHIP, VILLAGE
from tests.desktop.cli.test_publishing import NOTICE
from tests.models.sync.conftest import Field, ask, digests, person, server_digests, sync

TODAY = local_date()


def days_of(desk: Desk, on: date = TODAY) -> int:
    return next(i.clock.days for i in requests.items(desk, on) if i.code == "request.help")


def accepted(desk: Desk) -> Record:
    asked = ask(desk, person(desk))
    return requests.act(desk, asked.id, "accept")


def again(desk: Desk, record: Record) -> Record:
    return people.must_get(desk, record.id, "request")


def test_an_edition_is_in_force_everywhere_after_sync_and_old_cases_keep_theirs(either: Field) -> None:
    county, town, village = either.desk(COUNTY, "赵立新"), either.desk(TOWNSHIP), either.desk(VILLAGE, "村支书")
    bureau = either.desk(BUREAU, "孙明")
    old = accepted(town)
    (record,) = publishing.amend_figures(county, "request.help", TODAY.isoformat(), {"days": 2, "ground": "县专班〔2026〕9号"})
    assert syncing.record_state(county, record.id) == "pending"
    assert days_of(town) == 5, "nothing is known before the round"
    sync(county, town, village, bureau)
    assert syncing.record_state(county, record.id) == "received"
    assert [days_of(d) for d in (county, town, village, bureau)] == [2, 2, 2, 2]
    new = accepted(town)
    assert [requests.item_of(town, r).clock.days for r in (old, new)] == [5, 2]
    assert again(town, old).due_on == old.due_on > new.due_on
    newest = next(e for e in publishing.editions(town) if e.item.code == "request.help")
    assert (newest.item.edition, newest.state, newest.by) == (TODAY.isoformat(), "now", "赵立新")
    sync(town, county)
    assert (again(county, old).due_on, again(county, new).due_on) == (old.due_on, new.due_on)
    with either.county.store.read() as conn:  # the server folds with the same rules
        table = ENTITIES["request"].table
        due = {r.id: r.due_on for r in conn.execute(select(table.c.id, table.c.due_on))}
    assert due == {old.id: old.due_on, new.id: new.due_on}


def test_what_is_withdrawn_stays_with_the_cases_begun_under_it(field: Field) -> None:
    county, town = field.desk(COUNTY, "赵立新"), field.desk(TOWNSHIP)
    (record,) = publishing.amend_figures(county, "request.help", TODAY.isoformat(), {"days": 2})
    sync(county, town)
    case = accepted(town)
    undo.undo(county)
    sync(county, town)
    assert (days_of(county), days_of(town)) == (5, 5)
    assert requests.item_of(town, case).clock.days == 2
    sync(town, county)
    assert again(county, case).due_on == again(town, case).due_on == case.due_on
    with pytest.raises(RuleError) as told:  # another edition of that day would change what the case rests on
        publishing.amend_figures(county, "request.help", TODAY.isoformat(), {"days": 9})
    assert told.value.code == "publish.past"
    undo.redo(county)
    sync(county, town)
    assert (days_of(county), days_of(town)) == (2, 2)
    assert digests(town, "amendment") == server_digests(field.county, "amendment") == digests(county, "amendment")
    assert [e.record_id for e in publishing.editions(town) if e.by] == [record.id]


def test_a_published_year_ends_the_forecast_of_open_cases(either: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    county, town = either.desk(COUNTY, "赵立新"), either.desk(TOWNSHIP)
    # As if today were the last days of 2026: the county's own calendar does not know the next year yet.
    monkeypatch.setattr(requests, "stamp", lambda: "2026-12-25T02:00:00.000Z")
    open_ = accepted(town)
    assert (open_.due_on, bool(open_.due_forecast)) == ("2027-01-04", True)
    closed = accepted(town)
    requests.act(town, closed.id, "close", "已答复")
    calendars.publish(county, calendars.read(county, NOTICE, "通知").days)
    sync(town, county, town)
    for desk in (town, county):
        assert (again(desk, open_).due_on, bool(again(desk, open_).due_forecast)) == ("2027-01-04", False)
        assert requests.due(desk, date(2027, 2, 19), 1) == (date(2027, 2, 20), False)
        assert [(y.state, y.by) for y in calendars.years(desk) if y.year == 2027] == [("county", "赵立新")]
    assert again(town, closed).due_forecast, "a case that is closed is not counted again"
    assert digests(town, "calendar_day") == server_digests(either.county, "calendar_day")
    undo.undo(county)
    sync(county, town)
    assert again(town, open_).due_forecast


def test_a_local_day_off_moves_the_open_terms_it_touches(field: Field) -> None:
    county, town = field.desk(COUNTY, "赵立新"), field.desk(TOWNSHIP)
    case = accepted(town)
    text = f"{case.due_on} 休 防汛停工 县防指〔2026〕1号"
    calendars.publish(county, calendars.read(county, text, "粘贴的文字").days)
    sync(county, town)
    assert again(town, case).due_on > case.due_on
    undo.undo(county)
    sync(county, town)
    assert again(town, case).due_on == case.due_on


def test_a_case_that_comes_before_its_edition_gets_its_term_with_it(field: Field) -> None:
    """Another PC of the office synced first: its case rests on an edition that this one learns later."""
    county, town = field.desk(COUNTY, "赵立新"), field.desk(TOWNSHIP)
    publishing.amend_figures(county, "request.help", TODAY.isoformat(), {"days": 2})
    sync(county, town)
    case, what = accepted(town), ENTITIES["amendment"]
    with town.store.transaction() as conn:
        row = dict(conn.execute(select(what.table)).mappings().one())
        conn.execute(what.table.delete())
    requests.update(town, case.id, {"note": Cell.of("补充")})
    assert again(town, case).due_on is None, "a term is not guessed"
    with town.store.transaction() as conn:
        conn.execute(what.table.insert(), row)
        derive.refresh(conn, [("amendment", row["id"])])
    assert again(town, case).due_on == case.due_on


def test_only_a_county_desk_may_publish_whatever_a_client_claims(field: Field) -> None:
    town, other = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    soon = (TODAY + timedelta(days=1)).isoformat()
    with town.store.write("李经办", "越权发布") as unit:
        unit.create("amendment", {"item": Cell.of("request.help"), "valid_from": Cell.of(soon), "body": Cell.of("{}")})
        unit.create("calendar_day", {"on": Cell.of(soon), "workday": Cell.of(False), "source": Cell.of("自拟")})
    (said,) = sync(town)
    assert said.exceptions == {"refused": 2}
    sync(other)
    with other.store.read() as conn:
        assert rules.calendar(conn, COUNTY) == {}
        assert conn.execute(select(ENTITIES["amendment"].table)).all() == []
    assert all(rows.to_wire(ENTITIES["calendar_day"], r) == {} for r in _published(field))


def _published(field: Field) -> list[rows.Row]:
    with field.county.store.read() as conn:
        return list(conn.execute(select(ENTITIES["calendar_day"].table)).mappings())
