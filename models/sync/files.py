"""The bytes of attachments: what a file is made of, and both ends of its way to the county and back.

A file is cut into parts of PART bytes. The attachment's record names its size, its SHA-256 and that of every part, and
travels like any record; the parts follow one by one, each in a request of its own, only those the other end lacks. A
part is asked for through a record that the office sees, never by its hash. models/sync/parts.py is the server's end.
"""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Protocol

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, select, update

from models.errors import KnownError, RuleError
from models.store import settings
from models.store.rows import Row
from models.store.unit import Store
from models.store.vault import Vault
from models.sync import keys
from models.tables import ENTITIES
from models.tables.system import CONTENT

PART = 256 << 10  # bytes: about a second on a line of 2 Mbit/s, so that a record never waits longer for the line
LARGEST = 20 << 20  # bytes of one file
_LATER = ("attachment.unknown", "attachment.receipt", "chunk.missing")  # not the file's fault: it stays waiting
KEPT = timedelta(days=30)  # how long the bytes of a removed attachment stay on either end: removing may be undone
ASKED_AT_ONCE = 100  # attachments in one question of what the server lacks
TURN, SINCE = "stick.turn", "stick.since"  # settings: how often parts were put on sticks; from which of them on words count
_HEX = re.compile("[0-9a-f]{64}")
_ATTACHMENT = ENTITIES["attachment"].table

# Called with (bytes that are across, bytes in all); it answers whether to go on.
Progress = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an attachment's record says of its bytes. parts: SHA-256 of each, in order."""

    size: int
    sha256: str
    parts: tuple[str, ...]

    def length(self, number: int) -> int:
        """The bytes of one part: all are PART long but the last."""
        return PART if number < len(self.parts) - 1 else self.size - PART * (len(self.parts) - 1)


def cut(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PART] for start in range(0, len(data), PART))


def split(joined: str) -> tuple[str, ...]:
    """The parts' hashes of the field `parts`, in which they stand hard against one another."""
    return tuple(joined[start : start + 64] for start in range(0, len(joined), 64))


def manifest_of(row: Row) -> Manifest:
    """The manifest of an attachment's row. Raises RuleError when its numbers do not fit together."""
    size, parts = row["size"] or 0, split(row["parts"] or "")
    whole = _HEX.fullmatch(row["sha256"] or "") and all(_HEX.fullmatch(p) for p in parts)
    if not whole or not 0 < size <= LARGEST or len(parts) != -(-size // PART):
        raise RuleError("attachment.record", "这个附件的登记信息前后不符，无法传送它的内容。请删除后重新添加。")
    return Manifest(size, row["sha256"], parts)


class Held(msgspec.Struct, frozen=True):
    """The server's word that it holds a whole file and has checked its hash. at: its clock."""

    attachment: str
    sha256: str
    size: int
    at: str


class SignedHeld(msgspec.Struct, frozen=True):
    """held: JSON of Held, as signed; signature: base64 of Ed25519 over 'guiyan held ' and that text."""

    held: str
    signature: str


def sign_held(private: bytes, held: Held) -> SignedHeld:
    text = msgspec.json.encode(held).decode()
    return SignedHeld(text, base64.b64encode(keys.sign(private, f"guiyan held {text}".encode())).decode())


def read_held(said: SignedHeld, public: bytes) -> Held:
    """Raises RuleError when the signature or the text does not hold."""
    try:
        signature, held = base64.b64decode(said.signature, validate=True), msgspec.json.decode(said.held, type=Held)
    except (ValueError, msgspec.MsgspecError, RecursionError) as e:
        raise RuleError("attachment.receipt", "附件的回执无法读懂，没有记入。请再同步一次。") from e
    if not keys.verified(public, f"guiyan held {said.held}".encode(), signature):
        raise RuleError("attachment.receipt", "附件回执的签名不是县级的，没有记入。请联系县级管理员。")
    return held


class Question(msgspec.Struct, frozen=True):
    """What a device asks before it sends: which parts of these attachments the server lacks."""

    ids: Annotated[list[Annotated[str, msgspec.Meta(max_length=32)]], msgspec.Meta(max_length=ASKED_AT_ONCE)]


def read_question(body: bytes) -> list[str]:
    try:
        return msgspec.json.decode(body, type=Question).ids
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise RuleError("request.malformed", "请求的格式不对，县级服务器没有接受。") from e


class FileTransport(Protocol):
    """How parts travel: models/sync/transports/http.py."""

    def missing(self, ids: Sequence[str]) -> dict[str, list[int]]: ...
    def put_part(self, attachment: str, number: int, body: bytes) -> None: ...
    def get_part(self, attachment: str, number: int) -> bytes: ...
    def held(self, attachment: str) -> SignedHeld: ...


class Line:
    """Records go first: while a round of records runs, parts wait before the next one is put on the line."""

    def __init__(self) -> None:
        self._rounds, self._changed = 0, threading.Condition()

    @contextmanager
    def records(self) -> Iterator[None]:
        with self._changed:
            self._rounds += 1
        try:
            yield
        finally:
            with self._changed:
                self._rounds -= 1
                self._changed.notify_all()

    def wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._rounds == 0)


