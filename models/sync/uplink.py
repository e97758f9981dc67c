"""A county's server as a device of the city's server: what it says to the city, and what it takes from it.

The county's feed is walked from a position; each record that changed becomes an event of a device of its own, kept as a
desk keeps its events, and goes the way of a desk's. What the city has of a record is the fold of what was said of it.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, update

from models import scope
from models.base import new_id, stamp
from models.catalog import city
from models.errors import GuiyanError, RuleError
from models.records import changes_of, changes_text, digest
from models.store import audit, bulk, outbox, rows, settings
from models.store.unit import SCHEMA, Identity, Store
from models.sync import adopt, client, enrol, feed, keys, position
from models.sync.client import Link, Report, Transport
from models.sync.columns import Item
from models.sync.registry import SYNCED
from models.sync.wire import Outcome
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.system import EVENT, FEED, RECEIPT

_CHUNK = 500  # records a transaction: a desk's batch waits no longer than that
_NOT_THERE = ("refused", "held", "replaced")


class Coming(msgspec.Struct, frozen=True):
    """A device that this server is about to become at the city, kept before the city is asked: an answer may be lost."""

    ticket: str
    device: str
    private: str


class Parent(msgspec.Struct, frozen=True):
    """The city's server that this one joined, and by which ticket. The keys are base64."""

    ticket: str
    address: str
    certificate: str
    server_id: str
    server_key: str
    private: str

    @property
    def link(self) -> Link:
        return Link(self.server_id, base64.b64decode(self.server_key), base64.b64decode(self.private))


def parent(store: Store) -> tuple[Store, Parent] | None:
    """(this database as a device of the city's server, that server), None when it has joined none."""
    with store.read() as conn:
        link, own = settings.get(conn, "uplink"), settings.get(conn, "identity")
    if link is None:
        return None
    device = Store(store.engine, store.where, identity=Identity(**own), clock=store.clock)
    device.lock = store.lock  # one writer at a time, whoever it speaks for
    return device, msgspec.convert(link, Parent)


def coming(conn: Connection, own: enrol.ServerKeys, ticket: enrol.Ticket) -> Coming | None:
    """Who this server shall be at the city by this ticket; None when it has joined by it. Raises RuleError for a wrong one."""
    if ticket.kind != "server":
        raise enrol.wrong_kind(ticket.kind)
    if ticket.server_id == own.id:
        raise RuleError("ticket.own", "这张凭证是本服务器自己签发的，不能接入自己。请向市级索取。")
    joined = settings.get(conn, "uplink")
    if joined and joined["ticket"] == ticket.id:
        return None
    kept = settings.get(conn, "uplink.joining")
    if kept is None or kept["ticket"] != ticket.id:
        kept = {"ticket": ticket.id, "device": new_id(), "private": enrol.b64(keys.new_signing_key())}
        settings.put(conn, "uplink.joining", kept)
    return msgspec.convert(kept, Coming)


def joined(conn: Connection, ticket: enrol.Ticket, by: Coming, said: enrol.Joined) -> None:
    """The city has enrolled this server: everything is said to it, whatever an earlier device of this server had said."""
    at = Parent(ticket.id, ticket.address, ticket.certificate, ticket.server_id, ticket.server_key, by.private)
    settings.put(conn, "uplink", msgspec.to_builtins(at))
    settings.put(conn, "identity", {"device": by.device, "office": said.office, "letter": said.letter})
    settings.put(conn, "servers", {**settings.get(conn, "servers", {}), ticket.server_id: ticket.server_key})
    for key in ("uplink.joining", "uplink.position", "uplink.trouble", "seq", "acked", "sync.last"):
        settings.put(conn, key, None)
    position.start_over(conn)


def run(store: Store, link: Link, transport: Transport) -> Report:
    """One round with the city. store: as its device (parent()). Raises what client.sync raises; what was done stays done."""
    try:
        while compose(store):
            pass
        report = client.sync(store, link, transport, takes=_TAKES)
    except GuiyanError as e:
        with store.transaction() as conn:
            settings.put(conn, "uplink.trouble", {"at": stamp(), "code": e.code, "sentence": _of_city(e.sentence)})
        raise
    with store.transaction() as conn:
        settings.put(conn, "uplink.trouble", None)
    return report


