"""What the application papers share: one grid of columns, the applicant's rows, opinions to be signed, the promise.

The grid is a narrow column for the vertical heading of a section and three pairs of heading and value; its middle rule
stands in the middle of the page, so that two opinions beside each other are alike. Everything is mm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from forms.base import Cell, Form, Rows, Sheet
from forms.papers._ruled import A4, Ruled, ruled
from forms.typeset.breaker import Line
from forms.typeset.chains import SONG
from forms.typeset.contents import Choice, Label, Signed, Value, draw_lines, pitch
from forms.typeset.ink import Setting
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import Box, Row, Table, field

GRID = (10.0, 24.0, 27.0, 22.0, 27.0, 22.0, 34.0)
MARGIN = 22.0
YES_NO = ("是", "否")
STATES_NOTE = "“未采集”表示尚未询问，“待核实”表示尚未核对，均不得代填。"
PROMISE = "本人承诺：以上填写内容和所附材料真实、准确、完整；如有虚假，愿意退回所得款项并承担相应的法律责任。"
TWO_SIGN = "经办人（签字）：　　　　　　　负责人（签字）：　　　　　　　（盖章）"
_SMALL = 10.5
_TOGETHER = 10  # rows


@dataclass(frozen=True, slots=True)
class Opinion:
    """Room for an opinion: title and text at the top, who signs and the date at the lower right.

    sign: its gaps are the room for the hand. room: mm between the text and the signature.
    """

    title: str = ""
    text: str = ""
    sign: str = "负责人（签字）：　　　　　　（盖章）"
    room: float = 8.0

    def _set(self, press: Press, width: float, size: float) -> tuple[Setting, list[Line]]:
        setting = press.setting(SONG, min(_SMALL, size))
        said = [part for part in (self.title, "　　" + self.text if self.text else "") if part]
        return setting, [line for part in said for line in setting.lines(part, width * MM)]

    def height(self, press: Press, width: float, size: float) -> float:
        setting, lines = self._set(press, width, size)
        return (len(lines) + 2) * pitch(setting.size) + self.room

    def draw(self, press: Press, pen: Pen, x: float, y: float, width: float, height: float, size: float) -> None:
        setting, lines = self._set(press, width, size)
        draw_lines(pen, setting, lines, x, y, width)
        edge, base = x + width - 2, y + height - pitch(setting.size)
        pen.text(setting, self.sign, edge, base - pitch(setting.size) - 0.8, 1.0)
        pen.text(setting, "年　　月　　日", edge, base, 1.0)


def upright(text: str) -> Label:
    """A heading that is read downwards."""
    return Label("\n".join(text))


def section(heading: str, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows under one vertical heading at their left. A few stay on one page; a long list begins where it stands."""
    first = replace(rows[0], boxes=(Box(upright(heading), down=len(rows)), *rows[0].boxes))
    together = len(rows) <= _TOGETHER
    return tuple(replace(row, keep=row.keep or (together and row is not rows[-1])) for row in (first, *rows[1:]))


def line(*boxes: Box) -> Row:
    """A row of one line: as low as its letters let it be, and with its share of the room that a page has left."""
    return Row(boxes, 7.4, 0.12)


def long(label: str, cell: Cell, least: float, stretch: float, span: int = 5) -> Row:
    """A heading and a text of several lines."""
    return Row((Box(Label(label)), Box(Value(cell, top=True), span)), least, stretch)


def triple(*pairs: tuple[str, Cell] | tuple[str, Cell, str]) -> Row:
    """Three headings with their values: (heading, cell) or (heading, cell, words behind the value)."""
    return line(*(box for pair in pairs for box in field(pair[0], pair[1], after=pair[2] if len(pair) == 3 else "")))


def wide(label: str, cell: Cell, second: str, other: Cell, after: str = "") -> Row:
    """A heading with a value over three columns, and another with a value of one."""
    return line(*field(label, cell, 3), *field(second, other, after=after))


def whole(label: str, cell: Cell, after: str = "") -> Row:
    return line(*field(label, cell, 5, after))


def asked(label: str, cell: Cell, answers: tuple[str, ...] = YES_NO, span: int = 1) -> tuple[Box, Box]:
    """A heading and its answers to be ticked."""
    return Box(Label(label)), Box(Choice(cell, answers), span)


def sum_in_words(label: str, cell: Cell, capital: Cell) -> Row:
    """An amount of money in figures and in the characters of the law on payment papers."""
    return line(*field(label, cell, after="元"), *field("大　写", capital, 3))


