"""The device's side: push what is pending, keep the receipts, pull what is new. Every step is a short transaction.

Nothing is called received by the county before its signed receipt is stored here. An unsent local change is never
overwritten by what is pulled. A round that is cut anywhere is simply run again: every step can be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy import Connection, func, select, update

from models.base import stamp
from models.errors import KnownError, RuleError
from models.records import canonical, parse_json
from models.store import settings
from models.store.unit import SCHEMA, Store
from models.sync import adopt, files, keys, wire
from models.sync.wire import Event, Receipt
from models.tables.system import EVENT, RECEIPT

FIRST_BATCH, LARGEST_BATCH, PAGE = 200, 2000, 1000
RECEIVED = ("applied", "merged", "conflict", "refused", "duplicate")  # statuses that only a receipt can give
QUICK = 2.0  # seconds: a round trip under this lets the batch grow


@dataclass(frozen=True, slots=True)
class Link:
    """The county this device joined. server_id, server_key: who signs receipts; private: this device's key."""

    server_id: str
    server_key: bytes
    private: bytes


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the server says first. last_seq: of this device's events, the last it has; time: its clock (stamp).

    sealing: the age key to which parcels for it are sealed.
    """

    last_seq: int
    time: str
    sealing: str = ""


class Transport(Protocol):
    """One way of reaching the other side: models/sync/transports/."""

    def greet(self) -> Greeting: ...
    def push(self, batch: bytes) -> bytes: ...
    def pull(self, after: int, limit: int) -> bytes: ...


@dataclass
class Report:
    """What a round did. exceptions counts statuses other than applied; touched lists what changed here."""

    sent: int = 0
    received: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)
    touched: list[tuple[str, str]] = field(default_factory=list)
    server_time: str = ""


Progress = Callable[[str, int, int], None]


def _quiet(_what: str, _done: int, _total: int) -> None:
    return None


def sync(store: Store, link: Link, transport: Transport, progress: Progress = _quiet) -> Report:
    """One round. Raises KnownError or RuleError with a sentence; what was done before stays done."""
    report = Report()
    greeting = transport.greet()
    report.server_time = greeting.time
    _push_all(store, link, transport, greeting, report, progress)
    _pull_all(store, link, transport, report, progress)
    with store.transaction() as conn:
        settings.put(
            conn, "sync.last", {"at": stamp(), "server_time": greeting.time, "sent": report.sent, "received": report.received}
        )
    return report


def pending(conn: Connection, device: str) -> int:
    """How many of this device's events have no receipt yet."""
    query = select(func.count()).select_from(EVENT).where(EVENT.c.device == device, EVENT.c.status == "pending")
    return int(conn.execute(query).scalar() or 0)


