"""The bytes of attachments on their way to the county and from it: after the records, and never in their way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import delete, select

from models.base import stamp, utc_now
from models.errors import GuiyanError, KnownError, RuleError
from models.services import scan_tray
from models.services.attachments import read, vault, waiting
from models.services.desk import Desk
from models.services.syncing import county
from models.store import settings
from models.sync import loading
from models.sync.files import KEPT, LINE, Carrier, Moved, Progress, SignedHeld, Stopped, read_held, rows_with_state, split
from models.sync.hauling import Hold
from models.sync.loading import AUTOMATIC
from models.tables import ENTITIES
from models.tables.system import CONTENT

if TYPE_CHECKING:
    from models.sync.transports.http import HttpTransport

__all__ = ["AUTOMATIC", "Moved", "Pace", "Progress", "faults", "fetch", "sweep", "transfer"]

_MOVING = threading.Lock()
_ATTACHMENT = ENTITIES["attachment"].table


def sweep(desk: Desk) -> int:
    """Once a day: let the bytes go of files that were never attached, that left this office's view, or that were
    removed long ago. Returns how many parts went."""
    now = utc_now()
    line = f"{int((now - KEPT).timestamp() * 1000):012x}"
    with desk.store.read() as conn:
        if (settings.get(conn, "attachments.swept") or "") > stamp(now - timedelta(days=1)):
            return 0
        wanted = conn.execute(select(_ATTACHMENT.c.parts).where(~_ATTACHMENT.c.deleted | (_ATTACHMENT.c.changed > line)))
        parts = {part for joined in wanted.scalars() for part in split(joined or "")} | scan_tray.parts_waiting(desk)
    gone = vault(desk).keep_only(parts, (now - timedelta(days=1)).timestamp())
    with desk.store.transaction() as conn:
        settings.put(conn, "attachments.swept", stamp(now))
        conn.execute(delete(CONTENT).where(CONTENT.c.attachment_id.not_in(select(_ATTACHMENT.c.id))))
    return gone


def _go_on(_done: int, _total: int) -> bool:
    return True


def _in_turn(progress: Progress, done: int, total: int) -> bool:
    """Records go first; and whoever stopped this round has stopped what it carries for others too."""
    LINE.wait()
    if not progress(done, total):
        raise Stopped
    return True


@contextmanager
def _carrier(desk: Desk, progress: Progress) -> Iterator[tuple[Carrier, HttpTransport]]:
    from models.sync.transports.http import HttpTransport, Server

    link, address, certificate = county(desk)
    with HttpTransport(Server(address, certificate), desk.store.identity.device, link.private) as transport:
        transport.greet()
        yield Carrier(desk.store, vault(desk), transport, link.server_key, progress), transport


def transfer(desk: Desk, progress: Progress = _go_on) -> Moved:
    """Send what waits, hand on what was carried here for others, and, where the setting says so, fetch what others attached. Run it after a round of records.

    progress(bytes across, bytes in all) answers whether to go on; a round of records that begins meanwhile goes first.
    """
    if not _MOVING.acquire(blocking=False):
        raise RuleError("transfer.running", "附件正在传送，请等它结束。")
    try:
        sweep(desk)
        with desk.store.read() as conn:
            automatic = bool(settings.get(conn, AUTOMATIC, False))
        hold = Hold(desk.folder)
        if not automatic and not waiting(desk)[0] and not hold.waiting():
            return Moved()
        with _carrier(desk, progress) as (carrier, transport):
            try:
                carrier.send()
                hold.forward(transport.carry, lambda done, total: _in_turn(progress, done, total))
                if automatic:
                    carrier.fetch_all()
            except Stopped:
                pass
            return carrier.moved
    finally:
        _MOVING.release()


def fetch(desk: Desk, attachment_id: str, progress: Progress = _go_on) -> bytes | None:
    """The bytes of an attachment, from here or from the county; None when progress said to stop."""
    data = read(desk, attachment_id)
    if data is not None:
        return data
    try:
        with _carrier(desk, progress) as (carrier, _transport):
            carrier.fetch(attachment_id)
    except Stopped:
        return None
    except KnownError as e:
        if not e.code.startswith("net."):
            raise
        with desk.store.transaction() as conn:
            loading.want(conn, attachment_id)
        raise KnownError(e.code, f"{e.sentence}已记下要这个附件：联网后再打开，或写一次 U 盘，由县级答复带回。") from e
    return read(desk, attachment_id)


class Pace:
    """How long the rest will take, from what has gone across since it began."""

    def __init__(self) -> None:
        self._began, self._first = time.monotonic(), -1

    def seconds_left(self, done: int, total: int) -> int | None:
        """None while there is too little to tell by. done, total: bytes."""
        if self._first < 0:
            self._first = done
        spent, moved = time.monotonic() - self._began, done - self._first
        if spent < 0.5 or moved <= 0:
            return None
        return round((total - done) * spent / moved)


def faults(desk: Desk) -> list[str]:
    """What is wrong with attachments, as Chinese sentences: a receipt that cannot be proved, bytes that are needed and spoilt."""
    with desk.store.read() as conn:
        rows = rows_with_state(conn, CONTENT.c.state.in_(("sent", "waiting")), _ATTACHMENT.c.deleted.is_(False))
        receipts = {r.attachment_id: r.receipt for r in conn.execute(select(CONTENT.c.attachment_id, CONTENT.c.receipt))}
    found, key = [], county(desk)[0].server_key if any(r["state"] == "sent" for r in rows) else b""
    for row in rows:
        if row["state"] == "waiting":
            if read(desk, row["id"]) is None:
                found.append(f"附件“{row['title']}”还没有发给县级，它在本机的内容却不完整。请重新添加。")
            continue
        try:
            held = read_held(msgspec.json.decode(receipts[row["id"]] or "", type=SignedHeld), key)
        except (GuiyanError, msgspec.MsgspecError):
            held = None
        if held is None or (held.attachment, held.sha256) != (row["id"], row["sha256"]):
            found.append(f"附件“{row['title']}”标为县级已收到，却没有可核实的回执。")
    return found
