"""Address labels on an A4 sheet (2 × 7 and 3 × 8, as they are sold), and the DL envelope with its postcode boxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from forms.base import Ask, Cell, Form, Sheet, words
from forms.typeset.breaker import Line
from forms.typeset.chains import KAI, SONG
from forms.typeset.ink import GREY, RED, Setting
from forms.typeset.page import MM, Pen, Press

_LEADING = 1.25
_SMALLEST = 7.5
_NOBODY: Mapping[str, Cell] = {}


@dataclass(frozen=True, slots=True)
class _Labels:
    """across, down: labels of a sheet; wide, high: of one; left, top: of the first; gap: between columns; inset: within, mm."""

    across: int
    down: int
    wide: float
    high: float
    left: float
    top: float
    gap: float
    inset: float
    size: float


_LARGE = _Labels(2, 7, 99.1, 38.1, 4.65, 15.15, 2.5, 9.0, 12.0)
_SMALL = _Labels(3, 8, 63.5, 33.9, 7.25, 12.9, 2.5, 5.5, 10.5)


def _labels(press: Press, sheet: Sheet, form: _Labels) -> None:
    each = form.across * form.down
    small = press.setting(SONG, _SMALLEST)
    sender = small.lines("寄自：" + sheet.text("office.name"), (form.wide - 2 * form.inset) * MM)
    people = sheet.each("people") or (_NOBODY,)
    for n, person in enumerate(people):
        if n % each == 0:
            pen = press.page()
        x = form.left + (n % form.across) * (form.wide + form.gap) + form.inset
        y = form.top + (n % each // form.across) * form.high + 2.5
        _address(press, pen, person, form, x, y, form.high - 5.8 - 3.2 * len(sender))
        for m, line in enumerate(reversed(sender)):
            pen.line(small, line, x, y + form.high - 7.5 - 3.2 * m, GREY)


def _address(press: Press, pen: Pen, person: Mapping[str, Cell], form: _Labels, x: float, y: float, high: float) -> None:
    """Village and address above, the name below; as large as the label lets it be."""
    lacking = Cell("", "", "u")
    width = form.wide - 2 * form.inset
    # What the post cannot deliver to is no line of an address: an address that nobody knows is left out.
    known = [cell for key in ("place", "address") if (cell := person.get(key, lacking)).state in ("k", "v")]
    texts = [words(cell) for cell in known if cell.text]
    name = words(person.get("name", lacking)) + "　收"
    size = form.size
    while True:
        setting, large = press.setting(SONG, size), press.setting(KAI, size + 2)
        found: list[tuple[Setting, Line]] = [(setting, line) for text in texts for line in setting.lines(text, width * MM)]
        found += [(large, line) for line in large.lines(name, width * MM)]
        total = sum(used.size for used, _ in found) * _LEADING / MM
        if total <= high or size <= _SMALLEST:
            break
        size -= 0.5
    y += max(0.0, (high - total) / 2)
    for used, line in found:
        pen.line(used, line, x, y)
        y += used.size * _LEADING / MM


def _envelope(press: Press, sheet: Sheet) -> None:
    """220 × 110 mm: postcode boxes at the upper left, a place for the stamp, whom it goes to, the sender at the lower right."""
    pen = press.page(220, 110)
    code = [c for c in sheet.known("ask.postcode") if c.isalnum()][:6]
    number = press.setting(SONG, 16.0)
    for n in range(6):
        pen.box(14 + n * 9, 14, 7, 8, 0.3, RED)
        if n < len(code):
            pen.text(number, code[n], 17.5 + n * 9, 15.2, 0.5)
    pen.box(184, 14, 20, 24, 0.2, GREY)
    small = press.setting(SONG, 9.0)
    pen.text(small, "贴邮票处", 194, 24.5, 0.5, GREY)
    # An address that nobody knows is left out: 未采集 is no place that a letter could be brought to.
    known = [text for name in ("person.place", "person.address") if (text := sheet.known(name))]
    lines = [line for text in known for line in press.setting(SONG, 14.0).lines(text, 128 * MM)]
    y = 36.0
    for line in lines[:4]:
        pen.line(press.setting(SONG, 14.0), line, 46, y)
        y += 7
    whom = f"{sheet.text('person.name')}　{sheet.known('person.courtesy')}　收"
    setting = press.fitting(KAI, whom, 22.0, 120, 12.0)
    pen.text(setting, whom, 60, max(y + 2, 54.0))
    sender = press.setting(SONG, 10.5)
    y = 80.0
    for name in ("office.address", "office.name"):
        for line in sender.lines(sheet.known(name), 96 * MM):
            pen.line(sender, line, 106, y)
            y += 5
    pen.text(sender, f"邮政编码：{sheet.known('ask.sender_postcode') or '　　　　　　'}", 202, 94, 1.0)


def _people(*names: str) -> dict[str, list[dict[str, Cell]]]:
    rows = [
        {"name": Cell("", name), "place": Cell("", "柘城县慈圣镇白庄村委会"), "address": Cell("", f"白庄东组{n}号")}
        for n, name in enumerate(names, 1)
    ]
    return {"people": rows}


def _labels_sample() -> Sheet:
    return Sheet({"office.name": Cell("机构名称", "柘城县慈圣镇")}, _people("赵㛃", "钱䶮", "孙𬘫", "李𬭎", "周𫖯", "吴𬀩", "郑𠅤", "王𡋾"))


def _envelope_sample() -> Sheet:
    said = {
        "person.name": "赵㛃", "person.courtesy": "女士", "person.place": "柘城县慈圣镇白庄村委会", "person.address": "白庄东组26号",
        "office.name": "柘城县慈圣镇", "office.address": "慈圣镇便民服务中心一楼", "ask.postcode": "000000", "ask.sender_postcode": "000001",
    }  # fmt: skip
    return Sheet({name: Cell(name, text) for name, text in said.items()})


_ASKS = (Ask("ask.postcode", "收件人邮政编码"), Ask("ask.sender_postcode", "寄件单位邮政编码"))
_ROWS = {"people": ("name", "place", "address")}

FORMS = (
    Form(
        code="label.address",
        title="地址标签（A4，2列7行）",
        edition="2026年版",
        valid_from="2026-01-01",
        subject="people",
        wants=("office.name",),
        row_wants=_ROWS,
        render=partial(_labels, form=_LARGE),
        sample=_labels_sample,
    ),
    Form(
        code="label.address.small",
        title="地址标签（A4，3列8行）",
        edition="2026年版",
        valid_from="2026-01-01",
        subject="people",
        wants=("office.name",),
        row_wants=_ROWS,
        render=partial(_labels, form=_SMALL),
        sample=_labels_sample,
    ),
    Form(
        code="envelope.dl",
        paper="DL",
        title="信封（DL，220×110毫米）",
        edition="2026年版",
        valid_from="2026-01-01",
        subject="person",
        wants=tuple(_envelope_sample().cells),
        row_wants={},
        render=_envelope,
        sample=_envelope_sample,
        asks=_ASKS,
    ),
)
