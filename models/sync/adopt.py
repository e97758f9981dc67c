"""Taking over what the other side says a record is, without ever overwriting a change that has not been sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select

from models.records import changes_of
from models.store import audit, bulk, derive, left, outbox, rows
from models.store.unit import Store
from models.sync.columns import Item
from models.sync.wire import Outcome
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.stick import LAID
from models.tables.system import EVENT


@dataclass
class Unsent:
    """cells: the latest new cell of every changed field; deleted: what a tombstone or its undo says, None without.

    village: where a move puts it, '' without.
    """

    cells: dict[str, Any] = field(default_factory=dict)
    deleted: bool | None = None
    village: str = ""


def adopt(
    conn: Connection, store: Store, items: Sequence[Item], position: int, actor: str = "县级", *, seen: bool = True
) -> list[tuple[str, str]]:
    """Make local rows what a pulled page says; returns (entity, id) of each that really changed. actor: who says it.

    seen: it says so of records that this office may see now, not as they once were.
    """
    known = [i for i in items if i.entity in ENTITIES]
    here = [i for i in known if not i.gone]
    unsent = _unsent(conn, store, [i.id for i in here])
    _no_longer_laid(conn, [i.id for i in known])
    touched = left.leave(conn, store.identity.device, {i.id: i.entity for i in known if i.gone})
    if seen:
        left.come_back(conn, [i.id for i in here])
    for entity in dict.fromkeys(i.entity for i in here):
        touched += _adopt_entity(conn, entity, [i for i in here if i.entity == entity], unsent)
    for item in known:
        store.clock.seen(item.changed)
    if touched:
        digests = {i.id: i.digest for i in known}
        audit.append(
            conn, actor=actor, action="apply",
            detail={"position": position, "records": [[e, i, digests[i]] for e, i in touched]},
        )  # fmt: skip
        derive.refresh(conn, touched)
    return touched


def forget_conflicts(conn: Connection) -> list[tuple[str, str]]:
    """The server alone opens conflicts: one that was set back tells of those that it still has, and of what clashes now."""
    table = ENTITIES["conflict"].table
    touched = [("conflict", i) for i in conn.execute(select(table.c.id)).scalars()]
    conn.execute(delete(table))
    return touched


def taken_as_sent(conn: Connection, device: str, first: int, last: int) -> None:
    """The county's record is what stands here where it took a change as it came: it will not be pulled again. A change
    from before the laying says nothing of what was laid."""
    clean = (EVENT.c.device == device, EVENT.c.seq.between(first, last), EVENT.c.status == "")
    since = select(EVENT.c.seq).where(*clean, EVENT.c.entity_id == LAID.c.entity_id, EVENT.c.seq > LAID.c.own)
    conn.execute(delete(LAID).where(since.exists()))


def _no_longer_laid(conn: Connection, ids: Sequence[str]) -> None:
    """The county has spoken of these records: what a village's stick laid over them counts no more."""
    if not conn.execute(select(LAID.c.entity_id).limit(1)).first():
        return
    for part in bulk.parts(ids):
        conn.execute(delete(LAID).where(bulk.among(LAID.c.entity_id, part)))


def _adopt_entity(conn: Connection, entity: str, items: list[Item], unsent: dict[str, Unsent]) -> list[tuple[str, str]]:
    what = ENTITIES[entity]
    here: dict[str, dict[str, Any]] = {}
    ids = [i.id for i in items]
    for part in bulk.parts(ids):
        found = conn.execute(select(what.table).where(bulk.among(what.table.c.id, part))).mappings()
        here.update({r["id"]: dict(r) for r in found})
    new, touched, changed = [], [], {}
    for item in items:
        row = here.get(item.id)
        if row is not None and row["digest"] == item.digest and row["deleted"] == item.deleted and row["village"] == item.village:
            continue
        touched.append((entity, item.id))
        if row is None:
            new.append(_new_row(what, item, unsent.get(item.id)))
        else:
            before = dict(row)
            _overlay(what.name, row, item, unsent.get(item.id) or Unsent())
            changed[item.id] = bulk.differing(before, row)
    bulk.insert(conn, what.table, new)
    bulk.update(conn, what.table, changed)
    return touched


def _new_row(what: Entity, item: Item, waiting: Unsent | None) -> dict[str, Any]:
    row = rows.blank(
        what, item.id, county=item.county, office=item.office, village=item.village, at=item.born, by=item.changed_by
    )
    if waiting or item.deleted:
        _overlay(what.name, row, item, waiting or Unsent())
    else:
        row["changed"] = item.changed
        plain = rows.put_wire(what, row, item.wire)
        rows.seal(what, row, item.wire if plain else None)
    return row


