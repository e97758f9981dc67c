"""Answers behind their boxes: in as many lines as they take, several of them when several may be."""

from __future__ import annotations

from typing import Any

from forms.base import Cell
from forms.typeset.contents import Choice
from forms.typeset.page import Press

WORRIES = ("就学", "就医", "住房", "养老", "社保", "用地", "资金")


def _drawn(choice: Choice, width: float) -> tuple[bytes, float, int]:
    """(PDF, height, ticks)."""
    press = Press("样")
    pen = press.page()
    height = choice.height(press, width, 12)
    choice.draw(press, pen, 20, 20, width, height, 12)
    ticks = sum(isinstance(piece, str) and "1 J 1 j" in piece for piece in pen.pieces)
    return press.bytes(), height, ticks


def test_answers_that_do_not_fit_go_on_in_the_next_line(read: Any) -> None:
    _, wide, _ = _drawn(Choice(Cell("", "就医"), WORRIES), 170)
    pdf, narrow, ticks = _drawn(Choice(Cell("", "就医"), WORRIES), 60)
    assert narrow == 3 * wide
    assert ticks == 1
    found = read.glyphs(pdf)
    assert max(g.right for g in found) <= 80
    assert len({round(g.top, 1) for g in found}) == 3


def test_several_are_ticked_and_what_is_none_of_them_is_written_behind(read: Any) -> None:
    pdf, _, ticks = _drawn(Choice(Cell("", "就学、资金、照料老人"), WORRIES, many=True), 170)
    assert ticks == 2
    assert "照料老人" in read.texts(pdf)[0]
    assert read.texts(pdf)[0].count("资金") == 1


def test_a_state_is_said_and_a_doubted_answer_is_ticked(read: Any) -> None:
    pdf, _, ticks = _drawn(Choice(Cell("", "", "u"), WORRIES), 170)
    assert (ticks, "未采集" in read.texts(pdf)[0]) == (0, True)
    pdf, _, ticks = _drawn(Choice(Cell("", "就医", "v"), WORRIES), 170)
    assert (ticks, "待核实" in read.texts(pdf)[0]) == (1, True)


def test_a_long_answer_of_ones_own_stays_inside_the_box(read: Any) -> None:
    pdf, height, _ = _drawn(Choice(Cell("", "家中老人无人照料且本人不愿说明的其他情形" * 3), WORRIES), 60)
    found = read.glyphs(pdf)
    assert max(g.right for g in found) <= 80.5
    assert max(g.ink_bottom for g in found) <= 20 + height
