"""A workspace that goes on as another device: restored from an old backup, copied, shut out, or come to another server.

What has no receipt is numbered anew, each change with the number that it had first, so that a server which has it
already counts it and does not apply it again. The old events, their receipts and the audit chain stay as they are.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, literal_column, select, update

from models import scope
from models.fields import Merge
from models.records import changes_of, changes_text, digest
from models.store import audit, bulk, outbox, rows, settings
from models.store.unit import SCHEMA, Identity, Store
from models.sync import position, sealing
from models.sync.columns import Event
from models.sync.registry import OWNERS, SYNCED, Rule
from models.sync.wire import Outcome
from models.tables import ENTITIES
from models.tables.stick import LAID, PARCEL
from models.tables.system import EVENT

_CHUNK = 1000
_OFFER = ":0"  # the number in the origin of what was offered: no change has it


_FORMER = "former"  # setting: [server, device] of every device that this workspace was before


def former(conn: Connection, server: str) -> list[str]:
    """The devices of a server that this workspace was before the one it is, in their order."""
    return [device for there, device in settings.get(conn, _FORMER, []) if there == server]


def remember(conn: Connection, server: str, device: str) -> None:
    """Keep which device of a server this workspace has been."""
    settings.put(conn, _FORMER, [*settings.get(conn, _FORMER, []), [server, device]])


def rebase(conn: Connection, store: Store, coming: Identity, *, elsewhere: bool, had: Mapping[str, int] | None = None) -> int:
    """Let the database go on as device `coming`; returns how many changes wait for the county now.

    elsewhere: it is another server than the one that gave the receipts: beside what has no receipt, every record that
    this office may bring is said to it as it stands. The caller stores whom the device joined, in this transaction.
    had: what the same server has of each device that this workspace was; a server that was set back may lack what has
    receipts, and is told of it again.
    """
    old = store.identity
    waiting = _unsettled(conn, old.device)
    if had is not None and not elsewhere:
        lost = _lost(conn, old.device, had)
        waiting = sorted(lost + waiting, key=lambda e: e["seq"] if e["device"] == old.device else 0)  # the rest keeps its order
    offered = 0
    for some in _offers(conn, store, waiting) if elsewhere else ():
        _keep(conn, coming.device, offered + 1, some)
        offered += len(some)
    again = [_said_again(e) for e in waiting]
    for start in range(0, len(again), _CHUNK):
        _keep(conn, coming.device, offered + start + 1, again[start : start + _CHUNK])
    conn.execute(update(EVENT).where(outbox.unsettled(conn, old.device)), {"status": "replaced"})
    _number_laid(conn, [e["seq"] if e["device"] == old.device else 0 for e in waiting], offered)
    if elsewhere:
        conn.execute(delete(PARCEL))  # sealed to the other server: the sticks that brought them still have them
    settings.put(conn, "seq", offered + len(waiting))
    settings.put(conn, "acked", 0)
    # The key to which answers are sealed as well: whoever has the other copy shall not read what is for this one.
    for key in ("stick.back", "stick.read", "recipients.at", "recipients.heard", "below", sealing.SETTING):
        settings.put(conn, key, None)
    position.start_over(conn) if elsewhere else position.anew(conn)
    settings.put(conn, "clock", store.clock.tick())
    settings.put(conn, "identity", {"device": coming.device, "office": coming.office, "letter": coming.letter})
    return offered + len(waiting)


def _unsettled(conn: Connection, device: str) -> list[dict[str, Any]]:
    # What was said anew after a refusal lies beyond a receipt again where the server was set back: it needs no second saying.
    open_still = and_(outbox.unsettled(conn, device), EVENT.c.status != "replaced")
    query = select(EVENT).where(open_still).order_by(EVENT.c.seq)
    found = [dict(e) for e in conn.execute(query).mappings()]
    return sorted(found + _followed(conn, device, found), key=lambda e: int(e["seq"]))


def _followed(conn: Connection, device: str, waiting: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What was taken and came after a refused or held change of the same record, over a field of it, or took the record away:
    said again with it, for by itself a change that was taken back would come alive. They count as replaced from here on, so that
    they are not among what a server that was set back has lost as well."""
    fields: dict[str, set[str]] = {}
    since: dict[str, int] = {}
    for event in waiting:
        if event["status"] in ("refused", "held"):
            fields.setdefault(event["entity_id"], set()).update(changes_of(event["changes"]))
            since.setdefault(event["entity_id"], event["seq"])
    taken = and_(EVENT.c.device == device, EVENT.c.seq <= outbox.acked(conn), EVENT.c.status.not_in(("refused", "held", "replaced")))
    found: list[dict[str, Any]] = []
    for part in bulk.parts(since):
        for e in conn.execute(select(EVENT).where(taken, bulk.among(EVENT.c.entity_id, part))).mappings():
            over = e["kind"] in ("delete", "restore") or not fields[e["entity_id"]].isdisjoint(changes_of(e["changes"]))
            if over and e["seq"] > since[e["entity_id"]]:
                found.append(dict(e))
    for one in found:
        conn.execute(update(EVENT).where(EVENT.c.device == device, EVENT.c.seq == one["seq"]), {"status": "replaced"})
    return found


