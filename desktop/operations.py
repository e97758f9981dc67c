"""The one way a widget runs a service: in a worker thread, with its result delivered on the GUI thread.

run() starts the function in the readers' pool, or, with writes=True, in a pool of one thread, so that saves keep
their order, or, with slow=True, in a pool for files and the network, which keeps nobody else waiting. on_done and on_error run on the GUI thread, and not at all when the owner is gone. A GuiyanError without
on_error is told through desktop.messages; anything else is a bug and goes to the log with a number.
Inside the function: no widget may be touched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot

from desktop import messages

_READERS = QThreadPool()
_READERS.setMaxThreadCount(2)
_WRITER = QThreadPool()
_WRITER.setMaxThreadCount(1)
_SLOW = QThreadPool()
_SLOW.setMaxThreadCount(3)  # a round of records, one of files, and a file that somebody waits for
_ALIVE: set[_Job] = set()
# A job's last reference must not be dropped by its own worker, which would destroy a QObject of the GUI thread there:
# its answer arrives a moment before the worker has let go of it, so the last ones are kept for a while.
_OVER: deque[_Job] = deque(maxlen=64)


class _Bridge(QObject):
    """Lives on the GUI thread; a worker's signals reach its slots there."""

    finished = Signal(object, object)
    advanced = Signal(int, int)

    def __init__(
        self,
        owner: QObject,
        on_done: Callable[[Any], object] | None,
        on_error: Callable[[Exception], None] | None,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        super().__init__()
        self._owner, self._on_done, self._on_error, self._on_progress = owner, on_done, on_error, on_progress
        self.job: _Job | None = None
        self.finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self.advanced.connect(self._advance, Qt.ConnectionType.QueuedConnection)

    @Slot(object, object)
    def _deliver(self, result: Any, error: Exception | None) -> None:
        if self.job is not None:
            _ALIVE.discard(self.job)
            _OVER.append(self.job)
        if not shiboken6.isValid(self._owner):
            return
        if error is None:
            if self._on_done:
                self._on_done(result)
        elif self._on_error:
            self._on_error(error)
        else:
            messages.tell_error(error)

    @Slot(int, int)
    def _advance(self, done: int, total: int) -> None:
        if self._on_progress and shiboken6.isValid(self._owner):
            self._on_progress(done, total)


class _Job(QRunnable):
    def __init__(self, bridge: _Bridge, function: Callable[[], Any]) -> None:
        super().__init__()
        self.setAutoDelete(False)
        self._bridge, self._function = bridge, function

    def run(self) -> None:
        try:
            result, error = self._function(), None
        except Exception as e:  # whatever it is, it is told on the GUI thread
            result, error = None, e
        self._bridge.finished.emit(result, error)


class Handle:
    """A running job. cancel() asks it to stop at its next progress call."""

    def __init__(self) -> None:
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


def run(
    owner: QObject,
    function: Callable[..., Any],
    *args: Any,
    on_done: Callable[[Any], object] | None = None,
    on_error: Callable[[Exception], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    writes: bool = False,
    slow: bool = False,
    **kwargs: Any,
) -> Handle:
    """Run function(*args, **kwargs) in a worker. With on_progress the function is given progress=(done, all) -> go on?"""
    bridge, handle = _Bridge(owner, on_done, on_error, on_progress), Handle()
    if on_progress is not None:

        def progress(done: int, total: int) -> bool:
            bridge.advanced.emit(done, total)
            return not handle.cancelled

        kwargs["progress"] = progress
    job = _Job(bridge, lambda: function(*args, **kwargs))
    bridge.job = job
    _ALIVE.add(job)
    (_SLOW if slow else _WRITER if writes else _READERS).start(job)
    return handle


def wait(milliseconds: int = 10_000) -> bool:
    """Wait until the workers are idle: at the end of the program, and in tests."""
    return all(pool.waitForDone(milliseconds) for pool in (_WRITER, _READERS, _SLOW))
