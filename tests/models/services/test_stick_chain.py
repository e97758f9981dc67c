"""Sticks that go through a township without any network, again and again, as in a village where nobody waits for the last answer."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from models.services import sticks
from models.services.desk import Desk
from models.sync.transports import folder as stick
from tests.conftest import SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import codes, person, states, taken
from tests.models.services.test_stick_files import add, photo, state


@dataclass
class _Chain:
    """A village whose first parcel, a person and a photo, has been to the county and back as far as its township."""

    town: Desk
    village: Desk
    first: str
    photo_of: str


@pytest.fixture
def chain(offline: DeskFactory, county: County, usb: Path, tmp_path: Path) -> _Chain:
    town, village = offline(TOWNSHIP, "李经办"), offline(VILLAGE, "王村")
    own = tmp_path / "own"
    own.mkdir()
    first = person(village)
    photo_of = add(village, first, "甲.jpg", photo(3000))
    sticks.write(village, usb)
    sticks.read(town, usb)
    sticks.write(town, own)
    taken(county, own)
    sticks.read(town, own)
    return _Chain(town, village, first, photo_of)


def test_a_village_that_writes_before_each_trip_still_gets_its_answers(chain: _Chain, usb: Path) -> None:
    town, village = chain.town, chain.village
    second = person(village, "李四")  # the village writes on, before it has heard anything
    sticks.write(village, usb)
    done = sticks.read(town, usb)
    assert "县级答复已写回这个 U 盘" in "".join(x.sentence for x in done.lines)
    sticks.read(village, usb)
    assert states(village, chain.first, second) == ["received", "pending"]
    assert state(village, chain.photo_of) == ["sent"]
    assert sticks.waiting(town)[0] == 1, "what is new waits for the next trip"


def test_an_answer_that_found_no_room_waits_for_the_next_stick(
    chain: _Chain, usb: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, village = chain.town, chain.village
    person(village, "李四")
    add(village, chain.first, "乙.jpg", photo(3000))
    sticks.write(village, usb)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("models.sync.transports.folder.os.fsync", full)
        assert "stick.full" in codes(sticks.read(town, usb))
    sticks.read(town, usb)
    sticks.read(village, usb)
    assert (states(village, chain.first), state(village, chain.photo_of)) == (["received"], ["sent"])


def test_two_villages_files_of_one_name_both_go_on(offline: DeskFactory, county: County, tmp_path: Path) -> None:
    town, villages = offline(TOWNSHIP, "李经办"), [offline(VILLAGE, "王村"), offline(SIBLING, "孙村")]
    for n, village in enumerate(villages):
        into = tmp_path / f"usb{n}"
        into.mkdir()
        sticks.write(village, into)
        (path,) = stick.find(into)
        path.rename(path.with_name("村.guiyan"))
        sticks.read(town, into)
    own = tmp_path / "own"
    own.mkdir()
    sticks.write(town, own)
    assert taken(county, own).count("taken") == 3
