"""A short table that is as tall as its rows: what a row says and in what colour is its page's own, the rest is here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from desktop import look

Index = QModelIndex | QPersistentModelIndex
Words = Callable[[Any], Sequence[str]]
Colour = Callable[[Any, int], str]


class RowsModel(QAbstractTableModel):
    """words: a row's texts, one a column; colour: that of a row's column, as the theme names it; numbers: columns that stand
    to the right."""

    def __init__(self, headings: Sequence[str], words: Words, colour: Colour, numbers: Collection[int] = ()) -> None:
        super().__init__()
        self.rows: Sequence[Any] = ()
        self.words = words
        self._headings, self._colour, self._numbers = headings, colour, numbers

    def put(self, rows: Sequence[Any]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self._headings) if parent is None or not parent.isValid() else 0

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return self._side(section, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(row)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._colour(row, index.column()))
        return self._side(index.column(), role)

    def _side(self, column: int, role: int) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and column in self._numbers:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class RowsTable(QTableView):
    """widths: of the columns at 100 %, the last one takes the rest. most: rows it is tall, then it scrolls; 0: all of them, and
    what the last column says is read whole, on as many lines as it takes.

    chosen: the row that is the current one. opened: the row that somebody pressed Enter on or clicked twice.
    """

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(self, model: RowsModel, widths: Sequence[int], name: str, *, row: int, most: int = 0) -> None:
        super().__init__()
        self.rows, self._most = model, most
        self.setModel(model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(not most)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if not most:  # the page around it scrolls
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(look.px(row))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for n, width in enumerate(widths):
            self.setColumnWidth(n, look.px(width))
        self.selectionModel().currentRowChanged.connect(self._current)
        self.doubleClicked.connect(self._open)
        header.sectionResized.connect(lambda section, _old, _new: self._fit() if section == len(widths) else None)

    def put(self, rows: Sequence[Any]) -> None:
        self.rows.put(rows)
        self._fit()
        self.updateGeometry()

    def _fit(self) -> None:
        """Rows as tall as their last column's words."""
        if self._most:
            return
        last, usual, metrics = self.rows.columnCount() - 1, self.verticalHeader().defaultSectionSize(), self.fontMetrics()
        room = QRect(0, 0, max(self.columnWidth(last) - look.px(20), look.px(80)), 0)
        before = self.verticalHeader().length()
        for n, row in enumerate(self.rows.rows):
            words = self.rows.words(row)[last]
            tall = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, words).height() if words else 0
            self.setRowHeight(n, max(usual, tall + look.px(12)))
        if self.verticalHeader().length() != before:
            self.updateGeometry()

    def _current(self, now: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self.rows.rows[now.row()])

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.rows.rows[index.row()])

    def sizeHint(self) -> QSize:
        usual = self.verticalHeader().defaultSectionSize()
        tall = min(self.rows.rowCount(), self._most) * usual if self._most else self.verticalHeader().length()
        return QSize(super().sizeHint().width(), self.horizontalHeader().sizeHint().height() + tall + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(look.px(400), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)