def _push_all(store: Store, link: Link, transport: Transport, greeting: Greeting, report: Report, progress: Progress) -> None:
    device = store.identity.device
    with store.read() as conn:
        top = int(settings.get(conn, "seq", 0))
        first = conn.execute(select(func.min(EVENT.c.seq)).where(EVENT.c.device == device, EVENT.c.status == "pending")).scalar()
        total = pending(conn, device)
    if greeting.last_seq > top:
        raise KnownError(
            "device.rewound", "县级收到过这台设备更新的内容，本机像是恢复了旧备份。没有发送任何内容，请重新加入县级。"
        )
    # A lost receipt is asked for again; a server restored from its own backup is sent what it lost.
    seq = min(first or greeting.last_seq + 1, greeting.last_seq + 1)
    size = FIRST_BATCH
    while True:
        with store.read() as conn:
            events = _read(conn, device, seq, size)
        if not events:
            return
        started = time.monotonic()
        try:
            receipt, proof = _exchange(store, link, transport, events)
        except KnownError as e:
            if e.code != "net.cut" or size == 1:
                raise
            size = max(1, min(size, len(events)) // 2)
            continue
        report.touched += keep_receipt(store, receipt, proof)
        report.sent += len(events)
        for outcome in receipt.exceptions:
            report.exceptions[outcome.status] = report.exceptions.get(outcome.status, 0) + 1
        progress("发送", report.sent, max(total, report.sent))
        seq = events[-1].seq + 1
        if time.monotonic() - started < QUICK:
            size = min(size * 2, LARGEST_BATCH)


def _read(conn: Connection, device: str, seq: int, size: int) -> list[Event]:
    query = select(EVENT).where(EVENT.c.device == device, EVENT.c.seq >= seq).order_by(EVENT.c.seq).limit(size)
    return [
        Event(
            r.seq, r.id, r.entity, r.entity_id, r.kind, parse_json(r.changes) or {}, r.at, r.actor, r.village, r.schema, r.digest
        )
        for r in conn.execute(query)
    ]


def _exchange(store: Store, link: Link, transport: Transport, events: Sequence[Event]) -> tuple[Receipt, bytes]:
    batch = wire.pack("batch", store.identity.device, link.private, events, first_seq=events[0].seq, last_seq=events[-1].seq)
    answer = transport.push(batch)
    receipt = wire.read_receipt(answer, link.server_key)
    if receipt.device != store.identity.device or receipt.batch != keys.fingerprint(batch):
        raise RuleError("receipt.other", "收到的回执不是这一批的，没有记入。请再同步一次。")
    return receipt, answer


def keep_receipt(store: Store, receipt: Receipt, body: bytes) -> list[tuple[str, str]]:
    """Store a receipt with its proof and mark the events it speaks of; returns the records that changed here."""
    device = store.identity.device
    with store.transaction() as conn:
        conn.execute(
            RECEIPT.insert(),
            {
                "id": receipt.id,
                "device": device,
                "first_seq": receipt.first_seq,
                "last_seq": receipt.last_seq,
                "at": receipt.at,
                "body": body,
            },
        )
        mine = EVENT.c.device == device
        conn.execute(
            update(EVENT).where(mine, EVENT.c.seq.between(receipt.first_seq, receipt.last_seq), EVENT.c.status == "pending"),
            {"status": "applied", "receipt": receipt.id},
        )
        for outcome in receipt.exceptions:
            conn.execute(
                update(EVENT).where(mine, EVENT.c.seq == outcome.seq, EVENT.c.status.in_(("applied", "held"))),
                {"status": outcome.status, "detail": canonical(outcome), "receipt": receipt.id},
            )
        return adopt.adopt_outcomes(conn, store, receipt.exceptions)


def verify_receipts(conn: Connection, server_key: bytes) -> list[str]:
    """What is wrong with the receipts stored here, as Chinese sentences; none when every claim can be proved.

    Each envelope's signature is checked again, and every event that is called received lies in such a receipt.
    server_key: 32 bytes, the Ed25519 public key of the county's ticket.
    """
    faults, covered = [], []
    for row in conn.execute(select(RECEIPT).order_by(RECEIPT.c.first_seq, RECEIPT.c.at)):
        try:
            receipt = wire.read_receipt(row.body, server_key)
        except RuleError as e:
            faults.append(f"第 {row.first_seq} 至 {row.last_seq} 号变更的回执（{row.at}）：{e.sentence}")
            continue
        said = (receipt.id, receipt.device, receipt.first_seq, receipt.last_seq, receipt.at)
        if said != (row.id, row.device, row.first_seq, row.last_seq, row.at):
            faults.append(f"第 {row.first_seq} 至 {row.last_seq} 号变更的回执（{row.at}）：与签名中的内容不一致。")
            continue
        covered.append((receipt.device, receipt.first_seq, receipt.last_seq))
    return faults + _unproved(conn, covered)


def _unproved(conn: Connection, covered: Sequence[tuple[str, int, int]]) -> list[str]:
    """Runs of events that are called received although no proved receipt covers them."""
    runs: list[tuple[int, int]] = []
    device = (settings.get(conn, "identity") or {}).get("device", "")
    query = select(EVENT.c.seq).where(EVENT.c.device == device, EVENT.c.status.in_(RECEIVED)).order_by(EVENT.c.seq)
    proved = sorted((first, last) for owner, first, last in covered if owner == device)
    at, reach = 0, 0
    for row in conn.execute(query):
        while at < len(proved) and proved[at][0] <= row.seq:
            reach, at = max(reach, proved[at][1]), at + 1
        if row.seq <= reach:
            continue
        if runs and runs[-1][1] == row.seq - 1:
            runs[-1] = (runs[-1][0], row.seq)
        else:
            runs.append((row.seq, row.seq))
    return [f"第 {first} 至 {last} 号变更标为县级已收到，却没有可核实的回执。" for first, last in runs]


def _start_over(store: Store) -> None:
    """Pull everything again from the beginning; what is already so here is passed over."""
    with store.transaction() as conn:
        settings.put(conn, "cursor", 0)
        files.send_again(conn)


def _pull_all(store: Store, link: Link, transport: Transport, report: Report, progress: Progress) -> None:
    more = True
    while more:
        with store.read() as conn:
            after = int(settings.get(conn, "cursor", 0))
            if settings.get(conn, "cursor.schema") != SCHEMA:
                after = 0  # upgraded since: kinds of records that were passed over then are known now
        header, items = wire.read_page(transport.pull(after, PAGE), link.server_key)
        if header.position < after and after and not header.more and not items:
            _start_over(store)  # the server was restored from a backup: its positions are given anew
            continue
        if header.position < after or (header.more and header.position == after):
            raise RuleError("page.order", "县级返回的内容次序不对，没有记入。请稍后再同步一次。")
        with store.transaction() as conn:
            report.touched += adopt.adopt(conn, store, items, header.position)
            settings.put(conn, "cursor", header.position)
            settings.put(conn, "cursor.schema", SCHEMA)
        report.received += len(items)
        more = header.more
        progress("接收", report.received, report.received + (1 if more else 0))
