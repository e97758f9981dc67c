"""The very pages that will be printed: small ones at the side, one large, and words found and marked on them.

PgUp and PgDn go through the pages, Home and End to the first and the last, Ctrl+F looks for words, F3 for the next place,
Ctrl and the wheel makes the page larger.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages.notices import drawing
from desktop.pages.notices.large import WHOLE, WIDE, LargePage
from desktop.pages.notices.small import SmallPages
from desktop.widgets import parts


class PaperView(QWidget):
    """Holds one PDF. turned: another copy of it, from 0, is in front."""

    turned = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._pdf = b""
        self._paper = drawing.Paper((), ())
        self._page = self._round = 0
        self._places: list[drawing.Place] = []
        self._at = -1
        self._finding: operations.Handle | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(150)
        self._pause.timeout.connect(self._find)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("在文书中查找"))
        self.search.setAccessibleName(self.tr("在文书中查找"))
        self.search.setToolTip("Ctrl+F")
        self.search.setClearButtonEnabled(True)
        self.search.addAction(look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda _t: self._pause.start())
        self.search.returnPressed.connect(self.next_place)
        self.said = parts.label("", "muted")
        self._before = self._icon("chevron-up", self.tr("上一处（Shift+F3）"), partial(self.next_place, -1))
        self._after = self._icon("chevron-down", self.tr("下一处（F3）"), self.next_place)
        self._typed = QLineEdit()
        self._typed.setAccessibleName(self.tr("页码"))
        self._typed.setValidator(QIntValidator(1, 99999, self))
        self._typed.setFixedWidth(look.px(48))
        self._typed.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._typed.editingFinished.connect(self._go_to_typed)
        self._of = parts.label("", "muted")
        self._whose = parts.label("", "heading")
        self._size = parts.button("", self._choose_zoom, kind="quiet")
        self._small = SmallPages()
        self._small.currentRowChanged.connect(self.show_page)
        self._large = LargePage(self.tr("选好文书和对象，按“预览”，这里显示将要打印的每一页。"))
        self._large.zoomed.connect(self._say_zoom)
        self._build()
        self._keys()

    def _icon(self, name: str, tip: str, run: Callable[[], object]) -> QPushButton:
        made = parts.button("", run, kind="quiet", icon=name, tip=tip)
        made.setFixedWidth(look.px(32))
        return made

    def _build(self) -> None:
        self._top = QWidget()
        out = self._icon("zoom-out", self.tr("缩小"), partial(self._large.step, False))
        larger = self._icon("zoom-in", self.tr("放大"), partial(self._large.step, True))
        self._whose.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a long name gives way
        lines = QVBoxLayout(self._top)
        lines.setContentsMargins(16, 8, 12, 4)
        lines.setSpacing(2)
        for line in (
            parts.row(self.search, self.said, self._before, self._after, stretch_at=0),
            parts.row(self._whose, self._typed, self._of, out, self._size, larger, stretch_at=0),
        ):
            line.setSpacing(4)
            lines.addLayout(line)
        self.search.setMinimumWidth(look.px(90))
        across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self._small)
        across.addWidget(self._large, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._top)
        column.addLayout(across, 1)
        for part in (self._top, self._small, self._before, self._after):
            part.hide()

    def _keys(self) -> None:
        keys: list[tuple[QKeySequence | QKeySequence.StandardKey | Qt.Key, Callable[[], object]]] = [
            (Qt.Key.Key_PageDown, partial(self._turn, True)), (Qt.Key.Key_PageUp, partial(self._turn, False)),
            (Qt.Key.Key_Home, partial(self._small.setCurrentRow, 0)),
            (Qt.Key.Key_End, lambda: self._small.setCurrentRow(len(self._paper.sizes) - 1)),
            (QKeySequence.StandardKey.FindNext, self.next_place), (QKeySequence.StandardKey.FindPrevious, partial(self.next_place, -1)),
            (QKeySequence("Ctrl+0"), partial(self._large.set_zoom, WIDE)),
            (QKeySequence.StandardKey.ZoomIn, partial(self._large.step, True)), (QKeySequence("Ctrl+="), partial(self._large.step, True)),
            (QKeySequence.StandardKey.ZoomOut, partial(self._large.step, False)),
        ]  # fmt: skip
        for key, run in keys:
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda run=run: run())

    def look_for(self) -> None:
        """Ctrl+F."""
        if self._pdf:
            self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.search.selectAll()

    @property
    def pdf(self) -> bytes:
        """What is shown; b'' before anything is."""
        return self._pdf

    def copy(self) -> int:
        """The copy in front, from 0."""
        return max(bisect_right([page for _name, page in self._paper.copies], self._page) - 1, 0)

    def show_pdf(self, pdf: bytes) -> None:
        """The page that was looked at stays in sight when the new file has it."""
        self._round += 1
        operations.run(self, drawing.read, pdf, on_done=partial(self._read, self._round, pdf))

    def _read(self, asked: int, pdf: bytes, paper: drawing.Paper) -> None:
        if asked != self._round:
            return
        self._pdf, self._paper, count = pdf, paper, len(paper.sizes)
        self._page = min(self._page, count - 1)
        self._places, self._at = [], -1
        self._large.open(pdf)
        self._small.setVisible(count > 1)
        self._small.open(pdf, paper.sizes, self._page)
        self._top.show()
        self._of.setText(self.tr("/ {0} 页").format(count))
        self.show_page(self._page)
        self._say_zoom()
        self._find()

    # --- pages and size -------------------------------------------------------------------------------------------
    def show_page(self, page: int) -> None:
        """page: from 0."""
        if not 0 <= page < len(self._paper.sizes):
            return
        self._page = page
        self._typed.setText(str(page + 1))
        copies, at = self._paper.copies, self.copy()
        whose = self.tr("{0}（第 {1} / {2} 份）").format(copies[at][0], at + 1, len(copies)) if len(copies) > 1 else ""
        self._whose.setText(whose or (copies[0][0] if copies else ""))
        marked = [box for place in self._places if place.page == page for box in place.boxes]
        here = self._places[self._at] if 0 <= self._at < len(self._places) else None
        self._large.show_page(page, self._paper.sizes[page], marked, here.boxes if here and here.page == page else ())
        self._large.sheet.setAccessibleName(self.tr("第 {0} 页，共 {1} 页").format(page + 1, len(self._paper.sizes)))
        self.turned.emit(at)

    def _turn(self, forward: bool) -> None:
        if not self._large.turn(forward):
            self._small.setCurrentRow(min(max(self._page + (1 if forward else -1), 0), len(self._paper.sizes) - 1))

    def _go_to_typed(self) -> None:
        wanted = int(self._typed.text() or 0) - 1
        self._small.setCurrentRow(min(max(wanted, 0), len(self._paper.sizes) - 1))
        self._typed.setText(str(self._page + 1))

    def _say_zoom(self) -> None:
        fits = {WIDE: self.tr("适合宽度"), WHOLE: self.tr("适合整页")}
        zoom = self._large.zoom
        self._size.setText(fits[zoom] if isinstance(zoom, str) else f"{zoom} %")
        self._size.setAccessibleName(self.tr("显示比例 {0} %").format(self._large.percent()))

    def _choose_zoom(self) -> None:
        menu = QMenu(self)
        for words, zoom in [
            (self.tr("适合宽度（Ctrl+0）"), WIDE), (self.tr("适合整页"), WHOLE), *((f"{n} %", n) for n in (50, 75, 100, 150, 200, 400)),
        ]:  # fmt: skip
            menu.addAction(words).triggered.connect(lambda _c=False, zoom=zoom: self._large.set_zoom(zoom))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._size.mapToGlobal(self._size.rect().bottomLeft()))

    # --- finding --------------------------------------------------------------------------------------------------
    def _find(self) -> None:
        if self._finding is not None:
            self._finding.cancel()
        words = self.search.text().strip()
        self._places, self._at = [], -1
        if words and self._pdf:
            self._finding = operations.run(
                self, drawing.find, self._pdf, words, on_done=partial(self._found, self._round, words),
                on_progress=lambda _done, _all: None,
            )  # fmt: skip
        else:
            self._say_places("")
            self.show_page(self._page)

    def _found(self, asked: int, words: str, places: list[drawing.Place]) -> None:
        if (asked, words) != (self._round, self.search.text().strip()):
            return  # an answer to what is not asked any more
        self._places = places
        here = (n for n, place in enumerate(places) if place.page >= self._page)
        self._at = next(here, 0 if places else -1)
        self._go()

    def next_place(self, step: int = 1) -> None:
        if self._places:
            self._at = (self._at + step) % len(self._places)
            self._go()

    def _say_places(self, text: str) -> None:
        self.said.setText(text)
        for button in (self._before, self._after):
            button.setVisible(bool(self._places))

    def _go(self) -> None:
        if not self._places:
            self._say_places(self.tr("没有找到"))
            self.show_page(self._page)
            return
        self._say_places(self.tr("第 {0} / {1} 处").format(self._at + 1, len(self._places)))
        page = self._places[self._at].page
        if page == self._page:
            self.show_page(page)
        else:
            self._small.setCurrentRow(page)
