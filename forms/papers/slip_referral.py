"""转办单: one referral of a request to one bureau, with what is asked of it and by when."""

from __future__ import annotations

from forms.base import Cell, Form, Sheet
from forms.papers._ruled import Ruled, ruled, telephone
from forms.papers._slips import DAY, FOUR, MATERIALS, Hand, cells, ticked, until
from forms.typeset.contents import Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "诉求转办单"


def _opinion(sheet: Sheet) -> Row:
    """What the bureau has answered; an empty box with room for its hand and seal as long as it has not."""
    answer, day = sheet.known("referral.answer"), sheet.known("referral.answered_on")
    by = sheet.known("referral.answered_by") if answer else ""
    if not answer:
        content: Signed | Value = Signed("", "承办人（签字）：　　　　　负责人（签字、盖章）：", room=30)
        return Row((Box(Label("承　办\n意　见")), Box(content, 3)), 48, 1.0)
    said = f"{answer}\n{'　　'.join(part for part in (f'答复人：{by}' if by else '', day) if part)}".rstrip()
    return Row((Box(Label("承　办\n意　见")), Box(Value(Cell("承办意见", said), top=True), 3)), 48, 1.0)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    due = until(sheet, "referral.due_on", "referral.due_forecast")
    return (
        Row((*field("转出单位", cell("office.name")), *field("承办单位", cell("referral.bureau"))), 12),
        Row((*field("转办日期", cell("referral.sent_on")), *field("要求答复日期", due)), 12),
        Row((*field("诉求人", cell("person.name")), *field("联系电话", cell("person.phone"))), 10),
        Row((*field("事项名称", cell("request.item")), *field("诉求编号", cell("request.number"))), 11),
        Row(field("联系地址", cell("person.address"), 3), 10),
        Row((Box(Label("诉求内容")), Box(Value(cell("request.text"), top=True), 3)), 22, 0.6),
        Row((Box(Label("转办要求")), Box(Value(cell("referral.ask"), top=True), 3)), 18, 0.4),
        Row((Box(Label("附件材料")), Box(ticked(sheet, True, "无"), 3)), 14, 0.2),
        _opinion(sheet),
        Row(
            (
                Box(Label("送达人")), Box(Hand(("签字：", DAY))),
                Box(Label("签收人")), Box(Hand(("签字：", DAY))),
            ),
            22,
        ),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：请承办单位按要求答复的日期提出意见并退回转出单位；不属于本单位职责的，请在收到当日说明理由退回。",
        f"转出单位电话：{telephone(sheet)}",
    )
    number = f"编号：{sheet.text('paper.serial')}"
    ruled(press, sheet, Ruled(TITLE, FOUR, _rows(sheet), right=number, notes=notes))


def _sample() -> Sheet:
    serial = "411424108-2026-AP00023"
    own = cells(
        request__number="411424108-2026-A0018",
        request__item="返乡创业综合诉求",
        request__text="准备利用村委会闲置院落办来料加工点，约四百平方米，需要三相电增容到八十千瓦，希望年前通电。",
        referral__bureau="柘城县发展和改革委员会",
        referral__sent_on="2026年11月30日",
        referral__due_on="2026年12月4日",
        referral__due_forecast="",
        referral__ask="请协调供电部门现场查勘，答复增容方案、费用和通电时间。",
        referral__answer="",
        referral__answered_on="",
        referral__answered_by="",
        person__name="孙𬘫",
        person__phone="13800000042",
        person__address="慈圣镇后梁楼村前街3号",
        paper__serial=serial,
        office__name="柘城县慈圣镇",
        office__phone="0370-0000000",
    )
    return Sheet(own, {"request.materials": MATERIALS}, serial)


FORM = Form(
    code="slip.referral",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.materials": ("name", "given")},
    render=_render,
    sample=_sample,
    each="referral",
)
