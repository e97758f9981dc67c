"""The stick as a postman between a village, its township and the county: what goes, what comes back, what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from models.errors import GuiyanError, KnownError
from models.records import Cell
from models.services import people, sticks, syncing
from models.services.desk import Desk
from models.services.verifying import verify
from models.store import settings
from models.sync import parcel
from models.sync.transports import folder as stick
from models.tables.stick import LAID, PARCEL
from models.tables.system import DEVICE
from server.sticks import take_folder
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory


def person(desk: Desk, name: str = "王小雁", **cells: str | None) -> str:
    full = {"name": Cell.of(name), **{k: Cell.of(v) for k, v in cells.items()}}
    with desk.store.write(desk.account, "登记") as unit:
        return unit.create("person", full, village=VILLAGE)


def change(desk: Desk, who: str, **cells: str | None) -> None:
    people.save(desk, who, {k: Cell.of(v) for k, v in cells.items()})


def value(desk: Desk, who: str, name: str) -> object:
    found = people.get(desk, who)
    return found.values[name] if found else None


def codes(done: sticks.Outcome) -> list[str]:
    return [line.code for line in done.lines]


def taken(county: County, folder: Path) -> list[str]:
    return [line.code for line in take_folder(county.store, county.own, folder)]


def states(desk: Desk, *ids: str) -> list[str]:
    return [syncing.record_state(desk, i) for i in ids]


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    made = tmp_path / "usb"
    made.mkdir()
    return made


@pytest.fixture
def offline(county: County, joined: DeskFactory) -> Callable[..., Desk]:
    """make(office, account) → a desk that joined and then lost its network; the server's code is called in this process."""

    def make(*args: str) -> Desk:
        if county._server is None:
            county.start()
        desk = joined(*args)
        county.stop()
        return desk

    county.stop()
    return make


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
