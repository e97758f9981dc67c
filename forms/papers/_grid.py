"""Tables of headings and values on a fine grid: what the papers about one person are set on.

A grid of equal columns lets every row part its width as its own contents need. Widths are counted in units of UNIT mm.
"""

from __future__ import annotations

from collections.abc import Mapping

from forms.base import Cell, Sheet
from forms.papers._ruled import telephone
from forms.typeset.contents import Content, Label, Signed, Value
from forms.typeset.table import Box, Row

UNIT, UNITS = 5.0, 34
GRID = (UNIT,) * UNITS
MARGIN = 20.0  # of A4, left and right
_LABEL = 5  # units of a heading


def row(*pairs: tuple[str, Cell | Content, int], least: float = 9.0, stretch: float = 0.0, label: int = _LABEL) -> Row:
    """Headings, each before its value of so many units. The last value takes what is left when its width is 0."""
    boxes: list[Box] = []
    for heading, value, units in pairs:
        boxes.append(Box(Label(heading), label))
        wide = units or UNITS - label - sum(b.span for b in boxes[:-1])
        boxes.append(Box(Value(value) if isinstance(value, Cell) else value, wide))
    return Row(tuple(boxes), least, stretch)


def band(text: str, keep: bool = True) -> Row:
    """A heading over the whole width, which no page ends below."""
    return Row((Box(Label(text), UNITS),), 7.5, keep=keep)


def heads(columns: Mapping[str, int]) -> Row:
    """The headings of rows: words and units."""
    return Row(tuple(Box(Label(text), units) for text, units in columns.items()), 8, keep=True)


def opinion(heading: str, sentence: str = "", name: str = "（盖章）", least: float = 26.0, stretch: float = 0.0) -> Row:
    """A box in which somebody writes an opinion, signs and dates it."""
    return Row((Box(Label(heading), _LABEL), Box(Signed(sentence, name, room=14), UNITS - _LABEL)), least, stretch)


def sample(**texts: str) -> dict[str, Cell]:
    """Known cells of a sample; the dot of a name is written as two underscores."""
    return {(key := name.replace("__", ".")): Cell(key, text) for name, text in texts.items()}


def sample_rows(names: tuple[str, ...], *rows: tuple[str, ...]) -> list[dict[str, Cell]]:
    return [dict(zip(names, (Cell(n, text) for n, text in zip(names, row_, strict=True)), strict=True)) for row_ in rows]


def empty(names: tuple[str, ...], count: int) -> list[dict[str, Cell]]:
    """Rows to be filled in by hand."""
    return [dict.fromkeys(names, Cell("", "")) for _ in range(count)]


def rows_or_empty(sheet: Sheet, name: str, names: tuple[str, ...], least: int) -> list[Mapping[str, Cell]]:
    """Those that are known, and empty ones up to a least number."""
    known = list(sheet.each(name))
    return [*known, *empty(names, least - len(known))]


OFFICE = sample(
    office__name="柘城县慈圣镇", office__phone="0370-0000000", office__supervision_phone="0370-0000001", account__name="王𡋾",
    paper__date="2026年11月24日",
)  # fmt: skip
PHONES = ("office.phone", "office.supervision_phone")


def phones(sheet: Sheet) -> str:
    return f"窗口电话：{telephone(sheet)}　　监督电话：{telephone(sheet, 'office.supervision_phone')}"
