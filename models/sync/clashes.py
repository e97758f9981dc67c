"""Conflicts that the server opens: both values, who and when, for the office that knows the person.

A further clash of the same office on the same field replaces its value in the row that is still open; another office
gets a row of its own, so that no value is lost. Every value that was sent stays in the history of events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from models.base import new_id
from models.records import canonical, changes_of
from models.store import bulk, rows
from models.store.unit import Store
from models.sync.columns import Event
from models.sync.work import Work
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.system import DEVICE, EVENT


def _open_row(conn: Connection, work: Work, record_id: str, field: str, office: str) -> dict[str, Any] | None:
    """The conflict on this field that waits for a decision and in which this office holds the other value."""
    table = ENTITIES["conflict"].table
    query = select(table).where(
        table.c.record_id == record_id, table.c.field == field, table.c.settled.is_(None), table.c.deleted.is_(False)
    )
    found = [work.rows.get(r["id"]) or dict(r) for r in conn.execute(query).mappings()]
    return next((r for r in [*work.conflicts, *found] if _is(r, record_id, field, office)), None)


def _is(row: Mapping[str, Any], record_id: str, field: str, office: str) -> bool:
    same = row["record_id"] == record_id and row["field"] == field
    return same and not row["settled"] and str(row["other_by"]).endswith(f"（{office}）")


def _standing(conn: Connection, what: Entity, row: Mapping[str, Any], field: str) -> dict[str, str]:
    """The value that stands, who wrote it, from which office, and when: whoever changed the record last may have
    changed another field."""
    value = rows.to_wire(what, row).get(field)
    query = (
        select(EVENT.c.changes, EVENT.c.actor, EVENT.c.at, DEVICE.c.office)
        .join(DEVICE, DEVICE.c.id == EVENT.c.device)
        .where(EVENT.c.entity_id == row["id"], EVENT.c.status != "refused")
        .order_by(EVENT.c.at.desc())
    )
    for changes, actor, at, office in conn.execute(query):
        pair = changes_of(changes).get(field)
        if isinstance(pair, list) and pair[-1] == value:
            return {"kept": canonical(value), "kept_by": f"{actor}（{office}）", "kept_at": at}
    return {"kept": canonical(value), "kept_by": row["changed_by"], "kept_at": row["changed"]}


def follow(conn: Connection, work: Work) -> None:
    """Conflicts about records that moved go to the office that knows the person now."""
    table = ENTITIES["conflict"].table
    for made in work.conflicts:
        made["village"] = work.moved.get(made["record_id"], made["village"])
    for part in bulk.parts(work.moved):
        for found in conn.execute(select(table).where(bulk.among(table.c.record_id, part))).mappings():
            row = work.rows.get(found["id"]) or dict(found)
            work.found.setdefault(row["id"], dict(found))
            work.rows[row["id"]] = {**row, "village": work.moved[row["record_id"]]}
            work.changed.setdefault(row["id"], "conflict")


def record(
    conn: Connection,
    store: Store,
    work: Work,
    what: Entity,
    row: Mapping[str, Any],
    event: Event,
    field: str,
    base: Any,
    office: str,
) -> None:
    """Both values, who and when, for the office that knows the person; a second clash of the same writer replaces its value."""
    entity = ENTITIES["conflict"]
    open_row = _open_row(conn, work, event.entity_id, field, office)
    if open_row is not None:
        before = dict(open_row)
        new = any(open_row is r for r in work.conflicts)  # of this batch: not written yet
        open_row = open_row if new else dict(open_row)  # as the database has it, it stays: what differs from it is written
        open_row.update(
            other=canonical(event.changes[field][1]), other_by=f"{event.actor}（{office}）", other_at=event.at,
            changed=event.at, **_standing(conn, what, row, field),
        )  # fmt: skip
        rows.seal(entity, open_row)
        if not new:
            work.rows[open_row["id"]] = open_row
            work.found.setdefault(open_row["id"], before)
            work.changed[open_row["id"]] = "conflict"
            work.reopened.add(open_row["id"])
        return
    made = rows.blank(
        entity, new_id(), county=row["county"], office=store.identity.office, village=row["village"], at=event.at, by=event.actor
    )
    made.update(
        entity=what.name, record_id=event.entity_id, field=field, base=canonical(base), **_standing(conn, what, row, field),
        other=canonical(event.changes[field][1]), other_by=f"{event.actor}（{office}）", other_at=event.at,
    )  # fmt: skip
    rows.seal(entity, made)
    work.conflicts.append(made)
