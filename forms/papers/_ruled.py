"""The ruled form: heading, line above the table, the table over as many pages as it needs, notes, code, page x of y.

A form of this kind says what is its own in a Ruled and is drawn by ruled(). Everything is mm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forms.base import Sheet
from forms.typeset import codes
from forms.typeset.chains import KAI, SONG, TITLE
from forms.typeset.ink import GREY
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import SIZES, Row, Table

A4, A4_WIDE, A3_WIDE = (210.0, 297.0), (297.0, 210.0), (420.0, 297.0)
CODE = 17.0  # side of the QR code, its quiet zone included
_AGAIN = 25.0
_TITLE, _OFFICE, _SMALL = 22.0, 16.0, 10.5


@dataclass(frozen=True, slots=True)
class Ruled:
    """columns: mm, as wide as the page without its margins; head: rows repeated on every page.

    office: stands over the title ('' for none). left, right: the line above the table. notes: below the table.
    margin: left and right. bar: the serial as Code 128 too, at the foot of page 1, for a hand scanner. spare: rows that fill the last page (table.Table).
    """

    title: str
    columns: tuple[float, ...]
    rows: Sequence[Row]
    left: str = ""
    right: str = ""
    notes: Sequence[str] = ()
    office: str = ""
    head: int = 0
    page: tuple[float, float] = A4
    margin: float = 25.0
    top: float = 22.0
    sizes: tuple[float, ...] = SIZES
    spare: Callable[[int], Row] | None = None
    bar: bool = False


def telephone(sheet: Sheet, name: str = "office.phone") -> str:
    """The office's number, or a line to write it on: a notice does not tell a citizen that it was never asked for."""
    return sheet.known(name) or "________________"


def ruled(press: Press, sheet: Sheet, form: Ruled) -> None:
    """Draws one copy. The table takes what the notes leave of the last page; every page bears the paper's code."""
    width, height = form.page
    measure = width - 2 * form.margin
    if abs(sum(form.columns) - measure) > 0.01:
        raise ValueError(f"the columns are {sum(form.columns)} mm wide, not {measure}")

    def turn() -> Pen:
        return press.page(width, height)

    def foot(pen: Pen, page: int, pages: int) -> None:
        _foot(press, pen, sheet, form, page, pages)

    press.on_each_page(foot)
    pen = press.page(width, height)
    y = _heading(press, pen, form)
    lines = [line for note in form.notes for line in press.setting(KAI, _SMALL).lines(note, measure * MM)]
    below = 3 + 5.2 * len(lines) if lines else 0.0
    bottom = height - 22
    table = Table(form.columns, tuple(form.rows), form.margin, form.head, form.sizes, form.spare)
    pen, y = table.draw(press, pen, y, bottom, _AGAIN, turn, below)
    y += 3
    for line in lines:
        pen.line(press.setting(KAI, _SMALL), line, form.margin, y)
        y += 5.2


def _heading(press: Press, pen: Pen, form: Ruled) -> float:
    """Office, title and the line above the table; returns the y of the table's upper rule. The code's corner stays free."""
    y, middle = form.top, pen.width / 2
    room = 2 * (middle - form.margin - CODE - 2)
    if form.office:
        pen.text(press.fitting(TITLE, form.office, _OFFICE, room), form.office, middle, y, 0.5)
        y += _OFFICE / MM + 4.5
    spread = 3.0 if len(form.title) <= 6 else 1.2
    setting = press.fitting(TITLE, form.title, _TITLE, room - spread * len(form.title))
    pen.text(setting, form.title, middle, y, 0.5, spread=spread)
    y += _TITLE / MM + 5
    if not (form.left or form.right):
        return y
    small = press.fitting(SONG, form.left + "　" + form.right, _SMALL, pen.width - 2 * form.margin, 7.0, 0.5)
    pen.text(small, form.left, form.margin, y)
    pen.text(small, form.right, pen.width - form.margin, y, 1.0)
    return y + _SMALL / MM + 1.8


def _foot(press: Press, pen: Pen, sheet: Sheet, form: Ruled, page: int, pages: int) -> None:
    small = press.setting(SONG, 9.0)
    edge = pen.width - form.margin
    if sheet.serial:
        codes.qr(pen, codes.mark(sheet.serial, page), edge - CODE + 2, 6 if page > 1 else form.top - 12, CODE)
        if form.bar and page == 1:
            codes.code128(pen, sheet.serial, form.margin, pen.height - 18, 62, 6.5)
    if page > 1:
        said = f"{form.title}　{form.right}" if form.right else form.title
        pen.text(small, said, form.margin, _AGAIN - 6, 0.0, GREY)
    if pages > 1:
        pen.text(small, f"第 {page} 页　共 {pages} 页", pen.width / 2, pen.height - 15, 0.5, GREY)
