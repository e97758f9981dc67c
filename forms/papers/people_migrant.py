"""外出务工人员信息登记表: the thirteen items of the township's register, and the family as rows."""

from __future__ import annotations

from forms.base import Form, Sheet
from forms.papers._grid import GRID, MARGIN, OFFICE, band, heads, row, rows_or_empty, sample, sample_rows
from forms.papers._ruled import Ruled, ruled
from forms.typeset.contents import Choice, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row

TITLE = "外出务工人员信息登记表"
_FAMILY = ("no", "name", "relation", "sex", "age", "id_number", "phone", "where")
_WIDTHS = {"序\n号": 2, "姓　名": 4, "与本人\n关　系": 3, "性\n别": 3, "年\n龄": 3, "身份证号": 7, "联系电话": 5, "就读学校\n或工作单位": 7}
_LEAST = 4  # rows of family, for those who are named on the spot


def _family(sheet: Sheet) -> list[Row]:
    out = []
    for member in rows_or_empty(sheet, "family", _FAMILY, _LEAST):
        boxes = [Box(Value(member[n], align=0.0 if n == "where" else 0.5), w) for n, w in zip(_FAMILY, _WIDTHS.values(), strict=True)]
        out.append(Row(tuple(boxes), 8.5, under=True))
    return out


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    return (
        row(("户 编 号", cell("household.number"), 9), ("户主姓名", cell("household.head_name"), 5), ("村民小组", cell("household.group_no"), 0)),
        row(("姓　　名", cell("person.name"), 9), ("性　　别", cell("person.sex"), 5), ("民　　族", cell("person.ethnic"), 0)),
        row(("出生年月", cell("person.born_on"), 9), ("年　　龄", Value(cell("person.age"), after="周岁"), 5),
            ("户口性质", cell("person.household_kind"), 0)),
        row(("身份证号", cell("person.id_number"), 12), ("受教育程度", cell("person.education"), 0)),
        row(("联系电话", cell("person.phone"), 12), ("其他电话", cell("person.phone2"), 0)),
        row(("户籍住址", cell("person.address"), 0)),
        row(("现 住 地", cell("person.living_place"), 0)),
        row(("外出方式", cell("person.out_mode"), 7), ("外出时间", cell("person.out_since"), 6),
            ("累计外出", Value(cell("person.out_months"), after="个月"), 0)),
        row(("务工地点", cell("person.out_place"), 12), ("务工单位", cell("person.employer"), 0)),
        row(("行　　业", cell("person.trade"), 12), ("职　　业", cell("person.occupation"), 0)),
        row(("就业形式", cell("person.employment_form"), 12), ("总收入（年）", Value(cell("person.income"), after="元"), 0)),
        row(("是否受过\n培　　训", Choice(cell("person.trained"), ("是", "否")), 12), ("培训项目", cell("person.training"), 0)),
        row(("技能特长", cell("person.specialty"), 9), ("职业证书", cell("person.certificate"), 7), ("等　　级", cell("person.certificate_level"), 0)),
        band("家　庭　成　员"),
        heads(_WIDTHS),
        *_family(sheet),
        row(("备　　注", cell("person.note"), 0), least=10, stretch=0.3),
        row(("填 报 人", cell("person.filled_by"), 12), ("填报日期", cell("person.filled_on"), 0)),
        Row((Box(Signed("以上信息已向我本人核对，情况属实。", "本人（签字）：", room=14), 17),
             Box(Signed("经核对，以上人员确系本村人员。", "村（居）委会（盖章）：", room=14), 17)), 24, 0.5),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "填表说明：一户多人外出的，每人填一张；年龄按打印当日周岁计算；“未采集”表示尚未询问，“待核实”表示尚未核对，均不得代填。",
        "本表信息用于返乡创业服务和就业统计，本人可以查阅、要求更正；非因工作需要不得复印、外传。",
    )
    left, right = f"所在村：{sheet.text('person.place')}", f"打印日期：{sheet.text('paper.date')}"
    ruled(press, sheet, Ruled(TITLE, GRID, _rows(sheet), left, right, notes, margin=MARGIN, top=16))


def _sample() -> Sheet:
    cells = sample(
        household__number="411424104201010007", household__head_name="钱䶮", household__group_no="白庄东组",
        person__name="钱䶮", person__sex="男", person__ethnic="汉族", person__born_on="1986年3月15日", person__age="40",
        person__household_kind="农业户口", person__id_number="412327198603150022", person__education="普通高级中学毕业",
        person__phone="13800000042", person__phone2="0370-0000042", person__address="柘城县慈圣镇白庄村白庄东组26号",
        person__living_place="江苏省苏州市常熟市虞山街道", person__out_mode="亲友介绍", person__out_since="2008年2月",
        person__out_months="214", person__out_place="江苏省常熟市", person__employer="常熟某制衣有限公司",
        person__trade="纺织服装、服饰业", person__occupation="车间主任", person__employment_form="单位就业",
        person__income="96,000.00", person__trained="是", person__training="服装制版", person__specialty="服装打版、车间管理",
        person__certificate="服装制版师", person__certificate_level="四级", person__note="春节前返乡，愿意参加座谈会。", person__filled_by="李𬭎",
        person__filled_on="2026年11月20日", person__place="柘城县慈圣镇白庄村委会", paper__date=OFFICE["paper.date"].text,
    )  # fmt: skip
    rows = sample_rows(
        _FAMILY,
        ("1", "孙𬘫", "妻", "女", "38", "412327198802020046", "13800000043", "常熟某制衣有限公司"),
        ("2", "钱小一", "长子", "男", "14", "411424201205060017", "", "慈圣镇第一初级中学八年级"),
        ("3", "钱小二", "长女", "女", "9", "411424201708080028", "", "慈圣镇中心小学三年级"),
        ("4", "赵㛃", "母亲", "女", "66", "412327196001010044", "13800000044", ""),
    )
    return Sheet(cells, {"family": rows})


FORM = Form(
    code="register.migrant",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="person",
    wants=tuple(sorted(_sample().cells)),
    row_wants={"family": _FAMILY},
    render=_render,
    sample=_sample,
)
