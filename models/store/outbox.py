"""What of this device's own changes the other side has acknowledged.

Its events are numbered without a gap, and the other side takes them in order: one number says for all of them what has
a receipt. An event carries a status of its own only where the receipt says something else than 'taken as it came'.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, or_

from models.store import settings
from models.tables.system import EVENT, RECEIPT


def acked(conn: Connection) -> int:
    """The last of this device's changes up to which every one has a receipt stored here."""
    return int(settings.get(conn, "acked", 0))


def last(conn: Connection) -> int:
    """The last of this device's changes."""
    return int(settings.get(conn, "seq", 0))


def pending(conn: Connection) -> int:
    """How many of this device's changes have no receipt yet."""
    return last(conn) - acked(conn)


def acknowledge(conn: Connection, device: str) -> int:
    """After a receipt was stored: move on over the unbroken run of receipts; returns the number reached."""
    at = before = acked(conn)
    query = RECEIPT.select().with_only_columns(RECEIPT.c.first_seq, RECEIPT.c.last_seq)
    for receipt in conn.execute(query.where(RECEIPT.c.device == device, RECEIPT.c.last_seq > at).order_by(RECEIPT.c.first_seq)):
        if receipt.first_seq > at + 1:
            break
        at = max(at, receipt.last_seq)
    if at != before:
        settings.put(conn, "acked", at)
    return at


def unsettled(conn: Connection, device: str) -> ColumnElement[bool]:
    """Changes of this device that the other side does not have: without receipt, refused or held."""
    return and_(EVENT.c.device == device, or_(EVENT.c.seq > acked(conn), EVENT.c.status.in_(("refused", "held"))))
