"""What must hold when all is calm again. Every finding is a sentence that says where."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from models import scope
from models.records import changes_of
from models.store import audit, outbox, settings
from models.store.rows import to_wire
from models.store.unit import Store
from models.sync import proving, wire
from models.sync.registry import SYNCED
from models.tables import ENTITIES
from models.tables.system import EVENT, RECEIPT


@dataclass(frozen=True, slots=True)
class End:
    """One device's database, opened for looking. log: what was typed on it, kept outside."""

    name: str
    store: Store
    log: Path


def findings(server: Store, server_key: bytes, ends: Sequence[End]) -> Iterator[str]:
    with server.read() as there:
        yield from (f"server: audit {f.n} {f.reason}" for f in audit.verify(there))
        history = {(e.device, e.seq): e for e in there.execute(select(EVENT))}
        for end in ends:
            with end.store.read() as here:
                yield from (f"{end.name}: {said}" for said in _device(here, there, end, history, server_key))
        yield from _conflicts(there)
        yield from _typed(there, history, ends)


def _device(here: Connection, there: Connection, end: End, history: dict[tuple[str, int], Any], key: bytes) -> Iterator[str]:
    device = end.store.identity.device
    yield from (f"audit {f.n} {f.reason}" for f in audit.verify(here))
    yield from proving.verify_receipts(here, key)
    if outbox.pending(here):
        yield f"{outbox.pending(here)} changes have no receipt after the calm rounds"
    mine = {e.seq: e for e in here.execute(select(EVENT).where(EVENT.c.device == device))}
    if sorted(mine) != list(range(1, outbox.last(here) + 1)):
        yield "the numbers of its changes have gaps"
    yield from _receipts(here, device, mine, history)
    unsettled = {e.entity_id for e in mine.values() if e.status in ("refused", "held", "replaced")}
    for name, rule in SYNCED.items():
        if not rule.down:
            yield from _equal(here, there, name, scope.prefix_of(end.store.identity.office), unsettled)


def _receipts(here: Connection, device: str, mine: dict[int, Any], history: dict[tuple[str, int], Any]) -> Iterator[str]:
    """A receipt claims nothing that the server lacks, and says of each change what the server did."""
    for row in here.execute(select(RECEIPT.c.first_seq, RECEIPT.c.last_seq, RECEIPT.c.body)):
        receipt = wire.read_receipt(row.body, _public(here))
        said = {o.seq: o.status for o in receipt.exceptions}
        for seq in range(row.first_seq, row.last_seq + 1):
            sent, got = mine.get(seq), history.get((device, seq))
            if sent is None or got is None:
                yield f"a receipt claims change {seq}, which {'the device' if sent is None else 'the server'} lacks"
            elif (sent.entity_id, sent.kind, sent.at, sent.changes) != (got.entity_id, got.kind, got.at, got.changes):
                yield f"change {seq} is another one on the server"
            elif got.status != said.get(seq, ""):
                yield f"change {seq} is {got.status or 'applied'} on the server, its receipt says {said.get(seq, 'applied')}"


def _public(here: Connection) -> bytes:
    return base64.b64decode(settings.get(here, "link")["server_key"])


def _equal(here: Connection, there: Connection, entity: str, prefix: str, unsettled: set[str]) -> Iterator[str]:
    table = ENTITIES[entity].table
    columns = [table.c.id, table.c.village, table.c.digest, table.c.deleted]
    columns += [table.c[n] for n in ("state", "due_on") if n in table.c]  # folded at each end alike

    def state(conn: Connection) -> dict[str, tuple[Any, ...]]:
        rows = conn.execute(select(*columns).where(table.c.village >= prefix, table.c.village < scope.next_prefix(prefix)))
        return {r.id: tuple(r)[1:] for r in rows if r.id not in unsettled}

    ours, theirs = state(here), state(there)
    for record in sorted({*ours, *theirs}):
        if ours.get(record) != theirs.get(record):
            yield f"{entity} {record}: {ours.get(record)} here, {theirs.get(record)} on the server"


def _conflicts(there: Connection) -> Iterator[str]:
    """Every clash is kept as a conflict record."""
    table = ENTITIES["conflict"].table
    kept = {(r.record_id, r.field) for r in there.execute(select(table.c.record_id, table.c.field))}
    for event in there.execute(select(EVENT.c.entity_id, EVENT.c.changes).where(EVENT.c.status == "conflict")):
        if not any((event.entity_id, field) in kept for field in changes_of(event.changes)):
            yield f"the clash on {event.entity_id} left no conflict"


def _typed(there: Connection, history: dict[tuple[str, int], Any], ends: Sequence[End]) -> Iterator[str]:
    """Everything that was called saved is in the server's history; what one device alone wrote stands there as it was
    typed last."""
    got: dict[str, set[tuple[str, str, Any]]] = defaultdict(set)
    uneven = {e.entity_id for e in history.values() if e.status in ("refused", "held") or e.kind in ("delete", "restore")}
    for (device, _), event in history.items():
        for field, pair in changes_of(event.changes).items():
            got[device].add((event.entity_id, field, pair[1][1] if pair[1] else None))
    last: dict[tuple[str, str], dict[str, list[str | None]]] = defaultdict(dict)
    for end in ends:
        device = end.store.identity.device
        for line in end.log.read_text().splitlines():
            note = json.loads(line)
            for field, value in note["values"].items():
                if note["record"] is None:
                    continue
                if note["done"] and (note["record"], field, value) not in got[device]:
                    yield f"{end.name}: what was saved is missing: {field} of {note['record']}"
                by = last[note["record"], field].setdefault(end.name, [None])  # killed before the first one was saved
                by[:] = [value] if note["done"] else [*by, value]
    fields: dict[str, dict[str, Any]] = {}
    for entity in ("person", "contact", "request"):
        what = ENTITIES[entity]
        fields |= {r["id"]: to_wire(what, r) for r in there.execute(select(what.table)).mappings()}
    for (record, field), writers in last.items():
        if len(writers) == 1 and record not in uneven:
            ((name, values),) = writers.items()
            cell = fields.get(record, {}).get(field)
            if (cell[1] if cell else None) not in values:
                yield f"{name} alone wrote {field} of {record}; it is not what was typed last"