def _of_city(sentence: str) -> str:
    """What the two ends of sync say of the county is, on a county's server, said of the city."""
    return sentence.replace("县级", "市级")


@dataclass
class _Said:
    """What the city was told that a record is. events: how many say so."""

    wire: dict[str, Any] = field(default_factory=dict)
    village: str = ""
    deleted: bool = False


def compose(store: Store) -> bool:
    """Turn the next changes of the county's feed into events for the city; False when there were none."""
    own = store.identity
    with bulk.uncollected(), store.transaction() as conn:
        start, end = int(settings.get(conn, "uplink.position", 0)), feed.position(conn)
        query = select(FEED.c.entity, FEED.c.entity_id, FEED.c.position).where(FEED.c.position <= end, _waits(start))
        marks = conn.execute(query.order_by(FEED.c.position).limit(_CHUNK)).all()
        if marks:
            _say(conn, own, {m.entity_id: m.entity for m in marks})
        settings.put(conn, "uplink.position", marks[-1].position if len(marks) == _CHUNK else end)
    return len(marks) == _CHUNK


def _waits(start: int) -> ColumnElement[bool]:
    return (FEED.c.position > start) & FEED.c.entity.in_(city.entities())


def _say(conn: Connection, own: Identity, wanted: Mapping[str, str]) -> None:
    """Write the events that make the city's records of these ids (with their entities) what they are here."""
    said, open_ = _said(conn, own.device, list(wanted))
    events: list[dict[str, Any]] = []
    for entity in dict.fromkeys(wanted.values()):
        what, ids = ENTITIES[entity], [i for i, e in wanted.items() if e == entity]
        for part in bulk.parts(ids):
            for row in conn.execute(select(what.table).where(bulk.among(what.table.c.id, part))).mappings():
                events += _events(own, what, row, said.get(row["id"]))
    if not events:
        return
    for part in bulk.parts(open_ & {e["entity_id"] for e in events}):
        mine = (EVENT.c.device == own.device, outbox.marked("refused", "held"), bulk.among(EVENT.c.entity_id, part))
        conn.execute(update(EVENT).where(*mine), {"status": "replaced"})
    order = {i: n for n, i in enumerate(wanted)}
    events.sort(key=lambda e: order[e["entity_id"]])  # as the feed has them
    first = outbox.last(conn) + 1
    numbered = [{"device": own.device, "seq": first + i, **e} for i, e in enumerate(events)]
    bulk.insert(conn, EVENT, numbered)
    settings.put(conn, "seq", first + len(numbered) - 1)
    audit.append(
        conn, actor=own.office, action="uplink", device=own.device, first_seq=first, last_seq=first + len(numbered) - 1,
        detail={"count": len(numbered)}, marks=[audit.mark_of(e["salt"], e["changes"]) for e in numbered],
    )  # fmt: skip


def _said(conn: Connection, device: str, ids: Sequence[str]) -> tuple[dict[str, _Said], set[str]]:
    """(what the city has, or will have, of these records; those of which it refused or holds a change)."""
    found: dict[str, _Said] = {}
    open_: set[str] = set()
    e = EVENT.c
    for part in bulk.parts(ids):
        # Asked for the device as well, SQLite would read every event it ever made; a record has a handful, whoever made them.
        query = select(e.device, e.seq, e.entity_id, e.kind, e.changes, e.village, e.status).where(bulk.among(e.entity_id, part))
        mine = [event for event in conn.execute(query) if event.device == device]
        for event in sorted(mine, key=attrgetter("seq")):
            if event.status in _NOT_THERE:
                open_.add(event.entity_id)
                continue
            there = found.setdefault(event.entity_id, _Said())
            there.village = event.village
            if event.kind in ("delete", "restore"):
                there.deleted = event.kind == "delete"
            elif event.kind != "move":
                there.wire.update({k: pair[1] for k, pair in changes_of(event.changes).items()})
    return found, open_


