"""村级公示: what is put up at the village. It has no cell for a number of a person, and what is typed is masked."""

from __future__ import annotations

from dataclasses import replace

from forms.base import Ask, Cell, Form, Sheet
from forms.masking import mask
from forms.papers._grid import sample, sample_rows
from forms.papers._ruled import CODE
from forms.typeset import codes
from forms.typeset.chains import FANG, SONG, TITLE
from forms.typeset.contents import Value
from forms.typeset.ink import GREY
from forms.typeset.page import MM, Pen, Press
from forms.typeset.table import Box, Row, Table
from forms.typeset.titles import shape_title

_NAME = "公示"
_MARGIN, _TOP, _BOTTOM, _AGAIN = 25.0, 30.0, 272.0, 25.0
_MEASURE = 210 - 2 * _MARGIN
_TITLE, _BODY, _PITCH = 24.0, 16.0, 9.2
_SIZES = (14.0, 13.0, 12.0, 11.0, 10.5)
_ROWS = ("no", "name", "village", "words", "sum")
_HEADS = {"no": "序号", "name": "姓　名", "village": "所在村", "words": "事项（标准）", "sum": "金额（元）"}
_TOGETHER = 3  # rows that stand with the signature at least
_CONTACTS = (("公示时间", "public.period"), ("受理单位", "office.name"), ("受理电话", "office.phone"), ("监督电话", "office.supervision_phone"))
_ASKS = (
    Ask("ask.matter", "公示事项", required=True),
    Ask("ask.ground", "公示依据"),
    Ask("ask.standard", "统一的事项或补贴标准"),
    Ask("ask.amounts", "金额（一人一行：姓名 标准 金额）", 6),
    Ask("ask.from", "公示开始日期（不填为当天）"),
    Ask("ask.days", "公示期（工作日）", proposed="5"),
)


def one_line(text: str) -> str:
    """What was typed in several lines as one, masked once more: a number that a line's end parted is whole again."""
    return mask(" ".join("".join(text.split("\n")).split()))


def _contact(sheet: Sheet, name: str) -> str:
    """The office's own telephones are left whole: people are to call them."""
    return sheet.text(name) if name.startswith("office.") else one_line(sheet.text(name))


def _columns(sheet: Sheet) -> dict[str, float]:
    """Widths in mm of the columns that have something to say."""
    said = {name: any(row[name].text or row[name].state != "k" for row in sheet.each("public.people")) for name in ("words", "sum")}
    words, amount = said["words"], said["sum"]
    if words and amount:
        return {"no": 16, "name": 32, "village": 34, "words": 46, "sum": 32}
    if words:
        return {"no": 18, "name": 36, "village": 40, "words": _MEASURE - 94}
    if amount:
        return {"no": 20, "name": 46, "village": 50, "sum": _MEASURE - 116}
    return {"no": 24, "name": 68, "village": _MEASURE - 92}


def _table(sheet: Sheet) -> Table:
    widths = _columns(sheet)
    rows = [Row(tuple(Box(Value(Cell("", _HEADS[name]), align=0.5)) for name in widths), 11, keep=True)]
    found = sheet.each("public.people")
    for n, each in enumerate(found):
        cells = [(name, replace(each[name], text=one_line(each[name].text))) for name in widths]
        boxes = tuple(Box(Value(cell, align=0.0 if name == "words" else 0.5)) for name, cell in cells)
        rows.append(Row(boxes, 10.5, keep=n >= len(found) - _TOGETHER))
    total = sheet.known("public.total")
    if total:
        last = len(widths) - 2
        rows.append(Row((Box(Value(Cell("", "合　计"), align=0.5), 2), Box(Value(Cell("", total), align=0.5), last)), 10.5))
    elif rows:
        rows[-1] = replace(rows[-1], keep=False)
    return Table(tuple(widths.values()), tuple(rows), _MARGIN, 1, _SIZES)


def _paragraphs(sheet: Sheet) -> list[str]:
    matter, ground = one_line(sheet.text("ask.matter")), one_line(sheet.known("ask.ground"))
    begin = f"根据{ground}，现将" if ground else "现将"
    return [
        f"　　{begin}{matter}予以公示，接受群众监督。公示期内对公示内容有异议的，可以向受理单位当面、书面或者电话反映；"
        "反映问题应当实事求是，受理单位为反映人保密。"
    ]


