"""受理通知单: what the applicant takes home. Fields as on the notices of government service windows."""

from __future__ import annotations

from forms.base import Cell, Form, Sheet, words
from forms.papers._ruled import Ruled, ruled, telephone
from forms.typeset.contents import Label, Signed, Ticks, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "受理通知单"
_COLUMNS = (26.0, 54.0, 26.0, 54.0)
_PROMISE = "本人承诺：所提交的材料和填报的信息真实、完整、有效，如有隐瞒或者虚假，愿意承担相应的法律责任。"


def _materials(sheet: Sheet, given: bool) -> Ticks | Value:
    """Those whose `given` says 是, or all others: what is not known to be here is not said to be here."""
    found = [row["name"] for row in sheet.each("request.materials") if (row["given"].text == "是") is given and "name" in row]
    if not found:
        none = "" if sheet.each("request.materials") else "未列材料"
        return Value(Cell("", none or ("无" if not given else "尚未收到材料")))
    return Ticks(tuple((cell, given) for cell in found))


def _due(sheet: Sheet) -> Cell:
    cell = sheet.cell("request.due_on")
    forecast = sheet.known("request.due_forecast")
    if cell.state not in ("k", "v") or not cell.text:
        return cell
    return Cell(cell.label, f"{cell.text}前办结" + (f"（{forecast}）" if forecast else ""), cell.state)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    handler = words(cell("request.accepted_by"))
    unit = "个工作日" if sheet.known("request.limit").isdecimal() else ""  # an item that is settled at once has words there
    return (
        Row(field("事项名称", cell("request.item"), 3), 11),
        Row((*field("申请人", cell("person.name")), *field("服务类型", cell("request.service"))), 11),
        Row((*field("联系电话", cell("person.phone")), *field("承诺时限", cell("request.limit"), after=unit)), 10),
        Row((*field("受理日期", cell("request.accepted_on")), *field("办结日期", _due(sheet))), 11),
        Row(field("联系地址", cell("person.address"), 3), 11),
        Row((Box(Label("已收材料")), Box(_materials(sheet, True), 3)), 14, 0.5),
        Row((Box(Label("未收材料")), Box(_materials(sheet, False), 3)), 14, 0.4),
        Row((Box(Label("申请人\n承　诺")), Box(Signed(_PROMISE, "申请人（签字）："), 3)), 34, 0.2),
        Row((Box(Label("受　理\n窗　口")), Box(Signed("", f"经办人：{handler}（签字、盖章）", _day(sheet), 20), 3)), 26),
    )


def _day(sheet: Sheet) -> str:
    return sheet.known("paper.date") or "年　　月　　日"


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        f"窗口电话：{telephone(sheet)}　　监督电话：{telephone(sheet, 'office.supervision_phone')}",
        "说明：承诺时限按工作日计算，自受理次日起算；请妥善保管本单，凭编号查询办理进度。",
    )
    number = f"编号：{sheet.text('request.number')}"
    ruled(press, sheet, Ruled(TITLE, _COLUMNS, _rows(sheet), right=number, notes=notes, office=sheet.text("office.name"), bar=True))


def _cells(**texts: str) -> dict[str, Cell]:
    return {name.replace("__", "."): Cell(name, text) for name, text in texts.items()}


def _sample() -> Sheet:
    cells = _cells(
        request__number="411424108-2026-A0017",
        request__item="创业担保贷款推荐",
        request__service="承诺件",
        request__limit="5",
        request__accepted_on="2026年11月24日",
        request__due_on="2026年12月1日",
        request__due_forecast="",
        person__name="钱䶮",
        person__phone="138****0042",
        person__address="慈圣镇白庄村白庄东组26号",
        request__accepted_by="王𡋾",
        paper__date="2026年11月24日",
        office__name="慈圣镇返乡创业服务窗口",
        office__phone="0370-0000000",
        office__supervision_phone="0370-0000001",
    )
    given = {
        "居民身份证复印件": "是",
        "营业执照副本复印件": "是",
        "创业担保贷款申请表": "是",
        "经营场所证明（租赁合同或产权证明）": "否",
    }
    rows = [{"name": Cell("材料", name), "given": Cell("已收", text)} for name, text in given.items()]
    return Sheet(cells, {"request.materials": rows}, "411424108-2026-AP00017")


FORM = Form(
    code="slip.acceptance",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.materials": ("name", "given")},
    render=_render,
    sample=_sample,
    must=(("request.accepted_on",),),
)
