"""The county's calendar: days off and days worked instead, published year by year from the State Council's notice."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models.base import local_date
from models.catalog import workdays
from models.catalog.days import Day, parse
from models.errors import RuleError
from models.records import Cell, Record
from models.services import publishing, sheets
from models.services.desk import Desk
from models.services.people import refuse_wrong
from models.services.publishing import must_publish, when
from models.store import rows, rules
from models.store.unit import Unit
from models.tables import ENTITIES


@dataclass(frozen=True, slots=True)
class Plan:
    """What publishing days does (or did). lacking: per year that stays a forecast, the statutory days still missing."""

    days: tuple[Day, ...]
    new: int
    changed: int
    same: int
    lacking: dict[int, tuple[date, ...]]
    touched: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Year:
    """One year as this database counts it. state: county (the county's days settle it), state (published with the
    program), part (some days, still a forecast) or forecast. days: those that differ from a plain week or were
    published; by, at: the county's last word, '' without one."""

    year: int
    state: str
    days: tuple[Day, ...]
    lacking: tuple[date, ...]
    by: str = ""
    at: str = ""


def read(desk: Desk, text: str, name: str, *, year: int | None = None, source: str = "") -> Plan:
    """What publishing this text would do (models.catalog.days says what may stand in it); nothing is stored."""
    days = parse(text, name, year=year, source=source)
    with desk.store.read() as conn:
        return _plan(conn, days)


def publish(desk: Desk, days: Sequence[Day]) -> Plan:
    """Publish these days; one that is published already gets this word on it."""
    must_publish(desk)
    with desk.store.write(desk.account, "发布工作日历") as unit:
        plan = _plan(unit.conn, tuple(days))
        here = _records(unit.conn)
        for day in days:
            _put(unit, here.get(day.on.isoformat()), day)
        if plan.new or plan.changed:
            unit.audit("publish", "calendar_day", "", {"first": f"{days[0].on}", "last": f"{days[-1].on}", "count": len(days)})
        return Plan(plan.days, plan.new, plan.changed, plan.same, plan.lacking, tuple(unit.touched))


def withdraw(desk: Desk, year: int) -> tuple[tuple[str, str], ...]:
    """Take back every day of a year; returns (entity, id) of each. Raises RuleError when there is none."""
    must_publish(desk)
    with desk.store.write(desk.account, f"撤回 {year} 年工作日历") as unit:
        ids = [r.id for on, r in _records(unit.conn).items() if on.startswith(f"{year}-")]
        if not ids:
            raise RuleError("calendar.none", f"没有发布过 {year} 年的工作日历。")
        for record_id in ids:
            unit.delete("calendar_day", record_id)
        unit.audit("withdraw", "calendar_day", "", {"year": year, "count": len(ids)})
        return tuple(unit.touched)


def years(desk: Desk) -> list[Year]:
    """This year, the next, and every other year that the county has published days of; the newest first."""
    with desk.store.read() as conn:
        here, overrides = _records(conn), rules.calendar(conn)
    this = local_date().year
    wanted = {this, this + 1, *(int(on[:4]) for on in here)}
    return [
        _year(year, {on: r for on, r in here.items() if on.startswith(f"{year}-")}, overrides)
        for year in sorted(wanted, reverse=True)
    ]


def text_of(path: Path) -> str:
    """The lines of a workbook (.xlsx, .xls), a calendar TOML or a text file, for read(). Line n is the file's row n."""
    if path.suffix.lower() in (".xlsx", ".xls", ".et"):
        return _text_of_sheet(path)
    text = publishing.text_of(path)
    if path.suffix.lower() != ".toml":
        return text
    days = workdays.parse_calendar(text, path.name)
    lines = [f"{on.isoformat()} {'班' if works else '休'}" for on, works in days.items()]
    return "\n".join([*lines, f"依据：{tomllib.loads(text)['source']}"])


def _text_of_sheet(path: Path) -> str:
    """The first sheet, a line a row; what stands above the first date is a title or a head."""
    lines, begun = [], False
    for row in sheets.read(path)[0].rows:
        cells = [c.date().isoformat() if isinstance(c, datetime) else str(c).strip() for c in row if c is not None]
        if cells and re.fullmatch(r"\d+(\.0)?", cells[0]):  # 序号
            cells = cells[1:]
        line = " ".join(cells)
        begun = begun or bool(re.match(r"\d{4}[-/.年]\d", line))
        lines.append(line if begun or "依据" in line else "")
    return "\n".join(lines)


def _records(conn: Connection) -> dict[str, Record]:
    """The newest record of each day that is published."""
    what = ENTITIES["calendar_day"]
    query = select(what.table).where(what.table.c.deleted.is_(False)).order_by(what.table.c.changed)
    return {r["on"]: rows.to_record(what, r) for r in conn.execute(query).mappings()}


def _cells(day: Day) -> dict[str, Any]:
    return {"workday": day.workday, "name": day.name or None, "source": day.source}


def _differs(record: Record, day: Day) -> bool:
    return any(record.values[k] != v for k, v in _cells(day).items())


def _put(unit: Unit, record: Record | None, day: Day) -> None:
    cells = {k: Cell.of(v) for k, v in _cells(day).items()}
    refuse_wrong("calendar_day", cells)
    if record is None:
        unit.create("calendar_day", {"on": Cell.of(day.on.isoformat()), **cells})
    elif _differs(record, day):
        unit.update("calendar_day", record.id, cells)


def _plan(conn: Connection, days: tuple[Day, ...]) -> Plan:
    here = _records(conn)
    known = [(here[day.on.isoformat()], day) for day in days if day.on.isoformat() in here]
    changed = sum(_differs(record, day) for record, day in known)
    after = {**rules.calendar(conn), **{day.on: day.workday for day in days}}
    # The notice of a year may begin with the last days of the December before it: they make no year of their own.
    touched = sorted({day.on.year for day in days if (day.on.month, day.on.day) < (12, 20)})
    lacking = {year: missing for year in touched if (missing := workdays.lacking(after, year))}
    return Plan(days, len(days) - len(known), changed, len(known) - changed, lacking)


def _year(year: int, here: Mapping[str, Record], overrides: Mapping[date, bool]) -> Year:
    lacking, first = workdays.lacking(overrides, year), date(year, 1, 1)
    known = not workdays.day_of(first + timedelta(days=1), {})[1]
    state = "state" if known else "county" if not lacking else "part" if here else "forecast"
    days = []
    for on in (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)):
        record, works = here.get(on.isoformat()), workdays.is_workday(on, overrides)
        if record is not None:
            days.append(Day(on, works, record.name or "", record.source or ""))
        elif works != (on.weekday() < 5):
            days.append(Day(on, works))
    last = max(here.values(), key=lambda r: str(r.changed), default=None)
    return Year(year, state, tuple(days), lacking, last.changed_by if last else "", when(last) if last else "")
