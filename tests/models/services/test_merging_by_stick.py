"""A village merges two files and has only its stick: the township sees one person at once, the county takes it all."""

from __future__ import annotations

from pathlib import Path

from models.records import Cell
from models.services import contacts, merging_people, people, sticks
from models.services.desk import Desk
from models.services.verifying import verify
from models.store import settings
from tests.conftest import TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import codes, person, states, taken
from tests.models.sync.conftest import sync


def _hear(county: County, *desks: Desk) -> None:
    """A round over the network for each."""
    county.start()
    for desk in desks:
        with desk.store.transaction() as conn:
            settings.put(conn, "recipients.heard", None)
    sync(*desks)
    county.stop()


def test_a_township_sees_one_person_before_the_county_has_heard(offline: DeskFactory, county: County, usb: Path) -> None:
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    kept, gone = person(village, phone="13800001111"), person(village, wechat="wxy_0000")
    visit = contacts.add(village, gone, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of("在家")}).id
    _hear(county, village, town)
    assert set(people.ids(town)) == {kept, gone}
    merging_people.merge(village, kept, gone)
    sticks.write(village, usb)
    assert "carried" in codes(sticks.read(town, usb))
    assert people.ids(town) == [kept]
    assert [c.id for c in contacts.of_person(town, kept)] == [visit]
    assert people.must_get(town, kept).wechat == "wxy_0000"
    assert taken(county, usb)[0] == "taken"
    sticks.read(village, usb)
    assert states(village, kept, gone, visit) == ["received"] * 3
    _hear(county, town)
    assert [c.id for c in contacts.of_person(town, kept)] == [visit]
    assert merging_people.strays(town) == merging_people.strays(village) == []
    for desk in (town, village):
        assert not any(f.faults for f in verify(desk))