def _events(own: Identity, what: Entity, row: rows.Row, there: _Said | None) -> Iterator[dict[str, Any]]:
    """What must be said so that the city has the row as it is here, after what it was told."""
    here = {k: v for k, v in rows.to_wire(what, row).items() if k in city.fields(what.name)}
    mine = scope.covers(own.office, row["village"]) and scope.covers(own.office, row["office"][:12])
    gone = row["deleted"] or not mine

    def event(kind: str, changes: dict[str, Any], wire: dict[str, Any], village: str) -> dict[str, Any]:
        return {
            "entity": what.name, "entity_id": row["id"], "kind": kind, "changes": changes_text(kind, changes), "at": row["changed"],
            "actor": row["changed_by"], "village": village, "schema": SCHEMA, "digest": digest(what.name, row["id"], wire),
            "salt": os.urandom(8).hex(), "mark": None, "operation": "", "status": "", "detail": None, "origin": None,
            "office": row["office"] if mine else own.office,
        }  # fmt: skip

    if there is None:
        if not gone:
            yield event("create", {k: [None, v] for k, v in here.items()}, here, row["village"])
        return
    before = {k: v for k, v in there.wire.items() if v is not None}
    if gone:
        if not there.deleted:
            yield event("delete", {}, rows.TOMBSTONE, there.village)
        return
    if there.deleted:
        yield event("restore", {}, before, there.village)
    if there.village != row["village"]:
        yield event("move", {"village": [["k", there.village], ["k", row["village"]]]}, before, row["village"])
    diff = {k: [before.get(k), here.get(k)] for k in sorted({*before, *here}) if before.get(k) != here.get(k)}
    if diff:
        yield event("update", diff, here, row["village"])


def _keep(_conn: Connection, _store: Store, _outcomes: Sequence[Outcome]) -> list[tuple[str, str]]:
    """What the city made of a record changes nothing in the county: its word about its own records stands."""
    return []


def _publish(conn: Connection, store: Store, items: Sequence[Item], at: int) -> list[tuple[str, str]]:
    """Take over what the city publishes, and nothing else, and publish it to the offices of this county."""
    ours = scope.prefix_of(store.identity.office)
    published = [i for i in items if i.entity in SYNCED and SYNCED[i.entity].down and not i.gone and not i.office.startswith(ours)]
    touched = adopt.adopt(conn, store, published, at, actor="市级")
    changed: dict[str, list[dict[str, Any]]] = {}
    for entity, record_id in touched:
        table = ENTITIES[entity].table
        row = conn.execute(select(table).where(table.c.id == record_id)).mappings().one()
        changed.setdefault(entity, []).append(dict(row))
    if changed:
        feed.publish(conn, changed)
    return touched


_TAKES = client.Takes(_keep, _publish, lambda _conn: [])  # a county's conflicts are its own


@dataclass(frozen=True, slots=True)
class Status:
    """What the city has of this county. unsaid: changes here that no event speaks of yet; pending: events without a receipt;
    refused, held: records that the city did not take; last: the last whole round; receipt: the last receipt; trouble: why
    the last round failed, '' when it did not. Times are stamps, '' when there is none."""

    office: str
    address: str
    unsaid: int
    pending: int
    refused: int
    held: int
    last: str
    receipt: str
    trouble: str
    trouble_at: str


def status(store: Store) -> Status | None:
    """None when this server has joined no city. store: as parent() gives it, or the server's own."""
    with store.read() as conn:
        link, own = settings.get(conn, "uplink"), settings.get(conn, "identity")
        if link is None:
            return None
        start = int(settings.get(conn, "uplink.position", 0))
        unsaid = conn.execute(select(func.count(FEED.c.entity_id.distinct())).where(_waits(start))).scalar_one()
        query = select(EVENT.c.status, func.count(EVENT.c.entity_id.distinct()))
        stuck: dict[str, int] = {
            r[0]: r[1]
            for r in conn.execute(
                query.where(EVENT.c.device == own["device"], outbox.marked("refused", "held")).group_by(EVENT.c.status)
            )
        }
        receipt = conn.execute(select(func.max(RECEIPT.c.at)).where(RECEIPT.c.device == own["device"])).scalar() or ""
        last, trouble = settings.get(conn, "sync.last", {}), settings.get(conn, "uplink.trouble", {})
        return Status(
            own["office"], link["address"], int(unsaid), outbox.pending(conn), stuck.get("refused", 0), stuck.get("held", 0),
            last.get("at", ""), receipt, trouble.get("sentence", ""), trouble.get("at", ""),
        )  # fmt: skip
