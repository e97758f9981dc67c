"""Pages of a PDF as pictures, and where words stand on them. All of it for workers: pdfium draws the very file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from models.pdfium import PDFIUM
from resources.theme import LIGHT

Box = tuple[float, float, float, float]  # left, bottom, right, top in points, from the page's lower left corner
_MOST = 500  # places shown of a word that is everywhere


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word was found: its page from 0, and a box for each line it stands on."""

    page: int
    boxes: tuple[Box, ...]


def count(pdf: bytes) -> int:
    with PDFIUM:
        return len(pypdfium2.PdfDocument(pdf))


def draw(pdf: bytes, pages: Sequence[int], width: int, ratio: float = 1.0, marked: Sequence[Box] = ()) -> list[QImage]:
    """Some pages, width pixels wide on a screen of this pixel ratio; marked: boxes to colour on every one of them."""
    found = []
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        for n in pages:
            page = document[n]
            scale = width * ratio / page.get_width()
            bitmap = page.render(scale=scale, rev_byteorder=True)
            image = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB888).copy()
            _mark(image, marked, scale)
            image.setDevicePixelRatio(ratio)
            found.append(image)
    return found


def _mark(image: QImage, boxes: Sequence[Box], scale: float) -> None:
    if not boxes:
        return
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.setBrush(QColor(LIGHT.due_soft))  # paper is white in either theme
    painter.setPen(QPen(QColor(LIGHT.due), max(1.0, scale)))
    for left, bottom, right, top in boxes:
        place = QRectF(left * scale, image.height() - top * scale, (right - left) * scale, (top - bottom) * scale)
        painter.drawRect(place.adjusted(-3, -3, 3, 3))
    painter.end()


def find(pdf: bytes, words: str) -> list[Place]:
    """Every place of these words, in the order of reading; at most 500."""
    found: list[Place] = []
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        for n in range(len(document)):
            text = document[n].get_textpage()
            search = text.search(words, match_case=False)
            while (hit := search.get_next()) is not None and len(found) < _MOST:
                first, length = hit
                boxes = tuple(text.get_rect(i) for i in range(text.count_rects(first, length)))
                found.append(Place(n, boxes))
    return found
