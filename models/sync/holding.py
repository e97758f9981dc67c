"""A server after its upgrade: changes that were held because a newer release had said them are tried again.

They are tried at every start, in the order in which they were made, and what became of them stands in the history from then on:
a device that sends such a change again is answered from there, with a receipt (models.sync.client). A desk holds nothing:
what it does not know it passes over, and pulls again after its own upgrade (models.sync.position).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from models.records import canonical
from models.store import audit, bulk, outbox
from models.store.rows import Row
from models.store.unit import SCHEMA, Store
from models.sync import client, ingest
from models.sync.columns import Event
from models.sync.wire import Outcome
from models.tables.system import DEVICE, EVENT

RELEASED = "release"  # the audit entry of a run that was tried again
_MOST = 500  # changes a transaction


def release(store: Store) -> int:
    """Try again what this release knows by now; returns how many changes are not held any more. A run a transaction: a
    start that is cut off goes on at the next one."""
    with store.read() as conn:
        waiting = _waiting(conn)
    return sum(_try(store, device, first, last) for device, first, last in _runs(waiting))


def _waiting(conn: Connection) -> list[Any]:
    """(device, seq, at) of what was held here, each device's in its own order, the devices' among each other by their
    hybrid clocks: whoever had seen a change has a later one. What was held at the city is not ours to try."""
    query = select(EVENT.c.device, EVENT.c.seq, EVENT.c.at, EVENT.c.entity_id, EVENT.c.schema).where(
        outbox.marked("held"), EVENT.c.device.in_(select(DEVICE.c.id))
    )
    ready: dict[str, list[Any]] = {}
    still = set[tuple[str, str]]()  # records of which an earlier change has to wait on: what follows was made on top of it
    for one in conn.execute(query.order_by(EVENT.c.device, EVENT.c.seq)):
        if one.schema > SCHEMA or (one.device, one.entity_id) in still:
            still.add((one.device, one.entity_id))
        else:
            ready.setdefault(one.device, []).append(one)
    return list(merge(*ready.values(), key=attrgetter("at")))


def _runs(waiting: Sequence[Any]) -> Iterator[tuple[str, int, int]]:
    """(device, first, last) of what may be tried together: one device's, without a gap."""
    at: tuple[str, int, int] | None = None
    for one in waiting:
        if at and one.device == at[0] and one.seq == at[2] + 1 and one.seq - at[1] < _MOST:
            at = (at[0], at[1], one.seq)
            continue
        if at:
            yield at
        at = (one.device, one.seq, one.seq)
    if at:
        yield at


@bulk.uncollected()
def _try(store: Store, device: str, first: int, last: int) -> int:
    with store.transaction() as conn:
        row = conn.execute(select(DEVICE).where(DEVICE.c.id == device).with_for_update()).mappings().one()
        events = client.read_events(conn, device, first, last - first + 1)
        # Open again for this transaction: what is held stands in the way of what was said of the same record after it.
        conn.execute(update(EVENT).where(EVENT.c.device == device, EVENT.c.seq.between(first, last)), {"status": ""})
        outcomes = ingest.take(store, conn, row, events, _keep)
    return len(events) - sum(o.status == "held" for o in outcomes)


def _keep(
    conn: Connection, device: Row, events: Sequence[Event], outcomes: Mapping[int, Outcome], _texts: Mapping[int, str]
) -> None:
    """What became of them, and the audit entry that says when; the events themselves stay as they came."""
    at = (EVENT.c.device == device["id"], EVENT.c.seq == bindparam("number"))
    said = [(e.seq, outcomes.get(e.seq)) for e in events]
    conn.execute(
        update(EVENT).where(*at).values(status=bindparam("is"), detail=bindparam("why")),
        [{"number": seq, "is": o.status if o else "", "why": canonical(o) if o else None} for seq, o in said],
    )
    kept = (EVENT.c.device == device["id"], EVENT.c.seq.between(events[0].seq, events[-1].seq))
    marks = [
        e.mark or audit.mark_of(e.salt or "", e.changes or "")
        for e in conn.execute(select(EVENT.c.salt, EVENT.c.changes, EVENT.c.mark).where(*kept).order_by(EVENT.c.seq))
    ]
    audit.append(
        conn, actor=device["office"], action=RELEASED, device=device["id"], first_seq=events[0].seq, last_seq=events[-1].seq,
        detail={"count": len(events), "exceptions": len(outcomes)}, marks=marks,
    )  # fmt: skip
