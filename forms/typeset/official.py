"""党政机关公文 by GB/T 9704-2012, on its grid (grid.py), under its red heads (heads.py).

Two layouts: FILE, the red-headed document (文件格式), whose 版记 closes the last page; LETTER (信函格式), the one-page
form that goes to one person or office. Annexes (附件) follow on pages of their own, numbered on, before the 版记.
"""

from __future__ import annotations

from dataclasses import dataclass

from forms.base import Cell
from forms.typeset.breaker import Line
from forms.typeset.chains import FANG, HEI, SONG, TITLE
from forms.typeset.contents import Value
from forms.typeset.flow import hanging_rows, note_rows, paragraph_rows, sign_rows
from forms.typeset.grid import (
    BLANK,
    DEPTH,
    LEFT,
    LINES,
    MEASURE,
    PITCH,
    SMALL,
    TITLE_SIZE,
    TOP,
    Row,
    body_setting,
    draw_rows,
)
from forms.typeset.heads import Layout, draw_head
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import Box, Table
from forms.typeset.table import Row as TableRow
from forms.typeset.titles import shape_title

_SMALL_PITCH = 8.2  # one line of 版记
_TABLE_ROW = 10.0  # mm
_TABLE_SIZES = (14.0, 12.0, 11.0, 10.5)


