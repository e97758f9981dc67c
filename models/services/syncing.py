"""Sync as the window and the command line see it: run a round, and say truly what the county has."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal, select

from models.base import parse_stamp, stamp, utc_now
from models.errors import RuleError
from models.records import Record, parse_json
from models.services import conflicts
from models.services.desk import Desk
from models.services.people import must_get
from models.services.titles import titles_of
from models.store import bulk, outbox, settings
from models.store.unit import Store
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

    conflicts counts those that this office may settle. clock_off: seconds by which this PC's clock was found to be fast
    (negative: slow) against the county's; 0 within five minutes.
    """

    joined: bool
    address: str
    pending: int
    refused: int
    conflicts: int
    last_at: str
    last_receipt_at: str
    clock_off: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """What the county has of one record. state: received, pending, refused, conflict, held, merged.

    errors: (field, Chinese reason) pairs of a refusal; opens: (kind, id) of the person or the request whose page shows it.
    """

    entity: str
    record_id: str
    title: str
    state: str
    at: str
    errors: Sequence[tuple[str, str]] = field(default_factory=tuple)
    opens: tuple[str, str] = ("", "")


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
        began = utc_now()
        report = sync(store, link, transport, progress)
        _compare_clocks(store, began, report.server_time)
        if answer:
            report.touched += laying.settle(store, answer.below)
    return report, carried


_CLOCK = "sync.clock"
_TOLERATED = 300  # seconds


def _compare_clocks(store: Store, began: datetime, server_time: str) -> None:
    """The county's clock was read at some moment of the round: as far as it says another one, this PC's clock is off."""
    there, over = parse_stamp(server_time), utc_now()
    off = (began - there) if there < began else (over - there) if there > over else timedelta(0)
    with store.transaction() as conn:
        settings.put(conn, _CLOCK, {"off": int(off.total_seconds()), "at": stamp()})


def _clock_off(conn: Connection, receipt: str) -> int:
    """As the last round found it, unless the clock has been set back since; and no clock may run before a receipt."""
    found, last = settings.get(conn, _CLOCK) or {}, settings.get(conn, "sync.last") or {}
    now = utc_now()
    off = found.get("off", 0) if found and stamp(now) >= found["at"] else 0
    known = max(receipt, last.get("server_time", ""))
    behind = int((parse_stamp(known) - now).total_seconds()) if known else 0
    off = -behind if behind > _TOLERATED else max(off, 0)
    return off if abs(off) > _TOLERATED else 0


def status(desk: Desk) -> Status:
    device, conflict = desk.store.identity.device, ENTITIES["conflict"].table
    with desk.store.read() as conn:
        link, last = settings.get(conn, "link"), settings.get(conn, "sync.last") or {}
        waiting = outbox.pending(conn)
        refused = conn.execute(
            select(func.count(EVENT.c.entity_id.distinct())).where(EVENT.c.device == device, EVENT.c.status == "refused")
        ).scalar_one()
        about = select(conflict.c.entity, conflict.c.field, func.count().label("n")).group_by(conflict.c.entity, conflict.c.field)
        open_ones = conn.execute(about.where(conflict.c.settled.is_(None), conflict.c.deleted.is_(False)))
        mine = sum(r.n for r in open_ones if conflicts.may_settle(desk.level.value, r.entity, r.field))
        receipt = conn.execute(select(func.max(RECEIPT.c.at))).scalar() or ""
        off = _clock_off(conn, receipt)
    return Status(link is not None, link["address"] if link else "", waiting, refused, mine, last.get("at", ""), receipt, off)


def _settled(conn: Connection, clashed: Mapping[str, str]) -> set[str]:
    """Of these records (id → HLC of a change that clashed), those whose conflict somebody has settled since."""
    table, done, still = ENTITIES["conflict"].table, set[str](), set[str]()
    for part in bulk.parts(list(clashed)):
        query = select(table.c.record_id, table.c.settled, table.c.other_at).where(bulk.among(table.c.record_id, part))
        for r in conn.execute(query.where(table.c.deleted.is_(False))):
            if r.settled is None:
                still.add(r.record_id)
            elif (r.other_at or "") >= clashed[r.record_id]:
                done.add(r.record_id)
    return done - still


def record_state(desk: Desk, record_id: str) -> str:
    """received only with a receipt for everything this device changed; '' when the record came from elsewhere."""
    with desk.store.read() as conn:
        query = select(EVENT.c.seq, EVENT.c.status, EVENT.c.at).where(
            EVENT.c.entity_id == record_id, EVENT.c.device == desk.store.identity.device
        )
        acked, found = outbox.acked(conn), conn.execute(query).all()
        states = {"pending" if r.seq > acked else r.status for r in found}
        clashed = max((r.at for r in found if r.status == "conflict"), default="")
        if clashed and _settled(conn, {record_id: clashed}):
            states.discard("conflict")
    for state in ("refused", "conflict", "pending", "held"):
        if state in states:
            return state
    return "received" if states else ""


