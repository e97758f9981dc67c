"""From the call to a window on the screen: the unlock window beside a bare Qt window, each in a process of its own."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from tests.bench.runner import row

RUNS = 5
_BARE = """
import time; t = time.perf_counter()
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([]); w = QWidget(); w.resize(520, 460); w.show(); app.processEvents(); w.grab()
print(time.perf_counter() - t)
"""
_OURS = """
import sys, time; t = time.perf_counter()
from pathlib import Path
from desktop import app as program
program.input_environment()
from PySide6.QtWidgets import QApplication
app = QApplication([])
from desktop import look
look.dress(app)
from desktop.unlock import UnlockWindow
w = UnlockWindow(Path(sys.argv[1]), lambda desk: None); w.show(); app.processEvents(); w.grab()
print(time.perf_counter() - t)
import os; sys.stdout.flush(); os._exit(0)
"""


def _seconds(code: str, folder: str) -> float:
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", code, folder], env=env, capture_output=True, text=True, check=True)
    return float(done.stdout.strip().splitlines()[-1])


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        pairs = [(_seconds(_OURS, folder), _seconds(_BARE, folder)) for _ in range(RUNS)]
    ours, bare = (statistics.median(x) * 1000 for x in zip(*pairs, strict=True))
    return [row("start", ours, "ms", "a bare Qt window", bare, less_is_better=True)]
