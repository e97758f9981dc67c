"""The small pages beside the large one. They are drawn when they come into sight, so that 500 letters cost no more than five."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from desktop import look, operations
from desktop.pages.notices import drawing

_BATCH = 8  # drawn at a time: the first are seen while the others are still to come
_WIDTH, _HEIGHT = 88, 124


class SmallPages(QListWidget):
    def __init__(self) -> None:
        super().__init__()
        self._pdf, self._round = b"", 0
        self._asked: set[int] = set()
        self.setAccessibleName(self.tr("各页"))
        self.setIconSize(QSize(look.px(_WIDTH), look.px(_HEIGHT)))
        self.setFixedWidth(look.px(132))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(30)
        self._pause.timeout.connect(self._look)
        self.verticalScrollBar().valueChanged.connect(lambda _v: self._pause.start())

    def open(self, pdf: bytes, sizes: Sequence[tuple[float, float]], current: int) -> None:
        """sizes: of the pages in points."""
        self._pdf, self._asked = pdf, set()
        self._round += 1
        self.blockSignals(True)
        self.clear()
        for n in range(len(sizes)):
            item = QListWidgetItem(str(n + 1))
            item.setSizeHint(QSize(look.px(118), look.px(136)))
            self.addItem(item)
        self.setCurrentRow(current)
        self.blockSignals(False)
        self._pause.start()

    def _seen(self) -> list[int]:
        """The rows in sight and one more, without those that are drawn or being drawn."""
        view = self.viewport().rect()
        first, last = self.indexAt(view.topLeft()), self.indexAt(view.bottomLeft())
        start = max(first.row(), 0)
        end = last.row() if last.isValid() else self.count() - 1
        return [n for n in range(start, min(end + 2, self.count())) if n not in self._asked]

    def _look(self) -> None:
        wanted = self._seen()[:_BATCH] if self.isVisible() and self._pdf else []
        if not wanted:
            return
        self._asked.update(wanted)
        operations.run(
            self, drawing.draw, self._pdf, wanted, look.px(_WIDTH), self.devicePixelRatioF(),
            on_done=partial(self._drawn, self._round, wanted),
        )  # fmt: skip

    def _drawn(self, asked: int, pages: Sequence[int], images: list[QImage]) -> None:
        if asked != self._round:
            return
        for n, image in zip(pages, images, strict=True):
            icon = QIcon(QPixmap.fromImage(image))
            icon.addPixmap(QPixmap.fromImage(image), QIcon.Mode.Selected)  # Qt would tint it
            self.item(n).setIcon(icon)
        self._look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._pause.start()
