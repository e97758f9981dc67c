"""Attachments on sticks that lie, come twice, come to the wrong place or unpack to what no memory holds: nothing is taken."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pytest
import zstandard
from sqlalchemy import func, select, update

from models.errors import GuiyanError, RuleError
from models.services import attachments, sticks
from models.services.desk import Desk
from models.services.syncing import county as county_of
from models.store import settings
from models.sync import answering, files, freight, keys, landing, parcel, sealing, unloading, wire
from models.sync.freight import Load
from models.sync.parcel import Head
from models.sync.transports import folder as stick
from models.tables.system import CHUNK, DEVICE, EVENT
from server.sticks import take_folder
from tests.conftest import SIBLING, VILLAGE, County, DeskFactory
from tests.models.services.posting import codes, person, taken

DATA = b"\xff\xd8\xff\xe0" + os.urandom(300_000)


def count(county: County, table: object = CHUNK) -> int:
    with county.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


@pytest.fixture
def village(offline: DeskFactory) -> Desk:
    return offline(VILLAGE, "王村")


@pytest.fixture
def one(village: Desk, county: County, usb: Path) -> str:
    """An attachment, its record at the county, its two parts on the stick."""
    made = attachments.add(village, "person", person(village), "甲.jpg", DATA).id
    sticks.write(village, usb)
    records = next(p for p in stick.find(usb) if "附件" not in p.name)
    answering.take(county.store, county.own, records.read_bytes())
    records.unlink()
    return made


def the(usb: Path, what: str) -> Path:
    (found,) = [p for p in stick.find(usb) if what in p.name]
    return found


def load(desk: Desk, county: County, named: list[tuple[str, int]], bodies: list[bytes], **other: object) -> bytes:
    """A load as this desk's program might never write it, rightly signed and sealed."""
    link = county_of(desk)[0]
    with county.store.transaction() as conn:
        to = sealing.own_key(conn)[1]
    device = desk.store.identity.device
    head = Head(freight.UP, link.server_id, device, desk.office, "A", 1, 1, "2026-11-24T00:00:00.000Z")
    said = Load(link.server_id, device, 1, head.made, to, [a for a, _ in named], {}, named)
    return freight.pack(head, msgspec.structs.replace(said, **other), bodies, link.private, [to])


def refusal(county: County, data: bytes) -> str:
    with pytest.raises(GuiyanError) as told:
        unloading.take(county.store, county.own, data)
    return told.value.code


def test_cut_or_changed_anywhere_nothing_is_taken(village: Desk, county: County, usb: Path, one: str) -> None:
    data = the(usb, "附件送县级").read_bytes()
    for at in [*range(1, len(data), 9973), len(data) - 1]:
        assert refusal(county, data[:at]) == "parcel.incomplete"
        assert refusal(county, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]).startswith("parcel.")
    assert count(county) == 0
    the(usb, "附件送县级").write_bytes(data[:-7])
    assert taken(county, usb) == ["parcel.incomplete"]
    the(usb, "附件送县级").write_bytes(data)
    assert taken(county, usb) == ["files.taken", "files.answered"]


def test_the_same_file_again_counts_once(village: Desk, county: County, usb: Path, one: str) -> None:
    data = the(usb, "附件送县级").read_bytes()
    assert [unloading.take(county.store, county.own, data).new for _ in range(3)] == [2, 0, 0]
    assert count(county) == 2
    taken(county, usb)
    answer = the(usb, "附件答复").read_bytes()
    assert sticks.read(village, usb).files.sent == 1
    again = landing.take(village.store, attachments.vault(village), county_of(village)[0], answer)
    assert (again.sent, again.refused, again.lacking) == (0, 0, 0)
    assert attachments.get(village, one).state == "sent"


