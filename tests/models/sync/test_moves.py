"""A person moves to another village: all that hangs on the person goes along, the old village is told, nothing is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models.errors import RuleError
from models.records import Cell
from models.services import contacts, people, undo
from models.services.desk import Desk
from models.sync import proving
from models.tables import ENTITIES
from resources import divisions
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, ask, change, digests, person, server_digests, statuses, sync

OTHER = SIBLING  # another village of the same township
FAR = next(d.code for d in divisions.villages("411424101000"))
KINDS = ("person", "family_member", "contact", "request", "request_event")


def _whole_family(desk: Desk) -> str:
    who = person(desk, phone="13800001111")
    people.save_member(desk, who, None, {"name": Cell.of("王小禾"), "relation": Cell.of("20")})
    contacts.add(desk, who, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of("在家")})
    ask(desk, who)
    return who


def _villages(desk: Desk) -> dict[str, set[str]]:
    with desk.store.read() as conn:
        return {k: set(conn.execute(select(ENTITIES[k].table.c.village)).scalars()) for k in KINDS}


def _count(desk: Desk) -> int:
    with desk.store.read() as conn:
        return sum(conn.execute(select(func.count()).select_from(ENTITIES[k].table)).scalar_one() for k in KINDS)


def test_everything_goes_along_and_comes_back_by_undo(either: Field) -> None:
    town, old, new = either.desk(TOWNSHIP), either.desk(VILLAGE, "王村"), either.desk(OTHER, "赵村")
    who = _whole_family(town)
    sync(town, old, new)
    whole = _count(town)
    assert (_count(old), _count(new)) == (whole, 0)
    people.move(town, who, OTHER)
    sync(town, old, new)
    assert _villages(new) == {k: {OTHER} for k in KINDS} == _villages(town)
    assert (_count(old), _count(new)) == (0, whole)
    assert digests(new) == digests(town) == server_digests(either.county)
    undo.undo(town)
    sync(town, new, old)
    assert (_count(old), _count(new)) == (whole, 0)
    assert _villages(old) == {k: {VILLAGE} for k in KINDS}
    with old.store.read() as conn:
        assert proving.verify_receipts(conn, either.county.own.public) == []


def test_only_an_office_above_both_villages_moves(field: Field) -> None:
    village, town, county = field.desk(VILLAGE, "王村"), field.desk(TOWNSHIP), field.desk(COUNTY, "县专班")
    who = person(village)
    sync(village, town, county)
    for desk, there in ((village, OTHER), (town, FAR)):
        with pytest.raises(RuleError, match="不在本机构辖区内"):
            people.move(desk, who, there)
    with pytest.raises(RuleError, match="没有村"):
        people.move(town, who, TOWNSHIP)
    people.move(county, who, FAR)
    sync(county, town, village)
    assert people.get(town, who) is None
    assert people.get(village, who) is None


def test_a_village_that_forges_a_move_is_refused(field: Field) -> None:
    village = field.desk(VILLAGE, "王村")
    who = person(village)
    with village.store.write("王村", "迁移") as unit:
        unit.move("person", who, OTHER)
    (report,) = sync(village)
    assert report.exceptions == {"refused": 1}
    undo.undo(village)
    assert sync(village)[0].exceptions == {}
    assert statuses(village, who) == ["applied", "replaced", "applied"]


def test_two_moves_of_one_person_do_not_follow_each_other_blindly(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(COUNTY, "县专班")
    who = person(one)
    sync(one, two)
    people.move(one, who, OTHER)
    people.move(two, who, FAR)
    assert sync(one, two)[1].exceptions == {"refused": 1}
    with field.county.store.read() as conn:
        table = ENTITIES["person"].table
        assert conn.execute(select(table.c.village).where(table.c.id == who)).scalar_one() == OTHER


def test_an_unsent_move_is_not_undone_by_a_pull(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(VILLAGE, "王村")
    who = person(one)
    sync(one, two)
    change(two, who, wechat="zs")
    sync(two)
    people.move(one, who, OTHER)
    sync(one)
    moved = people.get(one, who)
    assert moved is not None
    assert (moved.village, moved.wechat) == (OTHER, "zs")
    sync(two)
    assert people.get(two, who) is None


def test_a_conflict_goes_to_who_knows_the_person_now(field: Field, county: County) -> None:
    town, old, new = field.desk(TOWNSHIP), field.desk(VILLAGE, "王村"), field.desk(OTHER, "赵村")
    who = person(town, phone="13800001111")
    sync(town, old)
    change(town, who, phone="13800002222")
    change(old, who, phone="13800003333")
    sync(town, old, town)
    people.move(town, who, OTHER)
    sync(town, new, old)
    table = ENTITIES["conflict"].table
    for desk, seen in ((new, 1), (old, 0)):
        with desk.store.read() as conn:
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == seen