def _overlay(entity: str, row: dict[str, Any], item: Item, waiting: Unsent) -> None:
    what, unsent = ENTITIES[entity], waiting.cells
    deleted = item.deleted if waiting.deleted is None else waiting.deleted
    row.update(village=waiting.village or item.village, changed=item.changed, changed_by=item.changed_by, deleted=deleted)
    if not item.deleted:
        now = rows.to_wire(what, row)
        wire = {name: item.wire.get(name) for name in {*now, *item.wire} if now.get(name) != item.wire.get(name)}
        wire.update({k: v for k, v in unsent.items() if now.get(k) != v})
        for name in unsent:
            if now.get(name) == unsent[name]:
                wire.pop(name, None)
        rows.put_wire(what, row, wire)
    rows.seal(what, row)


def _unsent(conn: Connection, store: Store, ids: Sequence[str]) -> dict[str, Unsent]:
    """What has been changed here without receipt, or was refused, by record."""
    found: dict[str, Unsent] = {}
    device = store.identity.device
    for part in bulk.parts(ids):
        events = outbox.unsettled_of(conn, device, part, _SAID)
        refused = {e.entity_id for e in events if e.status in ("refused", "held")}
        taken = _taken_of(conn, device, refused) if refused else []
        settled = {e.seq for e in taken}
        for event in sorted([*events, *taken], key=lambda e: int(e.seq)):
            waiting = found.setdefault(event.entity_id, Unsent())
            if event.seq in settled:
                _no_longer(waiting, event)
                continue
            if event.kind in ("delete", "restore"):
                waiting.deleted = event.kind == "delete"
            if event.kind == "move":
                waiting.village = event.village
                continue
            waiting.cells.update({k: pair[1] for k, pair in changes_of(event.changes).items()})
    return {record_id: waiting for record_id, waiting in found.items() if waiting != Unsent()}


_SAID = (EVENT.c.entity_id, EVENT.c.kind, EVENT.c.changes, EVENT.c.village, EVENT.c.status)


def _taken_of(conn: Connection, device: str, ids: Collection[str]) -> list[Row[Any]]:
    """This device's changes of records that the other side has taken, in whatever way."""
    mine = (EVENT.c.device == device, EVENT.c.seq <= outbox.acked(conn), EVENT.c.status.not_in(("refused", "held", "replaced")))
    found: list[Row[Any]] = []
    for part in bulk.parts(ids):
        found += conn.execute(select(EVENT.c.seq, *_SAID).where(*mine, bulk.among(EVENT.c.entity_id, part)))
    return found


def _no_longer(waiting: Unsent, event: Row[Any]) -> None:
    """What was refused and then changed again by what was taken is not what is typed here any more."""
    if event.kind in ("delete", "restore"):
        waiting.deleted = None
    if event.kind == "move":
        waiting.village = ""
        return
    for name in changes_of(event.changes):
        waiting.cells.pop(name, None)


def adopt_outcomes(conn: Connection, store: Store, outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    """After a push: where the other side merged or kept its own value, the record here becomes what it is there.

    Not where it took a later change of this device as it came: then the record is there as it is here already.
    """
    said = {o.seq: o for o in outcomes if o.status in ("merged", "conflict") and o.wire is not None}
    if not said:
        return []
    query = select(EVENT.c.seq, EVENT.c.entity, EVENT.c.entity_id).where(
        EVENT.c.device == store.identity.device, EVENT.c.seq.in_(list(said))
    )
    last: dict[str, tuple[str, Outcome]] = {
        e.entity_id: (e.entity, said[e.seq]) for e in conn.execute(query.order_by(EVENT.c.seq))
    }
    items, later = [], _taken_since(conn, store, {i: outcome.seq for i, (_, outcome) in last.items()})
    for record_id, (entity, outcome) in last.items():
        if record_id in later:
            continue
        table = ENTITIES[entity].table
        row = conn.execute(select(table).where(table.c.id == record_id)).mappings().first()
        if row is None:  # it left this office's scope in the meantime
            continue
        items.append(
            Item(entity, record_id, row["county"], row["office"], row["village"], row["born"], row["changed"],
                 row["changed_by"], outcome.deleted, outcome.wire or {}, outcome.digest or "")
        )  # fmt: skip
    return adopt(conn, store, items, 0, seen=False)


def _taken_since(conn: Connection, store: Store, seqs: Mapping[str, int]) -> set[str]:
    """Of these records (id → number of a change), those of which the other side has taken a later change as it came."""
    found: set[str] = set()
    mine = (EVENT.c.device == store.identity.device, EVENT.c.seq <= outbox.acked(conn), EVENT.c.status == "")
    for part in bulk.parts(seqs):
        query = select(EVENT.c.entity_id, func.max(EVENT.c.seq).label("seq")).where(*mine, bulk.among(EVENT.c.entity_id, part))
        found |= {r.entity_id for r in conn.execute(query.group_by(EVENT.c.entity_id)) if r.seq > seqs[r.entity_id]}
    return found
