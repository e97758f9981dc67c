"""The red heads of GB/T 9704-2012: 版头 of 文件格式 (7.2) and of 信函格式 (10.1)."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from forms.typeset.chains import FANG, HEI, KAI, TITLE
from forms.typeset.grid import CHARACTER, LEFT, MEASURE, PITCH, SIZE, TOP, body_setting, line_top
from forms.typeset.ink import RED, Setting
from forms.typeset.page import MM, Pen, Press

if TYPE_CHECKING:
    from forms.typeset.official import Paper

_NUMBER_DROP = 1.5 + SIZE / MM * 7 / 8  # from the upper red rule of a letter to its number
_SIGNERS = re.compile(r"[、，,;；\s]+")


class Layout(StrEnum):
    FILE = "file"
    LETTER = "letter"


def draw_head(press: Press, pen: Pen, paper: Paper) -> int:
    """Draws the red head. Returns the line of the grid on which the title stands, two lines below the head."""
    file = paper.layout is Layout.FILE
    setting = _mark_setting(press, _mark(paper), MEASURE - 10, 54.0 if file else 40.0)
    draw = partial(_file_head if file else _letter_head, press, paper=paper, setting=setting)
    key = (paper.layout, paper.mark, paper.number, paper.signer, *_marginal(paper))
    press.repeated(pen, ("head", *key), draw)
    mark = setting.size / MM
    if file:
        return _next_line(TOP + 35 + mark + 2 * PITCH + (max(len(_signers(paper)), 1) - 1) * PITCH + SIZE / MM + 4) + 2
    lines = max(len(_marginal(paper)), 1 if paper.number else 0)
    return _next_line(30 + mark + 4 + _NUMBER_DROP + max(lines - 1, 0) * PITCH + (SIZE / MM if lines else 0.0)) + 2


def _file_head(press: Press, pen: Pen, paper: Paper, setting: Setting) -> None:
    """份号, 密级 and 紧急程度 at the upper left, the mark, the number (with the signers, on a paper to a higher office), the rule."""
    for n, (chain, text) in enumerate(_marginal(paper)):
        pen.text(body_setting(press, chain), text, LEFT, line_top(n))
    y = TOP + 35
    pen.text(setting, _mark(paper), LEFT + MEASURE / 2, y, 0.5, RED)
    y += setting.size / MM + 2 * PITCH
    small = body_setting(press)
    signers = _signers(paper)
    if signers:
        y = _draw_signers(press, pen, signers, y)
        pen.text(small, paper.number, LEFT + CHARACTER, y)
    else:
        pen.text(small, paper.number, LEFT + MEASURE / 2, y, 0.5)
    y += SIZE / MM + 4
    pen.rule(LEFT, y, LEFT + MEASURE, y, 0.5, RED)


def _draw_signers(press: Press, pen: Pen, signers: list[str], y: float) -> float:
    """签发人： and two names a line, the lines flush below the first name (7.2.6). Returns the y of the last line."""
    kai, small = body_setting(press, KAI), body_setting(press)
    x = LEFT + MEASURE - CHARACTER - max(map(kai.width, signers)) / MM
    pen.text(small, "签发人：", x, y, 1.0)
    for n, names in enumerate(signers):
        pen.text(kai, names, x, y + n * PITCH)
    return y + (len(signers) - 1) * PITCH


def _letter_head(press: Press, pen: Pen, paper: Paper, setting: Setting) -> None:
    """信函格式: the mark 30 mm from the edge, double red rules of 170 mm 4 mm below it and at the foot; under the upper one the
    number at the right, 份号, 密级 and 紧急程度 at the left."""
    spread = min(6.0, max(0.0, (120 - setting.width(paper.mark) / MM) / max(len(paper.mark) - 1, 1)))
    pen.text(setting, paper.mark, 105, 30, 0.5, RED, spread)
    y = 30 + setting.size / MM + 4
    for offset, width in ((0.0, 1.0), (1.3, 0.35)):  # 上粗下细
        pen.rule(20, y + offset, 190, y + offset, width, RED)
    for offset, width in ((0.0, 0.35), (1.3, 1.0)):  # 上细下粗
        pen.rule(20, 277 - 1.3 + offset, 190, 277 - 1.3 + offset, width, RED)
    if paper.number:
        pen.text(body_setting(press), paper.number, LEFT + MEASURE, y + _NUMBER_DROP, 1.0)
    for n, (chain, text) in enumerate(_marginal(paper)):
        pen.text(body_setting(press, chain), text, LEFT, y + _NUMBER_DROP + n * PITCH)


def _marginal(paper: Paper) -> list[tuple[str, str]]:
    """(chain, text) of what stands above each other at the left: 份号 in figures, 密级 and 紧急程度 in 黑体 (7.2.1 to 7.2.3)."""
    found = [(FANG, paper.copy_number), (HEI, paper.secrecy), (HEI, paper.urgency)]
    return [(chain, text) for chain, text in found if text]


def _signers(paper: Paper) -> list[str]:
    """The names of the signers, two a line."""
    names = [name for name in _SIGNERS.split(paper.signer) if name]
    return ["　".join(names[n : n + 2]) for n in range(0, len(names), 2)]


def _mark(paper: Paper) -> str:
    return paper.mark + "文件" if paper.layout is Layout.FILE and not paper.mark.endswith("文件") else paper.mark


def _mark_setting(press: Press, mark: str, width: float, largest: float) -> Setting:
    """The largest size, in whole points, at which the mark fits the width (mm)."""
    unit = press.setting(TITLE, 10.0).width(mark) / 10.0
    return press.setting(TITLE, float(min(largest, int(width * MM / unit)))) if unit else press.setting(TITLE, largest)


def _next_line(y: float) -> int:
    """The first line of the grid that begins at or below y."""
    return max(0, -int(-(y - TOP) // PITCH))
