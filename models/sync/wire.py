"""What travels: events, receipts and pages of records, and the one signed envelope around each.

Envelope: b"GUIYAN", one suite byte, header length (4 bytes, big endian), header (JSON), signature (64 bytes),
body (zstd over JSON; events and records by columns, models/sync/columns.py). The signature covers SHA-256 of all that
stands before and after it. The same bytes travel over HTTPS and as a file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
import zstandard

from models.errors import KnownError, RuleError
from models.sync import columns, keys
from models.sync.columns import Event, Item

_T = TypeVar("_T")
MAGIC = b"GUIYAN"
SUITE = 1
PROTOCOL = 1
MAX_BODY = 64 << 20  # bytes unpacked: a batch is at most a few MB, a bomb is refused unread
MAX_COUNT = 20_000
MAX_MARKS = 4_000_000  # commas and brackets of a body, texts' own included: each may become an object of 70 bytes


STATUSES = frozenset({"duplicate", "merged", "conflict", "refused", "held"})


class TooMuch(Exception):
    """What is to be sealed is larger than a body may be: it must go in parts."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one event that was not simply applied as sent.

    status: one of STATUSES. errors: [[field, reason]]. wire, digest: the record as the
    server has it, None when it has none; deleted: whether it is a tombstone there.
    """

    seq: int
    status: str
    errors: list[tuple[str, str]] = []
    wire: dict[str, Any] | None = None
    digest: str | None = None
    deleted: bool = False


class Receipt(msgspec.Struct, frozen=True):
    """For events first_seq..last_seq of a device: all applied with the digests they carried, but for the exceptions.

    position: the server's sequence after this batch; at: the server's clock.
    """

    id: str
    device: str
    batch: str
    first_seq: int
    last_seq: int
    position: int
    at: str
    exceptions: list[Outcome] = []


class Header(msgspec.Struct, frozen=True):
    """kind: batch, receipt, page. sender: a device's id, or the server's.

    Of a page: left: records after it, said with the first one of a round; mark: where the server's history stands.
    """

    kind: str
    sender: str
    protocol: int
    count: int
    size: int  # of the body, unpacked
    sha256: str  # of the body, packed
    first_seq: int = 0
    last_seq: int = 0
    position: int = 0
    more: bool = False
    left: int = 0
    mark: str = ""


_encoder = msgspec.json.Encoder(order="deterministic")
_header = msgspec.json.Decoder(Header)
_receipt = msgspec.json.Decoder(Receipt)
QUICK, THOROUGH = 5, 17  # levels of zstd: 8 µs a record, and a sixth fewer bytes for 240 µs, well spent on a slow line


def pack_batch(sender: str, private: bytes, events: Sequence[Event], level: int = QUICK) -> bytes:
    """The events of one device in the order of their seq, without a gap. level: of zstd."""
    plain = _encoder.encode(columns.of_events(events))
    return _pack("batch", sender, private, plain, len(events), level, first_seq=events[0].seq, last_seq=events[-1].seq)


def pack_page(
    sender: str, private: bytes, groups: Sequence[columns.ItemGroup], position: int, *, more: bool, left: int = 0, mark: str = ""
) -> bytes:
    """A page of records: groups hold them by entity; mark: models.sync.history. Raises TooMuch for several that nobody would read."""
    count, plain = sum(len(g.id) for g in groups), _encoder.encode(groups)
    if count > 1 and _too_much(plain):
        raise TooMuch
    return _pack("page", sender, private, plain, count, position=position, more=more, left=left, mark=mark)


def pack_receipt(sender: str, private: bytes, receipt: Receipt) -> bytes:
    return _pack("receipt", sender, private, _encoder.encode(receipt), 1)


def _pack(kind: str, sender: str, private: bytes, plain: bytes, count: int, level: int = QUICK, **header: Any) -> bytes:
    """Seal a body into an envelope signed by sender."""
    body = zstandard.ZstdCompressor(level=level).compress(plain)
    head = _encoder.encode(Header(kind, sender, PROTOCOL, count, len(plain), hashlib.sha256(body).hexdigest(), **header))
    front = MAGIC + bytes([SUITE]) + len(head).to_bytes(4, "big") + head
    return front + keys.sign(private, hashlib.sha256(front + body).digest()) + body


def refused(code: str, sentence: str) -> RuleError:
    return RuleError(f"batch.{code}", sentence)


def same_protocol(there: int) -> None:
    """Raises KnownError when the county's server speaks another protocol than this program, before anything is sent."""
    if there > PROTOCOL:
        raise KnownError(
            "protocol.old",
            "县级已经换用新版本，本机的归雁太旧，不能同步。没有发送任何内容，本机的内容都在；请升级本机的归雁后再同步。",
        )
    if there < PROTOCOL:
        raise KnownError(
            "protocol.new", "县级服务器的程序比本机旧，还不能同步。没有发送任何内容，本机的内容都在；请告诉县级管理员升级服务器。"
        )


