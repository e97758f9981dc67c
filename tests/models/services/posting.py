"""Shorthand for tests of sticks: what offices do, and what is said of each file."""

from __future__ import annotations

from pathlib import Path

from models.records import Cell
from models.services import people, sticks, syncing
from models.services.desk import Desk
from server.sticks import take_folder
from tests.conftest import VILLAGE, County


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
