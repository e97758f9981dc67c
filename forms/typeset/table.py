"""Ruled tables that measure before they draw: rows grow, text shrinks, nothing ever overflows.

A table is rows of boxes; a box spans columns, and rows by `down`, and holds a Content. The largest of SIZES is taken at
which the table fits the room it is given; when none does, it is set in a size that reads well and grows over the next
pages, parting between rows and inside high ones, its head repeated. No value is smaller than the last of SIZES but what
may not be parted (contents.Value).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count

from forms.base import Cell
from forms.typeset.contents import PAD, PAD_Y, Content, Label, Value
from forms.typeset.page import Pen, Press

SIZES = (12.0, 11.0, 10.5, 10.0, 9.5, 9.0)
_LONG_SIZE = 10.5
_PART = 24.0  # mm
_TOGETHER = 3  # rows that go with an end for which there is no room


@dataclass(frozen=True, slots=True)
class Box:
    """span: columns; down: rows, this one counted. The rows below leave out what stands there already."""

    content: Content
    span: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """boxes: those that begin in this row, from the left, into the columns that no box from above holds.

    least: mm of height; stretch: share of room left over. A row that is to be roomy asks for it by stretch: what it asked
    by least would be had by making every letter smaller. pad: mm above and below the contents. keep: no page ends below
    it. under: it is one of a list whose headings are the nearest row above that is none of it: they come again on a page that
    begins within the list. Of a row that was parted: open, no rule follows this part; at_top, its boxes when it begins a page (with the label).
    """

    boxes: tuple[Box, ...]
    least: float = 8.5
    stretch: float = 0.0
    pad: float = PAD_Y
    keep: bool = False
    under: bool = False
    open: bool = False
    at_top: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class _Placed:
    """A box where it stands: its first row and column."""

    row: int
    column: int
    box: Box


def field(label: str, cell: Cell, span: int = 1, after: str = "") -> tuple[Box, Box]:
    """A heading and its value."""
    return Box(Label(label)), Box(Value(cell, after=after), span)


def blank() -> Cell:
    """A cell to be filled in by hand: known to be empty."""
    return Cell("", "")


@dataclass(frozen=True, slots=True)
class Table:
    """columns: widths in mm. x: its left edge. head: how many of the first rows come again on every page.

    sizes: points that its values may have, the largest first. spare: makes the nth of the rows that fill what is left of
    the last page, for those who are not in the list yet.
    """

    columns: tuple[float, ...]
    rows: tuple[Row, ...]
    x: float
    head: int = 0
    sizes: tuple[float, ...] = SIZES
    spare: Callable[[int], Row] | None = None

    def _width(self, column: int, span: int) -> float:
        return sum(self.columns[column : column + span])

    def _placed(self, rows: Sequence[Row]) -> list[_Placed]:
        """Every box with its place. ValueError when a row's boxes do not fill the columns left to it."""
        held = [0] * len(self.columns)  # how many rows more each column is held from above
        out: list[_Placed] = []
        for n, row in enumerate(rows):
            free = [c for c, rest in enumerate(held) if not rest]
            held = [max(0, rest - 1) for rest in held]
            at = 0
            for box in row.boxes:
                mine = free[at : at + box.span]
                if len(mine) < box.span or mine[-1] - mine[0] != box.span - 1:
                    raise ValueError(f"row {n}: a box of {box.span} columns has no room")
                out.append(_Placed(n, mine[0], box))
                for column in mine:
                    held[column] = box.down - 1
                at += box.span
            if at != len(free):
                raise ValueError(f"row {n}: spans add up to {at}, not to {len(free)}")
        if any(held):
            raise ValueError("a box reaches below the last row")
        return out

    def heights(self, press: Press, size: float) -> list[float]:
        """mm of every row at that size of values."""
        return self._heights(press, self.rows, self._placed(self.rows), size)

    def _heights(self, press: Press, rows: Sequence[Row], placed: Sequence[_Placed], size: float) -> list[float]:
        heights = [row.least for row in rows]
        tall: list[tuple[_Placed, float]] = []
        for place in placed:
            pad = 2 * rows[place.row].pad
            high = place.box.content.height(press, self._width(place.column, place.box.span) - 2 * PAD, size) + pad
            if place.box.down == 1:
                heights[place.row] = max(heights[place.row], high)
            else:
                tall.append((place, high))
        for place, high in tall:
            last = place.row + place.box.down
            heights[last - 1] += max(0.0, high - sum(heights[place.row : last]))
        return heights

    def draw(
        self, press: Press, pen: Pen, y: float, bottom: float, again: float, turn: Callable[[], Pen], below: float = 0.0
    ) -> tuple[Pen, float]:  # fmt: skip
        """Draws between y and bottom (mm). turn() begins another page, on which the table goes on at again.

        below: mm that are left free under the table's end. Returns the pen and the y below the table.
        """
        size, rows, placed, heights = self._fit(press, bottom - below - y)
        spare = bottom - below - y - sum(heights)
        shares = sum(row.stretch for row in rows)
        if spare > 0 and shares:
            heights = [h + spare * row.stretch / shares for h, row in zip(heights, rows, strict=True)]
        first = 0
        while True:
            heads = self._heads(rows, first)
            room = bottom - y - sum(heights[n] for part in heads for n in part)
            last = self._page_end(rows, heights, first, room)
            if last == len(rows) and sum(heights[first:]) > room - below + 1e-6:
                # The end goes over and takes rows along: as few as make room for it, and never more than a few.
                few = self._page_end(rows, heights, first, room, max(first + 1, len(rows) - _TOGETHER))
                last = max(few, self._page_end(rows, heights, first, room - below))
            top = y
            for part in heads:
                y = self._page(press, pen, rows, placed, heights, part, y, size)
            y = self._page(press, pen, rows, placed, heights, range(first, last), y, size)
            if last == len(rows):
                y = self._spare(press, pen, y, bottom - below, size)
            pen.box(self.x, top, sum(self.columns), y - top, 0.5)
            if last == len(rows):
                return pen, y
            pen, y, first = turn(), again, last

    def _heads(self, rows: Sequence[Row], first: int) -> list[range]:
        """Which rows come again on the page that begins with that row."""
        heads = [range(self.head)] if first else []
        if first and rows[first].under:
            above = next(n for n in range(first, -1, -1) if not rows[n].under)
            heads.append(range(above, above + 1))
        return heads

    def _spare(self, press: Press, pen: Pen, y: float, bottom: float, size: float) -> float:
        """Draws as many spare rows as fit; returns the y below them."""
        if self.spare is None:
            return y
        for n in count(1):
            row = (self.spare(n),)
            placed = self._placed(row)
            heights = self._heights(press, row, placed, size)
            if y + heights[0] > bottom + 1e-6:
                break
            y = self._page(press, pen, row, placed, heights, range(1), y, size)
        return y

    def _page_end(self, rows: Sequence[Row], heights: Sequence[float], first: int, room: float, most: int | None = None) -> int:
        """Behind the last row that fits (of the first `most`), at least one row on; a row that keeps its next one ends no page."""
        end, used, most = first, 0.0, len(rows) if most is None else most
        while end < most and used + heights[end] <= room + 1e-6:
            used += heights[end]
            end += 1
        if end == len(rows):
            return end
        kept = end
        while kept > first + 1 and (rows[kept - 1].keep or kept <= self.head):
            kept -= 1
        return max(kept if kept > first + 1 else end, first + 1)

    def _fit(self, press: Press, room: float) -> tuple[float, Sequence[Row], list[_Placed], list[float]]:
        placed = self._placed(self.rows)
        for size in self.sizes:
            heights = self._heights(press, self.rows, placed, size)
            if sum(heights) <= room:
                return size, self.rows, placed, heights
        size = min(_LONG_SIZE, self.sizes[0])
        rows = self._parted(press, size)
        placed = self._placed(rows)
        return size, rows, placed, self._heights(press, rows, placed, size)

    def _parted(self, press: Press, size: float) -> tuple[Row, ...]:
        """The rows, high ones in parts of a few lines, so that a page can end between any two of them."""
        placed = self._placed(self.rows)
        parts = [self._part(press, row, [p for p in placed if p.row == n], size) for n, row in enumerate(self.rows)]
        longer = {n: len(part) - 1 for n, part in enumerate(parts)}
        out: list[Row] = []
        for n, part in enumerate(parts):
            for m, row in enumerate(part):
                boxes = tuple(
                    replace(box, down=box.down + sum(longer[k] for k in range(n, n + box.down))) if box.down > 1 else box
                    for box in row.boxes
                )
                out.append(replace(row, boxes=boxes if m == 0 else tuple(b for b in boxes if b.down == 1)))
        return tuple(out)

    def _part(self, press: Press, row: Row, placed: Sequence[_Placed], size: float) -> list[Row]:
        columns: list[list[Content]] = []
        for place in placed:
            splitter = getattr(place.box.content, "split", None) if place.box.down == 1 else None
            width = self._width(place.column, place.box.span) - 2 * PAD
            columns.append(splitter(press, width, size, _PART) if splitter else [place.box.content])
        most = max(map(len, columns), default=1)
        if most == 1:
            return [row]
        out = []
        for n in range(most):
            here, top = [], []
            for box, parts in zip(row.boxes, columns, strict=True):
                content = parts[n] if n < len(parts) else box.content if box.down > 1 else Label("")
                here.append(Box(content, box.span, box.down))
                top.append(box if isinstance(box.content, Label) else here[-1])
            out.append(Row(tuple(here), 0, 0, 0, row.keep, row.under, n < most - 1, tuple(b for b in top if b.down == 1) if n else ()))
        return out

    def _page(
        self, press: Press, pen: Pen, rows: Sequence[Row], placed: Sequence[_Placed], heights: Sequence[float],
        here: range, y: float, size: float,
    ) -> float:  # fmt: skip
        """Draws those rows below each other from y; a box that reaches over the page's end is drawn as far as it goes."""
        if not here:
            return y
        edges = [0.0, *accumulate(self.columns)]
        tops = {}
        for n in here:
            tops[n] = y
            y += heights[n]
        for place in placed:
            last = place.row + place.box.down
            if last <= here.start or place.row >= here.stop:
                continue
            began = place.row >= here.start
            begin, end = max(place.row, here.start), min(last, here.stop)
            content = place.box.content if began or isinstance(place.box.content, Label) else Label("")
            if place.row == here.start and place.box.down == 1 and rows[place.row].at_top:
                content = self._at_top(rows[place.row], place, placed)
            x, width = self.x + edges[place.column], edges[place.column + place.box.span] - edges[place.column]
            top, high, pad = tops[begin], sum(heights[begin:end]), rows[place.row].pad
            content.draw(press, pen, x + PAD, top + pad, width - 2 * PAD, high - 2 * pad, size)
            if place.column:
                pen.rule(x, top, x, top + high)
            if not (rows[end - 1].open and end == last):
                pen.rule(x, top + high, x + width, top + high)
        return y

    @staticmethod
    def _at_top(row: Row, place: _Placed, placed: Sequence[_Placed]) -> Content:
        mine = [p for p in placed if p.row == place.row and p.box.down == 1]
        return row.at_top[mine.index(place)].content
