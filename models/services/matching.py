"""Rows of a roster beside the people already here: who is new, who has changed, and who cannot be told apart.

A person is found again by ID number, else by village, name and birth date. Two ID numbers are two people, and of several
people of one name none is chosen: the row is refused until the roster says more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, select

from models import scope
from models.fields import STATE_LABELS, FieldSpec, Kind, State
from models.records import Cell
from models.services.desk import Desk
from models.services.owners import closed_of, of_others
from models.services.specs import show
from models.store import left, rows
from models.tables import ENTITIES
from resources import divisions

HOUSE = "household."  # before the names of a household's fields


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the sheet. state: new, changed, same or refused; row: its number in the workbook.

    changes: (label, old words, new words) of a changed one; reasons: (field, Chinese) of a refused one; may_override:
    refused only because the ID number's check digit is wrong.
    """

    row: int
    state: str
    name: str
    village: str
    cells: Mapping[str, Cell] = field(repr=False)
    person_id: str = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    may_override: bool = False

    @property
    def number(self) -> str:
        """The ID number where it is known, else ''."""
        cell = self.cells.get("id_number", Cell())
        return str(cell.value) if cell.state is State.KNOWN else ""

    @property
    def named(self) -> tuple[str, str, str]:
        """By what a person without an ID number is found again: village, name, birth date."""
        return self.village, self.name, str(self.cells.get("born_on", Cell()).value or "")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do. columns: heading's field by column number; unmapped: headings nobody answers to.

    hidden: how many people stand in rows out of sight, which are among rows only when they were asked for (with_hidden);
    unseen: the labels of hidden columns, which are read.
    """

    file: Path
    sheet: str
    header_row: int
    columns: Mapping[int, str]
    unmapped: tuple[str, ...]
    rows: tuple[Row, ...]
    hidden: int = 0
    with_hidden: bool = False
    unseen: tuple[str, ...] = ()

    @property
    def unplaced(self) -> int:
        """New people of whom no village is known."""
        return sum(r.state == "new" and not in_village(r.village) for r in self.rows)

    def count(self, state: str) -> int:
        return sum(r.state == state for r in self.rows)


def in_village(code: str) -> bool:
    """Whether a code is a village's, and not only a township's or the county's."""
    return code[9:12] != "000"


class Here:
    """The people already here, within the scope of an office."""

    def __init__(self, conn: Connection, desk: Desk) -> None:
        self._conn, self._table, self._desk = conn, ENTITIES["person"].table, desk
        self._left = left.known(conn)
        prefix = scope.prefix_of(desk.office)
        query = select(*(self._table.c[n] for n in ("id", "id_number", "village", "name", "born_on"))).where(
            self._table.c.deleted.is_(False), self._table.c.village >= prefix, self._table.c.village < scope.next_prefix(prefix)
        )
        self._by_number: dict[str, str] = {}
        self._by_name: dict[tuple[str, str, str], list[str]] = {}
        self._numbered: set[str] = set()
        for r in conn.execute(query):
            if r.id_number:
                self._by_number.setdefault(r.id_number, r.id)
                self._numbered.add(r.id)
            self._by_name.setdefault((r.village, r.name, r.born_on or ""), []).append(r.id)

    def compared(self, part: Sequence[Row]) -> list[Row]:
        """The rows that are not refused, each new, changed or the same; those already here are read in one query."""
        found = [self._found(row) for row in part]
        ids = {row.person_id for row in found if row.person_id}
        query = select(self._table).where(self._table.c.id.in_(ids))
        stored = {r["id"]: r for r in self._conn.execute(query).mappings()} if ids else {}
        house = ENTITIES["household"].table
        of = select(house.c.id, house.c.number).where(house.c.id.in_({r["household_id"] for r in stored.values()} - {None}))
        numbers = {r.id: r.number or "" for r in self._conn.execute(of)} if stored else {}
        return [self._beside(row, stored[row.person_id], numbers) if row.person_id else row for row in found]

    def _beside(self, row: Row, stored: rows.Row, numbers: Mapping[str, str]) -> Row:
        closed, away = closed_of(self._conn, self._desk, "person", stored["id"], stored["office"]), stored["id"] in self._left
        if row.state == "refused":
            return replace(row, may_override=False) if closed or away else row
        found = _compared(row, stored, numbers.get(stored["household_id"], ""), closed)
        if away and found.changes:
            return replace(found, state="refused", reasons=(("name", f"不能修改这个人的档案：{left.SENTENCE}"),))
        return found

    def _found(self, row: Row) -> Row:
        """The row with the person it speaks of, for the time being 'changed'; as it is when there is none."""
        if row.state == "refused":
            number = str(row.cells["id_number"].value).upper() if row.may_override else ""
            return replace(row, person_id=self._by_number.get(number, "")) if number else row
        number = row.number
        if number in self._by_number:
            return replace(row, state="changed", person_id=self._by_number[number])
        same = self._by_name.get(row.named, [])
        if number:
            open_to = [i for i in same if i not in self._numbered]
            told = ("本村已有同名同生日的人，身份证号不同，将按另一人登记，请核对",) if len(open_to) < len(same) else ()
            row, same = (replace(row, warnings=(*row.warnings, *told)) if told else row), open_to
        if len(same) > 1:
            why = f"本村已有 {len(same)} 个同名同生日的人，分不清是哪一位，请补上身份证号"
            return replace(row, state="refused", reasons=(("name", why),))
        return replace(row, state="changed", person_id=same[0]) if same else row


