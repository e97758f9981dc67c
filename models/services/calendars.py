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
from models.services.publishing import is_own, must_publish, when
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
    """One year as this database counts it. state: county or city (the days of one of them settle it), state (published
    with the program), part (some days, still a forecast) or forecast. days: those that differ from a plain week or were
    published; by, at: the last word on it, '' without one; own: whether it was this office's county (or city) that published
    any of them, and may take them back."""

    year: int
    state: str
    days: tuple[Day, ...]
    lacking: tuple[date, ...]
    by: str = ""
    at: str = ""
    own: bool = False


def read(desk: Desk, text: str, name: str, *, year: int | None = None, source: str = "") -> Plan:
    """What publishing this text would do (models.catalog.days says what may stand in it); nothing is stored."""
    days = parse(text, name, year=year, source=source)
    with desk.store.read() as conn:
        return _plan(conn, desk, days)


def publish(desk: Desk, days: Sequence[Day]) -> Plan:
    """Publish these days; one that is published already gets this word on it."""
    must_publish(desk)
    with desk.store.write(desk.account, "发布工作日历") as unit:
        plan = _plan(unit.conn, desk, tuple(days))
        here, own = _records(unit.conn, desk), _records(unit.conn, desk, own=True)
        for day in days:
            on = day.on.isoformat()
            _put(unit, here.get(on), own.get(on), day)
        if plan.new or plan.changed:
            unit.audit("publish", "calendar_day", "", {"first": f"{days[0].on}", "last": f"{days[-1].on}", "count": len(days)})
        return Plan(plan.days, plan.new, plan.changed, plan.same, plan.lacking, tuple(unit.touched))


def withdraw(desk: Desk, year: int) -> tuple[tuple[str, str], ...]:
    """Take back every day of a year that this county (or city) published; returns (entity, id) of each. Raises RuleError
    when there is none."""
    must_publish(desk)
    with desk.store.write(desk.account, f"撤回 {year} 年工作日历") as unit:
        found = _published(unit.conn, desk)
        ids = [r.id for r in found if r.on.startswith(f"{year}-") and is_own(desk, r)]
        if not ids:
            above = any(r.on.startswith(f"{year}-") for r in found)
            raise RuleError("calendar.none", f"本级没有发布过 {year} 年的工作日历。{'现有的由市级发布，请向市级提出。' if above else ''}")
        for record_id in ids:
            unit.delete("calendar_day", record_id)
        unit.audit("withdraw", "calendar_day", "", {"year": year, "count": len(ids)})
        return tuple(unit.touched)


def years(desk: Desk) -> list[Year]:
    """This year, the next, and every other year that the county has published days of; the newest first."""
    with desk.store.read() as conn:
        here, own, overrides = _records(conn, desk), _records(conn, desk, own=True), rules.calendar(conn, desk.office)
    this = local_date().year
    wanted = {this, this + 1, *(int(on[:4]) for on in here)}
    return [
        _year(year, {on: r for on, r in here.items() if on.startswith(f"{year}-")}, overrides,
              own=any(on.startswith(f"{year}-") for on in own))
        for year in sorted(wanted, reverse=True)
    ]  # fmt: skip


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


def _published(conn: Connection, desk: Desk) -> list[Record]:
    """The days that were published to this office, by whomever, the newest last."""
    what = ENTITIES["calendar_day"]
    wanted = rules.published_to("calendar_day", desk.office) & what.table.c.deleted.is_(False)
    query = select(what.table).where(wanted).order_by(what.table.c.changed)
    return [rows.to_record(what, r) for r in conn.execute(query).mappings()]


def _records(conn: Connection, desk: Desk, *, own: bool = False) -> dict[str, Record]:
    """The newest record of each day that is published; own: by this county (or city) itself, which alone may change it."""
    return {r.on: r for r in _published(conn, desk) if not own or is_own(desk, r)}


def _cells(day: Day) -> dict[str, Any]:
    return {"workday": day.workday, "name": day.name or None, "source": day.source}


def _differs(record: Record, day: Day) -> bool:
    return any(record.values[k] != v for k, v in _cells(day).items())


def _put(unit: Unit, stands: Record | None, own: Record | None, day: Day) -> None:
    """stands: the word on the day that counts now, this county's or the city's; own: this county's last one."""
    cells = {k: Cell.of(v) for k, v in _cells(day).items()}
    refuse_wrong("calendar_day", cells)
    if stands is not None and not _differs(stands, day):
        return
    if own is None or not _differs(own, day):  # said before the city said otherwise, it must be said anew to be the newest
        unit.create("calendar_day", {"on": Cell.of(day.on.isoformat()), **cells})
    else:
        unit.update("calendar_day", own.id, cells)


def _plan(conn: Connection, desk: Desk, days: tuple[Day, ...]) -> Plan:
    here = _records(conn, desk)
    known = [(here[day.on.isoformat()], day) for day in days if day.on.isoformat() in here]
    changed = sum(_differs(record, day) for record, day in known)
    after = {**rules.calendar(conn, desk.office), **{day.on: day.workday for day in days}}
    # The notice of a year may begin with the last days of the December before it: they make no year of their own.
    touched = sorted({day.on.year for day in days if (day.on.month, day.on.day) < (12, 20)})
    lacking = {year: missing for year in touched if (missing := workdays.lacking(after, year))}
    return Plan(days, len(days) - len(known), changed, len(known) - changed, lacking)


def _year(year: int, here: Mapping[str, Record], overrides: Mapping[date, bool], *, own: bool) -> Year:
    lacking, first = workdays.lacking(overrides, year), date(year, 1, 1)
    known = not workdays.day_of(first + timedelta(days=1), {})[1]
    last = max(here.values(), key=lambda r: str(r.changed), default=None)
    by = "city" if last is not None and last.county.endswith("00") else "county"
    state = "state" if known else by if not lacking else "part" if here else "forecast"
    days = []
    for on in (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)):
        record, works = here.get(on.isoformat()), workdays.is_workday(on, overrides)
        if record is not None:
            days.append(Day(on, works, record.name or "", record.source or ""))
        elif works != (on.weekday() < 5):
            days.append(Day(on, works))
    return Year(year, state, tuple(days), lacking, last.changed_by if last else "", when(last) if last else "", own)
