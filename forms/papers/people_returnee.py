"""返乡人员摸排表: what somebody who comes home brings along, wants, needs and worries about."""

from __future__ import annotations

from functools import partial

from forms.base import Form, Sheet
from forms.papers import _grid
from forms.papers._grid import GRID, MARGIN, PHONES, UNITS, band, heads, opinion, phones, sample
from forms.papers._ruled import Ruled, ruled
from forms.typeset.contents import Choice, Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row
from resources import codes

TITLE = "返乡人员摸排表"
_ACCUMULATIONS = {
    "capital": "资金积累", "skill": "技术积累", "management": "管理经验积累", "network": "人脉积累",
    "sales": "销售网络积累", "influence": "行业影响力积累",
}  # fmt: skip
_COLUMNS = {"六项积累": 6, "程　　度": 15, "具　体　说　明": 13}  # the answers and 未采集 on one line

# Low enough for the whole of it to stand on one page, and higher where the page has room.
row = partial(_grid.row, least=7.4, stretch=0.12)


def _answers(table: str) -> tuple[str, ...]:
    return tuple(code.label for code in codes.table(table))


def _accumulations(sheet: Sheet) -> list[Row]:
    out, (first, second, third) = [], _COLUMNS.values()
    for name, label in _ACCUMULATIONS.items():
        level = Choice(sheet.cell(f"person.acc_{name}"), _answers("level"))
        note = Value(sheet.cell(f"person.acc_{name}_note"))
        out.append(Row((Box(Label(label), first), Box(level, second), Box(note, third)), 7.4, 0.12, under=True))
    return out


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    return (
        row(("姓　　名", cell("person.name"), 9), ("性　　别", cell("person.sex"), 4), ("年　　龄", Value(cell("person.age"), after="周岁"), 0)),
        row(("身份证号", cell("person.id_number"), 12), ("联系电话", cell("person.phone"), 0)),
        row(("户籍住址", cell("person.address"), 0)),
        row(("务工地点", cell("person.out_place"), 12), ("务工单位", cell("person.employer"), 0)),
        row(("行　　业", cell("person.trade"), 12), ("职　　业", cell("person.occupation"), 0)),
        row(("外出时间", cell("person.out_since"), 12), ("年 收 入", Value(cell("person.income"), after="元"), 0)),
        row(("返乡时间", cell("person.back_on"), 12), ("计划离乡", cell("person.leave_on"), 0)),
        row(("技能特长", cell("person.specialty"), 12), ("培训需求", cell("person.training_wanted"), 0)),
        heads(_COLUMNS),
        *_accumulations(sheet),
        band("意　愿　与　需　求"),
        row(("返乡创业\n意　　愿", Choice(cell("person.return_intent"), _answers("return_intent")), 0)),
        row(("创业意向\n与 计 划", Value(cell("person.venture_plan"), top=True), 0), least=13, stretch=1),
        row(("资金需求", Value(cell("person.funds_wanted"), after="元"), 12), ("乡贤层次", cell("person.talent_rank"), 0)),
        row(("后顾之忧", Choice(cell("person.worries"), _answers("worry"), many=True), 0)),
        row(("外地落户\n倾　　向", cell("person.settle_risk"), 0)),
        row(("备　　注", cell("person.note"), 0), stretch=0.2),
        Row((Box(Label("本　　人"), 5), Box(Signed("", "签字：", room=14), 12), Box(Label("摸 排 人"), 5), Box(Signed("", "签字：", room=14), UNITS - 22)), 15, 0.2, keep=True),
        opinion("村（居）\n审　　核", "", "（盖章）", least=18, stretch=0.4),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "填表说明：六项积累由摸排人当面询问后勾选，“无”表示本人回答没有，“未采集”表示尚未询问，两者不得混用。",
        phones(sheet),
    )
    left, right = f"所在村：{sheet.text('person.place')}", f"打印日期：{sheet.text('paper.date')}"
    ruled(press, sheet, Ruled(TITLE, GRID, _rows(sheet), left, right, notes, margin=MARGIN, top=14))


def _sample() -> Sheet:
    cells = sample(
        person__name="李𬭎", person__sex="男", person__age="43", person__id_number="412327198306070018",
        person__phone="13800000051", person__address="柘城县慈圣镇后梁楼村前街3号", person__out_place="江苏省常熟市",
        person__employer="常熟某制衣有限公司", person__trade="纺织服装、服饰业", person__occupation="厂长",
        person__out_since="2006年3月", person__income="180,000.00", person__back_on="2027年1月25日",
        person__leave_on="2027年2月20日", person__specialty="服装打版、车间管理", person__training_wanted="SYB 创办企业",
        person__acc_capital="较强", person__acc_capital_note="自有资金约40万元", person__acc_skill="突出",
        person__acc_skill_note="能独立组织一条服装生产线", person__acc_management="较强",
        person__acc_management_note="管理60人车间八年", person__acc_network="有一些",
        person__acc_network_note="与三家面料商有往来", person__acc_sales="有一些", person__acc_sales_note="两家外贸公司愿意下单",
        person__acc_influence="无", person__acc_influence_note="", person__return_intent="愿意",
        person__venture_plan="拟在村内闲置院落办来料加工点，上缝纫机30台，吸纳本村妇女就业，第二年视订单扩建。",
        person__funds_wanted="200,000.00", person__talent_rank="重点联系", person__worries="资金",
        person__settle_risk="在常熟已缴社保十年，孩子在当地读初中，曾打算购房。", person__note="",
        person__place="柘城县慈圣镇后梁楼村委会", paper__date="2026年11月24日", office__phone="0370-0000000",
        office__supervision_phone="0370-0000001",
    )  # fmt: skip
    return Sheet(cells)


FORM = Form(
    code="register.returnee",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="person",
    wants=tuple(sorted({*_sample().cells, *PHONES})),
    row_wants={},
    render=_render,
    sample=_sample,
)
