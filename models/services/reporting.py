"""月报: what an office has done in a month, counted in the database, and as a workbook to print and sign.

Everything is counted over what is recorded when the report is made: a visit that is entered late changes the report of its
month, and a case that was taken up again is no longer closed. Dates are Chinese legal dates.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, and_, case, distinct, exists, func, or_, select, type_coerce

from models.base import CHINA, local_date, stamp
from models.catalog import flow
from models.errors import RuleError
from models.scope import Level
from models.services.desk import Desk
from models.services.exporting import heading, noted
from models.services.ledgers import Column, Written, written
from models.services.registers import place, standing
from models.services.requests import OPEN
from models.store import rules
from models.tables import ENTITIES
from resources import codes

_PERSON, _CONTACT, _REQUEST, _EVENT = (ENTITIES[n].table for n in ("person", "contact", "request", "request_event"))
_BACK = ("returnee", "venturer")
_DIGITS = {Level.VILLAGE: 12, Level.TOWNSHIP: 12, Level.CITY: 6}  # of what a line is about; a county's is a township


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one village, for a county of one township.

    people, returnees, open, overdue: at the end of the month; the others: in it. visited: persons, each once. late: of
    closed, those after their day; what had none is on time.
    """

    people: int = 0
    registered: int = 0
    returnees: int = 0
    returned: int = 0
    visits: int = 0
    visited: int = 0
    received: int = 0
    accepted: int = 0
    closed: int = 0
    on_time: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """month: YYYY-MM; places: code → figures, by code; total: their sum; items: code → (name, {state → how many}) of the
    requests that were made in the month, as they stand now; satisfaction: code → how many of those called back,
    '' for answers that are none of the table's."""

    month: str
    places: Mapping[str, Line]
    items: Mapping[str, tuple[str, Mapping[str, int]]]
    satisfaction: Mapping[str, int]
    total: Line = field(init=False)

    def __post_init__(self) -> None:
        sums = (sum(column) for column in zip(*map(astuple, self.places.values()), strict=True))
        object.__setattr__(self, "total", Line(*sums) if self.places else Line())


