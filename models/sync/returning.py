"""A device gives back records that the county lost: they are taken when they are what the county once said it had.

Nothing new comes in this way. The county's history of events says what a record's last digest was; a record that has
this digest is the county's own, whoever brings it, with the fields that its bringer might not write.
"""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from models import scope
from models.errors import RuleError
from models.records import parse_json
from models.store import audit, bulk, derive, rows
from models.sync import feed, holding, reconcile
from models.sync.registry import SYNCED
from models.sync.saying import ID
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.system import AUDIT, DEVICE, EVENT, FEED

MOST, MOST_BYTES = 200, 4 << 20


class Returned(msgspec.Struct, frozen=True, array_like=True):
    """A record as a device has it."""

    entity: str
    id: str
    wire: dict[str, Any]
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class LastWord:
    """What the history says of a record: where and by whom it was begun, and its digest after the last change."""

    office: str
    village: str
    born: str
    changed: str
    changed_by: str
    digest: str


def take(conn: Connection, office: str, device: str, body: bytes) -> dict[str, str]:
    """{id: what became of it}: restored; known, stands here as it should; other, the county had another state last;
    unknown, nothing is known of it that this office may be told."""
    given: list[Returned] = reconcile.decoded(body, list[Returned])
    if len(given) > MOST:
        raise RuleError("compare.large", "一次送还的记录过多，县级服务器没有接受。")
    # In this order rows are locked everywhere, so that nobody waits in a ring.
    given = sorted((g for g in given if g.entity in SYNCED and ID.fullmatch(g.id)), key=lambda g: (g.entity, g.id))
    words, places = last_words(conn, [g.id for g in given]), _standing(conn, [g.id for g in given])
    said: dict[str, str] = {}
    changed: dict[str, list[dict[str, Any]]] = {}
    created: list[str] = []
    for one in given:
        word = words.get(one.id)
        entity, place = places.get(one.id, (one.entity, word.village if word else ""))
        what, row = ENTITIES[one.entity], _row(conn, one)
        if entity != one.entity or not _may(conn, office, what, one.id, row, word, place):
            continue
        if row is not None and row["village"] == (place or row["village"]) and row["digest"] == _digest(what, row):
            said[one.id] = "known"
            continue
        new = _as_given(what, one, row, word, place)
        if new is None:
            said[one.id] = "other" if row is not None or word is not None else "unknown"
            continue
        said[one.id] = "restored"
        changed.setdefault(one.entity, []).append(new)
        if row is None:
            created.append(one.id)
            bulk.insert(conn, what.table, [new])
        else:
            bulk.update(conn, what.table, {one.id: bulk.differing(row, new)})
    if changed:
        _publish(conn, office, device, changed, created)
    return {g.id: said.get(g.id, "unknown") for g in given}


def _publish(conn: Connection, office: str, device: str, changed: Mapping[str, list[dict[str, Any]]], created: list[str]) -> None:
    restored = [(entity, row["id"]) for entity, those in changed.items() for row in those]
    audit.append(
        conn, actor=office, action="restore", detail={"from": device, "records": [list(r) for r in restored]},
    )  # fmt: skip
    derive.refresh(conn, restored)
    feed.publish(conn, changed, created=created, device=device, own={record_id for _, record_id in restored})


def _row(conn: Connection, one: Returned) -> dict[str, Any] | None:
    t = ENTITIES[one.entity].table
    found = conn.execute(select(t).where(t.c.id == one.id).with_for_update()).mappings().first()
    return dict(found) if found else None


def _digest(what: Entity, row: Mapping[str, Any]) -> str:
    """By the values as they stand."""
    now = {"id": row["id"], "deleted": row["deleted"]}
    rows.seal(what, now, rows.to_wire(what, row))
    return str(now["digest"])


def _may(
    conn: Connection, office: str, what: Entity, record_id: str, row: Mapping[str, Any] | None, word: LastWord | None, place: str
) -> bool:
    """Whether the office sees the record where it belongs: by the feed, or by the history when that was lost as well."""
    rule, writer = SYNCED[what.name], row["office"] if row is not None else word.office if word else ""
    if rule.down:
        return writer[:12] in {office[:n].ljust(12, "0") for n in (4, 6, 9, 12)}
    if scope.level_of(office) is not scope.Level.BUREAU:
        return scope.covers(office, place or (row["village"] if row is not None else ""))
    return (rule.own and writer == office) or bool(feed.may_write(conn, office, [record_id]))


