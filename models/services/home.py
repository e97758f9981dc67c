"""今日: what waits for this clerk, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import Connection, exists, func, select

from models.base import local_date
from models.catalog import flow
from models.catalog.workdays import workdays_between
from models.records import Cell
from models.services import conflicts, drafts, scan_tray
from models.services.desk import Desk
from models.services.drafts import Draft
from models.services.refusals import owners_of
from models.services.requests import OPEN
from models.services.titles import titles_of
from models.store import bulk, outbox, rules
from models.tables import ENTITIES
from models.tables.system import EVENT

MOST = 200
_AHEAD = timedelta(days=30)  # three working days lie within it, whatever holidays there are


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do. on: its day (ISO) or ''; days: working days overdue (positive) or left (negative or 0)."""

    title: str
    detail: str
    entity: str
    record_id: str
    on: str = ""
    days: int = 0
    forecast: bool = False


@dataclass(frozen=True, slots=True)
class Today:
    """unsent: how many changes have no receipt; unsent_of: the records they are of, the newest first; revisit: closed, and
    nobody has asked yet how it went, where this office may; anybody: whether a person is here at all. At most 200 lines a list."""

    on: str
    overdue: list[Line] = field(default_factory=list)
    due: list[Line] = field(default_factory=list)
    waiting: list[Line] = field(default_factory=list)
    call_back: list[Line] = field(default_factory=list)
    answered: list[Line] = field(default_factory=list)
    revisit: list[Line] = field(default_factory=list)
    unsent_of: list[Line] = field(default_factory=list)
    drafts: list[Line] = field(default_factory=list)
    conflicts: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)
    unsent: int = 0
    anybody: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests that are late, and those whose last day is today, as far as this office has something to do about them."""

    late: int
    today: int


def waiting(desk: Desk, on: date | None = None) -> Waiting:
    """Cheap enough to be asked after every save. on: the legal day, today when None."""
    request, day = ENTITIES["request"].table, (on or local_date()).isoformat()
    # A request that has its answer waits only for whoever may close it.
    states = OPEN if flow.may_write("close", desk.level.value) else tuple(s for s in OPEN if s != "replied")
    query = (
        select(request.c.due_on < day, func.count())
        .where(request.c.deleted.is_(False), request.c.state.in_(states), request.c.due_on <= day)
        .group_by(request.c.due_on < day)
    )
    with desk.store.read() as conn:
        found = {bool(late): count for late, count in conn.execute(query)}
    return Waiting(found.get(True, 0), found.get(False, 0))


def _call_back(conn: Connection, on: date) -> list[Line]:
    """Who was to be called again by this day and has not been. A visit that was taken back neither asks nor answers."""
    contact, person = ENTITIES["contact"].table, ENTITIES["person"].table
    back = contact.alias("back")
    stands = (contact.c.deleted.is_(False), contact.c.retracts.is_(None), ~exists().where(back.c.retracts == contact.c.id))
    latest = (
        select(contact.c.person_id, func.max(contact.c.on).label("on")).where(*stands).group_by(contact.c.person_id).subquery()
    )
    query = (
        select(contact.c.person_id, contact.c.next_on, contact.c.text, person.c.name)
        .join(person, person.c.id == contact.c.person_id)
        .join(latest, latest.c.person_id == contact.c.person_id)
        .where(contact.c.next_on <= on.isoformat(), *stands, person.c.deleted.is_(False), latest.c.on < contact.c.next_on)
        .order_by(contact.c.next_on)
        .limit(MOST)
    )
    return [Line(r.name or "", (r.text or "")[:60], "person", r.person_id, r.next_on) for r in conn.execute(query)]


def _to_revisit(conn: Connection, desk: Desk, items: Mapping[str, str]) -> list[Line]:
    if not flow.may_write("revisit", desk.level.value):
        return []
    request, person = (ENTITIES[n].table for n in ("request", "person"))
    query = (
        select(request.c.id, request.c.item, request.c.closed_on, person.c.name)
        .join(person, person.c.id == request.c.person_id)
        .where(request.c.deleted.is_(False), request.c.state == "closed")
        .order_by(request.c.closed_on)
        .limit(MOST)
    )
    rows = conn.execute(query)
    return [Line(r.name or "", items.get(r.item, r.item), "request", r.id, f"{r.closed_on or ''}") for r in rows]


def _unsent(conn: Connection, device: str) -> list[Line]:
    """The records of what has no receipt, each once, under the person or the request whose page shows it."""
    query = (
        select(EVENT.c.entity, EVENT.c.entity_id, func.max(EVENT.c.seq).label("seq"))
        .where(EVENT.c.device == device, EVENT.c.seq > outbox.acked(conn))
        .group_by(EVENT.c.entity, EVENT.c.entity_id)
        .order_by(func.max(EVENT.c.seq).desc())
        .limit(MOST)
    )
    found = [(r.entity, r.entity_id) for r in conn.execute(query)]
    titles, owners = titles_of(conn, found), owners_of(conn, found)
    return [Line(titles.get(i, ""), ENTITIES[e].label, *owners[i]) for e, i in found if i in owners]


def _drafts(conn: Connection, desk: Desk, items: Mapping[str, str]) -> list[Line]:
    """Whom each draft is about, what it is and, when it was not this clerk, who began it. items: their names by code."""
    request, person = (ENTITIES[n].table for n in ("request", "person"))
    found = drafts.newest(conn, MOST)
    wanted = bulk.among(request.c.id, [_said(d, "request_id") for d in found])
    cases = {r.id: r for r in conn.execute(select(request.c.id, request.c.person_id, request.c.item).where(wanted))}
    who, kinds = dict[str, str](), dict[str, str]()
    for d in found:
        case = cases.get(_said(d, "request_id"))
        who[d.id] = (d.record_id or "" if d.entity == "person" else _said(d, "person_id")) or (case.person_id if case else "")
        item = items.get(case.item if case else _said(d, "item"), "")
        kinds[d.id] = "修改资料" if d.entity == "person" and d.record_id else _DRAFTS.get(d.entity, "").format(item).strip()
    known = bulk.among(person.c.id, list(who.values()))
    names = {r.id: r.name for r in conn.execute(select(person.c.id, person.c.name).where(known))}
    lines = []
    for d in found:
        if d.entity == "amendment":
            title = items.get(_said(d, "item"), "")
        elif d.entity == scan_tray.TRAY:
            title = _said(d, "title")
        else:
            title = names.get(who[d.id]) or _said(d, "name") or ("新人员" if d.entity == "person" else "未选诉求人")
        by = "" if d.account == desk.account else f"（{d.account}起草）"
        lines.append(Line(title, kinds[d.id] + by, d.entity, d.id, d.changed_at))
    return lines


# What a draft is, by its entity; {} is the item that it is about.
_DRAFTS = {
    scan_tray.TRAY: "待归档的扫描件",
    "person": "登记人员",
    "contact": "走访",
    "request": "诉求 {}",
    "request_event": "办理意见 {}",
    "referral": "承办意见 {}",
    "amendment": "事项修订",
}


def _said(draft: Draft, name: str) -> str:
    return str(draft.cells.get(name, Cell()).value or "")


def today(desk: Desk, on: date | None = None) -> Today:
    """on: the legal day, today when None. due: until three working days ahead; waiting: submitted, not yet accepted."""
    on = on or local_date()
    request, person = (ENTITIES[n].table for n in ("request", "person"))
    made = Today(on.isoformat())
    mine = [c for c in conflicts.open_list(desk) if c.mine]
    made.conflicts.extend(Line(c.title, f"{c.label}  {c.other_by}", "conflict", c.id) for c in mine[:MOST])
    with desk.store.read() as conn:
        calendar = rules.calendar(conn, desk.office)
        names = rules.item_names(conn, desk.office)
        query = (
            select(request.c.id, request.c.item, request.c.state, request.c.due_on, request.c.due_forecast, person.c.name)
            .join(person, person.c.id == request.c.person_id)
            .where(request.c.deleted.is_(False), request.c.state.in_(OPEN))
            # What is due in a month is not asked for: it would push out what waits for acceptance and has no day yet.
            .where(request.c.state.in_(("submitted", "replied")) | (request.c.due_on < (on + _AHEAD).isoformat()))
            .order_by(request.c.due_on.asc().nulls_last(), request.c.born)
        )
        for r in conn.execute(query):
            days = 0
            if r.due_on:
                until = date.fromisoformat(r.due_on)
                days = workdays_between(until, on, calendar) if until < on else -workdays_between(on, until, calendar)
            line = Line(r.name or "", names.get(r.item, r.item), "request", r.id, r.due_on or "", days, bool(r.due_forecast))
            kind: list[Line] | None = None
            if r.state == "replied":
                kind = made.answered
            elif r.due_on and r.due_on < on.isoformat():
                kind = made.overdue
            elif r.due_on and -days <= 3:
                kind = made.due
            elif r.state == "submitted":
                kind = made.waiting
            if kind is not None and len(kind) < MOST:
                kind.append(line)
        made.call_back.extend(_call_back(conn, on))
        made.drafts.extend(_drafts(conn, desk, names))
        made.revisit.extend(_to_revisit(conn, desk, names))
        made.unsent_of.extend(_unsent(conn, desk.store.identity.device))
        refused = conn.execute(
            select(EVENT.c.entity, EVENT.c.entity_id)
            .where(EVENT.c.device == desk.store.identity.device, EVENT.c.status == "refused")
            .distinct()
            .limit(MOST)
        ).all()
        titles = titles_of(conn, [(r.entity, r.entity_id) for r in refused])
        owners = owners_of(conn, [(r.entity, r.entity_id) for r in refused])
        made.refused.extend(
            Line(titles.get(r.entity_id, ""), ENTITIES[r.entity].label, *owners.get(r.entity_id, (r.entity, r.entity_id)))
            for r in refused
        )
        unsent = outbox.pending(conn)
        anybody = conn.execute(select(person.c.id).where(person.c.deleted.is_(False)).limit(1)).first() is not None
    return replace(made, unsent=unsent, anybody=anybody)