def _compared(row: Row, stored: rows.Row, house: str, closed: frozenset[str]) -> Row:
    """house: the number of the household the person is in now. closed: the fields that this office may only read."""
    person, record = ENTITIES["person"], rows.to_record(ENTITIES["person"], stored)
    cells, changes, foreign = {}, [], []
    for name, cell in row.cells.items():
        if name.startswith(HOUSE):
            cells[name] = cell
            continue
        spec, old = person.by_name[name], record.cell(name)
        if old != cell and _says_less(spec, old, cell):
            continue
        cells[name] = cell
        if old != cell:
            changes.append((spec.label, show(spec, old), show(spec, cell)))
            foreign += [name] if name in closed else []
    number = row.cells.get(HOUSE + "number", Cell()).value
    if number and str(number) != house:
        changes.append((ENTITIES["household"].by_name["number"].label, house or STATE_LABELS[State.UNCOLLECTED], str(number)))
        foreign += ["household_id"] if "household_id" in closed else []
    warnings = row.warnings
    if stored["village"] != row.village:
        place = divisions.get(stored["village"])
        warnings = (*warnings, f"此人的档案在{place.name if place else stored['village']}，导入不改变所在村")
    if foreign:
        reasons = tuple((e.field, e.reason) for e in (of_others("person", name) for name in foreign))
        return replace(row, state="refused", reasons=reasons, warnings=warnings)
    return replace(row, state="changed" if changes else "same", cells=cells, changes=tuple(changes), warnings=warnings)


def _says_less(spec: FieldSpec, old: Cell, new: Cell) -> bool:
    """A coarser date of the same day, or a doubtful value where a known one is: no news, and nothing is overwritten."""
    if old.state is not State.KNOWN:
        return False
    if new.state is State.TO_VERIFY:
        return True
    return spec.kind is Kind.DATE and new.state is State.KNOWN and str(old.value).startswith(str(new.value))


def once(found: Sequence[Row]) -> Iterator[Row]:
    """One person twice in one file: the first row counts, the others are refused, because only a person can say which."""
    numbers: dict[str, int] = {}
    people: dict[str, int] = {}
    names: dict[tuple[str, str, str], Row] = {}
    for row in found:
        if row.state == "refused":
            yield row
            continue
        number, before = row.number, names.get(row.named)
        if number and number in numbers:
            yield _twice(row, "id_number", f"与第 {numbers[number]} 行是同一个身份证号，请只保留一行")
        elif row.person_id and row.person_id in people:
            yield _twice(row, "name", f"与第 {people[row.person_id]} 行是同一个人，请只保留一行")
        elif before is not None and not (number and before.number):
            yield _twice(row, "name", f"与第 {before.row} 行同村同名，分不清是不是同一人，请补上身份证号或只保留一行")
        else:
            numbers.setdefault(number, row.row)
            people.setdefault(row.person_id, row.row)
            names.setdefault(row.named, row)
            yield row


def _twice(row: Row, name: str, reason: str) -> Row:
    return replace(row, state="refused", reasons=((name, reason),), changes=())
