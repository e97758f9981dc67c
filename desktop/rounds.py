"""Rounds of sync with the county: by hand, and by themselves; what came of each is said in one sentence.

A round begins when the network comes back, when edits have rested for a while, on F5, and from time to time: a failure
makes the pause double, from a minute to half an hour, a little differently on each PC, so that a township whose line
comes back does not call all at once. It runs in a worker and takes neither the focus nor the writer from whoever types.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from desktop import messages, operations, transfers
from desktop.status_line import clock_words
from models.base import CHINA
from models.errors import GuiyanError
from models.services import settled, syncing

if TYPE_CHECKING:
    from PySide6.QtNetwork import QNetworkInformation

    from desktop.main_window import MainWindow

_STEADY = 300  # seconds between rounds while all is well
_SHORTEST, _LONGEST = 60, 1800  # and after failures
_JITTER = 0.2  # of the pause, either way
_REST, _PATIENCE = 20, 180  # seconds without an edit, or since the first one, before what was written goes
_OFFLINE = ("net.unreachable", "net.cut")  # the normal state, no news


class Pace:
    """How long to wait for the next round. chance: a number from 0 to 1, for the jitter."""

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self._chance, self._pause = chance, 0

    def after_success(self) -> int:
        """Seconds."""
        self.forget()
        return self._spread(_STEADY)

    def after_failure(self) -> int:
        """Seconds: 60, 120, ... 1800, each a fifth longer or shorter, and never beyond the ends."""
        self._pause = min(self._pause * 2, _LONGEST) if self._pause else _SHORTEST
        return self._spread(self._pause)

    def forget(self) -> None:
        """The next failure is a first one: all went well, or the network is another."""
        self._pause = 0

    def _spread(self, pause: int) -> int:
        return min(max(round(pause * (1 + _JITTER * (2 * self._chance() - 1))), _SHORTEST), _LONGEST)


class Rounds(QObject):
    """window: says where things stand on its quiet line, and draws again what a round has changed.

    now: the clock on the wall, by which the next try is told. said: what went wrong last and what comes next, '' when
    all is well.
    """

    def __init__(self, window: MainWindow, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(window)
        self._window = window
        self._now = now or (lambda: datetime.now(CHINA))
        self._running = self._quietly = self._joined = self._again = self._asked = self._clock_told = False
        self._pace = Pace()
        self.said = self._told = self._stood = ""  # _stood: the connection as the last round left it
        self._timer = self._once(lambda: self.begin(quietly=True))
        self._rest = self._once(lambda: self.begin(quietly=True))
        self._twice: set[str] = set()  # conflicts settled by two offices that were told since the start
        self._first_edit: datetime | None = None
        self._network: QNetworkInformation | None = None
        QTimer.singleShot(2000, self, self._first)

    def _once(self, run: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.timeout.connect(run)
        return made

    def _first(self) -> None:
        """The first round after the start, when the county is known."""
        self._listen()
        operations.run(self, syncing.status, self._window.desk, on_done=self._begin_if_joined)

    def _begin_if_joined(self, status: syncing.Status) -> None:
        self._joined = status.joined
        if status.joined:
            self.begin(quietly=True)

    def _listen(self) -> None:
        """Let the system say when there is a network; where it cannot, the timer has to do."""
        from PySide6.QtNetwork import QNetworkInformation  # brings much with it that the first window does not need

        if QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            self._network = QNetworkInformation.instance()
            self._network.reachabilityChanged.connect(self._reachable)  # a method of this object: it ends with it

    def _reachable(self, reachability: QNetworkInformation.Reachability) -> None:
        self.network(reachability.name != "Disconnected")

    def network(self, there: bool) -> None:
        """The system says that the network has come or gone."""
        if not self._joined:
            return
        if there:
            self._pace.forget()
            self.begin(quietly=True)
        elif not self._running:
            self._stand(self.tr("离线"))

    def edited(self) -> None:
        """Something was written: it goes when the clerk's hands rest, and not later than three minutes after the first."""
        if not self._joined:
            return
        now = self._now()
        waiting = self._first_edit is not None and timedelta(0) <= now - self._first_edit < timedelta(seconds=_PATIENCE)
        if not waiting or self._first_edit is None:
            self._first_edit = now
        left = _PATIENCE - int((now - self._first_edit).total_seconds())
        self._rest.start(max(1, min(_REST, left)) * 1000)

    def begin(self, *, quietly: bool = False) -> None:
        """quietly: nobody asked for it, so that being offline, which is the normal state, is no news."""
        if self._running:
            self._again = self._again or self._first_edit is not None  # written since it began
            self._quietly = self._quietly and quietly
            self._asked = self._asked or not quietly  # the county may be another since it began: a ticket was used
            return
        self._running, self._quietly, self._again, self._asked, self._first_edit = True, quietly, False, False, None
        self._rest.stop()
        self._window.say_connection(self.tr("正在同步…"))
        operations.run(self, syncing.run, self._window.desk, slow=True, on_done=self._done, on_error=self._failed)

    def _stand(self, words: str) -> None:
        self._stood = words
        self._window.say_connection(words)

    def _next(self, seconds: int) -> str:
        """Come again by itself; returns the time of day at which that will be."""
        self._timer.start(seconds * 1000)
        return (self._now() + timedelta(seconds=seconds)).strftime("%H:%M")

    def _done(self, report: Any) -> None:
        self._running, self._joined, self.said, self._told = False, True, "", ""
        self._stand(self.tr("已连接"))
        self._next(self._pace.after_success())
        if report.exceptions.get("refused") or report.exceptions.get("conflict"):
            messages.tell(self.tr("县级有未接收或冲突的记录，请到“同步”页查看。"), kind="info")
        if any(entity in ("conflict", "person", "request", "referral") for entity, _ in report.touched):
            operations.run(self, settled.twice, self._window.desk, on_done=self._tell_twice, on_error=lambda _e: None)
        self._window.changed(report.touched)
        self._check_clock()
        transfers.begin(self, self._window.desk, self._window.say_connection)
        if self._asked:
            self.begin()
        elif self._again:
            self._rest.start(_REST * 1000)

    def _tell_twice(self, found: Sequence[settled.Twice]) -> None:
        """A conflict that another office has settled as well is told once; the page of sync goes on telling it."""
        fresh = [one for one in found if one.id not in self._twice]
        self._twice |= {one.id for one in found}
        if fresh:
            more = self.tr("另有 {0} 处，请到“同步”页查看。").format(len(fresh) - 1) if len(fresh) > 1 else ""
            messages.tell(fresh[0].sentence + more, kind="info")

    def _check_clock(self) -> None:
        """A clock that is far off makes wrong dates and wrong terms: said once, and on the quiet line as long as it is so."""
        if not self._clock_told:
            operations.run(self, syncing.status, self._window.desk, on_done=self._tell_clock, on_error=lambda _e: None)

    def _tell_clock(self, status: syncing.Status) -> None:
        if status.clock_off:
            self._clock_told = True
            words = self.tr("{0}：日期和时限会因此算错。").format(clock_words(status.clock_off))
            messages.tell(words, kind="danger")

    def _failed(self, error: Exception) -> None:
        self._running = False
        code = error.code if isinstance(error, GuiyanError) else ""
        if code == "sync.alone":
            self._joined, self.said = False, ""
            self._stand(self.tr("未加入县级"))
            if not self._quietly:
                messages.tell(messages.sentence(error), kind="info")
            self._window.changed([])
            return
        self._joined = True
        if code == "sync.running":  # a stick or a comparison holds the line: no round runs, and nothing has changed
            self._next(_SHORTEST)
            self._stand(self._stood)
            if not self._quietly:
                messages.tell(self.tr("正在核对，或在读写 U 盘，完成后自动同步。"), kind="info")
            return
        at = self._next(self._pace.after_failure())
        self.said = messages.sentence(error)
        if code not in syncing.STOPPED:  # there no further try helps, only a new ticket
            self.said = self.tr("{0}下次自动再试 {1}。").format(self.said, at)
        self._stand(self.tr("离线") if code in _OFFLINE else self.tr("同步没有完成"))
        if not self._quietly or (code not in _OFFLINE and code != self._told):  # the same thing is not said every half hour
            self._told = code
            messages.tell(self.said, kind="info")
        self._window.changed([])
        if self._asked and code not in _OFFLINE:
            self.begin()
