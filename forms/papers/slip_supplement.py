"""补正告知书: all that is missing, named at once, and until when it may be brought."""

from __future__ import annotations

from forms.base import Form, Sheet
from forms.papers._slips import MATERIALS, Said, asked, sample, signed, slip, ticked, until
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "补正告知书"
_TOLD = (
    "请在补齐期限前，把上列材料和内容一次补齐后送交本窗口，也可以委托村级代办人员送交。",
    "等待补正的时间不计入办理时限；补齐之后，本窗口继续办理。",
    "期限内没有补齐的，本次申请按退回处理，已交的材料一并退还；材料备齐后可以重新提出申请。",
)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    by = until(sheet, "supplement.by", "supplement.forecast")
    return (
        *asked(sheet),
        Row((*field("告知日期", sheet.cell("supplement.on")), *field("补齐期限", by)), 11),
        Row((Box(Label("需补正\n的内容")), Box(Value(sheet.cell("supplement.text"), top=True), 3)), 20, 1.0),
        Row((Box(Label("缺少的\n材　料")), Box(ticked(sheet, False, "所列材料已收，见“需补正的内容”"), 3)), 16, 0.5),
        Row((Box(Label("已收的\n材　料")), Box(ticked(sheet, True, "尚未收到材料"), 3)), 14, 0.4),
        Row((Box(Label("告知事项")), Box(Said(_TOLD), 3)), 26, keep=True),
        signed(sheet),
    )


def _render(press: Press, sheet: Sheet) -> None:
    slip(press, sheet, TITLE, _rows(sheet), ("说明：本告知书一式两份，申请人和办理机关各执一份。",))


def _sample() -> Sheet:
    serial = "411424108-2026-AP00021"
    own = sample(
        serial,
        supplement__on="2026年11月26日",
        supplement__by="2026年12月10日",
        supplement__forecast="",
        supplement__text="申请表未填写贷款用途和经营地址，请补填后签字；经营场所为租用，请提交租赁合同；"
        "身份证复印件不清楚，请重新复印正反两面。",
    )
    return Sheet(own, {"request.materials": MATERIALS}, serial)


FORM = Form(
    code="slip.supplement",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.materials": ("name", "given")},
    render=_render,
    sample=_sample,
    must=(("supplement.on",),),
)
