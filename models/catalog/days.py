"""Days off and days worked instead, read from what an office has at hand: lines, a table's rows, or the notice itself.

    2027-02-08 休 春节                       a day: date, 休 or 班, then name and source where they are known
    2027-02-05至2027-02-11 休 春节           several in a row, both ends included
    依据：国办发明电〔2026〕7号               the source of every day that names none of its own
    二、春节：2月5日至11日放假调休，共7天。2月14日（星期日）上班。      as in the State Council's yearly notice

Nothing is guessed: a line that is neither is refused with its number, and a weekday in brackets must be that date's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from models.catalog.workdays import statutory
from models.errors import RuleError

_OFF = ("休", "放假", "休息", "假", "节假日", "rest", "off")
_WORK = ("班", "上班", "补班", "调休上班", "工作日", "work")
_WEEKDAYS = "一二三四五六日"
_MOST = 31  # days in a row: more is a slip of the pen

_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_ROW = re.compile(rf"{_DAY}(?:\s*(?:至|到|~|—+|–)\s*(?:(?:(\d{{4}})[-/.年])?(\d{{1,2}})[-/.月])?(\d{{1,2}})日?)?(.*)")
_SOURCE = re.compile(r"(?:依据|来源)\s*:\s*(.+)")
_NUMBER = re.compile(r"国办发明电\s*[〔\[(]\d{4}[〕\])]\s*\d+\s*号")
_YEAR = re.compile(r"关于(\d{4})年.*节假日安排")
# A date of the notice: year and month may be those of the date before it; a bracket behind it may name the weekday.
_SAID = re.compile(r"(至|到)?\s*(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日(?:\s*\(([^)]*)\))?")
_VERB = re.compile(r"放假|补休|上班")


class Day(NamedTuple):
    """One day of the calendar. workday: whether it is worked."""

    on: date
    workday: bool
    name: str = ""
    source: str = ""


class _Line(NamedTuple):
    """where: its place; text: with full-width signs made plain; raw: as it was written."""

    where: str
    text: str
    raw: str

    def bad(self, why: str) -> RuleError:
        shown = self.raw if len(self.raw) <= 40 else self.raw[:40] + "…"
        return RuleError("calendar.line", f"{self.where}“{shown}”：{why}。请改好后再试；一天也没有发布。")

    def day(self, year: str | int, month: str | int, day: str | int) -> date:
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise self.bad(f"{year}-{int(month):02d}-{int(day):02d} 不是日期") from None

    def days(self, first: date, last: date) -> list[date]:
        count = (last - first).days + 1
        if not 1 <= count <= _MOST:
            raise self.bad(f"起止日期应由早到晚，最多 {_MOST} 天")
        return [first + timedelta(days=n) for n in range(count)]


def parse(text: str, name: str, *, year: int | None = None, source: str = "") -> tuple[Day, ...]:
    """The days that a text names, in order. name: what errors call it. year: of dates that give none, without a title; source: of days
    that name none.

    Raises RuleError calendar.line naming line and cause, calendar.source or calendar.empty; two words on one day, and a
    statutory day that is to be worked, are refused too.
    """
    lines = [
        _Line(f"{name} 第 {n} 行", unicodedata.normalize("NFKC", line).strip(), line.strip())
        for n, line in enumerate(text.splitlines(), 1)
        if line.strip()
    ]
    titled = _YEAR.search("".join(line.text for line in lines))
    year = int(titled[1]) if titled else year
    numbered = _NUMBER.search(text)
    source = source or (numbered[0] if numbered else "")
    notice = any(_is_said(line.text) for line in lines)
    found: dict[date, tuple[Day, _Line]] = {}
    for line in lines:
        if line.text.startswith("#") or ("日期" in line.text and not re.search(r"\d", line.text)):
            continue
        named = _SOURCE.fullmatch(line.text)
        if named:
            source = named[1].strip()
            continue
        for day in _said(line, year) if _is_said(line.text) else _row(line, notice):
            _take(found, day, line)
    if not found:
        raise RuleError("calendar.empty", f"{name} 里没有日期。请每行写一天，如“2027-02-08 休 春节”，或粘贴放假安排的通知全文。")
    days = tuple(day._replace(source=day.source or source) for _, (day, _line) in sorted(found.items()))
    lacking = next((day for day in days if not day.source), None)
    if lacking:
        raise RuleError(
            "calendar.source",
            f"{name} 没有写 {lacking.on} 的依据。请写明文号：加一行“依据：国办发明电〔2026〕7号”，或单独填写依据。",
        )
    return days


def _take(found: dict[date, tuple[Day, _Line]], day: Day, line: _Line) -> None:
    if day.on in found and found[day.on][0].workday != day.workday:
        raise line.bad(f"{day.on} 在{found[day.on][1].where}已写成{'班' if found[day.on][0].workday else '休'}")
    if day.workday and day.on in statutory(day.on.year):
        raise line.bad(f"{day.on} 是法定节日，不能写成班")
    found[day.on] = (day, line)


def _row(line: _Line, notice: bool) -> Iterator[Day]:
    """'2027-02-08 休 春节 依据': what stands behind the date may be apart by blanks, tabs or commas."""
    match = _ROW.fullmatch(line.text)
    if match is None:
        if not notice:
            raise line.bad("应写成“2027-02-08 休 春节”，日期在前")
        if re.search(r"\d月\d|(放假|上班).*\d日|\d日.*(放假|上班)", line.text):
            raise line.bad("同一个节日的日期和“放假”“上班”应在同一行，请把断开的行接起来")
        return  # the notice's own prose
    year, month, day, to_year, to_month, to_day, rest = match.groups()
    words = [w for w in re.split(r"[\s,、]+", rest) if w]
    kind = next((w for w in words[:2] if w.lower() in _OFF + _WORK), "")
    if not kind:
        if notice and not words:  # the day the notice was signed
            return
        raise line.bad("日期后面应写“休”或“班”")
    words.remove(kind)
    first = line.day(year, month, day)
    last = line.day(to_year or year, to_month or month, to_day) if to_day else first
    for on in line.days(first, last):
        yield Day(on, kind.lower() in _WORK, words[0] if words else "", " ".join(words[1:]))


def _is_said(text: str) -> bool:
    return bool(_VERB.search(text) and re.search(r"\d月\d{1,2}日", text) and not _ROW.fullmatch(text))


def _said(line: _Line, year: int | None) -> Iterator[Day]:
    """One paragraph of the notice: what stands before each 放假 and 上班."""
    head, sign, body = line.text.partition(":")
    name = re.sub(r"^[一二三四五六七八九十]+、|^\d+[.、]", "", head).strip() if sign else ""
    month = None
    for part in re.split(r"[。;,，；]", body if sign else line.text):
        verb, spans = _VERB.search(part), list(_SAID.finditer(part))
        if not spans:
            continue
        if verb is None:
            raise line.bad(f"“{part.strip()}”没有写明放假还是上班")
        dates: list[list[date]] = []
        for span in spans:
            to, own_year, own_month, day, bracket = span.groups()
            if own_year:
                year = int(own_year)
            month = own_month or month
            if year is None:
                raise line.bad("没有写年份；请连同通知的标题一起粘贴，或指明年份")
            if month is None:
                raise line.bad("没有写月份")
            on = line.day(year, month, day)
            _check_weekday(line, on, bracket or "")
            if to and dates:
                dates[-1] = line.days(dates[-1][0], on)
            else:
                dates.append([on])
        works = verb[0] == "上班"
        for on in (d for several in dates for d in several):
            yield Day(on, works, f"{name}调休" if works and name else name)


def _check_weekday(line: _Line, on: date, bracket: str) -> None:
    said = re.search(r"(?:周|星期)([一二三四五六日天])", bracket)
    if said and _WEEKDAYS[on.weekday()] != said[1].replace("天", "日"):
        raise line.bad(f"写的是星期{said[1]}，{on} 却是星期{_WEEKDAYS[on.weekday()]}，请核对年份和日期")
