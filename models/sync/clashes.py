"""Conflicts that the server opens: both values, who and when, for the office that knows the person.

A further clash of the same office on the same field replaces its value in the row that is still open; another office
gets a row of its own, so that no value is lost. Every value that was sent stays in the history of events.

A device that has not heard yet that a value of its was not taken changes that value: its edits are one, from what it had before
them, and when it comes back to that, or to what stands, the conflict is settled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, select

from models.base import new_id
from models.records import canonical, changes_of, parse_json
from models.store import bulk, rows
from models.store.unit import Store
from models.sync.columns import Event
from models.sync.saying import may_have_stood
from models.sync.wire import Outcome
from models.sync.work import Work
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.system import DEVICE, EVENT

Pairs = Mapping[str, Any]  # [old cell, new cell] by field, of an event


@dataclass
class Clashes:
    """What the events of one batch clash with. device: whose they are; outcomes: what became of them so far, by seq."""

    conn: Connection
    store: Store
    work: Work
    device: rows.Row
    events: Sequence[Event]
    outcomes: Mapping[int, Outcome]

    @cached_property
    def _by_record(self) -> dict[str, list[Event]]:
        found: dict[str, list[Event]] = {}
        for event in self.events:
            found.setdefault(event.entity_id, []).append(event)
        return found

    @cached_property
    def _open(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """The conflicts about records of this batch that waited for a decision before it, by record and field."""
        table, found = ENTITIES["conflict"].table, dict[tuple[str, str], list[dict[str, Any]]]()
        query = select(table).where(table.c.settled.is_(None), table.c.deleted.is_(False)).order_by(table.c.born)
        for part in bulk.parts(self._by_record):
            for r in self.conn.execute(query.where(bulk.among(table.c.record_id, part))).mappings():
                found.setdefault((r["record_id"], r["field"]), []).append(dict(r))
        return found

    def _mine(self, record_id: str, field: str) -> dict[str, Any] | None:
        """The conflict on this field that waits for a decision and in which this office holds the other value."""
        office = f"（{self.device['office']}）"
        now = [self.work.rows.get(r["id"], r) for r in self._open.get((record_id, field), ())]
        return next((r for r in now if not r["settled"] and str(r["other_by"]).endswith(office)), None)

    def entered_by(self, conflict: Mapping[str, Any]) -> str:
        """The office that entered the record which a conflict is about, '' when it is not here."""
        about = ENTITIES.get(conflict["entity"])
        if about is None:
            return ""
        known = self.work.rows.get(conflict["record_id"])
        query = select(about.table.c.office).where(about.table.c.id == conflict["record_id"])
        return str(known["office"] if known else self.conn.execute(query).scalar() or "")

    def base(self, event: Event, field: str) -> Any:
        """What the device had before those changes of its own that led to this one's base and were not taken."""
        base, spec = event.changes[field][0], ENTITIES[event.entity].by_name.get(field)
        mine, taken = self._earlier(event, field)
        for old, new in mine:
            if base in taken:
                break
            base = old if new == base and may_have_stood(spec, old) else base  # what was refused may be anything
        return base

    def _earlier(self, event: Event, field: str) -> tuple[list[Any], list[Any]]:
        """([old cell, new cell] of this device's changes of the field that were not taken, the latest first; the cells that
        anybody's other changes have brought)."""
        before = [e for e in self._by_record[event.entity_id] if e.seq < event.seq]
        first, device = self.events[0].seq, self.device["id"]
        said = [(e.seq, e.changes, self.outcomes.get(e.seq)) for e in before]
        query = select(EVENT.c.device, EVENT.c.seq, EVENT.c.changes, EVENT.c.status, EVENT.c.detail).where(
            EVENT.c.entity_id == event.entity_id
        )
        taken = list[Any]()
        for r in self.conn.execute(query):
            if r.device == device and r.seq < first:
                told = Outcome(r.seq, r.status, wire=(parse_json(r.detail) or {}).get("wire")) if r.status else None
                said.append((r.seq, changes_of(r.changes), told))
            elif r.device != device and r.status not in _NOT_THERE:
                taken += (new for _, new in _pairs(changes_of(r.changes), field))
        mine = list[Any]()
        for _, changes, outcome in sorted(said, key=lambda one: -one[0]):
            for pair in _pairs(changes, field):
                if _stood(outcome, field, pair[1]):
                    taken.append(pair[1])
                else:
                    mine.append(pair)
        return mine, taken

    def record(self, what: Entity, row: Mapping[str, Any], event: Event, field: str, base: Any) -> None:
        """Both values, who and when, for the office that knows the person; a second clash of the same writer replaces its value."""
        entity = ENTITIES["conflict"]
        other = {
            "other": canonical(event.changes[field][1]), "other_by": f"{event.actor}（{self.device['office']}）",
            "other_at": event.at,
        }  # fmt: skip
        stands = _standing(self.conn, what, row, field)
        if (open_row := self._mine(event.entity_id, field)) is not None:
            self._change(open_row, changed=event.at, **other, **stands)
            self.work.reopened.add(open_row["id"])
            return
        made = rows.blank(
            entity, new_id(), county=row["county"], office=self.store.identity.office, village=row["village"], at=event.at,
            by=event.actor,
        )  # fmt: skip
        made.update(entity=what.name, record_id=event.entity_id, field=field, base=canonical(base), **stands, **other)
        rows.seal(entity, made)
        self.work.conflicts.append(made)
        self._open.setdefault((event.entity_id, field), []).append(made)

    def give_up(self, event: Event, field: str) -> None:
        """The device has changed the value that was in conflict, and clashes no more."""
        open_row = self._mine(event.entity_id, field)
        if open_row is not None and open_row["other"] == canonical(event.changes[field][0]):
            self._change(open_row, changed=event.at, settled="kept", settled_by=f"{event.actor[:40]}（{self.device['office']}）")

    def _change(self, row: dict[str, Any], **values: Any) -> None:
        """Change a conflict that is open."""
        if not any(row is made for made in self.work.conflicts):  # not of this batch: what differs from what it was is written
            self.work.found.setdefault(row["id"], dict(row))
            self.work.changed[row["id"]] = "conflict"
            row = self.work.rows[row["id"]] = dict(row)
        row.update(values)
        rows.seal(ENTITIES["conflict"], row)


_NOT_THERE = ("refused", "held", "replaced")


def _pairs(changes: Pairs, field: str) -> Iterator[list[Any]]:
    """The pair of a field, if an event has one: what was refused may be anything."""
    pair = changes.get(field)
    if isinstance(pair, list) and len(pair) == 2:
        yield pair


def _stood(outcome: Outcome | None, field: str, new: Any) -> bool:
    """Whether a change has brought its value into the field."""
    if outcome is None:
        return True
    return outcome.status not in _NOT_THERE and (outcome.wire is None or outcome.wire.get(field) == new)


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
