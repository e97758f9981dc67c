"""A request's state, dates and answer, folded from its events on each side alike (models.catalog.flow)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, or_, select

from models import catalog, scope
from models.catalog import flow
from models.errors import RuleError
from models.records import Record, parse_json
from models.store import bulk, rules
from models.store.derive import derives
from models.store.rows import Row
from models.tables import ENTITIES

# For a request whose edition is not known here (yet): it has no term, and says so by having no due date.
_NO_CLOCK = catalog.Clock(days=0)


def event_view(row: Row) -> flow.EventView:
    said = parse_json(row["data"])
    data = said if isinstance(said, dict) else {}
    if row["text"]:
        data.setdefault("text", row["text"])
    return flow.EventView(row["id"], row["kind"], row["at"], row["office"], scope.level_of(row["office"]).value, data)


def fold_request(conn: Connection, request: Record, events: Sequence[Row]) -> flow.CaseState:
    """Where a request stands after its events."""
    county = request.county
    return _fold(rules.catalogue(conn, county), rules.calendar(conn, county), request.values, events)


def _fold(catalogue: catalog.Catalog, calendar: Mapping[date, bool], request: Row, events: Sequence[Row]) -> flow.CaseState:
    views = [event_view(e) for e in events]
    try:
        clock = catalogue.item(request["item"], edition=request["item_edition"] or "").clock
    except RuleError:
        return replace(flow.fold(views, _NO_CLOCK, calendar), due=None)
    return flow.fold(views, clock, calendar)


@derives("request_event")
def fold_events(conn: Connection, ids: Sequence[str]) -> None:
    event = ENTITIES["request_event"].table
    requests: set[str] = set()
    for part in bulk.parts(ids):
        # A tombstone that came before the step itself tells of no request.
        query = select(event.c.request_id).where(bulk.among(event.c.id, part), event.c.request_id.is_not(None))
        requests |= set(conn.execute(query).scalars())
    fold_requests(conn, sorted(requests))


@derives("request")
def fold_requests(conn: Connection, ids: Sequence[str]) -> None:
    request, event = ENTITIES["request"].table, ENTITIES["request_event"].table
    in_force: dict[str, tuple[catalog.Catalog, Mapping[date, bool]]] = {}  # by county: a server may hold several
    columns = (event.c.id, event.c.request_id, event.c.kind, event.c.at, event.c.text, event.c.data, event.c.office)
    # One without any event that never had one is what it was made as: it need not be read.
    moved = or_(
        request.c.state.is_(None), request.c.state != flow.CaseState().state,
        select(event.c.id).where(event.c.request_id == request.c.id).exists(),
    )  # fmt: skip
    for part in bulk.parts(ids):
        query = select(request.c.id, *(request.c[n] for n in _COLUMNS)).where(bulk.among(request.c.id, part), moved)
        asked = conn.execute(query).mappings().all()
        by_request: dict[str, list[Row]] = {}
        said = select(*columns).where(bulk.among(event.c.request_id, [r["id"] for r in asked]), event.c.deleted.is_(False))
        for row in conn.execute(said).mappings() if asked else ():
            by_request.setdefault(row["request_id"], []).append(row)
        folded: dict[str, dict[str, Any]] = {}
        for row in asked:
            events = by_request.get(row["id"], ())
            county = row["county"]
            if events and county not in in_force:
                in_force[county] = rules.catalogue(conn, county), rules.calendar(conn, county)
            state = _fold(*in_force[county], row, events) if events else flow.CaseState()
            now = _columns(state)
            folded[row["id"]] = {name: value for name, value in now.items() if row[name] != value}
        bulk.update(conn, request, folded)


_FOLDED = ("state", "accepted_on", "due_on", "due_forecast", "closed_on", "reply")
_COLUMNS = ("county", "item", "item_edition", *_FOLDED)


def _columns(state: flow.CaseState) -> dict[str, Any]:
    """A case's state as the columns of its row."""
    return {
        "state": state.state,
        "accepted_on": state.accepted_on.isoformat() if state.accepted_on else None,
        "due_on": state.due.date.isoformat() if state.due else None,
        "due_forecast": state.due.forecast if state.due else None,
        "closed_on": state.closed_on.isoformat() if state.closed_on else None,
        "reply": state.reply or None,
    }


@derives("amendment")
def fold_amended(conn: Connection, ids: Sequence[str]) -> None:
    """Cases that came before the edition they were begun under get their term; no other case changes."""
    request, amendment = ENTITIES["request"].table, ENTITIES["amendment"].table
    for part in bulk.parts(ids):
        same = (request.c.item == amendment.c.item) & (request.c.item_edition == amendment.c.valid_from)
        same &= rules.holds_in(request, amendment.c.county)
        query = select(request.c.id).join(amendment, same).where(bulk.among(amendment.c.id, part))
        fold_requests(conn, sorted(set(conn.execute(query).scalars())))


@derives("calendar_day")
def fold_counted(conn: Connection, ids: Sequence[str]) -> None:
    """Open cases are counted again when their term reaches a day that the county has settled, or rests on a forecast
    that the day may have ended; what is closed stays."""
    request, day = ENTITIES["request"].table, ENTITIES["calendar_day"].table
    first: dict[str, str] = {}  # day, by the county (or city) whose calendar it is
    for part in bulk.parts(ids):
        query = select(day.c.county, func.min(day.c.on).label("on")).where(bulk.among(day.c.id, part), day.c.on.is_not(None))
        for r in conn.execute(query.group_by(day.c.county)):
            first[r.county] = min(first.get(r.county, r.on), r.on)
    wanted: set[str] = set()
    for county, on in first.items():
        reached = (request.c.due_on >= on) | request.c.due_forecast.is_(True)
        waiting = select(request.c.id).where(rules.holds_in(request, county), request.c.closed_on.is_(None), reached)
        wanted |= set(conn.execute(waiting).scalars())
    fold_requests(conn, sorted(wanted))
