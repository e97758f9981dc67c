"""One field for everything (Ctrl+K): people, requests and commands; arrows move, Enter opens, Esc goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from desktop import look, operations
from models.services import find
from models.types import pinyin

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_ROLE = Qt.ItemDataRole.UserRole


def _fitting(commands: dict[QAction, str], asked: str) -> list[QAction]:
    """In a worker, which alone needs the pinyin dictionary: the commands found by characters, pinyin or initials."""
    return [a for a, words in commands.items() if asked.lower() in " ".join((words, *pinyin.place(words))).lower()]


class SearchField(QLineEdit):
    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._window = window
        self.setAccessibleName(self.tr("搜索人员、诉求和命令"))
        self.setPlaceholderText(self.tr("搜索姓名、拼音、电话、证号尾号、村或命令  Ctrl+K"))
        self.setMinimumWidth(look.px(420))
        self.addAction(look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.setClearButtonEnabled(True)
        self._list = QListWidget(window)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setProperty("role", "popup")
        self._list.setIconSize(QSize(look.px(16), look.px(16)))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName(self.tr("搜索结果"))
        self._list.hide()
        self._list.itemClicked.connect(self._open)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(40)
        self._typed.timeout.connect(self._search)
        self.textChanged.connect(lambda _t: self._typed.start())
        self.installEventFilter(self)

    def begin(self) -> None:
        self.setFocus()
        self.selectAll()

    def _search(self) -> None:
        text = self.text().strip()
        if not text:
            self._list.hide()
            return
        desk, commands = self._window.desk, {a: f"{a.text()} {a.property('words')}" for a in self._window.actions()}
        operations.run(
            self, lambda: (find.find(desk, text, 12), _fitting(commands, text)), on_done=lambda found: self._show(text, *found)
        )

    def _show(self, asked: str, hits: list[find.Hit], commands: list[QAction]) -> None:
        if asked != self.text().strip():
            return  # an answer to what is not asked any more
        self._list.clear()
        for hit in hits:
            words = "  ".join(
                x
                for x in (
                    hit.village,
                    self.tr("证尾 {0}").format(hit.id_tail) if hit.id_tail else "",
                    self.tr("机尾 {0}").format(hit.phone_tail) if hit.phone_tail else "",
                )
                if x
            )
            self._item(f"{hit.name}    {words}", "user" if hit.kind == "person" else "inbox", (hit.kind, hit.id))
        for action in commands:
            self._item(f"{action.text()}    {action.shortcut().toString()}", "chevron-right", ("command", action))
        if not self._list.count():
            self._item(self.tr("没有找到“{0}”").format(asked), "info", None)
        self._list.setCurrentRow(0)
        place = self.mapTo(self._window, QPoint(0, self.height() + 2))
        rows = min(self._list.count(), 14)
        wide = min(max(self.width(), self._list.sizeHintForColumn(0) + look.px(16)), self._window.width() - place.x() - 16)
        self._list.setGeometry(place.x(), place.y(), wide, rows * self._list.sizeHintForRow(0) + 2)
        self._list.show()
        self._list.raise_()

    def _item(self, text: str, icon: str, data: Any) -> None:
        item = QListWidgetItem(look.icon(icon, "muted"), text)
        item.setData(_ROLE, data)
        self._list.addItem(item)

    def _open(self, item: QListWidgetItem | None) -> None:
        data = item.data(_ROLE) if item is not None else None
        if data is None:
            return
        self._list.hide()
        self.clear()
        kind, what = data
        if kind == "command":
            what.trigger()
        else:
            self._window.open(kind, what)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self._list.isVisible():
            key, row = event.key(), self._list.currentRow()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if key == Qt.Key.Key_Down else -1
                self._list.setCurrentRow(max(0, min(self._list.count() - 1, row + step)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._open(self._list.currentItem())
                return True
            if key == Qt.Key.Key_Escape:
                self._list.hide()
                return True
        if event.type() == QEvent.Type.FocusOut:
            QTimer.singleShot(150, self._list.hide)
        return super().eventFilter(watched, event)
