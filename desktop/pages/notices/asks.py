"""What is typed for a paper, because no record holds it: a field for each ask of the form. What was typed stays when the form changes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop import look, messages
from desktop.widgets import parts
from desktop.widgets.inputs import ChoiceInput
from models.base import local_date
from models.services import letters, printing, specs
from models.services.options import Option

_Field = QLineEdit | QPlainTextEdit | ChoiceInput


class Asks(QWidget):
    """office: head and signature of this office's papers, by cell name; texts: what its letters say, by form; options: the lists
    to choose from, by their names; asked: the fields."""

    def __init__(self) -> None:
        super().__init__()
        self.office: dict[str, str] = {}
        self.options: dict[str, tuple[Option, ...]] = {}
        self.asked: dict[str, _Field] = {}
        self._choice: printing.Choice | None = None
        self.texts: dict[str, dict[str, str]] = {}
        self._proposed: dict[str, str] = {}  # what stood in the fields before anybody typed
        self._fields = QGridLayout()
        self._fields.setHorizontalSpacing(12)
        self._fields.setVerticalSpacing(8)
        self._fields.setColumnStretch(1, 1)
        inner = QVBoxLayout(self)
        inner.setContentsMargins(16, 4, 16, 8)
        inner.addLayout(self._fields)
        inner.addStretch(1)

    def lay(self, choice: printing.Choice) -> None:
        kept = {name: text for name, text in self.extra().items() if text != self._proposed.get(name)}
        self._choice = choice
        self._proposed = {ask.name: self._default(ask.name) or ask.proposed for ask in choice.asks}
        parts.clear(self._fields)
        self.asked = {}
        for row, ask in enumerate(choice.asks):
            field = self._field(ask.choices, ask.lines)
            if isinstance(field, QPlainTextEdit):
                field.setFixedHeight(look.px(12 + 20 * ask.lines))
                field.setTabChangesFocus(True)
            field.setAccessibleName(ask.label)
            self.asked[ask.name] = field
            self.put(ask.name, kept.get(ask.name) or self._proposed[ask.name])
            name = parts.label(ask.label, "muted", wrap=True)
            name.setFixedWidth(look.px(84))
            name.setBuddy(field)
            top = Qt.AlignmentFlag.AlignTop if ask.lines > 1 else Qt.AlignmentFlag.AlignVCenter
            self._fields.addWidget(name, row, 0, top)
            self._fields.addWidget(field, row, 1)
        if any(ask.lines > 1 for ask in choice.asks):
            words = "".join("\u2060".join(f"【{word}】") for word in letters.PLACES[choice.subject])  # none is broken in two
            said = parts.label(self.tr("文字里可写这些词，打印时换成实际内容：{0}").format(words), "muted", wrap=True)
            self._fields.addWidget(said, len(choice.asks), 1)

    def _field(self, choices: str, lines: int) -> _Field:
        if choices:
            return ChoiceInput([(o.label, o.label, o.words) for o in self.options.get(choices, ())])
        return QPlainTextEdit() if lines > 1 else QLineEdit()

    def _default(self, name: str) -> str:
        texts = self.texts.get(self._choice.code, {}) if self._choice else {}
        return {**self.office, "notice.date": specs.long_date(local_date()), **texts}.get(name, "")

    def value(self, name: str) -> str:
        field = self.asked[name]
        if isinstance(field, ChoiceInput):
            return field.raw()
        return field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text()

    def put(self, name: str, text: str) -> None:
        field = self.asked[name]
        if isinstance(field, ChoiceInput):
            field.set_value(text or None)
        elif isinstance(field, QPlainTextEdit):
            field.setPlainText(text)
        else:
            field.setText(text)
            field.setCursorPosition(0)  # the beginning says what it is

    def extra(self) -> dict[str, str]:
        """What is typed, by cell name, for the printing service."""
        return {name: self.value(name) for name in self.asked}

    def complete(self) -> bool:
        """A number is taken for good: not for a paper whose title or text is still empty; the user is told which."""
        for ask in self._choice.asks if self._choice else ():
            if ask.required and not self.value(ask.name).strip():
                messages.tell(self.tr("请先填写{0}；编号一经取用不再重复。").format(ask.label), kind="danger")
                parts.go_to(self.asked[ask.name])
                return False
        return True