@dataclass(frozen=True, slots=True)
class _Month:
    first: date
    after: date  # the first day that is no longer in it

    def has(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Whether a date lies in the month; one that is known to the month does, one known to the year does not."""
        return and_(column >= f"{self.first:%Y-%m}", column < f"{self.after:%Y-%m}")

    @staticmethod
    def moment(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=CHINA)


def _month(text: str) -> _Month:
    today = local_date()
    text = text or f"{today:%Y-%m}"
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        raise RuleError("month.wrong", f"“{text}”不是月份，请写成 2026-11。")
    first = date(int(text[:4]), int(text[5:]), 1)
    if first > today:
        raise RuleError("month.coming", f"{first.year}年{first.month}月还没有到，没有月报。")
    return _Month(first, (first + timedelta(days=31)).replace(day=1))


def _born(day: date) -> str:
    """The smallest hybrid stamp of a record that was made on or after this day."""
    return f"{int(_Month.moment(day).timestamp() * 1000):012x}"


def figures(desk: Desk, month: str = "") -> Report:
    """The report of a month (YYYY-MM, this one when ''). Raises RuleError month.wrong or month.coming."""
    during = _month(month)
    digits = _DIGITS.get(desk.level, 9)
    with desk.store.read() as conn:
        found = _people(conn, digits, during), _visits(conn, digits, during), _cases(conn, digits, during)
        names = rules.item_names(conn, desk.office)
        items, satisfaction = _items(conn, during, names), _satisfaction(conn, during)
    keys = sorted({key for part in found for key in part})
    places = {key: Line(**{n: v for part in found for n, v in part.get(key, {}).items()}) for key in keys}
    return Report(f"{during.first:%Y-%m}", places, items, satisfaction)


def _sums(
    conn: Connection, table: Any, digits: int, counted: Mapping[str, ColumnElement[Any]], *where: ColumnElement[bool]
) -> dict[str, dict[str, int]]:
    """{place: {name: count}} of the rows that are not deleted; a place whose counts are all nothing is left out."""
    key = func.substr(table.c.village, 1, digits).label("key")
    query = select(key, *(c.label(n) for n, c in counted.items())).where(table.c.deleted.is_(False), *where).group_by(key)
    found = {row["key"]: {n: int(row[n] or 0) for n in counted} for row in conn.execute(query).mappings()}
    return {k: v for k, v in found.items() if any(v.values())}


def _many(condition: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((condition, 1), else_=0))


def _people(conn: Connection, digits: int, during: _Month) -> dict[str, dict[str, int]]:
    p = _PERSON.c
    back = p.kind.in_(_BACK)
    counted = {"people": func.count(), "registered": _many(p.born >= _born(during.first)), "returnees": _many(back),
               "returned": _many(and_(back, during.has(p.back_on)))}  # fmt: skip
    return _sums(conn, _PERSON, digits, counted, p.born < _born(during.after))


def _visits(conn: Connection, digits: int, during: _Month) -> dict[str, dict[str, int]]:
    counted = {"visits": func.count(), "visited": func.count(distinct(_CONTACT.c.person_id))}
    return _sums(conn, _CONTACT, digits, counted, during.has(_CONTACT.c.on), *standing())


def _cases(conn: Connection, digits: int, during: _Month) -> dict[str, dict[str, int]]:
    r = _REQUEST.c
    last = min(local_date(), during.after - timedelta(days=1)).isoformat()
    closed = during.has(r.closed_on)
    late = and_(closed, func.coalesce(r.closed_on > r.due_on, False))
    # What was closed since was still open then.
    still = or_(r.state.in_(OPEN), r.closed_on >= during.after.isoformat())
    counted = {
        "received": _many(during.has(r.received_on)), "accepted": _many(during.has(r.accepted_on)), "closed": _many(closed),
        "late": _many(late), "on_time": _many(closed) - _many(late), "open": _many(still),
        "overdue": _many(and_(still, r.due_on < last)),
    }  # fmt: skip
    return _sums(conn, _REQUEST, digits, counted, r.state != "draft", r.received_on < during.after.isoformat())


def _items(conn: Connection, during: _Month, names: Mapping[str, str]) -> dict[str, tuple[str, Mapping[str, int]]]:
    r = _REQUEST.c
    where = (r.deleted.is_(False), r.state != "draft", during.has(r.received_on))
    query = select(r.item, r.state, func.count()).where(*where).group_by(r.item, r.state).order_by(r.item)
    found: dict[str, dict[str, int]] = {}
    for item, state, n in conn.execute(query):
        found.setdefault(item, {})[state] = n
    return {item: (names.get(item, item), states) for item, states in found.items()}


def _satisfaction(conn: Connection, during: _Month) -> dict[str, int]:
    """The last call back of each request in the month, unless the office that wrote it took it back."""
    e, back = _EVENT.c, _EVENT.alias("back")
    said = type_coerce(e.data, JSON)["satisfaction"].as_string()
    taken = exists().where(
        back.c.request_id == e.request_id, back.c.kind == "retract", back.c.office == e.office,
        type_coerce(back.c.data, JSON)["event"].as_string() == e.id,
    )  # fmt: skip
    start, end = (stamp(_Month.moment(day)) for day in (during.first, during.after))
    place_in_line = func.row_number().over(partition_by=e.request_id, order_by=(e.at.desc(), e.id.desc())).label("n")
    latest = (
        select(said.label("said"), place_in_line)
        .where(e.deleted.is_(False), e.kind == "revisit", e.at >= start, e.at < end, ~taken)
        .subquery()
    )
    query = select(latest.c.said, func.count()).where(latest.c.n == 1).group_by(latest.c.said)
    table = codes.table("satisfaction")
    found = {row.code: 0 for row in table}
    for code, n in conn.execute(query):
        key = code if code in table else ""
        found[key] = found.get(key, 0) + n
    return found


_HEADS = (
    ("登记人员", "期末在册"), ("登记人员", "本月新增"), ("返乡人员", "期末在册"), ("返乡人员", "本月返乡"), ("联系走访", "次数"), ("联系走访", "人数"),
    ("诉求", "本月提出"), ("诉求", "本月受理"), ("诉求", "本月办结"), ("诉求", "按期办结"), ("诉求", "超期办结"), ("诉求", "期末在办"), ("诉求", "期末超期"),
)  # fmt: skip
_WIDE = 9
_NOTES = (
    "按填报时登记的内容统计；补登、撤回、重新办理的，会改变以前月份的数字。",
    "返乡人员包括返乡创业人员；本月返乡按返乡时间计，只登记到年份的不计。撤回的走访不计。",
    "本月办结＝按期办结＋超期办结；没有办理期限的计入按期。超期按应办结日期计。",
    "满意程度取本月内每件诉求最后一次回访。",
)


def export(desk: Desk, path: Path, month: str = "") -> int:
    """The report as a workbook; returns how many places it tells of."""
    report = figures(desk, month)
    noted(desk, "request", len(report.places), f"month {report.month}")
    what = "村（社区）" if desk.level in (Level.VILLAGE, Level.TOWNSHIP) else "乡镇（街道）"
    front = [Column("序号", 5), Column(what, 20)]
    columns = [*front, *(Column(head, _WIDE, group) for group, head in _HEADS)]
    title = f"返乡创业服务月报（{int(report.month[:4])}年{int(report.month[5:])}月）"
    with written(path, title, heading(desk), columns, fixed=2) as book:
        for n, (code, line) in enumerate(report.places.items(), 1):
            book.add([Written(n), Written(place(code.ljust(12, "0"))), *map(Written, astuple(line))])
        book.add([Written(""), Written("合计"), *map(Written, astuple(report.total))])
        states = [s for s in flow.flow().states if s != "draft"]
        heads = [Column(flow.state_label(s), _WIDE, "现在的状态") for s in states]
        book.table("二、本月提出的诉求", [front[0], Column("事项", 20), Column("件数", _WIDE), *heads])
        for n, (name, counts) in enumerate(report.items.values(), 1):
            book.add([Written(n), *_counted(name, counts, states)])
        together = {s: sum(counts.get(s, 0) for _, counts in report.items.values()) for s in states}
        book.add([Written(""), *_counted("合计", together, states)])
        book.table("三、回访满意程度", [front[0], Column("满意程度", 20), Column("件数", _WIDE)])
        for n, (code, count) in enumerate(report.satisfaction.items(), 1):
            book.add([Written(n), Written(codes.table("satisfaction").label(code) if code else "其他"), Written(count)])
        book.add([Written(""), Written("合计"), Written(sum(report.satisfaction.values()))])
        book.explain(_NOTES)
        book.line("单位负责人：                              填表人：                              （单位盖章）", height=36)
    return len(report.places)


def _counted(name: str, counts: Mapping[str, int], states: Sequence[str]) -> list[Written]:
    return [Written(name), Written(sum(counts.values())), *(Written(counts.get(s, 0)) for s in states)]
