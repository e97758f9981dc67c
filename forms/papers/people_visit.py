"""走访记录表: the latest contact with a person in full, the earlier ones below; without any it is filled in by hand."""

from __future__ import annotations

from functools import partial

from forms.base import Form, Sheet
from forms.papers import _grid
from forms.papers._grid import GRID, MARGIN, UNITS, band, heads, opinion, phones, rows_or_empty, sample, sample_rows
from forms.papers._ruled import Ruled, ruled
from forms.typeset.contents import Choice, Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row
from resources import codes

TITLE = "走访记录表"
_EARLIER = ("no", "on", "way", "by", "text", "outcome", "next_on")
_WIDTHS = {"序号": 3, "日　期": 5, "方式": 3, "走访人": 4, "谈　话　内　容": 11, "意愿": 3, "下次联系": 5}
_LEAST = 3  # earlier contacts, so that the sheet can go along on the next visits too

_SIZES = (10.5, 10.0, 9.5, 9.0)  # at which a date stands whole in its column
row = partial(_grid.row, least=8.0, stretch=0.05)


def _earlier(sheet: Sheet) -> list[Row]:
    out = []
    for contact in rows_or_empty(sheet, "contact.earlier", _EARLIER, _LEAST):
        boxes = [
            Box(Value(contact[n], align=0.0 if n == "text" else 0.5), w) for n, w in zip(_EARLIER, _WIDTHS.values(), strict=True)
        ]
        out.append(Row(tuple(boxes), 9, 0.05, under=True))
    return out


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    ways = tuple(code.label for code in codes.table("contact_way"))
    intents = tuple(code.label for code in codes.table("return_intent"))
    return (
        row(("走访对象", cell("person.name"), 9), ("性　　别", cell("person.sex"), 4), ("年　　龄", Value(cell("person.age"), after="周岁"), 0)),
        row(("联系电话", cell("person.phone"), 9), ("务工地点", cell("person.out_place"), 0)),
        row(("家庭住址", cell("person.address"), 0)),
        row(("务工单位", cell("person.employer"), 12), ("行　　业", cell("person.trade"), 0)),
        band("本　次　走　访"),
        row(("走访日期", cell("contact.on"), 12), ("走 访 人", cell("contact.by"), 0)),
        row(("走访方式", Choice(cell("contact.way"), ways), 0)),
        row(("谈话内容\n与 诉 求", Value(cell("contact.text"), top=True), 0), least=24, stretch=1),
        row(("返乡意愿", Choice(cell("contact.outcome"), intents), 0)),
        row(("处理意见\n与 结 果", Signed("", "承办人（签字）：", room=14), 0), least=18, stretch=0.4),
        row(("下次联系", cell("contact.next_on"), 0)),
        Row((Box(Label("走访对象"), 5), Box(Signed("", "签字：", room=13), 12), Box(Label("走 访 人"), 5),
             Box(Signed("", "签字：", room=13), UNITS - 22)), 15, keep=True),
        opinion("村（居）\n意　　见", least=18, stretch=0.4),
        band("历　次　联　系"),
        heads(_WIDTHS),
        *_earlier(sheet),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "填表说明：如实记录本人原话，不得代答；本人提出的诉求应当日登记为诉求事项，按承诺时限办理、回访。",
        phones(sheet),
    )
    left, right = f"所在村：{sheet.text('person.place')}", f"打印日期：{sheet.text('paper.date')}"
    ruled(press, sheet, Ruled(TITLE, GRID, _rows(sheet), left, right, notes, margin=MARGIN, top=16, sizes=_SIZES))


def _sample() -> Sheet:
    cells = sample(
        person__name="周𫖯", person__sex="男", person__age="36", person__phone="13800000061", person__out_place="广东省东莞市",
        person__address="柘城县慈圣镇白庄村后街12号", person__employer="东莞某五金制品有限公司", person__trade="金属制品业",
        person__place="柘城县慈圣镇白庄村委会", contact__on="2026年11月22日", contact__by="王𡋾、李𬭎", contact__way="走访",
        contact__text="本人在家探亲，计划12月3日返岗。愿意春节后回镇办五金加工厂，已与两名工友商量合伙；"
        "担心厂房电力容量不够，想了解产业园标准厂房租金和创业担保贷款额度。孩子明年上小学，希望转回镇中心小学就读。",
        contact__outcome="愿意", contact__next_on="2026年12月2日", paper__date="2026年11月24日", office__phone="0370-0000000",
        office__supervision_phone="0370-0000001",
    )  # fmt: skip
    rows = sample_rows(
        _EARLIER,
        ("1", "2026年9月10日", "电话", "李𬭎", "国庆前不回，让把产业园的招商材料发到微信。", "观望", "2026年10月8日"),
        ("2", "2026年5月3日", "微信", "李𬭎", "在东莞带班，手下二十来人，暂不考虑回乡。", "不愿", "2026年9月10日"),
        ("3", "2026年2月21日", "座谈会", "郑𠅤", "参加镇返乡创业座谈会，留下电话，对五金加工项目感兴趣。", "观望", "2026年5月3日"),
    )
    return Sheet(cells, {"contact.earlier": rows})


FORM = Form(
    code="register.visit",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="person",
    wants=tuple(sorted(_sample().cells)),
    row_wants={"contact.earlier": _EARLIER},
    render=_render,
    sample=_sample,
)
