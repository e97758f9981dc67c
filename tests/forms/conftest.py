"""Reads a PDF back with another program's eyes: where each character stands, in mm from the top left corner."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

MM = 25.4 / 72


@dataclass(frozen=True)
class Glyph:
    """left, top, right: mm of the character's square; ink_top, ink_bottom: mm of what is printed; size: points."""

    text: str
    left: float
    top: float
    right: float
    ink_top: float
    ink_bottom: float
    size: float


def glyphs(pdf: bytes, page: int = 0) -> list[Glyph]:
    with pdfium.PdfDocument(pdf) as document:
        sheet = document[page]
        height = sheet.get_height()
        text = sheet.get_textpage()
        found = []
        for i in range(text.count_chars()):
            code = raw.FPDFText_GetUnicode(text, i)
            box = raw.FS_RECTF()
            raw.FPDFText_GetLooseCharBox(text, i, ctypes.byref(box))
            size = raw.FPDFText_GetFontSize(text, i)
            # Above U+FFFF a character comes as two units at one place: the second is left out.
            if code > 32 and not 0xDC00 <= code <= 0xDFFF and box.right > box.left:
                edges = [ctypes.c_double() for _ in range(4)]
                raw.FPDFText_GetCharBox(text, i, *edges)
                ink = ((height - edges[3].value) * MM, (height - edges[2].value) * MM)
                square = (box.left * MM, (height - box.top) * MM, box.right * MM)
                found.append(Glyph(chr(code), *square, *ink, size))
        text.close()
    return found


def page_texts(pdf: bytes) -> list[str]:
    """The text of every page as a reader copies it, lines parted by newlines."""
    with pdfium.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document]


def page_size(pdf: bytes, page: int = 0) -> tuple[float, float]:
    """Width and height in mm."""
    with pdfium.PdfDocument(pdf) as document:
        width, height = document[page].get_size()
        return width * MM, height * MM


def picture(pdf: bytes, page: int = 0, scale: float = 2.0) -> bytes:
    with pdfium.PdfDocument(pdf) as document:
        return bytes(document[page].render(scale=scale).buffer)


@dataclass(frozen=True)
class Reader:
    glyphs: Callable[..., list[Glyph]] = glyphs
    texts: Callable[[bytes], list[str]] = page_texts
    picture: Callable[..., bytes] = picture
    size: Callable[..., tuple[float, float]] = page_size


@pytest.fixture(scope="session")
def read() -> Reader:
    return Reader()
