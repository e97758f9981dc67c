"""Drafts: what is typed and not yet complete. Local, saved as typed, never an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from models.base import new_id, stamp
from models.records import Cell, canonical, parse_json
from models.services.desk import Desk
from models.tables.system import DRAFT


@dataclass(frozen=True, slots=True)
class Draft:
    """cells: what was typed, by field name; extra keys that are no fields (village, person_id) stand there too."""

    id: str
    entity: str
    record_id: str | None
    account: str
    cells: Mapping[str, Cell]
    changed_at: str


def put(desk: Desk, draft_id: str, entity: str, record_id: str | None, cells: Mapping[str, Cell]) -> str:
    """Save a draft under its id ('' makes a new one); returns the id. It survives a pulled plug from here on."""
    draft_id = draft_id or new_id()
    with desk.store.transaction() as conn:
        conn.execute(delete(DRAFT).where(DRAFT.c.id == draft_id))
        conn.execute(
            DRAFT.insert(),
            {"id": draft_id, "entity": entity, "record_id": record_id, "account": desk.account,
             "cells": canonical({k: c.wire() for k, c in cells.items()}), "changed_at": stamp()},
        )  # fmt: skip
    return draft_id


def _draft(row: Any) -> Draft:
    cells = {k: Cell.from_wire(v) for k, v in (parse_json(row.cells) or {}).items()}
    return Draft(row.id, row.entity, row.record_id, row.account, cells, row.changed_at)


def get(desk: Desk, draft_id: str) -> Draft | None:
    with desk.store.read() as conn:
        row = conn.execute(select(DRAFT).where(DRAFT.c.id == draft_id)).first()
    return _draft(row) if row else None


def of_record(desk: Desk, entity: str, record_id: str) -> Draft | None:
    """The draft of changes to a record that exists."""
    with desk.store.read() as conn:
        row = conn.execute(select(DRAFT).where(DRAFT.c.entity == entity, DRAFT.c.record_id == record_id)).first()
    return _draft(row) if row else None


def all(desk: Desk) -> list[Draft]:
    """Every draft of this PC, newest first: a colleague may finish what another began."""
    with desk.store.read() as conn:
        return newest(conn)


def newest(conn: Connection, limit: int | None = None) -> list[Draft]:
    """For a service that is reading already: the drafts changed last, all of them when limit is None."""
    return [_draft(r) for r in conn.execute(select(DRAFT).order_by(DRAFT.c.changed_at.desc()).limit(limit))]


def drop(desk: Desk, draft_id: str) -> None:
    with desk.store.transaction() as conn:
        conn.execute(delete(DRAFT).where(DRAFT.c.id == draft_id))
