"""After a refusal: the other side never took those changes, so the next change of the record says them anew.

What is said is what this device typed, from what it had shown before: a value of somebody else's that it merely pulled, or was
only told with the refusal, is not its to write over, to bring back or to sign. The other side merges, as it does anyhow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from models.records import changes_of, parse_json
from models.store import bulk, left, outbox, rows
from models.store.moving import may_change_owner
from models.tables.base import Entity
from models.tables.system import EVENT

Changes = dict[str, Any]  # [old cell, new cell] by field


@dataclass(frozen=True, slots=True)
class Said:
    """One event to write about a record. again: of an earlier action, so that undoing this one leaves it."""

    kind: str
    changes: Changes
    again: bool = False


@dataclass(slots=True)
class _Typed:
    """A field as this device changed it without success. base: what it had before; waits: a later change says it already;
    wrong: it was itself what was refused, not another field beside it."""

    base: Any
    typed: Any
    waits: bool
    wrong: bool


@dataclass(slots=True)
class _Open:
    """What of this device's changes of one record has not come into it. made, restored: so has its creation, its return."""

    fields: dict[str, _Typed]
    made: bool = False
    restored: bool = False


def _of(device: str) -> tuple[ColumnElement[bool], ...]:
    return (EVENT.c.device == device, outbox.marked("refused"))


def any_refused(conn: Connection, device: str) -> bool:
    """Whether this device has a refused change at all."""
    return bool(conn.execute(select(func.count()).select_from(EVENT).where(*_of(device))).scalar())


def of_record(conn: Connection, device: str, record_id: str) -> list[str]:
    """The stored outcomes of this device's refused changes of a record."""
    query = select(EVENT.c.detail).where(*_of(device), EVENT.c.entity_id == record_id)
    return [detail or "" for detail in conn.execute(query).scalars()]


def said_anew(
    conn: Connection, device: str, what: Entity, done: Sequence[tuple[Mapping[str, Any], Changes]], kind: str
) -> dict[str, list[Said]]:
    """The events for an action on records, by their ids: its own, and what was refused of each before. done: (row, diff).

    Marks the refused events as replaced. What was refused by itself goes in an event of its own, or it would hold back the
    rest once more; the rest of an earlier action goes apart from this one's. Raises RuleError where a record left this office.
    """
    ids = [row["id"] for row, _diff in done]
    left.forbid(conn, ids)
    if kind == "move":  # a move stands for itself: the refused ones before it are settled by it
        _replace(conn, device, ids, EVENT.c.kind == "move")
        return {row["id"]: [Said(kind, diff)] for row, diff in done}
    events = _events_of(conn, device, ids)
    anew = {i for i in ids if kind == "restore" or any(e.status == "refused" for e in events[i])}
    _replace(conn, device, anew, EVENT.c.kind != "move")
    acked = outbox.acked(conn)
    return {
        row["id"]: _all_of(what, _open(events[row["id"]], acked, deletions=kind == "restore"), row, kind, diff)
        if row["id"] in anew
        else [Said(kind, diff)]
        for row, diff in done
    }


def _events_of(conn: Connection, device: str, ids: Iterable[str]) -> dict[str, list[Row[Any]]]:
    """This device's changes of each record but for moves, in their order."""
    columns = (EVENT.c.entity_id, EVENT.c.seq, EVENT.c.kind, EVENT.c.changes, EVENT.c.status, EVENT.c.detail)
    found: dict[str, list[Row[Any]]] = {i: [] for i in ids}
    for part in bulk.parts(found):
        # The device as an expression: by the key, which begins with it, SQLite would read all that the device ever did.
        mine = (EVENT.c.device.concat("") == device, bulk.among(EVENT.c.entity_id, part), EVENT.c.kind != "move")
        some: Sequence[Any] = conn.execute(select(*columns).where(*mine)).all()
        for event in sorted(some, key=lambda e: int(e.seq)):
            found[event.entity_id].append(event)
    return found


def _all_of(what: Entity, before: _Open, row: Mapping[str, Any], kind: str, diff: Changes) -> list[Said]:
    here = rows.to_wire(what, dict(row))
    if before.made:
        if row["deleted"]:
            return []  # the other side never had it: there is nothing to take back
        whole = Said("create", {k: [None, v] for k, v in here.items()}, again=True)
        return [whole, Said("update", diff)] if diff and kind == "update" else [whole]
    return _events(what, before, here, kind, diff)


def _replace(conn: Connection, device: str, ids: Iterable[str], *those: ColumnElement[bool]) -> None:
    for part in bulk.parts(ids):
        refused = (*_of(device), bulk.among(EVENT.c.entity_id, part), *those)
        conn.execute(update(EVENT).where(*refused), {"status": "replaced"})


def _open(events: Sequence[Row[Any]], acked: int, *, deletions: bool) -> _Open:
    """What has not come in, of this device's changes of a record. deletions: what one took along counts as well: it stands in
    the record that is restored now, and nobody else has it."""
    found, blamed = _Open({}), dict[str, Any]()
    for event in events:
        if event.status in ("refused", "replaced"):
            errors = {name for name, _reason in (parse_json(event.detail) or {}).get("errors", ())}
            blamed |= {name: pair[1] for name, pair in changes_of(event.changes).items() if name in errors}
        if event.status == "refused" or (event.status == "replaced" and event.kind == "create"):
            found.made = found.made or (event.kind == "create" and (parse_json(event.detail) or {}).get("wire") is None)
            found.restored = event.kind == "restore" or (found.restored and event.kind != "delete")
            if event.status == "refused":
                _add(found, event, blamed)
        elif event.status == "replaced":
            continue
        elif event.kind == "delete" and deletions:
            _add(found, event, blamed)
        elif event.status == "held" or event.seq > acked:
            found.made = found.made and event.kind != "create"
            found.restored = found.restored and event.kind not in ("delete", "restore")
            _add(found, event, {}, waits=True)
        else:
            found.made = found.restored = False
            for name in changes_of(event.changes):
                found.fields.pop(name, None)
    return found


def _add(found: _Open, event: Row[Any], blamed: dict[str, Any], *, waits: bool = False) -> None:
    for name, (old, new) in changes_of(event.changes).items():
        earlier = found.fields.get(name)
        found.fields[name] = _Typed(earlier.base if earlier else old, new, waits, name in blamed and blamed[name] == new)


def _events(what: Entity, before: _Open, here: Mapping[str, Any], kind: str, diff: Changes) -> list[Said]:
    own, rest, wrong = dict(diff), Changes(), Changes()
    for name, field in before.fields.items():
        if field.waits:
            continue
        now = here.get(name)
        # Set back, it is said as well: the other side may have another value by now, which was kept away from this device.
        pair = [field.typed if now == field.base else field.base, now]
        some = own if name in diff else wrong if field.wrong and now == field.typed else rest
        some[name] = pair
    if kind == "delete":
        return [Said(kind, own | rest | wrong)]
    back: list[Said] = []
    if before.restored and kind == "update":
        linked = {k: rest.pop(k) for k in sorted(rest) if may_change_owner(what.name, k)}  # only what comes back is given away
        back = [Said("restore", linked, again=True)]
    if kind == "restore" and not own:
        own, rest = rest, {}  # brought back for the sake of these
    said = [*back, Said(kind, own), Said("update", rest, again=True), Said("update", wrong, again=True)]
    return [s for s in said if s.changes or s.kind != "update"]
