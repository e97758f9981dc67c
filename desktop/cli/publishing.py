"""The county's two commands: amend and calendar. Both list what is in force with the word list in place of a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from desktop.cli.commands import Outcome, opened
from models.catalog.days import Day
from models.services import calendars, publishing

STATES = {"now": "现行", "later": "尚未施行", "past": "已被取代", "withdrawn": "已撤回"}
YEARS = {"state": "全国日历", "county": "县级已发布", "city": "市级已发布", "part": "不全，仍按预测", "forecast": "按预测日历"}


def amend(args: argparse.Namespace) -> Outcome:
    if args.file == "list":
        with opened(args) as desk:
            found = publishing.editions(desk)
        data = [_edition(e) for e in found]
        lines = [
            f"{d['code']}  {d['valid_from']}  {d['days']} 个工作日  {STATES[d['state']]}  {d['name']}  {d['by']}" for d in data
        ]
        return data, "\n".join(lines)
    path = Path(args.file)
    with opened(args) as desk:
        text = publishing.text_of(path)
        items = publishing.read(desk, text, path.name, new=args.new)
        ids = [] if args.dry_run else [r.id for r in publishing.amend(desk, text, path.name, new=args.new)]
    data = [{"code": i.code, "name": i.name, "valid_from": i.edition, "days": i.clock.days} for i in items]
    verb = "核对无误，没有发布" if args.dry_run else "已发布，下次同步后各乡镇使用"
    said = "\n".join(f"{d['name']}（{d['code']}）：自 {d['valid_from']} 起施行，{d['days']} 个工作日。" for d in data)
    return {"published": ids, "editions": data}, f"{said}\n{verb}；此前登记的诉求仍按原版本办理。"


def _edition(edition: publishing.Edition) -> dict[str, Any]:
    item = edition.item
    return {
        "code": item.code, "name": item.name, "valid_from": item.edition, "valid_to": item.valid_to.isoformat() if item.valid_to else None,
        "days": item.clock.days, "state": edition.state, "by": edition.by, "at": edition.at, "id": edition.record_id,
    }  # fmt: skip


def calendar(args: argparse.Namespace) -> Outcome:
    if args.file == "list":
        with opened(args) as desk:
            years = [y for y in calendars.years(desk) if args.year in (None, y.year)]
        return [_year(y) for y in years], "\n".join(_year_line(y) for y in years) or "没有这一年的日历。"
    if args.file == "-":
        raw = sys.stdin.buffer.read() if sys.stdin is not None else b""
        text, name = publishing.decoded(raw), "标准输入"
    else:
        text, name = calendars.text_of(Path(args.file)), Path(args.file).name
    with opened(args) as desk:
        plan = calendars.read(desk, text, name, year=args.year, source=args.source)
        if not args.dry_run:
            plan = calendars.publish(desk, plan.days)
    data = {
        "days": [_day(d) for d in plan.days], "new": plan.new, "changed": plan.changed, "same": plan.same,
        "lacking": {str(y): [d.isoformat() for d in days] for y, days in plan.lacking.items()},
    }  # fmt: skip
    verb = "核对" if args.dry_run else "发布"
    lines = [f"{verb} {len(plan.days)} 天：新增 {plan.new}，改动 {plan.changed}，相同 {plan.same}。"]
    lines += [lacking_sentence(year, days) for year, days in plan.lacking.items()]
    return data, "\n".join(lines)


def lacking_sentence(year: int, days: tuple[Any, ...]) -> str:
    return f"{year} 年还缺法定节日 {'、'.join(map(str, days))}，补齐以前这一年仍按预测日历。"


def _day(day: Day) -> dict[str, Any]:
    return {"date": day.on.isoformat(), "kind": "work" if day.workday else "rest", "name": day.name, "source": day.source}


def _year(year: calendars.Year) -> dict[str, Any]:
    return {"year": year.year, "state": year.state, "by": year.by, "at": year.at, "days": [_day(d) for d in year.days]}


def _year_line(year: calendars.Year) -> str:
    days = [f"  {d.on} {'班' if d.workday else '休'} {d.name} {d.source}".rstrip() for d in year.days]
    return "\n".join([f"{year.year} 年：{YEARS[year.state]} {year.by} {year.at}".rstrip(), *days])
