"""The rules in force in a database: the shipped catalogue and calendar with the county's amendments over them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, select

from models import catalog
from models.errors import GuiyanError
from models.records import parse_json
from models.tables import ENTITIES


@lru_cache(maxsize=4)
def _load(bodies: tuple[str, ...]) -> catalog.Catalog:
    try:
        return catalog.load([parse_json(b) for b in bodies])
    except GuiyanError:
        # One amendment that this version cannot read must not take the others with it, nor the shipped items.
        good = []
        for body in bodies:
            try:
                catalog.load([parse_json(body)])
                good.append(body)
            except GuiyanError:
                continue
        return catalog.load([parse_json(b) for b in good])


def catalogue(conn: Connection) -> catalog.Catalog:
    """The catalogue with the amendments that the county has published to this database."""
    table = ENTITIES["amendment"].table
    query = select(table.c.body).where(table.c.deleted.is_(False), table.c.body.is_not(None)).order_by(table.c.born)
    return _load(tuple(conn.execute(query).scalars()))


def calendar(conn: Connection) -> Mapping[date, bool]:
    """The county's own working days: date → is it one."""
    table = ENTITIES["calendar_day"].table
    rows = conn.execute(select(table.c.on, table.c.workday).where(table.c.deleted.is_(False)).order_by(table.c.changed))
    return {date.fromisoformat(r.on): bool(r.workday) for r in rows if r.workday is not None}

