"""The rules in force at a place: the shipped catalogue and calendar with what its county and its city have published over them.

A server may hold what several counties published, each for itself. So nothing here is asked without a place: the code of an
office, of a division or of a county (its first six digits, as every row has them).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from models import catalog
from models.errors import GuiyanError
from models.records import parse_json
from models.tables import ENTITIES


@lru_cache(maxsize=16)  # a city's server folds for each of its counties in turn
def _load(bodies: tuple[str, ...], withdrawn: tuple[str, ...]) -> catalog.Catalog:
    try:
        return catalog.load([parse_json(b) for b in bodies], [parse_json(b) for b in withdrawn])
    except GuiyanError:
        # One amendment that this version cannot read must not take the others with it, nor the shipped items.
        return catalog.load([parse_json(b) for b in bodies if _reads(b)], [parse_json(b) for b in withdrawn if _reads(b)])


def _reads(body: str) -> bool:
    try:
        catalog.load([parse_json(body)])
    except GuiyanError:
        return False
    return True


def publishers(place: str) -> tuple[str, str]:
    """The county columns of what is published to a place: its own county's, and its city's."""
    return place[:6], f"{place[:4]}00"


def published_to(entity: str, place: str) -> ColumnElement[bool]:
    """The rows of a published entity that hold at a place."""
    return ENTITIES[entity].table.c.county.in_(publishers(place))


def holds_in(table: Table, publisher: Any) -> ColumnElement[bool]:
    """The rows of another table for which what a publisher (the county column of a published row, or its value) said holds."""
    return or_(table.c.county == publisher, func.substr(table.c.county, 1, 4) + "00" == publisher)


def catalogue(conn: Connection, place: str) -> catalog.Catalog:
    """The catalogue with the amendments that were published to a place, and those that were taken back. Of one edition the
    county's own word stands before the city's, whichever came first: cases may rest on it."""
    table = ENTITIES["amendment"].table
    wanted = published_to("amendment", place) & table.c.body.is_not(None)
    query = select(table.c.body, table.c.deleted).where(wanted).order_by(table.c.county, table.c.born)
    found = conn.execute(query).all()
    return _load(tuple(r.body for r in found if not r.deleted), tuple(r.body for r in found if r.deleted))


def item_names(conn: Connection, place: str) -> dict[str, str]:
    """The names of the items at a place, by code: the newest edition's."""
    return {i.code: i.name for i in catalogue(conn, place)}


def calendar(conn: Connection, place: str) -> Mapping[date, bool]:
    """The working days that were published to a place: date → is it one. The newest word on a day stands."""
    table = ENTITIES["calendar_day"].table
    wanted = published_to("calendar_day", place) & table.c.deleted.is_(False)
    rows = conn.execute(select(table.c.on, table.c.workday).where(wanted).order_by(table.c.changed))
    found: dict[date, bool] = {}
    for r in rows:
        if r.workday is not None:
            with suppress(ValueError):  # a month, or the 31st of one that has 30: no day that anybody counts
                found[date.fromisoformat(r.on)] = bool(r.workday)
    return found
