"""A roster of people read into cells: what was understood, what must be verified, and what is wrong where.

Pure: nothing is stored here. Nothing is guessed and nothing is lost: a text that its field cannot read stays as it is
in the state 待核实 where the field can hold text, and is an error that quotes it where the field cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from models.fields import FieldSpec, Kind, State
from models.records import Cell
from models.services import roster_values as values
from models.services.sheets import Header, Sheet, Value, choose, heading_key, read

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
    that no spec answers to. others: the other sheets of the workbook. skipped: row numbers of totals and notes."""

    sheet: str
    header_row: int
    mapping: Mapping[int, str]
    unmapped: tuple[str, ...]
    rows: tuple[RosterRow, ...]
    others: tuple[str, ...] = ()
    skipped: tuple[int, ...] = ()


def read_roster(
    path: Path, specs: Sequence[FieldSpec], *, today: date, township: str | None = None, sheet: str | None = None
) -> Roster:
    """Read a roster. today: for dates without a year; township: its 9 digits, in which villages are looked up.

    Raises KnownError sheet.* (the file) and RuleError roster.* (no head, no such sheet).
    """
    sheets = read(path)
    chosen, header = choose(sheets, specs, sheet)
    reader = values.Reader(today, township)
    skipped: list[int] = []
    rows = [_convert(number, cells, header, specs, reader) for number, cells in _body(chosen, header, skipped)]
    return Roster(
        chosen.name,
        header.row,
        {column: spec.name for column, spec in header.mapping.items()},
        tuple(header.unmapped.values()),
        tuple(_with_duplicates(rows, specs)),
        tuple(other.name for other in sheets if other is not chosen),
        tuple(skipped),
    )


_TOTAL = re.compile(r"^(合|小|总|共)计")
_FOOT = re.compile(
    r"^(填表说明|填报说明|说明|注|备注|填表人|填报人|审核人|制表人?|负责人|单位负责人|填报日期|填报单位|联系人)[:：]"
)


def _body(sheet: Sheet, header: Header, skipped: list[int]) -> Iterator[tuple[int, dict[int, Value]]]:
    """Each row of people: (its number, column → value), what is merged downwards filled in.

    Left out: blank rows, rows that hold nothing but what was merged into them or a serial number, totals, footnotes,
    a repeated head and the row of column numbers under it.
    """
    owners = sheet.owners()
    heads = {column: heading_key(str(sheet.value(header.row, column) or "")) for column in header.mapping}
    for number in range(header.row + 1, len(sheet.rows) + 1):
        own = {c: v for c in header.mapping if (v := sheet.value(number, c)) is not None}
        texts = [value.strip() for value in sheet.rows[number - 1] if isinstance(value, str)]
        if not own:
            if texts:
                skipped.append(number)
            continue
        across = any(top == number and right - left >= 2 for top, left, _, right in sheet.merged)
        foot = bool(texts) and (_TOTAL.match("".join(texts[0].split())) or _FOOT.match(texts[0]))
        if foot or (across and len(own) == 1) or _is_head(own, heads) or _is_numbering(own):
            skipped.append(number)
            continue
        cells: dict[int, Value] = {}
        for column in header.mapping:
            home = owners.get((number, column), (number, column))
            # Filled downwards only: a note merged across columns belongs to its first column.
            cells[column] = sheet.value(*home) if home[1] == column else None
        yield number, cells


def _is_head(own: Mapping[int, Value], heads: Mapping[int, str]) -> bool:
    return len(own) >= 2 and all(isinstance(v, str) and heading_key(v) == heads[c] for c, v in own.items())


def _is_numbering(own: Mapping[int, Value]) -> bool:
    """The row 1 2 3 4 under a head: every mapped cell a small number, each one more than the one before it."""
    found = [values.whole(value) for value in own.values()]
    numbers = [n for n in found if n is not None and n < 100]
    return len(numbers) == len(found) >= 3 and all(b > a for a, b in pairwise(numbers))


def _convert(
    number: int, cells: Mapping[int, Value], header: Header, specs: Sequence[FieldSpec], reader: values.Reader
) -> RosterRow:
    found: dict[str, Cell] = {}
    problems: list[Problem] = []
    extra: list[str] = []
    for column, spec in header.mapping.items():
        result = reader.read(spec, cells[column], header.units.get(column, ""))
        found[spec.name] = result.cell
        problems += [Problem(spec.name, f"{spec.label}: {reason}", severity) for reason, severity in result.problems]
        extra += result.extra
    _place_phones(found, extra, specs, problems)
    problems += _agree(found, specs)
    problems += [
        Problem(spec.name, f"缺少{spec.label}。", "error")
        for spec in header.mapping.values()
        if spec.required and found[spec.name].value in (None, "")
        and not any(problem.field == spec.name for problem in problems)
    ]  # fmt: skip
    return RosterRow(number, found, tuple(problems))


def _place_phones(found: dict[str, Cell], extra: list[str], specs: Sequence[FieldSpec], problems: list[Problem]) -> None:
    """The second number of a cell goes to the next phone field that is empty; a third is told."""
    for spec in specs:
        if extra and spec.kind is Kind.PHONE and found.get(spec.name, Cell()).value is None:
            found[spec.name] = Cell.of(extra.pop(0))
    if extra:
        first = next(spec.name for spec in specs if spec.kind is Kind.PHONE)
        problems.append(Problem(first, f"同一格里还有号码 {'、'.join(extra)}, 没有地方存放, 请自行记入备注。", "warning"))


def _agree(found: Mapping[str, Cell], specs: Sequence[FieldSpec]) -> Iterator[Problem]:
    """Where the ID number and the columns beside it say different things."""
    known = {spec.name: spec for spec in specs if found.get(spec.name, Cell()).state is State.KNOWN}
    card = next((s.name for s in known.values() if s.kind is Kind.ID_NUMBER), None)
    if card is None:
        return
    number: str = found[card].value
    birth = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    for name, spec in known.items():
        value = found[name].value
        if spec.codes == "sex" and value in ("1", "2") and (int(number[16]) % 2 == 1) != (value == "1"):
            yield Problem(name, "性别与身份证号不一致, 请核对。", "warning")
        if spec.kind is Kind.DATE and spec.label.startswith("出生") and not birth.startswith(value):
            yield Problem(name, f"{spec.label}与身份证号中的 {birth} 不一致, 请核对。", "warning")


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
