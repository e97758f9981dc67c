"""不予受理通知书: why a request is not taken, and to whom and how long one may go against it."""

from __future__ import annotations

from forms.base import Ask, Form, Sheet
from forms.papers._slips import Said, asked, sample, signed, slip
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "不予受理通知书"
_ASKS = (
    Ask("ask.ground", "不予受理的依据", 2),
    Ask("ask.court", "行政诉讼的受理法院", proposed="有管辖权的人民法院"),
)


def _told(sheet: Sheet) -> tuple[str, ...]:
    """Sixty days: 行政复议法 (2023 revision) article 20; six months: 行政诉讼法 article 46."""
    court = sheet.known("ask.court") or "有管辖权的人民法院"
    return (
        f"如对本决定不服，可以自收到本通知书之日起六十日内，向{sheet.text('office.county_government')}申请行政复议；"
        f"也可以自收到本通知书之日起六个月内，直接向{court}提起行政诉讼。",
        "不予受理的原因消除后，可以重新提出申请；有疑问的，可以先向本窗口咨询或者拨打监督电话反映。",
    )


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    return (
        *asked(sheet),
        Row((*field("联系地址", sheet.cell("person.address"), 3),), 11),
        Row((Box(Label("申请内容")), Box(Value(sheet.cell("request.text"), top=True), 3)), 18, 0.5),
        Row((Box(Label("不予受理\n的原因")), Box(Value(sheet.cell("refusal.text"), top=True), 3)), 22, 1.0),
        Row((Box(Label("不予受理\n的依据")), Box(Value(sheet.cell("ask.ground"), top=True), 3)), 16, 0.4),
        Row(field("决定日期", sheet.cell("refusal.on"), 3), 10),
        Row((Box(Label("权利告知")), Box(Said(_told(sheet)), 3)), 28, keep=True),
        signed(sheet),
    )


def _render(press: Press, sheet: Sheet) -> None:
    slip(press, sheet, TITLE, _rows(sheet), ("说明：本通知书一式两份，申请人和办理机关各执一份。",))


def _sample() -> Sheet:
    serial = "411424108-2026-AP00022"
    own = sample(
        serial,
        person__address="慈圣镇白庄村白庄东组26号",
        request__text="申请将在外地已注册八年的服装厂贷款转为本县创业担保贷款，并享受财政贴息。",
        refusal__text="所办企业注册地和经营地均不在本县，且已在注册地享受过创业担保贷款贴息，不属于本窗口的受理范围。",
        refusal__on="2026年11月27日",
        ask__ground="《柘城县创业担保贷款办理规程（示例）》第四条",
        ask__court="示例市示例区人民法院",
        office__county_government="柘城县人民政府",
    )
    return Sheet(own, {}, serial)


FORM = Form(
    code="slip.refusal",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={},
    render=_render,
    sample=_sample,
    must=(("refusal.on",),),
    asks=_ASKS,
)
