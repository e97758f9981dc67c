"""The city's side of a county's server: one of its events against one record, in memory.

The county has checked owners, levels and the flow, and its word about its own records stands: nothing is merged here and
no conflict is opened. The city checks what the county could not be believed about: that office and village are the
county's, that nothing of another county is touched or pointed to, and that nothing comes which is not to be sent.
"""

from __future__ import annotations

from typing import Any

import msgspec

from models import scope
from models.catalog import city
from models.store import rows
from models.sync.apply import as_it_stands
from models.sync.columns import Event
from models.sync.saying import beyond, entity_of, new_cells
from models.sync.wire import Outcome
from models.sync.work import OutOfScope, Refused, Work
from models.tables.base import Entity


def as_allowed(event: Event) -> Event:
    """The event without fields that are not sent to the city: whatever a county sends, they are not kept here."""
    allowed = frozenset({"village"}) if event.kind == "move" else city.fields(event.entity)
    changes = {name: pair for name, pair in event.changes.items() if name in allowed}
    return event if len(changes) == len(event.changes) else msgspec.structs.replace(event, changes=changes)


def apply(work: Work, event: Event) -> Outcome | None:
    """Apply one event of a county's server to work; None when it stands as sent."""
    try:
        what = entity_of(event)
        if not city.fields(what.name):
            raise Refused(("", f"{what.label}按市级规定不上报"))
        if not scope.is_office(event.office):
            raise Refused(("", "没有写明登记机构"))
        if work.kinds.setdefault(event.entity_id, event.entity) != event.entity:
            raise OutOfScope(("", "这个编号已属于另一类记录"))
        row = work.rows.get(event.entity_id)
        _check_scope(work, event, row)
        if row is None:
            return _create(work, what, event)
        return _overwrite(work, what, event, row)
    except Refused as e:
        if beyond(event, e):
            return Outcome(event.seq, "held")
        # The county composes its next event from its own memory: what stands here need not be told.
        return Outcome(event.seq, "refused", e.errors)


def _check_scope(work: Work, event: Event, row: dict[str, Any] | None) -> None:
    for place in (event.office[:12], event.village, *([row["village"]] if row is not None else [])):
        if not work.covers(place):
            raise OutOfScope(("", "这条记录不属于本县"))
    if name := work.strays(event.seq):
        raise OutOfScope((name, "所指的记录不属于本县"))


def _create(work: Work, what: Entity, event: Event) -> Outcome | None:
    if event.kind != "create":
        raise Refused(("", f"市级没有这条{what.label}，可能它的登记没有被接收"))
    wire = new_cells(what, event)
    lacking = [
        (s.name, f"缺少{s.label}") for s in what.specs if s.required and (wire.get(s.name) or [None, None])[1] in (None, "")
    ]
    if lacking:
        raise Refused(*lacking)
    row = rows.blank(
        what, event.entity_id, county=work.office[:6], office=event.office, village=event.village, at=event.at, by=event.actor
    )
    rows.put_wire(what, row, wire)
    rows.seal(what, row)
    work.rows[event.entity_id] = row
    work.created[event.entity_id] = what.name
    work.places[event.entity_id] = row["village"]
    return None if row["digest"] == event.digest else as_it_stands("merged", what, event, row)


def _overwrite(work: Work, what: Entity, event: Event, row: dict[str, Any]) -> Outcome | None:
    """The county's word stands, whatever the event was based on. A creation says the whole record: a county that joined
    anew says all of them again."""
    wire: dict[str, Any] = {}
    if event.kind in ("create", "update"):
        wire = new_cells(what, event)
    if event.kind == "create":
        wire = {**dict.fromkeys(rows.to_wire(what, row)), **wire}
    new = {**row, "office": event.office, "village": event.village}
    new["deleted"] = event.kind == "delete" or (bool(row["deleted"]) and event.kind not in ("create", "restore"))
    rows.put_wire(what, new, wire)
    rows.seal(what, new)
    if any(new[k] != row[k] for k in ("digest", "village", "office")):
        new["changed"], new["changed_by"] = event.at, event.actor
        work.changed.setdefault(event.entity_id, what.name)
        if new["village"] != row["village"]:
            work.moved[event.entity_id] = work.places[event.entity_id] = new["village"]
        work.rows[event.entity_id] = new
    return None if new["digest"] == event.digest else as_it_stands("merged", what, event, new)
