"""Paragraphs, 附件说明 and signature of an official document as rows of the grid (GB/T 9704-2012 7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forms.typeset.breaker import Line
from forms.typeset.chains import FANG, HEI, KAI
from forms.typeset.grid import CHARACTER, LEFT, MEASURE, Row, body_setting
from forms.typeset.page import MM, Press

_LEVEL_ONE = re.compile(r"[一二三四五六七八九十]{1,3}、")
_LEVEL_TWO = re.compile(r"（[一二三四五六七八九十]{1,3}）")
_HEAD_END = re.compile(r"[。：]")
_LONGEST_HEAD = 24


def heading(paragraph: str) -> tuple[int, str]:
    """How many characters at its beginning are a heading, and their chain.

    A heading is the whole paragraph, or what stands before its first ： or 。 when that is short and has no comma:
    一、会议时间：9:00 begins with one, 四、会后组织参观，请自备证件。 is a sentence.
    """
    for pattern, chain in ((_LEVEL_ONE, HEI), (_LEVEL_TWO, KAI)):
        if pattern.match(paragraph):
            end = _HEAD_END.search(paragraph)
            head = paragraph[: end.end()] if end else paragraph
            if not end or (len(head) <= _LONGEST_HEAD and "，" not in head):
                return len(head), chain
    return 0, FANG


def paragraph_rows(press: Press, paragraph: str) -> list[Row]:
    """A paragraph of the body: two characters of indent, its numbered heading in 黑体 or 楷体."""
    text = paragraph.strip(" \u3000")
    head, chain = heading(text)
    indent = 2 * CHARACTER
    rows = []
    for n, line in enumerate(body_setting(press).break_text(text, MEASURE * MM, indent * MM)):
        here = min(head, len(line.text))
        head -= here
        rows.append(Row(line, LEFT if n else LEFT + indent, head=here, head_chain=chain, group=text, nth=n))
    return rows


def hanging_rows(press: Press, label: str, items: tuple[str, ...]) -> Iterator[Row]:
    """附件说明: two characters of indent, what follows hangs behind the number."""
    setting = body_setting(press)
    left = LEFT + 2 * CHARACTER
    for n, item in enumerate(items):
        number = f"{n + 1}." if len(items) > 1 else ""
        shown = (label if n == 0 else "") + number
        x = left + (setting.width(label) / MM if n else 0)
        hang = left + setting.width(label + number) / MM
        lines = setting.break_text(item.strip(), (LEFT + MEASURE - hang) * MM)
        text = shown + lines[0].text
        spread = lines[0].spread * max(len(lines[0].text) - 1, 0) / max(len(text) - 1, 1)
        first = Line(text, spread, lines[0].squeezed, lines[0].width)
        yield Row(first, x)
        for line in lines[1:]:
            yield Row(line, hang)


def sign_rows(press: Press, sign: str, date: str, sealed: bool) -> list[Row]:
    """署名 and 成文日期 (7.3.5). Sealed: the date four characters from the right, the name centred over it.

    Unsealed: the name two characters from the right and the date beginning two characters further right than it; a date
    longer than the name stands two characters from the right itself, and the name moves left.
    """
    setting = body_setting(press)
    name_width, date_width = setting.width(sign) / MM, setting.width(date) / MM
    right = LEFT + MEASURE
    if sealed:
        date_x = right - 4 * CHARACTER - date_width
        # A long name would run over the edge: then it ends there, and the date is centred under it.
        name_x = min(date_x + (date_width - name_width) / 2, right - name_width)
        if name_x + name_width > right - 1:
            date_x = name_x + (name_width - date_width) / 2
    else:
        name_x = right - 2 * CHARACTER - name_width
        date_x = name_x + 2 * CHARACTER
        if date_width > name_width:
            date_x = right - 2 * CHARACTER - date_width
            name_x = date_x - 2 * CHARACTER
    group = f"sign {sign} {date} {sealed}"
    return [
        Row(Line(sign, 0, 0, 0), name_x, group=group),
        Row(Line(date, 0, 0, 0), date_x, group=group, nth=1),
    ]


def note_rows(press: Press, note: str) -> list[Row]:
    """附注 (7.3.7), such as whom to ask: in brackets on the line below the date, two characters in; none for ''."""
    if not note:
        return []
    text = f"（{note.strip('（）()')}）"
    indent = 2 * CHARACTER
    lines = body_setting(press).break_text(text, MEASURE * MM, indent * MM)
    return [Row(line, LEFT if n else LEFT + indent) for n, line in enumerate(lines)]
