"""Attachments on sticks: after the records, in what room there is, over several sticks, with a receipt, and down again."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.errors import KnownError
from models.services import attachments, carrying, stick_files, sticks, syncing
from models.services.desk import Desk
from models.services.verifying import verify
from models.store import settings
from models.sync import files, freight, loading
from models.sync.hauling import Hold
from models.sync.transports import folder as stick
from models.tables.system import CHUNK
from server.sticks import take_folder
from tests.conftest import COUNTY, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import codes, person, states, taken

HEAD = b"\xff\xd8\xff\xe0"


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of 1 KiB, four in a parcel: a photo of 3 KB stands for one of a megabyte."""
    for module in (files, freight):
        monkeypatch.setattr(module, "PART", 1 << 10)
    monkeypatch.setattr("models.sync.parts.PART", 1 << 10)
    monkeypatch.setattr("models.sync.unloading.PART", 1 << 10)
    for name in ("loading", "unloading"):
        monkeypatch.setattr(f"models.sync.{name}.SHARE", 4 << 10)


def photo(size: int = 3000) -> bytes:
    return HEAD + os.urandom(size - len(HEAD))


def add(desk: Desk, who: str, name: str, data: bytes) -> str:
    return attachments.add(desk, "person", who, name, data).id


def state(desk: Desk, *ids: str) -> list[str]:
    return [attachments.get(desk, i).state for i in ids]


def kinds(folder: Path) -> list[str]:
    return sorted("附件" if "附件" in p.name else "记录" for p in stick.find(folder))


def chunks(county: County) -> int:
    with county.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(CHUNK)).scalar_one())


