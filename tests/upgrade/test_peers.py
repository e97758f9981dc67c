"""A release older and a release newer, both ways round: what the other does not know is kept, passed on, and used after its upgrade."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import TOWNSHIP, VILLAGE
from tests.upgrade.conftest import Peer, Told, World


def known(value: object) -> list[object]:
    return ["k", value]


def test_an_older_desk_keeps_edits_and_passes_on_what_it_does_not_know(world: World) -> None:
    county = world.county("today")
    ours, older = world.desk("today", county, TOWNSHIP, "张经办"), world.desk("older", county, TOWNSHIP)
    person = ours.save(
        id=None, village=VILLAGE,
        cells={"name": known("王小雁"), "job_permit": known("豫0001"), "insured": known("pension_urban"), "phone": ["r", None]},
    )  # fmt: skip
    member = ours.create(
        entity="family_member",
        village=VILLAGE,
        cells={"person_id": known(person), "name": known("王二"), "relation": known("12")},
    )
    assert ours.sync()["exceptions"] == {}
    older.sync()
    there = older.row(entity="person", id=person)
    assert there["extra"] == {"insured": known("pension_urban"), "job_permit": known("豫0001")}
    # It edits, meets a change that was made meanwhile, and what it cannot show comes through both.
    older.save(id=person, village=VILLAGE, cells={"note": known("春节后外出")})
    ours.save(id=person, village=VILLAGE, cells={"employer": known("某厂"), "job_permit": known("豫0002")})
    ours.sync()
    assert older.sync()["exceptions"] == {"merged": 1}
    ours.sync()
    rows = [one.row(entity="person", id=person) for one in (ours, older, county)]
    assert {r["digest"] for r in rows} == {rows[0]["digest"]}
    assert all(r["sound"] for r in rows)
    assert (rows[2]["values"]["note"], rows[2]["values"]["job_permit"]) == ("春节后外出", "豫0002")
    assert rows[1]["extra"]["job_permit"] == known("豫0002")
    older.change(entity="person", id=person, cells={"note": None})
    older.sync()
    # Its own upgrade: a copy first, then the columns, the same hash, and the kind of record that it had passed over.
    before = older.digests()
    older = world.upgrade(older, "today")
    assert [p.name for p in world.folder_of(older).glob("*.bak")] != []
    after = older.row(entity="person", id=person)
    assert (after["extra"], after["values"]["insured"], after["values"]["job_permit"]) == (None, "pension_urban", "豫0002")
    assert older.digests() == before
    assert older.pending() == 0, "nothing is said of what the others know"
    older.sync()
    assert older.row(entity="family_member", id=member)["values"]["name"] == "王二"
    ours.sync()
    assert older.digests() == ours.digests() == {k: v for k, v in county.digests().items() if k in ours.digests()}
    assert older.verify() == ours.verify() == []


def test_an_older_server_keeps_fields_and_holds_kinds_until_its_upgrade(world: World) -> None:
    county = world.county("older")
    ours, other = world.desk("today", county, TOWNSHIP), world.desk("today", county, TOWNSHIP, "张经办")
    older = world.desk("older", county, TOWNSHIP, "赵经办")
    person = ours.save(id=None, village=VILLAGE, cells={"name": known("王小雁"), "job_permit": known("豫0001")})
    request = ours.ask(person=person, answers={"topic": "land", "wish": "想租旧校舍"})
    member = ours.create(
        entity="family_member",
        village=VILLAGE,
        cells={"person_id": known(person), "name": known("王二"), "relation": known("12")},
    )
    ours.change(entity="family_member", id=member, cells={"name": known("王小二")})
    wrong = ours.create(
        entity="family_member",
        village=VILLAGE,
        cells={"person_id": known(person), "name": known("王三"), "relation": known("没有这个代码")},
    )
    ours.change(entity="request", id=request, cells={"member_id": known(member)})
    assert ours.sync()["exceptions"] == {"held": 3}
    assert (ours.state(id=member), ours.state(id=person), ours.state(id=request)) == ("held", "received", "received")
    assert ours.lines()[member] == "held"
    # An older desk works on the request and loses neither the answer nor the field that it does not know.
    older.sync()
    older.change(entity="request", id=request, cells={"urgency": known("urgent")})
    assert older.sync()["exceptions"] == {}
    ours.sync()
    case = ours.row(entity="request", id=request)["values"]
    assert (case["answers"], case["member_id"]) == ('{"topic":"land","wish":"想租旧校舍"}', member)
    receipts = ours.counts()["receipt"]
    assert (ours.sync()["sent"], ours.state(id=member)) == (0, "held")
    assert ours.counts()["receipt"] == receipts, "it is not sent again every minute"
    assert county.held() == 3

    county.close()
    county = world.county("today")
    assert county.held() == 0, "tried again as the server starts"
    assert county.row(entity="person", id=person)["values"]["job_permit"] == "豫0001"
    assert county.row(entity="person", id=person)["extra"] is None
    assert county.row(entity="family_member", id=member)["values"]["name"] == "王小二"
    other.sync()
    ours.sync()
    assert (ours.state(id=member), ours.state(id=wrong)) == ("received", "refused")
    assert county.row(entity="family_member", id=wrong) is None
    assert other.row(entity="family_member", id=member)["digest"] == ours.row(entity="family_member", id=member)["digest"]
    assert other.digests() == {k: v for k, v in ours.digests().items() if k != wrong}
    assert ours.verify() == other.verify() == []


def _newer_world(world: World) -> tuple[Peer, Peer, Peer]:
    county = world.county("today")
    return county, world.desk("newer", county, TOWNSHIP), world.desk("newer", county, VILLAGE, "村")


def test_a_newer_desk_is_told_what_is_held_and_gets_its_receipt_after_the_upgrade(world: World) -> None:
    county, town, village = _newer_world(world)
    today = world.desk("today", county, TOWNSHIP, "张经办")
    person = town.save(
        id=None, village=VILLAGE, cells={"name": known("王小雁"), "talent_points": known(7), "helps": known("land")}
    )
    pair = town.create(entity="mentorship", village=VILLAGE, cells={"person_id": known(person), "text": known("结对")})
    assert town.sync()["exceptions"] == {"held": 1}
    # A longer text than this release takes, and a change that was made on top of it.
    town.save(id=person, village=VILLAGE, cells={"note": known("长" * 3000)})
    town.save(id=person, village=VILLAGE, cells={"employer": known("某厂")})
    assert town.sync()["exceptions"] == {"held": 2}
    village.sync()
    today.sync()
    assert today.row(entity="person", id=person)["extra"] == {"helps": known("land"), "talent_points": known(7)}
    assert "employer" not in today.row(entity="person", id=person)["values"]
    today.save(id=person, village=VILLAGE, cells={"phone": known("13900000001")})
    today.sync()
    town.sync()
    assert town.row(entity="person", id=person)["values"]["employer"] == "某厂", "what is held stays on top here"
    # Two newer desks clash over a field that the server does not know; a person of the newer release settles it.
    village.save(id=person, village=VILLAGE, cells={"talent_points": known(9)})
    village.sync()
    today.sync()
    assert today.row(entity="person", id=person)["extra"]["talent_points"] == known(9)

    county.close()
    county = world.county("newer")
    assert county.held() == 0
    town.sync()
    assert (town.state(id=pair), town.state(id=person)) == ("received", "received")
    village.sync()
    today.sync()
    rows = [one.row(entity="person", id=person) for one in (county, town, village, today)]
    assert {r["digest"] for r in rows} == {rows[0]["digest"]}
    assert rows[0]["values"] | {"talent_points": 9, "employer": "某厂", "phone": "13900000001"} == rows[0]["values"]
    assert len(rows[0]["values"]["note"]) == 3000
    today = world.upgrade(today, "newer")
    today.sync()
    assert today.row(entity="mentorship", id=pair)["values"]["text"] == "结对"
    assert today.row(entity="person", id=person)["values"]["talent_points"] == 9
    assert today.digests() == town.digests()
    assert today.verify() == town.verify() == village.verify() == []


def test_a_clash_over_a_field_that_the_server_does_not_know_is_settled(world: World) -> None:
    county, town, village = _newer_world(world)
    today = world.desk("today", county, TOWNSHIP, "张经办")
    person = town.save(id=None, village=VILLAGE, cells={"name": known("王小雁"), "talent_points": known(1)})
    town.sync()
    village.sync()
    town.save(id=person, village=VILLAGE, cells={"talent_points": known(2)})
    village.save(id=person, village=VILLAGE, cells={"talent_points": known(3)})
    town.sync()
    assert village.sync()["exceptions"] == {"conflict": 1}
    today.sync()
    assert [c["field"] for c in today.clashes()] == ["talent_points"], "shown by its name, where the label is not known"
    (clash,) = village.clashes()
    assert (clash["label"], clash["kept"], clash["other"]) == ("人才积分", "2", "3")
    village.settle(id=clash["id"], choice="other")
    village.sync()
    for one in (town, today):
        one.sync()
    assert [one.row(entity="person", id=person)["wire"]["talent_points"] for one in (county, town, today)] == [known(3)] * 3
    assert town.clashes() == today.clashes() == []


def test_a_peer_of_another_protocol_is_told_who_must_upgrade_and_loses_nothing(world: World) -> None:
    county = world.county("today")
    desk = world.desk("today", county, TOWNSHIP)
    person = desk.save(id=None, village=VILLAGE, cells={"name": known("王小雁")})
    for release, code, who in (
        ("last protocol", "protocol.old", "升级本机的归雁"),
        ("next protocol", "protocol.new", "升级服务器"),
    ):
        desk = world.upgrade(desk, release)
        with pytest.raises(Told) as told:
            desk.sync()
        assert told.value.code == code
        assert who in told.value.sentence
        assert desk.state(id=person) == "pending"
    assert county.row(entity="person", id=person) is None
    desk = world.upgrade(desk, "today")
    assert desk.sync()["sent"] == desk.counts()["event"]
    assert desk.state(id=person) == "received"


def test_a_stick_brings_the_receipt_of_what_was_held(world: World, tmp_path: Path) -> None:
    county = world.county("today")
    town = world.desk("newer", county, TOWNSHIP)
    person = town.save(id=None, village=VILLAGE, cells={"name": known("王小雁")})
    pair = town.create(entity="mentorship", village=VILLAGE, cells={"person_id": known(person), "text": known("结对")})
    assert town.sync()["exceptions"] == {"held": 1}
    later = town.save(id=None, village=VILLAGE, cells={"name": known("后一人")})

    def carried(server: Peer, name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        town.stick_write(folder=str(folder))
        server.stick(folder=str(folder))
        town.stick_read(folder=str(folder))

    carried(county, "before")
    assert (town.state(id=pair), town.state(id=later)) == ("held", "received")
    county.close()
    carried(world.county("newer"), "after")
    assert town.state(id=pair) == "received"
    assert town.verify() == []