LINE = Line()


@dataclass
class Moved:
    """What a round of parts did. stopped: it was asked to stop; the rest goes next time."""

    sent: int = 0
    received: int = 0
    bytes: int = 0
    refused: int = 0
    stopped: bool = False


class Stopped(Exception):
    """The caller asked to stop; what is across stays across."""


class Carrier:
    """The device's end of one round. server_key: who signs that it holds a file; progress is counted in bytes."""

    def __init__(self, store: Store, vault: Vault, transport: FileTransport, server_key: bytes, progress: Progress) -> None:
        self._store, self._vault, self._transport, self._server_key = store, vault, transport, server_key
        self._progress = progress
        self._done = self._total = 0
        self._across: set[str] = set()  # parts sent in this round: another file may hold the same
        self.moved = Moved()

    def send(self) -> None:
        """Send what is waiting. A file that the server refuses is marked so and does not stop the others."""
        waiting = self._rows(CONTENT.c.state == "waiting", _ATTACHMENT.c.deleted.is_(False))
        self._done, self._total = 0, sum(r["size"] or 0 for r in waiting)
        for start in range(0, len(waiting), ASKED_AT_ONCE):
            some = waiting[start : start + ASKED_AT_ONCE]
            LINE.wait()
            lacking = self._transport.missing([r["id"] for r in some])
            for row in some:
                before = self._done
                try:
                    if row["id"] in lacking:  # otherwise its record has not been taken by the county yet
                        self._send_one(row, lacking[row["id"]])
                except RuleError as e:
                    self._set_aside(row["id"], e)
                    self._done = before
                if self._done == before:
                    self._total -= row["size"] or 0  # it does not go this time: nothing is claimed of it

    def _send_one(self, row: Row, lacking: Sequence[int]) -> None:
        manifest = manifest_of(row)
        wanted = sorted({n for n in lacking if 0 <= n < len(manifest.parts) and manifest.parts[n] not in self._across})
        self._advance(manifest.size - sum(manifest.length(n) for n in wanted))
        for number in wanted:
            body = self._vault.get(manifest.parts[number])
            if body is None:
                raise RuleError("attachment.lost", "本机已找不到这个附件的内容（文件夹可能被清理过），没有发送。请重新添加。")
            LINE.wait()
            self._transport.put_part(row["id"], number, body)
            self._across.add(manifest.parts[number])
            self.moved.bytes += len(body)
            self._advance(len(body))
        LINE.wait()
        said = self._transport.held(row["id"])
        held = read_held(said, self._server_key)
        if (held.attachment, held.sha256, held.size) != (row["id"], manifest.sha256, manifest.size):
            raise RuleError("attachment.receipt", "附件的回执说的不是这个附件，没有记入。请再同步一次。")
        self._mark(row["id"], "sent", receipt=msgspec.json.encode(said).decode())
        self.moved.sent += 1

    def _set_aside(self, attachment: str, error: RuleError) -> None:
        """One file that cannot be sent does not stop the others; why stands beside it, in a sentence."""
        if not error.code.startswith(("attachment.", "chunk.")):
            raise error
        if error.code not in _LATER:
            self._mark(attachment, "refused", detail=error.sentence)
            self.moved.refused += 1

    def fetch(self, attachment: str) -> None:
        """Fetch what is not here of one attachment. Raises RuleError or KnownError with a sentence."""
        rows = self._rows(_ATTACHMENT.c.id == attachment, _ATTACHMENT.c.deleted.is_(False))
        if not rows:
            raise RuleError("attachment.unknown", "没有这个附件，可能已被删除。")
        self._done, self._total = 0, rows[0]["size"] or 0
        self._fetch_one(rows[0])

    def fetch_all(self) -> None:
        """Fetch every attachment whose bytes are not here; one that is not whole at the county is passed over."""
        rows = self._rows(CONTENT.c.state.is_(None), _ATTACHMENT.c.deleted.is_(False))
        self._done, self._total = 0, sum(r["size"] or 0 for r in rows)
        for row in rows:
            before = self._done
            try:
                self._fetch_one(row)
            except RuleError as e:
                if not e.code.startswith(("attachment.", "chunk.")):
                    raise
            self._done = before + (row["size"] or 0)

    def _fetch_one(self, row: Row) -> None:
        manifest, whole = manifest_of(row), hashlib.sha256()
        for number, sha256 in enumerate(manifest.parts):
            body = self._vault.get(sha256)
            if body is None:
                LINE.wait()
                body = self._transport.get_part(row["id"], number)
                if len(body) != manifest.length(number) or hashlib.sha256(body).hexdigest() != sha256:
                    raise KnownError("chunk.hash", "收到的附件内容与校验值不符，没有保存。请再试一次；仍不行请联系县级管理员。")
                self._vault.put(body)
                self.moved.bytes += len(body)
            whole.update(body)
            self._advance(len(body))
        if whole.hexdigest() != manifest.sha256:
            raise RuleError("attachment.hash", "附件的各部分齐全，合起来却与登记的校验值不符，没有打开。请让对方重新添加。")
        if row["state"] is None:
            self._mark(row["id"], "here")
        self.moved.received += 1

    def _advance(self, count: int) -> None:
        self._done += count
        if not self._progress(self._done, self._total):
            self.moved.stopped = True
            raise Stopped

    def _rows(self, *wanted: ColumnElement[bool]) -> list[Row]:
        with self._store.read() as conn:
            return rows_with_state(conn, *wanted)

    def _mark(self, attachment: str, state: str, **more: str) -> None:
        with self._store.transaction() as conn:
            mark(conn, attachment, state, **more)


