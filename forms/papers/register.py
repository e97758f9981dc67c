"""返乡创业诉求登记表: one request on one ruled page, from the doorstep to the call back."""

from __future__ import annotations

from forms.base import Cell, Form, Sheet
from forms.papers._ruled import Ruled, ruled, telephone
from forms.typeset.contents import Choice, Label, Signed, Ticks, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field
from resources import codes

TITLE = "返乡创业诉求登记表"
_COLUMNS = (32.0, 30.0, 13.0, 15.0, 22.0, 23.0, 25.0)
_ANSWERS = tuple(code.label for code in codes.table("satisfaction"))


def _materials(sheet: Sheet) -> Ticks | Value:
    rows = sheet.each("request.materials")
    if not rows:
        return Value(Cell("", "未列材料"))
    return Ticks(tuple((row["name"], row["given"].text == "是") for row in rows))


def _steps(sheet: Sheet) -> list[Row]:
    """The course of handling, one row a step; two empty ones when there is none yet, to be filled in by hand."""
    head = (Box(Label("日　期")), Box(Label("承办单位")), Box(Label("办理情况"), 4), Box(Label("经办人")))
    rows = [Row(head, 8)]
    blank = Cell("", "")
    empty = {"date": blank, "office": blank, "what": blank, "by": blank}
    for step in [*sheet.each("request.steps")] or [empty, empty]:
        boxes = (
            Box(Value(step["date"], align=0.5)),
            Box(Value(step["office"])),
            Box(Value(step["what"]), 4),
            Box(Value(step["by"])),
        )
        rows.append(Row(boxes, 9))
    return rows


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    due = cell("request.due_on")
    forecast = sheet.known("request.due_forecast")
    if forecast and due.state in ("k", "v") and due.text:
        due = Cell(due.label, f"{due.text}\n（{forecast}）", due.state)
    return (
        Row(
            (
                *field("姓　　名", cell("person.name")),
                *field("性别", cell("person.sex")),
                *field("身份证号", cell("person.id_number"), 2),
            )
        ),
        Row((*field("联系电话", cell("person.phone"), 3), *field("所 在 村", cell("person.village"), 2))),
        Row(field("家庭住址", cell("person.address"), 6)),
        Row((*field("诉求事项", cell("request.item"), 3), *field("诉求类型", cell("request.kind"), 2))),
        Row((*field("来源渠道", cell("request.channel"), 3), *field("紧急程度", cell("request.urgency"), 2))),
        Row((*field("登记日期", cell("request.received_on"), 3), *field("办结期限", due, 2))),
        Row((Box(Label("诉求内容")), Box(Value(cell("request.text"), top=True), 6)), 16, 1.0),
        Row((Box(Label("所需材料")), Box(_materials(sheet), 6)), 14),
        *_steps(sheet),
        Row((Box(Label("办理结果")), Box(Value(cell("request.result"), top=True), 6)), 12, 0.6),
        Row((Box(Label("回访评价")), Box(Choice(cell("request.satisfaction"), _ANSWERS), 6))),
        Row(
            (
                Box(Label("诉求人")),
                Box(Signed("", "签字：", room=15), 3),
                Box(Label("登记人")),
                Box(Value(cell("request.registered_by")), 2),
            ),
            18,
        ),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "填表说明：“未采集”表示尚未询问，“待核实”表示尚未核对，均不得代填。",
        f"窗口电话：{telephone(sheet)}　　监督电话：{telephone(sheet, 'office.supervision_phone')}",
    )
    left, right = f"登记单位：{sheet.text('office.name')}", f"编号：{sheet.text('request.number')}"
    ruled(press, sheet, Ruled(TITLE, _COLUMNS, _rows(sheet), left, right, notes))


_TEXT = (
    "本人在常熟从事服装加工十一年，春节后准备回村办来料加工点，预计用工二十人左右，其中本村留守妇女十五人。"
    "现有场地为村委会闲置院落，约四百平方米，需要办理营业执照、申请创业担保贷款二十万元，"
    "并希望镇里帮助联系电力部门增容。孩子下学期随迁回镇，请一并告知入学手续。"
)


def _sample() -> Sheet:
    known = {
        "request.number": "411424108-2026-A0018",
        "request.item": "返乡创业综合诉求",
        "request.kind": "求助",
        "request.channel": "村级代办",
        "request.text": _TEXT,
        "request.received_on": "2026年12月25日",
        "request.due_on": "2027年1月4日",
        "request.due_forecast": "按预测日历",
        "request.result": "营业执照已办结；贷款推荐材料已报县人社局；供电所已现场查勘。",
        "request.satisfaction": "满意",
        "person.name": "孙𬘫",
        "person.sex": "女",
        "person.id_number": "412327198603150022",
        "person.phone": "13800000042",
        "person.village": "后梁楼村",
        "request.registered_by": "李𬭎",
        "office.name": "慈圣镇返乡创业服务窗口",
        "office.phone": "0370-0000000",
        "office.supervision_phone": "0370-0000001",
    }
    cells = {name: Cell(name, text) for name, text in known.items()}
    cells["request.urgency"] = Cell("紧急程度", "", "u")
    cells["person.address"] = Cell("家庭住址", "慈圣镇后梁楼村前街3号", "v")
    steps = (
        ("2026年12月25日", "镇便民服务中心", "受理登记，转市场监管所办理执照", "李𬭎"),
        ("2026年12月28日", "市场监管所", "执照已核发", "周𫖯"),
    )
    rows = {
        "request.materials": [
            {"name": Cell("材料", "居民身份证"), "given": Cell("已收", "是")},
            {"name": Cell("材料", "经营场所使用证明"), "given": Cell("已收", "否")},
        ],
        "request.steps": [
            dict(zip(("date", "office", "what", "by"), (Cell("", part) for part in step), strict=True)) for step in steps
        ],
    }
    return Sheet(cells, rows, known["request.number"])


FORM = Form(
    code="register.request",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(sorted(_sample().cells)),
    row_wants={"request.materials": ("name", "given"), "request.steps": ("date", "office", "what", "by")},
    render=_render,
    sample=_sample,
)
