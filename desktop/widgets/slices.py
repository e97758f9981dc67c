"""Work on the GUI thread that is too long for one frame, done a little at a time between the user's events."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

_SLICE = 0.008  # seconds: with the styling and laying out that follow it, not much more than a frame


class Slices(QObject):
    """Runs the steps of one iterator; a step is what may not be divided, such as one row of a form."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[object] = iter(())
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)

    def begin(self, steps: Iterator[object], *, at_once: bool = True) -> None:
        """Do the first slice now and the others as soon as there is time; what was under way is dropped.

        at_once=False: the first one later, too, because the widget is not yet where it will stand.
        """
        self._steps = steps
        self._timer.start(0)
        if at_once:
            self._go_on()

    def finish(self) -> None:
        """Do all that is left now: somebody needs it."""
        for _step in self._steps:
            pass
        self._timer.stop()

    def _go_on(self) -> None:
        ends = perf_counter() + _SLICE
        for _step in self._steps:
            if perf_counter() >= ends:
                return
        self._timer.stop()
