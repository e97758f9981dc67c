"""Import of a roster: read, compare with what is here, show row by row, take the accepted rows in one undoable step.

Nothing is overwritten by an empty cell. A person is found again by ID number, else by village, name and birth date.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models import scope
from models.base import local_date, new_id
from models.errors import KnownError, RuleError
from models.fields import Kind, State
from models.records import Cell
from models.services import roster
from models.services.desk import Desk
from models.services.matching import HOUSE, Here, in_village, once
from models.services.matching import Preview as Preview
from models.services.matching import Row as Row
from models.store import bulk
from models.store.unit import New
from models.tables import ENTITIES
from models.types import idnumber, names
from resources import divisions

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """operation: the step that undo takes back."""

    new: int
    changed: int
    operation: str


def roster_specs() -> tuple[Any, ...]:
    """The headings an import knows: the person's fields, the household's number and head, the village."""
    house = ENTITIES["household"].by_name
    mine = [s for s in ENTITIES["person"].specs if s.kind is not Kind.REF and s.name != "id_unchecked"]
    return (*mine, *(replace(house[n], name=HOUSE + n, required=False) for n in ("number", "head_name")), roster.VILLAGE)


def preview(desk: Desk, path: Path, *, village: str = "", sheet: str | None = None, hidden: bool = False) -> Preview:
    """Read a roster and compare it; nothing is stored. village: for rows that name none (a village office: its own).
    hidden: with the rows that are out of sight.

    Raises KnownError for a file that cannot be read and RuleError for one without a head.
    """
    home = village or desk.store.identity.village
    specs = roster_specs()
    with bulk.uncollected():
        read = roster.read_roster(path, specs, today=local_date(), township=_township(home), sheet=sheet, hidden=hidden)
        with desk.store.read() as conn:
            people = Here(conn, desk)
            found: list[Row] = []
            for start in range(0, len(read.rows), CHUNK):
                found += people.compared([_sorted_out(desk.office, r, home) for r in read.rows[start : start + CHUNK]])
        unseen = tuple(s.label for s in specs if s.name in read.unseen)
        rows = tuple(_placed(row) for row in once(found))
        return Preview(
            path, read.sheet, read.header_row, read.mapping, read.unmapped, rows, len(read.hidden), hidden, unseen
        )  # fmt: skip


def _placed(row: Row) -> Row:
    """A new person of whom no village is known belongs to the township: said, or nobody would look for them there."""
    if row.state != "new" or in_village(row.village):
        return row
    place = divisions.get(row.village)
    return replace(row, warnings=(*row.warnings, f"没有写所在村，将记在{place.name if place else row.village}名下"))


def _township(code: str) -> str | None:
    return code[:9] if code[6:9] != "000" else None


def _sorted_out(office: str, read: roster.RosterRow, home: str) -> Row:
    """A row of the roster with its village: refused, or new as long as nobody has been looked for."""
    said = read.values.get(roster.VILLAGE.name, Cell())
    village = str(said.value) if said.state is State.KNOWN else home
    cells = {k: c for k, c in read.values.items() if c[0] is not State.UNCOLLECTED}
    cells.pop(roster.VILLAGE.name, None)
    _fill_from_id(cells)
    # A village that could not be read is refused: a person must not land in the wrong one.
    reasons = [(p.field, p.reason) for p in read.problems if p.severity == "error" or p.field == roster.VILLAGE.name]
    warnings = tuple(p.reason for p in read.problems if p.severity != "error" and p.field != roster.VILLAGE.name)
    if not scope.covers(office, village):
        reasons.append((roster.VILLAGE.name, "所在村不在本机构辖区内"))
    name = str(cells.get("name", Cell()).value or "")
    if reasons:
        only_digit = [f for f, _ in reasons] == ["id_number"] and _only_check_digit(cells.get("id_number", Cell()).value)
        return Row(read.row, "refused", name, village, cells, "", (), tuple(reasons), warnings, only_digit)
    return Row(read.row, "new", name, village, cells, "", (), (), warnings)


def _only_check_digit(text: object) -> bool:
    try:
        idnumber.parse(str(text or ""))
    except RuleError as e:
        return e.code == "idnumber.checksum"
    return False


def _fill_from_id(cells: dict[str, Cell]) -> None:
    """What the ID number itself says: birth date and sex, where the roster does not."""
    number = cells.get("id_number", Cell())
    if number.state is State.KNOWN:
        birth, sex = idnumber.told(number.value)
        cells.setdefault("born_on", Cell.of(birth))
        cells.setdefault("sex", Cell.of(sex))


def accept(
    desk: Desk,
    shown: Preview,
    wanted: Collection[int] | None = None,
    *,
    override: Sequence[int] = (),
    progress: Callable[[int, int], bool] | None = None,
) -> Result:
    """Store the new and changed rows (those numbered in wanted, all when None) in one undoable step.

    override: refused rows whose check digit the clerk has compared with the card. Chunks of 1000 rows (a tenth of a
    second) let other saves pass; progress(done, all) is asked between them, and False stops after what is stored.
    """
    taken = [_overridden(r) if r.row in override and r.may_override else r for r in shown.rows]
    taken = [r for r in taken if r.state in ("new", "changed") and (wanted is None or r.row in wanted or r.row in override)]
    operation, new, changed = new_id(), 0, 0
    for start in range(0, len(taken), CHUNK):
        try:
            more = _store(desk, shown.file.name, operation, taken[start : start + CHUNK])
        except KnownError as e:
            if not start:
                raise
            kept = f"已导入前 {start} 行，后面的 {len(taken) - start} 行没有导入。再次导入同一文件会接着做，不会重复。"
            raise KnownError(e.code, f"{e.sentence}{kept}") from e
        new, changed = new + more[0], changed + more[1]
        if progress is not None and not progress(min(start + CHUNK, len(taken)), len(taken)):
            break
    return Result(new, changed, operation)


def _store(desk: Desk, file: str, operation: str, part: Sequence[Row]) -> tuple[int, int]:
    """Write one chunk; returns how many are new and how many have changed."""
    changed, verified = 0, local_date().isoformat()
    with desk.store.write(desk.account, f"导入 {file}") as unit:
        unit.operation = operation
        houses = _households(unit.conn, unit, part)
        news = []
        for r in part:
            cells = {k: c for k, c in r.cells.items() if not k.startswith(HOUSE)}
            number = r.cells.get(HOUSE + "number", Cell()).value
            if number:
                cells["household_id"] = Cell.of(houses[r.village, str(number)])
            source = f"{file} 第 {r.row} 行"
            if r.state == "new":
                news.append(New(cells, r.village, "", source, verified))
            elif unit.update("person", r.person_id, cells, source=source, verified_at=verified):
                changed += 1
        return len(unit.create_many("person", news)), changed


def _overridden(row: Row) -> Row:
    number = str(row.cells["id_number"].value).strip().upper()
    cells = {**row.cells, "id_number": Cell(State.KNOWN, names.normalise(number)), "id_unchecked": Cell.of(True)}
    return replace(row, state="changed" if row.person_id else "new", cells=cells)


def _households(conn: Connection, unit: Any, part: Sequence[Row]) -> dict[tuple[str, str], str]:
    """(village, number) → household id, made where it is missing."""
    table = ENTITIES["household"].table
    wanted = {(r.village, str(r.cells[HOUSE + "number"].value)): r for r in part if r.cells.get(HOUSE + "number", Cell()).value}
    query = select(table.c.id, table.c.village, table.c.number).where(
        table.c.number.in_({number for _, number in wanted}), table.c.deleted.is_(False)
    )
    found = {(r.village, r.number): r.id for r in conn.execute(query)} if wanted else {}
    lacking = [key for key in wanted if key not in found]
    heads = [wanted[k].cells.get(HOUSE + "head_name", Cell()).value or wanted[k].name for k in lacking]
    news = [New({"number": Cell.of(k[1]), "head_name": Cell.of(h)}, k[0]) for k, h in zip(lacking, heads, strict=True)]
    return {**found, **dict(zip(lacking, unit.create_many("household", news), strict=True))}
