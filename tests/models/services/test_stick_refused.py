"""A device that the county hears no more is told so on its stick: that it was stopped, why, and what helps."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete

from models.errors import GuiyanError, RuleError
from models.services import sticks, syncing
from models.services.desk import Desk, office_name
from models.sync import answering, parcel, postman, sealing
from models.sync.transports import folder as stick
from models.tables.stick import SEALING
from server.devices import revoke
from tests.conftest import SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import codes, person, taken


@pytest.fixture
def village(offline: DeskFactory, county: County, usb: Path) -> Desk:
    """It has written its stick, and was revoked before that came to the county."""
    made = offline(VILLAGE, "王村")
    person(made)
    sticks.write(made, usb)
    revoke(county.store, made.store.identity.device)
    return made


def test_a_revoked_village_hears_of_it_from_its_stick(village: Desk, county: County, usb: Path) -> None:
    before = syncing.status(village).pending
    assert taken(county, usb) == ["device.revoked", "answered"]
    done = sticks.read(village, usb)
    assert codes(done) == ["device.revoked", "own.stopped"]
    assert "已被县级停用" in done.lines[0].sentence
    assert "重新加入" in done.lines[1].sentence
    status = syncing.status(village)
    assert (status.pending, "已被县级停用" in status.stopped) == (before, True), "nothing is called received"
    assert codes(sticks.read(village, usb)) == ["device.revoked", "own.stopped"], "as long as nobody joined again"
    written = sticks.write(village, usb)
    assert "own.stopped" in codes(written), "and before somebody carries the next one for nothing"
    assert not any("请把 U 盘交到县级" in x.sentence or x.tone == "done" for x in written.lines), "nor is it sent on its way"


def test_a_township_that_hands_the_file_over_is_told_whose_device_it_is(
    village: Desk, offline: DeskFactory, county: County, usb: Path
) -> None:
    town = offline(TOWNSHIP, "李经办")
    county.start()
    told = next(x for x in sticks.read(town, usb).lines if x.code == "device.revoked")
    assert office_name(town, VILLAGE) in told.sentence
    assert "写它的那台设备" in told.sentence
    assert told.tone == "danger"
    assert told.sentence.endswith("，县级答复已写回这个 U 盘，请把它交还。")
    assert syncing.status(town).stopped == ""


def test_the_village_hears_of_it_from_the_stick_that_its_township_handed_over(
    village: Desk, offline: DeskFactory, county: County, usb: Path
) -> None:
    town, before = offline(TOWNSHIP, "李经办"), syncing.status(village).pending
    county.start()
    sticks.read(town, usb)
    done = sticks.read(village, usb)
    assert codes(done) == ["device.revoked", "own.stopped"]
    assert "已被县级停用" in done.lines[0].sentence
    status = syncing.status(village)
    assert (status.pending, "已被县级停用" in status.stopped) == (before, True)
    assert "carried.answered" in codes(sticks.read(town, usb)), "it is not handed over a second time"


def test_a_stick_that_comes_back_later_is_given_the_word_that_was_kept(
    village: Desk, offline: DeskFactory, county: County, usb: Path, tmp_path: Path
) -> None:
    """The township took the file along when it had no network: the stick is elsewhere when the county answers."""
    town, later = offline(TOWNSHIP, "李经办"), tmp_path / "later"
    assert "carried" in codes(sticks.read(town, usb))
    county.start()
    syncing.run(town)
    later.mkdir()
    sticks.write(village, later)
    sticks.write(town, later)
    assert "device.revoked" in codes(sticks.read(village, later))
    assert "已被县级停用" in syncing.status(village).stopped


def test_a_county_that_sends_another_ones_word_leaves_nothing_behind(
    village: Desk, offline: DeskFactory, county: County, usb: Path
) -> None:
    town = offline(TOWNSHIP, "李经办")
    sticks.read(town, usb)
    with town.store.read() as conn:
        assert postman.unanswered(conn) == 1

    def carry(_parcel: bytes) -> bytes:
        raise parcel.NotHeard("device.revoked", "已停用。", b"GUIYANBOX")

    assert [c.error.code for c in postman.forward(town.store, carry) if c.error] == ["device.revoked"]
    with town.store.read() as conn:
        assert postman.answer_for(conn, village.store.identity.device) is None


def answer_of(usb: Path) -> Path:
    return next(p for p in stick.find(usb) if parcel.peek(stick.read(p)).kind == "answer")


def test_only_the_countys_own_refusal_to_this_device_is_believed(
    village: Desk, offline: DeskFactory, county: County, usb: Path
) -> None:
    taken(county, usb)
    path = answer_of(usb)
    data = path.read_bytes()
    head = parcel.peek(data)
    with village.store.transaction() as conn:
        secret, public = sealing.own_key(conn)
    said = parcel.stated("answer", parcel.Answer, parcel.parts_of(data, head, secret)[0], county.own.public)
    forged = parcel.pack(head, [parcel.state("answer", said, bytes(range(32)))], [public])
    other = msgspec.structs.replace(said, device="f" * 32)
    elsewhere = parcel.pack(head, [parcel.state("answer", other, county.own.signing)], [public])
    for wrong, code in ((forged, "parcel.signature"), (elsewhere, "parcel.forged")):
        path.write_bytes(wrong)
        assert code in codes(sticks.read(village, usb))
        assert syncing.status(village).stopped == ""
    path.write_bytes(data)
    sibling = offline(SIBLING, "孙村")
    sticks.read(sibling, usb)
    assert syncing.status(sibling).stopped == ""


def test_other_refusals_and_devices_without_a_key_get_no_answer(village: Desk, county: County, usb: Path) -> None:
    head = parcel.peek(next(iter(stick.find(usb))).read_bytes())

    def answered(error: GuiyanError, device: str = head.device) -> bool:
        return answering.refusal(county.store, county.own, msgspec.structs.replace(head, device=device), error) is not None

    revoked = RuleError("device.revoked", "已停用。")
    assert answered(revoked)
    assert not answered(RuleError("parcel.signature", "签名不符。"))
    assert not answered(revoked, "f" * 32)
    with county.store.transaction() as conn:
        conn.execute(delete(SEALING).where(SEALING.c.device == head.device))
    assert not answered(revoked)
