"""Find the request or person that a sheet belongs to: type a name, a number, a telephone; Enter takes the first."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from desktop import look, operations
from models.services import find
from models.services.desk import Desk

_ROLE = Qt.ItemDataRole.UserRole
_MOST = 6


class RecordFinder(QLineEdit):
    """list: what was found, to be put below the field. chosen: (kind, id)."""

    chosen = Signal(str, str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName(self.tr("归到谁名下"))
        self.setPlaceholderText(self.tr("归到谁名下：姓名、拼音、电话、证号尾号、诉求编号"))
        self.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("找到的诉求和人员"))
        self.list.itemActivated.connect(self._take)
        self.list.itemClicked.connect(self._take)
        self.list.setIconSize(QSize(look.px(16), look.px(16)))
        self.list.hide()
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(60)
        self._typed.timeout.connect(self._search)
        self.textChanged.connect(lambda _t: self._typed.start())
        self.returnPressed.connect(self._first)

    def begin(self) -> None:
        """Another sheet: nothing is typed for it yet."""
        self.clear()
        self.list.hide()

    def _search(self) -> None:
        text = self.text().strip()
        if not text:
            self.list.hide()
            return
        operations.run(self, find.find, self._desk, text, _MOST, on_done=lambda hits: self._show(text, hits))

    def _show(self, asked: str, hits: list[find.Hit]) -> None:
        if asked != self.text().strip():
            return  # an answer to what is not asked any more
        self.list.clear()
        for hit in hits:
            kind = self.tr("诉求") if hit.kind == "request" else self.tr("人员")
            item = QListWidgetItem(look.icon("inbox" if hit.kind == "request" else "user"), f"{hit.name}　{hit.village}　{kind}")
            item.setData(_ROLE, (hit.kind, hit.id))
            self.list.addItem(item)
        if not hits:
            self.list.addItem(self.tr("没有找到“{0}”").format(asked))
        rows = max(self.list.count(), 1)
        self.list.setFixedHeight(rows * max(self.list.sizeHintForRow(0), look.px(24)) + 4)
        self.list.show()

    def _take(self, item: QListWidgetItem) -> None:
        found = item.data(_ROLE)
        if found:
            self.chosen.emit(*found)

    def _first(self) -> None:
        if self.list.isVisible() and self.list.count():
            self._take(self.list.item(0))
