"""The two tables of a comparison: groups (a kind of record in a village, counts at both ends), and the records of one that are not alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from desktop import look
from models.services import differing, specs
from models.services.differing import KINDS, WAITING, Group, Line

Index = QModelIndex | QPersistentModelIndex
_ROW = 30
_MOST_ROWS = 7  # a longer table scrolls by itself
_GROUP_WIDTHS = (128, 176, 96, 96, 96)  # at 100 %; the last column takes the rest
_LINE_WIDTHS = (96, 128, 320)


class _Model(QAbstractTableModel):
    """Rows of one kind; what each says and how it is coloured, the subclasses say."""

    headings: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self.rows: Sequence[Any] = ()

    def put(self, rows: Sequence[Any]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self.rows) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self.headings) if parent is None or not parent.isValid() else 0

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.headings[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self.words(self.rows[index.row()])[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self.colour(self.rows[index.row()], index.column()))
        return None

    def words(self, row: Any) -> tuple[str, ...]:
        raise NotImplementedError

    def colour(self, row: Any, column: int) -> str:
        raise NotImplementedError


class GroupsModel(_Model):
    def __init__(self) -> None:
        super().__init__()
        self.headings = (
            self.tr("种类"), self.tr("村"), self.tr("本机"), self.tr("县级"), self.tr("校验值"), self.tr("核对结果"),
        )  # fmt: skip

    def words(self, row: Group) -> tuple[str, ...]:
        there = str(row.county) if row.county >= 0 else self.tr("不详")
        alike = self.tr("相同") if row.same else self.tr("不同")
        return specs.label(row.entity), row.village, str(row.here), there, alike, differing.state(row)

    def colour(self, row: Group, column: int) -> str:
        tokens = look.tokens()
        if column < 5:
            return tokens.text
        return tokens.danger if row.faults else tokens.due if row.waiting else tokens.done if row.same else tokens.muted


class LinesModel(_Model):
    def __init__(self) -> None:
        super().__init__()
        self.headings = (self.tr("情况"), self.tr("种类"), self.tr("记录"), self.tr("哪里不同"))

    def words(self, row: Line) -> tuple[str, ...]:
        state = self.tr("等待") if row.why else self.tr("不一致")
        title = row.title or self.tr("本机没有它的名称（编号末位 {0}）").format(row.record_id[-8:])
        return state, specs.label(row.entity), title, WAITING[row.why] if row.why else KINDS[row.kind]

    def colour(self, row: Line, column: int) -> str:
        tokens = look.tokens()
        if column == 0:
            return tokens.due if row.why else tokens.danger
        return tokens.accent if column == 2 and row.opens[0] else tokens.text


class _Table(QTableView):
    """As tall as its rows, up to _MOST_ROWS of them. opened: the row that somebody pressed Enter on, or clicked twice."""

    opened = Signal(object)
    chosen = Signal(object)

    def __init__(self, model: _Model, widths: Sequence[int]) -> None:
        super().__init__()
        self.rows = model
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(look.px(_ROW))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for n, width in enumerate(widths):
            self.setColumnWidth(n, look.px(width))
        self.selectionModel().currentRowChanged.connect(self._current)
        self.doubleClicked.connect(lambda index: self.opened.emit(self.rows.rows[index.row()]))

    def put(self, rows: Sequence[Any]) -> None:
        self.rows.put(rows)
        self.setVisible(bool(rows))
        self.updateGeometry()

    def _current(self, now: QModelIndex) -> None:
        if now.isValid():
            self.chosen.emit(self.rows.rows[now.row()])

    def sizeHint(self) -> QSize:
        rows = min(self.rows.rowCount(), _MOST_ROWS) * self.verticalHeader().defaultSectionSize()
        return QSize(super().sizeHint().width(), self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(look.px(400), self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.rows.rows[self.currentIndex().row()])
            return
        super().keyPressEvent(event)


class GroupsTable(_Table):
    """chosen: the group whose records are to be listed."""

    def __init__(self) -> None:
        super().__init__(GroupsModel(), _GROUP_WIDTHS)
        self.setAccessibleName(self.tr("每个种类、每个村在本机和县级的记录数"))


class LinesTable(_Table):
    def __init__(self) -> None:
        super().__init__(LinesModel(), _LINE_WIDTHS)
        self.setAccessibleName(self.tr("不一样的记录，按 Enter 打开"))
