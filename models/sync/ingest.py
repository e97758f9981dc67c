"""The server's side of a push: a verified batch in, a signed receipt out, in one transaction.

A batch is decided in memory and written in a few statements. Should the database itself refuse something, the batch
is replayed event by event, each with a savepoint, so that one bad event never stops its neighbours.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DataError, IntegrityError

from models import scope
from models.base import new_id, stamp
from models.errors import KnownError, RuleError
from models.records import canonical, changes_text
from models.store import audit, bulk, derive, outbox, rows
from models.store.unit import Store
from models.sync import clashes, feed, keys, rebase, relaying, wire
from models.sync.apply import apply
from models.sync.clashes import Clashes
from models.sync.columns import Event
from models.sync.registry import SYNCED
from models.sync.saying import beyond, pointing, target_of, targets, vet
from models.sync.wire import Header, Outcome, Receipt
from models.sync.work import Work
from models.tables import ENTITIES
from models.tables.system import DEVICE, EVENT, RECEIPT


def device_row(conn: Connection, device: str, *, lock: bool = False) -> rows.Row:
    """An enrolled device that may still talk to us. Raises RuleError for an unknown or a revoked one."""
    query = select(DEVICE).where(DEVICE.c.id == device)
    row = conn.execute(query.with_for_update() if lock else query).mappings().first()
    if row is None:
        raise RuleError("device.unknown", "县级服务器不认识这台设备，请用新的加入凭证重新加入。")
    if row["revoked_at"]:
        raise RuleError(
            "device.revoked",
            "这台设备已被县级停用，不能再同步。本机的内容都在，仍可查看和打印；要继续同步，请用县级新发的加入凭证重新加入。",
        )
    return row


@bulk.uncollected()
def ingest(store: Store, private: bytes, data: bytes) -> bytes:
    """Apply one batch; returns the receipt's envelope, signed with the server's key.

    Raises RuleError for a batch that is not taken at all (foreign, forged, a gap, a device that went back in time).
    """
    head = wire.peek(data)[0]
    with store.transaction() as conn:
        device = device_row(conn, head.sender, lock=True)
        header, events = wire.read_batch(data, device["public_key"], vet)
        fresh, outcomes = _known_already(conn, device, header, events)
        if fresh:
            outcomes += take(store, conn, device, fresh, _keep_events)
            conn.execute(update(DEVICE).where(DEVICE.c.id == device["id"]), {"last_seq": header.last_seq, "last_seen": stamp()})
        receipt = Receipt(
            id=new_id(), device=device["id"], batch=keys.fingerprint(data), first_seq=header.first_seq,
            last_seq=header.last_seq, position=feed.position(conn), at=stamp(),
            exceptions=sorted(outcomes, key=lambda o: o.seq),
        )  # fmt: skip
        sealed = wire.pack_receipt(store.identity.device, private, receipt)
        conn.execute(
            RECEIPT.insert(),
            {"id": receipt.id, "device": receipt.device, "first_seq": receipt.first_seq, "last_seq": receipt.last_seq,
             "at": receipt.at, "body": sealed},
        )  # fmt: skip
    return sealed


def _known_already(
    conn: Connection, device: rows.Row, header: Header, events: Sequence[Event]
) -> tuple[list[Event], list[Outcome]]:
    """(events not seen before, what is said of the ones seen). Checks the device's gapless count."""
    last = device["last_seq"]
    if header.first_seq > last + 1:
        raise RuleError("batch.gap", f"中间缺少第 {last + 1} 至 {header.first_seq - 1} 号变更，请从第 {last + 1} 号起重新发送。")
    old = [e for e in events if e.seq <= last]
    if not old:
        return list(events), []
    query = select(EVENT.c.seq, EVENT.c.entity_id, EVENT.c.at, EVENT.c.status, EVENT.c.detail).where(
        EVENT.c.device == device["id"], EVENT.c.seq.between(old[0].seq, old[-1].seq)
    )
    stored = {r.seq: r for r in conn.execute(query)}
    said = []
    for event in old:
        before = stored.get(event.seq)
        if before is None or (before.entity_id, before.at) != (_text(event.entity_id), _text(event.at)):
            raise KnownError(
                "device.rewound",
                "县级收到过这台设备另外的内容（本机恢复过旧备份，或被复制到了两台电脑上），没有接收。本机的内容都在，请用新的加入凭证重新加入县级。",
            )
        said.append(_outcome_again(before))
    return [e for e in events if e.seq > last], [s for s in said if s]


