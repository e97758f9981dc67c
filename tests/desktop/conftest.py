"""A workspace of invented people and the real window over it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop import look, memory, messages, operations
from desktop.main_window import MainWindow
from models.services import desk as desks
from models.services.desk import Desk

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TOWNSHIP = "411424102000"
PASSWORD = "mima-ceshi-1"
Until = Callable[..., None]


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path) -> None:
    """What the window remembers is this test's own, not the developer's."""
    memory.use(tmp_path)
    messages._TELLERS.clear()
    messages._WAITING.clear()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made, _code = desks.init(tmp_path / "workspace", TOWNSHIP, "王芳", PASSWORD)
    yield made
    operations.wait()
    made.close()


def until(holds: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Let workers and the GUI go on until it holds."""
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends, f"never came: {what}"
        operations.wait(5)
        QCoreApplication.processEvents()


def rest(seconds: float = 0.1) -> None:
    """Let everything that was begun come to its end."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        operations.wait(50)
        QCoreApplication.processEvents()


def focused(widget: QWidget) -> Callable[[], bool]:
    """Whether the keys of its window go to a widget; the offscreen platform does not always say which window is in front."""
    return lambda: widget.window().focusWidget() is widget


@pytest.fixture
def window(desk: Desk, qapp: object) -> Iterator[MainWindow]:
    look.dress(qapp)  # type: ignore[arg-type]
    made = MainWindow(desk)
    made.resize(1366, 768)
    made.show()
    yield made
    made.close()
    rest()
    shiboken6.delete(made)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says of itself what it cannot do (size hints, raising, grabbing); every other Qt warning fails a test."""
    for item in items:
        if "desktop" in item.path.parts:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support", extend=True))
