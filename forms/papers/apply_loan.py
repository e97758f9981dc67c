"""创业担保贷款申请表: in front what the applicant says, behind it the opinions of the five who decide."""

from __future__ import annotations

from forms.base import Sheet
from forms.papers import _apply as shared
from forms.papers._apply import front, line, long, opinion, paper, section, sheet_of, sum_in_words, triple, whole, wide
from forms.typeset.page import Press
from forms.typeset.table import Row, field

TITLE = "创业担保贷款申请表"
_PROMISE = (
    "本人承诺：以上内容和所附材料真实、有效；贷款只用于本表所列的创业项目，不转借他人；按期还本付息，"
    "接受经办机构、担保机构和银行的贷前调查和贷后检查，同意其依法查询本人（及配偶）的信用报告。"
)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    person = (*shared.applicant(sheet), wide("申请类别", cell("field.category"), "创业证号", cell("person.job_permit")))
    spouse = (
        line(*field("姓　　名", cell("spouse.name")), *field("身份证号", cell("spouse.id_number"), 3)),
        triple(
            ("工作单位", cell("spouse.employer")),
            ("联系电话", cell("spouse.phone")),
            ("年 收 入", cell("spouse.income"), "元"),
        ),
    )
    entity = (
        wide("实体名称", cell("field.entity"), "实体类型", cell("field.entity_kind")),
        wide("信用代码", cell("field.licence_no"), "登记日期", cell("field.opened_on")),
        wide("经营地址", cell("field.place"), "员工人数", cell("field.staff"), "人"),
        whole("经营范围", cell("field.scope")),
        long("项目简介", cell("field.project"), 22, 1.0),
    )
    money = (
        sum_in_words("申请额度", cell("field.amount"), cell("apply.capital")),
        line(*field("自有资金", cell("field.own_funds"), after="元"), *field("贷款期限", cell("field.months"), 3, after="个月")),
        long("贷款用途", cell("field.use"), 10, 0.4),
    )
    guarantee = (
        line(*field("担保方式", cell("field.guarantee")), *field("担保人或抵（质）押物", cell("field.guarantor"), 3)),
        line(*field("联系电话", cell("field.guarantor_phone")), *field("单位或权属", cell("field.guarantor_work"), 3)),
    )
    return (
        *section("申请人", person),
        *section("配偶", spouse),
        *section("经营实体", entity),
        *section("资金", money),
        *section("反担保", guarantee),
        shared.promise(_PROMISE, "申请人（签字、按手印）：", 28),
    )


_BEHIND = tuple(
    opinion(office, text, 44)
    for office, text in (
        ("村居意见", "申请人的身份、住址和经营情况（属实　不属实）："),
        ("乡镇劳保所意见", "经初审，申请人类别和经营实体（符合　不符合）申报范围，实地查验情况："),
        ("县就业机构意见", "经审核，（同意　不同意）推荐贷款　　　　　万元，期限　　　个月。"),
        ("担保机构意见", "经核保，（同意　不同意）担保　　　　　万元，反担保措施："),
        ("经办银行意见", "经审查，（同意　不同意）发放　　　　　万元，期限　　　个月，年利率　　　％。"),
    )
)


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：本表一式三份，正反面打印，县就业机构、担保机构、经办银行各存一份；背面由各单位填写。" + shared.STATES_NOTE,
    )
    shared.two_sided(press, sheet, front(TITLE, _rows(sheet), sheet, notes), _BEHIND)


def _sample() -> Sheet:
    own = {
        "field.category": "返乡入乡创业农民工",
        "field.entity": "柘城县示例雁归服装加工厂",
        "field.entity_kind": "个体工商户",
        "field.licence_no": "92411424MA00000000",
        "field.opened_on": "2025年3月1日",
        "field.place": "慈圣镇后梁楼村文化广场东侧",
        "field.staff": "12",
        "field.scope": "服装制造；服饰制造；针纺织品销售",
        "field.project": (
            "租用村集体厂房四百二十平方米，承接常熟客商羽绒服来料加工，现有缝纫设备三十台，月产两千件。"
            "已签订下一年度加工合同，拟再购平缝机二十台，新增岗位十五个，主要吸纳本村留守妇女和脱贫户就近就业。"
        ),
        "field.amount": "200,000.00",
        "apply.capital": "贰拾万元整",
        "field.own_funds": "150,000.00",
        "field.months": "24",
        "field.use": "购置平缝机二十台、锁眼机两台，补充辅料周转资金",
        "field.guarantee": "自然人保证",
        "field.guarantor": "周𫖯",
        "field.guarantor_phone": "13800000058",
        "field.guarantor_work": "慈圣镇示例中心小学",
        "spouse.name": "李𬭎",
        "spouse.id_number": "412327198503050014",
        "spouse.employer": "示例建材商行",
        "spouse.phone": "13800000043",
        "spouse.income": "60,000.00",
    }
    return sheet_of((*shared.PERSON, "person.job_permit", "office.name", "request.number"), own)


FORM = paper("apply.loan", TITLE, _render, _sample)
