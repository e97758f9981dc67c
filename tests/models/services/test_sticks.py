"""The stick as a postman between a village, its township and the county: what goes and what comes back."""

from __future__ import annotations

from pathlib import Path

from models.services import people, sticks, syncing
from models.services.desk import Desk
from models.services.verifying import verify
from models.store import settings
from models.sync.transports import folder as stick
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import change, codes, person, states, taken, value


def test_a_village_is_answered_without_any_network(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    who, bad = person(village), person(village, "李四", sex="不是代码")
    assert codes(sticks.write(village, usb)) == ["written"]
    assert states(village, who) == ["pending"]  # written is not received
    assert taken(county, usb) == ["taken", "answered"]
    done = sticks.read(village, usb)
    assert codes(done) == ["answer.taken", "own.received"]
    assert done.acknowledged == 3  # the account and two people
    assert states(village, who, bad) == ["received", "refused"]
    assert not any(f.faults for f in verify(village))
    assert codes(sticks.read(village, usb)) == ["answer.known", "own.received"]
    sticks.write(village, usb)
    assert len(stick.find(usb)) == 1  # what has done its service made room


def test_a_township_sees_its_village_at_once_and_carries_on(
    offline: DeskFactory, county: County, usb: Path, tmp_path: Path
) -> None:
    town = offline(TOWNSHIP, "李经办")
    village = offline(VILLAGE, "王村")
    _hear(county, town)
    _hear(county, village)
    who, bad = person(village, phone="13800001111"), person(village, "李四", sex="不是代码")
    sticks.write(village, usb)
    done = sticks.read(town, usb)
    assert codes(done) == ["carried", "net.unreachable"]
    assert "2 条记录本机已经可以看到" in done.lines[0].sentence
    assert (value(town, who, "phone"), value(town, bad, "name")) == ("13800001111", "李四")
    assert states(town, who) == [""]  # shown, and not claimed: it is not this device's to send
    assert (syncing.status(town).pending, sticks.waiting(town)) == (0, (1, 2))
    change(town, who, wechat="town")
    own = tmp_path / "own"
    own.mkdir()
    assert codes(sticks.write(town, own)) == ["written", "copied"]
    assert taken(county, own) == ["taken", "taken", "answered", "answered"]
    done = sticks.read(town, own)
    assert sorted(codes(done)) == ["answer.other", "answer.taken", "carried.answered", "own.received"]
    assert value(town, who, "wechat") == "town"
    assert people.get(town, bad) is None  # the county did not take it: it goes again from here
    assert sticks.waiting(town) == (0, 0)
    assert states(town, who) == ["received"]
    assert codes(sticks.read(town, usb)) == ["handed"]  # the village's stick takes its answer home
    assert codes(sticks.read(village, usb)) == ["answer.taken", "own.received"]
    assert states(village, who, bad) == ["received", "refused"]
    assert value(village, who, "wechat") is None  # the answer was written before the township's change
    sticks.write(village, usb)
    taken(county, usb)
    sticks.read(village, usb)
    assert value(village, who, "wechat") == "town"
    for desk in (town, village):
        assert not any(f.faults for f in verify(desk))


def _hear(county: County, desk: Desk) -> None:
    """A round over the network, for what is new since it joined."""
    county.start()
    with desk.store.transaction() as conn:
        settings.put(conn, "recipients.heard", None)
    syncing.run(desk)
    county.stop()


def test_with_a_network_the_answer_goes_back_on_the_spot(joined: DeskFactory, usb: Path) -> None:
    town, village = joined(), joined(VILLAGE, "王村")
    who = person(village)
    sticks.write(village, usb)
    done = sticks.read(town, usb)
    assert codes(done) == ["handed"]
    assert value(town, who, "name") == "王小雁"
    assert sticks.waiting(town) == (0, 0)
    assert codes(sticks.read(village, usb)) == ["answer.taken", "own.received"]
    assert states(village, who) == ["received"]


def test_the_county_desk_carries_what_it_cannot_open(joined: DeskFactory, usb: Path) -> None:
    desk, village, sibling = joined(COUNTY, "赵县"), joined(VILLAGE, "王村"), joined(SIBLING, "孙村")
    who = person(village)
    sticks.write(village, usb)
    sticks.write(sibling, usb)
    assert codes(sticks.read(desk, usb)) == ["handed", "handed"]
    assert value(desk, who, "name") == "王小雁"
    assert codes(sticks.read(sibling, usb)).count("parcel.outside") == 1  # a village carries for nobody


def test_a_township_that_cannot_look_inside_carries_all_the_same(offline: DeskFactory, county: County, usb: Path) -> None:
    early = offline(SIBLING, "孙村")  # before there was a township to seal to
    town = offline(TOWNSHIP, "李经办")
    late = offline(VILLAGE, "王村")  # the township has not heard of it yet
    _hear(county, town)
    with town.store.transaction() as conn:
        below = [b for b in settings.get(conn, "below") if b["device"] != late.store.identity.device]
        settings.put(conn, "below", below)
    who = person(late)
    for desk in (early, late):
        sticks.write(desk, usb)
    said = "".join(line.sentence for line in sticks.read(town, usb).lines)
    assert "没有密封给本机" in said
    assert "还不认得写它的设备" in said
    assert sticks.waiting(town) == (2, 0)
    county.start()
    assert "".join(codes(sticks.read(town, usb))) == "handed" * 2
    assert value(town, who, "name") == "王小雁"
    assert states(late, who) == ["pending"]
    county.stop()
    sticks.read(late, usb)
    assert states(late, who) == ["received"]
