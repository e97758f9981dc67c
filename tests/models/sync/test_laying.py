"""What a village's stick shows at its township, and what it cannot make it show."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from models.base import new_id
from models.records import Cell
from models.services import people
from models.services.desk import Desk
from models.store import audit
from models.sync import client, laying
from models.sync.columns import Event
from models.sync.parcel import Below
from models.tables.stick import LAID
from tests.conftest import SIBLING, TOWNSHIP, VILLAGE, DeskFactory
from tests.models.sync.conftest import ask, person, values


@pytest.fixture
def town(desk_factory: DeskFactory) -> Desk:
    return desk_factory(TOWNSHIP, "李经办")


@pytest.fixture
def village(desk_factory: DeskFactory) -> Desk:
    return desk_factory(VILLAGE, "王村")


def sent(desk: Desk) -> list[Event]:
    with desk.store.read() as conn:
        found: list[Event] = list(client.read_events(conn, desk.store.identity.device, 1, 1000))
    return found


def writer(desk: Desk, last: int = 0) -> Below:
    return Below(desk.store.identity.device, desk.office, base64.b64encode(bytes(32)).decode(), last)


def test_a_visit_with_its_request_is_seen_and_folded(town: Desk, village: Desk) -> None:
    who = person(village, "王小雁", VILLAGE, phone="13800001111")
    request = ask(village, who)
    touched = laying.lay(town.store, writer(village), sent(village))
    assert {("person", who), ("request", request.id)} <= set(touched)
    seen = people.must_get(town, request.id, "request")
    assert (seen.state, seen.village) == (request.state, VILLAGE)
    assert ("account", sent(village)[0].entity_id) not in touched  # an account is its own office's
    with town.store.read() as conn:
        assert list(audit.verify(conn)) == []
        assert laying.waiting(conn) == len(touched)
    assert laying.lay(town.store, writer(village), sent(village)) == []
    assert laying.settle(town.store, [writer(village, last=1)]) == []  # the county has only the first of them
    gone = laying.settle(town.store, [writer(village, last=99)])
    assert {("person", who), ("request", request.id)} <= set(gone)
    assert people.get(town, who) is None
    with town.store.read() as conn:
        assert laying.waiting(conn) == 0


def test_what_the_county_has_is_not_laid_again(town: Desk, village: Desk) -> None:
    who = person(village, "王小雁", VILLAGE)
    assert laying.lay(town.store, writer(village, last=2), sent(village)) == []
    assert people.get(town, who) is None


def test_an_unsent_change_of_the_township_stays_on_top(town: Desk, village: Desk) -> None:
    who = person(village, "王小雁", VILLAGE, phone="13800001111")
    laying.lay(town.store, writer(village), sent(village))
    people.save(town, who, {"phone": Cell.of("13900000009")})
    people.save(village, who, {"phone": Cell.of("13800002222"), "wechat": Cell.of("wx")})
    laying.lay(town.store, writer(village), sent(village))
    assert values(town, who, "phone", "wechat") == ["13900000009", None]  # nothing more until the county speaks
    laying.settle(town.store, [writer(village, last=99)])
    assert values(town, who, "phone") == ["13900000009"]  # typed here: it stays, whatever became of the rest


def test_a_shut_out_device_is_shown_no_longer(town: Desk, village: Desk) -> None:
    who = person(village, "王小雁", VILLAGE)
    laying.lay(town.store, writer(village), sent(village))
    laying.settle(town.store, [])
    assert people.get(town, who) is None


def test_a_village_shows_nothing_of_its_neighbour_and_no_answer_of_the_county(town: Desk, village: Desk) -> None:
    mine = people.save(town, None, {"name": Cell.of("邻村人")}, SIBLING).id
    request = ask(town, people.save(town, None, {"name": Cell.of("本村人")}, VILLAGE).id)
    forged = [
        _event(village, 1, "person", mine, VILLAGE, {"phone": [None, ["k", "13800001111"]]}),
        _event(village, 2, "person", mine, SIBLING, {"phone": [None, ["k", "13800001111"]]}),
        _event(village, 3, "request", mine, VILLAGE, {"text": [None, ["k", "别的种类"]]}),
        _event(village, 6, "request", request.id, VILLAGE, {"county_note": [None, ["k", "县级已同意"]]}),
        _event(village, 4, "conflict", new_id(), VILLAGE, {"settled": [None, ["k", "other"]]}, kind="create"),
        _event(village, 5, "unknown", new_id(), VILLAGE, {}, kind="create"),
    ]
    assert laying.lay(town.store, writer(village), forged) == []
    assert values(town, mine, "phone") == [None]
    assert people.must_get(town, request.id, "request").county_note is None
    with town.store.read() as conn:
        assert conn.execute(select(LAID)).all() == []


def _event(
    desk: Desk, seq: int, entity: str, record: str, village: str, changes: dict[str, object], kind: str = "update"
) -> Event:
    whole = next(e for e in sent(desk))
    return Event(seq, entity, record, kind, changes, whole.at, "王村", village, 1, "0" * 32)