def test_photos_go_after_their_records_and_a_receipt_comes_back(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    who, data = person(village), photo()
    one, two = add(village, who, "门口.jpg", data), add(village, who, "证件.jpg", photo(5000))
    seen: list[tuple[int, int]] = []

    def watch(n: int, total: int) -> bool:
        seen.append((n, total))
        return True

    done = sticks.write(village, usb, watch)
    assert codes(done) == ["written", "files.written"]
    assert (done.files.written, done.files.left) == (2, 0)
    assert done.files.bytes > 8000
    assert "附件 2 个" in done.lines[-1].sentence
    assert seen[-1][0] == seen[-1][1] > 0
    assert kinds(usb) == ["记录", "附件", "附件"]
    assert b"\xff\xd8\xff" not in b"".join(p.read_bytes() for p in stick.find(usb)), "sealed"
    lines = take_folder(county.store, county.own, usb)
    assert [x.code for x in lines] == ["taken", "answered", "files.taken", "files.answered"]
    assert chunks(county) == 8
    assert state(village, one, two) == ["waiting", "waiting"]  # carried is not received
    read = sticks.read(village, usb)
    assert codes(read) == ["answer.taken", "own.received", "files.answered"]
    assert (read.files.sent, state(village, one, two)) == (2, ["sent", "sent"])
    assert carrying.faults(village) == []
    assert not any(f.faults for f in verify(village))
    again = sticks.write(village, usb)
    assert codes(again) == ["written"]
    assert kinds(usb) == ["记录"], "what has done its service made room"


def test_little_room_takes_several_sticks(
    offline: DeskFactory, county: County, usb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four sticks share a load without hearing of each other; the county puts it together."""
    monkeypatch.setattr(loading, "SHARE", 512 << 10)
    village = offline(VILLAGE, "王村")
    who = person(village)
    photos = [add(village, who, f"{n}.jpg", photo(80_000)) for n in range(40)]
    folders = [usb, tmp_path / "two", tmp_path / "three", tmp_path / "four"]
    left = []
    for folder in folders:
        folder.mkdir(exist_ok=True)
        left.append(sticks.write(village, folder, megabytes=1).files.left_bytes)
    assert left == sorted(left, reverse=True)
    assert (left[0] > 2_000_000, left[-1]) == (True, 0)
    sizes = [sum(p.stat().st_size for p in stick.find(f) if "附件" in p.name) for f in folders]
    assert max(sizes) <= 1 << 20
    for folder in reversed(folders):
        assert "files.taken" in taken(county, folder)
        sticks.read(village, folder)
    assert state(village, *photos) == ["sent"] * 40
    assert sticks.write(village, usb).files.written == 0


def test_a_lost_stick_is_made_good_by_a_later_one(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    village = offline(VILLAGE, "王村")
    one = add(village, person(village), "甲.jpg", photo())
    sticks.write(village, usb)
    shutil.rmtree(usb)  # lost on the way
    usb.mkdir()
    assert sticks.write(village, usb).files.written == 1
    assert sticks.write(village, usb).files.written == 0, "it lies on this very stick"
    taken(county, usb)
    sticks.read(village, usb)
    assert state(village, one) == ["sent"]


def test_a_stick_pulled_out_half_way(offline: DeskFactory, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    village = offline(VILLAGE, "王村")
    one = add(village, person(village), "甲.jpg", photo(20_000))
    whole, real = [0], stick.write

    def pulled(folder: Path, name: str, data: bytes) -> Path:
        if "附件" in name:
            whole[0] += 1
            if whole[0] == 3:
                (folder / (name + stick.PART)).write_bytes(data[: len(data) // 2])
                raise KnownError("stick.gone", "已拔出")
        return real(folder, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(stick, "write", pulled)
        done = sticks.write(village, usb)
    assert codes(done) == ["written", "files.left", "stick.gone"], "the records are on it all the same"
    assert (done.files.written, done.files.left) == (0, 1)
    last = max(p for p in stick.find(usb) if "附件" in p.name)
    last.write_bytes(last.read_bytes()[:-100])  # its end never reached the stick
    assert sorted(taken(county, usb)) == [
        "answered", "files.answered", "files.taken", "parcel.incomplete", "parcel.incomplete", "taken",
    ]  # fmt: skip
    assert chunks(county) == 4, "of a cut file nothing is taken"
    read = sticks.read(village, usb)
    assert (read.files.lacking, state(village, one)) == (1, ["waiting"])
    assert "还没有收全" in "".join(x.sentence for x in read.lines)
    assert sticks.write(village, usb).files.written == 1
    assert stick.unfinished(usb) == []
    said = "".join(x.sentence for x in take_folder(county.store, county.own, usb))
    assert "已接收 16 块" in said
    assert chunks(county) == 20
    sticks.read(village, usb)
    assert state(village, one) == ["sent"]


def test_a_file_that_comes_before_its_record(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    village = offline(VILLAGE, "王村")
    one = add(village, person(village), "甲.jpg", photo())
    sticks.write(village, usb)
    other = tmp_path / "records"
    other.mkdir()
    records = next(p for p in stick.find(usb) if "附件" not in p.name)
    shutil.move(records, other / records.name)
    lines = take_folder(county.store, county.own, usb)
    assert [x.code for x in lines] == ["files.later", "files.answered"]
    assert chunks(county) == 0
    sticks.read(village, usb)
    assert state(village, one) == ["waiting"]
    taken(county, other)
    assert "files.taken" in taken(county, usb), "the same stick again, now with its record known"
    sticks.read(village, usb)
    assert state(village, one) == ["sent"]


def test_a_file_whose_record_the_county_refused_stays_here(
    offline: DeskFactory, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = offline(VILLAGE, "王村")
    who = person(village)
    with monkeypatch.context() as patch:
        patch.setattr(attachments, "refuse_wrong", lambda *_a: None)
        stored = attachments.store(village, "甲.jpg", photo())
        one = attachments.attach(village, "person", who, [replace(stored, title="长" * 500)])[0].id
    two = add(village, who, "乙.jpg", photo())
    sticks.write(village, usb)
    assert "files.later" in taken(county, usb)
    sticks.read(village, usb)
    assert states(village, one, two) == ["refused", "received"]
    assert state(village, one, two) == ["waiting", "sent"]
    assert chunks(county) == 3, "nothing hangs on what was refused"
    assert sticks.write(village, usb).files.written == 0, "it goes when its record is mended"


def test_a_file_comes_down_that_somebody_asked_for(offline: DeskFactory, county: County, usb: Path) -> None:
    village, desk = offline(VILLAGE, "王村"), offline(TOWNSHIP, "李经办")
    who, data = person(village), photo(9000)
    one = add(village, who, "甲.jpg", data)
    sticks.write(village, usb)
    taken(county, usb)
    sticks.write(desk, usb)
    taken(county, usb)
    sticks.read(desk, usb)
    assert attachments.get(desk, one).state == "away"
    with pytest.raises(KnownError) as told:
        carrying.fetch(desk, one)
    assert "写一次 U 盘" in told.value.sentence
    sticks.write(desk, usb)
    lines = take_folder(county.store, county.own, usb, megabytes=1)
    assert "files.answered" in [x.code for x in lines]
    read = sticks.read(desk, usb)
    assert read.files.received == 1
    assert (attachments.read(desk, one), attachments.get(desk, one).state) == (data, "here")
    sticks.write(desk, usb)
    with desk.store.read() as conn:
        assert loading.wanted(conn, attachments.vault(desk)) == {}
        settings_left = settings.get(conn, loading.WANTED)
    assert settings_left is None


def test_a_township_carries_its_villages_photos(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    one = add(village, person(village), "甲.jpg", photo(9000))
    sticks.write(village, usb)
    done = sticks.read(town, usb)
    assert "files.carried" in codes(done)
    assert "密封未拆" in "".join(x.sentence for x in done.lines)
    own = tmp_path / "own"
    own.mkdir()
    assert sticks.write(town, own).files.carried == 3
    assert sticks.write(town, own).files.carried == 0
    assert "files.taken" in taken(county, own)
    assert chunks(county) == 9
    sticks.read(town, own)
    sticks.write(town, own)
    assert not [p for p in stick.find(own) if "附件送县级" in p.name], "what was answered made room"
    assert "handed" in codes(sticks.read(town, usb))
    assert sticks.read(village, usb).files.sent == 1
    assert state(village, one) == ["sent"]


def test_a_township_with_a_network_hands_them_on_at_once(joined: DeskFactory, county: County, usb: Path) -> None:
    town, village = joined(), joined(VILLAGE, "王村")
    one = add(village, person(village), "甲.jpg", photo(9000))
    sticks.write(village, usb)
    done = sticks.read(town, usb)
    assert {"handed"} <= set(codes(done))
    assert "已转交县级" in "".join(x.sentence for x in done.lines)
    sticks.read(village, usb)
    assert state(village, one) == ["sent"]


def test_what_was_carried_goes_with_the_next_round(joined: DeskFactory, county: County, usb: Path) -> None:
    town, village = joined(), joined(VILLAGE, "王村")
    one = add(village, person(village), "甲.jpg", photo(9000))
    sticks.write(village, usb)
    county.stop()
    assert "net.unreachable" in codes(sticks.read(town, usb))
    county.start()
    syncing.run(town)
    carrying.transfer(town)
    assert chunks(county) == 9
    assert "handed" in codes(sticks.read(town, usb))
    sticks.read(village, usb)
    assert state(village, one) == ["sent"]


def test_the_limit_of_the_office(offline: DeskFactory, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "SHARE", 512 << 10)
    village = offline(VILLAGE, "王村")
    who = person(village)
    for n in range(15):
        add(village, who, f"{n}.jpg", photo(80_000))
    assert stick_files.limit(village) == 0
    stick_files.set_limit(village, 1)
    done = sticks.write(village, usb)
    assert (stick_files.limit(village), done.files.left > 0) == (1, True)
    assert done.lines[-1].code == "files.left"
    assert "下次接着写" in done.lines[-1].sentence
    assert sticks.write(village, usb, megabytes=0).files.left == 0, "asked for by hand"


def test_the_county_desk_carries_for_everybody(offline: DeskFactory, county: County, usb: Path) -> None:
    desk, village = offline(COUNTY, "赵县"), offline(VILLAGE, "王村")
    add(village, person(village), "甲.jpg", photo())
    sticks.write(village, usb)
    assert "files.carried" in codes(sticks.read(desk, usb))
    assert sticks.write(desk, usb).files.carried == 0, "it lies on this stick"


def spoil(desk: Desk, data: bytes) -> None:
    """As after a bad sector under a photo's parts."""
    for part in files.cut(data):
        attachments.vault(desk)._path(hashlib.sha256(part).hexdigest()).write_bytes(b"spoilt")


def test_a_spoilt_photo_is_not_called_written(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    who, data = person(village), photo(3000)
    bad = add(village, who, "甲.jpg", data)
    spoil(village, data)
    done = sticks.write(village, usb)
    assert (done.files.written, done.files.bytes, done.files.left, done.files.spoilt) == (0, 0, 0, 1)
    assert (done.lines[-1].tone, "没有写入" in done.lines[-1].sentence) == ("due", True)
    assert state(village, bad) == ["refused"]
    good = add(village, who, "乙.jpg", photo(3000))
    done = sticks.write(village, usb)
    assert (done.files.written, done.files.spoilt) == (1, 0)
    taken(county, usb)
    assert sticks.read(village, usb).files.sent == 1
    assert state(village, good) == ["sent"]


def test_what_the_county_holds_is_received_although_it_was_spoilt_here_meanwhile(
    offline: DeskFactory, county: County, usb: Path, tmp_path: Path
) -> None:
    village, data = offline(VILLAGE, "王村"), photo(3000)
    one = add(village, person(village), "甲.jpg", data)
    sticks.write(village, usb)
    taken(county, usb)
    spoil(village, data)
    other = tmp_path / "other"
    other.mkdir()
    sticks.write(village, other)
    assert state(village, one) == ["refused"]
    assert sticks.read(village, usb).files.sent == 1
    assert state(village, one) == ["sent"]
    assert not any(f.faults for f in verify(village))


@pytest.mark.parametrize("gone", [False, True])
def test_a_carried_file_that_is_spoilt_or_handed_on_meanwhile_stops_no_other(
    offline: DeskFactory, county: County, usb: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: bool
) -> None:
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    add(village, person(village), "甲.jpg", photo(9000))
    sticks.write(village, usb)
    sticks.read(town, usb)
    own = tmp_path / "own"
    own.mkdir()
    waiting = Hold(town.folder).waiting()
    if gone:  # a round over the network runs beside the writing
        monkeypatch.setattr(Hold, "waiting", lambda _self: waiting)
        waiting[0].unlink()
    else:
        waiting[0].write_bytes(waiting[0].read_bytes()[:-5])
    done = sticks.write(town, own)
    assert (done.files.carried, done.files.wrong) == (2, [])
