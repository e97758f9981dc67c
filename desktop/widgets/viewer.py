"""An attachment to look at, inside the program: nothing is written to the disk for it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QImage, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

from desktop import look, pictures
from desktop.widgets import parts
from models.errors import KnownError
from models.services import attachments, carrying
from models.services.attachments import Attachment
from models.services.desk import Desk

_STEP, _LEAST, _MOST = 1.25, 0.25, 4.0


def _tr(text: str) -> str:
    return QCoreApplication.translate("viewer", text)


def look_at(desk: Desk, attachment: Attachment, width: int, progress: carrying.Progress) -> tuple[list[QImage], int] | None:
    """(its pages as pictures, how many there are), fetched first where need be; None when it was stopped."""
    data = carrying.fetch(desk, attachment.id, progress)
    if data is None:
        return None
    attachments.looked_at(desk, attachment.id)
    if data.startswith(b"%PDF-"):
        return pictures.pages(data, width)
    image = pictures.picture(data, pictures.EDGE)
    if image is None:
        raise KnownError(
            "picture.broken", _tr("“{0}”不是完好的图片，无法显示。可以另存后用别的程序打开。").format(attachment.title)
        )
    return [image], 1


class Viewer(QDialog):
    """images: the pages that are shown of count. save: what 另存为 does."""

    def __init__(
        self, parent: QWidget, attachment: Attachment, images: list[QImage], count: int, save: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(attachment.title)
        look.fit(self, look.px(960), look.px(660))
        self._images, self._labels = images, [QLabel() for _ in images]
        self._zoom = 0.0  # 0: as wide as the window
        body = QWidget()
        pages = QVBoxLayout(body)
        for n, shown in enumerate(self._labels, 1):
            shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
            shown.setAccessibleName(self.tr("第 {0} 页").format(n))
            pages.addWidget(shown)
        if count > len(images):
            pages.addWidget(parts.label(self.tr("共 {0} 页，只显示前 {1} 页").format(count, len(images)), "muted"))
        pages.addStretch(1)
        self._area = parts.scrolled(body)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        said = self.tr("{0} 添加，{1}").format(attachment.by, attachment.at)
        column = QVBoxLayout(self)
        column.addWidget(self._area, 1)
        column.addLayout(parts.row(
            parts.label(said, "muted"), None,
            parts.button("", lambda: self.zoom(1 / _STEP), kind="quiet", icon="zoom-out", tip=self.tr("缩小 Ctrl+-")),
            parts.button("", lambda: self.zoom(_STEP), kind="quiet", icon="zoom-in", tip=self.tr("放大 Ctrl++")),
            parts.button(self.tr("另存为"), save, icon="download"),
            parts.button(self.tr("关闭"), self.close, kind="primary", tip="Esc"),
        ))  # fmt: skip
        QShortcut(QKeySequence.StandardKey.ZoomIn, self, lambda: self.zoom(_STEP))
        QShortcut(QKeySequence.StandardKey.ZoomOut, self, lambda: self.zoom(1 / _STEP))
        self._draw()

    def zoom(self, by: float) -> None:
        self._zoom = min(max((self._zoom or self._fitting()) * by, _LEAST), _MOST)
        self._draw()

    def _fitting(self) -> float:
        """A single picture is shown whole, the pages of a paper as wide as the window; never larger than they are."""
        room, first = QSize(self.width() - look.px(72), self.height() - look.px(96)), self._images[0]
        across = room.width() / first.width()
        return min(1.0, across if len(self._images) > 1 else min(across, room.height() / first.height()))

    def _draw(self) -> None:
        scale = self._zoom or self._fitting()
        for shown, image in zip(self._labels, self._images, strict=True):
            shown.setPixmap(QPixmap.fromImage(image.scaled(
                image.size() * scale, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )))  # fmt: skip
