"""Attachments beside one another: small pictures, each with a mark that says where its bytes are."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QImage, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem

from desktop import look, operations, pictures
from models.errors import KnownError
from models.services import attachments
from models.services.attachments import Attachment
from models.services.desk import Desk

WIDTH, HEIGHT = 112, 84  # px at 100 %
_MARKS = {
    "waiting": ("clock", "due"),
    "sent": ("cloud-check", "done"),
    "refused": ("triangle-alert", "danger"),
    "away": ("download", "accent"),
}

_MOST = 300
_DRAWN: OrderedDict[str, QImage] = OrderedDict()  # by content, those that were shown last


class TileList(QListWidget):
    """wraps: in as many lines as they need, instead of one that scrolls sideways."""

    def __init__(self, desk: Desk, *, wraps: bool) -> None:
        super().__init__()
        self._desk, self._found = desk, list[Attachment]()
        self.setAccessibleName(self.tr("附件"))
        self.setProperty("role", "tiles")
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setMovement(QListWidget.Movement.Static)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setWrapping(wraps)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(look.px(WIDTH), look.px(HEIGHT)))
        self.setGridSize(QSize(look.px(WIDTH + 24), look.px(HEIGHT + 48)))
        if not wraps:
            self.setFixedHeight(look.px(HEIGHT + 66))

    def show_all(self, found: list[Attachment]) -> None:
        chosen = self.current()
        self._found = found
        self.clear()
        for attachment in found:
            item = QListWidgetItem(icon(attachment, _DRAWN.get(attachment.sha256)), self._words(attachment))
            item.setData(Qt.ItemDataRole.UserRole, attachment.id)
            item.setToolTip(self._tip(attachment))
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
            self.addItem(item)
            if chosen is not None and chosen.id == attachment.id:
                self.setCurrentItem(item)
        self._draw_next()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:  # another theme
            for n, shown in enumerate(self._found):
                self.item(n).setIcon(icon(shown, _DRAWN.get(shown.sha256)))

    def current(self) -> Attachment | None:
        """The one that is selected."""
        items = self.selectedItems()
        wanted = items[0].data(Qt.ItemDataRole.UserRole) if items else None
        return next((a for a in self._found if a.id == wanted), None)

    def _words(self, a: Attachment) -> str:
        title = self.fontMetrics().elidedText(a.title, Qt.TextElideMode.ElideMiddle, look.px(WIDTH))
        return f"{title}\n{state_words(a.state)} {in_words(a.size)}"

    def _tip(self, a: Attachment) -> str:
        portrait = self.tr("证件照，印在有照片框的文书上") if a.portrait else ""
        return "\n".join(x for x in (a.title, portrait, self.tr("{0} 添加，{1}").format(a.by, a.at), a.detail) if x)

    def _draw_next(self) -> None:
        """Make the next small picture that is lacking, one at a time, in a worker."""
        lacking = (a for a in self._found if a.sha256 not in _DRAWN and a.state != "away")
        wanted = next(lacking, None)
        if wanted is not None:
            operations.run(
                self, _read_small, self._desk, wanted, slow=True, on_done=partial(self._drawn, wanted),
                on_error=lambda _e: self._drawn(wanted, None),
            )  # fmt: skip

    def _drawn(self, attachment: Attachment, image: QImage | None) -> None:
        _DRAWN[attachment.sha256] = image if image is not None else QImage()
        while len(_DRAWN) > _MOST:
            _DRAWN.popitem(last=False)
        for n, shown in enumerate(self._found):
            if shown.sha256 == attachment.sha256:
                self.item(n).setIcon(icon(shown, image))
        self._draw_next()


def _read_small(desk: Desk, attachment: Attachment) -> QImage | None:
    data = attachments.read(desk, attachment.id)
    return small(data) if data is not None else None


def small(data: bytes) -> QImage | None:
    """The picture or first page, small; None when it cannot be drawn. For a worker."""
    if not data.startswith(b"%PDF-"):
        return pictures.picture(data, WIDTH * 3)
    try:
        found, _count = pictures.pages(data, WIDTH * 2, most=1)
    except KnownError:
        return None
    return found[0] if found else None


def icon(attachment: Attachment, image: QImage | None) -> QIcon:
    """The tile: the picture, or the sign of its kind while there is none, and the mark of its state."""
    scale = 2  # drawn for a dense screen; Qt scales it down on another
    pixmap = QPixmap(QSize(look.px(WIDTH), look.px(HEIGHT)) * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    whole, colours = QRectF(0, 0, look.px(WIDTH), look.px(HEIGHT)), look.tokens()
    outline = QPainterPath()
    outline.addRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), colours.radius, colours.radius)
    painter.fillPath(outline, QColor(colours.raised))
    painter.setClipPath(outline)
    if image is not None and not image.isNull():
        size = image.size().scaled(whole.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(whole.center())
        painter.drawImage(place, image)
    else:
        sign = look.icon("file-text", "muted").pixmap(QSize(32, 32), scale)
        painter.drawPixmap(whole.center() - QPointF(16, 16), sign)
    painter.setClipping(False)
    painter.setPen(QColor(colours.line))
    painter.drawPath(outline)
    _mark(painter, attachment.state, whole)
    if attachment.portrait:
        _name(painter, _tr("证件照"), whole)
    painter.end()
    made = QIcon(pixmap)
    made.addPixmap(pixmap, QIcon.Mode.Selected)  # Qt would tint a photo that is selected
    return made


def _mark(painter: QPainter, state: str, whole: QRectF) -> None:
    if state not in _MARKS:
        return
    name, tone = _MARKS[state]
    colours = look.tokens()
    round_ = QRectF(whole.right() - 27, whole.bottom() - 27, 22, 22)
    painter.setBrush(QColor(getattr(colours, f"{tone}_soft")))
    painter.setPen(QColor(getattr(colours, tone)))
    painter.drawEllipse(round_)
    sign = look.icon(name, tone).pixmap(QSize(14, 14), 2.0)
    painter.drawPixmap(round_.center() - QPointF(7, 7), sign)


def _name(painter: QPainter, words: str, whole: QRectF) -> None:
    """What the picture is for, on a plate at its lower left: above it are faces."""
    colours = look.tokens()
    font = QFont(painter.font())
    font.setPixelSize(look.px(12))
    painter.setFont(font)
    plate = QRectF(0, 0, painter.fontMetrics().horizontalAdvance(words) + look.px(10), look.px(20))
    plate.moveBottomLeft(whole.bottomLeft() + QPointF(5, -5))
    painter.setBrush(QColor(colours.accent_soft))
    painter.setPen(QColor(colours.accent))
    painter.drawRoundedRect(plate, colours.radius, colours.radius)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def state_words(state: str) -> str:
    words = {
        "waiting": _tr("待发送"), "sent": _tr("县级已收到"), "refused": _tr("县级未接收"), "here": _tr("已取回"), "away": _tr("打开时取回"),
    }  # fmt: skip
    return words.get(state, "")


def in_words(size: int) -> str:
    """A number of bytes as people say it."""
    if size < 100 << 10:
        return _tr("{0} KB").format(max(1, round(size / 1024)))
    return _tr("{0} MB").format(f"{size / (1 << 20):.1f}")


def _tr(text: str) -> str:
    return QCoreApplication.translate("thumbnails", text)
