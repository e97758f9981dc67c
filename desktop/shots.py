"""Pictures of the real window over a real workspace, for the demo, the manual and the README. Needs no screen."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import KnownError

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

    from desktop.main_window import MainWindow

SIZE = (1366, 768)
_PATIENCE = 10.0  # seconds a page may take to show what it reads
_QUIET = 0.15  # seconds without a worker's answer, after which a page is taken for drawn


def take(desk_folder: Path, account: str, password: str, out: Path) -> list[Path]:
    """Unlock the workspace, open every page and save PNGs in out (made when it is missing); returns them in order.

    The look that the running program has, if any, is given back. Raises RuleError for a wrong password and KnownError
    shots.write when a picture cannot be written.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    from desktop import look
    from models.services import desk as desks

    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["guiyan"])
    out.mkdir(parents=True, exist_ok=True)
    desk = desks.unlock(desk_folder, account, password)
    made: list[Path] = []
    try:
        look.dress(app)
        made += _round(app, desk_folder, desk, out, "")
        look.dress(app, dark=True)
        made += _round(app, desk_folder, desk, out, "-dark", only=("home",))
    finally:
        look.dress(app)
        desk.close()
    return made


def _round(app: QApplication, folder: Path, desk: object, out: Path, tail: str, only: tuple[str, ...] = ()) -> list[Path]:
    """One window in the look of now: each page (or those of only), then the first person beside the list."""
    from desktop.main_window import MainWindow
    from models.services import people
    from models.services.desk import Desk

    assert isinstance(desk, Desk)
    window = MainWindow(desk)
    made: list[Path] = []
    try:
        window.resize(*SIZE)
        window.show()
        for n, page in enumerate(window.declarations):
            if not only or page.code in only:
                window.open(page.code)
                made.append(_save(app, window, out / f"{n + 1:02d}-{page.code}{tail}.png"))
        newest = people.ids(desk)[:1]
        if newest and not only:
            window.open("person", newest[0])
            made.append(_save(app, window, out / "person.png"))
    finally:
        window.close()
        _settle(app)
        window.deleteLater()
        app.processEvents()
    return made


def _save(app: QApplication, window: MainWindow | QWidget, path: Path) -> Path:
    _settle(app)
    if not window.grab().save(str(path)):
        raise KnownError("shots.write", f"无法写入图片 {path}。请检查文件夹是否可写、磁盘是否已满。")
    return path


def _settle(app: QApplication, now: Callable[[], float] = time.monotonic) -> None:
    """Until the workers are idle and what they brought is drawn; answers may start new questions, hence the loop."""
    from desktop import operations

    ends, quiet_since = now() + _PATIENCE, now()
    while now() < ends and now() - quiet_since < _QUIET:
        if not operations.wait(1):
            quiet_since = now()
        app.processEvents()
        time.sleep(0.005)
