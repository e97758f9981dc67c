"""Sync as the window and the command line see it: run a round, and say truly what the county has."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, or_, select

from models.base import parse_stamp, utc_now
from models.errors import RuleError
from models.records import parse_json
from models.services.desk import Desk
from models.services.titles import titles_of
from models.store import outbox, settings
from models.sync import asking, laying, postman
from models.sync.client import Link, Progress, Report, _quiet, sync
from models.sync.files import LINE
from models.sync.postman import Carried
from models.tables import ENTITIES
from models.tables.system import EVENT, RECEIPT

_ROUND = threading.Lock()


@dataclass(frozen=True, slots=True)
class Status:
    """pending: changes without receipt; refused, conflicts: what waits for a person; last: the last finished round.

    clock_behind: seconds that this PC's clock runs before the county's last word (0 when it does not).
    """

    joined: bool
    address: str
    pending: int
    refused: int
    conflicts: int
    last_at: str
    last_receipt_at: str
    clock_behind: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What the county has of one record. state: received, pending, refused, conflict, held, merged."""

    entity: str
    record_id: str
    title: str
    state: str
    at: str
    errors: Sequence[tuple[str, str]] = field(default_factory=tuple)


def county(desk: Desk) -> tuple[Link, str, str]:
    """(whom this device joined, its server's address, its certificate). Raises RuleError when it has joined nobody."""
    with desk.store.read() as conn:
        link = settings.get(conn, "link")
    if link is None:
        raise RuleError("sync.alone", "本机还没有加入县级，无法同步。请用县级发的加入凭证先加入；内容都保存在本机。")
    known = Link(link["server_id"], base64.b64decode(link["server_key"]), base64.b64decode(link["private"]))
    return known, link["address"], link["certificate"]


@contextmanager
def alone() -> Iterator[None]:
    """Rounds of one process never overlap, over the network or a stick."""
    if not _ROUND.acquire(blocking=False):
        raise RuleError("sync.running", "正在同步，请等这一轮结束。")
    try:
        yield
    finally:
        _ROUND.release()


def run(desk: Desk, progress: Progress = _quiet) -> Report:
    """One round with the county. Call it in a worker thread."""
    with alone():
        return round_with(desk, progress)[0]


def round_with(desk: Desk, progress: Progress = _quiet) -> tuple[Report, list[Carried]]:
    """(what the round did, what became of parcels that were carried for others). The caller holds alone()."""
    from models.sync.transports.http import HttpTransport, Server

    link, address, certificate = county(desk)
    store = desk.store
    carried: list[Carried] = []
    answer = None
    with LINE.records(), HttpTransport(Server(address, certificate), store.identity.device, link.private) as transport:
        with store.read() as conn:
            first = asking.due(conn) or postman.unanswered(conn) > 0
        key = transport.greet().sealing if first else ""
        if key:
            carried = postman.forward(store, transport.carry)
            answer = asking.exchange(store, link, key, transport.carry)
        report = sync(store, link, transport, progress)
        if answer:
            report.touched += laying.settle(store, answer.below)
    return report, carried


def status(desk: Desk) -> Status:
    device, conflict = desk.store.identity.device, ENTITIES["conflict"].table
    with desk.store.read() as conn:
        link, last = settings.get(conn, "link"), settings.get(conn, "sync.last") or {}
        waiting = outbox.pending(conn)
        refused = conn.execute(
            select(func.count(EVENT.c.entity_id.distinct())).where(EVENT.c.device == device, EVENT.c.status == "refused")
        ).scalar_one()
        conflicts = conn.execute(
            select(func.count()).select_from(conflict).where(conflict.c.settled.is_(None), conflict.c.deleted.is_(False))
        ).scalar_one()
        receipt = conn.execute(select(func.max(RECEIPT.c.at))).scalar() or ""
    known = max(receipt, last.get("server_time", ""))
    behind = int((parse_stamp(known) - utc_now()).total_seconds()) if known else 0
    return Status(
        link is not None, link["address"] if link else "", waiting, refused, conflicts, last.get("at", ""), receipt,
        behind if behind > 300 else 0,
    )  # fmt: skip


def record_state(desk: Desk, record_id: str) -> str:
    """received only with a receipt for everything this device changed; '' when the record came from elsewhere."""
    with desk.store.read() as conn:
        query = select(EVENT.c.seq, EVENT.c.status).where(
            EVENT.c.entity_id == record_id, EVENT.c.device == desk.store.identity.device
        )
        acked = outbox.acked(conn)
        states = {"pending" if r.seq > acked else r.status for r in conn.execute(query)}
    for state in ("refused", "conflict", "pending", "held"):
        if state in states:
            return state
    return "received" if states else ""


_RANK = {"refused": 0, "conflict": 1, "held": 2, "pending": 3, "merged": 4, "received": 5}


def lines(desk: Desk, *, only_waiting: bool = False, limit: int = 500) -> list[Line]:
    """Record by record what the county has, those that need a person first, then the newest."""
    device = desk.store.identity.device
    with desk.store.read() as conn:
        query = (
            select(EVENT.c.seq, EVENT.c.entity, EVENT.c.entity_id, EVENT.c.status, EVENT.c.at, EVENT.c.detail)
            .where(EVENT.c.device == device, EVENT.c.status != "replaced")
            .order_by(EVENT.c.seq.desc())
        )
        acked = outbox.acked(conn)
        if only_waiting:
            query = query.where(or_(EVENT.c.seq > acked, EVENT.c.status.in_(("refused", "conflict", "held"))))
        found: dict[str, Line] = {}
        for row in conn.execute(query.limit(limit * 4)):
            state = "pending" if row.seq > acked else "received" if row.status in ("", "duplicate") else row.status
            before = found.get(row.entity_id)
            if before is None or _RANK[state] < _RANK[before.state]:
                errors = tuple((e[0], e[1]) for e in (parse_json(row.detail) or {}).get("errors", ()))
                found[row.entity_id] = Line(row.entity, row.entity_id, "", state, before.at if before else row.at, errors)
            if len(found) >= limit:
                break
        titles = titles_of(conn, [(x.entity, x.record_id) for x in found.values()])
    ready = [Line(x.entity, x.record_id, titles.get(x.record_id, ""), x.state, x.at, x.errors) for x in found.values()]
    return sorted(ready, key=lambda x: _RANK[x.state])
