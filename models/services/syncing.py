"""Sync as the window and the command line see it: run a round, and say truly what the county has."""

from __future__ import annotations

import base64
import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from models.base import parse_stamp, stamp, utc_now
from models.errors import GuiyanError, RuleError
from models.services import conflicts
from models.services.desk import Desk
from models.services.refusals import errors_in, owners_of
from models.services.titles import titles_of
from models.store import bulk, left, outbox, settings, turn
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
    (negative: slow) against the county's; 0 within five minutes. stopped: why the county will not hear this device any
    more, '' when it does; a new ticket is the way out (models.services.joining). held: records with a change that the county
    keeps for its newer release; trouble: why the last round failed, '' when it did not, and since when that is so.
    """

    joined: bool
    address: str
    pending: int
    refused: int
    conflicts: int
    last_at: str
    last_receipt_at: str
    clock_off: int = 0
    stopped: str = ""
    held: int = 0
    trouble: str = ""
    trouble_since: str = ""


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


@contextlib.contextmanager
def alone(desk: Desk) -> Iterator[None]:
    """Rounds of one workspace never overlap, over the network or a stick, in whatever program: what one is told late would lie
    over what another has taken in since."""
    if not _ROUND.acquire(blocking=False):
        raise RuleError("sync.running", "正在同步，请等这一轮结束。")
    try:
        with turn.held(desk.folder / "guiyan.round") as free:
            if not free:
                raise RuleError("sync.running", "另一个归雁程序正在用这个工作区同步，请等它结束后再试。")
            desk.store.load_identity()
            yield
    finally:
        _ROUND.release()


def run(desk: Desk, progress: Progress = _quiet) -> Report:
    """One round with the county. Call it in a worker thread."""
    with alone(desk):
        return round_with(desk, progress)[0]


# Codes of a county that does not take this device for itself: no further round will, before it has joined again.
STOPPED = ("device.rewound", "device.revoked", "device.unknown")


@contextlib.contextmanager
def _remembered(desk: Desk) -> Iterator[None]:
    """Keep why a round failed, as long as it does; what stops every further one by itself."""
    try:
        yield
    except GuiyanError as e:
        with contextlib.suppress(GuiyanError):  # a database that takes nothing any more: the round's own error is the one to tell
            if e.code in STOPPED:
                stop(desk, e.sentence)
            _keep_trouble(desk, e.sentence)
        raise
    stop(desk, None)
    _keep_trouble(desk, None)


def stop(desk: Desk, sentence: str | None) -> None:
    """Keep that the county hears this device no more, and why; None: it does."""
    with desk.store.read() as conn:
        before = settings.get(conn, "stopped")
    if before != sentence:
        with desk.store.transaction() as conn:
            settings.put(conn, "stopped", sentence)


_TROUBLE = "sync.trouble"


def _keep_trouble(desk: Desk, sentence: str | None) -> None:
    """The same failure again keeps its first time, and writes nothing."""
    with desk.store.read() as conn:
        before = settings.get(conn, _TROUBLE)
    if (before or {}).get("sentence") != sentence:
        with desk.store.transaction() as conn:
            settings.put(conn, _TROUBLE, {"sentence": sentence, "at": stamp()} if sentence else None)


def round_with(desk: Desk, progress: Progress = _quiet) -> tuple[Report, list[Carried]]:
    """(what the round did, what became of parcels that were carried for others). The caller holds alone()."""
    from models.sync.transports.http import HttpTransport, Server

    link, address, certificate = county(desk)
    store = desk.store
    carried: list[Carried] = []
    answer = None
    with _remembered(desk), LINE.records(), HttpTransport(Server(address, certificate), store.identity.device, link.private) as transport:
        with store.read() as conn:
            first = asking.due(conn) or postman.unanswered(conn) > 0
        key = transport.greet().sealing if first else ""
        if key:
            carried = postman.forward(store, transport.carry)
            answer = asking.exchange(store, link, key, transport.carry)
        began = utc_now()
        report = sync(store, link, transport, progress)
        _compare_clocks(store, began, report.server_time)
        if report.exceptions.get("refused"):
            with store.read() as conn:  # what is on the screen says so
                refused = select(EVENT.c.entity, EVENT.c.entity_id).where(EVENT.c.status == "refused").distinct()
                report.touched += [(r.entity, r.entity_id) for r in conn.execute(refused)]
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
    device = desk.store.identity.device
    with desk.store.read() as conn:
        link, last = settings.get(conn, "link"), settings.get(conn, "sync.last") or {}
        waiting = outbox.pending(conn)
        refused = conn.execute(
            select(func.count(EVENT.c.entity_id.distinct())).where(EVENT.c.device == device, EVENT.c.status == "refused")
        ).scalar_one()
        mine = conflicts.waiting(conn, desk)
        receipt = conn.execute(select(func.max(RECEIPT.c.at)).where(RECEIPT.c.device == device)).scalar() or ""
        off, stopped = _clock_off(conn, receipt), str(settings.get(conn, "stopped", ""))
        held, trouble = len(outbox.held_records(conn, device)), settings.get(conn, _TROUBLE) or {}
    return Status(
        link is not None, link["address"] if link else "", waiting, refused, mine, last.get("at", ""), receipt, off, stopped,
        held, trouble.get("sentence", ""), trouble.get("at", ""),
    )  # fmt: skip


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
        settled, away = _settled(conn, clashed), left.known(conn)
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
                errors = errors_in(row.detail, state == "refused" and row.entity_id in away)
                found[row.entity_id] = Line(row.entity, row.entity_id, "", state, at, errors)
        titles = titles_of(conn, [(x.entity, x.record_id) for x in found.values()])
        owners = owners_of(conn, [(x.entity, x.record_id) for x in found.values()])
    ready = [replace(x, title=titles.get(x.record_id, ""), opens=owners.get(x.record_id, ("", ""))) for x in found.values()]
    return sorted(ready, key=lambda x: _RANK[x.state])
