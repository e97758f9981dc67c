"""Flattening of what a keyboard, a web page or an old form put into a cell: width, blanks, invisible characters."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad]")
_BLANK = re.compile(r"\s+")


def visible(text: str) -> str:
    """text without zero-width and direction marks, which a copy from a web page brings along."""
    return _INVISIBLE.sub("", text)


def flat(text: str) -> str:
    """Half-width, no blanks at all, no invisible marks: for numbers and codes only, never for names (see names.py)."""
    if text.isascii():  # most numbers: NFKC leaves ASCII alone, and none of the invisible marks is in it
        return "".join(text.split())
    return _BLANK.sub("", unicodedata.normalize("NFKC", visible(text)))


def count(text: str) -> int:
    """Characters as people count them: code points, so that a rare non-BMP hanzi is one."""
    return len(text)


def width(text: str) -> int:
    """How many half-width characters a line of text is wide: a hanzi takes two places."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)
