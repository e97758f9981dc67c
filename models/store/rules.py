"""The rules in force in a database: the shipped catalogue and calendar with the county's amendments over them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, select

from models import catalog
from models.errors import GuiyanError
from models.records import parse_json
from models.tables import ENTITIES


@lru_cache(maxsize=4)
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


def catalogue(conn: Connection) -> catalog.Catalog:
    """The catalogue with the amendments that the county has published to this database, and those it took back."""
    table = ENTITIES["amendment"].table
    query = select(table.c.body, table.c.deleted).where(table.c.body.is_not(None)).order_by(table.c.born)
    found = conn.execute(query).all()
    return _load(tuple(r.body for r in found if not r.deleted), tuple(r.body for r in found if r.deleted))


def calendar(conn: Connection) -> Mapping[date, bool]:
    """The county's own working days: date → is it one. The newest word on a day stands."""
    table = ENTITIES["calendar_day"].table
    rows = conn.execute(select(table.c.on, table.c.workday).where(table.c.deleted.is_(False)).order_by(table.c.changed))
    found: dict[date, bool] = {}
    for r in rows:
        if r.workday is not None:
            with suppress(ValueError):  # a month, or the 31st of one that has 30: no day that anybody counts
                found[date.fromisoformat(r.on)] = bool(r.workday)
    return found
