"""Dates as people write them, read into 'YYYY-MM-DD', 'YYYY-MM' or 'YYYY'; what was not said is not added."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from models.errors import RuleError
from models.types.text import flat

_CHINESE = str.maketrans("〇○零一二三四五六七八九元", "0001234567891")
_RELATIVE = {"今天": 0, "今日": 0, "昨天": -1, "昨日": -1, "前天": -2, "前日": -2, "大前天": -3, "明天": 1, "后天": 2}
# Excel's day 0 with its leap year of 1900; only days of a living memory are taken for serial numbers.
_EPOCH = date(1899, 12, 30)
_SERIALS = range(5_000, 80_000)  # 1913-09-08 to 2119-01-10
_PARTED = re.compile(r"\s*(\d{4}\s+\d{1,2}|\d{2}\s+\d{1,2}\s+\d{1,2}|\d{4}\s+\d{1,2}\s+\d{1,2})\s*")


def _bad(text: object) -> RuleError:
    return RuleError("date.format", f"看不懂日期“{text}”，请写成 1985-03-05、1985年3月 或 1985。")


def _make(year: int, month: int | None = None, day: int | None = None, *, shown: object) -> str:
    if not 1880 <= year <= 2120:
        raise RuleError("date.range", f"日期“{shown}”的年份不合理。")
    if month is None:
        return f"{year:04d}"
    try:
        found = date(year, month, 1 if day is None else day)
    except ValueError:
        raise RuleError("date.invalid", f"日期“{shown}”不存在。") from None
    return f"{found:%Y-%m}" if day is None else found.isoformat()


def _century(short: int, today: date) -> int:
    """A year of two digits: this century up to next year, else the last one."""
    year = today.year // 100 * 100 + short
    return year if year <= today.year + 1 else year - 100


def _numeral(text: str) -> str:
    """二〇二五年十二月三十一日 → 2025年12月31日; other text unchanged."""
    if not re.search("[〇○零一二三四五六七八九十元]", text):
        return text

    def tens(found: re.Match[str]) -> str:
        head, tail = found[1], found[2]
        return str((int(head.translate(_CHINESE)) if head else 1) * 10 + (int(tail.translate(_CHINESE)) if tail else 0))

    return re.sub("([一二三]?)十([一二三四五六七八九]?)", tens, text).translate(_CHINESE)


def parse(value: str | int | float | date | datetime, today: date) -> str:
    """Read a date. Without a year it lies in the year of today; 85.3.5 is 1985, 25.3.5 is 2025.

    Taken: 1985.3.5, 1985 3 5, 1985/3, 1985年3月5日, 19850305, 198503, 1985, 3.5, 3月5日, 0305, 今天/昨天/前天, Chinese numerals,
    Excel serial numbers, date and datetime objects, ISO stamps. Raises RuleError date.format, .invalid, .range,
    .ambiguous (a decimal number such as 1985.1, where October has lost its zero) or .lunar.
    """
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        raise _bad(value)
    if isinstance(value, int | float):
        return _number(value, today)
    # Blanks that part the figures are kept as what they are: without them 2019 1 1 would read as November 2019.
    text = flat(re.sub(r"\s+", ".", value.strip()) if _PARTED.fullmatch(value) else value)
    if not text:
        raise RuleError("date.empty", "没有填写日期。")
    if text in _RELATIVE:
        return (today + timedelta(days=_RELATIVE[text])).isoformat()
    if re.search("农历|阴历|腊月|正月|初[一二三四五六七八九十]", text):
        raise RuleError("date.lunar", f"“{value}”是农历日期，请换算成公历再填。")
    text = re.sub(r"^(公历|阳历)|(T?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)$", "", _numeral(text))
    text = re.sub(r"(生|出生|左右前后)$", "", text).replace("今年", f"{today.year}年").replace("去年", f"{today.year - 1}年")
    text = text.replace("前年", f"{today.year - 2}年")
    if text.isdigit():
        return _digits(text, today)
    parts = re.fullmatch(r"(\d{4}|\d{2})[年.\-/、,—_](\d{1,2})(?:[月.\-/、,—_](\d{1,2})?(?:日|号)?)?\.?", text)
    if parts and (len(parts[1]) == 4 or parts[3] or "年" in text or int(parts[1]) > 12):
        year = int(parts[1]) if len(parts[1]) == 4 else _century(int(parts[1]), today)
        return _make(year, int(parts[2]), int(parts[3]) if parts[3] else None, shown=value)
    if year_only := re.fullmatch(r"(\d{4}|\d{2})年", text):
        year = int(year_only[1]) if len(year_only[1]) == 4 else _century(int(year_only[1]), today)
        return _make(year, shown=value)
    if parts := re.fullmatch(r"(\d{1,2})[月.\-/、](\d{1,2})(?:日|号)?", text):
        return _make(today.year, int(parts[1]), int(parts[2]), shown=value)
    if parts := re.fullmatch(r"(\d{1,2})月(?:份)?", text):
        return _make(today.year, int(parts[1]), shown=value)
    raise _bad(value)


def _digits(text: str, today: date) -> str:
    if len(text) == 8:
        return _make(int(text[:4]), int(text[4:6]), int(text[6:]), shown=text)
    if len(text) == 6:
        if text[:2] in ("19", "20") and 1 <= int(text[4:]) <= 12:
            return _make(int(text[:4]), int(text[4:]), shown=text)
        return _make(_century(int(text[:2]), today), int(text[2:4]), int(text[4:]), shown=text)
    if len(text) == 5 and int(text) in _SERIALS:
        return (_EPOCH + timedelta(days=int(text))).isoformat()
    if len(text) == 4:
        if 1900 <= int(text) <= today.year + 10:
            return _make(int(text), shown=text)
        return _make(today.year, int(text[:2]), int(text[2:]), shown=text)
    raise _bad(text)


def _number(value: int | float, today: date) -> str:
    if not 0 <= value < 1e9:  # NaN too
        raise _bad(value)
    whole = int(value)
    if value == whole:
        if 1900 <= whole <= today.year + 10:
            return _make(whole, shown=whole)
        if whole in _SERIALS:
            return (_EPOCH + timedelta(days=whole)).isoformat()
        if len(str(whole)) in (6, 8):
            return _digits(str(whole), today)
        raise _bad(whole)
    if 1900 <= value < today.year + 11 or value < 13:
        text = repr(float(value))
        after = text.partition(".")[2]
        lost = ("1",) if value >= 1900 else ("1", "2", "3")
        # 1985.10 typed as a number is stored as 1985.1: January or October, nobody can tell any more.
        if after in lost:
            raise RuleError("date.ambiguous", f"“{text}”存成了数字，末尾的 0 可能丢了，请按文本重新填写日期。")
        return parse(text, today)
    if whole in _SERIALS:
        return (_EPOCH + timedelta(days=whole)).isoformat()
    raise _bad(value)


def full(text: str) -> date | None:
    """The day of a stored date, or None when only its month or year is known."""
    return date.fromisoformat(text) if len(text) == 10 else None


def show(text: str) -> str:
    """A stored date as people read it: 1985年3月5日, 1985年3月, 1985年."""
    parts = [int(part) for part in text.split("-")]
    return "".join(f"{part}{unit}" for part, unit in zip(parts, "年月日", strict=False))
