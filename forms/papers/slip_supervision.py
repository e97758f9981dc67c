"""督办单: the requests that are late, to the office that has them in hand, with the day by which it must have done."""

from __future__ import annotations

from collections.abc import Mapping

from forms.base import Ask, Cell, Form, Sheet, words
from forms.papers._ruled import Ruled, ruled
from forms.papers._slips import DAY, Hand, cells
from forms.typeset.contents import Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "诉求督办单"
_COLUMNS = (12.0, 33.0, 43.0, 31.0, 27.0, 13.0, 15.0)
_AGAIN = 3  # rows: for whom, by when and the headings come again on every page
_SIZES = (10.5, 10.0, 9.5, 9.0)
_WANTS = ("no", "item", "person.name", "number", "handler", "due_listed", "overdue", "state")
_HEAD = ("序号", "事项名称", "诉求人及诉求编号", "承办单位", "应办结日期", "超期\n天数", "状态")
_ASKS = (
    Ask("notice.to", "被督办单位", required=True), Ask("ask.deadline", "督办期限", required=True),
    Ask("ask.demand", "督办要求", 3, "请查明超期原因，在督办期限前办结并书面反馈办理结果；确实不能办结的，说明理由和预计办结的日期。"),
)  # fmt: skip
_MIDDLE = ("no", "due_listed", "overdue", "state")


def _case(row: Mapping[str, Cell]) -> Row:
    who = Cell("", f"{words(row['person.name'])}\n{words(row['number'])}")
    shown = {**row, "number": who}
    return Row(tuple(Box(Value(shown[n], align=0.5 if n in _MIDDLE else 0.0)) for n in _WANTS if n != "person.name"), 11)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    count = len(sheet.each("requests"))
    return (
        Row((Box(Label("被督办单位"), 2), Box(Value(cell("notice.to")), 5)), 12),
        Row((Box(Label("督办日期"), 2), Box(Value(cell("paper.date"))), *field("督办期限", cell("ask.deadline"), 3)), 11),
        Row(tuple(Box(Label(text)) for text in _HEAD), 11, keep=True),
        *[_case(row) for row in sheet.each("requests")],
        Row((Box(Label("合　　计"), 2), Box(Value(Cell("", f"共 {count} 件")), 5)), 9),
        Row((Box(Label("督办要求"), 2), Box(Value(cell("ask.demand"), top=True), 5)), 18, 0.4),
        Row((Box(Label("办理情况\n反　　馈"), 2), Box(Signed("", "负责人（签字、盖章）：", room=26), 5)), 40, 1.0),
        Row(
            (
                Box(Label("督办单位"), 2), Box(Hand(("经办人（签字）：", "（印章）", DAY))),
                Box(Label("被督办单位\n签　　收")), Box(Hand(("签收人（签字）：", DAY)), 3),
            ),
            33,
        ),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    left, right = f"督办单位：{sheet.text('office.name')}", f"编号：{sheet.text('paper.serial')}"
    notes = ("说明：超期天数按工作日计算，自应办结日期的次日起算；补正期间不计入办理时限。本单一式两份。",)
    ruled(press, sheet, Ruled(TITLE, _COLUMNS, _rows(sheet), left, right, notes, head=_AGAIN, margin=18.0, sizes=_SIZES))


def _sample() -> Sheet:
    serial = "411424108-2026-AP00028"
    own = cells(
        notice__to="慈圣镇自然资源所",
        ask__deadline="2026年12月31日",
        ask__demand=_ASKS[2].proposed,
        paper__date="2026年12月24日",
        paper__serial=serial,
        office__name="柘城县慈圣镇",
    )
    late = (
        ("设施农业用地备案", "赵㛃", "411424108-2026-A0009", "慈圣镇自然资源所", "2026年12月9日", "11", "已受理"),
        ("返乡创业综合诉求", "孙𬘫", "411424108-2026-A0012", "柘城县发展和改革委员会", "2026年12月18日", "4", "已转办"),
        ("创业担保贷款推荐", "周𫖯", "411424108-2026-A0013", "慈圣镇劳动保障所", "2026年12月21日", "3", "已答复"),
        ("子女转学衔接", "吴𬀩", "411424108-2026-A0015", "柘城县教育体育局", "2026年12月23日", "1", "已转办"),
    )
    rows = [
        {name: Cell("", text) for name, text in zip(_WANTS, (str(n), *one), strict=True)} for n, one in enumerate(late, 1)
    ]
    return Sheet(own, {"requests": rows}, serial)


FORM = Form(
    code="slip.supervision",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="requests",
    wants=tuple(_sample().cells),
    row_wants={"requests": _WANTS},
    render=_render,
    sample=_sample,
    asks=_ASKS,
)
