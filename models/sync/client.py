"""The device's side: push what is pending, keep the receipts, pull what is new. Every step is a short transaction.

Nothing is called received by the county before its signed receipt is stored here. An unsent local change is never
overwritten by what is pulled. A round that is cut anywhere is simply run again: every step can be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from sqlalchemy import Connection, select, update

from models.base import stamp
from models.errors import BugError, KnownError, RuleError
from models.records import canonical, changes_of
from models.store import bulk, left, outbox, settings
from models.store.unit import Store
from models.sync import adopt, keys, position, rebase, wire
from models.sync.columns import Event, Item
from models.sync.wire import Outcome, Receipt
from models.tables.system import EVENT, RECEIPT

FIRST_BATCH, LARGEST_BATCH = 500, 2000
FIRST_PAGE, LARGEST_PAGE = 500, 2000
QUICK = 2.0  # seconds: a round trip under this lets the batch grow
SLOW = 300_000  # bytes a second: under this a batch is packed thoroughly while the one before it is on its way


@dataclass(frozen=True, slots=True)
class Link:
    """The county this device joined. server_id, server_key: who signs receipts; private: this device's key."""

    server_id: str
    server_key: bytes
    private: bytes


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the server says first. last_seq: of this device's events, the last it has; time: its clock (stamp).

    sealing: the age key to which parcels for it are sealed; mark: which event bears last_seq there (parcel.mark_of);
    schema: what it knows (models.store.unit.SCHEMA), 0 when it does not say.
    """

    last_seq: int
    time: str
    sealing: str = ""
    mark: str = ""
    schema: int = 0


class Transport(Protocol):
    """One way of reaching the other side: models/sync/transports/."""

    def greet(self) -> Greeting: ...
    def push(self, batch: bytes) -> bytes: ...
    def pull(self, after: int, limit: int, mark: str | None = None, *, own: bool = False) -> bytes: ...


@dataclass
class Report:
    """What a round did. exceptions counts statuses other than applied; touched lists what changed here."""

    sent: int = 0
    received: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)
    touched: list[tuple[str, str]] = field(default_factory=list)
    server_time: str = ""


Touched = list[tuple[str, str]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Takes:
    """What the answers do here, inside the transaction that keeps them: outcomes of a receipt, items of a page, and, where all
    is told anew by a server that was set back, the beginning."""

    outcomes: Callable[[Connection, Store, Sequence[Outcome]], Touched]
    items: Callable[[Connection, Store, Sequence[Item], int], Touched]
    begins: Callable[[Connection], Touched]


DESK = Takes(adopt.adopt_outcomes, adopt.adopt, adopt.forget_conflicts)


def _quiet(_what: str, _done: int, _total: int) -> None:
    return None


def sync(store: Store, link: Link, transport: Transport, progress: Progress = _quiet, takes: Takes = DESK) -> Report:
    """One round. Raises KnownError or RuleError with a sentence; what was done before stays done."""
    report = Report()
    greeting = transport.greet()
    report.server_time = greeting.time
    position.meet(store, greeting.last_seq, greeting.mark)
    _ask_again(store, link, transport, report, takes, greeting.schema)
    _recall(store, link, transport, progress)
    _push_all(store, link, transport, report, progress, takes)
    _pull_all(store, link, transport, report, progress, takes)
    with store.transaction() as conn:
        settings.put(
            conn, "sync.last", {"at": stamp(), "server_time": greeting.time, "sent": report.sent, "received": report.received}
        )
    return report


def _ask_again(store: Store, link: Link, transport: Transport, report: Report, takes: Takes, schema: int) -> None:
    """What the other side held is sent once more when it has been upgraded since: it answers what has become of it."""
    with store.read() as conn:
        runs = outbox.held_runs(conn, store.identity.device, schema, LARGEST_BATCH)
    for first, last in runs:
        if batch := _batch(store, link, first, last - first + 1):
            report.touched += keep_receipt(store, *_receipt(store, link, batch, transport.push(batch.body)), takes)


def _recall(store: Store, link: Link, transport: Transport, progress: Progress) -> None:
    """The other side was set back: of what it had taken by then, and may have been given since by a stick or a neighbour in
    another order, each change is asked about once more."""
    size = LARGEST_BATCH
    while (run := position.recalled(store)) is not None:
        batch = _batch(store, link, run[0], min(size, run[1] - run[0] + 1))
        if batch is None:
            raise BugError("sync.recall", "要核对的变更不在本机。")
        progress("核对", run[0] - 1, run[1])
        try:
            answer = transport.push(batch.body)
        except KnownError as e:
            if e.code != "net.cut" or size == 1:
                raise
            size = max(1, min(size, batch.last - batch.first + 1) // 2)
            continue
        keep_receipt(store, *_receipt(store, link, batch, answer), anew=True)
        position.has_recalled(store, batch.last)


def _push_all(store: Store, link: Link, transport: Transport, report: Report, progress: Progress, takes: Takes = DESK) -> None:
    """Send what has no receipt. The next batch is made while the other side works on the one before."""
    with store.read() as conn:
        top, seq = outbox.last(conn), outbox.acked(conn) + 1  # a lost receipt is asked for again
    size, total, level = FIRST_BATCH, top - seq + 1, wire.QUICK

    def push(body: bytes) -> tuple[bytes, float]:
        began = time.monotonic()
        return transport.push(body), time.monotonic() - began

    with ThreadPoolExecutor(1, "sync-line") as line:
        batch = _batch(store, link, seq, size)
        answer = line.submit(push, batch.body) if batch else None
        while batch and answer:
            following = _batch(store, link, batch.last + 1, min(size * 2, LARGEST_BATCH), level)
            try:
                said, seconds = answer.result()
            except KnownError as e:
                if e.code != "net.cut" or size == 1:
                    raise
                size = max(1, min(size, batch.last - batch.first + 1) // 2)
                batch = _batch(store, link, batch.first, size)
                answer = line.submit(push, batch.body) if batch else None
                continue
            receipt, proof = _receipt(store, link, batch, said)
            # On its way while the receipt of the one before is put down: a receipt that is lost here is asked for again.
            answer = line.submit(push, following.body) if following else None
            report.touched += keep_receipt(store, receipt, proof, takes)
            report.sent += batch.last - batch.first + 1
            for outcome in receipt.exceptions:
                report.exceptions[outcome.status] = report.exceptions.get(outcome.status, 0) + 1
            progress("发送", report.sent, max(total, report.sent))
            if seconds < QUICK:
                size = min(size * 2, LARGEST_BATCH)
            level = (
                wire.THOROUGH if batch.last - batch.first + 1 >= FIRST_BATCH and len(batch.body) < SLOW * seconds else wire.QUICK
            )
            batch = following


@dataclass(frozen=True, slots=True)
class _Batch:
    """Events first..last of this device in their envelope."""

    first: int
    last: int
    body: bytes


@bulk.uncollected()
def _batch(store: Store, link: Link, seq: int, size: int, level: int = wire.QUICK) -> _Batch | None:
    """The next events from seq on, or None when there is none."""
    device = store.identity.device
    with store.read() as conn:
        events = read_events(conn, device, seq, size)
    if not events:
        return None
    return _Batch(events[0].seq, events[-1].seq, wire.pack_batch(device, link.private, events, level))


def read_events(conn: Connection, device: str, seq: int, size: int) -> list[Event]:
    """A device's events from seq on, size at most, as they travel."""
    e = EVENT.c
    query = (
        select(e.seq, e.entity, e.entity_id, e.kind, e.changes, e.at, e.actor, e.village, e.schema, e.digest, e.origin, e.office)
        .where(e.device == device, e.seq >= seq)
        .order_by(e.seq)
        .limit(size)
    )
    return [
        Event(seq, entity, entity_id, kind, changes_of(changes), at, actor, village, schema, digest, origin or "", office or "")
        for seq, entity, entity_id, kind, changes, at, actor, village, schema, digest, origin, office in conn.execute(query)
    ]