@dataclass(frozen=True, slots=True)
class Annex:
    """One 附件: paragraphs, or a table below its head. columns: mm, 156 in all; rows: texts, one a column."""

    title: str
    body: tuple[str, ...] = ()
    columns: tuple[float, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """An official document. body: paragraphs. attachments, copies: may be empty. sealed: a seal will be put on it.

    signer: of a paper to a higher office (上行文), several parted by 、. copy_number: 份号, six figures. note: 附注, without
    brackets. annexes: those of the attachments that are printed with it, in the order of the attachments.
    """

    layout: Layout
    mark: str
    title: str
    to: str
    body: tuple[str, ...]
    sign: str
    date: str
    number: str = ""
    signer: str = ""
    sealed: bool = True
    attachments: tuple[str, ...] = ()
    copies: str = ""
    print_office: str = ""
    print_date: str = ""
    copy_number: str = ""
    secrecy: str = ""
    urgency: str = ""
    note: str = ""
    annexes: tuple[Annex, ...] = ()


def _title_rows(press: Press, text: str) -> list[Row]:
    title = press.setting(TITLE, TITLE_SIZE)
    rows: list[Row] = []
    for line in shape_title(text, title, MEASURE * MM):
        x = LEFT + (MEASURE - title.width(line) / MM) / 2
        rows.append(Row(Line(line, 0, 0, 0), x, TITLE, TITLE_SIZE, group="title " + text, nth=len(rows)))
    return [*rows, BLANK]


def _opening(press: Press, paper: Paper) -> list[Row]:
    rows = _title_rows(press, paper.title)
    if paper.to:
        to = paper.to.rstrip("：:") + "："
        rows += [Row(line) for line in body_setting(press).break_text(to, MEASURE * MM)]
    return rows


def _rows(press: Press, paper: Paper) -> tuple[list[Row], list[Row], list[Row]]:
    """(up to the end of the text, 附件说明, signature): the last two are never parted; a long 附件说明 is text."""
    rows = _opening(press, paper)
    for paragraph in paper.body:
        rows += paragraph_rows(press, paragraph)
    attached = [BLANK, *hanging_rows(press, "附件：", paper.attachments)] if paper.attachments else []
    if len(attached) > LINES // 2:
        rows, attached = rows + attached, []
    return rows, attached, sign_rows(press, paper.sign, paper.date, paper.sealed) + note_rows(press, paper.note)


@dataclass(frozen=True, slots=True)
class _Imprint:
    """版记 (7.4): its last rule is the bottom of the 版心. In 信函格式 it has no rules and no printing office (10.1)."""

    copies: tuple[Line, ...]
    office: str
    date: str
    ruled: bool

    @staticmethod
    def of(press: Press, paper: Paper) -> _Imprint:
        listed = paper.copies.rstrip("。") + "。" if paper.copies else ""
        small, ruled = press.setting(FANG, SMALL), paper.layout is Layout.FILE
        lines = small.break_text(listed, (MEASURE - 5 * SMALL / MM) * MM) if listed else ()
        return _Imprint(lines, paper.print_office if ruled else "", paper.print_date, ruled)

    @property
    def height(self) -> float:
        return _SMALL_PITCH * (len(self.copies) + bool(self.office))

    @property
    def lines(self) -> int:
        """Lines of the grid that it takes."""
        return -int(-self.height // PITCH)

    def draw(self, press: Press, pen: Pen) -> None:
        if not self.height:
            return
        bottom, right = TOP + DEPTH, LEFT + MEASURE
        small = press.setting(FANG, SMALL)
        unit = SMALL / MM
        y = bottom - self.height
        if self.ruled:
            pen.rule(LEFT, y, right, y, 0.35)
            pen.rule(LEFT, bottom, right, bottom, 0.35)
        inset = (_SMALL_PITCH - unit) / 2
        for n, line in enumerate(self.copies):
            if n == 0:
                pen.text(small, "抄送：", LEFT + unit, y + inset)
            pen.line(small, line, LEFT + 4 * unit, y + inset)
            y += _SMALL_PITCH
        if self.office:
            if self.copies:
                pen.rule(LEFT, y, right, y, 0.25)
            pen.text(small, self.office, LEFT + unit, y + inset)
            pen.text(small, f"{self.date}印发", right - unit, y + inset, 1.0)


def _page_number(press: Press, pen: Pen, page: int) -> None:
    """四号半角宋体, a dash on each side, 7 mm below the 版心; odd pages right, even pages left, one character in."""
    setting = press.setting(SONG, SMALL)
    unit = SMALL / MM
    y = TOP + DEPTH + 7 - 0.583 * unit  # so far below the top of its square the dash of the shipped 宋体 stands
    text = f"— {page} —"
    if page % 2:
        pen.text(setting, text, LEFT + MEASURE - unit, y, 1.0)
    else:
        pen.text(setting, text, LEFT + unit, y)


def draw(press: Press, paper: Paper) -> int:
    """Draws the document, beginning on a new page. Returns its number of pages."""
    rows, attached, signature = _rows(press, paper)
    imprint = _Imprint.of(press, paper)
    reserved = 0 if paper.annexes else imprint.lines
    pen = press.page()
    first = draw_head(press, pen, paper)
    if paper.layout is Layout.LETTER and _over(attached, signature, LINES - first - reserved - len(rows), paper.sealed) == 1:
        first -= 1  # one blank line above the title rather than a second page for a signature
    page = 1
    while True:
        room = LINES - first
        closing = _closing(attached, signature, room - reserved - len(rows), paper.sealed)
        if closing is None and not rows and not first:
            # An empty page cannot hold it with its 版记: nothing is gained by waiting.
            closing = [*attached, *signature]
        if closing is not None:
            draw_rows(press, pen, rows + closing, first)
        else:
            # The signature never stands alone on a page: two lines of text go with it.
            taken = max(1, min(room, len(rows) - 2))
            draw_rows(press, pen, rows[:taken], first)
            rows = rows[taken:]
        if paper.layout is Layout.FILE or page > 1:
            _page_number(press, pen, page)
        if closing is not None:
            break
        pen, first, page = press.page(), 0, page + 1
    for n, annex in enumerate(paper.annexes, 1):
        label = f"附件{n}" if len(paper.attachments) > 1 else "附件"
        pen, page = _annex(press, annex, label, page, imprint if n == len(paper.annexes) else None)
    imprint.draw(press, pen)
    return page


def _annex(press: Press, annex: Annex, label: str, page: int, imprint: _Imprint | None) -> tuple[Pen, int]:
    """附件 (7.3.6) on pages of its own: 附件1 on the first line, the title on the third, then as the text of the document.

    imprint: what the last page must leave room for. Returns the last page and its number.
    """
    pages = [page]

    def turn() -> Pen:
        pages.append(pages[-1] + 1)
        pen = press.page()
        _page_number(press, pen, pages[-1])
        return pen

    pen = turn()
    head = [Row(Line(label, 0, 0, 0), chain=HEI), BLANK, *_title_rows(press, annex.title)]
    rows = head + [row for paragraph in annex.body for row in paragraph_rows(press, paragraph)]
    kept = imprint.lines if imprint else 0
    while len(rows) > LINES - kept:
        taken = min(LINES, len(rows) - 1)
        draw_rows(press, pen, rows[:taken], 0)
        rows, pen = rows[taken:], turn()
    draw_rows(press, pen, rows, 0)
    if annex.rows:
        bottom = TOP + DEPTH - (imprint.height + 3 if imprint and imprint.height else 0.0)
        pen, _y = _table(annex).draw(press, pen, TOP + PITCH * len(rows), bottom, TOP, turn)
    return pen, pages[-1]


def _table(annex: Annex) -> Table:
    """The first column is a running number; in the others short texts stand in the middle."""
    rows = [TableRow(tuple(Box(Value(Cell("", text), align=0.5)) for text in annex.head), _TABLE_ROW)]
    for texts in annex.rows:
        boxes = [Box(Value(Cell("", text), align=0.5 if n < len(texts) - 1 else 0.0)) for n, text in enumerate(texts)]
        rows.append(TableRow(tuple(boxes), _TABLE_ROW))
    return Table(annex.columns, tuple(rows), LEFT, 1, _TABLE_SIZES)


def _over(attached: list[Row], signature: list[Row], room: int, sealed: bool) -> int:
    """How many lines are missing for the signature."""
    return 0 if _closing(attached, signature, room, sealed) is not None else len(attached) + len(signature) - room


def _closing(attached: list[Row], signature: list[Row], room: int, sealed: bool) -> list[Row] | None:
    """附件说明 and signature when they fit: two blank lines between (a seal needs them), fewer to save a page."""
    for blanks in (2, 1, 0) if sealed else (1, 0):
        if len(attached) + blanks + len(signature) <= room:
            return [*attached, *[BLANK] * blanks, *signature]
    return None


__all__ = ["Annex", "Layout", "Paper", "draw"]
