"""办结通知书: how a request ended, beside what was promised, and the applicant's word on it."""

from __future__ import annotations

from forms.base import Form, Sheet
from forms.papers._slips import Said, asked, sample, signed, slip, until
from forms.typeset.contents import Choice, Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank, field

TITLE = "办结通知书"
_ANSWERS = ("很满意", "满意", "一般", "不满意")
_TOLD = (
    "您提出的上列事项已经办结，现将办理结果通知如上。对结果有疑问的，可以向本窗口询问；认为没有办好的，"
    "可以要求重新办理，或者拨打监督电话反映。",
    "请在下栏对办理情况作出评价；办结后本窗口还会回访。",
)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    unit = "个工作日" if sheet.known("request.limit").isdecimal() else ""
    due = until(sheet, "request.due_on", "request.due_forecast", "")
    return (
        *asked(sheet),
        Row((*field("受理日期", cell("request.accepted_on")), *field("承诺时限", cell("request.limit"), after=unit)), 11),
        Row((*field("应办结日期", due), *field("实际办结日期", cell("request.closed_on"))), 12),
        Row((Box(Label("诉求内容")), Box(Value(cell("request.text"), top=True), 3)), 20, 0.5),
        Row((Box(Label("办理结果")), Box(Value(cell("request.result"), top=True), 3)), 24, 1.0),
        Row((Box(Label("告知事项")), Box(Said(_TOLD), 3)), 22, keep=True),
        Row((Box(Label("服务评价")), Box(Choice(blank(), _ANSWERS), 3)), 11, keep=True),
        signed(sheet),
    )


def _render(press: Press, sheet: Sheet) -> None:
    slip(press, sheet, TITLE, _rows(sheet), ("说明：本通知书一式两份，申请人和办理机关各执一份。",))


def _sample() -> Sheet:
    serial = "411424108-2026-AP00026"
    own = sample(
        serial,
        request__accepted_on="2026年11月24日",
        request__limit="20",
        request__due_on="2026年12月22日",
        request__due_forecast="",
        request__closed_on="2026年12月18日",
        request__text="在外从事服装加工十一年，现回村办来料加工点，申请创业担保贷款二十万元用于购买设备。",
        request__result="经县人社局审核、担保机构核保，同意推荐。贷款二十万元已于2026年12月17日由经办银行发放，"
        "期限三年，按规定享受财政贴息。",
    )
    return Sheet(own, {}, serial)


FORM = Form(
    code="slip.closing",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={},
    render=_render,
    sample=_sample,
    must=(("request.closed_on",),),
)
