"""Statutory working days: published calendars, the county's own, and a forecast where neither reaches.

A day is settled by, in this order: 1. the overrides that the caller passes (the county's calendar, date → is it a
working day); 2. the published calendars in chinesecalendar (2004 to 2026); 3. the forecast: weekends and the 13
statutory days of 《全国年节及纪念日放假办法》 (2025 amendment) without 调休, printed as 按预测日历.
Each November the State Council office publishes the next year: put its days into the county's calendar, or ship them
as resources/calendar/YEAR.toml (parse_calendar reads that shape) until chinesecalendar knows the year.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import resources
from models.errors import RuleError, toml_place

_FOLDER = Path(resources.__file__).parent / "calendar"
_DAY = timedelta(days=1)


class Due(NamedTuple):
    """A legal date. forecast: a day that was counted, or the due day itself, is only forecast."""

    date: date
    forecast: bool


@lru_cache(maxsize=1)
def _lunar() -> dict[int, tuple[date, ...]]:
    """Year → Spring Festival, Qingming, Dragon Boat, Mid-Autumn, from the shipped table (2027 to 2100)."""
    with (_FOLDER / "lunar.csv").open(encoding="utf-8", newline="") as file:
        return {int(row[0]): tuple(map(date.fromisoformat, row[1:])) for row in list(csv.reader(file))[1:]}


@lru_cache(maxsize=256)
def statutory(year: int) -> frozenset[date]:
    """The statutory days off of a year without 调休: 13 for 2027 to 2100, else only the solar ones."""
    days = {date(year, 1, 1), date(year, 5, 1), date(year, 5, 2), *(date(year, 10, day) for day in (1, 2, 3))}
    lunar = _lunar().get(year)
    if lunar:
        spring, *others = lunar
        # New Year's Eve and the first three days of the year.
        days |= {spring + timedelta(days=n) for n in range(-1, 3)} | set(others)
    return frozenset(days)


@lru_cache(maxsize=32)
def _published(year: int) -> frozenset[date] | None:
    """The working days of a published year, or None. Imported late: nothing at start-up counts days."""
    if not 2004 <= year <= 2100:
        return None
    from chinese_calendar import is_workday

    first = date(year, 1, 1)
    days = [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]
    try:
        return frozenset(day for day in days if is_workday(day))
    except NotImplementedError:  # how the package says that it does not know the year yet
        known = shipped(year)
        return None if known is None else frozenset(day for day in days if known.get(day, day.weekday() < 5))


def lacking(overrides: Mapping[date, bool], year: int) -> tuple[date, ...]:
    """The statutory days that overrides say nothing of: with none left they hold a whole published year, as every
    notice does. Empty for a year that is published anyway."""
    return () if _published(year) is not None else tuple(day for day in sorted(statutory(year)) if day not in overrides)


def day_of(day: date, overrides: Mapping[date, bool] | None = None) -> tuple[bool, bool]:
    """(is it a working day, is that only a forecast)."""
    if overrides and day in overrides:
        return overrides[day], False
    published = _published(day.year)
    if published is not None:
        return day in published, False
    if overrides and not lacking(overrides, day.year):
        return day.weekday() < 5, False
    return day.weekday() < 5 and day not in statutory(day.year), True


def is_workday(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    return day_of(day, overrides)[0]


def add_workdays(start: date, days: int, overrides: Mapping[date, bool] | None = None) -> Due:
    """The last day of a term of so many working days; counting starts the next day (民法典 201).

    days 0 is start itself, or the next working day when start is none. Works for any start from 1990 to 2100.
    Raises RuleError workdays.endless when the overrides leave no working day within two years of the last one.
    """
    day, forecast, left, idle = start, False, days, 0
    if days == 0:
        day, left = start - _DAY, 1
    while left > 0:
        day += _DAY
        works, guessed = day_of(day, overrides)
        forecast = forecast or guessed
        left, idle = (left - 1, 0) if works else (left, idle + 1)
        if idle > 730:
            raise RuleError("workdays.endless", f"工作日历中 {day.year} 年前后没有工作日，请检查工作日历。")
    return Due(day, forecast)


def workdays_between(start: date, end: date, overrides: Mapping[date, bool] | None = None) -> int:
    """Working days after start up to and including end; negative when end lies before start."""
    if end < start:
        return -workdays_between(end, start, overrides)
    return sum(is_workday(start + timedelta(days=n), overrides) for n in range(1, (end - start).days + 1))


def parse_calendar(text: str, name: str = "calendar") -> dict[date, bool]:
    """The overrides of a calendar TOML: year, source, off = [[first, last], day, …], work = [day, …].

    Raises RuleError calendar.invalid naming the key, also when a statutory day is missing: then it is not a whole year.
    """

    def bad(key: str, why: str) -> RuleError:
        return RuleError("calendar.invalid", f"工作日历 {name} 的 {key}：{why}。")

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError("calendar.invalid", f"工作日历 {name} {toml_place(error)}不合 TOML 写法。") from None
    for key in data.keys() - {"year", "source", "off", "work"}:
        raise bad(key, "不认识这一项")
    year = data.get("year")
    if not isinstance(year, int) or not str(data.get("source", "")).strip():
        raise bad("year, source", "必须写明年份和依据")
    days: dict[date, bool] = {}
    for key, works in (("off", False), ("work", True)):
        for entry in data.get(key, []):
            first, last = entry if isinstance(entry, list) and len(entry) == 2 else (entry, entry)
            if type(first) is not date or type(last) is not date or last < first or (last - first).days > 31:
                raise bad(key, f"{entry} 不是日期或起止日期")
            for n in range((last - first).days + 1):
                day = first + timedelta(days=n)
                # The last days of December may belong to the New Year's holiday of the next year.
                if abs(day.year - year) > 1 or day in days:
                    raise bad(key, f"{day} 重复或不在 {year} 年")
                days[day] = works
    missing = sorted(day for day in statutory(year) if day not in days)
    if missing:
        raise bad("off", f"缺少法定节日 {missing[0]}")
    return days


@lru_cache(maxsize=8)
def shipped(year: int) -> Mapping[date, bool] | None:
    """The calendar of a year in resources/calendar, or None."""
    path = _FOLDER / f"{year}.toml"
    return parse_calendar(path.read_text(encoding="utf-8"), path.name) if path.exists() else None
