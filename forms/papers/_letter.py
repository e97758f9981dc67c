"""A letter that is no official paper: the office's red head, a title, whom it greets, what it says, who signs.

The text is as large as the page lets it be, and goes on over further pages when even the smallest does not fit. Everything is mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forms.base import Sheet
from forms.typeset.breaker import Line
from forms.typeset.chains import FANG, HEI, SONG, TITLE
from forms.typeset.flow import heading
from forms.typeset.ink import GREY, RED, Setting
from forms.typeset.page import MM, Pen, Press
from forms.typeset.titles import shape_title

LEFT, MEASURE, BOTTOM = 28.0, 154.0, 272.0
_TOP, _AGAIN = 22.0, 28.0
_SIZES = (16.0, 15.0, 14.0, 13.0, 12.0)
_LEADING = 1.72
_TITLE = 22.0
_SHORT = 5  # characters of a title that is spread


@dataclass(frozen=True, slots=True)
class _Set:
    """One line in its place: x from the left edge of the page."""

    setting: Setting
    line: Line
    x: float


def lettered(press: Press, sheet: Sheet, below: float = 0.0) -> tuple[Pen, float]:
    """Draws mark, title, to, body, sign and date of a notice. below: mm that stay free at the foot of the last page.

    Returns the last page and the y below the date.
    """
    pen = press.page()
    y = _head(press, pen, sheet)
    bottom = BOTTOM - below
    size = next((s for s in _SIZES if y + len(_lines(press, sheet, s)) * _step(s) <= bottom), _SIZES[2])
    lines, step = _lines(press, sheet, size), _step(size)
    for n, found in enumerate(lines):
        # The signature takes a line of the text with it.
        left = len(lines) - n
        if y + step > (BOTTOM if left > 5 else bottom - (left - 1) * step) + 0.01 and y > _AGAIN:
            pen, y = press.page(), _AGAIN
        if found is not None:
            pen.line(found.setting, found.line, found.x, y + (step - size / MM) / 2)
        y += step
    return pen, y


def _step(size: float) -> float:
    return size * _LEADING / MM


def _head(press: Press, pen: Pen, sheet: Sheet) -> float:
    """The mark over a red rule, and the title. Returns the y of the text."""
    y, middle = _TOP, pen.width / 2
    if mark := sheet.known("notice.mark"):
        setting = press.fitting(TITLE, mark, 26.0, MEASURE)
        pen.text(setting, mark, middle, y, 0.5, RED, min(2.0, max(0.0, (MEASURE - setting.width(mark) / MM) / len(mark))))
        y += setting.size / MM + 3
        pen.rule(LEFT, y, LEFT + MEASURE, y, 0.8, RED)
        pen.rule(LEFT, y + 1.2, LEFT + MEASURE, y + 1.2, 0.25, RED)
        y += 9
    title = press.setting(TITLE, _TITLE)
    for text in shape_title(sheet.text("notice.title"), title, MEASURE * MM):
        pen.text(title, text, middle, y, 0.5, spread=5.0 if len(text) <= _SHORT else 0.0)
        y += _TITLE / MM + 2.5
    return y + 2.5


def _lines(press: Press, sheet: Sheet, size: float) -> list[_Set | None]:
    """The lines of the text at that size, None for a blank one; the last four are a blank, the signature and the date."""
    setting, indent = press.setting(FANG, size), 2 * size / MM
    to = sheet.text("notice.to").rstrip("：:") + "："
    out: list[_Set | None] = [_Set(setting, line, LEFT) for line in setting.lines(to, MEASURE * MM)]
    for paragraph in _paragraphs(sheet):
        head, chain = heading(paragraph)
        used = press.setting(chain, size) if head == len(paragraph) and chain == HEI else setting
        lines = used.break_text(paragraph, MEASURE * MM, indent * MM)
        out += [_Set(used, line, LEFT + (0 if n else indent)) for n, line in enumerate(lines)]
    out.append(None)
    right = LEFT + MEASURE - 2 * size / MM
    texts = (sheet.text("notice.sign"), sheet.text("notice.date"))
    widest = max(setting.width(text) / MM for text in texts)
    for text in texts:
        width = setting.width(text) / MM
        out.append(_Set(setting, Line(text, 0, 0, 0), max(LEFT, right - widest + (widest - width) / 2)))
    return out


def _paragraphs(sheet: Sheet) -> Sequence[str]:
    return [part.strip(" \u3000") for part in sheet.text("notice.body").split("\n") if part.strip()]


def small(press: Press, pen: Pen, text: str, x: float, y: float, align: float = 0.0) -> None:
    """A grey line of nine points."""
    pen.text(press.setting(SONG, 9.0), text, x, y, align, GREY)
