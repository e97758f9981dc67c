"""The readers of what travels, each behind one byte: envelopes, batches, pages, receipts and sealed parcels.

The first byte of an input chooses the reader. Where a signature or a checksum would stop every changed byte at the
door, the input is what stands behind it, and is signed and sealed here with a valid key.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec
import zstandard

from models.base import new_id
from models.errors import BugError, GuiyanError
from models.store.unit import Store
from models.sync import (
    answering,
    columns,
    enrol,
    files,
    ingest,
    keys,
    parcel,
    reconcile,
    returning,
    sealing,
    stick_compare,
    unloading,
    wire,
)
from server.setup import prepare
from tests.conftest import VILLAGE

_AT = "2026-11-24T00:00:00.000Z"


class Bench:
    """A county server with one device of a village, set up once. folder: where its database is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.device, self.private = folder, new_id(), bytes(range(32))
        self.store, self.own = prepare(self.url, "127.0.0.1")
        with self.store.transaction() as conn:
            ticket = enrol.issue(conn, self.own, VILLAGE, "https://127.0.0.1:1")
            enrol.accept(conn, enrol.joining(ticket, self.device, "fuzz", self.private))
            self.sealed_to = sealing.own_key(conn)[1]
        self.public = keys.public_of(self.private)
        self.store.close()
        shutil.copy(folder / "county.db", folder / "clean.db")
        self._open()

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'county.db'}"

    def _open(self) -> None:
        self.store = prepare(self.url, "127.0.0.1")[0]
        self._watch = sqlite3.connect(self.folder / "county.db")

    def _version(self) -> int:
        """Another number after any other connection's commit that changed a byte."""
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def untouched(self, do: Callable[[Store], object]) -> None:
        """A refusal must leave the database as it was; what was taken is undone for the next input."""
        before = self._version()
        try:
            do(self.store)
        except GuiyanError as e:
            if isinstance(e, BugError):
                raise
            if self._version() != before:
                raise AssertionError(f"refused ({e.code}) and yet something was written") from e
            return
        if self._version() != before:
            self.close()
            for beside in self.folder.glob("county.db-*"):
                beside.unlink()
            shutil.copy(self.folder / "clean.db", self.folder / "county.db")
            self._open()

    def close(self) -> None:
        self._watch.close()
        self.store.close()

    def envelope(self, kind: str, plain: bytes, body: bytes | None = None, **header: int) -> bytes:
        """plain, packed and signed by the device; body: packed bytes in its place."""
        packed = zstandard.compress(plain, 1) if body is None else body
        said = wire.Header(kind, self.device, wire.PROTOCOL, header.pop("count", 1), header.pop("size", len(plain)),
                           hashlib.sha256(packed).hexdigest(), **header)  # fmt: skip
        return self.sign(msgspec.json.encode(said), packed)

    def sign(self, head: bytes, packed: bytes) -> bytes:
        front = wire.MAGIC + bytes([wire.SUITE]) + len(head).to_bytes(4, "big") + head
        return front + keys.sign(self.private, hashlib.sha256(front + packed).digest()) + packed

    def batch(self, plain: bytes) -> bytes:
        """A batch whose header says what stands in it, as far as it can be read."""
        try:
            seqs = [e.seq for e in columns.to_events(columns.event_groups.decode(plain))] or [1]
        except (msgspec.MsgspecError, GuiyanError, RecursionError, UnicodeDecodeError):
            seqs = [1]
        return self.envelope("batch", plain, count=len(seqs), first_seq=_fit(seqs[0]), last_seq=_fit(seqs[-1]))

    def ask(self, first: int = 1) -> bytes:
        to = "age1malrqx8qdcwxmtpgphhjemkvwxr4ytw7zvzrjxxr9fwcep4szdtse0hwcw"
        return parcel.state("ask", parcel.Ask(self.own.id, self.device, first, 1, 0, to, _AT), self.private)

    def box(self, parts: list[bytes]) -> bytes:
        head = parcel.Head("batch", self.own.id, self.device, VILLAGE, "A", 1, 1, _AT)
        return parcel.pack(head, parts, [self.sealed_to])


def _fit(seq: int) -> int:
    return max(-(1 << 62), min(seq, 1 << 62))


