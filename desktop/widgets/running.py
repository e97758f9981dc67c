"""Long work with its bar: how many of how many, how long yet, and 取消. The window can go on being used meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from desktop import messages, operations
from desktop.widgets import parts

_PATIENCE = 0.4  # seconds before a bar is shown: one paper is done sooner, and nothing flickers


class Running(QWidget):
    """One thing at a time. changed: it has begun, or is over, well or not. trouble: what went wrong last, to be put below.

    name: of the bar; counted: its words, {0} done of {1}; busy: to whoever begins something before it is over; last: what is
    done when all are counted, which cannot be stopped any more ('': nothing). leaves: a stop leaves something behind that has
    to be known, such as numbers that are spent.
    """

    changed = Signal()

    def __init__(self, name: str, counted: str, busy: str, *, last: str = "", leaves: bool = True) -> None:
        super().__init__()
        self._counted, self._busy, self._last, self._leaves = counted, busy, last, leaves
        self._handle: operations.Handle | None = None
        self._look_only = False
        self._began = 0.0
        self._copies = 1
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(name)
        self.said = parts.label("", "muted")
        self.stop = parts.button(self.tr("取消"), self._stop, kind="quiet", icon="x")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(parts.row(self.bar, self.stop, stretch_at=0))
        column.addWidget(self.said)
        self.trouble = parts.label("", "danger", wrap=True)
        self.trouble.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.trouble.hide()
        self.hide()

    @property
    def busy(self) -> bool:
        """Something is being done; a preview is no reason to wait."""
        return self._handle is not None and not self._look_only

    def run(
        self, count: int, function: Callable[..., Any], /, *args: Any, then: Callable[[Any], object], look_only: bool = False,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        """count: how many the user sees, whatever steps the function counts; 0 for these. then: with its result, when it went
        well.

        look_only: a preview, which the next one, or a print, takes the place of.
        """
        if self._handle is not None:
            if not self._look_only:
                messages.tell(self._busy, kind="info")
                return
            self._handle.cancel()
        self._look_only = look_only
        self.trouble.hide()
        self._began, self._copies = time.monotonic(), count
        self.bar.setRange(0, 0)
        self.stop.setEnabled(True)
        self.said.setText("")

        def done(result: Any) -> None:
            if self._handle is handle:
                self._over()
                then(result)

        def failed(error: Exception) -> None:
            if self._handle is handle:
                self._over()
                if handle.cancelled and not self._leaves:
                    messages.tell(messages.sentence(error), kind="info")
                else:
                    self.keep(error)

        def advanced(done: int, total: int) -> None:
            if self._handle is handle:
                self._advanced(done, total)

        handle = self._handle = operations.run(
            self, function, *args, on_done=done, on_error=failed, on_progress=advanced, slow=True, **kwargs
        )
        self.changed.emit()

    def _advanced(self, done: int, total: int) -> None:
        spent = time.monotonic() - self._began
        if spent < _PATIENCE and self.isHidden():
            return
        self.show()
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        copies = self._copies or total
        words = self._counted.format(f"{done * copies // max(total, 1):,}", f"{copies:,}")
        left = round(spent / done * (total - done)) if done else 0
        if left >= 2:
            words += self.tr("，还要约 {0} 秒").format(left)
        if done >= total and self._last:
            self.stop.setEnabled(False)
            self.said.setText(self._last)
        elif self.stop.isEnabled():
            self.said.setText(words)

    def _stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self.stop.setEnabled(False)
            self.said.setText(self.tr("正在停止…"))

    def _over(self) -> None:
        self._handle = None
        self.hide()
        self.changed.emit()

    def keep(self, error: Exception) -> None:
        """Tell it, and leave it standing: which numbers are spent and where a file lies is no news that goes away by itself."""
        said = messages.sentence(error)
        messages.tell(said, kind="danger")
        self.trouble.setText(said)
        self.trouble.show()
