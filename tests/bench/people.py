"""A workspace full of invented people, made once a run for the benchmarks that search it."""

from __future__ import annotations

import itertools
from pathlib import Path

from models.records import Cell
from models.services import desk as desks
from models.services.desk import Desk
from models.store.unit import New
from tests.bench.peers import records

COUNTY = "411424000000"


def fill(folder: Path, count: int) -> Desk:
    """A county's workspace with count people."""
    desk, _code = desks.init(folder, COUNTY, "测速", "ceshi-2026")
    add(desk, count)
    return desk


def add(desk: Desk, count: int, after: int = 0) -> None:
    """People up to count, but for the first ones, who are there."""
    chunk: list[New] = []
    for _, name, number, phone, village, place, sex, _day in itertools.islice(records.persons(count), after, None):
        cells = {
            "name": Cell.of(name), "id_number": Cell.of(number), "phone": Cell.of(phone), "out_place": Cell.of(place),
            "sex": Cell.of("1" if sex == "男" else "2"), "born_on": Cell.of(f"{number[6:10]}-{number[10:12]}-{number[12:14]}"),
        }  # fmt: skip
        chunk.append(New(cells, village[0]))
        if len(chunk) == 5000:
            _store(desk, chunk)
            chunk = []
    _store(desk, chunk)


def _store(desk: Desk, chunk: list[New]) -> None:
    with desk.store.write("测速", "填充") as unit:
        unit.create_many("person", chunk)