def _receipt(store: Store, link: Link, batch: _Batch, answer: bytes) -> tuple[Receipt, bytes]:
    receipt = wire.read_receipt(answer, link.server_key)
    about = (receipt.device, receipt.first_seq, receipt.last_seq, receipt.batch)
    if about != (store.identity.device, batch.first, batch.last, keys.fingerprint(batch.body)):
        raise RuleError("receipt.other", "收到的回执不是这一批的，没有记入。请再同步一次。")
    return receipt, answer


def keep_receipt(
    store: Store, receipt: Receipt, body: bytes, takes: Takes = DESK, since: int = 0, *, anew: bool = False
) -> Touched:
    """Store a receipt with its proof and what it says of single events; returns the records that changed here.

    since: what it says of earlier ones is known, but for those that were held until now. anew: it says so of events that had
    another receipt before; what became of their records is pulled.
    """
    device = store.identity.device
    with store.transaction() as conn:
        if anew:
            outbox.forget_said(conn, device, receipt.first_seq, receipt.last_seq)
        # A county that was set back and set forward again gives the very receipt that is here from before.
        bulk.insert(conn, RECEIPT, [
            {"id": receipt.id, "device": device, "first_seq": receipt.first_seq, "last_seq": receipt.last_seq,
             "at": receipt.at, "body": body},
        ], or_else="ON CONFLICT (id) DO NOTHING")  # fmt: skip
        held = outbox.held_of(conn, device, receipt.first_seq, receipt.last_seq)
        free = held.keys() - {o.seq for o in receipt.exceptions if o.status == "held"}
        outbox.let_go(conn, device, free)
        outcomes = rebase.give_way(conn, device, [o for o in receipt.exceptions if o.seq >= since or o.seq in free])
        for outcome in outcomes:
            one = (EVENT.c.device == device, EVENT.c.seq == outcome.seq, EVENT.c.status == "")
            conn.execute(update(EVENT).where(*one), {"status": outcome.status, "detail": canonical(outcome)})
        outbox.acknowledge(conn, receipt.first_seq, receipt.last_seq)
        adopt.taken_as_sent(conn, device, receipt.first_seq, receipt.last_seq)
        touched = [held[seq] for seq in free] + ([] if anew else takes.outcomes(conn, store, outcomes))
        return touched + left.settle(conn, device)


