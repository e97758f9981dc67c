"""The village of a new person: chosen once, and proposed again for the next one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop import look, memory
from desktop.widgets import parts
from desktop.widgets.inputs import VillageInput
from models.errors import FieldError, RuleError
from models.services.desk import Desk


class VillageRow(QWidget):
    """A line in line with the editor's below it. edited: the clerk chose or typed another village."""

    edited = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.input = VillageInput(desk.office, self)
        self.input.setAccessibleName(self.tr("所在村"))
        self.input.edited.connect(self._on_edited)
        line = self.input.lineEdit()
        if line is not None:
            line.editingFinished.connect(self._check)
        words = parts.label(self.tr("所在村 *"))
        words.setFixedWidth(look.px(98))
        words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        words.setBuddy(self.input)
        self._error = parts.label("", "danger", wrap=True)
        self._proposed = parts.label(self.tr("沿用上次登记的村；不是的，请改。"), "muted", wrap=True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, look.px(32), 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for line_no, widget in enumerate((self.input, self._error, self._proposed)):
            grid.addWidget(widget, line_no, 1)
        grid.addWidget(words, 0, 0)
        self._error.hide()
        self._proposed.hide()

    @property
    def _key(self) -> str:
        return f"people/village/{self._desk.account}"

    def propose(self) -> None:
        """For a new person: the only village there is, else the one this clerk used last, said to be only that."""
        self.say("")
        last = str(memory.settings().value(self._key) or "")
        own = self._desk.office if self._desk.level == "village" else ""
        self.input.set_value(own or (last if self.input.holds(last) else None))
        self._proposed.setVisible(not own and bool(self.input.currentText()))

    def put(self, code: object) -> None:
        """The village of a draft."""
        self.say("")
        self.input.set_value(code)
        self._proposed.hide()

    def remember(self, code: str) -> None:
        """A person of this village was stored."""
        memory.settings().setValue(self._key, code)

    def value(self) -> str:
        """The code. Raises RuleError for no village and for a name that is none of the list; both name the field."""
        try:
            code = str(self.input.value() or "")
        except RuleError as e:
            typed = self.input.currentText().strip()
            raise self._wrong(e.code, self.tr("没有“{0}”这个村，请从列表中选择。").format(typed)) from e
        if not code:
            raise self._wrong("village.missing", self.tr("请选择所在村。"))
        return code

    @staticmethod
    def _wrong(code: str, sentence: str) -> RuleError:
        return RuleError(code, sentence, (FieldError("village", sentence),))

    def say(self, sentence: str) -> None:
        """What is wrong, under the field; '' for nothing."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        look.mark_invalid(self.input, bool(sentence))

    def refuse(self, sentence: str) -> None:
        """Say it and go there."""
        self.say(sentence)
        parts.go_to(self.input, self)

    def _on_edited(self) -> None:
        self.say("")
        self._proposed.hide()
        self.edited.emit()

    def _check(self) -> None:
        """Said when the field is left; an empty one is only missing yet."""
        if self.input.currentText().strip():
            try:
                self.value()
            except RuleError as e:
                self.say(e.sentence)
