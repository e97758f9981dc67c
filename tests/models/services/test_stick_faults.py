"""What goes wrong with sticks: cut, lost, doubled, late, foreign, forged, full, guarded. Each is told, and nothing is lost."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, func, select, update

from models.errors import GuiyanError, KnownError
from models.records import Cell
from models.services import desk as desks
from models.services import sticks, syncing
from models.services.desk import Desk
from models.services.verifying import verify
from models.store import settings
from models.sync import answering, asking, parcel
from models.sync.transports import folder as stick
from models.sync.transports.http import HttpTransport
from models.tables import ENTITIES
from models.tables.system import DEVICE, EVENT, RECEIPT
from server.sticks import take_folder
from tests.conftest import PASSWORD, SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import change, codes, person, states, taken, value


def events(county: County) -> int:
    with county.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(EVENT)).scalar_one())


def only(folder: Path) -> Path:
    (found,) = stick.find(folder)
    return found


def answer_in(folder: Path) -> Path:
    return next(p for p in stick.find(folder) if "县级答复" in p.name)


def test_a_cut_or_changed_file_applies_nothing(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    who = person(village)
    sticks.write(village, usb)
    path = only(usb)
    data = path.read_bytes()
    for at in [*range(0, len(data), 97), len(data) - 1]:
        with pytest.raises(GuiyanError) as told:
            answering.take(county.store, county.own, data[:at])
        assert told.value.code == ("parcel.incomplete" if at else "parcel.foreign")
        with pytest.raises(GuiyanError):
            answering.take(county.store, county.own, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert events(county) == 0
    path.write_bytes(data)
    assert taken(county, usb) == ["taken", "answered"]
    answer = answer_in(usb)
    whole = answer.read_bytes()
    for at in range(97, len(whole), 97):
        answer.write_bytes(whole[:at])
        assert codes(sticks.read(village, usb)) == ["parcel.incomplete", "own.waiting"]
    assert states(village, who) == ["pending"]
    answer.write_bytes(whole)
    assert codes(sticks.read(village, usb)) == ["answer.taken", "own.received"]


def test_a_lost_stick_is_mended_by_the_next(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    first = person(village)
    sticks.write(village, usb)
    only(usb).unlink()  # lost on the way
    second = person(village, "李四")
    sticks.write(village, usb)
    assert taken(county, usb) == ["taken", "answered"]
    sticks.read(village, usb)
    assert states(village, first, second) == ["received", "received"]


def test_a_county_that_lost_something_asks_for_it(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    village = offline(VILLAGE, "王村")
    first = person(village)
    sticks.write(village, usb)
    taken(county, usb)
    sticks.read(village, usb)
    before = tmp_path / "before"
    shutil.copytree(usb, before)
    with county.store.transaction() as conn:  # as after an old backup was put back
        conn.execute(delete(EVENT))
        conn.execute(delete(RECEIPT))
        conn.execute(update(DEVICE).values(last_seq=0))
    second = person(village, "李四")
    sticks.write(village, usb)
    lines = take_folder(county.store, county.own, usb)
    assert [x.code for x in lines] == ["batch.gap", "answered"]
    assert "缺少第 1 至 2 号变更" in lines[0].sentence
    done = sticks.read(village, usb)
    assert codes(done) == ["answer.missing", "own.waiting"]
    assert states(village, first, second) == ["pending", "pending"], "the county has said that it lacks both"
    for again in (before, usb):  # what it said before it lost them proves nothing any more
        sticks.read(village, again)
        assert states(village, first, second) == ["pending", "pending"]
    told = tmp_path / "told"
    shutil.copytree(usb, told)
    sticks.write(village, usb)
    assert taken(county, usb) == ["taken", "answered"]
    assert codes(sticks.read(village, usb))[0] == "answer.taken"
    assert states(village, first, second) == ["received", "received"]
    assert events(county) == 3
    for again in (before, told):
        assert codes(sticks.read(village, again))[0] == "answer.known"
        assert states(village, first, second) == ["received", "received"]
    assert not any(f.faults for f in verify(village))


def test_what_a_county_lost_and_then_refuses_is_told(offline: DeskFactory, county: County, usb: Path) -> None:
    """Its new word about a change that it had taken before it was set back counts, not the old one."""
    village = offline(VILLAGE, "王村")
    who = person(village)
    sticks.write(village, usb)
    taken(county, usb)
    sticks.read(village, usb)
    change(village, who, phone="13800001111")
    sticks.write(village, usb)
    taken(county, usb)
    sticks.read(village, usb)
    with county.store.transaction() as conn:  # an old backup, in which the person had been deleted by the township
        conn.execute(delete(EVENT).where(EVENT.c.seq > 2))
        conn.execute(delete(RECEIPT).where(RECEIPT.c.last_seq > 2))
        conn.execute(update(DEVICE).values(last_seq=2))
        conn.execute(update(ENTITIES["person"].table).values(deleted=True))
    for _ in range(2):
        sticks.write(village, usb)
        taken(county, usb)
        sticks.read(village, usb)
    assert states(village, who) == ["refused"]


def test_a_late_answer_is_no_alarm(offline: DeskFactory, county: County, tmp_path: Path) -> None:
    """It was written before the receipts that are here: the county lacks nothing."""
    village = offline(VILLAGE, "王村")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = person(village)
    sticks.write(village, one)
    assert taken(county, one) == ["taken", "answered"]
    second = person(village, "李四")
    sticks.write(village, two)
    assert taken(county, two) == ["taken", "answered"]
    assert codes(sticks.read(village, two)) == ["answer.taken", "own.received"]
    assert codes(sticks.read(village, one)) == ["answer.known", "own.received"]
    assert states(village, first, second) == ["received", "received"]
    assert "没有待送的变更" in sticks.write(village, one).lines[0].sentence


def test_the_same_file_twice_counts_once(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    village = offline(VILLAGE, "王村")
    who = person(village, phone="13800001111")
    sticks.write(village, usb)
    copy = tmp_path / "copy"
    shutil.copytree(usb, copy)
    assert taken(county, usb) == ["taken", "answered"]
    before = events(county)
    assert "没有新的变更" in take_folder(county.store, county.own, copy)[0].sentence
    assert "没有新的变更" in take_folder(county.store, county.own, usb)[0].sentence
    assert events(county) == before
    assert codes(sticks.read(village, copy)) == ["answer.taken", "own.received"]
    change(village, who, phone="13800002222")
    assert codes(sticks.read(village, usb))[0] == "answer.known"
    assert value(village, who, "phone") == "13800002222"
    assert states(village, who) == ["pending"]


def test_two_sticks_of_one_device_in_either_order(offline: DeskFactory, county: County, tmp_path: Path) -> None:
    village = offline(VILLAGE, "王村")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    first = person(village, phone="13800001111")
    sticks.write(village, one)
    second = person(village, "李四")
    sticks.write(village, two)
    assert taken(county, two) == ["taken", "answered"]
    change_at_county = events(county)
    assert taken(county, one) == ["taken", "answered"]
    assert events(county) == change_at_county
    assert codes(sticks.read(village, two)) == ["answer.taken", "own.received"]
    assert codes(sticks.read(village, one)) == ["answer.known", "own.received"]
    assert states(village, first, second) == ["received", "received"]
    assert not any(f.faults for f in verify(village))


def test_files_that_follow_on_each_other_come_in_any_order(
    offline: DeskFactory, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "BATCHES", 1)
    monkeypatch.setattr(asking, "LARGEST_BATCH", 2)
    village = offline(VILLAGE, "王村")
    people = [person(village, f"人{n}") for n in range(5)]
    assert codes(sticks.write(village, usb)) == ["written"] * 3
    for n, path in enumerate(stick.find(usb)):
        path.rename(path.with_name(f"{9 - n}.guiyan"))
    lines = take_folder(county.store, county.own, usb)
    assert [x.code for x in lines] == ["taken"] * 3 + ["answered"]  # one answer says it all
    sticks.read(village, usb)
    assert states(village, *people) == ["received"] * 5


def test_a_round_over_the_network_between_writing_and_reading(joined: DeskFactory, county: County, usb: Path) -> None:
    village, town = joined(VILLAGE, "王村"), joined()
    who = person(village, phone="13800001111")
    sticks.write(village, usb)
    syncing.run(village)
    syncing.run(town)
    change(town, who, phone="13900000009")
    syncing.run(town)
    assert taken(county, usb) == ["taken", "answered"]
    assert codes(sticks.read(village, usb)) == ["answer.taken", "own.received"]
    assert value(village, who, "phone") == "13900000009"
    syncing.run(village)
    assert codes(sticks.read(village, usb))[0] == "answer.known"
    assert value(village, who, "phone") == "13900000009"
    assert syncing.status(village).pending == 0


def test_the_stick_of_another_county(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    (tmp_path / "other").mkdir()
    other = County(tmp_path / "other", f"sqlite:///{tmp_path / 'other' / 'county.db'}")
    person(village)
    sticks.write(village, usb)
    assert taken(other, usb) == ["parcel.elsewhere"]
    data = only(usb).read_bytes()
    head = parcel.peek(data)
    only(usb).write_bytes(_said_otherwise(data, msgspec.structs.replace(head, server=other.own.id)))
    assert taken(other, usb) == ["device.unknown"]
    assert codes(sticks.read(town, usb)) == ["parcel.elsewhere"]
    other.store.close()


def _said_otherwise(data: bytes, head: parcel.Head) -> bytes:
    """The file with another head, its checksum made good: what somebody on the way could do."""
    body = data[len(data) - head.size :]
    said = msgspec.json.encode(head)
    front = parcel.MAGIC + bytes([parcel.VERSION]) + len(said).to_bytes(4, "big") + said
    return front + hashlib.sha256(front + body).digest() + body


def test_a_head_that_lies_changes_nothing(offline: DeskFactory, county: County, usb: Path) -> None:
    village, sibling = offline(VILLAGE, "王村"), offline(SIBLING, "孙村")
    person(village)
    sticks.write(village, usb)
    data = only(usb).read_bytes()
    head = parcel.peek(data)
    only(usb).write_bytes(_said_otherwise(data, msgspec.structs.replace(head, device=sibling.store.identity.device)))
    assert taken(county, usb) == ["parcel.signature"]
    assert events(county) == 0
    only(usb).write_bytes(data)
    taken(county, usb)
    answer = answer_in(usb)
    mine = answer.read_bytes()
    answer.write_bytes(_said_otherwise(mine, msgspec.structs.replace(parcel.peek(mine), device=sibling.store.identity.device)))
    assert "parcel.sealed" in codes(sticks.read(sibling, usb))
    assert syncing.status(sibling).pending == 1


def test_a_revoked_device_stops_only_itself(offline: DeskFactory, county: County, usb: Path) -> None:
    village, sibling = offline(VILLAGE, "王村"), offline(SIBLING, "孙村")
    for desk in (village, sibling):
        sticks.write(desk, usb)
    with county.store.transaction() as conn:
        conn.execute(
            update(DEVICE).where(DEVICE.c.id == village.store.identity.device).values(revoked_at="2026-11-24T00:00:00.000Z")
        )
    (usb / "照片.guiyan").write_bytes(b"not ours")
    (usb / "归雁_半个.guiyan.part").write_bytes(b"GUI")
    assert sorted(taken(county, usb)) == [
        "answered",
        "answered",
        "device.revoked",
        "parcel.foreign",
        "parcel.incomplete",
        "taken",
    ]


def test_an_old_backup_is_noticed_by_the_answer(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> None:
    village = offline(VILLAGE, "王村")
    village.close()
    shutil.copytree(village.folder, tmp_path / "backup")
    again = desks.unlock(village.folder, "王村", PASSWORD)
    person(again)
    sticks.write(again, usb)
    taken(county, usb)
    again.close()
    old = desks.unlock(tmp_path / "backup", "王村", PASSWORD)
    assert codes(sticks.read(old, usb))[0] == "device.rewound"
    who = person(old, "另一人")  # as many changes as the county has, but others
    assert codes(sticks.read(old, usb))[0] == "device.rewound"
    assert states(old, who) == ["pending"]
    sticks.write(old, usb)
    assert taken(county, usb)[0] == "device.rewound"
    old.close()


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "stick.full"), (errno.EROFS, "stick.readonly"), (errno.EIO, "stick.gone")]
)
def test_what_a_stick_can_do_to_us(
    offline: DeskFactory, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    village = offline(VILLAGE, "王村")
    sticks.write(village, usb)
    before = only(usb).read_bytes()
    person(village)

    def fail(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(KnownError) as told:
            sticks.write(village, usb)
        assert told.value.code == code
        assert only(usb).read_bytes() == before
        assert stick.unfinished(usb) == []
        assert taken(county, usb) == ["taken", code]  # taken, and said that the answer could not be written
    assert syncing.status(village).pending == 2
    sticks.write(village, usb)
    assert taken(county, usb) == ["taken", "answered"]
    assert "stick.folder" in _code(lambda: sticks.read(village, usb / "gone"))


def _code(call: object) -> str:
    with pytest.raises(GuiyanError) as told:
        call()  # type: ignore[operator]
    return told.value.code


def test_names_are_taken_by_every_file_system(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    person(village)
    sticks.write(village, usb)
    taken(county, usb)
    for path in stick.find(usb):
        assert not set(path.name) & set('\\/:*?"<>|')
        assert len(path.name) < 120
    nasty = parcel.Head("answer", "s", "d" * 32, "000000000000-A/B:C", "A", 1, 2, "2026-11-24T07:12:29.123Z")
    assert stick.file_name(nasty) == "归雁_-A B CA机_dddddd_县级答复_20261124T071229.guiyan"


def test_who_has_not_joined_or_not_heard_is_told_so(desk_factory: DeskFactory, joined: DeskFactory, usb: Path) -> None:
    assert _code(lambda: sticks.write(desk_factory(VILLAGE, "王村"), usb)) == "sync.alone"
    village = joined(VILLAGE, "王村")
    with village.store.transaction() as conn:
        asking.remember(conn, [])
    assert _code(lambda: sticks.write(village, usb)) == "stick.keys"
    syncing.run(village)
    assert codes(sticks.write(village, usb)) == ["written"]


def test_an_answer_that_does_not_fit_where_the_device_stands(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    first = person(village)
    sticks.write(village, usb)
    taken(county, usb)
    sticks.read(village, usb)
    sticks.write(village, usb)
    taken(county, usb)
    _stand_at(village, 0)  # as after an upgrade that knows more kinds of records
    assert codes(sticks.read(village, usb))[0] == "answer.earlier"
    sticks.write(village, usb)
    taken(county, usb)
    assert codes(sticks.read(village, usb))[0] in ("answer.taken", "answer.known")
    _stand_at(village, 1_000)  # it pulled from a server that has lost its latest positions
    second = person(village, "李四")
    sticks.write(village, usb)
    taken(county, usb)
    assert codes(sticks.read(village, usb))[0] == "answer.restored"
    sticks.write(village, usb)
    taken(county, usb)
    sticks.read(village, usb)
    with village.store.read() as conn:
        assert 0 < settings.get(conn, "cursor") < 1_000
    assert states(village, first, second) == ["received", "received"]


def _stand_at(desk: Desk, cursor: int) -> None:
    with desk.store.transaction() as conn:
        settings.put(conn, "cursor", cursor)


def test_what_others_wrote_comes_in_beside_what_was_refused(
    offline: DeskFactory, county: County, usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network took a change away, refused, and was cut before anything came back: the answer that had been written before
    is still what this computer has to hear of the record."""
    village, town = offline(VILLAGE, "王村"), offline()
    county.start()
    who = person(village)
    for desk in (village, town):
        syncing.run(desk)
    change(town, who, wechat="neu")
    syncing.run(town)
    sticks.write(village, usb)
    assert taken(county, usb) == ["taken", "answered"]
    with village.store.write(village.account, "登记") as unit:
        unit.update("person", who, {"sex": Cell.of("不是代码")})

    def cut(*_args: object, **_more: object) -> bytes:
        raise KnownError("net.cut", "断线")

    with monkeypatch.context() as patch:
        patch.setattr(HttpTransport, "pull", cut)
        with pytest.raises(KnownError, match="断线"):
            syncing.run(village)
    assert states(village, who) == ["refused"]
    assert codes(sticks.read(village, usb))[0] == "answer.taken"
    assert value(village, who, "wechat") == "neu"
