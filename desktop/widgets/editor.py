"""An editor drawn from FieldSpecs: one column of labels, one of inputs, groups with a heading.

An error stands under its field in one sentence; what is still missing is listed quietly at the foot. A long form is made
in slices once it is on the screen, and at once as soon as anybody asks for its rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from desktop import look, messages
from desktop.widgets.field_row import FieldRow, Reveal
from desktop.widgets.slices import Slices
from models.errors import FieldError, RuleError
from models.fields import FieldSpec, Kind, State
from models.records import Cell


class Editor(QWidget):
    """Fields of one record. edited: something changed by hand, and which field. columns: 1, or 2 on a wide page.

    in_slices: the rows are made a few at a time, from when the editor is first seen or prepare() is called.
    """

    edited = Signal(str)

    def __init__(
        self,
        specs: Sequence[FieldSpec],
        *,
        parent: QWidget | None = None,
        reveal: Reveal | None = None,
        columns: int = 1,
        in_slices: bool = False,
    ) -> None:
        super().__init__(parent)
        self._rows: dict[str, FieldRow] = {}
        self._touched: set[str] = set()
        self._specs, self._reveal, self._columns = specs, reveal, columns
        self._cells: Mapping[str, Cell] = {}  # for the rows that are still to be made
        self._read_only: Collection[str] = ()
        groups = list(dict.fromkeys(spec.group for spec in specs))
        self._left = sorted(specs, key=lambda spec: groups.index(spec.group))
        self._grid: QGridLayout | None = None
        self._place, self._group = 0, ""
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.setSpacing(8)
        self._foot = QLabel(self)
        self._foot.setProperty("role", "muted")
        self._foot.setWordWrap(True)
        self._foot.hide()
        self._outer.addWidget(self._foot)
        self._outer.addStretch(1)
        self._slices = Slices(self)
        self._begun = False
        if not in_slices:
            self._finish()

    # --- building -------------------------------------------------------------------------------------------------
    @property
    def rows(self) -> dict[str, FieldRow]:
        """Every row by its field's name; whatever is not yet made is made now."""
        self._finish()
        return self._rows

    def row(self, name: str) -> FieldRow:
        """One row; those after it may still be to make."""
        while name not in self._rows:
            self._build_row(self._left.pop(0))
        return self._rows[name]

    def prepare(self) -> None:
        """Begin with the rows although nobody sees them yet: somebody soon will."""
        if not self._begun:
            self._begun = True
            self._slices.begin(self._build(), at_once=False)

    def _finish(self) -> None:
        self.prepare()
        self._slices.finish()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.prepare()

    def _build(self) -> Iterator[None]:
        while self._left:
            self._build_row(self._left.pop(0))
            yield

    def _build_row(self, spec: FieldSpec) -> None:
        grid, columns = self._grid_of(spec), self._columns
        row = FieldRow(spec, self, self._reveal)
        if spec.name in self._cells:
            row.set_cell(self._cells[spec.name])
        if spec.name in self._read_only:
            row.set_read_only(True)
        row.edited.connect(self._on_edited)
        self._rows[spec.name] = row
        label = QLabel(spec.label + ("" if not spec.required else "\u00a0*"), self)
        label.setBuddy(row.input)
        label.setMinimumWidth(look.px(98))
        label.setWordWrap(True)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        label.setContentsMargins(0, look.px(6), 0, 0)
        wide = spec.kind is Kind.NOTE
        if wide and self._place % columns:
            self._place += columns - self._place % columns
        line, side = divmod(self._place, columns)
        grid.addWidget(label, line, side * 2)
        # At the top: beside a label of two lines it stays in line with the first, as every label is.
        grid.addWidget(row, line, side * 2 + 1, 1, 2 * columns - 1 if wide else 1, Qt.AlignmentFlag.AlignTop)
        self._place += columns if wide else 1

    def _grid_of(self, spec: FieldSpec) -> QGridLayout:
        """The grid of a field's group, under its heading; groups follow one another."""
        if self._grid is None or spec.group != self._group:
            end = self._outer.indexOf(self._foot)
            if spec.group:
                heading = QLabel(spec.group, self)
                heading.setProperty("role", "heading")
                self._outer.insertWidget(end, heading)
                end += 1
            self._grid, self._group, self._place = QGridLayout(), spec.group, 0
            self._grid.setHorizontalSpacing(12)
            self._grid.setVerticalSpacing(8)
            for side in range(self._columns):
                self._grid.setColumnStretch(side * 2 + 1, 1)
            self._outer.insertLayout(end, self._grid)
        return self._grid

    # --- showing and reading ----------------------------------------------------------------------------------------
    def _on_edited(self, name: str) -> None:
        self._touched.add(name)
        self._say_missing()
        self.edited.emit(name)

    def set_cells(self, cells: Mapping[str, Cell]) -> None:
        """Show a record (or a draft); nothing counts as touched after it."""
        self._cells = {spec.name: cells.get(spec.name, Cell()) for spec in self._left}
        for name, row in self._rows.items():
            row.set_cell(cells.get(name, Cell()))
        self._touched.clear()
        self._say_missing()

    def set_read_only(self, names: Collection[str]) -> None:
        """These fields, and no others, are shown and cannot be changed: they are another office's to fill."""
        self._read_only = names
        for name, row in self._rows.items():
            row.set_read_only(name in names)

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

    def _read(self, names: Collection[str]) -> dict[str, Cell]:
        found, wrong = {}, list[tuple[str, RuleError]]()
        for name, row in self.rows.items():  # in their order: the first that is wrong is the uppermost
            if name not in names:
                continue
            try:
                found[name] = row.cell()
            except RuleError as e:
                row.set_error(e.sentence)
                wrong.append((name, e))
        if wrong:
            first = wrong[0][1]
            raise RuleError(first.code, first.sentence, tuple(FieldError(name, e.sentence) for name, e in wrong))
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
        found = [(self.rows[e.field], e.reason) for e in error.fields if e.field in self.rows]
        for row, reason in found:
            row.set_error(reason.removeprefix(f"{row.spec.label}：").rstrip("。") + "。")
        if found:
            found[0][0].go_to()

    def refuse(self, error: Exception) -> None:
        """What was to be stored is refused: said under each field and in a sentence that names the first, which has the focus."""
        if not isinstance(error, RuleError):
            messages.tell_error(error)
            return
        self.show_errors(error)
        named = next((self.rows[e.field].spec.label for e in error.fields if e.field in self.rows), "")
        said = messages.sentence(error)
        messages.tell(said if named in said else f"{named}：{said}", kind="danger")

    def _say_missing(self) -> None:
        lacking = []
        for spec in self._specs:
            if spec.required:
                row = self._rows.get(spec.name)
                try:
                    cell = row.cell() if row is not None else self._cells.get(spec.name, Cell())
                except RuleError:
                    continue  # something stands there; what is wrong with it stands under it
                if cell.value is None:
                    lacking.append(spec.label)
        self._foot.setText(self.tr("还缺：{0}").format("、".join(lacking)) if lacking else "")
        self._foot.setVisible(bool(lacking))

    def focus_first(self) -> None:
        self.row(self._specs[0].name).input.setFocus()
