"""The rows of a roster that is not imported yet: what would become of each, with a tick to leave it out or take it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from desktop import look
from models.services.importing import Preview, Row
from resources import divisions

Index = QModelIndex | QPersistentModelIndex
_ORDER = {"refused": 0, "changed": 1, "new": 2, "same": 3}
_WIDTHS = (84, 84, 100, 150)  # at 100 %; the last column takes the rest


class PreviewModel(QAbstractTableModel):
    """ticked: the choice of rows changed. New and changed rows are ticked at first; a refused one whose only fault is the
    ID number's check digit may be ticked by whoever has seen the card."""

    ticked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._file: Path | None = None
        self._rows: list[Row] = []
        self._taken: set[int] = set()
        self._headings = (self.tr("行"), self.tr("结果"), self.tr("姓名"), self.tr("村"), self.tr("说明"))
        self.states = {
            "new": self.tr("新增"), "changed": self.tr("修改"), "same": self.tr("相同"), "refused": self.tr("不导入"),
        }  # fmt: skip

    def show_preview(self, found: Preview) -> None:
        """Refused rows come first: they want somebody's attention. What was unticked stays so when the same file is read anew."""
        self.beginResetModel()
        left = {r.row for r in self._rows if self._takes(r)} - self._taken if found.file == self._file else set()
        self._file = found.file
        self._rows = sorted(found.rows, key=lambda r: (_ORDER[r.state], r.row))
        self._taken = {r.row for r in self._rows if self._takes(r)} - left
        self.endResetModel()
        self.ticked.emit()

    def wanted(self) -> list[int]:
        """Numbers of the ticked rows that can be read as they are."""
        return [r.row for r in self._rows if self._takes(r) and r.row in self._taken]

    def confirmed(self) -> list[int]:
        """Numbers of the refused rows that were compared with the card."""
        return [r.row for r in self._rows if r.state == "refused" and r.row in self._taken]

    def tick(self, rows: list[int], on: bool) -> None:
        """rows: places in the table; those that cannot be chosen are passed over."""
        numbers = {self._rows[n].row for n in rows if self._may(self._rows[n])}
        self._taken = self._taken | numbers if on else self._taken - numbers
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, 0))
        self.ticked.emit()

    def tick_all(self, on: bool) -> None:
        """All new and changed rows. What was refused is only ever confirmed one by one."""
        self.tick([n for n, r in enumerate(self._rows) if self._takes(r)], on)

    def is_ticked(self, row: int) -> bool:
        return self._rows[row].row in self._taken

    @staticmethod
    def _takes(row: Row) -> bool:
        return row.state in ("new", "changed")

    def _may(self, row: Row) -> bool:
        return self._takes(row) or row.may_override

    # --- what the table asks --------------------------------------------------------------------------------------
    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._rows) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self._headings) if parent is None or not parent.isValid() else 0

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        tick = Qt.ItemFlag.ItemIsUserCheckable
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | tick if index.column() == 0 and self._may(self._rows[index.row()]) else plain

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.CheckStateRole and column == 0 and self._may(row):
            return Qt.CheckState.Checked if row.row in self._taken else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ForegroundRole and column == 1:
            colours = {"refused": look.tokens().danger, "changed": look.tokens().due, "new": look.tokens().done}
            return QColor(colours.get(row.state, look.tokens().muted))
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == 0 and row.may_override:
                return self.tr("核对身份证原件无误后打勾，按原件登记并作标记")
            return self._text(row, column) if column == 4 else None
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        self.tick([index.row()], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def _text(self, row: Row, column: int) -> str:
        if column == 3:
            place = divisions.get(row.village)
            return place.name if place else row.village
        if column == 4:
            said = [reason for _, reason in row.reasons]
            said += [f"{label}：{old} → {new}" for label, old, new in row.changes]
            return "；".join([*said, *row.warnings])
        return (str(row.row), self.states[row.state], row.name)[column]


class PreviewTable(QTableView):
    """Blank ticks or unticks all selected rows."""

    def __init__(self, model: PreviewModel) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setAccessibleName(self.tr("导入预览"))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(look.px(34))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        for n, width in enumerate(_WIDTHS):
            self.setColumnWidth(n, look.px(width))
        header.setSectionResizeMode(len(_WIDTHS), QHeaderView.ResizeMode.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        rows = [i.row() for i in self.selectionModel().selectedRows()]
        if event.key() == Qt.Key.Key_Space and rows:
            self._model.tick(rows, not all(self._model.is_ticked(n) for n in rows))
            return
        super().keyPressEvent(event)
