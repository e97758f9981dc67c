"""A paged table: a model of ids with a cache of blocks of records, so that 300,000 rows scroll like 30.

Sorting and filtering are the service's (SQL): the table is only given ids. Copy puts a table on the clipboard for WPS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QKeySequence, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QToolButton

from desktop import look, memory, operations
from desktop.widgets import parts
from models.records import Record

BLOCK = 256
Column = tuple[str, str, Callable[[Record], str], int]  # key, heading, words, width
Load = Callable[[Sequence[str]], dict[str, Record]]
Index = QModelIndex | QPersistentModelIndex


class PagedModel(QAbstractTableModel):
    """load: a service call that gives records by id; run in a worker, a block at a time."""

    def __init__(self, columns: Sequence[Column], load: Load) -> None:
        super().__init__()
        self.columns, self.load = list(columns), load
        self.ids: list[str] = []
        self._records: dict[str, Record] = {}
        self._asked: set[int] = set()
        self._round = 0
        self.tone: Callable[[Record, str], str] = lambda _record, _key: ""

    def set_ids(self, ids: list[str]) -> None:
        self.beginResetModel()
        self.ids, self._asked = ids, set()
        self._records = {}
        self._round += 1
        self.endResetModel()

    def refresh(self, ids: Sequence[str]) -> None:
        """Some records changed ('': nobody knows which): read their blocks again when they are next painted."""
        changed = set(ids)
        if "" in changed:
            self._asked.clear()
            changed.clear()
        for n, record_id in enumerate(self.ids if changed else ()):
            if record_id in changed:
                self._asked.discard(n // BLOCK)
        if self.ids:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.ids) - 1, len(self.columns) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.ids) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self.columns) if parent is None or not parent.isValid() else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ForegroundRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        record = self._record(index.row())
        key, _heading, words, _width = self.columns[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            colour = self.tone(record, key) if record else ""
            return QColor(colour) if colour else None
        return words(record) if record else "…"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.columns[section][1]
        return None

    def _record(self, row: int) -> Record | None:
        block = row // BLOCK
        if block not in self._asked:
            self._asked.add(block)
            ids, asked_in = self.ids[block * BLOCK : (block + 1) * BLOCK], self._round
            operations.run(self, self.load, ids, on_done=lambda found: self._arrived(block, found, asked_in))
        return self._records.get(self.ids[row])

    def _arrived(self, block: int, found: dict[str, Record], asked_in: int) -> None:
        if asked_in != self._round:
            return
        self._records.update(found)
        last = min((block + 1) * BLOCK, len(self.ids)) - 1
        if last >= 0:
            self.dataChanged.emit(self.index(block * BLOCK, 0), self.index(last, len(self.columns) - 1))

    def record(self, row: int) -> Record | None:
        return self._records.get(self.ids[row]) if 0 <= row < len(self.ids) else None


class PagedTable(QTableView):
    """name: under which column widths are remembered. chosen: the current row's id; sorted_by: a heading was clicked."""

    chosen = Signal(str)
    sorted_by = Signal(str, bool)

    def __init__(self, name: str, model: PagedModel) -> None:
        super().__init__()
        self._name, self._paged = name, model
        self.nothing = ""  # what an empty list says: why it is empty, and what to do
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(look.px(34))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._on_sort)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for n, column in enumerate(model.columns):
            self.setColumnWidth(n, look.px(column[3]))
        state = memory.settings().value(f"table/{name}/{look.px(100)}")
        if state is not None:
            header.restoreState(state)
        copy = QAction(self.tr("复制"), self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.addAction(copy)
        self.selectionModel().currentRowChanged.connect(self._on_current)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.nothing and not self._paged.ids:
            parts.say_empty(self, self.nothing)

    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(self._paged.ids[current.row()])

    def _on_sort(self, section: int, order: Qt.SortOrder) -> None:
        if section >= 0:
            self.sorted_by.emit(self._paged.columns[section][0], order == Qt.SortOrder.DescendingOrder)

    def column_button(self) -> QToolButton:
        """Shows and hides columns: what a right click on the headings does, where it can be seen."""
        button = QToolButton()
        button.setIcon(look.icon("columns-3"))
        button.setToolTip(self.tr("选择要显示的列"))
        button.setAccessibleName(self.tr("选择要显示的列"))
        button.clicked.connect(lambda: self._show_columns(button.mapToGlobal(button.rect().bottomLeft())))
        return button

    def _choose_columns(self, place: QPoint) -> None:
        self._show_columns(self.horizontalHeader().mapToGlobal(place))

    def _show_columns(self, place: QPoint) -> None:
        menu = QMenu(self)
        for n, column in enumerate(self._paged.columns):
            action = menu.addAction(column[1])
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(n))
            action.setEnabled(n > 0)  # the first stays: with no column there would be no heading to bring one back
            action.toggled.connect(lambda shown, n=n: self._show_column(n, shown))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _show_column(self, column: int, shown: bool) -> None:
        self.setColumnHidden(column, not shown)
        self.remember()

    def remember(self) -> None:
        memory.settings().setValue(f"table/{self._name}/{look.px(100)}", self.horizontalHeader().saveState())

    def _spans(self) -> list[tuple[int, int]]:
        """(first, last) of each run of selected rows: all 300,000 are one, where Qt would make an index of each."""
        runs = self.selectionModel().selection()
        return sorted({(runs.at(n).top(), runs.at(n).bottom()) for n in range(runs.count())})

    def selected(self) -> list[str]:
        return [record_id for first, last in self._spans() for record_id in self._paged.ids[first : last + 1]]

    def count(self) -> int:
        """How many rows are selected."""
        return sum(last - first + 1 for first, last in self._spans())

    def select(self, record_id: str) -> None:
        """Make a record the current row, when it is in the list and not among the selected already."""
        current = self.currentIndex().row()
        here = self._paged.ids[current] if 0 <= current < len(self._paged.ids) else ""
        if record_id != here and record_id in self._paged.ids:
            # Not selectRow: it adds to the selection while somebody holds Ctrl or Shift, as after Ctrl+S.
            alone = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.selectionModel().setCurrentIndex(self._paged.index(self._paged.ids.index(record_id), 0), alone)

    def let_go(self) -> None:
        """Nothing is selected: what is shown beside the list is new, and a click on any row, the last one too, opens it."""
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def copy(self) -> None:
        """The selected rows with the headings, as a table WPS takes; rows that were never on screen are read first."""
        ids = self.selected()
        operations.run(self, self._paged.load, ids, on_done=lambda found: self._copied(ids, found))

    def _copied(self, ids: Sequence[str], found: dict[str, Record]) -> None:
        shown = [n for n in range(len(self._paged.columns)) if not self.isColumnHidden(n)]
        lines = ["\t".join(self._paged.columns[n][1] for n in shown)]
        lines += ["\t".join(self._paged.columns[n][2](found[i]).replace("\n", " ") for n in shown) for i in ids if i in found]
        QGuiApplication.clipboard().setText("\n".join(lines))
