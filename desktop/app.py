"""Start order: environment for Chinese input, log, excepthook, single instance, unlock window, main window."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from models.services.desk import Desk


def input_environment() -> None:
    """PySide6's wheels carry the ibus plugin and none for fcitx; fcitx 5 speaks ibus's language when asked to."""
    if sys.platform == "linux":
        wanted = os.environ.get("QT_IM_MODULE", "")
        if "fcitx" in wanted or "fcitx" in os.environ.get("XMODIFIERS", "") or not wanted:
            os.environ["QT_IM_MODULE"] = "ibus"
            os.environ.setdefault("IBUS_USE_PORTAL", "1")


def start_log(folder: Path) -> None:
    """A small rotating log in the workspace. Nothing personal is ever written to it."""
    with contextlib.suppress(OSError):
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / "logs" / "guiyan.log", maxBytes=512_000, backupCount=3, encoding="utf-8"
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log = logging.getLogger("guiyan")
        log.addHandler(handler)
        log.setLevel(logging.INFO)


def _hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    from desktop import messages

    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    messages.tell_error(error)


class Guiyan:
    """One running program: unlock window, then main window, and back when it is locked."""

    def __init__(self, app: QApplication, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.unlock: Any = None
        self.window: Any = None
        self.desk: Desk | None = None

    def begin(self) -> None:
        from desktop.unlock import UnlockWindow

        self.unlock = UnlockWindow(self.folder, self._opened, self.desk)
        self.unlock.show()

    def _opened(self, desk: Desk) -> None:
        from desktop.main_window import MainWindow

        before, self.desk = self.window, desk
        self.window = MainWindow(desk, self.lock)
        self.window.show()
        self.window.make_ready()
        if self.unlock is not None:
            self.unlock.close()
        if before is not None:
            before.close()  # it takes itself off the list of those who tell the user
            before.deleteLater()

    def lock(self) -> None:
        self.begin()
        self.window.hide()

    def raise_window(self) -> None:
        shown = self.window if self.window is not None and self.window.isVisible() else self.unlock
        if shown is not None:
            shown.showNormal()
            shown.raise_()
            shown.activateWindow()


def socket_name(folder: Path) -> str:
    """The name under which the window of a workspace listens for a second start."""
    import hashlib

    return "guiyan-" + hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


def _single(folder: Path, program: Guiyan) -> Any:
    """A second start for one workspace brings the first window to the front and ends. None: we are the second."""
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

    name = socket_name(folder)
    socket = QLocalSocket()
    socket.connectToServer(name)
    if socket.waitForConnected(300):
        socket.disconnectFromServer()
        return None
    QLocalServer.removeServer(name)
    server = QLocalServer()
    server.newConnection.connect(program.raise_window)
    server.listen(name)
    return server


def run(folder: Path, argv: list[str]) -> int:
    """Open the window over a workspace; returns the exit status."""
    input_environment()
    start_log(folder)
    sys.excepthook = _hook
    from PySide6.QtWidgets import QApplication

    from desktop import look, memory, operations

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["guiyan", *argv])
    app.setApplicationName("guiyan")
    memory.use(folder)
    settings = memory.settings()
    look.dress(app, dark=settings.value("dark") in (True, "true"), scale=float(str(settings.value("scale") or 1)))
    app.setWindowIcon(look.icon("send", look.tokens().accent))
    program = Guiyan(app, folder)
    server = _single(folder, program)
    if server is None:
        print(app.translate("start", "归雁已经打开，已把它的窗口移到最前。"))
        return 0
    program.begin()
    status = app.exec()
    operations.wait(10_000)
    if program.desk is not None:
        program.desk.close()
    return int(status)
