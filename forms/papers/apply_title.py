"""新型职业农民职称申报表: the person with a photo, the work of years, and behind it the opinions from village to city."""

from __future__ import annotations

from dataclasses import replace

from forms.base import Cell, Sheet
from forms.papers import _apply as shared
from forms.papers._apply import front, line, opinion, paper, section, sheet_of, triple, upright, whole, wide
from forms.typeset.contents import Label, Photo, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "新型职业农民职称申报表"
_PROMISE = "本人承诺：所填内容和提交的业绩、证书真实；如有虚假，自愿取消申报资格和已取得的职称，并承担相应的责任。"


def _person(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    photo = Box(Photo(sheet.pictures.get("photo", b""), "一寸\n免冠\n照片", 35), down=4)
    first = (
        line(*field("姓　　名", cell("person.name")), *field("性　别", cell("person.sex"), 2), photo),
        line(*field("民　　族", cell("person.ethnic")), *field("出生日期", cell("person.born_on"), 2)),
        line(*field("政治面貌", cell("person.political")), *field("文化程度", cell("person.education"), 2)),
        line(*field("身份证号", cell("person.id_number"), 4)),
    )
    return (
        *(replace(row, least=9.6) for row in first),  # together as high as the photo
        wide("户籍住址", cell("person.address"), "联系电话", cell("person.phone")),
        wide("经营主体", cell("field.entity"), "担任职务", cell("field.post")),
        wide("培训情况", cell("person.training"), "所学专业", cell("person.major")),
        whole("职业证书", cell("person.certificate")),
    )


def _claim(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    return (
        triple(("专业方向", cell("field.field")), ("申报级别", cell("field.rank")), ("从业年限", cell("field.years"), "年")),
        triple(
            ("现有职称", cell("field.rank_now")),
            ("取得时间", cell("field.rank_on")),
            ("带动农户", cell("field.households"), "户"),
        ),
        wide("生产规模", cell("field.scale"), "年经营收入", cell("wan.revenue"), "万元"),
    )


def _history(sheet: Sheet) -> tuple[Row, ...]:
    unasked = Cell("", "", "u")
    none = {"when": unasked, "where": unasked, "what": unasked}
    rows = [
        line(Box(Value(row["when"]), 2), Box(Value(row["where"]), 2), Box(Value(row["what"]), 2))
        for row in sheet.each("apply.history") or [none]
    ]
    heads = (Box(Label("起止时间"), 2), Box(Label("所在单位或地点"), 2), Box(Label("从事工作"), 2))
    return (Row(heads, 7.4, keep=True), *rows)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    return (
        *section("基本情况", _person(sheet)),
        *section("申报", _claim(sheet)),
        *section("从业经历", _history(sheet)),
        Row((Box(upright("主要业绩")), Box(Value(cell("field.achievements"), top=True), 6)), 34, 1.0),
        Row((Box(upright("获奖")), Box(Value(cell("field.honours"), top=True), 6)), 15, 0.3),
        shared.promise(_PROMISE, "申报人（签字）：", 24, 0.2),
    )


_BEHIND = tuple(
    opinion(office, text, 44)
    for office, text in (
        ("村两委意见", "申报人从业情况和业绩（属实　不属实），公示结果："),
        ("乡镇初审意见", "经初审，材料（齐全　不齐全），（同意　不同意）推荐："),
        ("县级主管部门意见", "经审核，（符合　不符合）申报条件："),
        ("评审委员会意见", "应到　　人，实到　　人，同意　　票，不同意　　票，弃权　　票。评审结果："),
        ("核准意见", "核准取得　　　　　　　　　　　职称，证书编号："),
    )
)


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本表一式三份，正反面打印；初级由县、中级由市、副高级由省评审。" + shared.STATES_NOTE,)
    shared.two_sided(press, sheet, front(TITLE, _rows(sheet), sheet, notes), _BEHIND)


def _sample() -> Sheet:
    own = {
        "field.entity": "柘城县示例雁归食用菌专业合作社",
        "field.post": "理事长",
        "field.field": "种植",
        "field.rank": "农艺师",
        "field.years": "9",
        "field.rank_now": "助理农艺师",
        "field.rank_on": "2023年9月",
        "field.households": "32",
        "field.scale": "羊肚菌210亩，日光温室18座",
        "wan.revenue": "260",
        "field.achievements": (
            "引进羊肚菌冬闲田轮作技术，在三个村示范推广二百一十亩，亩均增收四千余元。\n"
            "编写种植明白纸两份，组织田间培训十四期，培训农户六百人次；带动三十二户参与种植，其中脱贫户十一户。"
        ),
        "field.honours": "县级优秀返乡创业带头人（2025年）",
    }
    history = [
        {"when": Cell("起止时间", when), "where": Cell("单位", where), "what": Cell("工作", what)}
        for when, where, what in (
            ("2008年3月至2017年2月", "江苏省常熟市示例服装厂", "车间班长"),
            ("2017年3月至2021年12月", "慈圣镇后梁楼村", "大棚蔬菜种植"),
            ("2022年1月至今", "示例雁归食用菌专业合作社", "羊肚菌种植和推广"),
        )
    ]
    wants = (
        "person.name", "person.sex", "person.born_on", "person.ethnic", "person.political", "person.education", "person.id_number",
        "person.address", "person.phone", "person.training", "person.major", "person.certificate", "office.name", "request.number",
    )  # fmt: skip
    return sheet_of(wants, own, {"apply.history": history})


FORM = replace(paper("apply.title", TITLE, _render, _sample), pictures=("photo",))
