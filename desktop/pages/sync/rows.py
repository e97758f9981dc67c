"""A short table that is as tall as its rows: what a row says and in what colour is its page's own, the rest is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from desktop import look

Index = QModelIndex | QPersistentModelIndex
Words = Callable[[Any], Sequence[str]]
Colour = Callable[[Any, int], str]


class RowsModel(QAbstractTableModel):
    """words: a row's texts, one a column; colour: that of a row's column, as the theme names it."""

    def __init__(self, headings: Sequence[str], words: Words, colour: Colour) -> None:
        super().__init__()
        self.rows: Sequence[Any] = ()
        self.words = words
        self._headings, self._colour = headings, colour

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
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self.rows[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(row)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._colour(row, index.column()))
        return None


class RowsTable(QTableView):
    """widths: of the columns at 100 %, the last one takes the rest. most: rows it is tall, then it scrolls; 0: all of them.

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
        self.setWordWrap(False)
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

    def put(self, rows: Sequence[Any]) -> None:
        self.rows.put(rows)
        self.updateGeometry()

    def _current(self, now: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self.rows.rows[now.row()])

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.rows.rows[index.row()])

    def sizeHint(self) -> QSize:
        count = min(self.rows.rowCount(), self._most) if self._most else self.rows.rowCount()
        tall = count * self.verticalHeader().defaultSectionSize()
        return QSize(super().sizeHint().width(), self.horizontalHeader().sizeHint().height() + tall + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(look.px(400), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)
