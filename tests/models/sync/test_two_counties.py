"""A server that holds several counties: what each of them publishes holds for its own offices and for nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from models import catalog
from models.base import local_date
from models.errors import RuleError
from models.records import Record
from models.services import calendars, people, publishing, requests, titles
from models.services.desk import Desk
from models.store import rules
from models.tables import ENTITIES
from resources import divisions
from tests.conftest import COUNTY, TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, ask, person, sync

CITY, ELSEWHERE, FAR_TOWNSHIP = "411400000000", "411422000000", "411422100000"
FAR_VILLAGE = divisions.villages(FAR_TOWNSHIP)[0].code
TODAY = local_date()
ITEM = "request.help"


def accepted(desk: Desk, village: str) -> Record:
    return requests.act(desk, ask(desk, person(desk, village=village)).id, "accept")


def days_of(desk: Desk) -> int:
    return next(i.clock.days for i in requests.items(desk, TODAY) if i.code == ITEM)


def due_at(county: County) -> Mapping[str, str]:
    """The term of each request as the server has counted it."""
    table = ENTITIES["request"].table
    with county.store.read() as conn:
        return {r.id: r.due_on for r in conn.execute(select(table.c.id, table.c.due_on))}


def here(desk: Desk, case: Record) -> str:
    return str(people.must_get(desk, case.id, "request").due_on)


def day_off(desk: Desk, on: str, kind: str = "休") -> calendars.Plan:
    return calendars.publish(desk, calendars.read(desk, f"{on} {kind} 防汛停工 〔2026〕1号", "粘贴的文字").days)


def test_one_edition_of_an_item_has_its_own_term_in_each_county(either: Field) -> None:
    """Both counties publish the same item from the same day, with other figures: the later one is not the server's."""
    one, town = either.desk(COUNTY, "赵立新"), either.desk(TOWNSHIP)
    two, far = either.desk(ELSEWHERE, "周立新"), either.desk(FAR_TOWNSHIP)
    publishing.amend_figures(one, ITEM, TODAY.isoformat(), {"days": 2})
    publishing.amend_figures(two, ITEM, TODAY.isoformat(), {"days": 9})
    sync(one, two, town, far)
    assert [days_of(d) for d in (one, town, two, far)] == [2, 2, 9, 9]
    near_case, far_case = accepted(town, VILLAGE), accepted(far, FAR_VILLAGE)
    assert near_case.due_on < far_case.due_on
    sync(town, far)
    assert due_at(either.county) == {near_case.id: near_case.due_on, far_case.id: far_case.due_on}
    with either.county.store.read() as conn:
        assert [rules.catalogue(conn, place).item(ITEM, TODAY).clock.days for place in (VILLAGE, FAR_VILLAGE)] == [2, 9]
        assert rules.catalogue(conn, CITY).item(ITEM, TODAY).clock.days == catalog.load().item(ITEM, TODAY).clock.days


def test_an_edition_of_the_city_from_the_same_day_leaves_a_countys_own(field: Field) -> None:
    city, one, two = field.desk(CITY, "周市"), field.desk(COUNTY, "赵立新"), field.desk(ELSEWHERE, "周立新")
    publishing.amend_figures(one, ITEM, TODAY.isoformat(), {"days": 2})
    publishing.amend_figures(city, ITEM, TODAY.isoformat(), {"days": 3})
    sync(city, one, two, one)
    assert [days_of(d) for d in (city, one, two)] == [3, 2, 3]
    assert next(e for e in publishing.editions(one) if e.item.edition == TODAY.isoformat() and e.item.code == ITEM).own


