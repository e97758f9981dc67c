"""What of this device's own changes the other side has acknowledged.

Its events are numbered without a gap, and the other side takes them in order: one number says for all of them what has
a receipt. An event carries a status of its own only where the receipt says something else than 'taken as it came'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, literal_column, or_, select, update

from models.store import bulk, settings
from models.tables import ENTITIES
from models.tables.system import EVENT


def acked(conn: Connection) -> int:
    """The last of this device's changes up to which every one has a receipt stored here."""
    return int(settings.get(conn, "acked", 0))


def last(conn: Connection) -> int:
    """The last of this device's changes."""
    return int(settings.get(conn, "seq", 0))


def pending(conn: Connection) -> int:
    """How many of this device's changes have no receipt yet."""
    return last(conn) - acked(conn)


def acknowledge(conn: Connection, first: int, last: int) -> None:
    """A receipt for first..last was stored; nothing before it may be missing."""
    at = acked(conn)
    if first <= at + 1 and last > at:
        settings.put(conn, "acked", last)


def fall_back(conn: Connection, device: str, last: int) -> None:
    """The other side was set back to a backup and has this device's changes only up to last: what was said of the later
    ones holds no more. Their old receipts stay, as what it had said; only new ones count."""
    settings.put(conn, "acked", last)
    said = (EVENT.c.device == device, EVENT.c.seq > last, EVENT.c.status.not_in(("", "replaced")))
    conn.execute(update(EVENT).where(*said), {"status": "", "detail": None})


def forget_said(conn: Connection, device: str, first: int, last: int) -> None:
    """What was said of these changes is about to be said anew, but for what waits there and what has been said in another way."""
    said = (EVENT.c.device == device, EVENT.c.seq.between(first, last), EVENT.c.status.not_in(("", "replaced", "held")))
    conn.execute(update(EVENT).where(*said), {"status": "", "detail": None})


def let_go_of_decisions(conn: Connection, device: str) -> None:
    """Decisions on conflicts that the other side has lost: those are asked anew where there is one."""
    table = ENTITIES["conflict"].table
    lost = (EVENT.c.entity == "conflict", EVENT.c.entity_id.not_in(select(table.c.id)))
    conn.execute(update(EVENT).where(marked_of(device, "refused"), *lost), {"status": "replaced"})


def marked(*statuses: str) -> ColumnElement[bool]:
    """Events of these statuses. Few have one, and the index that holds just those serves only a query that says so."""
    return and_(EVENT.c.status != literal_column("''"), EVENT.c.status.in_(statuses))


def marked_of(device: str, *statuses: str) -> ColumnElement[bool]:
    """The same of one device. Its column is asked for as an expression: by the key, which begins with the device, SQLite
    would read every change that the device ever made, instead of the few that the other index holds."""
    return and_(marked(*statuses), EVENT.c.device.concat("") == device)


def held_records(conn: Connection, device: str) -> dict[str, int]:
    """Records with a change of this device that is held, and the first such change of each."""
    first = select(EVENT.c.entity_id, func.min(EVENT.c.seq).label("seq")).where(marked_of(device, "held"))
    return {r.entity_id: r.seq for r in conn.execute(first.group_by(EVENT.c.entity_id))}


def held_runs(conn: Connection, device: str, schema: int, most: int) -> list[tuple[int, int]]:
    """(first, last) of this device's held changes that a server of this schema knows, each run without a gap and of at
    most so many changes."""
    query = select(EVENT.c.seq).where(marked_of(device, "held"), EVENT.c.schema <= schema)
    runs: list[tuple[int, int]] = []
    for seq in conn.execute(query.order_by(EVENT.c.seq)).scalars():
        if runs and runs[-1][1] == seq - 1 and seq - runs[-1][0] < most:
            runs[-1] = (runs[-1][0], seq)
        else:
            runs.append((seq, seq))
    return runs


def held_of(conn: Connection, device: str, first: int, last: int) -> dict[int, tuple[str, str]]:
    """This device's held changes among first..last: (entity, id) of their records by number."""
    query = select(EVENT.c.seq, EVENT.c.entity, EVENT.c.entity_id).where(marked_of(device, "held"))
    return {r.seq: (r.entity, r.entity_id) for r in conn.execute(query.where(EVENT.c.seq.between(first, last)))}


def let_go(conn: Connection, device: str, seqs: Iterable[int]) -> None:
    """These changes are held no more."""
    for seq in seqs:
        conn.execute(update(EVENT).where(EVENT.c.device == device, EVENT.c.seq == seq), {"status": "", "detail": None})


def unsettled(conn: Connection, device: str) -> ColumnElement[bool]:
    """Changes of this device that the other side does not have: without receipt, refused or held."""
    return and_(EVENT.c.device == device, or_(EVENT.c.seq > acked(conn), marked("refused", "held")))


def unsettled_of(conn: Connection, device: str, ids: Sequence[str], columns: Sequence[ColumnElement[Any]]) -> list[Row[Any]]:
    """The same for some records, in their order; columns: what is wanted of each change, entity_id among it.

    A page of a pull asks this for every record of it, and there is seldom anything to find: then nothing is looked up.
    """
    at, top = acked(conn), last(conn)
    query = select(EVENT.c.seq, *columns).where(EVENT.c.device == device)
    asked = bulk.among(EVENT.c.entity_id, ids)
    found: list[Row[Any]] = []
    if top - at > len(ids):
        found += conn.execute(query.where(asked, EVENT.c.seq > at))
    elif top > at:
        wanted = set(ids)
        found += (row for row in conn.execute(query.where(EVENT.c.seq > at)) if row.entity_id in wanted)
    if conn.execute(select(EVENT.c.seq).where(marked_of(device, "refused", "held")).limit(1)).first():
        found += conn.execute(query.where(asked, marked("refused", "held"), EVENT.c.seq <= at))
    return sorted(found, key=lambda row: int(row.seq))
