"""返乡创业用地需求表: what land is wanted for what, and the four opinions from the village to the township."""

from __future__ import annotations

from forms.base import Sheet
from forms.papers import _apply as shared
from forms.papers._apply import (
    Opinion,
    abreast,
    asked,
    front,
    line,
    long,
    paper,
    section,
    sheet_of,
    triple,
    whole,
    wide,
)
from forms.papers._ruled import ruled
from forms.typeset.page import Press
from forms.typeset.table import Row, field

TITLE = "返乡创业用地需求表"
_PROMISE = "本人承诺：以上内容真实；取得用地手续前不动工，按批准的用途、范围和年限使用土地，不改变用途，不私自转让。"


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    person = (
        triple(("姓　　名", cell("person.name")), ("性　别", cell("person.sex")), ("人员类别", cell("person.kind"))),
        wide("身份证号", cell("person.id_number"), "联系电话", cell("person.phone")),
        whole("户籍住址", cell("person.address")),
        wide("经营主体", cell("field.entity"), "返乡时间", cell("person.back_on")),
    )
    project = (
        wide("项目名称", cell("field.project"), "产业类别", cell("field.trade")),
        triple(
            ("计划投资", cell("wan.investment"), "万元"),
            ("已有资金", cell("wan.own_funds"), "万元"),
            ("带动就业", cell("field.staff"), "人"),
        ),
        long("项目内容\n和规模", cell("field.scale"), 14, 0.8),
    )
    land = (
        wide("土地用途", cell("field.purpose"), "需要面积", cell("field.area_mu"), "亩"),
        wide("意向位置", cell("field.place"), "意 向 村", cell("field.village")),
        triple(
            ("现状地类", cell("field.land_now")),
            ("使用年限", cell("field.years"), "年"),
            ("拟用时间", cell("field.start_on")),
        ),
        line(*field("取得方式", cell("field.way")), *asked("永久基\n本农田", cell("field.prime"), span=3)),
        whole("配套需求", cell("field.utilities")),
    )
    return (
        *section("申请人", person),
        *section("项目", project),
        *section("用地", land),
        shared.promise(_PROMISE),
        abreast(
            Opinion("村（居）委会意见：", "地块权属清楚，（同意　不同意）用地。"),
            Opinion("自然资源所意见：", "规划符合性，是否涉及永久基本农田："),
            34,
        ),
        abreast(
            Opinion("农业中心意见：", "地块现状和农业用途："),
            Opinion("乡镇（街道）意见：", "（是　否）列入优先供应。"),
            34,
        ),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：本表一式四份，由村、自然资源所、农业中心、乡镇依次签署意见。是否涉及永久基本农田不清楚的不填，由自然资源所核查。"
        + shared.STATES_NOTE,
    )
    ruled(press, sheet, front(TITLE, _rows(sheet), sheet, notes))


def _sample() -> Sheet:
    own = {
        "field.entity": "柘城县示例雁归辣椒专业合作社",
        "person.back_on": "2025年11月",
        "field.project": "辣椒分拣冷藏点",
        "field.trade": "农产品加工",
        "wan.investment": "180",
        "wan.own_funds": "60",
        "field.staff": "25",
        "field.scale": "建设分拣棚八百平方米、冷藏库两座，年分拣鲜椒三千吨，服务周边五个村的种植户。",
        "field.purpose": "辣椒分拣、冷藏",
        "field.area_mu": "15",
        "field.place": "后梁楼村东、老砖厂旧址",
        "field.village": "后梁楼村",
        "field.land_now": "采矿用地",
        "field.years": "10",
        "field.start_on": "2027年3月1日",
        "field.way": "租赁",
        "field.prime": "否",
        "field.utilities": "动力电200千伏安；进出道路硬化约120米；自来水接入",
    }
    wants = (
        "person.name", "person.sex", "person.kind", "person.id_number", "person.phone", "person.address",
        "office.name", "request.number",
    )  # fmt: skip
    return sheet_of(wants, own)


FORM = paper("apply.land", TITLE, _render, _sample)