def _outcome_again(before: Any) -> Outcome | None:
    """The same answer as the first time, for a reply that was lost on the way."""
    if not before.status:
        return None
    return msgspec.json.decode(before.detail, type=Outcome) if before.detail else Outcome(before.seq, before.status)


# How the history keeps what became of events: (connection, device, events, outcomes by seq, texts of creations by seq).
Keep = Callable[[Connection, rows.Row, Sequence[Event], Mapping[int, Outcome], Mapping[int, str]], None]


def take(store: Store, conn: Connection, device: rows.Row, events: Sequence[Event], keep: Keep) -> list[Outcome]:
    """Apply events of one device, in order; what the database refuses is refused alone."""
    try:
        with conn.begin_nested():
            return _apply_all(store, conn, device, events, keep)
    except (DataError, IntegrityError):
        # The database refuses a value. Anything else (disk, locks, a lost connection) fails the whole batch, to be sent again.
        if len(events) == 1:
            return _refuse_for_database(conn, device, events[0], keep)
    outcomes: list[Outcome] = []
    for event in events:
        outcomes += take(store, conn, device, [event], keep)
    return outcomes


def _refuse_for_database(conn: Connection, device: rows.Row, event: Event, keep: Keep) -> list[Outcome]:
    outcome = Outcome(event.seq, "refused", [("", "县级数据库无法保存这条变更，请联系县级管理员")])
    keep(conn, device, [event], {event.seq: outcome}, {})
    return [outcome]


def _apply_all(store: Store, conn: Connection, device: rows.Row, events: Sequence[Event], keep: Keep) -> list[Outcome]:
    office, relay = device["office"], device["kind"] == "server"
    if relay:
        events = [relaying.as_allowed(e) for e in events]
    ids = {e.entity_id for e in events}
    work = Work(office, _seen_by_bureau(conn, office, events), kinds=feed.kinds(conn, ids))
    work.targets = {e.seq: targets(e) for e in events if e.entity in SYNCED}
    work.places = _places(conn, events, work.targets)
    work.found = _load(conn, events, set(work.kinds))
    work.rows = dict(work.found)
    twice, waits = rebase.said_before(conn, device["id"], events), outbox.held_records(conn, device["id"])
    outcomes: dict[int, Outcome] = {}
    disputes = Clashes(conn, store, work, device, events, outcomes)
    for event in events:
        if event.seq in twice:
            outcomes[event.seq] = Outcome(event.seq, "duplicate")
            continue
        if beyond(event) or waits.get(event.entity_id, event.seq) < event.seq:  # what follows a held change builds on it
            outcome: Outcome | None = Outcome(event.seq, "held")
        else:
            outcome = relaying.apply(work, event) if relay else apply(work, event, disputes)
        if outcome:
            outcomes[event.seq] = outcome
            if outcome.status == "held":
                waits.setdefault(event.entity_id, event.seq)
    clashes.follow(conn, work)
    changed = _write(conn, work)
    keep(conn, device, events, outcomes, work.texts)
    derive.refresh(conn, [(entity, row["id"]) for entity, rows_ in changed.items() for row in rows_])
    # The digest says nothing of the village: who has not heard of a move is sent the record, as it changed it itself.
    last = {e.entity_id: (e.digest, e.village) for e in events if e.seq not in outcomes}
    own = {i for i, said in last.items() if (work.rows[i]["digest"], work.rows[i]["village"]) == said}
    feed.publish(conn, changed, created=work.created, device=device["id"], own=own)
    return list(outcomes.values())


def _seen_by_bureau(conn: Connection, office: str, events: Sequence[Event]) -> set[str]:
    if scope.level_of(office) is not scope.Level.BUREAU:
        return set()
    return feed.may_write(conn, office, {e.entity_id for e in events} | _parents(events))


def _parents(events: Sequence[Event]) -> set[str]:
    """The requests that new rows of the batch say they belong to."""
    return {target_of(e, SYNCED[e.entity].parent) for e in events if e.entity in SYNCED and SYNCED[e.entity].parent} - {""}


