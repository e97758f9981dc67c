"""党政机关公文 by GB/T 9704-2012, on its grid (grid.py).

Two layouts: FILE, the red-headed document (文件格式), whose 版记 closes the last page; LETTER (信函格式), the one-page
form that goes to one person or office.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from forms.typeset.breaker import Line
from forms.typeset.chains import FANG, KAI, SONG, TITLE
from forms.typeset.flow import hanging_rows, paragraph_rows, sign_rows
from forms.typeset.grid import (
    BLANK,
    CHARACTER,
    DEPTH,
    LEFT,
    LINES,
    MEASURE,
    PITCH,
    SIZE,
    SMALL,
    TITLE_SIZE,
    TOP,
    Row,
    body_setting,
    draw_rows,
)
from forms.typeset.ink import RED, Setting
from forms.typeset.page import MM, Pen, Press
from forms.typeset.titles import shape_title

_NUMBER_DROP = 1.5 + SIZE / MM * 7 / 8  # from the upper red rule of a letter to its number
_SMALL_PITCH = 8.2  # one line of 版记


class Layout(StrEnum):
    FILE = "file"
    LETTER = "letter"


@dataclass(frozen=True, slots=True)
class Paper:
    """An official document. body: paragraphs. attachments, copies: may be empty. sealed: a seal will be put on it."""

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


def _opening(press: Press, paper: Paper) -> list[Row]:
    title = press.setting(TITLE, TITLE_SIZE)
    rows: list[Row] = []
    for text in shape_title(paper.title, title, MEASURE * MM):
        x = LEFT + (MEASURE - title.width(text) / MM) / 2
        rows.append(Row(Line(text, 0, 0, 0), x, TITLE, TITLE_SIZE, group="title " + paper.title, nth=len(rows)))
    rows.append(BLANK)
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
    return rows, attached, sign_rows(press, paper.sign, paper.date, paper.sealed)


def _imprint_height(paper: Paper, copies: int) -> float:
    return _SMALL_PITCH * (copies + bool(paper.print_office)) if paper.copies or paper.print_office else 0.0


def _imprint(press: Press, pen: Pen, paper: Paper, copies: tuple[Line, ...]) -> None:
    """版记 (7.4): its last rule is the bottom of the 版心."""
    height = _imprint_height(paper, len(copies))
    if not height:
        return
    bottom, right = TOP + DEPTH, LEFT + MEASURE
    small = press.setting(FANG, SMALL)
    unit = SMALL / MM
    y = bottom - height
    pen.rule(LEFT, y, right, y, 0.35)
    inset = (_SMALL_PITCH - unit) / 2
    for n, line in enumerate(copies):
        if n == 0:
            pen.text(small, "抄送：", LEFT + unit, y + inset)
        pen.line(small, line, LEFT + 4 * unit, y + inset)
        y += _SMALL_PITCH
    if paper.print_office:
        if copies:
            pen.rule(LEFT, y, right, y, 0.25)
        pen.text(small, paper.print_office, LEFT + unit, y + inset)
        pen.text(small, f"{paper.print_date}印发", right - unit, y + inset, 1.0)
    pen.rule(LEFT, bottom, right, bottom, 0.35)


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


def _mark_setting(press: Press, mark: str, width: float, largest: float) -> Setting:
    """The largest size, in whole points, at which the mark fits the width (mm)."""
    unit = press.setting(TITLE, 10.0).width(mark) / 10.0
    return press.setting(TITLE, float(min(largest, int(width * MM / unit)))) if unit else press.setting(TITLE, largest)


def _file_head(press: Press, pen: Pen, paper: Paper, setting: Setting) -> None:
    """The red head of 文件格式: the mark, the number, the rule."""
    y = TOP + 35
    pen.text(setting, _mark(paper), LEFT + MEASURE / 2, y, 0.5, RED)
    y += setting.size / MM + 2 * PITCH
    small = body_setting(press)
    if paper.signer:
        pen.text(small, paper.number, LEFT + CHARACTER, y)
        kai = body_setting(press, KAI)
        x = LEFT + MEASURE - CHARACTER
        pen.text(kai, paper.signer, x, y, 1.0)
        pen.text(small, "签发人：", x - kai.width(paper.signer) / MM, y, 1.0)
    else:
        pen.text(small, paper.number, LEFT + MEASURE / 2, y, 0.5)
    y += SIZE / MM + 4
    pen.rule(LEFT, y, LEFT + MEASURE, y, 0.5, RED)


def _letter_head(press: Press, pen: Pen, paper: Paper, setting: Setting) -> None:
    """信函格式 (10.1): the mark 30 mm from the edge, double red rules of 170 mm 4 mm below it and at the foot."""
    spread = min(6.0, max(0.0, (120 - setting.width(paper.mark) / MM) / max(len(paper.mark) - 1, 1)))
    pen.text(setting, paper.mark, 105, 30, 0.5, RED, spread)
    y = 30 + setting.size / MM + 4
    for offset, width in ((0.0, 1.0), (1.3, 0.35)):  # 上粗下细
        pen.rule(20, y + offset, 190, y + offset, width, RED)
    for offset, width in ((0.0, 0.35), (1.3, 1.0)):  # 上细下粗
        pen.rule(20, 277 - 1.3 + offset, 190, 277 - 1.3 + offset, width, RED)
    if paper.number:
        pen.text(body_setting(press), paper.number, LEFT + MEASURE, y + _NUMBER_DROP, 1.0)


def _mark(paper: Paper) -> str:
    return paper.mark + "文件" if paper.layout is Layout.FILE and not paper.mark.endswith("文件") else paper.mark


def _head(press: Press, pen: Pen, paper: Paper) -> int:
    """Draws the red head. Returns the line of the grid on which the title stands, two lines below the head."""
    file = paper.layout is Layout.FILE
    setting = _mark_setting(press, _mark(paper), MEASURE - 10, 54.0 if file else 40.0)
    draw = partial(_file_head if file else _letter_head, press, paper=paper, setting=setting)
    press.repeated(pen, ("head", paper.layout, paper.mark, paper.number, paper.signer), draw)
    mark = setting.size / MM
    if file:
        return _next_line(TOP + 35 + mark + 2 * PITCH + SIZE / MM + 4) + 2
    # 信函格式 has room for one blank line only if a page of text is to stay a page.
    return _next_line(30 + mark + 4 + _NUMBER_DROP + (SIZE / MM if paper.number else 0.0)) + 1


def _next_line(y: float) -> int:
    """The first line of the grid that begins at or below y."""
    return max(0, -int(-(y - TOP) // PITCH))


def draw(press: Press, paper: Paper) -> int:
    """Draws the document, beginning on a new page. Returns its number of pages."""
    rows, attached, signature = _rows(press, paper)
    small = press.setting(FANG, SMALL)
    listed = paper.copies.rstrip("。") + "。" if paper.copies else ""
    unit = SMALL / MM
    copies = small.break_text(listed, (MEASURE - 5 * unit) * MM) if listed else ()
    reserved = -int(-_imprint_height(paper, len(copies)) // PITCH)
    pen = press.page()
    first = _head(press, pen, paper)
    page = 1
    while True:
        room = LINES - first
        closing = _closing(attached, signature, room - reserved - len(rows), paper.sealed)
        if closing is None and not rows and not first:
            closing = [
                *attached,
                *signature,
            ]  # an empty page cannot hold it with its 版记: nothing is gained by waiting
        if closing is not None:
            draw_rows(press, pen, rows + closing, first)
            _imprint(press, pen, paper, copies)
        else:
            # The signature never stands alone on a page: two lines of text go with it.
            taken = max(1, min(room, len(rows) - 2))
            draw_rows(press, pen, rows[:taken], first)
            rows = rows[taken:]
        if paper.layout is Layout.FILE or page > 1:
            _page_number(press, pen, page)
        if closing is not None:
            return page
        pen, first, page = press.page(), 0, page + 1


def _closing(attached: list[Row], signature: list[Row], room: int, sealed: bool) -> list[Row] | None:
    """附件说明 and signature when they fit: two blank lines between (a seal needs them), fewer to save a page."""
    for blanks in (2, 1, 0) if sealed else (1, 0):
        if len(attached) + blanks + len(signature) <= room:
            return [*attached, *[BLANK] * blanks, *signature]
    return None
