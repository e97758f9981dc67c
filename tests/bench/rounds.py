"""A round of ten changes with 300,000 people in the county, beside the same round with 3,000.

What a round costs must not grow with what is there: it reads what is new. Both ends are real: the county's process over
HTTPS, and two encrypted workspaces, one of which changes and one of which pulls.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from desktop.cli.county import LocalCounty
from models.records import Cell
from models.services import desk as desks
from models.services import joining, syncing
from models.services.desk import Desk
from models.tables import ENTITIES
from tests.bench import people
from tests.bench.runner import row

FEW, MANY, CHANGES, ROUNDS = 3_000, 300_000, 10, 15


def _round(one: Desk, two: Desk, ids: list[str], number: int) -> float:
    """Seconds of both rounds: the one that sends and the one that receives."""
    with one.store.write("测速", "修改") as unit:
        unit.update_many("person", {i: {"note": Cell.of(f"第{number}次")} for i in ids})
    start = time.perf_counter()
    sent, received = syncing.run(one).sent, syncing.run(two).received
    seconds = time.perf_counter() - start
    if (sent, received) != (CHANGES, CHANGES):
        raise RuntimeError(f"sent {sent}, received {received}")
    return seconds


def _median(one: Desk, two: Desk) -> float:
    table = ENTITIES["person"].table
    with one.store.read() as conn:
        ids = list(conn.execute(select(table.c.id).order_by(table.c.born).limit(CHANGES)).scalars())
    return statistics.median(_round(one, two, ids, n) for n in range(ROUNDS))


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        county = LocalCounty(Path(folder))
        with county.running():
            one, two = people.fill(Path(folder) / "one", FEW), desks.init(Path(folder) / "two", people.COUNTY, "测速", "ceshi-2026")[0]
            for desk in (one, two):
                joining.join(desk, county.ticket(people.COUNTY))
                syncing.run(desk)
            few = _median(one, two)
            people.add(one, MANY, after=FEW)
            for desk in (one, two):
                syncing.run(desk)
            many = _median(one, two)
            one.close()
            two.close()
    return [row("round", many * 1000, f"ms, {MANY:,} people", f"the same round, {FEW:,} people", few * 1000, less_is_better=True)]
