"""返乡创业示范项目申报表: the fields of the province's application of 2019, sums in 万元, and the opinions below."""

from __future__ import annotations

from collections.abc import Mapping

from forms.base import Cell, Sheet
from forms.papers import _apply as shared
from forms.papers._apply import front, line, opinion, paper, section, sheet_of, triple, upright, whole, wide
from forms.typeset.contents import Choice, Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "返乡创业示范项目申报表"
_KINDS = ("企业", "农民专业合作社", "家庭农场", "乡村旅游类", "其他")
_PROMISE = "本单位承诺：申报内容和所附材料真实、准确，无重大违法违规和拖欠工资情况；如有虚假，愿意承担相应的责任。"


def _policies(sheet: Sheet) -> tuple[Row, ...]:
    """What support was given before, a row each."""
    heads = (Box(Label("政策名称"), 3), Box(Label("享受时间"), 2), Box(Label("享受金额（万元）")))
    unasked = Cell("", "", "u")
    none: Mapping[str, Cell] = {"name": unasked, "on": unasked, "amount": unasked}
    rows = [
        line(Box(Value(row["name"]), 3), Box(Value(row["on"]), 2), Box(Value(row["amount"], align=1.0)))
        for row in sheet.each("apply.policies") or [none]
    ]
    return (Row(heads, 7.4, keep=True), *rows)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    entity = (
        wide("实体名称", cell("field.entity"), "所属县区", cell("apply.county")),
        line(Box(Label("实体类型")), Box(Choice(cell("field.entity_kind"), _KINDS, many=True), 5)),
        wide("执照注册号", cell("field.licence_no"), "成立时间", cell("field.opened_on")),
        whole("经营地址", cell("field.place")),
        triple(
            ("吸纳就业", cell("field.staff"), "人"),
            ("农村转移", cell("field.staff_rural"), "人"),
            ("脱贫户", cell("field.staff_poor"), "人"),
        ),
        triple(
            ("注册资金", cell("wan.capital"), "万元"),
            ("总资产", cell("wan.assets"), "万元"),
            ("年销售收入", cell("wan.revenue"), "万元"),
        ),
        line(*field("年 利 润", cell("wan.profit"), after="万元"), *field("所属行业", cell("field.industry"), 3)),
        whole("资质证明", cell("field.proofs")),
    )
    head = (
        triple(("法人姓名", cell("person.name")), ("性　别", cell("person.sex")), ("手　机", cell("person.phone"))),
        wide("身份证号", cell("person.id_number"), "文化程度", cell("person.education")),
        whole("户口所在地", cell("person.address")),
    )
    return (
        *section("申报实体", entity),
        *section("法人", head),
        *section("账户", shared.account(sheet)),
        Row((Box(upright("项目简介")), Box(Value(cell("field.intro"), top=True), 6)), 40, 1.0),
    )


def _behind(sheet: Sheet) -> tuple[Row, ...]:
    return (
        *section("扶持政策", _policies(sheet)),
        shared.promise(_PROMISE, "法定代表人（签字、盖章）：", 32),
        opinion("乡镇意见", "经初审和实地查看，（同意　不同意）推荐，推荐理由：", 40),
        opinion("领导小组办公室意见", "经审核，（符合　不符合）示范项目条件：", 48),
        opinion("领导小组意见", "", 40),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本表一式三份，正反面打印；单位为人、万元；项目简介不超过2000字。" + shared.STATES_NOTE,)
    shared.two_sided(press, sheet, front(TITLE, _rows(sheet), sheet, notes), _behind(sheet))


def _sample() -> Sheet:
    own = {
        "field.entity": "柘城县示例雁归服装有限公司",
        "apply.county": "柘城县",
        "field.entity_kind": "企业",
        "field.licence_no": "91411424MA00000000",
        "field.opened_on": "2023年5月18日",
        "field.place": "柘城县慈圣镇示例返乡创业园2号厂房",
        "field.industry": "纺织服装、服饰业",
        "field.staff": "86",
        "field.staff_rural": "74",
        "field.staff_poor": "21",
        "wan.capital": "200",
        "wan.assets": "640.5",
        "wan.revenue": "1120",
        "wan.profit": "96",
        "field.proofs": "技师职业资格证书；实用新型专利一项",
        "field.intro": (
            "公司由返乡人员于二〇二三年五月创办，主要承接羽绒服、校服的来料加工和自主品牌生产，现有厂房两千一百平方米、"
            "缝纫设备一百二十台，年加工能力三十万件。\n"
            "公司把工序分到村，设立四个村级加工点，吸纳留守妇女和脱贫户就近就业，月人均工资三千二百元；"
            "与镇成人学校合办缝纫培训班三期，培训一百一十人次。\n"
            "下一步拟新增自动裁床一台，建设电商直播间，带动周边六个村发展服装配套加工，新增就业岗位四十个。"
        ),
    }
    policies = [
        {"name": Cell("政策名称", name), "on": Cell("享受时间", on), "amount": Cell("享受金额", amount)}
        for name, on, amount in (("一次性开业补贴", "2024年6月", "0.5"), ("创业担保贷款贴息", "2024年9月", "20"))
    ]
    wants = (
        "person.name", "person.sex", "person.phone", "person.id_number", "person.education", "person.address",
        "pay.name", "pay.bank", "pay.account", "office.name", "request.number",
    )  # fmt: skip
    return sheet_of(wants, own, {"apply.policies": policies})


FORM = paper("apply.exemplar", TITLE, _render, _sample)
