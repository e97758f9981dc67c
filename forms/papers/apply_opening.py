"""一次性开业补贴申请表: person, entity, sum and account, then the opinions of 村“两委”, township and county."""

from __future__ import annotations

from forms.base import Sheet
from forms.papers import _apply as shared
from forms.papers._apply import asked, front, line, opinion, paper, section, sheet_of, sum_in_words, whole, wide
from forms.papers._ruled import ruled
from forms.typeset.page import Press
from forms.typeset.table import Row, field

TITLE = "一次性开业补贴申请表"
_COUNTY = "经审核，同意（不同意）给予补贴　　　　　元，大写："


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    entity = (
        wide("实体名称", cell("field.entity"), "实体类型", cell("field.entity_kind")),
        wide("信用代码", cell("field.licence_no"), "登记日期", cell("field.opened_on")),
        whole("经营地址", cell("field.place")),
        whole("经营范围", cell("field.scope")),
        line(
            *field("带动就业", cell("field.staff"), after="人"),
            *asked("首次创业", cell("field.first_time")),
            *asked("正常经营", cell("field.running")),
        ),
    )
    money = (sum_in_words("申请金额", cell("field.amount"), cell("apply.capital")), *shared.account(sheet))
    person = (*shared.applicant(sheet), wide("申请类别", cell("field.category"), "创业证号", cell("person.job_permit")))
    return (
        *section("申请人", person),
        *section("经营实体", entity),
        *section("补贴", money),
        shared.promise(),
        opinion("村两委意见", "经核实，该同志返乡创业情况（属实　不属实），经营实体（是　否）在本村正常经营。"),
        opinion("乡镇意见", "经初审，材料（齐全　不齐全），实地查验情况："),
        opinion("县级意见", _COUNTY),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本表一式两份。县级意见由县人力资源和社会保障局填写，公示无异议后拨付。" + shared.STATES_NOTE,)
    ruled(press, sheet, front(TITLE, _rows(sheet), sheet, notes))


def _sample() -> Sheet:
    own = {
        "field.category": "返乡入乡创业农民工",
        "field.entity": "柘城县示例雁归服装加工厂",
        "field.entity_kind": "个体工商户",
        "field.licence_no": "92411424MA00000000",
        "field.opened_on": "2025年3月1日",
        "field.place": "慈圣镇后梁楼村文化广场东侧",
        "field.scope": "服装制造；服饰制造；针纺织品销售",
        "field.staff": "12",
        "field.first_time": "是",
        "field.running": "是",
        "field.amount": "5,000.00",
        "apply.capital": "伍仟元整",
    }
    wants = (*shared.PERSON, "person.job_permit", "pay.name", "pay.bank", "pay.account", "office.name", "request.number")
    return sheet_of(wants, own)


FORM = paper("apply.opening", TITLE, _render, _sample)
