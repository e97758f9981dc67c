"""A village's changes, laid over a township's own rows as soon as its stick is read, before the county has them.

They are shown, not claimed: no event is written, an unsent change of this device stays on top, and each row is remembered
as it was. When the county speaks of a record (a page, a receipt) its word stands and the memory goes (models.sync.adopt).
When the county has the changes and a whole pull has brought nothing of a record, because they were refused or are
old news, the row becomes again what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from models import scope
from models.store import audit, bulk, derive, outbox, rows, settings
from models.store.unit import Store
from models.sync import adopt
from models.sync.columns import Event, Item
from models.sync.merge import Verdict, merge
from models.sync.parcel import Below
from models.sync.registry import OWNERS, SYNCED
from models.sync.saying import entity_of, may_have_stood, new_cells
from models.sync.work import Refused, Unfit
from models.tables import ENTITIES
from models.tables.stick import LAID
from models.tables.system import EVENT

_CHUNK = 500
Here = tuple[str, dict[str, Any]]  # the entity and the row of a record


def lay(store: Store, writer: Below, events: Sequence[Event]) -> list[tuple[str, str]]:
    """Show the changes of a device below. Those that the county has, or that were laid before, are passed over.

    Returns (entity, id) of the records that changed here. The caller has checked the signatures.
    """
    key = f"laid.{writer.device}"
    with store.transaction() as conn:
        seen = max(writer.last_seq, int(settings.get(conn, key, 0)))
        fresh = [e for e in events if e.seq > seen and _may_write(writer, e)]
        if not fresh:
            return []
        changed_on = _changed_on(conn, store.identity.device)
        here = _load(conn, fresh)
        old: dict[str, Here] = {i: (entity, dict(row)) for i, (entity, row) in here.items()}
        unsent = adopt._unsent(conn, store, list(dict.fromkeys(e.entity_id for e in fresh)))
        touched: dict[str, int] = {}
        for event in fresh:
            store.clock.seen(event.at)
            if event.entity_id in changed_on:
                continue
            waiting = unsent.get(event.entity_id) or adopt.Unsent()
            if _lay_one(writer, here, event, waiting):
                touched[event.entity_id] = event.seq
        _write(conn, here, old, touched)
        _remember(conn, writer.device, here, old, touched)
        settings.put(conn, key, fresh[-1].seq)
        audit.append(
            conn, actor=writer.office, action="apply", device=writer.device, first_seq=fresh[0].seq, last_seq=fresh[-1].seq,
            detail={"stick": True, "records": [[here[i][0], i, here[i][1]["digest"]] for i in touched]},
        )  # fmt: skip
        changed = [(here[i][0], i) for i in touched]
        derive.refresh(conn, changed)
    return changed


def _changed_on(conn: Connection, device: str) -> set[str]:
    """Records that this device has changed on top of what was laid: until the county speaks of them nothing more is laid,
    because the row as it was before would no longer be the one to go back to."""
    query = select(LAID.c.entity_id).join(EVENT, EVENT.c.entity_id == LAID.c.entity_id)
    return set(conn.execute(query.where(EVENT.c.device == device, EVENT.c.seq > LAID.c.own)).scalars())


def _may_write(writer: Below, event: Event) -> bool:
    """What the county would refuse for its place, kind or form is not shown either; the county decides the rest, of values too."""
    try:
        what, rule = entity_of(event), SYNCED[event.entity]
        new_cells(what, event)
    except Unfit:  # a value that is wrong is seen as it was typed, if it can be read at all
        if not all(may_have_stood(what.by_name.get(name), pair[1]) for name, pair in event.changes.items()):
            return False
    except Refused:  # nobody has looked at it yet: one that cannot be read must not stop the stick
        return False
    if rule.own or scope.Level.VILLAGE not in rule.writers:
        return False
    return scope.covers(writer.office, event.village) and not (what.append_only and event.kind == "update")


def _load(conn: Connection, events: Sequence[Event]) -> dict[str, Here]:
    """(entity, row) of the records that the events change and that are here."""
    found: dict[str, Here] = {}
    for entity in dict.fromkeys(e.entity for e in events):
        table, ids = ENTITIES[entity].table, list(dict.fromkeys(e.entity_id for e in events if e.entity == entity))
        for start in range(0, len(ids), _CHUNK):
            query = select(table).where(table.c.id.in_(ids[start : start + _CHUNK]))
            found.update({r["id"]: (entity, dict(r)) for r in conn.execute(query).mappings()})
    return found


def _lay_one(writer: Below, here: dict[str, Here], event: Event, waiting: adopt.Unsent) -> bool:
    """Change the row in memory; False when nothing of the event shows."""
    what = ENTITIES[event.entity]
    entity, row = here.get(event.entity_id, ("", {}))
    if not row and event.kind == "create":
        row = rows.blank(
            what, event.entity_id, county=writer.office[:6], office=writer.office, village=event.village,
            at=event.at, by=event.actor,
        )  # fmt: skip
    elif entity != event.entity or not scope.covers(writer.office, row["village"]):
        return False
    now = rows.to_wire(what, row)
    wire = {}
    for name, (base, theirs) in event.changes.items():
        spec = what.by_name.get(name)
        verdict, cell = merge(spec, base, now.get(name), theirs)
        theirs_to_say = spec is None or scope.Level.VILLAGE in OWNERS.get(spec.merge.value, (scope.Level.VILLAGE,))
        if name not in waiting.cells and theirs_to_say and verdict in (Verdict.APPLY, Verdict.MERGED):
            wire[name] = cell
    deleted = row["deleted"] if event.kind not in ("delete", "restore") or waiting.deleted is not None else event.kind == "delete"
    if not wire and deleted == row["deleted"] and event.kind != "create":
        return False
    rows.put_wire(what, row, wire)
    row.update(changed=event.at, changed_by=event.actor, deleted=deleted)
    rows.seal(what, row)
    here[event.entity_id] = (event.entity, row)
    return True


def _item(entity: str, row: Mapping[str, Any]) -> Item:
    what = ENTITIES[entity]
    wire = {} if row["deleted"] else rows.to_wire(what, row)
    return Item(
        what.name, row["id"], row["county"], row["office"], row["village"], row["born"], row["changed"], row["changed_by"],
        row["deleted"], wire, row["digest"],
    )  # fmt: skip


def _write(conn: Connection, here: Mapping[str, Here], old: Mapping[str, Here], touched: Iterable[str]) -> None:
    """Here, by entity: what is new in one statement, of the others the columns that changed."""
    new: dict[str, list[dict[str, Any]]] = {}
    changed: dict[str, dict[str, dict[str, Any]]] = {}
    for record_id in touched:
        entity, row = here[record_id]
        if record_id in old:
            changed.setdefault(entity, {})[record_id] = bulk.differing(old[record_id][1], row)
        else:
            new.setdefault(entity, []).append(row)
    for entity, rows_ in new.items():
        bulk.insert(conn, ENTITIES[entity].table, rows_)
    for entity, by_id in changed.items():
        bulk.update(conn, ENTITIES[entity].table, by_id)


def _remember(
    conn: Connection, device: str, here: Mapping[str, Here], old: Mapping[str, Here], touched: Mapping[str, int]
) -> None:
    """Each row as it was. A memory that is there already stays: it is of the state before all that lies on top."""
    own, memories = outbox.last(conn), []
    for record_id, seq in touched.items():
        item = _item(*(old.get(record_id) or here[record_id]))
        if record_id not in old:
            item = msgspec.structs.replace(item, wire={}, gone=True)
        memories.append({
            "entity_id": record_id, "entity": item.entity, "device": device, "seq": seq, "own": own,
            "item": msgspec.json.encode(item).decode(),
        })  # fmt: skip
    bulk.insert(
        conn, LAID, memories, or_else="ON CONFLICT (entity_id) DO UPDATE SET device = excluded.device, seq = excluded.seq"
    )


def waiting(conn: Connection) -> int:
    """How many records show what a stick brought and the county has not spoken of."""
    return int(conn.execute(select(func.count()).select_from(LAID)).scalar_one())


def settle(store: Store, below: Sequence[Below]) -> list[tuple[str, str]]:
    """After a whole pull: what the county has and said nothing of becomes what it was; returns what changed here.

    below: the county's word from before the pull. A device that is no longer in it was shut out: nothing of it comes.
    """
    has = {b.device: b.last_seq for b in below}
    with store.transaction() as conn:
        over = [r for r in conn.execute(select(LAID)) if r.seq <= has.get(r.device, r.seq)]
        items = [msgspec.json.decode(r.item, type=Item) for r in over]
        return adopt.adopt(conn, store, items, int(settings.get(conn, "cursor", 0)), seen=False) if items else []
