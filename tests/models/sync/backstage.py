"""Changes behind the program's back: direct SQL on a person, with no event, no audit entry and no mark in the feed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from models.store import rows
from models.store.unit import Store
from models.tables import ENTITIES

PERSON = ENTITIES["person"]
T = PERSON.table


def row_of(store: Store, record_id: str) -> dict[str, Any]:
    with store.read() as conn:
        return dict(conn.execute(select(T).where(T.c.id == record_id)).mappings().one())


def put(store: Store, record_id: str, **columns: object) -> None:
    with store.transaction() as conn:
        conn.execute(update(T).where(T.c.id == record_id), columns)


def put_sealed(store: Store, record_id: str, **columns: object) -> None:
    row = row_of(store, record_id) | columns
    rows.seal(PERSON, row)
    put(store, record_id, **columns, digest=row["digest"])


def drop(store: Store, record_id: str) -> None:
    with store.transaction() as conn:
        conn.execute(delete(T).where(T.c.id == record_id))
