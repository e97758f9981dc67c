"""Ledgers as workbooks that open in WPS and LibreOffice: title, head, frozen panes, print titles, text kept as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import RowMapping

from models.base import CHINA, local_date, utc_now
from models.catalog import flow
from models.errors import KnownError
from models.fields import FieldSpec, Kind, State
from models.records import Record
from models.services import importing, sheets
from models.services.desk import Desk, office_name
from models.services.specs import show
from models.store import rows, rules
from models.tables import ENTITIES
from resources import divisions

# Printed ledgers show what an office works with; the rest of a person's fields follow behind.
_PEOPLE = (
    "name", "sex", "id_number", "born_on", "ethnic", "education", "phone", "address", "kind", "out_place", "employer",
    "occupation", "trade", "income", "out_since", "back_on", "return_intent", "venture_plan", "worries", "specialty",
    "acc_capital", "acc_skill", "acc_management", "acc_network", "acc_sales", "acc_influence", "note",
)  # fmt: skip
_REQUESTS = ("number", "received_on", "kind", "urgency", "text", "state", "accepted_on", "due_on", "closed_on", "reply")
_WIDTHS = {Kind.ID_NUMBER: 21, Kind.PHONE: 14, Kind.NOTE: 36, Kind.DATE: 12, Kind.MONEY: 12, Kind.CODE: 11}


class _Book:
    """One sheet of a ledger being written, row by row, in constant memory."""

    def __init__(self, path: Path, title: str, subtitle: str, heads: Sequence[tuple[str, float]]) -> None:
        import xlsxwriter

        self._path = path
        self._beside = path.with_name(f".{path.name}.new")
        self._book = xlsxwriter.Workbook(
            str(self._beside), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        font = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
        self._cell = self._book.add_format({**font, "border": 1, "text_wrap": True, "num_format": "@"})
        self._grey = self._book.add_format({**font, "border": 1, "font_color": "#808080", "num_format": "@"})
        self.bad = self._book.add_format({**font, "border": 1, "text_wrap": True, "num_format": "@", "bg_color": "#FDE0DD"})
        head = self._book.add_format(
            {**font, "border": 1, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#E8EEF0"}
        )
        big = self._book.add_format({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"})
        self.sheet = self._book.add_worksheet(title[:31])
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(2)
        self.sheet.freeze_panes(3, 2)
        self.sheet.set_footer("&C第 &P 页 共 &N 页")
        for column, (_, width) in enumerate(heads):
            self.sheet.set_column(column, column, width)
        self.sheet.set_row(0, 30)
        self.sheet.merge_range(0, 0, 0, max(len(heads) - 1, 1), title, big)
        self.sheet.merge_range(1, 0, 1, max(len(heads) - 1, 1), subtitle, self._book.add_format(font))
        self.sheet.set_row(2, 30)
        for column, (label, _) in enumerate(heads):
            self.sheet.write_string(2, column, label, head)
        self._row = 3

    def add(self, values: Iterable[tuple[str, bool]]) -> int:
        """Write one row of (text, is it a state rather than a value); returns its number counted from 0."""
        for column, (text, grey) in enumerate(values):
            self.sheet.write_string(self._row, column, text, self._grey if grey else self._cell)
        self._row += 1
        return self._row - 1

    def close(self) -> None:
        import xlsxwriter.exceptions

        try:
            self._book.close()
            self._beside.replace(self._path)
        except (OSError, xlsxwriter.exceptions.FileCreateError) as e:
            self._beside.unlink(missing_ok=True)
            raise KnownError(
                "disk.write", f"无法写入 {self._path}：请检查文件是否正在 WPS 中打开、磁盘是否已满。原文件未改动。"
            ) from e


def _cells(record: Record, specs: Sequence[FieldSpec]) -> list[tuple[str, bool]]:
    found = []
    for spec in specs:
        cell = record.cell(spec.name)
        found.append((show(spec, cell, masked=False), cell.state not in (State.KNOWN, State.TO_VERIFY)))
    return found


def _subtitle(desk: Desk) -> str:
    return f"机构：{office_name(desk)}    导出：{desk.account}    {utc_now().astimezone(CHINA):%Y-%m-%d %H:%M}"


def _place(code: str) -> str:
    found = divisions.get(code)
    return found.name if found else code


def _records(desk: Desk, entity: str, wanted: Sequence[str] | None) -> list[Mapping[str, Any] | RowMapping]:
    what = ENTITIES[entity]
    query = select(what.table).where(what.table.c.deleted.is_(False)).order_by(what.table.c.village, what.table.c.born)
    with desk.store.read() as conn:
        found = conn.execute(query).mappings().all()
    chosen = set(wanted) if wanted is not None else None
    return [r for r in found if chosen is None or r["id"] in chosen]


def _logged(desk: Desk, entity: str, count: int) -> None:
    """Before the file is written: an export that the chain cannot record does not happen."""
    with desk.store.write(desk.account, "导出") as unit:
        unit.audit("export", entity, "", {"count": count})


def people(
    desk: Desk, path: Path, wanted: Sequence[str] | None = None, progress: Callable[[int, int], bool] | None = None
) -> int:
    """The ledger of people (all, or those of wanted); returns how many. ID numbers stand in full: the export is logged."""
    what = ENTITIES["person"]
    specs = [what.by_name[n] for n in _PEOPLE]
    found = _records(desk, "person", wanted)
    _logged(desk, "person", len(found))
    heads = [("序号", 6.0), ("所在村", 16.0), *((s.label, float(_WIDTHS.get(s.kind, 14))) for s in specs)]
    book = _Book(path, "返乡和外出务工人员台账", _subtitle(desk), heads)
    for n, row in enumerate(found, 1):
        book.add([(str(n), False), (_place(row["village"]), False), *_cells(rows.to_record(what, row), specs)])
        if progress is not None and n % 500 == 0 and not progress(n, len(found)):
            break
    book.close()
    return len(found)


def requests(desk: Desk, path: Path, wanted: Sequence[str] | None = None) -> int:
    """The ledger of requests; returns how many."""
    what = ENTITIES["request"]
    found = _records(desk, "request", wanted)
    _logged(desk, "request", len(found))
    with desk.store.read() as conn:
        names = {i.code: i.name for i in rules.catalogue(conn)}
        person = ENTITIES["person"].table
        of = {r.id: r.name for r in conn.execute(select(person.c.id, person.c.name))}
    specs = [what.by_name[n] for n in _REQUESTS]
    heads = [
        ("序号", 6.0),
        ("所在村", 16.0),
        ("诉求人", 12.0),
        ("事项", 20.0),
        *((s.label, float(_WIDTHS.get(s.kind, 14))) for s in specs),
    ]
    book = _Book(path, "返乡创业诉求台账", _subtitle(desk), heads)
    for n, row in enumerate(found, 1):
        record = rows.to_record(what, row)
        front = [
            (str(n), False),
            (_place(row["village"]), False),
            (of.get(row["person_id"], ""), False),
            (names.get(row["item"], row["item"]), False),
        ]
        book.add([*front, *(_request_cell(record, s) for s in specs)])
    book.close()
    return len(found)


def _request_cell(record: Record, spec: FieldSpec) -> tuple[str, bool]:
    if spec.name == "state":
        return flow.state_label(record.state or "draft"), False
    if record.values[spec.name] is None and spec.name in ("accepted_on", "due_on", "closed_on", "reply"):
        return "", False  # not yet: no one has failed to collect it
    text, grey = _cells(record, [spec])[0]
    return (f"{text}（按预测日历）" if spec.name == "due_on" and record.due_forecast else text), grey


def refused(preview: importing.Preview, path: Path) -> int:
    """The refused rows as they stood in the roster, each with its reason in the cell and in the last column."""
    bad = [r for r in preview.rows if r.state == "refused"]
    sheet = next(s for s in sheets.read(preview.file) if s.name == preview.sheet)
    width = max([*preview.columns, max((len(r) for r in sheet.rows), default=1)])
    specs = {s.name: s for s in importing.roster_specs()}
    heads = [
        (specs[preview.columns[c]].label if c in preview.columns else str(sheet.value(preview.header_row, c) or ""), 16.0)
        for c in range(1, width + 1)
    ]
    book = _Book(
        path,
        "未导入的行",
        f"来自 {preview.file.name}，请改好后重新导入  {local_date()}",
        [("原行号", 8.0), ("未导入原因", 40.0), *heads],
    )
    places = {name: column for column, name in preview.columns.items()}
    for r in bad:
        values = [sheet.value(r.row, c) for c in range(1, width + 1)]
        reasons = "；".join(reason for _, reason in r.reasons)
        at = book.add([(str(r.row), False), (reasons, False), *((_text(v), False) for v in values)])
        for name, reason in r.reasons:
            if name in places:
                book.sheet.write_comment(at, places[name] + 1, reason)
    book.close()
    return len(bad)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
