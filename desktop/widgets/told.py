"""A field with room under it for the sentence that says what is wrong with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop import look


class Told(QWidget):
    """field: a line, or a choice that can be typed in. The sentence goes away as soon as something else is typed."""

    def __init__(self, field: QLineEdit | QComboBox) -> None:
        super().__init__()
        self.field = field
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setProperty("role", "danger")
        self._said.setWordWrap(True)
        self._said.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(field)
        column.addWidget(self._said)
        self.setFocusProxy(field)
        line = field.lineEdit() if isinstance(field, QComboBox) else field
        if line is not None:
            line.textChanged.connect(lambda _text: self.clear())

    def clear(self) -> None:
        self._put("")

    def say(self, sentence: str) -> None:
        """Say it and go there; what stands in the field is selected, so that typing takes its place."""
        self._put(sentence)
        self.field.setFocus()
        line = self.field.lineEdit() if isinstance(self.field, QComboBox) else self.field
        if line is not None:
            line.selectAll()

    def said(self) -> str:
        """The sentence that stands there, '' for none."""
        return self._said.text()

    def _put(self, sentence: str) -> None:
        if sentence == self._said.text():
            return
        self._said.setText(sentence)
        # A form asks a row for its least height, not for that of words which wrap.
        self._said.setMinimumHeight(self._said.heightForWidth(self.field.width()) if sentence else 0)
        self._said.setVisible(bool(sentence))
        look.mark_invalid(self.field, bool(sentence))
