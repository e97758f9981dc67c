"""The bytes of attachments on a stick: parcels of their own, after those of the records and never in their place.

Up goes kind 'files': a signed Load, then parts of files as they are (models.sync.files). Down comes 'filed': a signed Word,
then parts that the device asked for. A part is taken through the record that names its hash, so that a parcel that comes
twice, late or alone changes nothing. models/sync/loading.py is the device's end, models/sync/unloading.py the server's.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from models.sync import keys, parcel, sealing
from models.sync.files import PART, SignedHeld
from models.sync.parcel import Head

UP, DOWN = "files", "filed"
SHARE = 4 << 20  # bytes of parts in one parcel: half a minute on a line of 2 Mbit/s, and what a stick pulled out can cost
MOST = 24 << 20  # bytes of such a parcel that is opened at all
MOST_NAMED = 5_000  # attachments that one statement may name
_T = TypeVar("_T", bound="Load | Word")


class Load(msgspec.Struct, frozen=True):
    """What a device sends, signed by it. turn: counts the device's writings; sealing: the key to seal the answer to.

    waiting: attachments of which it asks whether the county holds them; wanted: parts that it asks for; parts: (attachment,
    number) of each part that follows.
    """

    server: str
    device: str
    turn: int
    at: str
    sealing: str
    waiting: list[str]
    wanted: dict[str, list[int]]
    parts: list[tuple[str, int]]


class Word(msgspec.Struct, frozen=True):
    """The county's word, signed by it. turn: of the load that it answers.

    held: its receipts for whole files; lacking: numbers of parts by attachment; refused: a sentence by attachment; away:
    wanted ones that it has not whole itself; parts: what follows.
    """

    server: str
    device: str
    turn: int
    at: str
    held: list[SignedHeld]
    lacking: dict[str, list[int]]
    refused: dict[str, str]
    away: list[str]
    parts: list[tuple[str, int]]


def pack(head: Head, said: Load | Word, bodies: list[bytes], private: bytes, recipients: list[str]) -> bytes:
    return parcel.pack(head, [parcel.state(head.kind, said, private), *bodies], recipients)


def opened(data: bytes, head: Head, secret: str, public: bytes, what: type[_T]) -> tuple[_T, list[bytes]]:
    """(statement, the parts that it names) of a parcel that peek() found whole; raises RuleError for one that lies."""
    if head.size > MOST:
        raise parcel.refused("large", "附件文件过大，不是归雁写的，没有读入。")
    first, *bodies = parcel.parts_of(data, head, secret)
    said = parcel.stated(head.kind, what, first, public)
    named = len(said.waiting) + len(said.wanted) if isinstance(said, Load) else 0
    whole = (said.server, said.device) == (head.server, head.device) and len(said.parts) == len(bodies)
    if not whole or named > MOST_NAMED or any(len(b) > PART for b in bodies):
        raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
    if isinstance(said, Load) and not sealing.is_key(said.sealing):
        raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
    return said, bodies


def fingerprint(data: bytes) -> str:
    """By which a file on a stick is known again."""
    return keys.fingerprint(data)