def _pull_all(store: Store, link: Link, transport: Transport, report: Report, progress: Progress, takes: Takes = DESK) -> None:
    """Take over what is new. The next page is asked for while this one is written; a quick line gets longer ones."""
    with store.read() as conn:
        mark: str | None
        after, mark, own = position.cursor(conn), str(settings.get(conn, "cursor.mark", "")), position.takes_own(conn)
    size, total = FIRST_PAGE, 0
    ask = partial(transport.pull, own=own)
    with ThreadPoolExecutor(1, "sync-line") as line:
        asked: Future[bytes] | None = line.submit(ask, after, size, mark)
        while asked:
            started = time.monotonic()
            try:
                page = asked.result()
            except KnownError as e:
                if e.code != "net.cut" or size == 1:
                    raise
                size = max(1, size // 2)
                asked = line.submit(ask, after, size, mark)
                continue
            if time.monotonic() - started < QUICK:
                size = min(size * 2, LARGEST_PAGE)
            with bulk.uncollected():
                header, items = wire.read_page(page, link.server_key)
                if header.position < after and after and not header.more and not items:
                    with store.transaction() as conn:
                        position.anew(conn)  # the server was restored from a backup: its positions are given anew
                    _recall(store, link, transport, progress)
                    after, own, ask = 0, True, partial(transport.pull, own=True)
                    asked = line.submit(ask, 0, size, "")
                    continue
                if header.position < after or (header.more and header.position == after):
                    raise RuleError("page.order", "县级返回的内容次序不对，没有记入。请稍后再同步一次。")
                begins, after = after == 0, header.position
                asked, mark = line.submit(ask, after, size) if header.more else None, None
                with store.transaction() as conn:
                    report.touched += takes.begins(conn) if own and begins else []
                    report.touched += takes.items(conn, store, items, header.position)
                    position.stand_at(conn, header)
                    if own and not header.more:
                        position.has_all(conn, store.identity.device)
                report.received += len(items)
                items = []  # gone before the collector of cycles is let in again
            total = max(total, report.received + header.left)
            progress("接收", report.received, max(total, report.received + (1 if header.more else 0)))
