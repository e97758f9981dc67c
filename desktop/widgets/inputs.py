"""One input for each kind of field. Each has value() -> stored value or None, set_value(), and a signal edited.

value() raises RuleError with the sentence to stand under the field when what was typed cannot be read.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QMenu, QPlainTextEdit, QPushButton, QWidget

from desktop import look
from models.base import local_date
from models.errors import RuleError
from models.fields import FieldSpec, Kind
from models.types import dates, money
from resources import codes, divisions


class TextInput(QLineEdit):
    """One line. No maxLength: it counts UTF-16 units and would cut a rare name in half."""

    edited = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self.setPlaceholderText(spec.hint)
        self.textEdited.connect(lambda _text: self.edited.emit())

    def raw(self) -> str:
        """What stands there, read or not."""
        return self.text()

    def value(self) -> Any:
        return self.text().strip() or None

    def set_value(self, value: Any) -> None:
        self.setText("" if value is None else str(value))


class NumberInput(TextInput):
    def value(self) -> Any:
        typed = self.text().strip()
        if not typed:
            return None
        if self.spec.kind is Kind.MONEY:
            return money.parse(typed)
        try:
            return int(typed)
        except ValueError as e:
            raise RuleError("number.wrong", self.tr("{0}应为整数。").format(self.spec.label)) from e

    def set_value(self, value: Any) -> None:
        shown = money.show(value) if self.spec.kind is Kind.MONEY and isinstance(value, int) else value  # a draft may hold text
        self.setText("" if shown is None else str(shown))


class DateInput(TextInput):
    """Takes 3.5, 0305, 昨天, 1985年3月; shows what it understood when it is left."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.setPlaceholderText(self.tr("如 2026-11-24、3.5、昨天"))
        self.editingFinished.connect(self._tidy)

    def value(self) -> Any:
        typed = self.text().strip()
        return dates.parse(typed, local_date()) if typed else None

    def _tidy(self) -> None:
        try:
            self.setText(self.value() or "")
        except RuleError:
            return  # the editor says it under the field


class NoteInput(QPlainTextEdit):
    edited = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(spec.hint)
        self.setFixedHeight(look.px(76))
        self.textChanged.connect(self.edited.emit)

    def raw(self) -> str:
        """What stands there, read or not."""
        return self.toPlainText()

    def value(self) -> Any:
        return self.toPlainText().strip() or None

    def set_value(self, value: Any) -> None:
        self.blockSignals(True)
        self.setPlainText("" if value is None else str(value))
        self.blockSignals(False)


class _Picker(QCompleter):
    """Completes by label, initials or code, and writes the label."""

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole))


