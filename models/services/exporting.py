"""What an office hands on as a workbook: the ledgers of people and of requests, and the rows an import has refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, func, select

from models.base import CHINA, local_date, utc_now
from models.catalog import flow
from models.errors import KnownError, RuleError
from models.fields import FieldSpec, Kind, State
from models.records import Record
from models.services import importing, sheets
from models.services.desk import Desk, office_name
from models.services.ledgers import Column, Written, written
from models.services.roster_values import as_text
from models.services.specs import show
from models.store import bulk, rows, rules
from models.tables import ENTITIES
from resources import divisions

# Field → width of its column, in the order of the printed ledger.
_PEOPLE = {
    "name": 10, "sex": 6, "id_number": 20, "born_on": 12, "ethnic": 8, "education": 12, "phone": 14, "address": 24, "kind": 12,
    "out_place": 14, "employer": 16, "occupation": 12, "trade": 16, "income": 12, "out_since": 12, "back_on": 12,
    "return_intent": 10, "venture_plan": 36, "worries": 16, "specialty": 14, "acc_capital": 8, "acc_skill": 8,
    "acc_management": 8, "acc_network": 8, "acc_sales": 8, "acc_influence": 8, "note": 50,
}  # fmt: skip
_REQUESTS = {
    "number": 23, "received_on": 12, "kind": 12, "urgency": 8, "text": 44, "state": 10, "accepted_on": 12, "due_on": 13,
    "closed_on": 12, "reply": 40,
}  # fmt: skip
_AT_ONCE = 500  # rows that are read at a time
_FRONT = (Column("序号", 5), Column("所在村", 14))


def _columns(specs: Sequence[FieldSpec], widths: Mapping[str, int]) -> list[Column]:
    """The unit stands in the heading, where an import reads it again."""
    return [Column(f"{s.label}（{s.unit}）" if s.unit else s.label, widths[s.name]) for s in specs]


def _cell(record: Record, spec: FieldSpec) -> Written:
    """A value that is known as text, money and counts as numbers that can be added up; a state in grey words."""
    cell = record.cell(spec.name)
    if cell.state is State.KNOWN and spec.kind in (Kind.INT, Kind.MONEY):
        return Written(cell.value / 100 if spec.kind is Kind.MONEY else cell.value)
    return Written(show(spec, cell, masked=False), cell.state not in (State.KNOWN, State.TO_VERIFY))


def _subtitle(desk: Desk) -> str:
    return f"机构：{office_name(desk)}    导出：{desk.account}    {utc_now().astimezone(CHINA):%Y-%m-%d %H:%M}"


def _place(code: str) -> str:
    found = divisions.get(code)
    return found.name if found else code


@contextmanager
def _records(
    desk: Desk, entity: str, wanted: Sequence[str] | None, *where: ColumnElement[bool]
) -> Iterator[tuple[int, Iterator[Record]]]:
    """How many there are, and they one by one, as they stood when the first was read; the export is in the audit log.

    Before the file is written: an export that the chain cannot record does not happen.
    """
    what = ENTITIES[entity]
    table = what.table
    conditions = [table.c.deleted.is_(False), *where, *([] if wanted is None else [bulk.among(table.c.id, wanted)])]
    query = select(table).where(*conditions).order_by(table.c.village, table.c.born)
    with desk.store.read() as conn:
        count = conn.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()
        with desk.store.write(desk.account, "导出") as unit:
            unit.audit("export", entity, "", {"count": count})
        found = conn.execute(query.execution_options(yield_per=_AT_ONCE)).mappings()
        yield count, (rows.to_record(what, r) for r in found)


def people(
    desk: Desk, path: Path, wanted: Sequence[str] | None = None, progress: Callable[[int, int], bool] | None = None
) -> int:
    """The ledger of people (all, or those of wanted); returns how many. ID numbers stand in full: the export is logged.

    progress(done, all) is asked every 500 people; False raises RuleError export.stopped, and the old file stays.
    """
    what = ENTITIES["person"]
    specs = [what.by_name[n] for n in _PEOPLE]
    columns = [*_FRONT, *_columns(specs, _PEOPLE)]
    with (
        _records(desk, "person", wanted) as (count, found),
        written(path, "返乡和外出务工人员台账", _subtitle(desk), columns, fixed=3) as book,
    ):
        for n, record in enumerate(found, 1):
            book.add([Written(n), Written(_place(record.village)), *(_cell(record, s) for s in specs)])
            if progress is not None and n % 500 == 0 and not progress(n, count):
                raise RuleError("export.stopped", f"已停止导出，没有写出 {path}，原文件未改动。")
    return count


def requests(desk: Desk, path: Path, wanted: Sequence[str] | None = None) -> int:
    """The ledger of requests; returns how many."""
    what = ENTITIES["request"]
    with desk.store.read() as conn:
        names = {i.code: i.name for i in rules.catalogue(conn)}
        person = ENTITIES["person"].table
        of = {r.id: r.name for r in conn.execute(select(person.c.id, person.c.name))}
    specs = [what.by_name[n] for n in _REQUESTS]
    columns = [*_FRONT, Column("诉求人", 10), Column("事项", 18), *_columns(specs, _REQUESTS)]
    with (
        _records(desk, "request", wanted) as (count, found),
        written(path, "返乡创业诉求台账", _subtitle(desk), columns, fixed=3) as book,
    ):
        for n, record in enumerate(found, 1):
            front = (_place(record.village), of.get(record.person_id) or "", names.get(record.item, record.item))
            book.add([Written(n), *(Written(text) for text in front), *(_request_cell(record, s) for s in specs)])
    return count


def _request_cell(record: Record, spec: FieldSpec) -> Written:
    if spec.name == "state":
        return Written(flow.state_label(record.state or "draft"))
    if record.values[spec.name] is None and spec.name in ("accepted_on", "due_on", "closed_on", "reply"):
        return Written("")  # not yet: no one has failed to collect it
    found = _cell(record, spec)
    return Written(f"{found.value}（按预测日历）") if spec.name == "due_on" and record.due_forecast else found


def refused(preview: importing.Preview, path: Path) -> int:
    """The refused rows as they stood in the roster, each with its reason in the cell and in the second column.

    Written so that it can be mended and imported: headings keep their units, and a number that has lost its last digits
    stays as the sheet showed it, because spelt out it would look like a whole one.
    """
    bad = [r for r in preview.rows if r.state == "refused"]
    sheet = next((s for s in sheets.read(preview.file) if s.name == preview.sheet), None)
    header = sheets.find_header(sheet, importing.roster_specs()) if sheet else None
    if sheet is None or header is None or header.row != preview.header_row:
        raise KnownError("sheet.changed", f"文件“{preview.file.name}”在预览之后被改动过，没有写出。请重新选择它再导入。")
    heads = {c: f"{s.label}（{header.units[c]}）" if c in header.units else s.label for c, s in header.mapping.items()}
    heads |= header.unmapped
    owners = sheet.owners()
    columns = [Column(heads.get(c, ""), _width(header.mapping.get(c))) for c in range(1, max(heads) + 1)]
    places = {name: column for column, name in preview.columns.items()}
    subtitle = f"来自 {preview.file.name}，请改好后重新导入  {local_date()}"
    with written(path, "未导入的行", subtitle, [Column("原行号", 7), Column("未导入原因", 40), *columns], fixed=2) as book:
        for r in bad:
            reasons = "；".join(reason for _, reason in r.reasons)
            notes = {places[name]: reason for name, reason in r.reasons if name in places}
            shown = (_shown(sheet.filled(owners, r.row, c)) for c in range(1, max(heads) + 1))
            cells = (Written(text, note=notes.get(c, "")) for c, text in enumerate(shown, 1))
            book.add([Written(r.row), Written(reasons), *cells])
    return len(bad)


def _width(spec: FieldSpec | None) -> float:
    return 14 if spec is None else _PEOPLE.get(spec.name, 14)


def _shown(value: sheets.Value) -> str:
    """What the cell of the roster shows; a number of more digits than a sheet can keep in the form it shows them in."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e15:
        return f"{value:.5E}"
    return as_text(value)
