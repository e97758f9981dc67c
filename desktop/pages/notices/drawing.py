"""Pages of a PDF as pictures, and where words stand on them. All of it for workers: pdfium draws the very file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pypdfium2
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from models.pdfium import PDFIUM
from resources.theme import LIGHT

Box = tuple[float, float, float, float]  # left, bottom, right, top in points, from the page's lower left corner
_MOST = 500  # places shown of a word that is everywhere
_WIDEST = 4800  # dots across: what is sharper than that nobody sees, and it fills the memory


@dataclass(frozen=True, slots=True)
class Paper:
    """sizes: width and height of each page in points; copies: (whose, first page from 0), as the file lists them."""

    sizes: tuple[tuple[float, float], ...]
    copies: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a word was found: its page from 0, and a box for each line it stands on."""

    page: int
    boxes: tuple[Box, ...]


def read(pdf: bytes) -> Paper:
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        sizes = tuple(document.get_page_size(n) for n in range(len(document)))
        found = [(mark.get_title(), mark.get_dest()) for mark in document.get_toc() if mark.level == 0]
        copies = tuple((title, dest.get_index()) for title, dest in found if dest is not None)
        document.close()
    return Paper(sizes, tuple((title, page) for title, page in copies if page is not None))


def draw(
    pdf: bytes, pages: Sequence[int], width: int, ratio: float = 1.0, marked: Sequence[Box] = (), current: Sequence[Box] = ()
) -> list[QImage]:
    """Some pages, width pixels wide on a screen of this pixel ratio; marked: boxes to colour on every one of them, and those
    of current, which are among them, with an edge."""
    found = []
    ratio = min(ratio, max(1.0, _WIDEST / width))
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        for n in pages:
            page = document[n]
            scale = width * ratio / page.get_width()
            bitmap = page.render(scale=scale, rev_byteorder=True)
            image = QImage(bitmap.buffer, bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGB888).copy()
            _mark(image, marked, current, scale)
            image.setDevicePixelRatio(ratio)
            found.append(image)
            bitmap.close()
            page.close()
        document.close()
    return found


def _mark(image: QImage, boxes: Sequence[Box], current: Sequence[Box], scale: float) -> None:
    if not boxes:
        return
    painter = QPainter(image)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
    painter.setBrush(QColor(LIGHT.due_soft))  # paper is white in either theme
    edge, none = QPen(QColor(LIGHT.due), max(1.0, scale)), QPen(QColor(LIGHT.due_soft))
    for box in boxes:
        left, bottom, right, top = box
        place = QRectF(left * scale, image.height() - top * scale, (right - left) * scale, (top - bottom) * scale)
        painter.setPen(edge if box in current else none)
        painter.drawRect(place.adjusted(-3, -3, 3, 3))
    painter.end()


def find(pdf: bytes, words: str, progress: Callable[[int, int], bool] | None = None) -> list[Place]:
    """Every place of these words, in the order of reading; at most 500. Between two pages another picture may be drawn.

    progress(done, all) is asked after every page; False stops, with what was found so far.
    """
    found: list[Place] = []
    with PDFIUM:
        document = pypdfium2.PdfDocument(pdf)
        count = len(document)
    for n in range(count):
        with PDFIUM:
            page = document[n]
            text = page.get_textpage()
            for first, length in _places(text.get_text_range(), words):
                if len(found) < _MOST:
                    found.append(Place(n, tuple(text.get_rect(i) for i in range(text.count_rects(first, length)))))
            text.close()
            page.close()
        if len(found) >= _MOST or (progress is not None and not progress(n + 1, count)):
            break
    with PDFIUM:
        document.close()
    return found


def _places(text: str, words: str) -> list[tuple[int, int]]:
    """(first, length) of each, counted in UTF-16 units as pdfium does. Its own search finds no name that has a character above
    U+FFFF, and none that goes on in the next line."""
    letters: list[str] = []
    at: list[int] = []  # of each letter, the unit it begins at
    unit = 0
    for c in text:
        if not c.isspace():
            letters.append(c.lower() if len(c.lower()) == 1 else c)
            at.append(unit)
        unit += 1 if ord(c) < 0x10000 else 2
    wanted, held = "".join(words.lower().split()), "".join(letters)
    found, start = [], held.find(wanted) if wanted else -1
    while start >= 0:
        last = start + len(wanted) - 1
        end = at[last] + (1 if ord(held[last]) < 0x10000 else 2)
        found.append((at[start], end - at[start]))
        start = held.find(wanted, last + 1)
    return found
