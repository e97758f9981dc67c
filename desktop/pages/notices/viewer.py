"""The very pages that will be printed: small ones at the side, one large, and words found and marked on them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QScrollArea, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages.notices import drawing
from desktop.widgets import parts

_BATCH = 8  # small pages drawn at a time: the first are seen while the others are still to come


class PaperView(QWidget):
    """Holds one PDF. A page is drawn when it is looked at, so that a hundred letters cost no more than one."""

    def __init__(self) -> None:
        super().__init__()
        self._pdf = b""
        self._count = self._page = self._round = 0
        self._places: list[drawing.Place] = []
        self._at = -1
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(150)
        self._pause.timeout.connect(self._find)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("在文书中查找，回车找下一处"))
        self.search.setAccessibleName(self.tr("在文书中查找"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(look.icon("search", look.tokens().muted), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda _t: self._pause.start())
        self.search.returnPressed.connect(self.next_place)
        self.said = parts.label("", "muted")
        self._number = parts.label("", "muted")
        self._small = QListWidget()
        self._small.setAccessibleName(self.tr("各页"))
        self._small.setIconSize(QSize(look.px(88), look.px(124)))
        self._small.setFixedWidth(look.px(132))
        self._small.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._small.currentRowChanged.connect(self.show_page)
        self._large = parts.label(self.tr("选好文书和对象，按“预览”，这里显示将要打印的每一页。"), "muted", wrap=True)
        self._large.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._large.setContentsMargins(16, 16, 16, 16)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(self._large)
        area.setMinimumWidth(look.px(240))
        self._area = area
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(100)
        self._resized.timeout.connect(lambda: self.show_page(self._page))
        self._build()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resized.start()

    def _build(self) -> None:
        self._top = QWidget()
        line = parts.row(self.search, self.said, self._number, stretch_at=0)
        line.setSpacing(12)
        line.setContentsMargins(16, 10, 16, 8)
        self._top.setLayout(line)
        self.search.setMinimumWidth(look.px(180))
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self._small)
        across.addWidget(self._area, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addLayout(across, 1)
        self._top.hide()
        self._small.hide()

    def show_pdf(self, pdf: bytes) -> None:
        """The page that was looked at stays in sight when the new file has it."""
        self._round += 1
        self._pdf = pdf
        operations.run(self, drawing.count, pdf, on_done=partial(self._counted, self._round))

    def _counted(self, asked: int, count: int) -> None:
        if asked != self._round:
            return
        self._count = count
        keep = min(self._page, count - 1)
        self._small.blockSignals(True)
        self._small.clear()
        for n in range(count):
            item = QListWidgetItem(str(n + 1))
            item.setSizeHint(QSize(look.px(118), look.px(136)))
            self._small.addItem(item)
        self._small.setCurrentRow(keep)
        self._small.blockSignals(False)
        self._small.setVisible(count > 1)
        self._top.show()
        self.show_page(keep)
        if count > 1:
            self._draw_small(asked, 0)
        self._find()

    def _draw_small(self, asked: int, first: int) -> None:
        pages = range(first, min(first + _BATCH, self._count))
        ratio = self.devicePixelRatioF()
        operations.run(self, drawing.draw, self._pdf, pages, look.px(88), ratio, on_done=partial(self._small_drawn, asked, first))

    def _small_drawn(self, asked: int, first: int, images: list[QImage]) -> None:
        if asked != self._round:
            return
        for n, image in enumerate(images, first):
            item = self._small.item(n)
            icon = QIcon(QPixmap.fromImage(image))
            icon.addPixmap(QPixmap.fromImage(image), QIcon.Mode.Selected)  # Qt would tint it
            item.setIcon(icon)
        if first + _BATCH < self._count:
            self._draw_small(asked, first + _BATCH)

    def show_page(self, page: int) -> None:
        """page: from 0."""
        if not 0 <= page < self._count:
            return
        self._page = page
        self._number.setText(self.tr("第 {0} 页，共 {1} 页").format(page + 1, self._count))
        place = self._places[self._at] if 0 <= self._at < len(self._places) else None
        marked = place.boxes if place is not None and place.page == page else ()
        width = max(240, min(look.px(620), self._area.viewport().width() - 32))
        operations.run(
            self, drawing.draw, self._pdf, [page], width, self.devicePixelRatioF(), marked,
            on_done=partial(self._page_drawn, self._round, page),
        )  # fmt: skip

    def _page_drawn(self, asked: int, page: int, images: list[QImage]) -> None:
        if (asked, page) == (self._round, self._page):
            self._large.setPixmap(QPixmap.fromImage(images[0]))
            self._large.setAccessibleName(self._number.text())

    # --- finding --------------------------------------------------------------------------------------------------
    def _find(self) -> None:
        words = self.search.text().strip()
        if words and self._pdf:
            operations.run(self, drawing.find, self._pdf, words, on_done=partial(self._found, self._round, words))
        else:
            self._places, self._at = [], -1
            self.said.setText("")
            self.show_page(self._page)

    def _found(self, asked: int, words: str, places: list[drawing.Place]) -> None:
        if (asked, words) != (self._round, self.search.text().strip()):
            return  # an answer to what is not asked any more
        self._places = places
        here = (n for n, place in enumerate(places) if place.page >= self._page)
        self._at = next(here, 0 if places else -1)
        self._go()

    def next_place(self) -> None:
        if self._places:
            self._at = (self._at + 1) % len(self._places)
            self._go()

    def _go(self) -> None:
        if not self._places:
            self.said.setText(self.tr("没有找到"))
            self.show_page(self._page)
            return
        self.said.setText(self.tr("第 {0} 处，共 {1} 处").format(self._at + 1, len(self._places)))
        page = self._places[self._at].page
        if page == self._page:
            self.show_page(page)
        else:
            self._small.setCurrentRow(page)
