"""The grid of GB/T 9704-2012: 22 lines of 28 characters on 156 × 225 mm, in mm from the top left corner.

A line is 225/22 mm high and its character stands in the middle of it; 三号 characters are 16 pt with -0.207 pt between
them, for 28 × 16 pt is two millimetres wider than the 版心.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import groupby

from forms.typeset.breaker import Line
from forms.typeset.chains import FANG
from forms.typeset.ink import Setting
from forms.typeset.page import MM, Pen, Press

LEFT, TOP, MEASURE, DEPTH = 28.0, 37.0, 156.0, 225.0
LINES, COLUMNS = 22, 28
PITCH = DEPTH / LINES
SIZE = 16.0  # 三号
TRACKING = (MEASURE * MM - COLUMNS * SIZE) / (COLUMNS - 1)
CHARACTER = MEASURE / COLUMNS  # mm from one character to the next, near enough for 空一字
TITLE_SIZE = 22.0  # 二号
SMALL = 14.0  # 四号


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the grid. x: mm; head: how many of its characters are set in head_chain. An empty row is blank.

    group, nth: the text it belongs to, and its place in it; the same two always mean the same row.
    """

    line: Line | None = None
    x: float = LEFT
    chain: str = FANG
    size: float = SIZE
    head: int = 0
    head_chain: str = FANG
    group: str = ""
    nth: int = 0


BLANK = Row()


def line_top(index: int, size: float = SIZE) -> float:
    """mm from the top of the page to the top of a character of that size standing in the middle of that line."""
    return TOP + PITCH * index + (PITCH - size / MM) / 2


def body_setting(press: Press, chain: str = FANG) -> Setting:
    return press.setting(chain, SIZE, TRACKING)


def draw_rows(press: Press, pen: Pen, rows: list[Row], first: int) -> None:
    """Draws rows on the lines of the grid, the first of them on line `first` (from 0)."""
    at = first
    for group, members in groupby(rows, key=lambda row: row.group):
        run = list(members)
        if group:
            draw = partial(_draw_run, press, run=run, at=at)
            press.repeated(pen, (group, run[0].nth, len(run), at), draw)
        else:
            _draw_run(press, pen, run, at)
        at += len(run)


def _draw_run(press: Press, pen: Pen, run: list[Row], at: int) -> None:
    for index, row in enumerate(run, at):
        if row.line is not None:
            _draw_row(press, pen, row, row.line, line_top(index, row.size))


def _draw_row(press: Press, pen: Pen, row: Row, line: Line, y: float) -> None:
    setting = press.setting(row.chain, row.size, TRACKING if row.size == SIZE else 0.0)
    if not row.head:
        pen.line(setting, line, row.x, y)
        return
    gaps = max(len(line.text) - 1, 1)
    spread = (line.spread * SIZE - line.squeezed * SIZE / gaps) / MM
    bold = press.setting(row.head_chain, row.size, TRACKING)
    head, rest = line.text[: row.head], line.text[row.head :]
    pen.text(bold, head, row.x, y, spread=spread)
    x = row.x + (bold.width(head) + TRACKING) / MM + spread * len(head)
    pen.text(setting, rest, x, y, spread=spread)