def peek(data: bytes) -> tuple[Header, bytes, bytes, bytes]:
    """(header, signed front, signature, packed body) of an envelope, not yet verified."""
    if len(data) < 11 or data[:6] != MAGIC:
        raise refused("foreign", "这不是归雁的数据包，没有读入任何内容。")
    if data[6] != SUITE:
        raise refused("suite", "数据包使用了本版本不认识的加密方式，请升级程序。没有读入任何内容。")
    size = int.from_bytes(data[7:11], "big")
    end = 11 + size
    if size > 4096 or len(data) < end + 64:
        raise refused("incomplete", "数据包不完整（传输或拷贝中断），没有读入任何内容，请重新传送。")
    try:
        header = _header.decode(data[11:end])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise refused("header", "数据包的开头无法读懂，没有读入任何内容。") from e
    if header.protocol != PROTOCOL:
        newer = header.protocol > PROTOCOL
        which, who = ("更新版本", "本程序") if newer else ("旧版本", "发出它的一方的程序")
        raise refused(
            "protocol", f"数据包是{which}的归雁写的，本程序读不了，没有读入任何内容，已有的内容都在。请升级{who}后再试。"
        )
    return header, data[:end], data[end : end + 64], data[end + 64 :]


def unpack(data: bytes, public: bytes, kind: str) -> tuple[Header, bytes]:
    """(header, plain body) of an envelope whose signature, checksum and size hold. Raises RuleError otherwise."""
    header, front, signature, body = peek(data)
    if hashlib.sha256(body).hexdigest() != header.sha256:
        raise refused("checksum", "数据包的校验值不符（内容不完整或被改动过），没有读入任何内容，请重新传送。")
    if not keys.verified(public, hashlib.sha256(front + body).digest(), signature):
        raise refused("signature", "数据包的签名不符，不是所称的那一方发出的。没有读入任何内容。")
    if header.kind != kind:
        raise refused("kind", "数据包的种类不对，没有读入任何内容。")
    if not 0 <= header.size <= MAX_BODY or not 0 <= header.count <= MAX_COUNT:
        raise refused("large", "数据包过大，没有读入任何内容。")
    try:
        # The frame's own word decides how much is allocated: it must not exceed what the signed header says.
        if header.size and zstandard.get_frame_parameters(body).content_size != header.size:
            raise refused("size", "数据包的长度与所写不符，没有读入任何内容。")
        plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=header.size) if header.size else b""
    except zstandard.ZstdError as e:
        raise refused("packed", "数据包解压失败，没有读入任何内容。") from e
    if len(plain) != header.size:
        raise refused("size", "数据包的长度与所写不符，没有读入任何内容。")
    return header, plain


def _too_much(plain: bytes) -> bool:
    return len(plain) > MAX_BODY or sum(plain.count(mark) for mark in (b",", b"[", b"{")) > MAX_MARKS


def _decoded(decoder: msgspec.json.Decoder[Any], plain: bytes) -> Any:
    if _too_much(plain):
        raise refused("large", "数据包过大，没有读入任何内容。")
    try:
        return decoder.decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise refused("body", "数据包的内容无法读懂，没有读入任何内容。") from e


def _counted(header: Header, count: int) -> None:
    if count != header.count:
        raise refused("count", "数据包的条数与所写不符，没有读入任何内容。")


def read_batch(data: bytes, public: bytes, vet: Callable[[columns.EventGroup], bool] | None = None) -> tuple[Header, list[Event]]:
    """A batch of events of one device, in the order of their seq. vet: models.sync.columns.to_events."""
    header, plain = unpack(data, public, "batch")
    groups = _decoded(columns.event_groups, plain)
    _counted(header, sum(len(g.seq) for g in groups))
    events = columns.to_events(groups, vet)
    # The count first: what a header says is not a size to make a list of.
    seqs = range(header.first_seq, header.last_seq + 1)
    if header.last_seq - header.first_seq + 1 != len(events) or any(e.seq != n for e, n in zip(events, seqs, strict=True)):
        raise refused("order", "数据包中的序号不连续，没有读入任何内容。")
    return header, events


def read_page(data: bytes, public: bytes) -> tuple[Header, list[Item]]:
    header, plain = unpack(data, public, "page")
    groups = _decoded(columns.item_groups, plain)
    _counted(header, sum(len(g.id) for g in groups))
    return header, columns.to_items(groups)


def read_receipt(data: bytes, public: bytes) -> Receipt:
    _head, plain = unpack(data, public, "receipt")
    receipt: Receipt = _decoded(_receipt, plain)
    if any(not receipt.first_seq <= o.seq <= receipt.last_seq for o in receipt.exceptions):
        raise refused("order", "回执所说的变更不在它的范围之内，没有记入。请再同步一次；仍不行请告诉县级管理员。")
    if all(o.status in STATUSES for o in receipt.exceptions):
        return receipt
    # A newer server's word for something else than taken: not called received, and asked for again.
    known = [o if o.status in STATUSES else msgspec.structs.replace(o, status="held") for o in receipt.exceptions]
    return msgspec.structs.replace(receipt, exceptions=known)


def pack_word(sender: str, private: bytes, word: Any) -> bytes:
    """The server's word that is neither receipt nor page: an answer to a comparison (models.sync.reconcile)."""
    return _pack("word", sender, private, _encoder.encode(word), 1)


def read_word(data: bytes, public: bytes, kind: type[_T]) -> _T:
    _head, plain = unpack(data, public, "word")
    word: _T = _decoded(msgspec.json.Decoder(kind), plain)
    return word
