"""Small local values by key (identity, server, cursor, preferences). They never travel."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select

from models.records import canonical, parse_json
from models.tables.system import SETTING


def get(conn: Connection, key: str, default: Any = None) -> Any:
    raw = conn.execute(select(SETTING.c.value).where(SETTING.c.key == key)).scalar()
    return default if raw is None else parse_json(raw)


def put(conn: Connection, key: str, value: Any) -> None:
    """None removes the key."""
    conn.execute(delete(SETTING).where(SETTING.c.key == key))
    if value is not None:
        conn.execute(SETTING.insert(), {"key": key, "value": canonical(value)})


def starting_with(conn: Connection, prefix: str) -> dict[str, Any]:
    rows = conn.execute(select(SETTING.c.key, SETTING.c.value).where(SETTING.c.key.startswith(prefix, autoescape=True)))
    return {r.key: parse_json(r.value) for r in rows}
