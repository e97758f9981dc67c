"""设施农业用地备案表: A3, wider than high, with the opinions of the four who sign it side by side."""

from __future__ import annotations

from dataclasses import replace

from forms.base import Sheet
from forms.papers import _apply as shared
from forms.papers._apply import Opinion, paper, sheet_of, upright
from forms.papers._ruled import A3_WIDE, Ruled, ruled
from forms.typeset.contents import Choice, Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, field

TITLE = "设施农业用地备案表"
_COLUMNS = (12.0, 34.0, 52.0, 38.0, 52.0, 38.0, 52.0, 38.0, 52.0)
_SIZES = (14.0, 13.0, 12.0, 11.0, 10.5, 10.0, 9.5, 9.0)
_KINDS = ("作物种植", "畜禽养殖", "水产养殖")
_PROMISE = (
    "本主体承诺：按备案的位置、面积和用途建设使用，不改变用途，不扩大范围，不用于非农建设；"
    "不再使用的，按复垦措施恢复原状并通过验收。表内各项真实、准确，未经涂改。"
)
_OFFICES = (
    ("农村集体经济组织意见", "是否同意用地，用地协议是否签订并公示："),
    ("自然资源所意见", "位置、面积、地类是否与勘测一致，是否占用永久基本农田："),
    ("农业中心意见", "建设内容和规模是否为农业生产所需："),
    ("乡镇人民政府备案意见", "（准予　不予）备案，备案号："),
)


def _row(*boxes: Box) -> Row:
    return Row(boxes, 9.5, 0.15)


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell

    def side(text: str, down: int) -> Box:
        return Box(upright(text), down=down)

    heads = tuple(Box(Label(office), 3 if n == 0 else 2) for n, (office, _) in enumerate(_OFFICES))
    opinions = tuple(
        Box(Opinion("", text, "经办人：　　　　　负责人：　　　　　（盖章）", 20), 3 if n == 0 else 2)
        for n, (_, text) in enumerate(_OFFICES)
    )
    return (
        _row(
            side("主体", 2),
            *field("经营主体", cell("field.subject"), 3),
            *field("统一社会信用代码", cell("field.licence_no")),
            *field("联系电话", cell("person.phone")),
        ),
        _row(
            *field("负 责 人", cell("person.name")),
            *field("身份证号", cell("person.id_number")),
            *field("住　　址", cell("person.address"), 3),
        ),
        _row(
            side("项目", 2),
            *field("项目名称", cell("field.project"), 3),
            Box(Label("设施类型")),
            Box(Choice(cell("field.facility"), _KINDS), 3),
        ),
        Row((Box(Label("建设内容和规模")), Box(Value(cell("field.build")), 7)), 13, 0.5),
        Row((side("用地", 4), Box(Label("位　　置\n（村组、四至）")), Box(Value(cell("field.site")), 7)), 13, 0.5),
        _row(
            *field("用地总面积", cell("apply.area_total"), after="㎡"),
            *field("生产设施用地", cell("field.production"), after="㎡"),
            *field("附属设施用地", cell("field.auxiliary"), after="㎡"),
            *field("占用永久基本农田", cell("field.prime"), after="㎡"),
        ),
        _row(
            *field("现状地类", cell("field.land_now")),
            *field("土地所有权人", cell("field.owner")),
            *field("用地协议签订日期", cell("field.agreed_on")),
            *field("使用年限", cell("field.years"), after="年"),
        ),
        _row(
            *field("起始日期", cell("field.from")),
            *field("截止日期", cell("field.until")),
            *field("复垦责任人", cell("field.restorer")),
            *field("复垦费用", cell("field.restore_cost"), after="元"),
        ),
        Row((Box(upright("复垦")), Box(Label("复垦措施")), Box(Value(cell("field.restore")), 7)), 13, 0.5),
        Row((Box(upright("承诺")), Box(Signed(_PROMISE, "经营主体负责人（签字、盖章）："), 8)), 20, 0.3, keep=True),
        Row(heads, 9, keep=True),
        Row(opinions, 44, 1.5),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本表一式三份，经营主体、自然资源所、乡镇人民政府各存一份；A3纸打印，禁止涂改，改动的另行填写。" + shared.STATES_NOTE,)
    left, right = f"受理单位：{sheet.text('office.name')}", f"编号：{sheet.text('request.number')}"
    ruled(press, sheet, Ruled(TITLE, _COLUMNS, _rows(sheet), left, right, notes, page=A3_WIDE, margin=26, top=20, sizes=_SIZES))


def _sample() -> Sheet:
    own = {
        "field.subject": "柘城县示例雁归种植专业合作社",
        "field.licence_no": "93411424MA00000000",
        "field.project": "羊肚菌日光温室",
        "field.facility": "作物种植",
        "field.build": "日光温室八座、育苗棚一座，均为钢架薄膜结构；附属用房为看护房和农资仓库，单层，檐口高度三米。",
        "field.site": "慈圣镇后梁楼村三组，东至生产路，西至老沟，南至李家承包地，北至斗渠",
        "apply.area_total": "6300",
        "field.production": "6000",
        "field.auxiliary": "300",
        "field.prime": "0",
        "field.land_now": "旱地",
        "field.owner": "后梁楼村农民集体",
        "field.agreed_on": "2027年1月12日",
        "field.years": "5",
        "field.from": "2027年3月1日",
        "field.until": "2032年2月29日",
        "field.restorer": "孙𬘫",
        "field.restore_cost": "18,000.00",
        "field.restore": "使用期满后六个月内拆除棚体和硬化部分，清运建筑垃圾，回填表土三十厘米并翻耕，恢复为旱地，由村集体和自然资源所验收。",
    }
    return sheet_of(("person.name", "person.id_number", "person.phone", "person.address", "office.name", "request.number"), own)


FORM = replace(paper("apply.facility", TITLE, _render, _sample), paper="A3")
