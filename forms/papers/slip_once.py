"""一次性告知单: all that an item asks for, said at once: the time it takes, what it costs, each material and whether it fits."""

from __future__ import annotations

from collections.abc import Mapping

from forms.base import Ask, Cell, Form, Sheet
from forms.papers._slips import sample, signed, slip
from forms.typeset.contents import Choice, Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank

TITLE = "一次性告知单"
_COLUMNS = (12.0, 14.0, 48.0, 16.0, 34.0, 36.0)
_ASKS = (
    Ask("ask.special", "特殊环节及时限（每行一个，如：现场勘查，5个工作日）", 3),
    Ask("ask.fee", "收费依据及标准", 2),
)
_NO_MATERIAL = "本事项不需要提交材料"


def _material(n: int, row: Mapping[str, Cell]) -> Row:
    given = row["given"].text == "是"
    name = row["name"]
    note = row["note"].text
    named = Cell(name.label, f"{name.text}\n（{note}）" if note else name.text, name.state)
    return Row(
        (
            Box(Value(Cell("", str(n)), align=0.5)), Box(Value(named), 2),
            Box(Value(Cell("", "必需" if row["required"].text == "是" else "视情况"), align=0.5)),
            Box(Choice(Cell("", "已有" if given else "需交"), ("已有", "需交"))),
            Box(Choice(blank(), ("符合", "不符合"))),
        ),
        9,
    )  # fmt: skip


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    unit = "个工作日" if sheet.known("request.limit").isdecimal() else ""
    rows = [
        Row((Box(Label("事项名称"), 2), Box(Value(cell("request.item")), 4)), 10),
        Row((Box(Label("申请人"), 2), Box(Value(cell("person.name"))), Box(Label("电话")), Box(Value(cell("person.phone")), 2)), 10),
        Row((Box(Label("办理时限"), 2), Box(Value(cell("request.limit"), after=unit)), Box(Label("类型")), Box(Value(cell("request.service")), 2)), 10),
        Row((Box(Label("设定依据"), 2), Box(Value(cell("request.ground")), 4)), 11),
        Row((Box(Label("特殊环节\n及 时 限"), 2), Box(Value(cell("ask.special")), 4)), 16, 0.3),
        Row((Box(Label("收费依据\n及 标 准"), 2), Box(Value(cell("ask.fee")), 4)), 13, 0.2),
        Row((Box(Label("序号")), Box(Label("材料名称及要求"), 2), Box(Label("必要性")), Box(Label("材料情况")), Box(Label("是否符合要求"))), 9, keep=True),
    ]  # fmt: skip
    found = [_material(n, row) for n, row in enumerate(sheet.each("request.materials"), 1)]
    rows += found or [Row((Box(Value(Cell("", _NO_MATERIAL), align=0.5), 6),), 10)]
    other = Box(Value(blank()), 4)
    return (*rows, Row((Box(Label("其他事项"), 2), other), 14, 1.0), _signed(sheet))


def _signed(sheet: Sheet) -> Row:
    """The two signatures of every slip, on these columns."""
    labels = signed(sheet, ("以上内容本人已知悉。", "申请人（签字）：")).boxes
    (taker_label, taker, giver_label, giver) = (box.content for box in labels)
    return Row((Box(taker_label, 2), Box(taker), Box(giver_label), Box(giver, 2)), 33)


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本单列明本事项的全部材料和要求；没有列出的，窗口不得另行索要。“是否符合要求”由窗口当面逐项勾选。",)
    slip(press, sheet, TITLE, _rows(sheet), notes, _COLUMNS)


def _sample() -> Sheet:
    serial = "411424108-2026-AP00020"
    own = sample(
        serial,
        request__service="承诺件",
        request__limit="20",
        request__ground="《创业担保贷款办理规程（示例）》",
        ask__special="担保机构核保，5个工作日\n经办银行放款审核，3个工作日",
        ask__fee="不收费",
    )
    del own["request.received_on"], own["request.number"]
    materials = (
        ("居民身份证", "是", "是", "核验原件，留复印件"), ("营业执照副本", "是", "是", "复印件1份"),
        ("创业担保贷款申请表", "否", "是", ""), ("经营场所证明", "否", "是", "租赁合同或产权证明"),
        ("婚姻状况材料", "否", "是", "结婚证或本人书面声明"), ("人员类别证明", "否", "否", "返乡农民工由村委会出具"),
    )  # fmt: skip
    rows = [
        {"name": Cell("", name), "given": Cell("", given), "required": Cell("", needed), "note": Cell("", note)}
        for name, given, needed, note in materials
    ]
    return Sheet(own, {"request.materials": rows}, serial)


FORM = Form(
    code="slip.once",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.materials": ("name", "given", "required", "note")},
    render=_render,
    sample=_sample,
    asks=_ASKS,
)
