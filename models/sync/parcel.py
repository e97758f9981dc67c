"""A parcel: one file on a USB stick. A plain head says for whom and how long it is; the body is sealed.

File: b"GUIYANBOX", one version byte, head length (4 bytes, big endian), head (JSON), SHA-256 (32 bytes) over all that
stands before and after it, body (age). The sealed body is a run of parts, each after its length in 4 bytes: a signed
statement (Ask or Answer), then envelopes of models.sync.wire. The head is only for finding the way: whatever counts is
said again inside, under a signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Annotated, TypeVar

import msgspec
from sqlalchemy import Connection, select

from models.errors import RuleError
from models.sync import keys, sealing
from models.tables.system import EVENT

MAGIC = b"GUIYANBOX"
VERSION = 1
MOST = 256 << 20  # bytes of a file that is looked at at all
SUFFIX = ".guiyan"
_FRONT = len(MAGIC) + 5
_T = TypeVar("_T", bound=msgspec.Struct)
Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 52)]  # of a change: what is beyond, no database takes


class Head(msgspec.Struct, frozen=True):
    """kind: batch (to the county) or answer (back). server: the county's id; device, office, letter: whose it is.

    first_seq, last_seq: the changes inside, or answered; made: stamp of the writer's clock; size: bytes of the body;
    about: of an answer, when the parcel that it answers was made.
    """

    kind: str
    server: str
    device: str
    office: str
    letter: str
    first_seq: Number
    last_seq: Number
    made: str
    size: int = 0
    about: str = ""


class Ask(msgspec.Struct, frozen=True):
    """Where a device stands, signed by it. first: its first change without a receipt; last: its last one.

    cursor: how far it has pulled; -1: it wants no records. sealing: the key to seal the answer to. mark: of the history
    that the cursor is in (models.sync.history). compare: SHA-256 of the question that stands last in the parcel
    (models.sync.stick_compare), '' without one.
    """

    server: str
    device: str
    first: Number
    last: Number
    cursor: Annotated[int, msgspec.Meta(ge=-1, lt=1 << 52)]
    sealing: str
    at: str
    mark: str = ""
    compare: str = ""


class Recipient(msgspec.Struct, frozen=True):
    """Whom to seal to. device is the server's id for the county itself."""

    office: str
    device: str
    key: str


class Below(msgspec.Struct, frozen=True):
    """A device of an office below. public_key: Ed25519, base64; last_seq: the last of its changes that the county has."""

    device: str
    office: str
    public_key: str
    last_seq: int


class Answer(msgspec.Struct, frozen=True):
    """The county's word to one device, signed by it. after: the cursor that the pages begin at.

    last_seq: the last change of the device that the county has, mark: mark_of it; parts: SHA-256 of
    the envelopes that follow, of which the first `receipts` are receipts and the others pages; with `compared` the last two
    answer the question. refused: a code, when the county hears this device no more; nothing follows then, and sentence says
    why and what helps.
    """

    server: str
    device: str
    after: int
    last_seq: int
    mark: str
    at: str
    recipients: list[Recipient]
    below: list[Below]
    receipts: int
    parts: list[str]
    compared: bool = False
    refused: str = ""
    sentence: str = ""


def mark_of(conn: Connection, device: str, seq: int) -> str:
    """What tells one history of a device from another: the change that bears this number; '' when there is none here."""
    query = select(EVENT.c.entity_id, EVENT.c.kind, EVENT.c.at, EVENT.c.digest)
    row = conn.execute(query.where(EVENT.c.device == device, EVENT.c.seq == seq)).first()
    return keys.fingerprint(f"{seq} {row.entity_id} {row.kind} {row.at} {row.digest}".encode()) if row else ""


def refused(code: str, sentence: str) -> RuleError:
    return RuleError(f"parcel.{code}", sentence)


class NotHeard(RuleError):
    """The writer of a parcel is heard no more. answer: the sealed parcel that tells it so, for whoever carries it."""

    def __init__(self, code: str, sentence: str, answer: bytes) -> None:
        super().__init__(code, sentence)
        self.answer = answer


def state(kind: str, said: msgspec.Struct, private: bytes) -> bytes:
    """A signed statement as a part: 64 bytes of signature, then JSON."""
    body = msgspec.json.encode(said)
    return keys.sign(private, f"guiyan {kind} ".encode() + body) + body


def stated(kind: str, what: type[_T], part: bytes, public: bytes) -> _T:
    """The statement, when its signature holds."""
    if not keys.verified(public, f"guiyan {kind} ".encode() + part[64:], part[:64]):
        raise refused("signature", "文件中的签名不符，不是所称的那一方写的。没有读入任何内容。")
    try:
        return msgspec.json.decode(part[64:], type=what)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise refused("body", "文件的内容无法读懂，可能是更新版本的程序写的。没有读入任何内容，请升级程序。") from e


def pack(head: Head, parts: Iterable[bytes], recipients: Sequence[str]) -> bytes:
    """The whole file."""
    body = sealing.seal(b"".join(len(p).to_bytes(4, "big") + p for p in parts), recipients)
    said = msgspec.json.encode(msgspec.structs.replace(head, size=len(body)))
    front = MAGIC + bytes([VERSION]) + len(said).to_bytes(4, "big") + said
    return front + hashlib.sha256(front + body).digest() + body


def peek(data: bytes) -> Head:
    """The head of a file that is whole. Raises RuleError for a foreign, cut or changed one; nothing is opened."""
    if data[: len(MAGIC)] != MAGIC[: len(data)] or not data:
        raise refused("foreign", "这不是归雁的文件，或者是空文件，没有读入。")
    if len(data) < _FRONT:
        raise _cut()
    if data[len(MAGIC)] != VERSION:
        raise refused("version", "这份文件是更新版本的程序写的，请升级程序。没有读入任何内容。")
    end = _FRONT + int.from_bytes(data[_FRONT - 4 : _FRONT], "big")
    if end - _FRONT > 4096 or len(data) < end + 32:
        raise _cut()
    try:
        head = msgspec.json.decode(data[_FRONT:end], type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise _cut() from e
    if len(data) != end + 32 + head.size or hashlib.sha256(data[:end] + data[end + 32 :]).digest() != data[end : end + 32]:
        raise _cut()
    return head


def _cut() -> RuleError:
    return refused("incomplete", "文件不完整（拷贝没有完成，或 U 盘中途拔出），没有读入任何内容。请在原来的电脑上重新写入 U 盘。")


def parts_of(data: bytes, head: Head, secret: str) -> list[bytes]:
    """The parts inside a file that peek() found whole; at least one."""
    body = memoryview(sealing.opened(data[len(data) - head.size :], secret))
    found, at = [], 0
    while at + 4 <= len(body):
        size = int.from_bytes(body[at : at + 4], "big")
        if at + 4 + size > len(body):
            break
        found.append(bytes(body[at + 4 : at + 4 + size]))
        at += 4 + size
    if at != len(body) or not found:
        raise refused("body", "文件的内容无法读懂，没有读入任何内容。")
    return found
