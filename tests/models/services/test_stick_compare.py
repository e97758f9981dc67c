"""Comparing with the county by stick alone: what differs is found in one round trip and mended in the next."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, func, select, update

from models.errors import RuleError
from models.records import Cell
from models.services import people, reconciling, sticks, syncing
from models.services.desk import Desk
from models.store.unit import New
from models.sync import reconcile, stick_compare
from models.sync.transports import folder as stick
from models.tables import ENTITIES
from models.tables.system import AUDIT, EVENT, FEED
from tests.conftest import SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import change, person, taken, value

PERSON = ENTITIES["person"].table


def trip(desk: Desk, county: County, usb: Path) -> reconciling.Result | None:
    sticks.write(desk, usb)
    taken(county, usb)
    return sticks.read(desk, usb).compared


@pytest.fixture
def village(offline: DeskFactory, county: County, usb: Path) -> Desk:
    """Five people, at both ends."""
    made = offline(VILLAGE, "王村")
    for n in range(5):
        person(made, f"人{n}", phone=f"1380000000{n}")
    trip(made, county, usb)
    return made


def people_of(desk: Desk) -> list[str]:
    with desk.store.read() as conn:
        return list(conn.execute(select(PERSON.c.id).order_by(PERSON.c.name)).scalars())


def test_equal_is_said_with_its_date(village: Desk, county: County, usb: Path) -> None:
    result = trip(village, county, usb)
    assert result is not None
    assert (result.equal, result.records) == (True, 6)  # the account too
    known = reconciling.last_known(village)
    assert (known.by, known.faults, known.asked) == ("stick", 0, "")
    assert known.at > "2020"
    sticks.write(village, usb)
    assert reconciling.last_known(village).asked > known.at, "a question is on its way"
    said = " ".join(x.sentence for x in sticks.read(village, usb).lines)
    assert "核对" not in said, "the answer that is here was read before"


def test_what_the_county_lost_is_found_and_given_back(village: Desk, county: County, usb: Path) -> None:
    lost, hurt, *_ = people_of(village)
    with county.store.transaction() as conn:
        conn.execute(delete(PERSON).where(PERSON.c.id == lost))
        conn.execute(update(PERSON).where(PERSON.c.id == hurt).values(phone="13999999999", digest="0" * 32))
    result = trip(village, county, usb)
    assert result is not None
    assert sorted((x.record_id, x.kind) for x in result.lines) == sorted([(lost, "extra"), (hurt, "damaged")])
    assert reconciling.last_known(village).faults == 2
    assert reconciling.mend_by_stick(village) == 2
    assert reconciling.last_known(village).mending
    result = trip(village, county, usb)
    assert result is not None
    assert (result.restored >= 1, result.equal) == (True, True)
    assert not reconciling.last_known(village).mending
    with county.store.read() as conn:
        assert conn.execute(select(PERSON.c.name).where(PERSON.c.id == lost)).scalar() == "人0"


def test_what_this_device_lost_comes_back(village: Desk, county: County, usb: Path) -> None:
    lost, other, *_ = people_of(village)
    with village.store.transaction() as conn:
        conn.execute(delete(PERSON).where(PERSON.c.id == lost))
        conn.execute(update(PERSON).where(PERSON.c.id == other).values(phone="13999999999"))
    result = trip(village, county, usb)
    assert result is not None
    assert result.faults == {"missing": 1, "differs": 1}
    result = trip(village, county, usb)
    assert result is not None
    assert result.faults == {"missing": 1, "differs": 1}, "nothing is mended unasked"
    reconciling.mend_by_stick(village)
    result = trip(village, county, usb)
    assert result is not None
    assert (result.equal, result.pulled) == (True, 2)
    assert (value(village, lost, "name"), value(village, other, "phone")) == ("人0", "13800000001")


def forgotten_by(county: County, lost: str) -> None:
    """The county has neither the person nor any word of them."""
    with county.store.transaction() as conn:
        for table in (EVENT, FEED):
            conn.execute(delete(table).where(table.c.entity_id == lost))
        conn.execute(delete(PERSON).where(PERSON.c.id == lost))


def test_what_nobody_remembers_is_said_again(village: Desk, county: County, usb: Path) -> None:
    lost = people_of(village)[0]
    forgotten_by(county, lost)
    trip(village, county, usb)
    reconciling.mend_by_stick(village)
    result = trip(village, county, usb)
    assert result is not None
    assert (result.said, result.waiting) == (1, {"unsent": 1})
    result = trip(village, county, usb)
    assert result is not None
    assert result.equal
    with county.store.read() as conn:
        assert conn.execute(select(PERSON.c.name).where(PERSON.c.id == lost)).scalar() == "人0"


def test_what_waits_is_no_fault(offline: DeskFactory, county: County, usb: Path, tmp_path: Path, village: Desk) -> None:
    town = offline(TOWNSHIP, "李经办")
    one, two, *_ = people_of(village)
    own = tmp_path / "own"
    own.mkdir()
    trip(town, county, own)
    sticks.write(village, usb)
    change(town, one, wechat="town")
    trip(town, county, own)
    taken(county, usb)
    change(village, two, phone="13811112222")  # after the question
    person(village, "新人")
    result = sticks.read(village, usb).compared
    assert result is not None
    assert (result.equal, result.faults) == (True, {})
    assert value(village, one, "wechat") == "town"


def test_an_old_answer_is_not_compared(village: Desk, county: County, usb: Path, tmp_path: Path) -> None:
    """A round over the network went on since: what the answer lists is of another moment."""
    sticks.write(village, usb)
    taken(county, usb)
    county.start()
    person(village, "新人")
    syncing.run(village)
    county.stop()
    before = reconciling.last_known(village).at
    assert sticks.read(village, usb).compared is None
    assert reconciling.last_known(village).at == before


def test_a_village_of_thousands_in_one_round_trip(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    with village.store.write("王村", "登记") as unit:
        unit.create_many("person", [New({"name": Cell.of(f"村民{n}")}, VILLAGE) for n in range(3000)])
    trip(village, county, usb)
    three = people_of(village)[:3]
    with county.store.transaction() as conn:
        conn.execute(delete(PERSON).where(PERSON.c.id.in_(three)))
    asked = msgspec.json.decode(stick_compare.question(village.store), type=stick_compare.Question)
    (group,) = asked.groups["person"]
    assert (group.depth, len(group.leaves)) == (1, 16)
    result = trip(village, county, usb)
    assert result is not None
    assert sorted(x.record_id for x in result.lines) == sorted(three)
    assert result.faults == {"extra": 3}
    with county.store.transaction() as conn:
        conn.execute(delete(PERSON))
    result = trip(village, county, usb)
    assert result is not None
    assert result.faults == {"extra": 3000}


def test_a_device_that_lost_everything(village: Desk, county: County, usb: Path) -> None:
    with village.store.transaction() as conn:
        conn.execute(delete(PERSON))
    result = trip(village, county, usb)
    assert result is not None
    assert result.faults == {"missing": 5}
    reconciling.mend_by_stick(village)
    result = trip(village, county, usb)
    assert result is not None
    assert result.equal
    assert len(people_of(village)) == 5


def test_another_village_does_not_exist_in_an_answer(offline: DeskFactory, county: County, usb: Path, village: Desk) -> None:
    sibling = offline(SIBLING, "孙村")
    with sibling.store.write("孙村", "登记") as unit:
        there = unit.create("person", {"name": Cell.of("孙外")}, village=SIBLING)
    trip(sibling, county, usb)
    with county.store.transaction() as conn:
        device = village.store.identity.device
        asked = stick_compare.Question({"person": [stick_compare.Group(SIBLING, 0, [])]}, [("person", there)])
        word, page = stick_compare.answer(conn, county.own, VILLAGE, device, asked)
    said = stick_compare.read([word, page], county.own.public, "")
    assert said.items == []
    assert there not in str(said.word)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (b"nothing", "compare.malformed"),
        (b'{"groups":{"person":[["411424104201",99,[]]]}}', "compare.large"),
        (b'{"groups":{"person":[["411424104201",1,[["xy",1,"0"]]]]}}', "compare.malformed"),
        (msgspec.json.encode({"groups": {}, "wanted": [["person", "0" * 32]] * 501}), "compare.large"),
        (msgspec.json.encode({"groups": {}, "returned": [["person", "0" * 32, {}, False]] * 201}), "compare.large"),
        (b"[" * 100_000, "compare.malformed"),
        (b" " * (stick_compare.MOST + 1), "compare.large"),
    ],
)
def test_a_question_that_is_none(wrong: bytes, code: str) -> None:
    with pytest.raises(RuleError) as told:
        stick_compare.read_question(wrong)
    assert told.value.code == code


def test_sums_that_are_none_only_differ(county: County, village: Desk) -> None:
    group = stick_compare.Group(VILLAGE, 0, [("", 5, "no number")])
    with county.store.transaction() as conn:
        parts, told, more = stick_compare._differing(conn, VILLAGE, "d" * 32, {"person": [group]})
    assert [(p.entity, len(t.records)) for p, t in zip(parts, told, strict=True) if p.entity == "person"] == [("person", 5)]
    assert not more


def test_too_many_differences_are_told_as_such(village: Desk, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "MOST_PARTS", 0)
    with county.store.transaction() as conn:
        conn.execute(delete(PERSON))
    result = trip(village, county, usb)
    assert result is not None
    assert (result.equal, result.more) == (False, True)
    assert reconciling.last_known(village).more
    assert "没有全部列出" in reconciling.sentence(result)


def test_reading_an_answer_twice_says_nothing_twice(village: Desk, county: County, usb: Path) -> None:
    lost = people_of(village)[0]
    forgotten_by(county, lost)
    trip(village, county, usb)
    reconciling.mend_by_stick(village)
    trip(village, county, usb)
    pending = syncing.status(village).pending
    again = sticks.read(village, usb)
    assert again.compared is not None
    assert (again.compared.said, syncing.status(village).pending) == (0, pending)
    with village.store.read() as conn:
        logged = conn.execute(select(func.count()).select_from(AUDIT).where(AUDIT.c.entity_id == lost)).scalar_one()
    assert logged == 2, "once entered, once said again"
    assert people.get(village, lost) is not None
    assert len(stick.find(usb)) == 2
