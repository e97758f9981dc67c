"""The records of this device, each with what the county has of it: those that want somebody first, then the newest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from desktop import look
from desktop.pages.requests.case import SYNC_WORDS
from models.base import CHINA, hlc_moment
from models.services import specs
from models.services.syncing import Line

Index = QModelIndex | QPersistentModelIndex
_WIDTHS = (112, 128, 320, 112)  # at 100 %; the last column takes the rest
_ROW = 34


class LinesModel(QAbstractTableModel):
    def __init__(self) -> None:
        super().__init__()
        self._lines: Sequence[Line] = ()
        self._advice = {
            "held": self.tr("县级程序较旧，先存着；县级升级后自动收下，不用处理"),
            "conflict": self.tr("同一栏两处填得不一样，请在上面选择"),
        }
        self._headings = (self.tr("县级"), self.tr("种类"), self.tr("记录"), self.tr("改动时间"), self.tr("说明"))

    def put(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def line(self, row: int) -> Line:
        return self._lines[row]

    def rowCount(self, parent: Index | None = None) -> int:
        return len(self._lines) if parent is None or not parent.isValid() else 0

    def columnCount(self, parent: Index | None = None) -> int:
        return len(self._headings) if parent is None or not parent.isValid() else 0

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self._lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(line, index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(line, index.column())
        return None

    def _words(self, line: Line, column: int) -> str:
        if column == 0:
            return QCoreApplication.translate("sync", str(SYNC_WORDS.get(line.state, line.state)))
        if column == 3:
            return hlc_moment(line.at).astimezone(CHINA).strftime("%m-%d %H:%M")
        reasons = "；".join(reason for _, reason in line.errors) or self._advice.get(line.state, "")
        return (specs.label(line.entity), line.title or line.record_id, "", reasons)[column - 1]

    def _colour(self, line: Line, column: int) -> QColor | None:
        tokens = look.tokens()
        tones = {"received": tokens.done, "merged": tokens.done, "pending": tokens.due, "held": tokens.due}
        if column == 0:
            return QColor(tones.get(line.state, tokens.danger))
        if column == 2 and line.opens[0]:
            return QColor(tokens.accent)
        return QColor(tokens.danger if column == 4 and line.state != "held" else tokens.muted if column != 2 else tokens.text)


class LinesTable(QTableView):
    """As tall as its rows: the page around it scrolls. opened: the line whose record somebody wants to see."""

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._model = LinesModel()
        self.setModel(self._model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(self.tr("各条记录县级有没有收到"))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(look.px(_ROW))
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        for n, width in enumerate(_WIDTHS):
            self.setColumnWidth(n, look.px(width))
        self.clicked.connect(self._clicked)

    def put(self, lines: Sequence[Line]) -> None:
        self._model.put(lines)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        rows = self._model.rowCount() * self.verticalHeader().defaultSectionSize()
        return QSize(super().sizeHint().width(), self.horizontalHeader().sizeHint().height() + rows + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(look.px(400), self.sizeHint().height())

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == 2:
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        line = self._model.line(index.row())
        if line.opens[0] or line.state == "conflict":
            self.opened.emit(line)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)