def _places(conn: Connection, events: Sequence[Event], pointed: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """The village of every record that an event points to. pointed: field → id, by seq."""
    wanted: dict[str, set[str]] = {}
    for event in events:
        for name, target in pointed[event.seq].items() if event.seq in pointed else ():
            owner = target_of(event, "owner_entity")  # an attachment hangs on records of several kinds
            wanted.setdefault(owner if owner in ENTITIES else pointing(event.entity)[name], set()).add(target)
    found: dict[str, str] = {}
    for entity, ids in wanted.items():
        table = ENTITIES[entity].table
        for part in bulk.parts(sorted(ids)):
            query = select(table.c.id, table.c.village).where(bulk.among(table.c.id, part))
            found.update({r.id: r.village for r in conn.execute(query)})
    return found


def _load(conn: Connection, events: Sequence[Event], ids: set[str]) -> dict[str, dict[str, Any]]:
    """The rows that the batch touches, locked in the order of their ids, so that two batches cannot wait in a ring."""
    found: dict[str, dict[str, Any]] = {}
    for name in sorted({e.entity for e in events if e.entity in ENTITIES}):
        table = ENTITIES[name].table
        wanted = sorted({e.entity_id for e in events if e.entity == name and e.entity_id in ids})
        for part in bulk.parts(wanted):
            query = select(table).where(bulk.among(table.c.id, part)).order_by(table.c.id).with_for_update()
            found.update({r["id"]: dict(r) for r in conn.execute(query).mappings()})
    return found


def _write(conn: Connection, work: Work) -> dict[str, list[dict[str, Any]]]:
    changed: dict[str, list[dict[str, Any]]] = {}
    for record_id, entity in work.created.items():
        changed.setdefault(entity, []).append(work.rows[record_id])
    for entity, new in changed.items():
        bulk.insert(conn, ENTITIES[entity].table, new)
    differences: dict[str, dict[str, dict[str, Any]]] = {}
    for record_id, entity in work.changed.items():
        if record_id in work.created:
            continue
        row = work.rows[record_id]
        differences.setdefault(entity, {})[record_id] = bulk.differing(work.found[record_id], row)
        changed.setdefault(entity, []).append(row)
    for entity, those in differences.items():
        bulk.update(conn, ENTITIES[entity].table, those)
    if work.conflicts:
        bulk.insert(conn, ENTITIES["conflict"].table, work.conflicts)
        changed.setdefault("conflict", []).extend(work.conflicts)
    return changed


_KEPT = (
    "device", "seq", "entity", "entity_id", "kind", "at", "actor", "village", "schema", "digest", "changes", "salt",
    "operation", "status", "detail", "origin", "office",
)  # fmt: skip


def _keep_events(
    conn: Connection, device: rows.Row, events: Sequence[Event], outcomes: Mapping[int, Outcome], texts: Mapping[int, str]
) -> None:
    """The history: every event as it came, with what became of it, under one audit entry."""
    kept: list[tuple[Any, ...]] = []
    own, marks, salts = device["id"], [], os.urandom(8 * len(events)).hex()
    for i, e in enumerate(events):
        outcome, salt = outcomes.get(e.seq), salts[16 * i : 16 * i + 16]
        text = texts.get(e.seq) or changes_text(e.kind, e.changes)
        marks.append(audit.mark_of(salt, text))
        what: tuple[Any, ...] = (e.entity, e.entity_id, e.kind, e.at, e.actor, e.village, e.schema, e.digest)
        if outcome is not None:  # it may hold anything: only what was taken has been looked at
            what = (*map(_text, what[:6]), _int(e.schema), _text(e.digest))
        said = (outcome.status, canonical(outcome)) if outcome else ("", None)
        where = (_text(e.origin) if e.origin else None, _text(e.office) if e.office else None)
        kept.append((own, e.seq, *what, text, salt, "", *said, *where))
    bulk.insert_values(conn, EVENT, _KEPT, kept)
    audit.append(
        conn,
        actor=device["office"],
        action="apply",
        device=device["id"],
        first_seq=events[0].seq,
        last_seq=events[-1].seq,
        detail={"count": len(events), "exceptions": len(outcomes)},
        marks=marks,
    )


def _int(value: int) -> int:
    return min(max(value, 0), (1 << 31) - 1)


def _text(value: str) -> str:
    """What a database can hold of a text that a peer sent: a refused event is kept as well, whatever is in it."""
    return value[:200].replace("\x00", "\ufffd")
