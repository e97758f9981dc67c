"""What the slips of one request have in common: who asks for what, the two signatures below, phones, invented samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.base import Cell, Sheet
from forms.papers._ruled import Ruled, ruled, telephone
from forms.typeset.breaker import Line
from forms.typeset.chains import SONG
from forms.typeset.contents import Label, Ticks, Value, draw_lines, pitch
from forms.typeset.ink import Setting
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import Box, Row, field

FOUR = (26.0, 54.0, 26.0, 54.0)
DAY = "年　　月　　日"
_PRINT = 10.5


@dataclass(frozen=True, slots=True)
class Hand:
    """Lines that a hand fills in, one below the other at the foot of the box; the last, a date, stands at the right."""

    lines: tuple[str, ...]
    step: float = 9.0  # mm from line to line

    def height(self, press: Press, width: float, size: float) -> float:
        return self.step * len(self.lines) + 2

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting = press.setting(SONG, min(_PRINT, size))
        base = y + height - self.step * len(self.lines) + (self.step - setting.size / MM) / 2
        for n, line in enumerate(self.lines):
            last = n == len(self.lines) - 1
            pen.text(setting, line, x + width - 2 if last else x + 2, base + n * self.step, 1.0 if last else 0.0)


@dataclass(frozen=True, slots=True)
class Said:
    """Printed sentences that are part of the form, in 宋体: paragraphs, each with its first line indented."""

    paragraphs: tuple[str, ...]

    def _set(self, press: Press, width: float, size: float) -> tuple[Setting, list[Line]]:
        setting = press.setting(SONG, min(_PRINT, size))
        return setting, [line for text in self.paragraphs for line in setting.lines("　　" + text, width * MM)]

    def height(self, press: Press, width: float, size: float) -> float:
        setting, lines = self._set(press, width, size)
        return len(lines) * pitch(setting.size)

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting, lines = self._set(press, width, size)
        draw_lines(pen, setting, lines, x, y + max(0.0, (height - len(lines) * pitch(setting.size)) / 2), width)


def slip(press: Press, sheet: Sheet, title: str, rows: Sequence[Row], notes: Sequence[str] = (), widths: tuple[float, ...] = FOUR) -> None:
    """Draws the slip: the office over the title, the paper's own number above the table, the phones below it."""
    number = f"编号：{sheet.text('paper.serial')}"
    below = (*notes, f"窗口电话：{telephone(sheet)}　　监督电话：{telephone(sheet, 'office.supervision_phone')}")
    ruled(press, sheet, Ruled(title, widths, rows, right=number, notes=below, office=sheet.text("office.name")))


def asked(sheet: Sheet) -> tuple[Row, ...]:
    """Who asked for what, and when; four columns."""
    cell = sheet.cell
    return (
        Row(field("事项名称", cell("request.item"), 3), 11),
        Row((*field("申请人", cell("person.name")), *field("联系电话", cell("person.phone"))), 11),
        Row((*field("申请日期", cell("request.received_on")), *field("诉求编号", cell("request.number"))), 11),
    )


def signed(sheet: Sheet, taker: tuple[str, ...] = ("签收人（签字）：",), giver: str = "经办人") -> Row:
    """Both signatures: who takes the paper, and the window with its clerk and its seal."""
    return Row(
        (
            Box(Label("申请人\n签　收")), Box(Hand((*taker, DAY))),
            Box(Label("办　理\n机　关")), Box(Hand((f"{giver}（签字）：", "（印章）", DAY))),
        ),
        33,
    )  # fmt: skip


def ticked(sheet: Sheet, given: bool, none: str) -> Ticks | Value:
    """The materials that are here, or those that are not: what is not known to be here is not said to be here."""
    found = [row["name"] for row in sheet.each("request.materials") if (row["given"].text == "是") is given]
    return Ticks(tuple((name, given) for name in found)) if found else Value(Cell("", none))


def until(sheet: Sheet, day: str, forecast: str, after: str = "前") -> Cell:
    """A day by which something is to be done, with the mark of a calendar that is not published yet."""
    cell, mark = sheet.cell(day), sheet.known(forecast)
    if cell.state not in ("k", "v") or not cell.text:
        return cell
    return Cell(cell.label, f"{cell.text}{after}" + (f"（{mark}）" if mark else ""), cell.state)


def cells(**texts: str) -> dict[str, Cell]:
    """Cells of a sample: person__name='…' is the cell person.name."""
    return {name.replace("__", "."): Cell(name, text) for name, text in texts.items()}


def sample(serial: str, **texts: str) -> dict[str, Cell]:
    """The cells that every slip wants, of an invented case, and those of its own."""
    common = cells(
        request__number="411424108-2026-A0017",
        request__item="创业担保贷款推荐",
        request__received_on="2026年11月24日",
        person__name="钱䶮",
        person__phone="13800000042",
        paper__serial=serial,
        office__name="慈圣镇返乡创业服务窗口",
        office__phone="0370-0000000",
        office__supervision_phone="0370-0000001",
    )
    return common | cells(**texts)


def materials(**given: str) -> list[Mapping[str, Cell]]:
    """Rows of a sample's materials: name → 是 or 否."""
    return [{"name": Cell("材料", name), "given": Cell("已收", text)} for name, text in given.items()]


MATERIALS = materials(居民身份证="是", 营业执照副本="是", 创业担保贷款申请表="否", 经营场所证明="否")
