"""收件凭证: which materials the window has taken, how many sheets of each, from whom and by whom."""

from __future__ import annotations

from forms.base import Cell, Form, Sheet
from forms.papers._slips import DAY, MATERIALS, Hand, sample, slip
from forms.typeset.contents import Choice, Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank

TITLE = "收件凭证"
_COLUMNS = (12.0, 14.0, 48.0, 16.0, 16.0, 54.0)
_LEAST = 8  # rows: what is brought and not listed is written in by hand


def _material(n: int, name: Cell) -> Row:
    empty = not name.text
    return Row(
        (
            Box(Value(Cell("", str(n)), align=0.5)), Box(Value(name), 2), Box(Value(blank())), Box(Value(blank())),
            Box(Label("") if empty else Choice(blank(), ("原件", "复印件"))),
        ),
        9.5,
        0.4,
    )  # fmt: skip


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    found = [row["name"] for row in sheet.each("request.materials") if row["given"].text == "是"]
    listed = [*found, *[blank()] * max(0, _LEAST - len(found))]
    head = ("序号", "材料名称", "份数", "页数", "原件／复印件")
    return (
        Row((Box(Label("事项名称"), 2), Box(Value(cell("request.item")), 4)), 10),
        Row((Box(Label("申请人"), 2), Box(Value(cell("person.name"))), Box(Label("联系电话"), 2), Box(Value(cell("person.phone")))), 10),
        Row((Box(Label("申请日期"), 2), Box(Value(cell("request.received_on"))), Box(Label("诉求编号"), 2), Box(Value(cell("request.number")))), 10),
        Row(tuple(Box(Label(text), 2 if n == 1 else 1) for n, text in enumerate(head)), 9, keep=True),
        *[_material(n, name) for n, name in enumerate(listed, 1)],
        Row((Box(Label("登记已收"), 2), Box(Value(cell("request.received_count"), after=" 项")), Box(Label("合计份数"), 2), Box(Value(blank()))), 10),
        Row((Box(Label("备　　注"), 2), Box(Value(blank()), 4)), 16, 1.0),
        Row(
            (
                Box(Label("交件人"), 2), Box(Hand(("签字：", DAY))),
                Box(Label("收件人\n（窗口）"), 2), Box(Hand(("签字：", DAY))),
            ),
            26,
        ),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：本凭证只证明窗口收到上列材料，不表示已经受理；是否受理另行告知。",
        "份数、页数由交件人和收件人当面点清后填写。凭本凭证编号查询办理进度，领回原件时交回。",
    )
    slip(press, sheet, TITLE, _rows(sheet), notes, _COLUMNS)


def _sample() -> Sheet:
    serial = "411424108-2026-AP00019"
    return Sheet(sample(serial, request__received_count="2"), {"request.materials": MATERIALS}, serial)


FORM = Form(
    code="slip.receipt",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.materials": ("name", "given")},
    render=_render,
    sample=_sample,
)
