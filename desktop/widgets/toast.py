"""A line that says what was done and offers 撤销; it goes away by itself and never takes the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from desktop import look

_SHORT, _LONG = 6000, 12000


class Toast(QFrame):
    """over: what it lies on; beside: what it leaves free, on its left."""

    def __init__(self, over: QWidget, beside: QWidget) -> None:
        super().__init__(over)
        self._over, self._beside = over, beside
        self.setProperty("role", "toast")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._undo = QPushButton(self.tr("撤销"))
        self._undo.setProperty("kind", "quiet")
        self._undo.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._undo.clicked.connect(self._on_undo)
        self._action: Callable[[], None] | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 8, 12, 8)
        line.addWidget(self._text, 1)
        line.addWidget(self._undo)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_text(self, text: str, kind: str, undo: Callable[[], None] | None) -> None:
        self._text.setText(text)
        self.setProperty("kind", kind)
        self.style().unpolish(self)
        self.style().polish(self)
        self._action = undo
        self._undo.setVisible(undo is not None)
        self.setAccessibleName(text)
        self.place()
        self.show()
        self.raise_()
        self._timer.start(_LONG if kind == "danger" else _SHORT)

    def place(self) -> None:
        """Over the free end of the top bar, where it covers neither a form's foot nor a button."""
        left = self._beside.mapTo(self._over, QPoint(self._beside.width() + 12, 0)).x()
        room = self._over.width() - left - 16
        width = min(look.px(560), max(room, look.px(320)))
        self.setFixedWidth(width)
        self.resize(width, self.heightForWidth(width))  # the hint of words that wrap is for a narrower shape
        self.move(self._over.width() - width - 16, 6)

    def text(self) -> str:
        return self._text.text()

    def _on_undo(self) -> None:
        self.hide()
        if self._action is not None:
            self._action()
