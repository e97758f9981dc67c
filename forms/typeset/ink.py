"""Turns text into drawing operators: a Setting is a chain at a size, and knows every width in it.

A Setting belongs to one document, since glyph codes do; widths and broken lines belong to all of them. What has been
broken or encoded once is remembered, which is what makes five hundred letters as quick as one.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from forms.errors import MissingGlyph
from forms.typeset.breaker import HALF_BEFORE, HALF_BEHIND, Line, break_lines, half_marks
from forms.typeset.chains import find
from forms.typeset.pdf import Document
from forms.typeset.sfnt import Face

Color = tuple[float, ...]
BLACK: Color = (0.0,)
GREY: Color = (0.45,)
# GB/T 9704-2012 5.2.3 names Y80 M80: this in RGB, for the file names one profile for all its colours, sRGB.
RED: Color = (1.0, 0.2, 0.2)


def number(value: float) -> str:
    """A length in points: hundredths, and four digits where it is less than one (PDF knows no exponents)."""
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.2f}"


def color(values: Color, stroke: bool = False) -> str:
    """The operator that sets a grey (1 value) or RGB (3) colour."""
    operator = {1: "g", 3: "rg"}[len(values)]
    return " ".join(map(number, values)) + " " + (operator.upper() if stroke else operator) + "\n"


class _Widths(dict[str, float]):
    """Width of a token in em, with tracking; worked out when first asked for. Raises MissingGlyph."""

    def __init__(self, chain: str, tracking: float, override: Path | None) -> None:
        super().__init__()
        self._chain, self._tracking, self._override = chain, tracking, override

    def __missing__(self, token: str) -> float:
        if len(token) > 1:
            width = sum(self[c] for c in token)
        else:
            face, gid = drawn_by(token, self._chain, self._override)
            width = face.advance(gid) / face.em + self._tracking
        self[token] = width
        return width


def drawn_by(character: str, chain: str, override: Path | None) -> tuple[Face, int]:
    """The face and the glyph of a character. Raises MissingGlyph."""
    found = find(character, chain, override)
    if found is None:
        raise MissingGlyph([character])
    return found


@lru_cache(maxsize=256)
def _widths(chain: str, tracking: float, override: Path | None) -> _Widths:
    """tracking: em. Widths belong to the faces, not to a document: every document of this process shares them."""
    return _Widths(chain, tracking, override)


@lru_cache(maxsize=1 << 14)
def _broken(
    text: str, measure: float, indent: float, chain: str, size: float, tracking: float, override: Path | None
) -> tuple[Line, ...]:
    """Labels, notes and whole paragraphs come again in every copy and in every file: they are broken once a process."""
    widths = _widths(chain, tracking / size, override)
    return tuple(break_lines(text, widths, measure / size, indent / size, tracking / size))


class Setting:
    """chain: a name of chains.CHAINS; size and tracking: points. Raises MissingGlyph for what it cannot draw."""

    def __init__(self, document: Document, chain: str, size: float, tracking: float, override: Path | None) -> None:
        self.size = size
        self.tracking = tracking
        self._document = document
        self._how = (chain, size, tracking, override)
        self._widths = _widths(chain, tracking / size, override)
        self._codes: dict[str, str] = {}
        self._fonts: dict[str, str] = {}  # of the characters that a fallback draws
        self._font = ""
        self._shown: dict[tuple[str, float, float], str] = {}

    def _meet(self, character: str) -> None:
        chain, _size, _tracking, override = self._how
        face, gid = drawn_by(character, chain, override)
        use = self._document.font(face)
        self._font = self._font or use.name
        if use.name != self._font:
            self._fonts[character] = use.name
        self._codes[character] = f"{use.code(character, gid):04x}"

    def width(self, text: str) -> float:
        """Points, without the tracking behind the last character."""
        return sum(map(self._widths.__getitem__, text)) * self.size - (self.tracking if text else 0.0)

    def break_text(self, text: str, measure: float, indent: float = 0.0) -> tuple[Line, ...]:
        """A paragraph as lines; measure and indent in points."""
        return _broken(text, measure, indent, *self._how)

    def lines(self, text: str, measure: float, indent: float = 0.0) -> list[Line]:
        """Text as lines, its own newlines kept; measure and indent in points."""
        return [line for part in text.split("\n") for line in self.break_text(part, measure, indent)]

    def show(self, text: str, x: float, y: float, spacing: float = 0.0, squeezed: float = 0.0) -> str:
        """Operators that draw text with its left end at x and its baseline at y (points).

        spacing: points behind every character, beyond the tracking. squeezed: em to take out of its marks.
        """
        if not text:
            return ""
        key = (text, spacing, squeezed)
        known = self._shown.get(key)
        if known is None:
            known = self._shown[key] = self._encode(text, spacing, squeezed)
        return f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm {known}"

    def _encode(self, text: str, spacing: float, squeezed: float) -> str:
        for c in text:
            if c not in self._codes:
                self._meet(c)
        head = f"{number(self.tracking + spacing)} Tc "
        if squeezed or not self._fonts.keys().isdisjoint(text):
            return f"{head}{self._runs(text, squeezed)}ET\n"
        codes = "".join(map(self._codes.__getitem__, text))
        return f"{head}/{self._font} {number(self.size)} Tf <{codes}> Tj ET\n"

    def _runs(self, text: str, squeezed: float) -> str:
        share = self._shares(text, squeezed)
        out: list[str] = []
        font = ""
        for i, c in enumerate(text):
            if (use := self._fonts.get(c, self._font)) != font:
                out.append(f"{'>] TJ ' if font else ''}/{use} {number(self.size)} Tf [<")
                font = use
            cut = share.get(i, 0.0)
            shift = f">{number(1000 * cut)}<" if cut else ""
            out.append(shift + self._codes[c] if c in HALF_BEFORE else self._codes[c] + shift)
        return "".join(out) + ">] TJ "

    @staticmethod
    def _shares(text: str, squeezed: float) -> dict[int, float]:
        """How many em each mark gives up: the last one up to its half, the others alike."""
        if not squeezed:
            return {}
        places = [i for i, c in enumerate(text) if c in HALF_BEHIND or c in HALF_BEFORE]
        last = min(0.5, squeezed) if places[-1] == len(text) - 1 else 0.0
        shares = {}
        if last:
            shares[places.pop()] = last
        for i in places:
            shares[i] = (squeezed - last) / len(places)
        return shares

    def show_line(self, line: Line, x: float, y: float) -> str:
        return self.show(line.text, x, y, line.spread * self.size, line.squeezed)


__all__ = ["BLACK", "GREY", "RED", "Color", "Setting", "color", "half_marks", "number"]
