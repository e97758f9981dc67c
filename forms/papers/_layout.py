"""What the desk's own A4 forms share: the heading, the margins, the foot."""

from __future__ import annotations

from forms.typeset.chains import KAI, SONG, TITLE
from forms.typeset.ink import GREY
from forms.typeset.page import MM, WIDTH, Pen, Press

LEFT, MEASURE = 25.0, 160.0
RIGHT = LEFT + MEASURE
BOTTOM = 272.0
AGAIN = 25.0  # where a table goes on, on its next page


def heading(press: Press, pen: Pen, y: float, office: str, title: str) -> float:
    """The office in 小标宋 over the letter-spaced title of the form. Returns the y (mm) below them."""
    if office:
        size = 16.0
        while size > 9 and press.setting(TITLE, size).width(office) > MEASURE * MM:
            size -= 1
        pen.text(press.setting(TITLE, size), office, WIDTH / 2, y, 0.5)
        y += 16 / MM + 4.5
    pen.text(press.setting(TITLE, 22.0), title, WIDTH / 2, y, 0.5, spread=3.0 if len(title) <= 6 else 1.2)
    return y + 22 / MM + 5


def above_table(press: Press, pen: Pen, y: float, left: str, right: str) -> float:
    """The line over the table: left and right in 宋体 10.5. Returns the y of the table's upper rule."""
    setting = press.setting(SONG, 10.5)
    size = 10.5
    while size > 7 and setting.width(left + "　" + right) > MEASURE * MM:
        size -= 0.5
        setting = press.setting(SONG, size)
    pen.text(setting, left, LEFT, y)
    pen.text(setting, right, RIGHT, y, 1.0)
    return y + 10.5 / MM + 1.8


def foot(press: Press, pen: Pen, y: float, notes: tuple[str, ...]) -> float:
    """Notes under the table, 楷体 10.5, wrapped. Returns the y below."""
    setting = press.setting(KAI, 10.5)
    for note in notes:
        for line in setting.lines(note, MEASURE * MM):
            pen.line(setting, line, LEFT, y)
            y += 5.2
    return y


def folio(press: Press, pen: Pen, serial: str, page: int) -> None:
    """On the second page of a copy and after: which paper this is, and which page of it."""
    pen.text(press.setting(SONG, 9.0), f"编号：{serial}　第{page}页", RIGHT, AGAIN - 6, 1.0, GREY)