class ChoiceInput(QComboBox):
    """A list whose rows are (value, label, search words); typing filters by characters, pinyin initials or code."""

    edited = Signal()

    def __init__(self, rows: list[tuple[Any, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self._values: list[Any] = []
        model = self._rows = QStandardItemModel(self)
        self.set_rows(rows)
        self.setModel(model)
        picker = _Picker(model, self)
        picker.setCompletionRole(Qt.ItemDataRole.UserRole)
        picker.setFilterMode(Qt.MatchFlag.MatchContains)
        picker.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        picker.setMaxVisibleItems(12)
        self.setCompleter(picker)
        self.activated.connect(lambda _i: self.edited.emit())
        line = self.lineEdit()
        if line is not None:
            line.textEdited.connect(lambda _t: self.edited.emit())
            line.editingFinished.connect(self._tidy)
            line.returnPressed.connect(lambda: QTimer.singleShot(0, self, self._move_on))

    def _move_on(self) -> None:
        """After Enter, also one that took a row of the list that hung below: only the line itself is told of both."""
        if self.hasFocus():
            self.focusNextChild()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        picker = self.completer()
        hanging = picker is not None and picker.popup().isVisible()  # then it is the list's turn, to take a row and close
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and not hanging:
            event.accept()  # the line has said it: whoever holds this input must not move on a second time

    def set_rows(self, rows: list[tuple[Any, str, str]]) -> None:
        """Other rows than before: the townships of another county."""
        self._values = [None, *(r[0] for r in rows)]
        self._rows.clear()
        for _value, label, words in [(None, "", ""), *rows]:
            item = QStandardItem(label)
            item.setData(f"{label} {words}", Qt.ItemDataRole.UserRole)
            self._rows.appendRow(item)
        self.setCurrentIndex(0)

    def set_words(self, words: dict[Any, str]) -> None:
        """What rows are found by, when that is known only after they are: by value."""
        for row, value in enumerate(self._values):
            if value in words:
                self._rows.item(row).setData(f"{self.itemText(row)} {words[value]}", Qt.ItemDataRole.UserRole)

    def holds(self, value: Any) -> bool:
        """Whether it is one of the rows."""
        return value is not None and value in self._values

    def _tidy(self) -> None:
        """The one row that what was typed can mean: an initial or a code in full, else a part that only one row holds."""
        typed = self.currentText().strip().lower()
        if not typed or self.findText(self.currentText().strip(), Qt.MatchFlag.MatchExactly) >= 0:
            return
        words = [str(self.itemData(row)).lower() for row in range(self.count())]
        exact = [row for row, held in enumerate(words) if typed in held.split()]
        within = [row for row, held in enumerate(words) if typed in held]
        for found in (exact, within):
            if len(found) == 1:
                self.setCurrentIndex(found[0])
                self.edited.emit()
                return

    def wheelEvent(self, event: Any) -> None:
        """A wheel that scrolls the page must not change a value it passes over."""
        event.ignore()

    def raw(self) -> str:
        """What stands there, read or not."""
        return self.currentText()

    def value(self) -> Any:
        typed = self.currentText().strip()
        if not typed:
            return None
        row = self.findText(typed, Qt.MatchFlag.MatchExactly)
        if row >= 0:
            return self._values[row]
        raise RuleError("choice.unknown", self.tr("列表中没有“{0}”，请从列表中选择。").format(typed))

    def set_value(self, value: Any) -> None:
        self.setCurrentIndex(self._values.index(value) if value in self._values else 0)
        if value is not None and value not in self._values:
            self.setEditText(str(value))  # a newer code: shown as it is


class SetInput(QPushButton):
    """Several codes: a button that says them and opens a list of ticks."""

    edited = Signal()

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "field")
        self.setMinimumWidth(look.px(120))
        self._menu = QMenu(self)
        self._actions = {}
        for code in codes.table(spec.codes):
            action = self._menu.addAction(code.label)
            action.setCheckable(True)
            action.toggled.connect(self._changed)
            self._actions[code.code] = action
        # Opened by hand: a button that owns its menu pays no heed to the room that the style leaves around its words.
        self.clicked.connect(lambda: self._menu.popup(self.mapToGlobal(self.rect().bottomLeft())))
        self._say()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The mark of a choice, as large as on the boxes around it."""
        super().paintEvent(event)
        side = look.px(16)
        place = QRect(self.width() - side - look.px(5), (self.height() - side) // 2, side, side)
        look.icon("chevron-down", "muted").paint(QPainter(self), place)

    def _changed(self) -> None:
        self._say()
        self.edited.emit()

    def _say(self) -> None:
        chosen = [a.text() for a in self._actions.values() if a.isChecked()]
        self.setText("、".join(chosen) or self.tr("请选择"))

    def raw(self) -> str:
        """What stands there, read or not."""
        return self.text()

    def value(self) -> Any:
        return ",".join(sorted(code for code, action in self._actions.items() if action.isChecked())) or None

    def set_value(self, value: Any) -> None:
        chosen = set(str(value).split(",")) if value else set()
        for code, action in self._actions.items():
            action.blockSignals(True)
            action.setChecked(code in chosen)
            action.blockSignals(False)
        self._say()


class VillageInput(ChoiceInput):
    """The villages of an office's subtree (a township's own, a county's all)."""

    def __init__(self, office: str, parent: QWidget | None = None) -> None:
        rows = []
        towns = divisions.townships(office) if office[6:9] == "000" else [divisions.get(office[:9])]
        for town in towns:
            if town is None:
                continue
            prefix = "" if len(towns) == 1 else town.name
            rows += [
                (v.code, prefix + v.name, f"{v.initials} {v.code}")
                for v in divisions.villages(town.code)
                if office[9:12] in ("000", v.code[9:])
            ]
        super().__init__(rows, parent)


# What an editor may hold: each has value(), set_value() and the signal edited.
Input = TextInput | NoteInput | ChoiceInput | SetInput


def make_input(spec: FieldSpec, parent: QWidget | None = None) -> Input:
    """The input of a field's kind."""
    if spec.kind is Kind.CODE:
        rows = [(c.code, c.label, f"{c.initials} {c.code} {' '.join(c.aliases)}") for c in codes.table(spec.codes)]
        return ChoiceInput(rows, parent)
    if spec.kind is Kind.CODES:
        return SetInput(spec, parent)
    if spec.kind is Kind.BOOL:
        yes, no = QCoreApplication.translate("inputs", "是"), QCoreApplication.translate("inputs", "否")
        return ChoiceInput([(True, yes, "shi 1"), (False, no, "fou 0")], parent)
    if spec.kind is Kind.DATE:
        return DateInput(spec, parent)
    if spec.kind in (Kind.INT, Kind.MONEY):
        return NumberInput(spec, parent)
    if spec.kind is Kind.NOTE:
        return NoteInput(spec, parent)
    return TextInput(spec, parent)
