"""回访记录表: what the person says of how the request was handled, each call-back a row, with room for the next."""

from __future__ import annotations

from collections.abc import Mapping

from forms.base import Cell, Form, Sheet
from forms.papers._slips import DAY, Hand, sample, slip
from forms.typeset.contents import Choice, Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank

TITLE = "回访记录表"
_COLUMNS = (34.0, 22.0, 26.0, 26.0, 28.0, 24.0)
_WAYS = ("电话", "上门", "来访", "视频")
_ANSWERS = ("很满意", "满意", "一般", "不满意")
_HEAD = ("回访日期", "满意程度", "意见和建议", "回访人")


def _line(row: Mapping[str, Cell]) -> Row:
    return Row(
        (Box(Value(row["date"], align=0.5)), Box(Value(row["satisfaction"], align=0.5)), Box(Value(row["text"]), 3), Box(Value(row["by"]))),
        11,
    )  # fmt: skip


def _pair(sheet: Sheet, one: tuple[str, str], two: tuple[str, str], least: float = 10) -> Row:
    """Two headings, each with its value, on the six columns."""
    return Row(
        (Box(Label(one[0])), Box(Value(sheet.cell(one[1])), 2), Box(Label(two[0])), Box(Value(sheet.cell(two[1])), 2)), least
    )


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    return (
        _pair(sheet, ("诉求人", "person.name"), ("联系电话", "person.phone")),
        _pair(sheet, ("所在村", "person.village"), ("诉求编号", "request.number")),
        _pair(sheet, ("事项名称", "request.item"), ("承办单位", "request.handler"), 11),
        _pair(sheet, ("申请日期", "request.received_on"), ("办结日期", "request.closed_on")),
        Row((Box(Label("诉求内容")), Box(Value(sheet.cell("request.text"), top=True), 5)), 18, 0.5),
        Row((Box(Label("办理结果")), Box(Value(sheet.cell("request.result"), top=True), 5)), 18, 0.5),
        Row(tuple(Box(Label(text), 3 if n == 2 else 1) for n, text in enumerate(_HEAD)), 9, keep=True),
        *([_line(row) for row in sheet.each("request.callbacks")] or [Row((Box(Label("尚未回访，请在下栏填写"), 6),), 10)]),
        Row((Box(Label("本次回访\n方　　式")), Box(Choice(blank(), _WAYS), 5)), 11),
        Row((Box(Label("本次回访\n评　　价")), Box(Choice(blank(), _ANSWERS), 5)), 11),
        Row((Box(Label("意　见\n和建议")), Box(Value(blank()), 5)), 18, 1.0),
        Row((Box(Label("是否需要\n重新办理")), Box(Choice(blank(), ("不需要", "需要，原因：")), 5)), 11),
        Row(
            (
                Box(Label("诉求人")), Box(Hand(("签字：", DAY)), 2),
                Box(Label("回访人")), Box(Hand(("签字：", DAY)), 2),
            ),
            22,
        ),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：电话、视频回访的，由回访人记录并签字，诉求人栏不签。评价不满意的，应当写明原因并重新办理。",)
    slip(press, sheet, TITLE, _rows(sheet), notes, _COLUMNS)


def _sample() -> Sheet:
    serial = "411424108-2026-AP00029"
    own = sample(
        serial,
        person__village="白庄村委会",
        request__handler="柘城县慈圣镇",
        request__closed_on="2026年12月18日",
        request__text="在外从事服装加工十一年，现回村办来料加工点，申请创业担保贷款二十万元用于购买设备。",
        request__result="贷款二十万元已于2026年12月17日由经办银行发放，期限三年，按规定享受财政贴息。",
    )
    said = (("2026年12月22日", "满意", "贷款办得快，希望介绍缝纫工。", "王𡋾"),)
    rows = [{name: Cell("", text) for name, text in zip(("date", "satisfaction", "text", "by"), one, strict=True)} for one in said]
    return Sheet(own, {"request.callbacks": rows}, serial)


FORM = Form(
    code="register.callback",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.callbacks": ("date", "satisfaction", "text", "by")},
    render=_render,
    sample=_sample,
)
