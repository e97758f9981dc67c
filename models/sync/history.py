"""Whether a server is still the one that a device knows, or was set back to a backup of its own.

The server's audit chain is its history: entry n has a hash that covers everything before it. Each page carries the last
entry as a mark, and the device brings it back with the first page of its next round. A server that went back to a
backup has no such entry, or, when it has gone on since, another hash there.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from models.store import bulk
from models.store.rows import Row
from models.sync import enrol, feed, wire
from models.tables.system import AUDIT


def mark(conn: Connection) -> str:
    """'n:hash' of the last entry of the audit chain, '' before the first."""
    last = conn.execute(select(AUDIT.c.n, AUDIT.c.hash).order_by(AUDIT.c.n.desc()).limit(1)).first()
    return f"{last.n}:{last.hash[:32]}" if last else ""


def known(conn: Connection, said: str) -> bool:
    """Whether a mark that this server gave is of its history as it is now."""
    n, _, start = said.partition(":")
    if not n.isdecimal() or len(n) > 15 or len(start) != 32:
        return False
    found = conn.execute(select(AUDIT.c.hash).where(AUDIT.c.n == int(n))).scalar()
    return found is not None and str(found).startswith(start)


@bulk.uncollected()
def page(
    conn: Connection, own: enrol.ServerKeys, device: Row, after: int, limit: int, said: str | None = None, *, whole: bool = False
) -> tuple[bytes, int, bool]:
    """(signed page, position to ask from next, whether there is more) of what a device may see after a position.

    device: its row of the table of devices. said: the mark that the device brings with the first page of a round ('' when it has none): when it is of another
    history an empty page at position 0 tells the device to begin anew; else the page says how many records are left. whole: with
    what stands here just as the device sent it.
    """
    if said and after and not known(conn, said):
        return wire.pack_page(own.id, own.signing, [], 0, more=False), 0, False
    office, who, relay = device["office"], "" if whole else device["id"], device["kind"] == "server"
    groups, position, more = feed.page(conn, office, after, limit, who, relay=relay)
    left = feed.left(conn, office, position, who, relay=relay) if said is not None and more else 0
    try:
        # The mark is read after the position: a history that has the mark has everything up to the position.
        sealed = wire.pack_page(own.id, own.signing, groups, position, more=more, left=left, mark=mark(conn))
    except wire.TooMuch:  # long records, each of which may be there, must not end everybody's pull
        return page(conn, own, device, after, max(1, limit // 4), said, whole=whole)
    return sealed, position, more
