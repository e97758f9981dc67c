"""What an ID number tells, under its field: what is wrong with it, what is strange, and what it fills.

Sex and birth date come from a number that is right, and go again when it is changed: nothing stands there that was read
from a wrong one.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from desktop.widgets import parts
from desktop.widgets.editor import Editor
from models.errors import RuleError
from models.fields import State
from models.records import Cell
from models.services import people, specs

_WHOLE = 18  # characters: a shorter one is still being typed, or is one of the old 15 digits and complete when it is left


class Identity(QWidget):
    """editor: holds id_number, sex and born_on. ticked: the clerk says that the card reads like this, or no longer says so."""

    ticked = Signal()

    def __init__(self, editor: Editor) -> None:
        self._editor, self._row = editor, editor.row("id_number")
        super().__init__(self._row)
        self._told: dict[str, Cell] = {}  # what stands in the other fields because the number says so
        self.hide()  # while there is nothing to say
        self.note = parts.label("", "due", wrap=True)
        self.note.hide()
        self.confirm = QCheckBox(self.tr("已核对身份证原件，按原件登记"), self)
        self.confirm.hide()
        self.confirm.toggled.connect(lambda _on: self.ticked.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.note)
        column.addWidget(self.confirm)
        self._row.add_below(self)
        line = self._row.input
        if isinstance(line, QLineEdit):
            line.editingFinished.connect(lambda: self.look(left=True))

    def begin(self) -> None:
        """Another record is shown, or a draft of it: what its number tells may stand in its fields already."""
        self.hide()
        self.note.hide()
        self.confirm.hide()
        self.confirm.blockSignals(True)
        self.confirm.setChecked(False)
        self.confirm.blockSignals(False)
        cells, _ = self._read(str(self._row.cell().value or ""))
        self._told = {name: cell for name, cell in cells.items() if self._now(name) == cell}

    def look(self, *, left: bool = False) -> None:
        """The number was typed in, or left: then it counts as whole, however long it is."""
        typed = str(self._row.input.value() or "")
        self.note.hide()
        self.confirm.hide()
        cells, notes, wrong = dict[str, Cell](), list[str](), ""
        if typed and (left or len(typed) >= _WHOLE):
            try:
                cells, warnings = people.told_by_id(typed)
                notes = [*warnings]
            except RuleError as e:
                wrong = e.code
                if self._row.cell().state is State.KNOWN:
                    self._row.set_error(e.sentence)
        self.confirm.setVisible(wrong == "idnumber.checksum")
        if typed or self._row.cell().value is None:  # a masked number that nobody has asked for still tells what it told
            self._fill(cells)
        notes += self._differing(cells)
        self.note.setText("\n".join(notes))
        self.note.setVisible(bool(notes))
        self.setVisible(bool(notes) or not self.confirm.isHidden())

    @staticmethod
    def _read(number: str) -> tuple[dict[str, Cell], tuple[str, ...]]:
        try:
            return people.told_by_id(number)
        except RuleError:
            return {}, ()

    def _now(self, name: str) -> Cell | None:
        """What stands in a field; None for what cannot be read."""
        try:
            return self._editor.rows[name].cell()
        except RuleError:
            return None

    def _fill(self, cells: dict[str, Cell]) -> None:
        for name, told in list(self._told.items()):
            if cells.get(name) != told:
                del self._told[name]
                if self._now(name) == told:
                    self._editor.lay_over({name: Cell()})
        for name, cell in cells.items():
            if self._now(name) == Cell():
                self._editor.lay_over({name: cell})
                self._told[name] = cell

    def _differing(self, cells: dict[str, Cell]) -> list[str]:
        """Where what was typed by hand says something else than the number does. A year alone agrees with a day in it."""
        found = []
        for name, cell in cells.items():
            now, spec = self._now(name), self._editor.rows[name].spec
            if now is not None and now.value is not None and not str(cell.value).startswith(str(now.value)):
                shown = specs.plain(spec, cell.value)
                found.append(self.tr("{0}与身份证号不一致，号码里是 {1}，请核对。").format(spec.label, shown))
        return found
