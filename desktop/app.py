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


def has_screen() -> bool:
    """Whether a window can be asked for at all. QT_QPA_PLATFORM names a screen of another kind, offscreen among them."""
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


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


def brought_forward(folder: Path) -> bool:
    """Whether a window over this workspace was open already: it has come to the front, and that is said."""
    from PySide6.QtCore import QCoreApplication
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(socket_name(folder))
    if not socket.waitForConnected(300):
        return False
    socket.disconnectFromServer()
    print(QCoreApplication.translate("start", "归雁已经打开，已把它的窗口移到最前。"))
    return True


def _listen(folder: Path, program: Guiyan) -> Any:
    """A later start for this workspace is told to us; returns what must be kept for it."""
    from PySide6.QtNetwork import QLocalServer

    name = socket_name(folder)
    QLocalServer.removeServer(name)
    server = QLocalServer()
    server.newConnection.connect(program.raise_window)
    server.listen(name)
    return server


def _qt(argv: list[str]) -> QApplication:
    """The QApplication. Qt aborts the process when the screen cannot be reached: its last word becomes a sentence of ours."""
    from PySide6.QtCore import QCoreApplication, QMessageLogContext, QtMsgType, qInstallMessageHandler
    from PySide6.QtWidgets import QApplication

    said: list[str] = []

    def hear(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if kind != QtMsgType.QtFatalMsg:
            said.append(text)
            return
        for line in said:
            logging.getLogger("guiyan").error("qt %s", line)
        words = QCoreApplication.translate(
            "start", "打不开窗口：连不上屏幕，或缺少显示用的系统库。请在桌面上打开归雁；guiyan 后面写命令时不需要屏幕。"
        )
        print(words, file=sys.stderr, flush=True)
        os._exit(1)

    before = qInstallMessageHandler(hear)
    try:
        app = QApplication(["guiyan", *argv])
    finally:
        qInstallMessageHandler(before)
    for text in said:
        # input_environment() asks for the portal on fcitx's behalf; where no input method runs, the plugin complains.
        if "invalid portal bus" not in text:
            print(text, file=sys.stderr)
    return app


def run(folder: Path, argv: list[str]) -> int:
    """Open the window over a workspace; returns the exit status."""
    input_environment()
    start_log(folder)
    sys.excepthook = _hook
    from PySide6.QtWidgets import QApplication

    from desktop import look, memory, operations

    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else _qt(argv)
    app.setApplicationName("guiyan")
    memory.use(folder)
    settings = memory.settings()
    look.dress(app, dark=settings.value("dark") in (True, "true"), scale=float(str(settings.value("scale") or 1)))
    app.setWindowIcon(look.icon("send", "accent"))
    program = Guiyan(app, folder)
    if brought_forward(folder):
        return 0
    listening = _listen(folder, program)
    program.begin()
    status = app.exec()
    operations.wait(10_000)
    if program.desk is not None:
        program.desk.close()
    listening.close()
    return int(status)
