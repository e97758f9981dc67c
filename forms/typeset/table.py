"""Ruled tables that measure before they draw: rows grow, text shrinks, nothing ever overflows.

A table is rows of boxes; a box spans columns and holds a Content. The largest of SIZES is taken at which the table
fits the room it is given; when none does, it is set in a size that reads well and grows over the next pages, parting
between rows and inside high ones. No value is smaller than the last of SIZES but what may not be parted (contents.Value).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from forms.base import Cell
from forms.typeset.contents import PAD, PAD_Y, Content, Label, Value
from forms.typeset.page import Pen, Press

SIZES = (12.0, 11.0, 10.5, 10.0, 9.5, 9.0)
_LONG_SIZE = 10.5
_PART = 24.0  # mm


@dataclass(frozen=True, slots=True)
class Box:
    content: Content
    span: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """boxes: their spans add up to the number of columns. least: mm of height; stretch: share of room left over.

    A row that is to be roomy asks for it by stretch: what it asked by least would be had by making every letter smaller.
    pad: mm above and below the contents. Of a row that was parted: open, no rule follows this part; at_top, its boxes
    when it begins a page (with the label).
    """

    boxes: tuple[Box, ...]
    least: float = 8.5
    stretch: float = 0.0
    pad: float = PAD_Y
    open: bool = False
    at_top: tuple[Box, ...] = ()


def field(label: str, cell: Cell, span: int = 1, after: str = "") -> tuple[Box, Box]:
    """A heading and its value."""
    return Box(Label(label)), Box(Value(cell, after=after), span)


@dataclass(frozen=True, slots=True)
class Table:
    """columns: widths in mm. x: its left edge."""

    columns: tuple[float, ...]
    rows: tuple[Row, ...]
    x: float

    def _widths(self, row: Row) -> list[float]:
        at, out = 0, []
        for box in row.boxes:
            out.append(sum(self.columns[at : at + box.span]))
            at += box.span
        if at != len(self.columns):
            raise ValueError(f"spans add up to {at}, not to {len(self.columns)}")
        return out

    def heights(self, press: Press, size: float) -> list[float]:
        return [
            max(
                row.least,
                *(
                    box.content.height(press, width - 2 * PAD, size) + 2 * row.pad
                    for box, width in zip(row.boxes, self._widths(row), strict=True)
                ),
            )
            for row in self.rows
        ]

    def draw(self, press: Press, pen: Pen, y: float, bottom: float, again: float, turn: Callable[[], Pen]) -> tuple[Pen, float]:
        """Draws between y and bottom (mm). turn() begins another page, on which the table goes on at again.

        Returns the pen and the y below the table.
        """
        size, heights = self._fit(press, bottom - y)
        if sum(heights) > bottom - y:
            size = _LONG_SIZE
            rows = tuple(part for row in self.rows for part in self._part(press, row, size))
            heights = replace(self, rows=rows).heights(press, size)
        else:
            rows = self.rows
        spare = bottom - y - sum(heights)
        shares = sum(row.stretch for row in rows)
        if spare > 0 and shares:
            heights = [h + spare * row.stretch / shares for h, row in zip(heights, rows, strict=True)]
        top = y
        for row, height in zip(rows, heights, strict=True):
            if y + height > bottom + 1e-6 and y > top:
                self._frame(pen, top, y)
                pen, top = turn(), again
                y = top
                row = replace(row, boxes=row.at_top or row.boxes)
            self._row(press, pen, row, y, height, size)
            y += height
        self._frame(pen, top, y)
        return pen, y

    def _part(self, press: Press, row: Row, size: float) -> list[Row]:
        """A high row in parts of a few lines, so that a page can end between any two of them."""
        columns: list[list[Content]] = []
        for box, width in zip(row.boxes, self._widths(row), strict=True):
            splitter = getattr(box.content, "split", None)
            columns.append(splitter(press, width - 2 * PAD, size, _PART) if splitter else [box.content])
        count = max(map(len, columns))
        if count == 1:
            return [row]
        out = []
        for n in range(count):
            here, top = [], []
            for box, parts in zip(row.boxes, columns, strict=True):
                content = parts[n] if n < len(parts) else Label("")
                here.append(Box(content, box.span))
                top.append(box if isinstance(box.content, Label) else here[-1])
            out.append(Row(tuple(here), 0, 0, 0, n < count - 1, tuple(top)))
        return out

    def _fit(self, press: Press, room: float) -> tuple[float, list[float]]:
        heights: list[float] = []
        for size in SIZES:
            heights = self.heights(press, size)
            if sum(heights) <= room:
                return size, heights
        return SIZES[-1], heights

    def _row(self, press: Press, pen: Pen, row: Row, y: float, height: float, size: float) -> None:
        x = self.x
        for n, (box, width) in enumerate(zip(row.boxes, self._widths(row), strict=True)):
            if n:
                pen.rule(x, y, x, y + height)
            inner = height - 2 * row.pad
            box.content.draw(press, pen, x + PAD, y + row.pad, width - 2 * PAD, inner, size)
            x += width
        if not row.open:
            pen.rule(self.x, y + height, x, y + height)

    def _frame(self, pen: Pen, top: float, bottom: float) -> None:
        pen.box(self.x, top, sum(self.columns), bottom - top, 0.5)
