"""Pages and pens. Form writers think in millimetres from the top left corner of the sheet; so does this.

A Press makes one PDF of copies. `press.page()` begins a page and gives its Pen; `press.repeated` draws a part that comes
again on other pages, and stores it once; `press.end_copy()` closes a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from forms.typeset.breaker import Line
from forms.typeset.ink import BLACK, GREY, Color, Setting, color, number
from forms.typeset.pdf import Document, Picture, Piece

MM = 72 / 25.4  # points in a millimetre
WIDTH, HEIGHT = 210.0, 297.0  # A4
# The ideographic square of the shipped faces reaches from 0.88 em above the baseline to 0.12 em below it.
ABOVE = 0.88
_MOST_KNOWN = 5000  # broken values kept while a file is made: a few MB
T = TypeVar("T")


class Pen:
    """Collects what one page or one constant part is drawn of. Every method leaves colour and width as it was.

    width, height: of the sheet, mm.
    """

    def __init__(self, width: float = WIDTH, height: float = HEIGHT) -> None:
        self.width, self.height = width, height
        self.pieces: list[Piece] = []
        self._lines: dict[tuple[float, Color], list[str]] = {}

    def text(
        self,
        setting: Setting,
        text: str,
        x: float,
        y: float,
        align: float = 0.0,
        ink: Color = BLACK,
        spread: float = 0.0,
    ) -> None:
        """One line. y: mm to the top of the ideographic square. align: 0 left, 0.5 centre, 1 right end is at x.

        spread: mm behind every character.
        """
        left = x * MM
        if align:
            left -= align * (setting.width(text) + spread * MM * max(len(text) - 1, 0))
        self._ink(setting.show(text, left, (self.height - y) * MM - ABOVE * setting.size, spread * MM), ink)

    def line(self, setting: Setting, line: Line, x: float, y: float, ink: Color = BLACK) -> None:
        """A broken line with its left end at x; y as in text."""
        self._ink(setting.show_line(line, x * MM, (self.height - y) * MM - ABOVE * setting.size), ink)

    def _ink(self, operators: str, ink: Color) -> None:
        if ink == BLACK:
            self.pieces.append(operators)
        else:
            self.pieces.append(f"q {color(ink)}{operators}Q\n")

    def rule(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.2, ink: Color = BLACK) -> None:
        """A straight line, width in mm. Lines of one width and ink are drawn in one go when the page is done."""
        top = self.height
        line = "%.2f %.2f m %.2f %.2f l" % (x1 * MM, (top - y1) * MM, x2 * MM, (top - y2) * MM)  # noqa: UP031 - twice as fast
        self._lines.setdefault((width, ink), []).append(line)

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.2, ink: Color = BLACK) -> None:
        """The outline of a rectangle whose upper left corner is (x, y); line: its thickness in mm."""
        corner = "%.2f %.2f %.2f %.2f re" % (x * MM, (self.height - y - height) * MM, width * MM, height * MM)  # noqa: UP031
        self._lines.setdefault((line, ink), []).append(corner)

    def done(self) -> list[Piece]:
        """All that was drawn, the lines last."""
        for (width, ink), lines in self._lines.items():
            self.pieces.append(f"q {color(ink, stroke=True)}{number(width * MM)} w {' '.join(lines)} S Q\n")
        self._lines.clear()
        return self.pieces

    def tick(self, x: float, y: float, size: float, ticked: bool) -> None:
        """A box of size mm with or without a tick: drawn, for few fonts hold ☐ and ☑ and none of ours does well."""
        self.box(x, y, size, size, 0.22)
        if ticked:
            a, b, c = (0.18, 0.52), (0.42, 0.78), (0.86, 0.16)
            points = [self._point(x + size * u, y + size * v) for u, v in (a, b, c)]
            path = f"{points[0]} m {points[1]} l {points[2]} l S"
            self.pieces.append(f"q 1 J 1 j {number(size * 0.13 * MM)} w {path} Q\n")

    def modules(self, runs: Iterable[tuple[int, int, int]], x: float, y: float, unit: float, high: float) -> None:
        """Dark modules of a code whose upper left corner is (x, y): (row, column, length) of each run; unit, high: mm of one."""
        at = f"{number(unit * MM)} 0 0 {number(high * MM)} {self._point(x, y)}"
        shapes = "".join([f"{column} {-row - 1} {length} 1 re " for row, column, length in runs])
        self.pieces.append(f"q {at} cm {shapes}f Q\n")

    def picture(self, data: bytes, x: float, y: float, width: float, height: float) -> None:
        """A JPEG or PNG as large as the frame lets it be, in its middle, not stretched."""
        self.pieces.append(Picture(data, x * MM, (self.height - y - height) * MM, width * MM, height * MM))

    def _point(self, x: float, y: float) -> str:
        return f"{number(x * MM)} {number((self.height - y) * MM)}"


class Press:
    """One PDF in the making. overrides: chain name -> the office's own font file for it."""

    def __init__(self, title: str, overrides: Mapping[str, Path] | None = None) -> None:
        self._document = Document(title)
        self._overrides = dict(overrides or {})
        self._settings: dict[tuple[str, float, float], Setting] = {}
        self._known: dict[Hashable, Any] = {}
        self._repeated: dict[Hashable, list[Piece]] = {}
        self._stored: set[Hashable] = set()
        self._copy: list[tuple[Pen, str]] = []
        self._foot: Callable[[Pen, int, int], None] | None = None

    def setting(self, chain: str, size: float, tracking: float = 0.0) -> Setting:
        """The text setting, one a document. chain: a name of chains.CHAINS; size, tracking: points."""
        key = (chain, size, tracking)
        known = self._settings.get(key)
        if known is None:
            own = self._overrides.get(chain)
            known = self._settings[key] = Setting(self._document, chain, size, tracking, own)
        return known

    def known(self, key: Hashable, make: Callable[[], T]) -> T:
        """What make() gives, made once for a key: for what does not depend on where it stands."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = make()
        return cast(T, found)

    def fitting(self, chain: str, text: str, size: float, room: float, least: float = 9.0, step: float = 1.0) -> Setting:
        """The largest setting, from size down to least (points), at which the text fits room (mm); least when none does."""
        setting = self.setting(chain, size)
        while size > least and setting.width(text) > room * MM:
            size -= step
            setting = self.setting(chain, size)
        return setting

    def page(self, width: float = WIDTH, height: float = HEIGHT) -> Pen:
        """Begins a page of that size (mm); A4 unless said."""
        self._copy.append((Pen(width, height), ""))
        return self._copy[-1][0]

    def listed(self, title: str) -> None:
        """The page that was begun last is listed under this title in the reader's side bar."""
        self._copy[-1] = (self._copy[-1][0], title)

    def on_each_page(self, draw: Callable[[Pen, int, int], None]) -> None:
        """draw(pen, page, pages) adds to every page of this copy once it is known how many there are."""
        self._foot = draw

    def end_copy(self, name: str = "", mark: str = "") -> None:
        """The pages of this copy are done: they go to the file.

        name: its first page is listed under it, unless the form gave it a title. mark: small and grey in the upper left
        corner of every page, where no form has anything.
        """
        for n, (pen, title) in enumerate(self._copy, 1):
            title = title or (name if n == 1 else "")
            if mark:
                pen.text(self.setting("黑体", 9), mark, 10, 8, ink=GREY)
            if self._foot is not None:
                self._foot(pen, n, len(self._copy))
            if title:
                self._document.outline(title)
            self._document.page(pen.done(), (pen.width * MM, pen.height * MM))
        self._copy, self._foot = [], None

    def repeated(self, pen: Pen, key: Hashable, draw: Callable[[Pen], None]) -> None:
        """A part that other pages may show again: the same key draws the same thing, and draw is called once.

        It is stored as a block of its own when it comes the second time, so that what comes once costs nothing.
        """
        key = (key, pen.width, pen.height)
        known = self._repeated.get(key)
        if known is None:
            part = Pen(pen.width, pen.height)
            draw(part)
            known = self._repeated[key] = part.done()
        elif key not in self._stored:
            self._stored.add(key)
            known = self._repeated[key] = [self._document.block(known, (pen.width * MM, pen.height * MM))]
        pen.pieces += known

    def bytes(self) -> bytes:
        self.end_copy()
        return self._document.bytes()
