"""One field of an editor: its input, its state, its eye, its error.

Every field has its state one key away (Alt+0 known, Alt+1 未采集, Alt+2 不适用, Alt+3 拒绝提供, Alt+4 待核实). Masked values show
when asked for. A row is a handful of widgets and a form has forty of them: what most rows never show is made when it is
first needed, and every widget is made inside its parent, because Qt works a style sheet out again for all that moves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QMenu, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from desktop import look
from desktop.widgets import parts
from desktop.widgets.inputs import make_input
from models.errors import RuleError
from models.fields import STATE_LABELS, FieldSpec, Kind, Secrecy, State
from models.records import Cell
from models.services import specs as fields

_STATES = (State.KNOWN, State.UNCOLLECTED, State.NOT_APPLICABLE, State.REFUSED, State.TO_VERIFY)
_EMPTY = (State.UNCOLLECTED, State.NOT_APPLICABLE, State.REFUSED)
Reveal = Callable[[str, Callable[[str], None]], None]


class FieldRow(QWidget):
    """The input of one field with its state, its eye and its error. edited: the user changed it."""

    edited = Signal(str)

    def __init__(self, spec: FieldSpec, parent: QWidget, reveal: Reveal | None = None) -> None:
        super().__init__(parent)
        self.spec, self._reveal = spec, reveal
        self._state = State.KNOWN
        self._hidden: Any = None  # a masked value that has not been asked for
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._across = QHBoxLayout()
        self._across.setSpacing(4)
        self._column.addLayout(self._across)
        self.input = make_input(spec, self)
        self.input.setAccessibleName(spec.label)
        self.input.edited.connect(self._on_edited)
        line = self.input.lineEdit() if isinstance(self.input, QComboBox) else self.input
        if isinstance(line, QLineEdit):
            line.editingFinished.connect(self._check)
        if isinstance(line, QWidget):
            line.installEventFilter(self)
        self._menu_button = QToolButton(self)
        self._menu_button.setAutoRaise(True)
        self._menu_button.setIcon(look.icon("chevron-down", "muted"))
        self._menu_button.setAccessibleName(self.tr("{0}的状态").format(spec.label))
        self._menu_button.setToolTip(self.tr("未采集 Alt+1，不适用 Alt+2，拒绝提供 Alt+3，待核实 Alt+4"))
        self._menu_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._menu_button.clicked.connect(self._open_menu)
        self._across.addWidget(self.input, 1)
        if spec.unit:
            self._across.addWidget(QLabel(spec.unit, self))
        tall = isinstance(self.input, QPlainTextEdit)
        self._across.addWidget(self._menu_button, 0, Qt.AlignmentFlag.AlignTop if tall else Qt.AlignmentFlag(0))

    @cached_property
    def _said(self) -> QLabel:
        """The state or the masked value, in the input's place."""
        made = QLabel(self)
        made.setProperty("role", "held")
        self._across.insertWidget(1, made, 1)
        return made

    @cached_property
    def _eye(self) -> QToolButton:
        made = QToolButton(self)
        made.setIcon(look.icon("eye", "muted"))
        made.setAccessibleName(self.tr("显示{0}").format(self.spec.label))
        made.setToolTip(self.tr("显示完整内容（会记录）"))
        made.setAutoRaise(True)
        made.clicked.connect(self._ask)
        self._across.insertWidget(self._across.count() - 1, made)
        return made

    @cached_property
    def _error(self) -> QLabel:
        made = QLabel(self)
        made.setProperty("role", "danger")
        made.setWordWrap(True)
        self._column.insertWidget(1, made)
        return made

    def _made(self, name: str) -> bool:
        """Whether one of the widgets above has been needed so far."""
        return name in self.__dict__

    def _open_menu(self) -> None:
        # Opened by hand: a button that owns a menu draws a second arrow beside its icon.
        menu = QMenu(self)
        for n, state in enumerate(_STATES):
            action = menu.addAction(f"{STATE_LABELS[state]}\tAlt+{n}")
            action.triggered.connect(lambda _c=False, s=state: self.choose_state(s))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    def set_cell(self, cell: Cell) -> None:
        self._state, self._hidden = cell.state, None
        self.set_error("")
        masked = self._reveal is not None and self.spec.secrecy is Secrecy.MASKED and cell.value
        if masked:
            self._hidden = cell.value
        self.input.set_value(None if masked else cell.value)
        self._show()

    def set_read_only(self, on: bool) -> None:
        """Another office fills it: it is seen, and its masked value may be asked for, but not changed."""
        if self.input.isEnabled() is not on:
            return
        self.input.setEnabled(not on)
        self._menu_button.setEnabled(not on)
        self.input.setToolTip(self.tr("由登记它的机构填写，本机构只能查看") if on else "")

    def cell(self) -> Cell:
        """Raises RuleError with the sentence for this field."""
        if self._state in (State.NOT_APPLICABLE, State.REFUSED):
            return Cell(self._state)
        value = self._hidden if self._hidden is not None else self.input.value()
        if value is None:
            return Cell(State.TO_VERIFY) if self._state is State.TO_VERIFY else Cell()
        return Cell(State.TO_VERIFY if self._state is State.TO_VERIFY else State.KNOWN, value)

    def choose_state(self, state: State) -> None:
        self._state = state
        if state in _EMPTY:
            self._hidden = None
            self.input.set_value(None)
        self._show()
        self.edited.emit(self.spec.name)

    def set_error(self, sentence: str) -> None:
        if sentence or self._made("_error"):
            self._error.setText(sentence)
            self._error.setVisible(bool(sentence))
            look.mark_invalid(self.input, bool(sentence))

    def error(self) -> str:
        """The sentence that stands under the field, '' for none."""
        return self._error.text() if self._made("_error") else ""

    def add_below(self, widget: QWidget) -> None:
        """Something more that belongs to this field, under its sentence."""
        self._column.addWidget(widget)

    def go_to(self) -> None:
        """The focus on the field, and the field with its sentence on the screen."""
        masked = self.input.isHidden() and self._hidden is not None
        parts.go_to(self._eye if masked else self.input, self)

    def _on_edited(self) -> None:
        if self._state in _EMPTY:
            self._state = State.KNOWN
            self._show()
        self.set_error("")
        self.edited.emit(self.spec.name)

    def _check(self) -> None:
        """Said when the field is left, not while it is typed in."""
        try:
            sentence = fields.wrong(self.spec, self.cell())
        except RuleError as e:
            sentence = e.sentence
        if sentence:
            self.set_error(sentence)

    def known(self) -> None:
        """Whatever was noted of the state, a plain value stands here now."""
        self._state = State.KNOWN
        self._show()

    def _show(self) -> None:
        told = self._state in (State.NOT_APPLICABLE, State.REFUSED)
        self.input.setVisible(not told and self._hidden is None)
        text = STATE_LABELS[self._state]
        if self._hidden is not None:
            text = fields.hide(self.spec, str(self._hidden))
        if self._state is State.TO_VERIFY and self._hidden is None:
            self.input.setToolTip(STATE_LABELS[State.TO_VERIFY])
        if told or self._hidden is not None or self._made("_said"):
            self._said.setText(text)
            self._said.setVisible(told or self._hidden is not None)
        if self._hidden is not None or self._made("_eye"):
            self._eye.setVisible(self._hidden is not None)
        doubted = self._state is State.TO_VERIFY
        self._menu_button.setIcon(look.icon("circle-help", "due") if doubted else look.icon("chevron-down", "muted"))
        line = self.input.lineEdit() if isinstance(self.input, QComboBox) else self.input
        if isinstance(line, QLineEdit) and not self.spec.hint and self.spec.kind is not Kind.DATE:
            line.setPlaceholderText(STATE_LABELS[State.UNCOLLECTED] if self._state is State.UNCOLLECTED else "")

    def _ask(self) -> None:
        if self._reveal is not None:
            self._reveal(self.spec.name, self._revealed)

    def _revealed(self, value: str) -> None:
        self._hidden = None
        self.input.set_value(value)
        self._show()
        self.input.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt+0..4 before the input sees it: a line would type the digit."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._state_key(event):
            return True
        return super().eventFilter(watched, event)

    def _state_key(self, event: QKeyEvent) -> bool:
        if event.modifiers() != Qt.KeyboardModifier.AltModifier or not Qt.Key.Key_0 <= event.key() <= Qt.Key.Key_4:
            return False
        self.choose_state(_STATES[event.key() - Qt.Key.Key_0])
        if self.input.isHidden():
            self.focusNextChild()
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._state_key(event):
            return
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers()
            and not isinstance(self.input, QPlainTextEdit)
        ):
            self.focusNextChild()
            return
        super().keyPressEvent(event)
