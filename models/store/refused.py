"""After a refusal: the other side never took those changes, so the next change of the record says them anew."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from models.records import parse_json
from models.store import outbox, rows
from models.tables.base import Entity
from models.tables.system import EVENT


def _of(device: str) -> tuple[ColumnElement[bool], ...]:
    return (EVENT.c.device == device, outbox.marked("refused"))


def any_refused(conn: Connection, device: str) -> bool:
    """Whether this device has a refused change at all."""
    return bool(conn.execute(select(func.count()).select_from(EVENT).where(*_of(device))).scalar())


def of_record(conn: Connection, device: str, record_id: str) -> list[str]:
    """The stored outcomes of this device's refused changes of a record."""
    query = select(EVENT.c.detail).where(*_of(device), EVENT.c.entity_id == record_id)
    return [detail or "" for detail in conn.execute(query).scalars()]


def moved_anew(conn: Connection, device: str, record_id: str) -> None:
    """A move stands for itself: the refused ones before it are settled by it."""
    those = (*_of(device), EVENT.c.entity_id == record_id, EVENT.c.kind == "move")
    conn.execute(update(EVENT).where(*those), {"status": "replaced"})


def said_anew(
    conn: Connection, device: str, what: Entity, row: dict[str, Any], kind: str, diff: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """(kind, changes) for an event about row: from what the other side last said it has, when it refused row's changes.

    Marks the refused events as replaced. Without one, kind and diff come back as they are.
    """
    refused = [*_of(device), EVENT.c.entity_id == row["id"], EVENT.c.kind != "move"]
    last = conn.execute(select(EVENT).where(*refused).order_by(EVENT.c.seq.desc()).limit(1)).mappings().first()
    if last is None:
        return kind, diff
    conn.execute(update(EVENT).where(*refused), {"status": "replaced"})
    there = (parse_json(last["detail"]) or {}).get("wire")
    if there is None and row["deleted"]:
        return "update", {}  # the other side never had it: there is nothing to take back
    here = rows.to_wire(what, row)
    names = sorted({*(there or {}), *here})
    return ("create" if there is None else kind), {
        k: [(there or {}).get(k), here.get(k)] for k in names if (there or {}).get(k) != here.get(k)
    }
