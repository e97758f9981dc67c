"""Working days: oracles counted by hand from the published notices, the forecast, and the county's own calendar."""

from __future__ import annotations

import sys
from datetime import date, timedelta
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import workdays
from models.catalog.workdays import Due, add_workdays, is_workday, parse_calendar, shipped, statutory, workdays_between
from models.errors import RuleError


@pytest.mark.parametrize(
    ("start", "days", "due", "forecast"),
    [
        ("2026-02-12", 5, "2026-02-26", False),
        ("2025-09-29", 5, "2025-10-13", False),
        ("2026-04-30", 3, "2026-05-08", False),
        ("2026-09-24", 10, "2026-10-15", False),
        ("2025-12-31", 1, "2026-01-04", False),  # a Sunday that is worked
        ("2026-02-13", 10, "2026-03-05", False),
        ("2026-01-28", 20, "2026-03-03", False),
        ("2026-11-24", 5, "2026-12-01", False),
        ("2026-11-24", 20, "2026-12-22", False),
        ("2026-12-25", 5, "2027-01-04", True),
        ("2026-12-24", 5, "2026-12-31", False),
        ("2027-02-04", 1, "2027-02-09", True),  # New Year's Eve is Friday 5 February
        ("2026-10-01", 0, "2026-10-08", False),
        ("2026-11-24", 0, "2026-11-24", False),
    ],
)
def test_oracles(start: str, days: int, due: str, forecast: bool) -> None:
    assert add_workdays(date.fromisoformat(start), days) == Due(date.fromisoformat(due), forecast)


def test_the_thirteen_days() -> None:
    assert len(statutory(2027)) == 13
    assert {date(2027, 2, 5), date(2027, 2, 6), date(2027, 2, 8), date(2027, 4, 5), date(2027, 6, 9)} <= statutory(2027)
    assert date(2027, 2, 9) not in statutory(2027)
    # Mid-Autumn falls on National Day: one day less, for 调休 is not guessed.
    assert len(statutory(2031)) == 12


def test_a_published_year_in_the_overrides_is_no_forecast() -> None:
    days = dict.fromkeys(statutory(2027), False) | {date(2027, 1, 2): False, date(2027, 1, 9): True}
    assert add_workdays(date(2026, 12, 25), 5, days) == Due(date(2027, 1, 4), False)
    assert add_workdays(date(2027, 1, 8), 1, days) == Due(date(2027, 1, 9), False)


def test_one_local_day_settles_no_year() -> None:
    local = {date(2027, 1, 4): False}
    assert add_workdays(date(2026, 12, 25), 5, local) == Due(date(2027, 1, 5), True)
    assert add_workdays(date(2026, 11, 24), 1, {date(2026, 11, 25): False}) == Due(date(2026, 11, 26), False)


def test_the_shipped_year_is_the_published_one() -> None:
    days = shipped(2026)
    assert days is not None
    day = date(2026, 1, 1)
    while day.year == 2026:
        assert days.get(day, day.weekday() < 5) == is_workday(day), day
        day += timedelta(days=1)
    assert shipped(2019) is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("year = ", "TOML"),
        ('year = 2027\nsource = ""', "source"),
        ('year = 2027\nsource = "通知"\nrest = 1', "rest"),
        ('year = 2027\nsource = "通知"\noff = [[2027-01-03, 2027-01-01]]', "off"),
        ('year = 2027\nsource = "通知"\noff = [2030-01-01]', "2030-01-01"),
        ('year = 2027\nsource = "通知"\noff = [2027-01-01]\nwork = [2027-01-01]', "work"),
        ('year = 2027\nsource = "通知"\noff = [[2027-01-01, 2027-01-03]]', "2027-02-05"),
    ],
)
def test_a_wrong_calendar_names_the_key(text: str, named: str) -> None:
    with pytest.raises(RuleError, match=named) as caught:
        parse_calendar(text, "2027.toml")
    assert "2027.toml" in caught.value.sentence


def test_overrides_without_any_working_day_end() -> None:
    never = {date(2026, 1, 1) + timedelta(days=n): False for n in range(1_000)}
    with pytest.raises(RuleError) as caught:
        add_workdays(date(2026, 1, 5), 3, never)
    assert caught.value.code == "workdays.endless"


@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 60))
def test_never_an_exception_and_always_consistent(start: date, days: int) -> None:
    due = add_workdays(start, days)
    assert due.date >= start
    assert is_workday(due.date)
    if days:
        assert workdays_between(start, due.date) == days
        assert workdays_between(due.date, start) == -days
    if start.year > 2026:
        assert due.forecast


def test_chinesecalendar_is_loaded_late() -> None:
    code = "import sys, models.catalog.workdays; sys.exit('chinese_calendar' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0
    assert workdays.is_workday(date(2026, 11, 24))
