"""Breaks Chinese text into lines, each exactly as wide as the measure.

Source: GB/T 15834-2011 5.1 and the practice of Chinese printers (禁则):
- 。，、；：！？ and closing quotes, brackets and 》 never begin a line; opening ones never end it;
- —— and …… are never parted, nor are numbers and words in Western letters (a word longer than a line is);
- up to two closing marks that would begin the next line are pulled in by squeezing marks to half an em, if the line
  has marks enough; else the character before them goes down with them;
- what is left over is spread between the characters, except in the last line of a paragraph.
Widths here are in ems of the setting; they count the tracking behind every character.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

CLOSING = frozenset("，。、；：！？）》】〕〉」』〗”’〞…·％‰℃～々ー—–!),.:;?]}%＂'\"")
NO_START = CLOSING - frozenset("—…'\"") | frozenset("︰﹐﹒﹔﹕﹖﹗")
NO_END = frozenset("（《【〔〈「『〖“‘〝￥＄([{$")
# Marks whose ink fills half of their square: the other half may be taken away. Before the ink, or behind it.
HALF_BEHIND = frozenset("，。、；：！？）》】〕〉」』〗”’")
HALF_BEFORE = frozenset("（《【〔〈「『〖“‘")

_TOKENS = re.compile(r"——|……|[!-~\u00c0-\u024f]+| +|.", re.DOTALL)
_EPS = 1e-6
# Beyond this a line reads as a row of single characters: better ragged than that.
MAX_SPREAD = 0.4


@dataclass(frozen=True, slots=True)
class Line:
    """text: what the line shows; spread: em added behind every character; squeezed: em taken away in all.

    width: em, natural, before spread and squeeze, without the tracking behind the last character.
    """

    text: str
    spread: float
    squeezed: float
    width: float

    def unspread(self) -> Line:
        """The same line as narrow as it is."""
        return Line(self.text, 0.0, self.squeezed, self.width) if self.spread else self


def tokens(text: str) -> list[str]:
    """The units that are never parted."""
    return _TOKENS.findall(text)


def half_marks(text: str) -> int:
    """How many marks of the text can give up half an em."""
    return sum(1 for c in text if c in HALF_BEHIND or c in HALF_BEFORE)


def break_lines(
    text: str, widths: Mapping[str, float], measure: float, indent: float = 0.0, tracking: float = 0.0
) -> list[Line]:
    """One paragraph (no newline in it) as lines.

    widths: em width of a token, with tracking. measure: em. indent: em, of the first line. tracking: em behind every
    character; the one behind the last character of a line does not count. An empty text is one empty line.
    """
    parts = _TOKENS.findall(text)
    if not parts:
        return [Line("", 0.0, 0.0, 0.0)]
    ends = list(accumulate(map(widths.__getitem__, parts)))
    room = measure + tracking + _EPS
    lines: list[Line] = []
    at, start, left = 0, 0.0, room - indent
    while at < len(parts):
        if lines and parts[at][0] == " ":
            start, at = ends[at], at + 1
            continue
        limit = start + left
        stop = bisect_right(ends, limit, at)
        if stop == len(parts):
            lines.append(Line("".join(parts[at:]).rstrip(" "), 0.0, 0.0, ends[-1] - start - tracking))
            break
        if stop == at and len(parts[at]) > 1 and parts[at][0] not in "—…":
            parts[at : at + 1] = list(parts[at])
            ends[at:] = accumulate(map(widths.__getitem__, parts[at + 1 :]), initial=start + widths[parts[at]])
            continue
        stop, squeezed = _choose(parts, ends, at, max(stop, at + 1), limit)
        shown = stop
        while shown > at + 1 and parts[shown - 1][0] == " ":
            shown -= 1
        line = "".join(parts[at:shown])
        width = ends[shown - 1] - start - tracking
        spare = left - _EPS - tracking - width
        spread = 0.0 if squeezed or stop == len(parts) else spare / max(len(line) - 1, 1)
        lines.append(Line(line, spread if 0 < spread <= MAX_SPREAD else 0.0, squeezed, width))
        start, at, left = ends[stop - 1], stop, room
    return lines


def _choose(parts: Sequence[str], ends: Sequence[float], at: int, stop: int, limit: float) -> tuple[int, float]:
    """Where the line that begins at `at` ends, and how many em must be squeezed out of it."""
    if stop == len(parts):  # the last character is wider than the line: it stands there all the same
        return stop, 0.0
    after = stop
    while after < len(parts) and after < stop + 2 and parts[after][0] in NO_START and len(parts[after]) == 1:
        after += 1
    if after > stop and (after == len(parts) or parts[after][0] not in NO_START) and parts[after - 1] not in NO_END:
        over = ends[after - 1] - limit
        if over <= 0.5 * half_marks("".join(parts[at:after])):
            return after, over + _EPS
    cut = stop
    while cut > at and (parts[cut][0] in NO_START or parts[cut - 1][-1] in NO_END):
        cut -= 1
    # A line of nothing but marks that cling together: break it where it is full rather than never.
    return (cut if cut > at else stop), 0.0