def _lost(conn: Connection, device: str, had: Mapping[str, int]) -> list[dict[str, Any]]:
    """What has a receipt and is not there any more: of this device and of those before it, in the order of typing."""
    link = settings.get(conn, "link") or {}
    lost: list[dict[str, Any]] = []
    for one in [*former(conn, link.get("server_id", "")), device]:
        settled = and_(
            EVENT.c.device == one, EVENT.c.seq > had.get(one, 0), EVENT.c.status.not_in(("refused", "held", "replaced"))
        )
        if one == device:
            settled = and_(settled, EVENT.c.seq <= outbox.acked(conn))
        lost += [dict(e) for e in conn.execute(select(EVENT).where(settled).order_by(EVENT.c.seq)).mappings()]
        conn.execute(update(EVENT).where(settled), {"status": "replaced"})
    return lost


def _said_again(event: Mapping[str, Any]) -> dict[str, Any]:
    first = event["origin"] or f"{event['device']}:{event['seq']}"
    return {**event, "operation": "", "status": "", "detail": None, "origin": first}


def _keep(conn: Connection, device: str, first: int, events: Sequence[Mapping[str, Any]]) -> None:
    """Store events under their new numbers, covered by an entry of the audit chain."""
    numbered = [{**e, "device": device, "seq": first + i} for i, e in enumerate(events)]
    bulk.insert(conn, EVENT, numbered)
    audit.append(
        conn, actor="本机", action="rebase", device=device, first_seq=first, last_seq=first + len(events) - 1,
        detail={"count": len(events)},
        marks=[e["mark"] or audit.mark_of(e["salt"] or "", e["changes"] or "") for e in numbered],
    )  # fmt: skip


def _number_laid(conn: Connection, seqs: Sequence[int], offered: int) -> None:
    """What was laid over a row remembers this device's last change by then: under its new number."""
    for r in conn.execute(select(LAID.c.entity_id, LAID.c.own)).all():
        own = offered + bisect_right(seqs, r.own)
        conn.execute(update(LAID).where(LAID.c.entity_id == r.entity_id), {"own": own})