def test_a_word_from_before_the_county_was_set_back_is_not_believed(village: Desk, county: County, usb: Path, one: str) -> None:
    taken(county, usb)
    old = the(usb, "附件答复").read_bytes()
    sticks.read(village, usb)
    with village.store.transaction() as conn:
        files.send_again(conn)
    with county.store.transaction() as conn:
        conn.execute(CHUNK.delete())
    link, vault = county_of(village)[0], attachments.vault(village)
    assert landing.take(village.store, vault, link, old).sent == 0
    assert attachments.get(village, one).state == "waiting"
    assert sticks.write(village, usb).files.written == 1, "everything goes again"
    taken(county, usb)
    assert sticks.read(village, usb).files.sent == 1


def test_another_countys_and_another_devices_files(
    village: Desk, county: County, usb: Path, one: str, offline: DeskFactory, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = County(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'county.db'}")
    assert taken(other, usb) == ["parcel.elsewhere"]
    assert count(other) == 0
    other.store.close()
    taken(county, usb)
    sibling = offline(SIBLING, "孙村")
    link, vault = county_of(sibling)[0], attachments.vault(sibling)
    with pytest.raises(RuleError) as told:
        landing.take(sibling.store, vault, link, the(usb, "附件答复").read_bytes())
    assert told.value.code == "parcel.sealed"
    assert "parcel.outside" in codes(sticks.read(sibling, usb))
    assert attachments.get(village, one).state == "waiting"


def test_what_the_record_does_not_say_is_not_kept(village: Desk, county: County, one: str, offline: DeskFactory) -> None:
    part = DATA[: files.PART]
    wrong = unloading.take(county.store, county.own, load(village, county, [(one, 0)], [part[:-1] + b"x"]))
    assert list(wrong.refused) == [one]
    for number in (-1, 2, 10**6):
        assert list(unloading.take(county.store, county.own, load(village, county, [(one, number)], [part])).refused) == [one]
    foreign = unloading.take(county.store, county.own, load(offline(SIBLING, "孙村"), county, [(one, 0)], [part]))
    assert (foreign.new, set(foreign.later)) == (0, {one}), "a foreign attachment does not exist"
    assert count(county) == 0
    both = unloading.take(county.store, county.own, load(village, county, [(one, 1), (one, 0)], [DATA[files.PART :], part]))
    assert both.new == 2, "their order is no matter"


def test_a_load_that_lies_about_itself(village: Desk, county: County, one: str, offline: DeskFactory) -> None:
    part = DATA[: files.PART]
    assert refusal(county, load(village, county, [(one, 0)], [part, part])) == "parcel.forged"
    assert refusal(county, load(village, county, [(one, 0)], [])) == "parcel.forged"
    assert refusal(county, load(village, county, [(one, 0)], [part + b"x"])) == "parcel.forged"
    assert refusal(county, load(village, county, [], [], sealing="no key")) == "parcel.forged"
    assert refusal(county, load(village, county, [], [], device="d" * 32)) == "parcel.forged"
    assert refusal(county, load(village, county, [], [], waiting=["a" * 32] * 5001)) == "parcel.forged"
    data = load(village, county, [(one, 0)], [part])
    head = parcel.peek(data)
    sibling = offline(SIBLING, "孙村").store.identity.device
    with county.store.transaction() as conn:
        secret = sealing.own_key(conn)[0]
        to = sealing.own_key(conn)[1]
    inside = parcel.parts_of(data, head, secret)
    other = parcel.pack(msgspec.structs.replace(head, device=sibling), inside, [to])
    assert refusal(county, other) == "parcel.signature"
    assert refusal(county, parcel.pack(head, [b"x" * 64 + b"{}"], [to])) == "parcel.signature"
    with county.store.transaction() as conn:
        conn.execute(update(DEVICE).where(DEVICE.c.id == head.device).values(revoked_at="2026-11-24T00:00:00.000Z"))
    assert refusal(county, data) == "device.revoked"
    assert count(county) == 0


def test_a_bomb_on_a_stick(village: Desk, county: County, usb: Path) -> None:
    """A small sealed file that unpacks to gigabytes: by a header that lies, by one that does not, and by many at once."""
    link, device = county_of(village)[0], village.store.identity.device
    person(village)
    sticks.write(village, usb)
    path = the(usb, "送县级")
    with county.store.transaction() as conn:
        secret, to = sealing.own_key(conn)
    head = parcel.peek(path.read_bytes())
    ask = parcel.stated("ask", parcel.Ask, parcel.parts_of(path.read_bytes(), head, secret)[0], keys.public_of(link.private))
    said = parcel.state("ask", msgspec.structs.replace(ask, compare=""), link.private)

    def boxed(batches: list[bytes]) -> bytes:
        return parcel.pack(head, [said, *batches], [to])

    def batch(packed: bytes, size: int) -> bytes:
        sealed = wire._pack("batch", device, link.private, b"[]", 1, first_seq=1, last_seq=1)
        front = wire.peek(sealed)[0]
        return _signed(msgspec.structs.replace(front, size=size, sha256=keys.fingerprint(packed)), packed, link.private)

    gigabytes = zstandard.ZstdCompressor(level=1).compressobj(size=2 << 30)
    many = b"".join([*(gigabytes.compress(bytes(64 << 20)) for _ in range(32)), gigabytes.flush()])
    assert len(many) < 1 << 20
    small = zstandard.compress(b"[" + b" " * ((64 << 20) - 2) + b"]", 1)
    for data in (boxed([batch(many, 2 << 30)]), boxed([batch(many, 100)]), boxed([batch(small, 64 << 20)] * 40)):
        assert len(data) < 2 << 20
        with pytest.raises(RuleError) as told:
            answering.take(county.store, county.own, data)
        assert told.value.code in ("batch.large", "batch.size", "batch.packed", "parcel.large", "batch.header"), told.value.code
    assert count(county, EVENT) == 0
    assert taken(county, usb) == ["taken", "answered"]


def _signed(header: wire.Header, body: bytes, private: bytes) -> bytes:
    import hashlib

    said = msgspec.json.encode(header)
    front = wire.MAGIC + bytes([wire.SUITE]) + len(said).to_bytes(4, "big") + said
    return front + keys.sign(private, hashlib.sha256(front + body).digest()) + body


def test_a_file_that_is_too_long_is_not_opened(village: Desk, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freight, "MOST", 1000)
    assert refusal(county, load(village, county, [], [bytes(2000)])) == "parcel.large"


def test_a_carrier_is_not_led_out_of_its_folder(offline: DeskFactory, village: Desk, county: County, usb: Path, one: str) -> None:
    """The plain head of a file is nobody's word: it names no place on the carrier's disk."""
    town = offline()
    path = the(usb, "附件送县级")
    data = path.read_bytes()
    head = parcel.peek(data)
    with county.store.transaction() as conn:
        secret, to = sealing.own_key(conn)
    nasty = msgspec.structs.replace(head, device="../../../x", made="../../y")
    path.write_bytes(parcel.pack(nasty, parcel.parts_of(data, head, secret), [to]))
    before = {p for p in usb.parent.rglob("*") if p.suffix == ".files"}
    sticks.read(town, usb)
    (kept,) = {p for p in usb.parent.rglob("*") if p.suffix == ".files"} - before
    assert kept.parent == town.folder / "carried"
    assert not set(stick.file_name(nasty)) & set("/\\")


def test_a_carrier_with_a_full_disk_says_so(
    offline: DeskFactory, village: Desk, usb: Path, one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = offline()
    monkeypatch.setattr(shutil, "disk_usage", lambda _p: shutil._ntuple_diskusage(10, 10, 0))
    done = sticks.read(town, usb)
    assert "disk.room" in codes(done)
    assert list((town.folder / "carried").glob("*.files")) == []


def test_a_stick_without_room_takes_records_alone(
    village: Desk, county: County, usb: Path, one: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _p: shutil._ntuple_diskusage(10, 10, 1 << 20))
    shutil.rmtree(usb)
    usb.mkdir()
    done = sticks.write(village, usb)
    assert codes(done) == ["written"]
    assert not [p for p in stick.find(usb) if "附件" in p.name]
    with village.store.read() as conn:
        assert settings.get(conn, files.TURN, 0) <= 2
    assert [x.code for x in take_folder(county.store, county.own, usb)] == ["taken", "answered"]
