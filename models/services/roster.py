"""A roster of people read into cells: what was understood, what must be verified, and what is wrong where.

Pure: nothing is stored here. Nothing is guessed and nothing is lost: a text that its field cannot read stays as it is
in the state 待核实 where the field can hold text, and is an error that quotes it where the field cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from models.fields import FieldSpec, Kind, State
from models.records import Cell
from models.services import roster_values as values
from models.services.hidden import hidden as out_of_sight
from models.services.sheets import Header, Sheet, Value, choose, heading_key, read
from models.types import idnumber

# For a caller that wants the village of each row: put it beside the specs of the entity.
VILLAGE = FieldSpec(
    "village", "所在村", Kind.OFFICE,
    aliases=("村", "行政村", "村(居)", "村(社区)", "村名", "村委会", "所属村", "所在村(社区)", "社区(村)"),
)  # fmt: skip


class Problem(NamedTuple):
    """field: a spec's name. reason: a Chinese sentence. severity: 'error' (mend before importing) or 'warning'."""

    field: str
    reason: str
    severity: str


@dataclass(frozen=True, slots=True)
class RosterRow:
    """row: its number in the workbook. values: spec name → cell, for every mapped column."""

    row: int
    values: Mapping[str, Cell]
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it may be imported: warnings do not stop it."""
        return all(problem.severity != "error" for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Roster:
    """sheet: its name. header_row: the last row of the head. mapping: column (from 1) → spec name. unmapped: headings
    that no spec answers to. others: the other sheets of the workbook. skipped: row numbers of totals and notes.
    hidden: row numbers of people out of sight, whether they are among rows or not; unseen: names of hidden columns."""

    sheet: str
    header_row: int
    mapping: Mapping[int, str]
    unmapped: tuple[str, ...]
    rows: tuple[RosterRow, ...]
    others: tuple[str, ...] = ()
    skipped: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()
    unseen: tuple[str, ...] = ()


def read_roster(
    path: Path, specs: Sequence[FieldSpec], *, today: date, township: str | None = None, sheet: str | None = None,
    hidden: bool = False,
) -> Roster:  # fmt: skip
    """Read a roster. today: for dates without a year; township: its 9 digits, in which villages are looked up.

    hidden: with the rows that are out of sight. They are left out otherwise: nobody has looked at them, a filter may be on
    because just these people are not meant, and a second import brings what is missed. A hidden column is read as the others
    are: it is about people who are seen, and without its ID numbers they could not be told apart.

    Raises KnownError sheet.* (the file) and RuleError roster.* (no head, no such sheet).
    """
    sheets = read(path)
    chosen, header = choose(sheets, specs, sheet)
    line = _Line(header, specs, values.Reader(today, township))
    skipped: list[int] = []
    body, away = list(_body(chosen, header, skipped)), out_of_sight(path, chosen.name)
    rows = [line.convert(number, cells) for number, cells in body if hidden or number not in away.rows]
    return Roster(
        chosen.name,
        header.row,
        {column: spec.name for column, spec in header.mapping.items()},
        tuple(header.unmapped.values()),
        tuple(_with_duplicates(rows, specs)),
        tuple(other.name for other in sheets if other is not chosen),
        tuple(skipped),
        tuple(number for number, _ in body if number in away.rows),
        tuple(spec.name for column, spec in header.mapping.items() if column in away.columns),
    )


_TOTAL = re.compile(r"^(合|小|总|共)计")
_FOOT = re.compile(
    r"^(填表说明|填报说明|说明|注|备注|填表人|填报人|审核人|制表人?|负责人|单位负责人|填报日期|填报单位|联系人)[:：]"
)


def _body(sheet: Sheet, header: Header, skipped: list[int]) -> Iterator[tuple[int, Sequence[Value]]]:
    """Each row of people: (its number, the values of the mapped columns), what is merged downwards filled in.

    Left out: blank rows, rows that hold nothing but what was merged into them or a serial number, totals, footnotes,
    a repeated head and the row of column numbers under it.
    """
    columns = tuple(header.mapping)
    heads = [heading_key(str(sheet.value(header.row, column) or "")) for column in columns]
    owners = sheet.owners()
    covered = {at[0] for at, home in owners.items() if at != home}
    across = {top for top, left, _, right in sheet.merged if right - left >= 2}
    width = max(columns)
    for number in range(header.row + 1, len(sheet.rows) + 1):
        row = sheet.rows[number - 1]
        if len(row) < width:
            row = [*row, *[None] * (width - len(row))]
        own = [row[column - 1] for column in columns]
        there = [value for value in own if value is not None]
        first = next((value.strip() for value in row if isinstance(value, str)), "")
        if not there:
            if first:
                skipped.append(number)
            continue
        foot = bool(first) and (_TOTAL.match("".join(first.split())) or _FOOT.match(first))
        if foot or (len(there) == 1 and number in across) or _is_head(own, heads) or _is_numbering(there):
            skipped.append(number)
            continue
        if number in covered:
            own = [sheet.filled(owners, number, column) for column in columns]
        yield number, own


def _is_head(own: Sequence[Value], heads: Sequence[str]) -> bool:
    """Whether the row says the head again, in two columns at least."""
    said = [(value, head) for value, head in zip(own, heads, strict=True) if value is not None]
    return len(said) >= 2 and all(isinstance(value, str) and heading_key(value) == head for value, head in said)


def _is_numbering(there: Sequence[Value]) -> bool:
    """The row 1 2 3 4 under a head: every mapped cell a small number, each one more than the one before it."""
    numbers: list[int] = []
    for value in there:
        number = values.whole(value)
        if number is None or number >= 100 or (numbers and number <= numbers[-1]):
            return False
        numbers.append(number)
    return len(numbers) >= 3


class _Line:
    """How one row becomes cells: the mapped columns, each with its reader, and what is compared across them."""

    def __init__(self, header: Header, specs: Sequence[FieldSpec], reader: values.Reader) -> None:
        mapped = tuple(header.mapping.values())
        self._columns = [(s, reader.column(s, header.units.get(c, ""))) for c, s in header.mapping.items()]
        self._phones = [s.name for s in specs if s.kind is Kind.PHONE]
        self._required = [s for s in mapped if s.required]
        self._cards = [s.name for s in mapped if s.kind is Kind.ID_NUMBER]
        self._sexes = [s.name for s in mapped if s.codes == "sex"]
        self._births = [s for s in mapped if s.kind is Kind.DATE and s.label.startswith("出生")]

    def convert(self, number: int, own: Sequence[Value]) -> RosterRow:
        found: dict[str, Cell] = {}
        problems: list[Problem] = []
        extra: list[str] = []
        for (spec, read_cell), value in zip(self._columns, own, strict=True):
            result = read_cell(value)
            found[spec.name] = result.cell
            if result.problems:
                problems += [
                    Problem(spec.name, reason if reason.startswith(spec.label) else f"{spec.label}：{reason}", severity)
                    for reason, severity in result.problems
                ]
            extra += result.extra
        if extra:
            self._place_phones(found, extra, problems)
        problems += self._agree(found)
        for spec in self._required:
            if found[spec.name].value in (None, "") and not any(problem.field == spec.name for problem in problems):
                problems.append(Problem(spec.name, f"缺少{spec.label}。", "error"))
        return RosterRow(number, found, tuple(problems))

    def _place_phones(self, found: dict[str, Cell], extra: list[str], problems: list[Problem]) -> None:
        """The second number of a cell goes to the next phone field that is empty; a third is told."""
        for name in self._phones:
            if extra and found.get(name, Cell()).value is None:
                found[name] = Cell.of(extra.pop(0))
        if extra:
            told = f"同一格里还有号码 {'、'.join(extra)}，没有地方存放，请自行记入备注。"
            problems.append(Problem(self._phones[0], told, "warning"))

    def _agree(self, found: Mapping[str, Cell]) -> Iterator[Problem]:
        """Where the ID number and the columns beside it say different things."""
        card = next((found[name] for name in self._cards if found[name].state is State.KNOWN), None)
        if card is None:
            return
        birth, sex = idnumber.told(card.value)
        for name in self._sexes:
            if found[name].state is State.KNOWN and found[name].value in ("1", "2") and found[name].value != sex:
                yield Problem(name, "性别与身份证号不一致，请核对。", "warning")
        for spec in self._births:
            if found[spec.name].state is State.KNOWN and not birth.startswith(found[spec.name].value):
                yield Problem(spec.name, f"{spec.label}与身份证号中的 {birth} 不一致，请核对。", "warning")


def _with_duplicates(rows: Sequence[RosterRow], specs: Sequence[FieldSpec]) -> Iterator[RosterRow]:
    """The rows, those whose ID number stood in an earlier row marked with a warning."""
    card = next((spec.name for spec in specs if spec.kind is Kind.ID_NUMBER), "")
    first: dict[str, int] = {}
    for row in rows:
        cell = row.values.get(card, Cell())
        before = first.setdefault(cell.value, row.row) if cell.state is State.KNOWN else row.row
        if before != row.row:
            twice = Problem(card, f"与第 {before} 行的身份证号相同。", "warning")
            row = RosterRow(row.row, row.values, (*row.problems, twice))
        yield row