def _render(press: Press, sheet: Sheet) -> None:
    press.on_each_page(lambda pen, page, pages: _foot(press, pen, sheet, page, pages))
    pen = press.page()
    y = _TOP
    title = press.setting(TITLE, _TITLE)
    matter = one_line(sheet.text("ask.matter"))
    named = matter if matter.endswith(_NAME) else f"关于{matter}的{_NAME}"
    for line in shape_title(named, title, (_MEASURE - 2 * CODE) * MM):
        pen.text(title, line, pen.width / 2, y, 0.5)
        y += 12.5
    y += 5
    body = press.setting(FANG, _BODY)
    for paragraph in _paragraphs(sheet):
        for set_line in body.lines(paragraph, _MEASURE * MM):
            pen.line(body, set_line, _MARGIN, y)
            y += _PITCH
    # Unlike the paragraph these hang behind their names, so that a telephone is found at a glance.
    closing = [(name, body.lines(_contact(sheet, cell), (_MEASURE - 34) * MM)) for name, cell in _CONTACTS]
    below = 6 + _PITCH * sum(len(lines) for _, lines in closing) + 12 + 2 * _PITCH
    pen, y = _table(sheet).draw(press, pen, y + 3, _BOTTOM, _AGAIN, press.page, below)
    y += 6
    for name, lines in closing:
        pen.text(body, f"　　{name}：", _MARGIN - 6, y)
        for set_line in lines:
            pen.line(body, set_line, _MARGIN + 34, y)
            y += _PITCH
    _sign(pen, press, sheet, y + 12)


def _sign(pen: Pen, press: Press, sheet: Sheet, y: float) -> None:
    """The committee over the date, its seal on both; a long name ends at the edge and the date stands under its middle."""
    body = press.setting(FANG, _BODY)
    sign, date = one_line(sheet.text("public.sign")), one_line(sheet.text("public.date"))
    edge = pen.width - _MARGIN
    middle = min(edge - 4 * _BODY / MM - body.width(date) / MM / 2, edge - body.width(sign) / MM / 2)
    pen.text(body, sign, middle, y, 0.5)
    pen.text(body, date, middle, y + _PITCH, 0.5)


def _foot(press: Press, pen: Pen, sheet: Sheet, page: int, pages: int) -> None:
    if sheet.serial:
        codes.qr(pen, codes.mark(sheet.serial, page), pen.width - _MARGIN - CODE + 4, 6 if page > 1 else 14, CODE)
    if pages > 1:
        pen.text(press.setting(SONG, 9.0), f"第 {page} 页　共 {pages} 页", pen.width / 2, pen.height - 15, 0.5, GREY)


def _sample() -> Sheet:
    cells = sample(
        ask__matter="2026年第四季度返乡创业一次性开业补贴拟发放对象", ask__ground="县人力资源和社会保障局关于返乡创业补贴发放的规定",
        ask__standard="", ask__amounts="", ask__from="", ask__days="",
        office__name="柘城县慈圣镇", office__phone="0370-0000000", office__supervision_phone="0370-0000001",
        public__period="2026年11月24日至2026年12月1日（5个工作日，自公示次日起计算）", public__date="2026年11月24日",
        public__sign="慈圣镇白庄村村民委员会", public__total="20,000.00元（大写：贰万元整）",
    )  # fmt: skip
    rows = sample_rows(
        _ROWS,
        ("1", "赵㛃", "白庄村", "一次性开业补贴", "5,000.00"),
        ("2", "钱䶮", "白庄村", "一次性开业补贴", "5,000.00"),
        ("3", "孙𬘫", "白庄村", "一次性开业补贴", "5,000.00"),
        ("4", "李𬭎", "白庄村", "一次性开业补贴", "5,000.00"),
    )
    return Sheet(cells, {"public.people": rows})


FORM = Form(
    code="public.notice",
    title="村级公示",
    edition="2026年版",
    valid_from="2026-01-01",
    subject="people",
    wants=tuple(sorted(_sample().cells)),
    row_wants={"public.people": _ROWS},
    render=_render,
    sample=_sample,
    public=True,
    asks=_ASKS,
)