def _as_given(
    what: Entity, one: Returned, row: dict[str, Any] | None, word: LastWord | None, place: str
) -> dict[str, Any] | None:
    """The row that the returned record makes, or None when nothing vouches for it."""
    if row is None:
        if word is None:
            return None
        new = rows.blank(
            what, one.id, county=word.office[:6], office=word.office, village=place or word.village, at=word.born,
            by=word.changed_by,
        )  # fmt: skip
        new["changed"], vouched = word.changed, {word.digest}
    else:
        new = {**row, "village": place or row["village"]}
        vouched = {row["digest"], _digest(what, row)} | ({word.digest} if word else set())
    new["deleted"] = one.deleted
    try:
        if not one.deleted:  # a tombstone's digest vouches for no value: none is taken from it
            rows.put_wire(what, new, {name: one.wire.get(name) for name in {*rows.to_wire(what, new), *one.wire}})
        rows.seal(what, new)
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError):  # cells that are none
        return None
    return new if new["digest"] in vouched else None


def _standing(conn: Connection, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """{id: (entity, village where the feed has it)}; a record that is published to offices below has no village there."""
    found: dict[str, tuple[str, str]] = {}
    for part in bulk.parts(ids):
        query = select(FEED.c.entity_id, FEED.c.entity, FEED.c.scope).where(
            bulk.among(FEED.c.entity_id, part), FEED.c.gone.is_(False)
        )
        for mark in conn.execute(query):
            before = found.get(mark.entity_id, ("", ""))[1]
            found[mark.entity_id] = (mark.entity, mark.scope if scope.is_office(mark.scope) else before)
    return found


def last_words(conn: Connection, ids: Sequence[str]) -> dict[str, LastWord]:
    """What the history says of these records. Events are taken in the order in which they were applied, by the audit chain."""
    e = EVENT.c
    events: list[Any] = []
    for part in bulk.parts(ids):
        query = select(
            e.device, e.seq, e.entity_id, e.kind, e.at, e.actor, e.village, e.digest, e.status, e.detail, e.office
        ).where(bulk.among(e.entity_id, part), e.status.in_(("", "merged", "conflict")))
        events += conn.execute(query).all()
    place = _Applied(conn, {one.device for one in events})
    offices = {r.id: r.office for r in conn.execute(select(DEVICE.c.id, DEVICE.c.office))}
    begun: dict[str, Any] = {}
    village: dict[str, str] = {}
    found: dict[str, LastWord] = {}
    for one in sorted(events, key=lambda one: (place.of(one.device, one.seq), one.seq)):
        if one.kind == "create":
            begun.setdefault(one.entity_id, one)
        if one.kind in ("create", "move"):
            village[one.entity_id] = one.village
        first = begun.get(one.entity_id)
        digest = one.digest if not one.status else (parse_json(one.detail) or {}).get("digest")
        if first is not None and digest and first.device in offices:
            found[one.entity_id] = LastWord(
                first.office or offices[first.device], village[one.entity_id], first.at, one.at, one.actor, digest
            )
    return found


class _Applied:
    """The number of the audit entry under which a device's events were applied."""

    def __init__(self, conn: Connection, devices: set[str]) -> None:
        self._runs: dict[str, list[tuple[int, int]]] = {}
        held = select(AUDIT.c.device, AUDIT.c.first_seq, AUDIT.c.last_seq, AUDIT.c.n).where(
            AUDIT.c.device.in_(devices), AUDIT.c.action == holding.RELEASED
        )
        self._later = list(conn.execute(held.order_by(AUDIT.c.n.desc()))) if devices else []  # few: what was held first
        query = select(AUDIT.c.device, AUDIT.c.first_seq, AUDIT.c.n).where(
            AUDIT.c.device.in_(devices), AUDIT.c.action == "apply", AUDIT.c.first_seq.is_not(None)
        )
        for run in conn.execute(query.order_by(AUDIT.c.first_seq)) if devices else ():
            self._runs.setdefault(run.device, []).append((run.first_seq, run.n))

    def of(self, device: str, seq: int) -> int:
        for run in self._later:
            if run.device == device and run.first_seq <= seq <= run.last_seq:
                return int(run.n)
        runs = self._runs.get(device, [])
        at = bisect_right(runs, (seq, sys.maxsize)) - 1
        return runs[at][1] if at >= 0 else 0
