"""QR code and Code 128 of a paper's serial, encoded by ReportLab, drawn as rectangles that stay sharp on any printer.

What the QR code says: mark(). A scanner, or a scan that is filed by itself, finds the paper by it again.
"""

from __future__ import annotations

from functools import lru_cache

from forms.typeset.page import Pen

_PREFIX = "GY"  # of a paper of ours, so that a code of somebody else is never taken for one


def mark(serial: str, page: int) -> str:
    """What the code on a page says."""
    return f"{_PREFIX}:{serial}:{page}"


def read_mark(text: str) -> tuple[str, int] | None:
    """(serial, page) of a code of ours, or None."""
    parts = text.split(":")
    if len(parts) != 3 or parts[0] != _PREFIX or not parts[1] or not (parts[2].isascii() and parts[2].isdecimal()):
        return None
    return parts[1], int(parts[2])


@lru_cache(maxsize=64)
def _modules(text: str) -> tuple[tuple[tuple[int, int, int], ...], int]:
    """((row, first column, length) of every dark run, modules a side). Error correction M: a fold or a stamp may hide 15 %."""
    from reportlab.graphics.barcode.qrencoder import (  # with all of platypus: not before a code is drawn
        QRCode,
        QRErrorCorrectLevel,
    )

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    side = code.getModuleCount()
    runs = []
    for row in range(side):
        column = 0
        while column < side:
            begin = column
            while column < side and code.isDark(row, column):
                column += 1
            if column > begin:
                runs.append((row, begin, column - begin))
            column += 1
    return tuple(runs), side


def qr(pen: Pen, text: str, x: float, y: float, side: float) -> None:
    """A QR code whose upper left corner is (x, y), side mm wide; the quiet zone of four modules is inside."""
    runs, modules = _modules(text)
    unit = side / (modules + 8)
    pen.modules(runs, x + 4 * unit, y + 4 * unit, unit, unit)


def code128(pen: Pen, text: str, x: float, y: float, width: float, height: float) -> None:
    """Code 128 of ASCII text between x and x + width; the caller leaves a quiet zone of 3 mm beside it.

    ValueError for a character that Code 128 has not.
    """
    from reportlab.graphics.barcode.code128 import Code128

    code = Code128(text, quiet=0)
    code.validate()
    if not code.valid:
        raise ValueError(text)
    code.encode()
    code.decompose()
    widths = [ord(c.lower()) - ord("a") + 1 for c in code.decomposed]
    bars, at = [], 0
    for c, modules in zip(code.decomposed, widths, strict=True):
        if c.isupper():  # ReportLab writes a bar as a capital, a space as a small letter
            bars.append((0, at, modules))
        at += modules
    pen.modules(bars, x, y, width / at, height)
