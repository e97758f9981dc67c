"""政策明白卡: one item on one page, in words that everybody knows: who, how much, how, what to bring, how long, where."""

from __future__ import annotations

from dataclasses import dataclass

from forms.base import Ask, Cell, Form, Sheet
from forms.typeset.chains import HEI, KAI, TITLE
from forms.typeset.contents import Label, Value
from forms.typeset.ink import RED
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import Box, Row, Table

_LEFT, _MEASURE, _BOTTOM = 22.0, 166.0, 274.0
_SIZES = (15.0, 14.0, 13.0, 12.0, 11.0, 10.5)


@dataclass(frozen=True, slots=True)
class _Question:
    """A question in red, in the middle of its box."""

    text: str

    def height(self, press: Press, width: float, size: float) -> float:
        return Label(self.text).height(press, width, size)

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting = press.setting(HEI, 14.0)
        pen.text(setting, self.text, x + width / 2, y + (height - setting.size / MM) / 2, 0.5, RED)


def _render(press: Press, sheet: Sheet) -> None:
    pen = press.page()
    y = _band(press, pen, sheet.text("policy.name"))
    limit = sheet.cell("policy.limit")
    if limit.text.isdecimal():
        limit = Cell(limit.label, f"受理后{limit.text}个工作日内办结", limit.state)
    where = "\n".join(("受理：" + sheet.text("office.name"), "地址：" + sheet.text("office.address"), "决定：" + sheet.text("policy.bureau")))
    asked = (
        ("面向谁", sheet.cell("ask.who")), ("给多少", sheet.cell("ask.amount")), ("怎么办", sheet.cell("ask.how")),
        ("带什么", sheet.cell("policy.materials")), ("办多久", limit), ("到哪办", Cell("", where)),
        ("打电话", Cell("", f"{sheet.text('office.phone')}（监督电话：{sheet.text('office.supervision_phone')}）")),
        ("依　据", sheet.cell("policy.ground")),
    )  # fmt: skip
    rows = tuple(Row((Box(_Question(label)), Box(Value(cell))), 13, 1, 2.5) for label, cell in asked)
    table = Table((32.0, _MEASURE - 32.0), rows, _LEFT, sizes=_SIZES)
    pen, y = table.draw(press, pen, y, _BOTTOM - 9, 22.0, press.page)
    note = press.setting(KAI, 10.5)
    pen.text(note, "对象、标准和材料以县级现行规定为准，办理前请到窗口核对。", _LEFT, y + 3)
    pen.text(note, sheet.text("paper.date"), _LEFT + _MEASURE, y + 3, 1.0)


def _band(press: Press, pen: Pen, name: str) -> float:
    """The item's name in red between two red rules."""
    top, high, middle = 16.0, 32.0, pen.width / 2
    for y in (top, top + high):
        pen.rule(_LEFT, y, _LEFT + _MEASURE, y, 1.6, RED)
    pen.text(press.setting(HEI, 14.0), "返乡创业政策明白卡", middle, top + 5, 0.5, spread=1.5)
    setting = press.fitting(TITLE, name, 28.0, _MEASURE - 10, 10.0)
    pen.text(setting, name, middle, top + 21 - setting.size / MM / 2, 0.5, RED)
    return top + high + 5


def _sample() -> Sheet:
    said = {
        "ask.item": "创业担保贷款", "policy.name": "创业担保贷款", "policy.bureau": "县金融工作服务中心", "policy.limit": "18",
        "policy.ground": "县级实施办法（样例）", "policy.materials": "身份证（核验原件，留复印件）\n户口簿\n营业执照\n经营场所租赁或产权材料\n征信报告（本人和配偶）",
        "ask.who": "返乡创业的农民工、大学毕业生、退役军人（样例）", "ask.amount": "以县级现行规定为准（样例）",
        "ask.how": "一、带齐材料到窗口或村委会提出。\n二、窗口当场核对材料，缺什么一次性告知。\n三、需要县级单位决定的，由窗口转送。",
        "office.name": "慈圣镇返乡创业服务窗口", "office.address": "慈圣镇便民服务中心一楼", "office.phone": "0370-0000000",
        "office.supervision_phone": "0370-0000001", "paper.date": "2026年11月24日",
    }  # fmt: skip
    return Sheet({name: Cell(name, text) for name, text in said.items()})


FORM = Form(
    code="card.policy",
    title="政策明白卡",
    edition="2026年版",
    valid_from="2026-01-01",
    subject="list",
    wants=tuple(_sample().cells),
    row_wants={},
    render=_render,
    sample=_sample,
    asks=(
        Ask("ask.item", "事项名称", required=True, choices="items"), Ask("ask.who", "面向谁", 2), Ask("ask.amount", "给多少", 2),
        Ask("ask.how", "怎么办", 4),
    ),
)  # fmt: skip
