"""Search as one types over 300,000 people: p95 of our index beside LIKE over the same six columns of the same file."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from models.services.desk import Desk
from models.services.find import find
from tests.bench import people
from tests.bench.peers import records
from tests.bench.runner import row

COUNT, QUERIES = 300_000, 200
_LIKE = text(
    "SELECT id, name, village FROM person WHERE name LIKE :q OR phone LIKE :q OR id_number LIKE :q "
    "OR village LIKE :q OR employer LIKE :q OR address LIKE :q LIMIT 50"
)


def _queries() -> list[str]:
    dice, typed = random.Random(5), []
    some = list(records.persons(5000))
    for _ in range(QUERIES):
        _, name, number, phone, *_rest = dice.choice(some)
        typed.append(dice.choice([name, name[:2], name[0], phone[3:7], phone[-4:], number[-4:], number[:10]]))
    return typed


def _p95(run: Callable[[str], object], typed: list[str]) -> float:
    taken = []
    for q in typed:
        start = time.perf_counter()
        run(q)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(taken, n=20)[18]


def _like(desk: Desk, q: str) -> object:
    with desk.store.read() as conn:
        return conn.execute(_LIKE, {"q": f"%{q}%"}).all()


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        desk = people.fill(Path(folder) / "w", COUNT)
        typed = _queries()
        find(desk, "王")
        ours = _p95(lambda q: find(desk, q, 50), typed)
        peer = _p95(lambda q: _like(desk, q), typed[:60])
        desk.close()
    return [row("search", ours, "ms p95", "LIKE over six columns, same file", peer, less_is_better=True)]
