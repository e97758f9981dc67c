"""The month's figures (models/services/reporting.py) as cells of the report that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from forms.base import Cell as Printed
from models.services import registers, reporting
from models.services.filling import Subject, fills, fills_rows
from resources import codes


def _report(s: Subject) -> reporting.Report:
    return reporting.figures(s.desk, ((s.extra or {}).get("ask.month") or "").strip())


@fills("report.month", "月份")
def _month(s: Subject) -> str:
    year, month = _report(s).month.split("-")
    return f"{year}年{int(month)}月"


@fills("report.items", "本月诉求事项")
def _items(s: Subject) -> str:
    return "；".join(f"{name} {sum(counts.values())} 件" for name, counts in _report(s).items.values()) or "无"


@fills("report.satisfaction", "回访满意程度")
def _satisfaction(s: Subject) -> str:
    found, table = _report(s).satisfaction, codes.table("satisfaction")
    if not any(found.values()):
        return "本月没有回访"
    return "，".join(f"{table.label(code) if code else '其他'} {count} 件" for code, count in found.items())


def _line(figures: reporting.Line) -> dict[str, Printed]:
    return {name: Printed(name, str(value)) for name, value in asdict(figures).items()}


@fills_rows("report.places")
def _places(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    return [
        {"no": Printed("序号", str(n)), "place": Printed("地方", registers.place(code.ljust(12, "0"))), **_line(line)}
        for n, (code, line) in enumerate(_report(s).places.items(), 1)
    ]


@fills_rows("report.total")
def _total(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    return [_line(_report(s).total)]
