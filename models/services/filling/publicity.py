"""What a 村级公示 says: its rows, its sums, its days and who signs. Only what may hang on a wall is handed over at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from forms.base import Cell as Printed
from models.base import local_date
from models.errors import RuleError
from models.services import requests, specs
from models.services.desk import office_name
from models.services.filling import Subject, about, cell, fills, fills_rows
from models.types import dates, money
from resources import divisions

_LARGEST = 10**10  # 分: a sum above it is an account or a telephone in the wrong place
_LONGEST = 60  # working days
_USUAL = "5"  # working days of a publicity


@dataclass(frozen=True, slots=True)
class _Award:
    """What one line says of one person: words, and 分 when it names a sum."""

    words: str = ""
    cents: int | None = None


def _typed(s: Subject, name: str) -> str:
    return ((s.extra or {}).get(f"ask.{name}") or "").strip()


def _awards(s: Subject) -> list[_Award | None]:
    """For each person the line that begins with the name; two of one name are told apart by their order.

    Raises RuleError for a line that fits nobody: a sum that was typed may not be lost. It names the line, not its text,
    for a sentence that is shown may end in a log.
    """
    names = [str(p.name) for p in s.people]
    waiting = [[n for n, name in enumerate(names) if name == one] for one in names]
    found: list[_Award | None] = [None] * len(names)
    for number, line in enumerate(_typed(s, "amounts").split("\n"), 1):
        if not line.strip():
            continue
        name = max((n for n in names if line.strip().startswith(n)), key=len, default="")
        free = [n for n in waiting[names.index(name)] if found[n] is None] if name else []
        if not free:
            raise RuleError(
                "public.name", f"“金额”第 {number} 行的姓名不在所选人员中，或者该人已经写过一行。请核对姓名后再打印。"
            )
        found[free[0]] = _award(line.strip().removeprefix(name), number)
    return found


def _award(text: str, number: int) -> _Award:
    """'一次性开业补贴 5000' is words and a sum; without a sum at its end it is words."""
    parts = [part for part in re.split(r"[\s，：:]+", text) if part]
    if not parts:
        return _Award()
    try:
        cents = money.parse(parts[-1])
    except RuleError as e:
        if e.code == "money.format":
            return _Award(" ".join(parts))
        raise RuleError(e.code, f"“金额”第 {number} 行：{e.sentence}") from e
    if not 0 < cents <= _LARGEST:
        raise RuleError(
            "public.sum", f"“金额”第 {number} 行的金额不在 0 到 1 亿元之间，请核对是否把电话、账号填成了金额。没有打印。"
        )
    return _Award(" ".join(parts[:-1]), cents)


@fills_rows("public.people")
def _people(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """no, name, village, words, sum; nothing else of a person is known to this paper."""
    awards, usual = _awards(s), _typed(s, "standard")
    sums = any(a and a.cents is not None for a in awards)
    out = []
    for n, (person, award) in enumerate(zip(s.people, awards, strict=True), 1):
        one = Subject(s.desk, person)
        said = (award.words if award else "") or usual
        cents = award.cents if award else None
        made = {
            "no": Printed("序号", str(n)),
            "name": cell(one, "person.name"),
            "village": cell(one, "person.village_short"),
            "words": Printed("事项（标准）", said),
            # Where others have a sum, the lack of one is said; where nobody has, there is no such column.
            "sum": Printed("金额", "", "u" if sums else "k") if cents is None else Printed("金额", money.show(cents)),
        }
        out.append({w: made[w] for w in wants} | about(person))
    return out


@fills("public.total", "合计")
def _total(s: Subject) -> str | None:
    """'' when there are no sums. In figures and in the characters of payment papers."""
    known = [a.cents for a in _awards(s) if a and a.cents is not None]
    if not known:
        return ""
    return f"{money.show(sum(known))}元（大写：{money.capital(sum(known))}）"


def _start(s: Subject) -> str:
    """The ISO day on which it is put up. The sentence of a refusal does not say what was typed, as for the sums."""
    typed = _typed(s, "from")
    try:
        day = dates.parse(typed, local_date()) if typed else local_date().isoformat()
    except RuleError as e:
        raise RuleError("public.from", "公示开始日期看不懂，请写成 2026年12月1日 或 2026-12-01，或者留空用当天。") from e
    if dates.full(day) is None:
        raise RuleError("public.from", "公示开始日期要写到日，例如 2026年12月1日。")
    return day


@fills("public.date", "公示日期")
def _date(s: Subject) -> str | None:
    return specs.long_date(_start(s))


@fills("public.period", "公示时间")
def _period(s: Subject) -> str | None:
    """From the day it is put up to the last working day of the period, which is counted from the next day on."""
    typed = _typed(s, "days") or _USUAL
    if not typed.isdecimal() or not 1 <= int(typed) <= _LONGEST:
        raise RuleError("public.days", f"公示期要写 1 到 {_LONGEST} 之间的工作日数，例如 5。")
    start = dates.full(_start(s)) or local_date()
    until, forecast = requests.due(s.desk, start, int(typed))
    guessed = "，按预测日历" if forecast else ""
    return f"{specs.long_date(start)}至{specs.long_date(until)}（{int(typed)}个工作日，自公示次日起计算{guessed}）"


@fills("public.sign", "落款")
def _sign(s: Subject) -> str | None:
    """The committee of the village that everybody on the list belongs to; of several villages the office itself."""
    found = Counter(p.village for p in s.people)
    village = divisions.get(next(iter(found))) if len(found) == 1 else None
    if village is None or village.level is not divisions.Level.VILLAGE:
        return office_name(s.desk)
    town = divisions.get(village.township)
    return (town.name if town else "") + _committee(village.name)


def _committee(name: str) -> str:
    """村民委员会 in full, as it stands on its seal."""
    for short, full in (("村委会", "村村民委员会"), ("居委会", "居民委员会")):
        if name.endswith(short):
            return name.removesuffix(short) + full
    return name
