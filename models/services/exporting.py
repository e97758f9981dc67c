"""What an office hands on as a workbook: its ledgers (registers.py says which), and the rows an import has refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, func, select

from models.base import local_date
from models.errors import KnownError, RuleError
from models.fields import FieldSpec
from models.records import Record
from models.services import importing, registers, sheets
from models.services.desk import Desk, office_name
from models.services.ledgers import Column, Written, written
from models.services.registers import Ledger, Row
from models.services.roster_values import as_text
from models.services.specs import long_date
from models.store import bulk, rows, rules
from models.tables import ENTITIES

_AT_ONCE = 500  # rows that are read at a time
_SERIAL = Column("序号", 5)

Progress = Callable[[int, int], bool]


def heading(desk: Desk) -> str:
    """The line under the title of every ledger."""
    return f"机构名称：{office_name(desk)}        填报日期：{long_date(local_date())}        填报人：{desk.account}"


def noted(desk: Desk, entity: str, count: int, ledger: str) -> None:
    """Into the audit log, before the file is written: an export that the chain cannot record does not happen."""
    with desk.store.write(desk.account, "导出") as unit:
        unit.audit("export", entity, "", {"count": count, "ledger": ledger})


@contextmanager
def _rows(desk: Desk, ledger: Ledger, wanted: Sequence[str] | None) -> Iterator[tuple[int, list[str], Iterator[Row]]]:
    """How many there are, what is to be said of those left out, and the rows, all as they stood when the first was read."""
    table = ENTITIES[ledger.entity].table
    here = [table.c.deleted.is_(False), *([] if wanted is None else [bulk.among(table.c.id, wanted)])]
    conditions = [*here, *ledger.where(desk)]
    query = select(table).where(*conditions).order_by(table.c.village, table.c.born).execution_options(yield_per=_AT_ONCE)
    with desk.store.read() as conn:

        def count(*where: ColumnElement[bool]) -> int:
            return conn.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

        said = [(words, count(*here, *where(desk))) for words, where in ledger.beside]
        total = count(*conditions)
        noted(desk, ledger.entity, total, ledger.name)
        items = rules.item_names(conn, desk.office) if ledger.entity == "request" else {}
        found = conn.execute(query).mappings().partitions()
        what = ENTITIES[ledger.entity]
        yield total, [words.format(n) for words, n in said if n], (
            row for part in found for row in _joined(conn, [rows.to_record(what, r) for r in part], items)
        )


def _joined(conn: Connection, records: Sequence[Record], items: Mapping[str, str]) -> Iterator[Row]:
    """Each record with the person it is of, deleted or not."""
    on, what = local_date(), ENTITIES["person"]
    owners = {r.person_id for r in records if r.entity != "person"}
    query = select(what.table).where(bulk.among(what.table.c.id, sorted(owners)))
    persons = {r["id"]: rows.to_record(what, r) for r in conn.execute(query).mappings()} if owners else {}
    for record in records:
        yield Row(record, record if record.entity == "person" else persons.get(record.person_id), items, on)


def export(desk: Desk, name: str, path: Path, wanted: Sequence[str] | None = None, progress: Progress | None = None) -> int:
    """The ledger of this name, of all or of the records of wanted; returns how many rows. ID numbers stand in full: the
    export is logged.

    progress(done, all) is asked every 500 rows and after the last, before the file is put together; False raises RuleError
    export.stopped, and the old file stays.
    """
    ledger = registers.get(name)
    columns = [_SERIAL, *ledger.columns]
    with (
        _rows(desk, ledger, wanted) as (count, left_out, found),
        written(path, ledger.title, heading(desk), columns, fixed=ledger.fixed, bare=ledger.bare) as book,
    ):
        for n, row in enumerate(found, 1):
            book.add([Written(n), *(part.cell(row) for part in ledger.parts)])
            if progress is not None and (n % _AT_ONCE == 0 or n == count) and not progress(n, count):
                raise RuleError("export.stopped", f"已停止导出，没有写出 {path}，原文件未改动。")
        if not ledger.bare:
            book.explain((*left_out, *ledger.notes))
    return count


def people(desk: Desk, path: Path, wanted: Sequence[str] | None = None, progress: Progress | None = None) -> int:
    return export(desk, "people", path, wanted, progress)


def requests(desk: Desk, path: Path, wanted: Sequence[str] | None = None) -> int:
    return export(desk, "requests", path, wanted)


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
    return 14 if spec is None else registers.WIDTHS.get(spec.name, 14)


def _shown(value: sheets.Value) -> str:
    """What the cell of the roster shows; a number of more digits than a sheet can keep in the form it shows them in."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= 1e15:
        return f"{value:.5E}"
    return as_text(value)
