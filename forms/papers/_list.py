"""A list over as many pages as it takes: columns said once, the head on every page, never a lone row on the last one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from forms.base import Ask, Cell, Form, Sheet, Subject
from forms.papers._grid import sample, sample_rows
from forms.papers._ruled import A4_WIDE, Ruled, ruled
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row

MARGIN = 15.0
WIDE = A4_WIDE[0] - 2 * MARGIN
PRIVATE = "本表含个人信息，仅供工作使用，不得公示、转发；用后归档或者销毁。"
SIZES = (10.5, 10.0, 9.5, 9.0)
_TOGETHER = 3  # rows that the last page has at least


@dataclass(frozen=True, slots=True)
class Column:
    """cell: of the row's cells, '' for one that is filled in by hand. width: mm. align: 0 left, 0.5 in the middle."""

    cell: str
    head: str
    width: float
    align: float = 0.5


def head(columns: Sequence[Column], least: float = 9.5) -> Row:
    return Row(tuple(Box(Label(c.head)) for c in columns), least, keep=True)


def body(columns: Sequence[Column], sheet: Sheet, rows: str, least: float = 9.5) -> list[Row]:
    """One row each."""
    found = sheet.each(rows)
    out = []
    for n, each in enumerate(found):
        boxes = [Box(Value(each[c.cell] if c.cell else Cell("", ""), align=c.align)) for c in columns]
        out.append(Row(tuple(boxes), least, keep=len(found) - _TOGETHER <= n < len(found) - 1))
    return out


def by_hand(columns: Sequence[Column], sheet: Sheet, rows: str, least: float = 9.0) -> Callable[[int], Row]:
    """Makes the rows behind the last, numbered on, for those who are not in the list yet."""
    known = len(sheet.each(rows))

    def make(n: int) -> Row:
        texts = [str(known + n) if c.cell == "no" else "" for c in columns]
        return Row(tuple(Box(Value(Cell("", text), align=0.5)) for text in texts), least)

    return make


def signatures(sheet: Sheet) -> str:
    """Who made the list and who answers for it, below the table."""
    return f"填表人：{sheet.text('account.name')}　　　　　　审核人：　　　　　　　　单位负责人（签字）：　　　　　　　　（盖章）"


@dataclass(frozen=True, slots=True)
class Listed:
    """A plain list: everything it has of its own. title_ask: what the user may call it instead. left: before the office's name."""

    code: str
    title: str
    subject: Subject
    rows: str
    columns: tuple[Column, ...]
    sample: Callable[[], Sheet]
    left: str = "填报单位"
    notes: tuple[str, ...] = (PRIVATE,)
    title_ask: str = ""
    rule: str = ""  # who of the people chosen is listed, where not everybody is

    def render(self, press: Press, sheet: Sheet) -> None:
        title = (sheet.known("ask.title") if self.title_ask else "") or self.title
        rows = (head(self.columns), *body(self.columns, sheet, self.rows))
        widths = tuple(c.width for c in self.columns)
        left, right = f"{self.left}：{sheet.text('office.name')}", f"填报日期：{sheet.text('paper.date')}"
        notes = (signatures(sheet), *([self._left_out(sheet)] if self.rule else []), *self.notes)
        ruled(press, sheet, Ruled(title, widths, rows, left, right, notes, head=1, page=A4_WIDE, margin=MARGIN, top=15, sizes=SIZES))

    def _left_out(self, sheet: Sheet) -> str:
        return f"选中 {sheet.text('people.chosen')} 人，列入 {len(sheet.each(self.rows))} 人。{self.rule}"

    def form(self) -> Form:
        asks = (Ask("ask.title", self.title_ask, proposed=self.title),) if self.title_ask else ()
        return Form(
            code=self.code,
            title=self.title,
            edition="2026年版",
            valid_from="2026-01-01",
            subject=self.subject,
            wants=("office.name", "paper.date", "account.name", *(["people.chosen"] if self.rule else []), *(a.name for a in asks)),
            row_wants={self.rows: tuple(c.cell for c in self.columns if c.cell)},
            render=self.render,
            sample=self.sample,
            asks=asks,
        )


def listed_sample(rows: str, columns: tuple[Column, ...], title: str, *each: tuple[str, ...]) -> Sheet:
    """A sheet of invented rows, each in the order of the columns without its number. title: '' when users do not name the list."""
    cells = sample(office__name="柘城县慈圣镇", paper__date="2026年11月24日", account__name="王𡋾")
    if title:
        cells["ask.title"] = Cell("ask.title", title)
    names = tuple(c.cell for c in columns)
    return Sheet(cells, {rows: sample_rows(names, *((str(n), *texts) for n, texts in enumerate(each, 1)))})
