"""The server's end of attachments on sticks: parts are taken as they are over the network, and answered for by device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from models.base import stamp
from models.errors import RuleError
from models.store.unit import Store
from models.sync import answering, enrol, freight, ingest, parcel, parts
from models.sync.files import PART, SignedHeld
from models.sync.freight import DOWN, SHARE, UP, Load, Word
from models.sync.parcel import Head

CARRIED = 8 << 20  # bytes of wanted parts in the answer that goes back over somebody's network
LATER = ("attachment.unknown", "chunk.missing")  # its record, or the rest of it, may still come


@dataclass(frozen=True, slots=True)
class Unloaded:
    """What became of a parcel of parts. new: parts that were not here, bytes: theirs; later: attachments whose record the
    county does not have; refused: a sentence by attachment."""

    head: Head
    load: Load
    new: int = 0
    bytes: int = 0
    later: frozenset[str] = frozenset()
    refused: dict[str, str] = field(default_factory=dict)


def take(store: Store, own: enrol.ServerKeys, data: bytes) -> Unloaded:
    """Take the parts of a parcel, in one transaction. Raises RuleError or KnownError when nothing of it is taken."""
    head = parcel.peek(data)
    if head.kind != UP:
        raise parcel.refused("answer", "这不是送往县级的附件，县级没有读入。")
    device, secret = answering.writer_of(store, own, head)
    load, bodies = freight.opened(data, head, secret, device["public_key"], Load)
    new = size = 0
    later, refused = set[str](), dict[str, str]()
    with store.transaction() as conn:
        office = ingest.device_row(conn, head.device)["office"]
        for (attachment, number), body in zip(load.parts, bodies, strict=True):
            try:
                fresh = parts.take(conn, office, attachment, number, body)
            except RuleError as e:
                if e.code in LATER:
                    later.add(attachment)
                else:
                    refused[attachment] = e.sentence
                continue
            new, size = new + fresh, size + len(body) * fresh
    return Unloaded(head, load, new, size, frozenset(later), refused)


def answers(store: Store, own: enrol.ServerKeys, loads: Sequence[Unloaded], room: int) -> Iterator[tuple[Head, bytes]]:
    """The county's word to one device about its loads, in parcels: what it holds and lacks, then the parts that are wanted,
    in at most room bytes. The last of the loads says where to seal it to."""
    newest = max(loads, key=lambda u: (u.load.turn, u.load.at)).load
    said = _words(store, own, loads)
    wanted = {a: numbers for u in loads if u.load.turn == newest.turn for a, numbers in u.load.wanted.items()}
    with store.read() as conn:
        device = ingest.device_row(conn, newest.device)
        shares, away = _shares(conn, device["office"], wanted, room)
    at = stamp()
    for n, share in enumerate(shares):
        held, lacking, refused = said if n == 0 else ([], {}, {})
        with store.read() as conn:
            bodies = [parts.give(conn, device["office"], attachment, number) for attachment, number in share]
        word = Word(own.id, newest.device, newest.turn, at, held, lacking, refused, away if n == 0 else [], share)
        head = Head(DOWN, own.id, newest.device, device["office"], device["letter"], n + 1, len(shares), at, about=newest.at)
        yield head, freight.pack(head, word, bodies, own.signing, [newest.sealing])


def carried(store: Store, own: enrol.ServerKeys, data: bytes) -> bytes:
    """A load that came over somebody's network, and the one parcel that answers it."""
    return next(answers(store, own, [take(store, own, data)], CARRIED))[1]


def _words(
    store: Store, own: enrol.ServerKeys, loads: Sequence[Unloaded]
) -> tuple[list[SignedHeld], dict[str, list[int]], dict[str, str]]:
    """(receipts, what is lacking, refusals) of every attachment that the loads ask about."""
    refused = {a: sentence for u in loads for a, sentence in u.refused.items()}
    asked = [a for a in dict.fromkeys(a for u in loads for a in u.load.waiting) if a not in refused]
    held: list[SignedHeld] = []
    with store.read() as conn:
        office = ingest.device_row(conn, loads[0].head.device)["office"]
        lacking = parts.missing(conn, office, asked)
        for attachment in [a for a, numbers in lacking.items() if not numbers]:
            try:
                held.append(parts.held(conn, own.signing, office, attachment))
            except RuleError as e:
                refused[attachment] = e.sentence
    return held, {a: numbers for a, numbers in lacking.items() if numbers}, refused


def _shares(
    conn: Connection, office: str, wanted: dict[str, list[int]], room: int
) -> tuple[list[list[tuple[str, int]]], list[str]]:
    """(what goes into each parcel, at least one; wanted attachments of which something is not here)."""
    each = min(SHARE if room > CARRIED else CARRIED, max(room, 0)) // PART
    most = max(room, 0) // PART
    there, away = parts.available(conn, office, wanted)
    chosen = there[:most]
    shares = [chosen[start : start + each] for start in range(0, len(chosen), max(each, 1))]
    return shares or [[]], away
