"""运营补贴申请表: what the entity paid for its place in a park, fee by fee, and what share and cap make of it."""

from __future__ import annotations

from forms.base import Cell, Sheet
from forms.papers import _apply as shared
from forms.papers._apply import (
    Opinion,
    abreast,
    front,
    line,
    opinion,
    paper,
    section,
    sheet_of,
    sum_in_words,
    triple,
    whole,
    wide,
)
from forms.papers._ruled import ruled
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row

TITLE = "返乡创业运营补贴申请表"
_FEES = ("物业管理费", "卫生费", "房　租", "水 电 费")
_COUNTY = "经审核，同意（不同意）给予补贴　　　　　元，大写："


def _beside(sheet: Sheet, n: int, count: int) -> tuple[Box, ...]:
    """The column of the year beside the fees: its cap, and below it what was granted already."""
    if n == 0:
        return (Box(Value(sheet.cell("field.cap"), align=0.5), down=2),)
    if n == 2:
        return (Box(Label("本年已领")),)
    if n == 3:
        return (Box(Value(sheet.cell("field.received"), align=0.5), down=count - 2),)
    return ()


def _fees(sheet: Sheet) -> tuple[Row, ...]:
    """One row a fee; cap and earlier grants are of the year and of all of them together."""
    heads = ("费用项目", "凭　证\n（张数、号码）", "实际支出\n（元）", "补贴比例", "年度上限\n（元）", "按比例计算\n（元）")
    unasked = Cell("", "", "u")
    empty = [{"name": Cell("", name)} for name in _FEES]
    each = sheet.each("apply.fees") or empty
    rows = [Row(tuple(Box(Label(head)) for head in heads), 11, keep=True)]
    for n, fee in enumerate(each):
        cells = {name: fee.get(name, unasked) for name in ("vouchers", "amount", "share", "granted")}
        beside = _beside(sheet, n, len(each))
        rows.append(
            line(
                Box(Label(fee["name"].text)),
                Box(Value(cells["vouchers"])),
                Box(Value(cells["amount"], align=1.0)),
                Box(Value(cells["share"], align=0.5)),
                *beside,
                Box(Value(cells["granted"], align=1.0)),
            )
        )
    total = (Box(Label("合　计")), Box(Value(sheet.cell("apply.fees_total"), align=1.0), 2), Box(Label("—")))
    return (*rows, line(*total, Box(Value(sheet.cell("apply.fees_granted"), align=1.0))))


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    person = (
        triple(("姓　　名", cell("person.name")), ("性　别", cell("person.sex")), ("人员类别", cell("person.kind"))),
        wide("身份证号", cell("person.id_number"), "联系电话", cell("person.phone")),
        whole("户籍住址", cell("person.address")),
    )
    entity = (
        wide("实体名称", cell("field.entity"), "登记日期", cell("field.opened_on")),
        wide("信用代码", cell("field.licence_no"), "带动就业", cell("field.staff"), "人"),
        wide("入驻园区", cell("field.site"), "入驻日期", cell("field.entered_on")),
        wide("场地位置", cell("field.room"), "面　积", cell("field.area_m2"), "㎡"),
    )
    money = (
        wide("费用期间", cell("apply.period"), "补贴年度", cell("field.nth_year")),
        sum_in_words("申请金额", cell("apply.granted"), cell("apply.granted_capital")),
        *shared.account(sheet),
    )
    return (
        *section("申请人", person),
        *section("经营实体", entity),
        *section("费用明细", _fees(sheet)),
        *section("申请补贴", money),
        shared.promise(),
        abreast(
            Opinion("园区运营单位意见：", "入驻情况和费用凭证（属实　不属实）。"),
            Opinion("乡镇（街道）意见：", "经初审，材料（齐全　不齐全）。"),
        ),
        opinion("县级意见", _COUNTY),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：本表一式两份，费用凭证按月附后。申请金额按比例和年度上限计算，并扣除本年已领的部分，仅为估算，以县级审核为准。"
        + shared.STATES_NOTE,
    )
    ruled(press, sheet, front(TITLE, _rows(sheet), sheet, notes))


def _sample() -> Sheet:
    own = {
        "field.entity": "柘城县示例雁归服装加工厂",
        "field.opened_on": "2025年3月1日",
        "field.licence_no": "92411424MA00000000",
        "field.staff": "12",
        "field.site": "慈圣镇示例返乡创业园",
        "field.entered_on": "2025年9月1日",
        "field.room": "2号标准厂房一层东",
        "field.area_m2": "420",
        "apply.period": "2026年1月至2026年6月",
        "field.nth_year": "第二年",
        "field.cap": "10,000.00",
        "field.received": "3,000.00",
        "apply.fees_total": "15,300.00",
        "apply.fees_granted": "7,650.00",
        "apply.granted": "7,000.00",
        "apply.granted_capital": "柒仟元整",
    }
    paid = (
        ("物业管理费", "收据6张", "600.00", "300.00"),
        ("卫生费", "收据6张", "300.00", "150.00"),
        ("房　租", "发票2张", "12,000.00", "6,000.00"),
        ("水 电 费", "电子发票6张", "2,400.00", "1,200.00"),
    )
    fees = [
        {
            "name": Cell("费用项目", name), "vouchers": Cell("凭证", vouchers), "amount": Cell("实际支出", amount),
            "share": Cell("补贴比例", "50%"), "granted": Cell("按比例计算", granted),
        }
        for name, vouchers, amount, granted in paid
    ]  # fmt: skip
    wants = (
        "person.name", "person.sex", "person.kind", "person.id_number", "person.phone", "person.address",
        "pay.name", "pay.bank", "pay.account", "office.name", "request.number",
    )  # fmt: skip
    return sheet_of(wants, own, {"apply.fees": fees})


FORM = paper("apply.operating", TITLE, _render, _sample)