def any_bytes(bench: Bench, data: bytes) -> None:
    """Bytes as they may lie on a stick or come over a line."""
    for read in (wire.peek, parcel.peek, enrol.read_ticket, files.read_question, stick_compare.read_question):
        _only_ours(lambda read=read: read(data))  # type: ignore[misc]
    bench.untouched(lambda store: ingest.ingest(store, bench.own.signing, data))
    bench.untouched(lambda store: answering.take(store, bench.own, data))
    bench.untouched(lambda store: unloading.take(store, bench.own, data))


def header(bench: Bench, data: bytes) -> None:
    """The header of an envelope, rightly signed."""
    sealed = bench.sign(data[:4096], zstandard.compress(b"[]"))
    _only_ours(lambda: wire.read_page(sealed, bench.public))
    bench.untouched(lambda store: ingest.ingest(store, bench.own.signing, sealed))


def events(bench: Bench, data: bytes) -> None:
    """The body of a batch, rightly packed, counted and signed by an enrolled device."""
    sealed = bench.batch(data)
    bench.untouched(lambda store: ingest.ingest(store, bench.own.signing, sealed))


def page(bench: Bench, data: bytes) -> None:
    try:
        count = sum(len(g.id) for g in columns.item_groups.decode(data))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        count = 0
    _only_ours(lambda: wire.read_page(bench.envelope("page", data, count=count), bench.public))


def receipt(bench: Bench, data: bytes) -> None:
    _only_ours(lambda: wire.read_receipt(bench.envelope("receipt", data), bench.public))


def frame(bench: Bench, data: bytes) -> None:
    """A compressed frame, with the size that the header says it has in front: a bomb is one whose two sizes differ."""
    size = int.from_bytes(data[:4], "big")
    _only_ours(lambda: wire.unpack(bench.envelope("page", b"", data[4:], size=size), bench.public, "page"))


def parts(bench: Bench, data: bytes) -> None:
    """What is sealed in a parcel, after a good ask: the bodies of batches, separated by a line feed."""
    batches = [bench.batch(plain) if plain[:1] == b"[" else plain for plain in data.split(b"\n")]
    bench.untouched(lambda store: answering.take(store, bench.own, bench.box([bench.ask(), *batches])))


def ask(bench: Bench, data: bytes) -> None:
    """The device's statement in a parcel, rightly signed."""
    said = keys.sign(bench.private, b"guiyan ask " + data) + data
    bench.untouched(lambda store: answering.take(store, bench.own, bench.box([said])))


def box_head(bench: Bench, data: bytes) -> None:
    """The plain head of a parcel, with the right checksum."""
    front = parcel.MAGIC + bytes([parcel.VERSION]) + min(len(data), 4096).to_bytes(4, "big") + data[:4096]
    whole = front + hashlib.sha256(front + b"x").digest() + b"x"
    _only_ours(lambda: parcel.peek(whole))
    bench.untouched(lambda store: answering.take(store, bench.own, whole))


def held(bench: Bench, data: bytes) -> None:
    """The county's word on an attachment."""
    text = data.decode("utf-8", "replace")
    signature = base64.b64encode(keys.sign(bench.private, f"guiyan held {text}".encode())).decode()
    _only_ours(lambda: files.read_held(files.SignedHeld(text, signature), bench.public))


def compared(bench: Bench, data: bytes) -> None:
    """A comparison's questions and records given back, from an office that may ask: the first byte says which."""

    def asked(store: Store) -> None:
        with store.transaction() as conn:
            if data[:1] == b"r":
                returning.take(conn, VILLAGE, bench.device, data[1:])
            elif data[:1] == b"w":
                reconcile.wanted(conn, VILLAGE, data[1:])
            else:
                reconcile.answer(conn, VILLAGE, bench.device, data[1:])

    bench.untouched(asked)


def _only_ours(read: Callable[[], object]) -> None:
    try:
        read()
    except GuiyanError as e:
        if isinstance(e, BugError):
            raise


TARGETS = (any_bytes, header, events, page, receipt, frame, parts, ask, box_head, held, compared)


def one(bench: Bench, data: bytes) -> None:
    if data:
        TARGETS[data[0] % len(TARGETS)](bench, data[1:])
