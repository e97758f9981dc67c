"""One page of a PDF, as large as one likes: as wide as the window, whole, or at a scale; drawn anew at each, so it is sharp."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea

from desktop import look, operations
from desktop.pages.notices import drawing

WIDE, WHOLE = "wide", "whole"
_STEPS = (25, 50, 75, 100, 125, 150, 200, 300, 400)
_SCREEN = 96 / 72  # pixels of a point at 100 %
_EDGE = 16  # pixels of air around a page
_KEPT = 8  # pages drawn a moment ago
_Key = tuple[int, int, tuple[drawing.Box, ...], tuple[drawing.Box, ...]]


class LargePage(QScrollArea):
    """zoom: WIDE, WHOLE or percent. zoomed says that it, or what it comes to, has changed."""

    zoomed = Signal()

    def __init__(self, nothing: str) -> None:
        super().__init__()
        self.zoom: str | int = WIDE
        self._pdf, self._round, self._page = b"", 0, 0
        self._size = (595.0, 842.0)
        self._marked: Sequence[drawing.Box] = ()
        self._current: Sequence[drawing.Box] = ()
        self._drawn: OrderedDict[_Key, QPixmap] = OrderedDict()
        self._last: _Key | None = None
        self.sheet = QLabel(nothing)
        self.sheet.setProperty("role", "muted")
        self.sheet.setWordWrap(True)
        self.sheet.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.sheet.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        self.setWidget(self.sheet)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumWidth(look.px(240))
        self._resized = QTimer(self)
        self._resized.setSingleShot(True)
        self._resized.setInterval(100)
        self._resized.timeout.connect(self._fit_again)

    def open(self, pdf: bytes) -> None:
        self._pdf = pdf
        self._round += 1
        self._drawn.clear()
        self._last = None

    def show_page(
        self, page: int, size: tuple[float, float], marked: Sequence[drawing.Box] = (), current: Sequence[drawing.Box] = ()
    ) -> None:
        """page: from 0; size: of it, in points; marked, current: as in drawing.draw."""
        turned = page != self._page
        self._page, self._size, self._marked, self._current = page, size, tuple(marked), tuple(current)
        if turned:
            self.verticalScrollBar().setValue(0)
        self._draw()

    def percent(self) -> int:
        return round(100 * self._width() / (self._size[0] * _SCREEN))

    def set_zoom(self, zoom: str | int) -> None:
        self.zoom = zoom
        self._draw()
        self.zoomed.emit()

    def step(self, up: bool) -> None:
        now = self.percent()
        steps = [s for s in _STEPS if (s > now if up else s < now)]
        if steps:
            self.set_zoom(min(steps) if up else max(steps))

    def _width(self) -> int:
        if isinstance(self.zoom, int):
            return round(self._size[0] * _SCREEN * self.zoom / 100)
        bar = self.verticalScrollBar().sizeHint().width()  # always counted: a page must not jump when it comes
        wide = max(240, self.maximumViewportSize().width() - bar - 2 * _EDGE)
        if self.zoom == WIDE:
            return wide
        return max(120, min(wide, round((self.maximumViewportSize().height() - 2 * _EDGE - 4) * self._size[0] / self._size[1])))

    def _draw(self) -> None:
        if not self._pdf:
            return
        width = self._width()
        key = (self._page, width, tuple(self._marked), tuple(self._current))
        if key == self._last:
            return
        self._last = key
        if key in self._drawn:
            self._drawn.move_to_end(key)
            self._put(self._drawn[key])
            return
        operations.run(
            self, drawing.draw, self._pdf, [self._page], width, self.devicePixelRatioF(), self._marked, self._current,
            on_done=partial(self._arrived, self._round, key),
        )  # fmt: skip

    def _arrived(self, asked: int, key: _Key, images: list[QImage]) -> None:
        if asked != self._round:
            return
        self._drawn[key] = QPixmap.fromImage(images[0])
        while len(self._drawn) > _KEPT:
            self._drawn.popitem(last=False)
        if key == self._last:
            self._put(self._drawn[key])

    def _put(self, picture: QPixmap) -> None:
        self.sheet.setPixmap(picture)
        if self._current:  # the word that was looked for comes into sight
            left, bottom, right, top = self._current[0]
            scale = self._width() / self._size[0]
            x, y = (left + right) / 2 * scale, (self._size[1] - (bottom + top) / 2) * scale
            QTimer.singleShot(0, self, partial(self.ensureVisible, round(x) + _EDGE, round(y) + _EDGE, 80, 80))

    def turn(self, forward: bool) -> bool:
        """A screenful up or down on this page; False when it was at its end already."""
        bar = self.verticalScrollBar()
        before = bar.value()
        bar.setValue(before + (bar.pageStep() if forward else -bar.pageStep()))
        return bar.value() != before

    def _fit_again(self) -> None:
        if isinstance(self.zoom, str):
            self._draw()
            self.zoomed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resized.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step(event.angleDelta().y() > 0)
            event.accept()
        else:
            super().wheelEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(look.px(640), look.px(480))