def _offers(conn: Connection, store: Store, waiting: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Creations of the records that this office may bring, as the other server had them: without what waits."""
    before: dict[str, dict[str, Any]] = {}
    made = {e["entity_id"] for e in waiting if e["kind"] == "create"}
    for event in waiting:
        cells = before.setdefault(event["entity_id"], {})
        if event["kind"] == "move":
            continue  # says where the record stands, which is no field of it
        for name, pair in changes_of(event["changes"]).items():
            cells.setdefault(name, pair[0])
    for rule in SYNCED.values():
        table = ENTITIES[rule.entity].table
        every = conn.execute(select(table.c.id).order_by(table.c.born)).scalars().all()
        for start in range(0, len(every), _CHUNK):
            wanted = [i for i in every[start : start + _CHUNK] if i not in made]
            found = conn.execute(select(table).where(bulk.among(table.c.id, wanted))).mappings()
            by_id = {r["id"]: dict(r) for r in found}
            those = [by_id[i] for i in wanted if _may_bring(store.identity, rule, by_id[i], i in before)]
            offers = [o for row in those for o in _offer(store.identity, rule, row, before.get(row["id"], {}))]
            if offers:
                yield offers


def _may_bring(own: Identity, rule: Rule, row: Mapping[str, Any], changed: bool) -> bool:
    level = scope.level_of(own.office)
    if row["deleted"] and not changed:
        return False
    if rule.own or level is scope.Level.BUREAU or ENTITIES[rule.entity].append_only:
        return bool(row["office"] == own.office)
    return level in rule.writers and scope.covers(own.office, row["village"])


def _offer(own: Identity, rule: Rule, row: Mapping[str, Any], before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A creation; the county's fields once more by themselves, should somebody have brought the rest in the meantime."""
    what = ENTITIES[rule.entity]
    wire = {k: v for k, v in {**rows.to_wire(what, row), **before}.items() if v is not None}
    county = {s.name for s in what.specs if s.merge is Merge.COUNTY} & set(wire)
    said = [("create", wire)]
    if scope.level_of(own.office) not in OWNERS[Merge.COUNTY.value]:
        said = [("create", {k: v for k, v in wire.items() if k not in county - set(rule.opens)})]
    elif county and row["office"] != own.office:
        said.append(("update", {k: wire[k] for k in county}))
    return [
        {
            "entity": what.name, "entity_id": row["id"], "kind": kind, "at": row["changed"], "actor": row["changed_by"],
            "village": row["village"], "schema": SCHEMA,
            "digest": digest(what.name, row["id"], cells if kind == "create" else wire),
            "changes": changes_text(kind, {k: [None, v] for k, v in cells.items()}), "salt": os.urandom(8).hex(), "mark": None,
            "operation": "", "status": "", "detail": None, "origin": f"{own.device}{_OFFER}",
        }
        for kind, cells in said
    ]  # fmt: skip


def give_way(conn: Connection, device: str, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """A record that was offered and refused, because the new server has it from somebody else by now, becomes what it is
    there: nobody has typed what was offered."""
    seqs = [o.seq for o in outcomes if o.status == "refused" and o.wire is not None]
    if not seqs:
        return list(outcomes)
    offered: set[int] = set()
    for start in range(0, len(seqs), _CHUNK):
        query = select(EVENT.c.seq).where(EVENT.c.device == device, EVENT.c.seq.in_(seqs[start : start + _CHUNK]))
        offered |= set(conn.execute(query.where(EVENT.c.origin.endswith(_OFFER))).scalars())
    return [msgspec.structs.replace(o, status="merged", errors=[]) if o.seq in offered else o for o in outcomes]


def said_before(conn: Connection, device: str, events: Sequence[Event]) -> set[int]:
    """The seqs of a device's events that came before under another number and were taken: they are not applied again.

    That was their first number, or, for a late batch or stick of a device that goes on as another one, the one under which
    that one has said them anew. The number alone proves nothing: a workspace that went back to a backup gave its numbers a
    second time.
    """
    named = {e.seq: (_origin(device, e), e.entity_id, e.at, e.digest) for e in events}
    firsts: dict[str, list[int]] = {}
    for origin in {named[e.seq][0] for e in events if e.origin}:
        first, _, seq = origin.partition(":")
        if seq.isdecimal() and len(seq) < 16:
            firsts.setdefault(first, []).append(int(seq))
    taken = EVENT.c.status.not_in(("refused", "held"))
    said = (EVENT.c.entity_id, EVENT.c.at, EVENT.c.digest)
    found: set[tuple[str, str, str, str]] = set()
    for first, seqs in firsts.items():
        for start in range(0, len(seqs), _CHUNK):
            query = select(EVENT.c.seq, *said).where(
                EVENT.c.device == first, EVENT.c.seq.in_(seqs[start : start + _CHUNK]), taken
            )
            found |= {(f"{first}:{r.seq}", r.entity_id, r.at, r.digest) for r in conn.execute(query)}
    # The index holds the few that have one, and serves only a query that says so. Not the device's own: what was held and is
    # tried again stands there itself, and is no repetition of itself.
    anew = and_(EVENT.c.origin != literal_column("''"), EVENT.c.device.concat("") != device)
    if conn.execute(select(EVENT.c.seq).where(anew).limit(1)).first():
        for part in bulk.parts({origin for origin, *_ in named.values()}):
            query = select(EVENT.c.origin, *said).where(anew, bulk.among(EVENT.c.origin, part), taken)
            found |= {(r.origin, r.entity_id, r.at, r.digest) for r in conn.execute(query)}
    return {seq for seq, what in named.items() if what in found}


def _origin(device: str, event: Event) -> str:
    """The number under which a change was made; a peer may have sent anything."""
    return event.origin[:200].replace("\x00", "\ufffd") or f"{device}:{event.seq}"
