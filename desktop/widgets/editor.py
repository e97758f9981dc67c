# long: one field row and the grid of them are read together.
"""An editor drawn from FieldSpecs: one column of labels, one of inputs, groups with a heading.

Every field has its state one key away (Alt+0 known, Alt+1 未采集, Alt+2 不适用, Alt+3 拒绝提供, Alt+4 待核实). An error stands
under its field in one sentence; what is still missing is listed quietly at the foot. Masked values show when asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop import look
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

    def __init__(self, spec: FieldSpec, reveal: Reveal | None = None) -> None:
        super().__init__()
        self.spec, self._reveal = spec, reveal
        self._state = State.KNOWN
        self._hidden: Any = None  # a masked value that has not been asked for
        self.input = make_input(spec)
        self.input.setAccessibleName(spec.label)
        self.input.edited.connect(self._on_edited)
        line = self.input.lineEdit() if isinstance(self.input, QComboBox) else self.input
        if isinstance(line, QLineEdit):
            line.editingFinished.connect(self._check)
        if isinstance(line, QWidget):
            line.installEventFilter(self)
        self._said = QLabel()
        self._said.setProperty("role", "state")
        self._said.hide()
        self._eye = QToolButton()
        self._eye.setIcon(look.icon("eye", look.tokens().muted))
        self._eye.setAccessibleName(self.tr("显示{0}").format(spec.label))
        self._eye.setToolTip(self.tr("显示完整内容（会记录）"))
        self._eye.setAutoRaise(True)
        self._eye.clicked.connect(self._ask)
        self._eye.hide()
        self._menu_button = QToolButton()
        self._menu_button.setAutoRaise(True)
        self._menu_button.setIcon(look.icon("chevron-down", look.tokens().muted))
        self._menu_button.setAccessibleName(self.tr("{0}的状态").format(spec.label))
        self._menu_button.setToolTip(self.tr("未采集 Alt+1，不适用 Alt+2，拒绝提供 Alt+3，待核实 Alt+4"))
        self._menu_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        menu = QMenu(self._menu_button)
        for n, state in enumerate(_STATES):
            action = QAction(f"{STATE_LABELS[state]}\tAlt+{n}", menu)
            action.triggered.connect(lambda _c=False, s=state: self.choose_state(s))
            menu.addAction(action)
        # Opened by hand: a button that owns a menu draws a second arrow beside its icon.
        self._menu_button.clicked.connect(
            lambda: menu.popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))
        )
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(4)
        for widget, stretch in ((self.input, 1), (self._said, 1), (self._eye, 0), (self._menu_button, 0)):
            across.addWidget(widget, stretch)
        if spec.unit:
            across.insertWidget(1, QLabel(spec.unit))
        self._error = QLabel()
        self._error.setProperty("role", "danger")
        self._error.setWordWrap(True)
        self._error.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(across)
        column.addWidget(self._error)

    def set_cell(self, cell: Cell) -> None:
        self._state, self._hidden = cell.state, None
        self.set_error("")
        masked = self._reveal is not None and self.spec.secrecy is Secrecy.MASKED and cell.value
        if masked:
            self._hidden = cell.value
        self.input.set_value(None if masked else cell.value)
        self._show()

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
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def _on_edited(self) -> None:
        if self._state in _EMPTY:
            self._state = State.KNOWN
            self._show()
        self.set_error("")
        self.edited.emit(self.spec.name)

    def _check(self) -> None:
        """Said when the field is left, not while it is typed in."""
        try:
            self.cell()
        except RuleError as e:
            self.set_error(e.sentence)

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
        self._said.setText(text)
        self._said.setVisible(told or self._hidden is not None)
        self._eye.setVisible(self._hidden is not None)
        marks = {State.TO_VERIFY: look.tokens().due}
        self._menu_button.setIcon(
            look.icon("circle-help" if self._state in marks else "chevron-down", marks.get(self._state, look.tokens().muted))
        )
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


class Editor(QWidget):
    """Fields of one record. edited: something changed by hand. columns: 1, or 2 on a wide page."""

    edited = Signal()

    def __init__(self, specs: Sequence[FieldSpec], *, reveal: Reveal | None = None, columns: int = 1) -> None:
        super().__init__()
        self.rows: dict[str, FieldRow] = {}
        self._touched: set[str] = set()
        self._specs = specs
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        groups: dict[str, list[FieldSpec]] = {}
        for spec in specs:
            groups.setdefault(spec.group, []).append(spec)
        for name, members in groups.items():
            if name:
                heading = QLabel(name)
                heading.setProperty("role", "heading")
                outer.addWidget(heading)
            outer.addLayout(self._group(members, reveal, columns))
        self._foot = QLabel()
        self._foot.setProperty("role", "muted")
        self._foot.setWordWrap(True)
        outer.addWidget(self._foot)
        outer.addStretch(1)

    def _group(self, members: Sequence[FieldSpec], reveal: Reveal | None, columns: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        place = 0
        for spec in members:
            row = FieldRow(spec, reveal)
            row.edited.connect(self._on_edited)
            self.rows[spec.name] = row
            label = QLabel(spec.label + ("" if not spec.required else " *"))
            label.setBuddy(row.input)
            label.setMinimumWidth(look.px(84))
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            label.setContentsMargins(0, look.px(6), 0, 0)
            if spec.kind is Kind.NOTE and place % columns:
                place += columns - place % columns
            line, side = divmod(place, columns)
            span = 2 * columns - 1 if spec.kind is Kind.NOTE else 1
            grid.addWidget(label, line, side * 2)
            grid.addWidget(row, line, side * 2 + 1, 1, span)
            place += columns if spec.kind is Kind.NOTE else 1
        for side in range(columns):
            grid.setColumnStretch(side * 2 + 1, 1)
        return grid

    def _on_edited(self, name: str) -> None:
        self._touched.add(name)
        self._say_missing()
        self.edited.emit()

    def set_cells(self, cells: Mapping[str, Cell]) -> None:
        """Show a record (or a draft); nothing counts as touched after it."""
        for name, row in self.rows.items():
            row.set_cell(cells.get(name, Cell()))
        self._touched.clear()
        self._say_missing()

    def lay_over(self, cells: Mapping[str, Cell]) -> None:
        """Put a draft's cells over what is shown; they count as touched."""
        for name, cell in cells.items():
            if name in self.rows:
                row = self.rows[name]
                row.set_cell(cell)
                self._touched.add(name)
                try:
                    row.cell()
                except RuleError:
                    row.known()  # a draft keeps what could not be read as 待核实; mended, it is a plain value
        self._say_missing()

    def touched(self) -> dict[str, Cell]:
        """What the user changed. Raises RuleError with the field's error shown when something cannot be read."""
        return self._read(self._touched)

    def typed(self) -> dict[str, Cell]:
        """What the user changed and can be read: for a draft; what cannot be read yet is kept as 待核实 text."""
        found = {}
        for name in self._touched:
            row = self.rows[name]
            try:
                found[name] = row.cell()
            except RuleError:
                raw = row.input.raw()
                found[name] = Cell(State.TO_VERIFY, raw)
        return found

    def all(self) -> dict[str, Cell]:
        return self._read(self.rows)

    def _read(self, names: Any) -> dict[str, Cell]:
        found, first = {}, None
        for name in names:
            try:
                found[name] = self.rows[name].cell()
            except RuleError as e:
                self.rows[name].set_error(e.sentence)
                first = first or e
        if first is not None:
            raise first
        return found

    @property
    def is_touched(self) -> bool:
        return bool(self._touched)

    def touch(self, names: Iterable[str]) -> None:
        """Count these as changed and not yet stored."""
        self._touched.update(n for n in names if n in self.rows)

    def untouch(self) -> None:
        self._touched.clear()

    def show_errors(self, error: RuleError) -> None:
        """Put each field's sentence under it and go to the first."""
        first = True
        for e in error.fields:
            if e.field in self.rows:
                self.rows[e.field].set_error(e.reason.rstrip("。") + "。")
                if first:
                    self.rows[e.field].input.setFocus()
                    first = False

    def _say_missing(self) -> None:
        lacking = []
        for spec in self._specs:
            if spec.required:
                try:
                    empty = self.rows[spec.name].cell().value is None
                except RuleError:
                    empty = False
                if empty:
                    lacking.append(spec.label)
        self._foot.setText(self.tr("还缺：{0}").format("、".join(lacking)) if lacking else "")
        self._foot.setVisible(bool(lacking))

    def focus_first(self) -> None:
        if self.rows:
            next(iter(self.rows.values())).input.setFocus()