def account(sheet: Sheet) -> tuple[Row, Row]:
    """Where the money is to go: the name as the bank writes it, which may differ from the one on the ID card."""
    cell = sheet.cell
    return (
        line(*field("银行户名", cell("pay.name")), *field("开户银行", cell("pay.bank"), 3)),
        whole("银行账号", cell("pay.account")),
    )


def applicant(sheet: Sheet) -> tuple[Row, ...]:
    """What the person's own record says: nobody is asked for it again."""
    cell = sheet.cell
    return (
        triple(("姓　　名", cell("person.name")), ("性　别", cell("person.sex")), ("民　族", cell("person.ethnic"))),
        wide("身份证号", cell("person.id_number"), "联系电话", cell("person.phone")),
        triple(("文化程度", cell("person.education")), ("婚　姻", cell("person.marital")), ("人员类别", cell("person.kind"))),
        whole("户籍住址", cell("person.address")),
        whole("现 住 地", cell("person.living_place")),
    )


PERSON = (
    "person.name", "person.sex", "person.ethnic", "person.id_number", "person.phone", "person.education", "person.marital",
    "person.kind", "person.address", "person.living_place",
)  # fmt: skip


def promise(sentence: str = PROMISE, who: str = "申请人（签字、按手印）：", least: float = 22, stretch: float = 0.3) -> Row:
    return Row((Box(upright("承诺")), Box(Signed(sentence, who), 6)), least, stretch)


def opinion(heading: str, text: str = "", least: float = 25, stretch: float = 1.0, sign: str = TWO_SIGN) -> Row:
    """One office's opinion over the whole width, its name read downwards at the left."""
    return Row((Box(upright(heading)), Box(Opinion("", text, sign, 4), 6)), least, stretch)


def abreast(left: Opinion, right: Opinion, least: float = 30, stretch: float = 1.0) -> Row:
    """Two opinions beside each other."""
    return Row((Box(left, 4), Box(right, 3)), least, stretch)


def front(title: str, rows: Sequence[Row], sheet: Sheet, notes: Sequence[str] = ()) -> Ruled:
    """The ruled form on the grid of this module."""
    number = f"编号：{sheet.text('request.number')}"
    return Ruled(title, GRID, rows, f"受理单位：{sheet.text('office.name')}", number, notes, page=A4, margin=MARGIN, top=18)


def two_sided(press: Press, sheet: Sheet, form: Ruled, behind: Sequence[Row]) -> None:
    """The ruled form, and behind it a page with the rest of the table: the paper is printed on both sides."""
    ruled(press, sheet, form)
    width, height = form.page

    def turn() -> Pen:
        return press.page(width, height)

    Table(form.columns, tuple(behind), form.margin, 0, form.sizes).draw(press, turn(), 26, height - 22, 26, turn)


_PEOPLE: Mapping[str, str] = {
    "person.name": "孙𬘫",
    "person.sex": "女",
    "person.ethnic": "汉族",
    "person.id_number": "412327198603150022",
    "person.phone": "13800000042",
    "person.education": "大学专科教育",
    "person.marital": "初婚",
    "person.kind": "返乡创业人员",
    "person.address": "河南省商丘市柘城县慈圣镇后梁楼村前街3号",
    "person.living_place": "慈圣镇后梁楼村前街3号",
    "person.job_permit": "4114240000000001",
    "person.born_on": "1986年3月15日",
    "person.political": "中共党员",
    "person.major": "服装设计与工艺",
    "person.training": "返乡创业带头人培训班",
    "person.certificate": "服装制版师",
    "person.village": "后梁楼村民委员会",
    "pay.name": "孙纟林",
    "pay.bank": "示例农商银行慈圣支行",
    "pay.account": "6210000000000000001",
    "office.name": "慈圣镇返乡创业服务窗口",
    "office.phone": "0370-0000000",
    "office.supervision_phone": "0370-0000001",
    "request.number": "411424104-2026-A0018",
}


def sheet_of(wants: Sequence[str], own: Mapping[str, str], rows: Rows | None = None) -> Sheet:
    """A sample: cells of the invented person and office by name, and the item's own."""
    known = {name: _PEOPLE[name] for name in wants} | dict(own)
    return Sheet({name: Cell(name, text) for name, text in known.items()}, rows or {}, "411424104-2026-AP00018")


def paper(code: str, title: str, render: Callable[[Press, Sheet], None], sample: Callable[[], Sheet]) -> Form:
    """An application paper: one copy a request."""
    made = sample()
    return Form(
        code=code,
        title=title,
        edition="2026年样表",
        valid_from="2026-01-01",
        subject="request",
        wants=tuple(sorted(made.cells)),
        row_wants={name: tuple(rows[0]) for name, rows in made.rows.items()},
        render=render,
        sample=sample,
    )
