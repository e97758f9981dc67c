"""会议记录: what a meeting was about, and lines to write on; what is typed already stands on them."""

from __future__ import annotations

from forms.base import Ask, Cell, Form, Sheet
from forms.papers._ruled import Ruled, ruled
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank, field

TITLE = "会议记录"
_COLUMNS = (26.0, 54.0, 26.0, 54.0)
_LINE = 10.0
_EMPTY = 36  # lines of a record that is written by hand: both sides of a sheet


def _line(cell: Cell) -> Row:
    return Row((Box(Value(cell), 4),), _LINE)


def _spare(_n: int) -> Row:
    return _line(blank())


def _render(press: Press, sheet: Sheet) -> None:
    cell = sheet.cell
    said = [part for part in sheet.text("ask.record").split("\n") if part.strip()]
    lines = [_line(Cell("", "　　" + part.strip())) for part in said] or [_line(blank())] * _EMPTY
    rows = (
        Row(field("会议名称", cell("ask.meeting"), 3), 11),
        Row((*field("时　　间", cell("ask.time")), *field("地　　点", cell("ask.place"))), 11),
        Row((*field("主 持 人", cell("ask.chair")), *field("记 录 人", cell("ask.keeper"))), 11),
        Row(field("参加人员", cell("ask.present"), 3), 16),
        Row(field("缺席人员\n及 原 因", cell("ask.absent"), 3), 14),
        Row((Box(Label("会　　议　　记　　录"), 4),), 9, keep=True),
        *lines,
    )
    notes = ("主持人（签字）：____________　　记录人（签字）：____________　　____年____月____日",)
    ruled(press, sheet, Ruled(TITLE, _COLUMNS, rows, notes=notes, office=sheet.text("office.name"), spare=_spare))


def _sample() -> Sheet:
    said = {
        "office.name": "柘城县慈圣镇", "ask.meeting": "返乡创业座谈会", "ask.time": "2027年1月28日9:00", "ask.place": "镇政府三楼会议室",
        "ask.chair": "李𬭎", "ask.keeper": "王𡋾", "ask.present": "赵㛃、钱䶮、孙𬘫、周𫖯、吴𬀩、郑𠅤等37名返乡人员，镇直有关单位负责人",
        "ask.absent": "无",
        "ask.record": "李𬭎介绍镇情和返乡创业产业园建设情况。\n赵㛃：希望解决服装加工点用电增容。由镇便民服务中心登记为诉求，转供电所。\n"
        "钱䶮：咨询创业担保贷款。窗口当场发放政策明白卡。",
    }  # fmt: skip
    return Sheet({name: Cell(name, text) for name, text in said.items()})


FORM = Form(
    code="minutes.meeting",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="list",
    wants=tuple(_sample().cells),
    row_wants={},
    render=_render,
    sample=_sample,
    asks=(
        Ask("ask.meeting", "会议名称"), Ask("ask.time", "时间"), Ask("ask.place", "地点"), Ask("ask.chair", "主持人"),
        Ask("ask.keeper", "记录人"), Ask("ask.present", "参加人员", 3), Ask("ask.absent", "缺席人员及原因"), Ask("ask.record", "会议记录", 8),
    ),
)  # fmt: skip
