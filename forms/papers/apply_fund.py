"""返乡创业基金申请表: short money for a project. The county sets the conditions; the paper promises none of them."""

from __future__ import annotations

from forms.base import Sheet
from forms.papers import _apply as shared
from forms.papers._apply import Opinion, abreast, front, long, opinion, paper, section, sheet_of, sum_in_words, whole, wide
from forms.papers._ruled import ruled
from forms.typeset.page import Press
from forms.typeset.table import Row

TITLE = "返乡创业基金申请表"
_PROMISE = "本人承诺：以上内容和所附材料真实、完整；所得资金只用于本表所列用途，按约定期限归还，并接受对资金使用的检查。"


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    entity = (
        wide("实体名称", cell("field.entity"), "产业类别", cell("field.trade")),
        wide("信用代码", cell("field.licence_no"), "现有用工", cell("field.staff"), "人"),
        long("项目简介", cell("field.project"), 16, 0.8),
    )
    money = (
        sum_in_words("申请金额", cell("field.amount"), cell("apply.capital")),
        wide("担保抵押", cell("field.collateral"), "使用期限", cell("field.months"), "个月"),
        long("资金用途", cell("field.purpose"), 12, 0.5),
        wide("还款来源", cell("field.repay"), "累计投资", cell("wan.investment"), "万元"),
        whole("已得扶持", cell("field.support_had")),
        *shared.account(sheet),
    )
    return (
        *section("申请人", shared.applicant(sheet)),
        *section("项目", entity),
        *section("资金", money),
        shared.promise(_PROMISE),
        abreast(
            Opinion("村两委意见：", "经核实，返乡创业情况（属实　不属实）。"),
            Opinion("乡镇推荐意见：", "经初审，（推荐　不推荐）。"),
        ),
        opinion("县级意见", "经审核，同意（不同意）安排　　　　　元，大写："),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本表一式两份。条件、额度和期限以县级基金管理办法为准，受理不等于同意。" + shared.STATES_NOTE,)
    ruled(press, sheet, front(TITLE, _rows(sheet), sheet, notes))


def _sample() -> Sheet:
    own = {
        "field.entity": "柘城县示例雁归服装加工厂",
        "field.licence_no": "92411424MA00000000",
        "wan.investment": "65",
        "field.staff": "12",
        "field.trade": "纺织服装",
        "field.project": "承接羽绒服来料加工，现有缝纫设备三十台，月产两千件，已与常熟客商签订下一年度加工合同。",
        "field.amount": "100,000.00",
        "apply.capital": "壹拾万元整",
        "field.months": "6",
        "field.collateral": "平缝机三十台抵押",
        "field.purpose": "春节前订单集中，垫付辅料和工资周转",
        "field.repay": "二〇二七年三月加工费结算款",
        "field.support_had": "一次性开业补贴5000元（2026年3月）",
    }
    return sheet_of((*shared.PERSON, "pay.name", "pay.bank", "pay.account", "office.name", "request.number"), own)


FORM = paper("apply.fund", TITLE, _render, _sample)
