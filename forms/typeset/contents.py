"""What can stand in a box of a ruled table. Every content measures itself before it draws.

To add one: a frozen dataclass with the two methods of Content, and `split` when it can be higher than a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from forms.base import TO_VERIFY, Cell, words
from forms.typeset.breaker import Line
from forms.typeset.chains import KAI, SONG
from forms.typeset.ink import GREY, Setting
from forms.typeset.page import MM, Pen, Press

PAD = 1.4  # mm between rule and text, left and right
PAD_Y = 1.5
LEADING = 1.35
_LABEL = 10.5
_SMALLEST = 7.5  # points: nothing is printed smaller
_NEARLY = 1.3
_NARROW = 14.0  # em
_APART = 5.0  # mm between answers


class Content(Protocol):
    """What stands in a box. Heights and widths in mm, without the padding; size: points of a value."""

    def height(self, press: Press, width: float, size: float) -> float: ...

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None: ...


def pitch(size: float) -> float:
    """mm from line to line."""
    return size * LEADING / MM


def draw_lines(pen: Pen, setting: Setting, lines: Sequence[Line], x: float, y: float, width: float, align: float = 0.0) -> None:
    """Lines below each other, y the top of the first line's room."""
    step = pitch(setting.size)
    lead = (step - setting.size / MM) / 2
    for n, line in enumerate(lines):
        if align:
            left = x + align * max(0.0, width - line.width * setting.size / MM)
            pen.line(setting, line.unspread(), left, y + lead + n * step)
        else:
            pen.line(setting, line, x, y + lead + n * step)


@dataclass(frozen=True, slots=True)
class Label:
    """A heading, in the middle of its box; newlines part it where the form wants."""

    text: str

    def _set(self, press: Press, width: float, size: float) -> tuple[Setting, list[Line]]:
        setting = press.setting(SONG, min(_LABEL, size))
        return setting, setting.lines(self.text, width * MM)

    def height(self, press: Press, width: float, size: float) -> float:
        setting, lines = self._set(press, width, size)
        return len(lines) * pitch(setting.size)

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting, lines = self._set(press, width, size)
        draw_lines(pen, setting, lines, x, y + (height - len(lines) * pitch(setting.size)) / 2, width, 0.5)


