"""家属服务联系单: what a person's family needs, handed to whom it concerns, with the answer on the same sheet."""

from __future__ import annotations

from forms.base import Ask, Form, Sheet
from forms.papers._grid import GRID, MARGIN, UNITS, band, heads, phones, row, rows_or_empty, sample, sample_rows
from forms.papers._ruled import Ruled, ruled
from forms.typeset.contents import Label, Signed, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row

TITLE = "家属服务联系单"
_MEMBERS = ("no", "name", "relation", "sex", "age", "where", "needs", "note")
_WIDTHS = {"序\n号": 2, "姓　名": 4, "与本人\n关　系": 4, "性\n别": 3, "年\n龄": 3, "就读学校\n或工作单位": 6, "服务需求": 5, "具　体　事　项": 7}
_LEAST = 3


def _members(sheet: Sheet) -> list[Row]:
    out = []
    for member in rows_or_empty(sheet, "family.needs", _MEMBERS, _LEAST):
        boxes = [
            Box(Value(member[n], align=0.0 if n in ("where", "note") else 0.5), w)
            for n, w in zip(_MEMBERS, _WIDTHS.values(), strict=True)
        ]
        out.append(Row(tuple(boxes), 11, 0.1, under=True))
    return out


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    request = "上述返乡创业（务工）人员家属提出以上服务需求，请贵单位按职责办理，并在办结期限内将结果填入回执返回。"
    return (
        row(("主送单位", cell("ask.to"), 0), least=10),
        row(("姓　　名", cell("person.name"), 9), ("性　　别", cell("person.sex"), 4), ("联系电话", cell("person.phone"), 0)),
        row(("身份证号", cell("person.id_number"), 12), ("人员类别", cell("person.kind"), 0)),
        row(("家庭住址", cell("person.address"), 0)),
        row(("务工地点", cell("person.out_place"), 12), ("务工单位", cell("person.employer"), 0)),
        band("家　属　与　需　求"),
        heads(_WIDTHS),
        *_members(sheet),
        row(("联系事项", Value(cell("ask.matter"), top=True), 0), least=18, stretch=0.6),
        row(("办结期限", cell("ask.due"), 12), ("经 办 人", cell("account.name"), 0)),
        Row((Box(Label("发出单位"), 5), Box(Signed(request, "（盖章）", room=20), UNITS - 5)), 34, 0.5),
        band("回　　　执"),
        row(("承办单位\n办理结果", Signed("", "承办人（签字、盖章）：", room=24), 0), least=32, stretch=1),
        row(("家　　属\n确　　认", Signed("", "签字：", room=14), 0), least=18, stretch=0.2),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：本单一式两份，承办单位一份，回执一份返回发出单位存档；未成年人信息仅限办理就学、就医等事项使用。",
        phones(sheet),
    )
    left, right = f"发出单位：{sheet.text('office.name')}", f"日期：{sheet.text('paper.date')}"
    ruled(press, sheet, Ruled(TITLE, GRID, _rows(sheet), left, right, notes, margin=MARGIN, top=18))


_ASKS = (
    Ask("ask.to", "主送单位", required=True),
    Ask("ask.matter", "联系事项", 4),
    Ask("ask.due", "办结期限"),
)


def _sample() -> Sheet:
    cells = sample(
        ask__to="柘城县教育体育局、柘城县医疗保障局", ask__due="2026年12月15日",
        ask__matter="钱小一拟于2027年春季学期转入慈圣镇第一初级中学，请协助办理转学手续；赵㛃需办理城乡居民医保异地就医备案。",
        person__name="钱䶮", person__sex="男", person__phone="13800000042", person__id_number="412327198603150022",
        person__kind="返乡创业人员", person__address="柘城县慈圣镇白庄村白庄东组26号", person__out_place="江苏省常熟市",
        person__employer="常熟某制衣有限公司", account__name="王𡋾", office__name="柘城县慈圣镇", office__phone="0370-0000000",
        office__supervision_phone="0370-0000001", paper__date="2026年11月24日",
    )  # fmt: skip
    rows = sample_rows(
        _MEMBERS,
        ("1", "钱小一", "长子", "男", "14", "常熟市某中学八年级", "就学", "转入慈圣镇第一初级中学"),
        ("2", "赵㛃", "母亲", "女", "66", "", "就医、社保", "高血压长期用药，异地就医备案"),
        ("3", "孙𬘫", "妻", "女", "38", "常熟某制衣有限公司", "社保", "职工养老保险关系转移接续"),
    )
    return Sheet(cells, {"family.needs": rows})


FORM = Form(
    code="slip.family",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="person",
    wants=tuple(sorted(_sample().cells)),
    row_wants={"family.needs": _MEMBERS},
    render=_render,
    sample=_sample,
    asks=_ASKS,
)