def rows_with_state(conn: Connection, *wanted: ColumnElement[bool]) -> list[Row]:
    """Rows of attachments with what is known of their bytes: state None when only the record is here."""
    query = select(_ATTACHMENT, CONTENT.c.state, CONTENT.c.detail).join_from(
        _ATTACHMENT, CONTENT, CONTENT.c.attachment_id == _ATTACHMENT.c.id, isouter=True
    )
    return list(conn.execute(query.where(*wanted).order_by(_ATTACHMENT.c.born)).mappings())


def mark(conn: Connection, attachment: str, state: str, *, detail: str | None = None, receipt: str | None = None) -> None:
    """Write down where an attachment's bytes are."""
    conn.execute(delete(CONTENT).where(CONTENT.c.attachment_id == attachment))
    conn.execute(CONTENT.insert(), {"attachment_id": attachment, "state": state, "detail": detail, "receipt": receipt})


def send_again(conn: Connection) -> None:
    """The server was set back to a backup: ask it anew what it lacks of everything that was sent from here."""
    settings.put(conn, SINCE, int(settings.get(conn, TURN, 0)) + 1)  # an older word on a stick is of what it has lost
    conn.execute(update(CONTENT).where(CONTENT.c.state == "sent"), {"state": "waiting", "receipt": None})
