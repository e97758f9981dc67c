"""Where a device and its server stand with each other: whether both remember the same, and where the next pull begins."""

from __future__ import annotations

from sqlalchemy import Connection

from models.errors import KnownError
from models.store import left, outbox, settings
from models.store.unit import SCHEMA, Store
from models.sync import files, parcel, wire


def meet(store: Store, last_seq: int, mark: str) -> None:
    """Compare the two ends' memory of this device, before anything is sent. Raises KnownError when one of two copies of
    this workspace speaks; a server that was restored from a backup is sent and asked for everything that it may lack.

    last_seq, mark: of this device's events the last that the server has, and which one it is (parcel.mark_of).
    """
    device = store.identity.device
    with store.read() as conn:
        top, acked = outbox.last(conn), outbox.acked(conn)
        mine = parcel.mark_of(conn, device, last_seq)
    if last_seq > top or (mark and mine != mark):
        raise KnownError(
            "device.rewound",
            "县级收到过这台设备另外的内容：本机恢复过旧备份，或者工作区被复制到了两台电脑上。"
            "没有发送任何内容，本机的内容都在，请用新的加入凭证重新加入县级。",
        )
    if last_seq < acked:
        with store.transaction() as conn:
            set_back(conn, device, last_seq)


def set_back(conn: Connection, device: str, last_seq: int) -> None:
    """The server has this device's changes up to last_seq alone, although it had acknowledged more: what it lost counts as
    unsent again, and everything is pulled anew."""
    outbox.fall_back(conn, device, last_seq)
    anew(conn)


def cursor(conn: Connection) -> int:
    """How far this device has pulled; 0 after an upgrade, because kinds of records that were passed over are known now."""
    return int(settings.get(conn, "cursor", 0)) if settings.get(conn, "cursor.schema") == SCHEMA else 0


def start_over(conn: Connection) -> None:
    """Pull everything again from the beginning; what is already so here is passed over. What left is told to have left again."""
    left.forget(conn)
    settings.put(conn, "cursor", 0)
    settings.put(conn, "cursor.mark", None)
    files.send_again(conn)


_OWN = "cursor.own"  # setting: what is pulled anew is to hold this device's own changes as well
_RECALL = "recall"  # setting: [first, last] of this device's changes that are asked about once more


def anew(conn: Connection) -> None:
    """The server was set back: everything is pulled again, this device's own included, for another's may stand in its place by
    now; and what became of each of its changes may be something else than what the receipts say."""
    start_over(conn)
    settings.put(conn, _OWN, True)
    settings.put(conn, _RECALL, [1, outbox.acked(conn)] if outbox.acked(conn) else None)


def takes_own(conn: Connection) -> bool:
    return bool(settings.get(conn, _OWN, False))


def has_all(conn: Connection, device: str) -> None:
    """Everything was told anew."""
    settings.put(conn, _OWN, None)
    outbox.let_go_of_decisions(conn, device)


def recalled(store: Store) -> tuple[int, int] | None:
    """(first, last) of the changes that are asked about once more, None without."""
    with store.read() as conn:
        run = settings.get(conn, _RECALL)
    return (run[0], run[1]) if run else None


def has_recalled(store: Store, last: int) -> None:
    """Up to this one all are answered."""
    with store.transaction() as conn:
        run = settings.get(conn, _RECALL)
        settings.put(conn, _RECALL, [last + 1, run[1]] if run and last < run[1] else None)


def stand_at(conn: Connection, header: wire.Header) -> None:
    """A page was taken in: the next one is asked for from its end."""
    settings.put(conn, "cursor", header.position)
    settings.put(conn, "cursor.schema", SCHEMA)
    settings.put(conn, "cursor.mark", header.mark or None)
