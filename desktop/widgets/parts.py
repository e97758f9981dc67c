"""Small pieces every page uses: titles, buttons, cards, empty states, scroll areas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop import look


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    made.setWordWrap(wrap)
    return made


def button(text: str, run: Callable[[], Any], *, kind: str = "", icon: str = "", tip: str = "") -> QPushButton:
    made = QPushButton(f" {text}" if icon and text else text)  # Fusion sets an icon hard against its words
    made.setAccessibleName(text or tip)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        made.setIcon(look.icon(icon, "on_accent" if kind == "primary" else "text"))
        made.setIconSize(QSize(look.px(16), look.px(16)))
    if tip:
        made.setToolTip(tip)
    made.clicked.connect(lambda _checked=False: run())
    return made


class Sign(QWidget):
    """An icon that is no button. name: '' for none yet. tone: a colour of the theme; height: of the line it stands in."""

    def __init__(self, name: str, tone: str, height: int) -> None:
        super().__init__()
        self._name, self._tone = name, tone
        self.setFixedSize(look.px(16), height)

    def draw(self, name: str) -> None:
        self._name = name
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._name:
            place = QRect(0, (self.height() - self.width()) // 2, self.width(), self.width())
            look.icon(self._name, self._tone).paint(QPainter(self), place)


def say_empty(view: QAbstractItemView, words: str) -> None:
    """What a list without rows says in their place; for its paintEvent."""
    painter, room = QPainter(view.viewport()), view.viewport().rect().adjusted(look.px(16), look.px(24), -look.px(16), 0)
    painter.setPen(QColor(look.tokens().muted))
    painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, words)


class ListBox(QListWidget):
    """nothing: what it says while it is empty: what will stand here."""

    def __init__(self, nothing: str) -> None:
        super().__init__()
        self._nothing = nothing

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            say_empty(self, self._nothing)


def row(*widgets: QWidget | None, stretch_at: int = -1) -> QHBoxLayout:
    """A line of widgets; None is a stretch."""
    line = QHBoxLayout()
    line.setSpacing(8)
    for n, widget in enumerate(widgets):
        if widget is None:
            line.addStretch(1)
        else:
            line.addWidget(widget, 1 if n == stretch_at else 0)
    return line


def strip(*widgets: QWidget | None, stretch_at: int = -1) -> QWidget:
    """A row as a widget of its own, without margins: shown, hidden and put into a grid as one."""
    made, line = QWidget(), row(*widgets, stretch_at=stretch_at)
    line.setContentsMargins(0, 0, 0, 0)
    made.setLayout(line)
    return made


def card() -> tuple[QFrame, QVBoxLayout]:
    frame = QFrame()
    frame.setProperty("role", "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 12, 16, 12)
    column.setSpacing(8)
    return frame, column


class _Area(QScrollArea):
    """Scrolls up and down only: never narrower than what it holds, which would be cut off at the right."""

    def minimumSizeHint(self) -> QSize:
        held, bar = self.widget().minimumSizeHint().width(), self.verticalScrollBar().sizeHint().width()
        return QSize(held + bar, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)


class _Fitting(_Area):
    """As high as what it holds where there is room, and scrolled where there is not."""

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.widget().sizeHint().height())


def fitting(widget: QWidget) -> QScrollArea:
    """A part of a page that shall not push the rest off a low screen."""
    area = _Fitting()
    _set_up(area, widget)
    area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    for part in (area.viewport(), widget):
        part.setAutoFillBackground(False)  # it stands in a card, whose colour goes through
    return area


def scrolled(widget: QWidget) -> QScrollArea:
    area = _Area()
    _set_up(area, widget)
    return area


def _set_up(area: QScrollArea, widget: QWidget) -> None:
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)


def empty(title: str, what_to_do: str, *buttons: QPushButton) -> QWidget:
    """Says what will appear here and what to do first."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.addStretch(1)
    for text, role in ((title, "heading"), (what_to_do, "muted")):
        made = label(text, role, wrap=True)
        made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(made)
    if buttons:
        column.addSpacing(8)
        column.addLayout(row(None, *buttons, None))
    column.addStretch(2)
    return page


def go_to(widget: QWidget, around: QWidget | None = None) -> None:
    """Put the focus on a widget and scroll to it. around: what is to be seen with it: its label, the sentence under it."""
    widget.setFocus(Qt.FocusReason.OtherFocusReason)
    shown = around or widget
    above = shown.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):
        above = above.parentWidget()
    if above is not None:
        area = above
        QTimer.singleShot(0, shown, lambda: area.ensureWidgetVisible(shown, 0, look.px(24)))  # once it has its place


def later(owner: QObject, make: Callable[[], object]) -> None:
    """Make what is not seen yet once what is made now has been drawn."""
    QTimer.singleShot(0, owner, lambda: QTimer.singleShot(50, owner, make))


def tab_through(*widgets: QWidget) -> None:
    """Tab goes through them one after another, whenever each was made."""
    for before, after in pairwise(widgets):
        QWidget.setTabOrder(before, after)


def clear(layout: Any) -> None:
    """Take everything out of a layout."""
    while layout.count():
        item = layout.takeAt(0)
        if item.widget() is not None:
            item.widget().hide()
            item.widget().deleteLater()
        elif item.layout() is not None:
            clear(item.layout())
