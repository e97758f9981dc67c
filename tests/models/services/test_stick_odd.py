"""Sticks whose files are odd or hostile: links, devices, names, heads. Each is told by itself and leads nowhere."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from models.errors import KnownError, RuleError
from models.services import sticks
from models.sync import parcel
from models.sync.transports import folder as stick
from server.sticks import take_folder
from tests.conftest import TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import codes, person, states, taken
from tests.models.services.test_stick_faults import _said_otherwise, only


def test_a_link_on_a_stick_is_not_written_through(offline: DeskFactory, county: County, usb: Path) -> None:
    village = offline(VILLAGE, "王村")
    precious = village.folder / "precious"
    precious.write_bytes(b"precious")
    sticks.write(village, usb)
    path = only(usb)
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    path.with_name(path.name + stick.PART).symlink_to(precious)
    sticks.write(village, usb)
    assert precious.read_bytes() == b"precious"
    assert only(usb) == path
    assert not path.is_symlink()


def test_what_is_no_file_is_not_read(usb: Path) -> None:
    (usb / "a.guiyan").symlink_to("/dev/zero")
    os.mkfifo(usb / "b.guiyan")
    for path in stick.find(usb):
        with pytest.raises(RuleError) as told:
            stick.read(path)
        assert told.value.code == "parcel.foreign"


def test_a_stick_that_fails_while_it_is_looked_through_is_not_empty(usb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), path)

    monkeypatch.setattr(os, "scandir", fail)
    with pytest.raises(KnownError) as told:
        stick.find(usb)
    assert told.value.code == "stick.gone"


def test_a_folder_that_may_not_be_looked_into_is_passed_over(usb: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (usb / "lost+found").mkdir()
    (usb / "a.guiyan").write_bytes(b"")
    looked = os.scandir

    def guarded(path: str) -> object:
        if str(path).endswith("lost+found"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return looked(path)

    monkeypatch.setattr(os, "scandir", guarded)
    assert [p.name for p in stick.find(usb)] == ["a.guiyan"]


def test_a_name_that_is_no_text_is_shown_all_the_same(
    offline: DeskFactory, county: County, usb: Path, tmp_path: Path
) -> None:
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    who = person(village)
    sticks.write(village, usb)
    path = only(usb)
    path.rename(path.with_name(os.fsdecode("雁.guiyan".encode("gbk"))))
    own = tmp_path / "own"
    own.mkdir()
    done = sticks.read(town, usb)
    "".join(x.name for x in done.lines).encode()  # as a terminal would
    sticks.write(town, own)
    assert taken(county, own).count("taken") == 2
    "".join(x.name for x in take_folder(county.store, county.own, usb)).encode()
    sticks.read(village, usb)
    assert states(village, who) == ["received"]


@pytest.mark.parametrize("number", [1 << 70, -5])
def test_a_head_with_numbers_that_no_database_takes(offline: DeskFactory, county: County, usb: Path, number: int) -> None:
    """It is told by itself, and its neighbours are read."""
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    person(village)
    sticks.write(village, usb)
    data = only(usb).read_bytes()
    for kind in ("batch", "answer", "files", "filed"):
        lie = msgspec.structs.replace(parcel.peek(data), kind=kind, first_seq=number, last_seq=number)
        (usb / f"{kind}.guiyan").write_bytes(_said_otherwise(data, lie))
    said = codes(sticks.read(town, usb))
    assert (said.count("parcel.incomplete"), said.count("carried")) == (4, 1)
    assert taken(county, usb).count("taken") == 1


def test_no_head_leads_out_of_the_stick() -> None:
    lie = parcel.Head("answer", "s", "../" * 9, "411424104201", "/../../../tmp/A", 1, 2, "2026-11-24T07:12:29.123Z")
    for kind in ("batch", "answer", "files", "filed"):
        assert not set(stick.file_name(msgspec.structs.replace(lie, kind=kind))) & set('\\/:*?"<>|')
