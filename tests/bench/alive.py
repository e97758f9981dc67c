"""The window while 10,000 records go to the county and come from it: how long its event loop was kept from anything else.

A real county server in a process of its own, the real window with the pages open that draw what a round changes, and a
timer of 5 ms in the event loop. Offscreen. There is no peer: 50 ms is the bound, above which a key is felt to stick. A gap
counts as far as this process was working in it: what another program took of the machine is not the window's doing.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop.cli.county import LocalCounty
from models.services import desk as desks
from models.services import joining, syncing
from models.services.desk import Desk
from tests.bench.peers import records
from tests.bench.runner import row
from tests.bench.sync import case

COUNT = 10_000
BOUND = 0.050  # seconds
OFFICE = "411424000000"


def watched(begin: Callable[[], None], over: Callable[[], bool], after: float = 1.0) -> list[float]:
    """Gaps of the event loop, from begin() until after seconds past over(): what a round has changed is drawn then.

    Each is in seconds, the shorter of what the clock and what this process's CPU time says of it.
    """
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    gaps, last, loop = [], (time.perf_counter(), time.process_time()), QEventLoop()
    ends = time.monotonic() + 120

    def tick() -> None:
        nonlocal last
        now = (time.perf_counter(), time.process_time())
        gaps.append(min(now[0] - last[0], now[1] - last[1]))
        last = now

    def look() -> None:
        if over() or time.monotonic() > ends:
            asking.stop()
            QTimer.singleShot(round(after * 1000), loop.quit)

    beat, asking = QTimer(), QTimer()
    beat.setTimerType(Qt.TimerType.PreciseTimer)
    beat.timeout.connect(tick)
    beat.start(5)
    asking.timeout.connect(look)
    QTimer.singleShot(0, begin)
    QTimer.singleShot(50, lambda: asking.start(50))
    loop.exec()
    beat.stop()
    return gaps


def round_in_window(desk: Desk, page: str) -> list[float]:
    """The gaps of one round in the window that stands at a page."""
    from PySide6.QtWidgets import QApplication

    from desktop import look, operations
    from desktop.main_window import MainWindow

    app = QApplication.instance()
    look.dress(app if isinstance(app, QApplication) else QApplication(["guiyan"]))
    window = MainWindow(desk)
    window.resize(1366, 728)
    window.show()
    try:
        for code in ("people", "requests", "sync", page):
            window.open(code)
        window.make_ready()  # as the program does after its start
        watched(lambda: None, lambda: True)
        gaps = watched(window.sync, lambda: not window._rounds._running)
    finally:
        window.close()
        operations.wait()
    if syncing.status(desk).pending:
        raise RuntimeError("the round did not come to its end")
    return gaps


def _join(folder: Path, county: LocalCounty) -> Desk:
    desk, _code = desks.init(folder, OFFICE, "测速", "ceshi-2026")
    joining.join(desk, county.ticket(OFFICE))
    syncing.run(desk)
    return desk


def measure(folder: Path, count: int = COUNT) -> dict[str, list[float]]:
    """Gaps while count cases are pushed, and while another PC pulls them."""
    from desktop import memory

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    memory.use(folder)
    county = LocalCounty(folder)
    with county.running():
        one, two = _join(folder / "one", county), _join(folder / "two", county)
        with one.store.write("测速", "填充") as unit:
            unit.create_many("request", [case(c) for c in records.cases(count)])
        found = {"push": round_in_window(one, "requests"), "pull": round_in_window(two, "sync")}
        one.close()
        two.close()
    return found


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        found = measure(Path(folder))
    return [
        row(f"longest gap of the window, {name}", 1000 * max(gaps), "ms", "what is felt", 1000 * BOUND, less_is_better=True)
        for name, gaps in found.items()
    ]
