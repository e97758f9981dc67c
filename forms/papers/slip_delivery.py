"""送达回证: which papers were handed to whom, when, where and how, against whose signature."""

from __future__ import annotations

from collections.abc import Mapping

from forms.base import Ask, Cell, Form, Sheet
from forms.papers._slips import DAY, Hand, sample, slip
from forms.typeset.contents import Choice, Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row, blank, field

TITLE = "送达回证"
_COLUMNS = (28.0, 60.0, 18.0, 54.0)
_WAYS = ("直接送达", "邮寄送达", "委托送达", "留置送达", "电子送达")
_TAKERS = ("本人", "同住成年家属", "代理人", "单位收发人员")
_ASKS = (Ask("ask.place", "送达地点"),)
_LEAST = 3  # rows: a paper that was not printed here is written in by hand


def _papers(sheet: Sheet) -> list[Row]:
    rows = [Row((Box(Label("送达文书名称及编号"), 2), Box(Label("份数")), Box(Label("收到时间"))), 9, keep=True)]
    found: list[Mapping[str, Cell]] = [*sheet.each("request.delivered")]
    for row in found + [{}] * max(0, _LEAST - len(found)):
        name = Cell("", f"{row['name'].text}　{row['serial'].text}") if row else blank()
        copies = row["copies"] if row else blank()
        rows.append(Row((Box(Value(name), 2), Box(Value(copies, align=0.5)), Box(Label("年　月　日　时"))), 11))
    return rows


def _rows(sheet: Sheet) -> tuple[Row, ...]:
    cell = sheet.cell
    return (
        Row((*field("受送达人", cell("person.name")), *field("联系电话", cell("person.phone"))), 11),
        Row(field("送达事由", cell("request.item"), 3), 11),
        Row(field("受送达人\n住　　址", cell("person.address"), 3), 12),
        Row(field("送达地点", cell("ask.place"), 3), 11),
        *_papers(sheet),
        Row((Box(Label("送达方式")), Box(Choice(blank(), _WAYS), 3)), 11),
        Row((Box(Label("收 件 人")), Box(Choice(blank(), _TAKERS), 3)), 11),
        Row(
            (
                Box(Label("受送达人\n签　　名")), Box(Hand(("（签字、捺印）", DAY))),
                Box(Label("送达人\n签　名")), Box(Hand(("（两人签字）", DAY))),
            ),
            26, 0.4,
        ),
        Row(
            (
                Box(Label("代收人或\n代理人")), Box(Hand(("签字：", "与受送达人关系：", DAY))),
                Box(Label("见证人")), Box(Hand(("签字：", "单位：", DAY))),
            ),
            30, 0.4,
        ),
        Row((Box(Label("备　　注\n（代收、拒\n收的原因）")), Box(Value(blank()), 3)), 20, 1.0),
    )  # fmt: skip


def _render(press: Press, sheet: Sheet) -> None:
    notes = (
        "说明：受送达人不在或者拒绝签收的，由代收人、见证人签字，并在备注栏写明原因；邮寄送达的附回执。",
        f"填发人：{sheet.text('account.name')}　　本回证由送达人带回，归入诉求档案（{sheet.text('request.number')}）。",
    )
    slip(press, sheet, TITLE, _rows(sheet), notes, _COLUMNS)


def _sample() -> Sheet:
    serial = "411424108-2026-AP00027"
    own = sample(serial, person__address="慈圣镇白庄村白庄东组26号", ask__place="慈圣镇便民服务中心二楼返乡创业服务窗口")
    del own["request.received_on"]
    own["account.name"] = Cell("经办人", "王𡋾")
    papers = (("补正告知书", "411424108-2026-AP00021", "1"), ("办结通知书", "411424108-2026-AP00026", "1"))
    rows = [
        {"name": Cell("", name), "serial": Cell("", number), "copies": Cell("", copies)} for name, number, copies in papers
    ]
    return Sheet(own, {"request.delivered": rows}, serial)


FORM = Form(
    code="slip.delivery",
    title=TITLE,
    edition="2026年版",
    valid_from="2026-01-01",
    subject="request",
    wants=tuple(_sample().cells),
    row_wants={"request.delivered": ("name", "serial", "copies")},
    render=_render,
    sample=_sample,
    asks=_ASKS,
)
