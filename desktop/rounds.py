"""Rounds of sync with the county: by hand, and by themselves from time to time; what came of each is said once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from desktop import messages, operations, transfers
from models.errors import GuiyanError
from models.services import syncing

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

# Minutes between rounds: after a failure the pause doubles, up to an hour.
_PAUSE, _LONGEST = 5, 60


class Rounds(QObject):
    """window: says where things stand on its quiet line, and draws again what a round has changed."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._running = self._quietly = False
        self._pause = _PAUSE
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self.begin(quietly=True))
        QTimer.singleShot(2000, self, self._first)

    def _first(self) -> None:
        """The first round after the start, when the county is known."""
        desk = self._window.desk
        operations.run(self, syncing.status, desk, on_done=lambda s: self.begin(quietly=True) if s.joined else None)

    def begin(self, *, quietly: bool = False) -> None:
        """quietly: nobody asked for it, so that being offline, which is the normal state, is no news."""
        if self._running:
            return
        self._running, self._quietly = True, quietly
        self._window.say_connection(self.tr("正在同步…"))
        operations.run(self, syncing.run, self._window.desk, slow=True, on_done=self._done, on_error=self._failed)

    def _done(self, report: Any) -> None:
        self._running, self._pause = False, _PAUSE
        self._window.say_connection(self.tr("已连接"))
        self._timer.start(self._pause * 60_000)
        if report.exceptions.get("refused") or report.exceptions.get("conflict"):
            messages.tell(self.tr("县级有未接收或冲突的记录，请到“同步”页查看。"), kind="info")
        self._window.changed(report.touched)
        transfers.begin(self, self._window.desk, self._window.say_connection)

    def _failed(self, error: Exception) -> None:
        self._running = False
        code = error.code if isinstance(error, GuiyanError) else ""
        if code == "sync.alone":
            self._window.say_connection(self.tr("未加入县级"))
            if not self._quietly:
                messages.tell(messages.sentence(error), kind="info")
        else:
            self._pause = min(self._pause * 2, _LONGEST)
            self._timer.start(self._pause * 60_000)
            self._window.say_connection(self.tr("离线"))
            if code != "sync.running" and not (code == "net.unreachable" and self._quietly):
                words = self.tr("{0} {1} 分钟后再试。").format(messages.sentence(error), self._pause)
                messages.tell(words, kind="info")
        self._window.changed([])
