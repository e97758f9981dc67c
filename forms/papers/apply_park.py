"""入园申请表: a place in a township's park or an incubator, and what the park gave when it agreed."""

from __future__ import annotations

from dataclasses import replace

from forms.base import Sheet
from forms.papers import _apply as shared
from forms.papers._apply import (
    Opinion,
    abreast,
    front,
    line,
    long,
    opinion,
    paper,
    section,
    sheet_of,
    triple,
    whole,
    wide,
)
from forms.papers._ruled import ruled
from forms.typeset.contents import Choice, Label
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank

TITLE = "返乡创业园区入园申请表"
_ROOMS = ("标准厂房", "办公用房", "仓储", "商铺", "空地")
_PROMISE = "本人承诺：以上内容真实；入园后遵守园区管理、安全生产和环境保护的规定，按协议使用场地、缴纳费用，到期按时退出。"


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    entity = (
        wide("实体名称", cell("field.entity"), "实体类型", cell("field.entity_kind")),
        wide("信用代码", cell("field.licence_no"), "登记日期", cell("field.opened_on")),
        triple(
            ("计划投资", cell("wan.investment"), "万元"),
            ("拟用工", cell("field.staff"), "人"),
            ("产业类别", cell("field.trade")),
        ),
        long("项目简介", cell("field.project"), 14, 0.8),
        whole("环保安全", cell("field.hazards")),
    )
    place = (
        wide("申请园区", cell("field.site"), "需要面积", cell("field.area_m2"), "㎡"),
        line(Box(Label("场地类型")), Box(Choice(cell("field.room_kind"), _ROOMS), 5)),
        triple(
            ("用电容量", cell("field.power_kw"), "千瓦"),
            ("使用期限", cell("field.months"), "个月"),
            ("拟入日期", cell("field.enter_on")),
        ),
        whole("其他需求", cell("field.wants")),
    )
    given = (
        triple(("楼栋房号", blank()), ("面　积", blank()), ("租　金", blank())),
        triple(("入驻日期", blank()), ("到期日期", blank()), ("协议编号", blank())),
    )
    return (
        *section("申请人", shared.applicant(sheet)),
        *section("项目", entity),
        *section("场地需求", place),
        shared.promise(_PROMISE),
        abreast(
            Opinion("园区运营单位意见：", "现有场地（满足　不满足）需要。"),
            Opinion("行业主管部门意见：", "项目（符合　不符合）园区产业方向。"),
        ),
        replace(opinion("乡镇意见", "经研究，（同意　不同意）入园。", 22), keep=True),
        *section("安排", given),
    )


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("说明：本表一式三份，“安排”一栏由园区在同意后填写，并据此签订入驻协议。" + shared.STATES_NOTE,)
    ruled(press, sheet, front(TITLE, _rows(sheet), sheet, notes))


def _sample() -> Sheet:
    own = {
        "field.entity": "柘城县示例雁归服装加工厂",
        "field.entity_kind": "个体工商户",
        "field.licence_no": "92411424MA00000000",
        "field.opened_on": "2025年3月1日",
        "wan.investment": "65",
        "field.staff": "30",
        "field.trade": "纺织服装",
        "field.project": "承接羽绒服来料加工，入园后增加平缝机二十台，月产三千件。",
        "field.hazards": "无废水废气；面料存放区配灭火器八具",
        "field.site": "慈圣镇示例返乡创业园",
        "field.area_m2": "600",
        "field.room_kind": "标准厂房",
        "field.power_kw": "80",
        "field.enter_on": "2027年3月1日",
        "field.months": "36",
        "field.wants": "靠近货运通道；职工宿舍四间",
    }
    return sheet_of((*shared.PERSON, "office.name", "request.number"), own)


FORM = paper("apply.park", TITLE, _render, _sample)
