"""The hash-chained audit log: one chain a database, over every change, reveal, print, export and applied batch.

An entry covers its events by their marks, which are salted digests: a value can be erased when the law demands it
(its event gets its mark in exchange for changes and salt) and the chain still verifies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text

from models.base import stamp
from models.records import canonical
from models.tables.system import AUDIT, EVENT

_LOCK = 0x67796F  # any number that only this program uses
_COVERED = ("n", "prev", "at", "actor", "action", "entity", "entity_id", "detail", "device", "first_seq", "last_seq", "digest")


def mark_of(salt: str, changes: str) -> str:
    return hashlib.sha256(f"{salt}{changes}".encode()).hexdigest()


def digest_of(marks: list[str]) -> str:
    return hashlib.sha256("".join(marks).encode()).hexdigest() if marks else ""


def _hash(entry: dict[str, Any]) -> str:
    return hashlib.sha256(canonical([entry[k] for k in _COVERED]).encode()).hexdigest()


def append(
    conn: Connection,
    *,
    actor: str,
    action: str,
    entity: str = "",
    entity_id: str = "",
    detail: Any = None,
    device: str = "",
    first_seq: int | None = None,
    last_seq: int | None = None,
    marks: list[str] | None = None,
) -> None:
    """Add one entry at the end of the chain. detail must hold no personal value: names of fields, counts, ids."""
    said = {"actor": actor, "action": action, "entity": entity, "entity_id": entity_id, "detail": canonical(detail or {})}
    ends = {"device": device, "first_seq": first_seq, "last_seq": last_seq, "digest": digest_of(marks or [])}
    _add(conn, [said | ends])


def append_each(conn: Connection, actor: str, action: str, records: Iterable[tuple[str, str, Any]]) -> None:
    """An entry for each (entity, id, detail), like append but in one statement."""
    ends = {"device": "", "first_seq": None, "last_seq": None, "digest": ""}
    _add(conn, [
        {"actor": actor, "action": action, "entity": entity, "entity_id": i, "detail": canonical(detail), **ends}
        for entity, i, detail in records
    ])  # fmt: skip


def _add(conn: Connection, entries: Sequence[Mapping[str, Any]]) -> None:
    if not entries:
        return
    if conn.dialect.name == "postgresql":  # two server processes must not both follow the same entry
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    last = conn.execute(select(AUDIT.c.n, AUDIT.c.hash).order_by(AUDIT.c.n.desc()).limit(1)).first()
    n, prev, at = last.n if last else 0, last.hash if last else "", stamp()
    new: list[dict[str, Any]] = []
    for entry in entries:
        n += 1
        whole = {"n": n, "prev": prev, "at": at, **entry}
        prev = _hash(whole)
        new.append({**whole, "hash": prev})
    conn.execute(AUDIT.insert(), new)


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken link. n: number of the entry (0: the chain as a whole); reason: Chinese."""

    n: int
    reason: str


def verify(conn: Connection) -> Iterator[Fault]:
    """Every fault of the chain: a changed, missing or inserted entry, and an event that is not what was sealed."""
    prev, expected = "", 1
    for row in conn.execute(select(AUDIT).order_by(AUDIT.c.n)).mappings():
        entry = dict(row)
        if entry["n"] != expected:
            yield Fault(entry["n"], f"第 {expected} 条缺失")
            expected = entry["n"]
        if entry["prev"] != prev or _hash(entry) != entry["hash"]:
            yield Fault(entry["n"], "内容与校验值不符")
        if entry["first_seq"] is not None:
            yield from _verify_events(conn, entry)
        prev, expected = entry["hash"], expected + 1


def _verify_events(conn: Connection, entry: dict[str, Any]) -> Iterator[Fault]:
    query = (
        select(EVENT.c.seq, EVENT.c.salt, EVENT.c.changes, EVENT.c.mark)
        .where(EVENT.c.device == entry["device"], EVENT.c.seq.between(entry["first_seq"], entry["last_seq"]))
        .order_by(EVENT.c.seq)
    )
    marks = []
    for event in conn.execute(query):
        marks.append(event.mark or mark_of(event.salt or "", event.changes or ""))
    if digest_of(marks) != entry["digest"]:
        yield Fault(entry["n"], f"所含的第 {entry['first_seq']} 至 {entry['last_seq']} 号变更缺失或被改动过")