def test_a_case_that_came_before_its_edition_waits_for_its_own_countys(field: Field) -> None:
    """Another county publishes an item of the same code and day: no term comes from there."""
    one, town, two = field.desk(COUNTY, "赵立新"), field.desk(TOWNSHIP), field.desk(ELSEWHERE, "周立新")
    publishing.amend_figures(one, ITEM, TODAY.isoformat(), {"days": 2})
    sync(one, town)
    case = accepted(town, VILLAGE)
    amendment = ENTITIES["amendment"].table
    with field.county.store.transaction() as conn:  # as if the server had lost the county's edition
        conn.execute(amendment.delete())
    sync(town)
    assert due_at(field.county)[case.id] is None
    publishing.amend_figures(two, ITEM, TODAY.isoformat(), {"days": 9})
    sync(two)
    assert due_at(field.county)[case.id] is None


def test_a_day_off_moves_terms_in_the_county_that_published_it_alone(either: Field) -> None:
    one, town, far = either.desk(COUNTY, "赵立新"), either.desk(TOWNSHIP), either.desk(FAR_TOWNSHIP)
    near_case, far_case = accepted(town, VILLAGE), accepted(far, FAR_VILLAGE)
    assert near_case.due_on == far_case.due_on
    sync(town, far)
    day_off(one, str(near_case.due_on))
    sync(one, town, far)
    assert here(town, near_case) > near_case.due_on
    assert here(far, far_case) == far_case.due_on
    assert due_at(either.county) == {near_case.id: here(town, near_case), far_case.id: far_case.due_on}


def test_what_the_city_publishes_holds_in_both_and_a_county_may_say_otherwise_for_itself(field: Field) -> None:
    city, one, two = field.desk(CITY, "周市"), field.desk(COUNTY, "赵立新"), field.desk(ELSEWHERE, "周立新")
    on = date(TODAY.year + 1, 3, 3) if date(TODAY.year + 1, 3, 3).weekday() < 5 else date(TODAY.year + 1, 3, 5)
    publishing.amend_figures(city, ITEM, TODAY.isoformat(), {"days": 3})
    day_off(city, on.isoformat())
    sync(city, one, two)
    assert [days_of(d) for d in (city, one, two)] == [3, 3, 3]
    assert (day_off(one, on.isoformat()).same, day_off(one, on.isoformat(), "班").changed) == (1, 1)
    assert [r.exceptions for r in sync(one, two)] == [{}, {}], "the county says it in a record of its own"
    assert [requests.due(d, on - timedelta(days=1), 1)[0] == on for d in (one, two)] == [True, False]
    with field.county.store.read() as conn:
        assert [rules.calendar(conn, place)[on] for place in (VILLAGE, FAR_VILLAGE, CITY)] == [True, False, False]


def test_a_county_takes_back_its_own_word_and_never_the_citys(field: Field) -> None:
    city, one = field.desk(CITY, "周市"), field.desk(COUNTY, "赵立新")
    on = f"{TODAY.year + 1}-03-0{3 if date(TODAY.year + 1, 3, 3).weekday() < 5 else 5}"
    publishing.amend_figures(city, ITEM, TODAY.isoformat(), {"days": 3})
    day_off(city, on)
    sync(city, one)
    edition = next(e for e in publishing.editions(one) if e.item.code == ITEM and e.record_id)
    year = next(y for y in calendars.years(one) if y.year == TODAY.year + 1)
    assert (edition.own, year.own) == (False, False)
    with pytest.raises(RuleError, match="由市级发布"):
        publishing.withdraw(one, edition.record_id)
    with pytest.raises(RuleError, match="现有的由市级发布"):
        calendars.withdraw(one, TODAY.year + 1)
    day_off(one, on, "班")
    assert len(calendars.withdraw(one, TODAY.year + 1)) == 1
    assert sync(one)[0].exceptions == {}
    assert next(e.own for e in publishing.editions(city) if e.record_id == edition.record_id)
    with one.store.read() as conn:
        assert rules.calendar(conn, COUNTY) == {date.fromisoformat(on): False}
        said = titles.titles_of(conn, [("amendment", edition.record_id)])
    assert said == {edition.record_id: f"{edition.item.name} {TODAY} 版"}