@dataclass(frozen=True, slots=True)
class Value:
    """A cell. Known values in 楷体; 待核实 with its mark behind; the other states small, in grey 宋体.

    top: begins at the top of the box (long texts). after: words behind a value that is there ('个工作日').
    """

    cell: Cell
    top: bool = False
    align: float = 0.0
    after: str = ""
    part: tuple[Line, ...] = ()  # of a value that was parted: the lines that stand here

    def _set(self, press: Press, width: float, size: float) -> tuple[Setting, list[Line]]:
        # Measured and then drawn, and of many copies most values are alike.
        key = (self.cell.text, self.cell.state, self.top, self.after, width, size)
        setting, lines = press.known(key, lambda: self._break(press, width, size))
        return setting, [*self.part] or lines

    def _break(self, press: Press, width: float, size: float) -> tuple[Setting, list[Line]]:
        cell = self.cell
        if cell.state not in ("k", "v"):
            setting = press.setting(SONG, min(9.0, size))
            return setting, setting.lines(words(cell), width * MM)
        text = cell.text + (self.after if cell.text else "") + (TO_VERIFY if cell.state == "v" else "")
        setting = press.setting(KAI, size)
        # A number is shrunk rather than parted: a parted ID number is misread. So is what nearly fits a narrow box, where
        # a date or a name would leave a character or two below. Every other text keeps its size: its row grows.
        longest = max((setting.width(part) for part in text.split() if part.isascii()), default=0.0) / MM
        narrow = width * MM <= _NARROW * size
        whole = setting.width(text) / MM if narrow and not self.top and "\n" not in text else 0.0
        if width < whole <= width * _NEARLY:
            longest = whole
        if longest > width:
            setting = press.setting(KAI, max(_SMALLEST, int(4 * size * width / longest) / 4))
        lines = setting.lines(text, width * MM)
        # In a narrow box the little that is left over would stand out between the few characters.
        return setting, [line.unspread() for line in lines] if narrow else lines

    def height(self, press: Press, width: float, size: float) -> float:
        setting, lines = self._set(press, width, size)
        return len(lines) * pitch(setting.size)

    def split(self, press: Press, width: float, size: float, room: float) -> list[Content]:
        setting, lines = self._set(press, width, size)
        each = max(1, int(room // pitch(setting.size)))
        return [replace(self, part=tuple(lines[i : i + each]), top=len(lines) > each) for i in range(0, len(lines), each)]

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting, lines = self._set(press, width, size)
        step = pitch(setting.size)
        if not self.top:
            y += (height - len(lines) * step) / 2
        if self.cell.state in ("k", "v"):
            draw_lines(pen, setting, lines, x, y, width, self.align)
            return
        lead = (step - setting.size / MM) / 2
        for n, line in enumerate(lines):
            pen.line(setting, line, x, y + lead + n * step, GREY)


@dataclass(frozen=True, slots=True)
class Ticks:
    """A list of things, each behind a box that is ticked or not; one a line."""

    items: tuple[tuple[Cell, bool], ...]

    def _each(self, press: Press, width: float, size: float) -> list[tuple[bool, Value, float]]:
        out = []
        for cell, ticked in self.items:
            value = Value(cell, top=True)
            out.append((ticked, value, value.height(press, width - self._indent(size), size)))
        return out

    @staticmethod
    def _indent(size: float) -> float:
        return size / MM * 1.4

    def height(self, press: Press, width: float, size: float) -> float:
        return sum(h for _, _, h in self._each(press, width, size))

    def split(self, press: Press, width: float, size: float, room: float) -> list[Content]:
        parts: list[list[tuple[Cell, bool]]] = [[]]
        used = 0.0
        for item, (_, _, high) in zip(self.items, self._each(press, width, size), strict=True):
            if parts[-1] and used + high > room:
                parts.append([])
                used = 0.0
            parts[-1].append(item)
            used += high
        return [Ticks(tuple(part)) for part in parts]

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        each = self._each(press, width, size)
        y += max(0.0, min(PAD_Y, (height - sum(h for _, _, h in each)) / 2))
        side, indent = size / MM * 0.82, self._indent(size)
        for ticked, value, high in each:
            pen.tick(x, y + (pitch(size) - side) / 2, side, ticked)
            value.draw(press, pen, x + indent, y, width - indent, high, size)
            y += high


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers, each behind its box, in as many lines as they take.

    many: several may be ticked, the value joins them by 、. What is none of the answers is written behind them.
    """

    cell: Cell
    answers: tuple[str, ...]
    many: bool = False

    def _given(self) -> list[str]:
        if self.cell.state not in ("k", "v"):
            return []
        return self.cell.text.split("、") if self.many else [self.cell.text]

    def _behind(self) -> str:
        """What is no answer of the list; the state, when there is one to say."""
        if self.cell.state not in ("k", "v"):
            return words(self.cell)
        other = "、".join(part for part in self._given() if part not in self.answers)
        return other + (TO_VERIFY if self.cell.state == "v" else "")

    def _placed(self, press: Press, width: float, size: float) -> tuple[Setting, list[tuple[str, float, int]], float, list[Line]]:
        """(setting, each answer with its x and its line, the x and the lines of what stands behind)."""
        setting = press.setting(SONG, min(_LABEL, size))
        side = setting.size / MM * 0.82 + 1.2
        placed: list[tuple[str, float, int]] = []
        x, row = 0.0, 0
        for answer in self.answers:
            wide = side + setting.width(answer) / MM
            if x and x + wide > width:
                x, row = 0.0, row + 1
            placed.append((answer, x, row))
            x += wide + _APART
        small = press.setting(SONG, 9.0)
        behind = self._behind()
        if behind and placed and x + small.width(behind) / MM > width:
            x -= _APART - 1.5  # hard behind the last answer rather than on a line of its own
        if behind and x + small.width(behind) / MM > width:
            x = 0.0
        return setting, placed, x, small.lines(behind, (width - x) * MM) if behind else []

    def _rows(self, placed: list[tuple[str, float, int]], x: float, behind: list[Line]) -> int:
        answers = placed[-1][2] + 1 if placed else 0
        return answers + (len(behind) if x == 0.0 else 0)

    def height(self, press: Press, width: float, size: float) -> float:
        _, placed, x, behind = self._placed(press, width, size)
        return max(1, self._rows(placed, x, behind)) * pitch(size)

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting, placed, behind_x, behind = self._placed(press, width, size)
        rows = max(1, self._rows(placed, behind_x, behind))
        side = setting.size / MM * 0.82
        first = y + (height - rows * pitch(size)) / 2 + pitch(size) / 2
        given = self._given()
        for answer, left, row in placed:
            middle = first + row * pitch(size)
            pen.tick(x + left, middle - side / 2, side, answer in given)
            pen.text(setting, answer, x + left + side + 1.2, middle - setting.size / MM / 2)
        small = press.setting(SONG, 9.0)
        row = rows - len(behind)
        for n, line in enumerate(behind):
            pen.line(small, line, x + behind_x, first + (row + n) * pitch(size) - small.size / MM / 2, GREY)


@dataclass(frozen=True, slots=True)
class Signed:
    """A text with room to sign below it: sentence at the top, `name` and a date at the lower right."""

    sentence: str
    name: str
    date: str = "年　　月　　日"
    room: float = 12.0

    def _set(self, press: Press, width: float, size: float) -> tuple[Setting, list[Line]]:
        setting = press.setting(SONG, min(_LABEL, size))
        lines = setting.lines("　　" + self.sentence, width * MM) if self.sentence else []
        return setting, lines

    def height(self, press: Press, width: float, size: float) -> float:
        setting, lines = self._set(press, width, size)
        return len(lines) * pitch(setting.size) + self.room

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting, lines = self._set(press, width, size)
        draw_lines(pen, setting, lines, x, y, width)
        base = y + height - setting.size / MM - 1
        day_x = x + width - 2 - setting.width(self.date) / MM
        pen.text(setting, self.date, day_x, base)
        # 25 mm are left for the hand that signs, where the box has them.
        pen.text(setting, self.name, max(x, day_x - 25 - setting.width(self.name) / MM), base)


@dataclass(frozen=True, slots=True)
class Photo:
    """Room for a photo to be glued or printed. data: a JPEG or PNG, b'' for none; words: what stands in the empty frame."""

    data: bytes = b""
    words: str = "照\n片"
    least: float = 36.0  # a photo of one inch is 25 × 35 mm

    def height(self, press: Press, width: float, size: float) -> float:
        return self.least

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        if self.data:
            pen.picture(self.data, x, y, width, height)
        else:
            Label(self.words).draw(press, pen, x, y, width, height, size)