_RANK = {"refused": 0, "conflict": 1, "held": 2, "pending": 3, "merged": 4, "received": 5}


def lines(desk: Desk, *, only_waiting: bool = False, limit: int = 500) -> list[Line]:
    """Record by record what the county has, those that need a person first, then the newest."""
    e = EVENT.c
    with desk.store.read() as conn:
        acked = outbox.acked(conn)
        mine = select(e.seq, e.entity, e.entity_id, e.status, e.at, e.detail).where(e.device == desk.store.identity.device)
        query = mine.order_by(e.seq.desc()).limit(limit * 4)
        wanted = conn.execute(query.where(e.status.in_(("refused", "conflict", "held")))).all()
        clashed: dict[str, str] = {}
        for row in wanted:
            if row.status == "conflict":
                clashed.setdefault(row.entity_id, row.at)
        settled = _settled(conn, clashed)
        found: dict[str, Line] = {}
        for row in [*wanted, *conn.execute(query.where(e.seq > acked if only_waiting else e.status != "replaced"))]:
            state = "pending" if row.seq > acked else "received" if row.status in ("", "duplicate") else row.status
            if state == "conflict" and row.entity_id in settled:
                state = "merged"
            if only_waiting and state == "merged":
                continue
            before = found.get(row.entity_id)
            if before is None and len(found) >= limit:
                continue
            if before is None or _RANK[state] < _RANK[before.state]:
                at = max(before.at, row.at) if before else row.at
                found[row.entity_id] = Line(row.entity, row.entity_id, "", state, at, _errors(row.detail))
        titles = titles_of(conn, [(x.entity, x.record_id) for x in found.values()])
        owners = owners_of(conn, [(x.entity, x.record_id) for x in found.values()])
    ready = [replace(x, title=titles.get(x.record_id, ""), opens=owners.get(x.record_id, ("", ""))) for x in found.values()]
    return sorted(ready, key=lambda x: _RANK[x.state])


_OWNER = {  # field → kind of the page that shows such a record
    "contact": ("person_id", "person"), "family_member": ("person_id", "person"), "request_event": ("request_id", "request"),
    "referral": ("request_id", "request"), "attachment": ("owner_id", ""),
}  # fmt: skip


def owners_of(conn: Connection, records: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """id → (person or request, its id): whose page shows each of these (entity, id) records."""
    found = {i: (entity, i) for entity, i in records if entity in ("person", "request")}
    for entity in {e for e, _ in records} & set(_OWNER):
        name, kind = _OWNER[entity]
        table = ENTITIES[entity].table
        for part in bulk.parts([i for e, i in records if e == entity]):
            query = select(table.c.id, table.c[name].label("owner"), (table.c.owner_entity if not kind else literal(kind)).label("kind"))
            for r in conn.execute(query.where(bulk.among(table.c.id, part))):
                if r.kind in ("person", "request"):
                    found[r.id] = (r.kind, r.owner)
    return found


def refusals(desk: Desk, ids: Sequence[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What the county says against this device's changes of these records: id → (field, Chinese reason) pairs.

    A refusal without a reason for any field has the field ''. Records that are not refused are left out.
    """
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    with desk.store.read() as conn:
        for part in bulk.parts(list(ids)):
            query = (
                select(EVENT.c.entity_id, EVENT.c.detail)
                .where(bulk.among(EVENT.c.entity_id, part), EVENT.c.device == desk.store.identity.device)
                .where(EVENT.c.status == "refused").order_by(EVENT.c.seq)
            )  # fmt: skip
            found.update({r.entity_id: _errors(r.detail) or (("", "县级未接收"),) for r in conn.execute(query)})
    return found


def _errors(detail: str | None) -> tuple[tuple[str, str], ...]:
    return tuple((e[0], e[1]) for e in (parse_json(detail) or {}).get("errors", ()))


def take_back(desk: Desk, entity: str, record_id: str) -> Record:
    """A refused visit or step cannot be changed, it can be written anew: it is taken out here and its line with it.

    Returns what was written, for the draft that the caller keeps first. Raises RuleError unless the county refused it.
    """
    record = must_get(desk, record_id, entity)
    if not ENTITIES[entity].append_only or record_id not in refusals(desk, [record_id]):
        raise RuleError("sync.taken", "县级已收到这条记录，不能取回。")
    with desk.store.write(desk.account, "取回未被接收的记录") as unit:
        unit.delete(entity, record_id)
    return record
