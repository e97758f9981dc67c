"""培训报名表: one person for one class, with a photo and the opinions of village and township."""

from __future__ import annotations

from forms.base import Ask, Form, Sheet
from forms.papers._grid import GRID, MARGIN, UNITS, opinion, phones, row, sample
from forms.papers._ruled import Ruled, ruled
from forms.typeset.contents import Choice, Label, Photo, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row
from resources import codes

TITLE = "返乡创业培训报名表"
_PROMISE = "本人自愿报名参加培训，所填信息真实；保证按时到课、遵守课堂纪律。已知悉本培训由政府补贴，本人不缴纳费用。"
_LABEL, _PHOTO = 5, 7


def _beside_photo(photo: Photo, sheet: Sheet) -> list[Row]:
    """Four rows of two values each, at the left of the photo."""
    cell = sheet.cell
    pairs = (
        ("姓　　名", cell("person.name"), "性　　别", cell("person.sex")),
        ("民　　族", cell("person.ethnic"), "出生年月", cell("person.born_on")),
        ("政治面貌", cell("person.political"), "年　　龄", cell("person.age")),
        ("文化程度", cell("person.education"), "人员类别", cell("person.kind")),
    )
    wide = UNITS - _PHOTO - 2 * _LABEL
    out = []
    for n, (left, first, right, second) in enumerate(pairs):
        boxes = [Box(Label(left), _LABEL), Box(Value(first), wide // 2), Box(Label(right), _LABEL), Box(Value(second), wide - wide // 2)]
        if n == 0:
            boxes.append(Box(photo, _PHOTO, len(pairs)))
        out.append(Row(tuple(boxes), 9.5, keep=True))
    return out


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    kinds = tuple(code.label for code in codes.table("training_kind"))
    photo = Photo(sheet.pictures.get("photo", b""), "近　期\n免　冠\n一寸照片", 38)
    return (
        *_beside_photo(photo, sheet),
        row(("身份证号", cell("person.id_number"), 12), ("联系电话", cell("person.phone"), 0)),
        row(("家庭住址", cell("person.address"), 0)),
        row(("务工地点", cell("person.out_place"), 12), ("行　　业", cell("person.trade"), 0)),
        row(("技能特长", cell("person.specialty"), 12), ("职业证书", cell("person.certificate"), 0)),
        row(("是否受过\n培　　训", Choice(cell("person.trained"), ("是", "否")), 12), ("培训项目", cell("person.training"), 0)),
        row(("培训需求", cell("person.training_wanted"), 0)),
        row(("报名班次", cell("ask.course"), 12), ("培训机构", cell("ask.provider"), 0)),
        row(("培训类别", Choice(cell("ask.kind"), kinds), 0)),
        row(("开班时间", cell("ask.dates"), 12), ("培训地点", cell("ask.place"), 0)),
        row(("创业意向\n或已创办\n企　　业", Value(cell("person.venture_plan"), top=True), 0), least=16, stretch=1),
        row(("本人承诺", Signed(_PROMISE, "报名人（签字）：", room=14), 0), least=20, stretch=0.5),
        opinion("村（居）\n意　　见", least=20, stretch=0.5),
        opinion("乡镇劳动\n保障机构\n意　　见", least=20, stretch=0.5),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = ("随表提交：居民身份证复印件一份、近期免冠一寸照片两张。", phones(sheet))
    left, right = f"受理单位：{sheet.text('office.name')}", f"打印日期：{sheet.text('paper.date')}"
    ruled(press, sheet, Ruled(TITLE, GRID, _rows(sheet), left, right, notes, margin=MARGIN, top=16))


_ASKS = (
    Ask("ask.course", "报名班次"),
    Ask("ask.kind", "培训类别", choices="training_kind"),
    Ask("ask.provider", "培训机构"),
    Ask("ask.dates", "开班时间"),
    Ask("ask.place", "培训地点"),
)


def _sample() -> Sheet:
    cells = sample(
        person__name="吴𬀩", person__sex="女", person__ethnic="汉族", person__born_on="1992年8月6日", person__political="群众",
        person__age="34", person__education="职业高中毕业", person__kind="返乡人员", person__id_number="412327199208060026",
        person__phone="13800000071", person__address="柘城县慈圣镇后梁楼村后街8号", person__out_place="浙江省杭州市",
        person__trade="零售业", person__specialty="网店运营、直播带货", person__certificate="电子商务师四级", person__trained="是",
        person__training="电子商务", person__training_wanted="网络创业培训", ask__course="2026年第4期网络创业培训班",
        ask__provider="柘城县就业创业培训中心", ask__kind="网络创业培训", ask__dates="2026年12月8日至12月17日",
        ask__place="慈圣镇便民服务中心二楼",
        person__venture_plan="已注册“后梁楼辣椒”网店，帮邻村销售干辣椒和辣椒酱，打算招两名本村妇女做打包和客服。",
        office__name="柘城县慈圣镇", office__phone="0370-0000000", office__supervision_phone="0370-0000001",
        paper__date="2026年11月24日",
    )  # fmt: skip
    return Sheet(cells)


FORM = Form(
    code="register.training",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="person",
    wants=tuple(sorted(_sample().cells)),
    row_wants={},
    render=_render,
    sample=_sample,
    asks=_ASKS,
    pictures=("photo",),
)
