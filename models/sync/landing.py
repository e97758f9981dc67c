"""The county's word about attachments that came and went on sticks, taken in by the device that it is for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from models.errors import RuleError
from models.store import bulk, settings
from models.store.rows import Row
from models.store.unit import Store
from models.store.vault import Vault
from models.sync import files, freight, parcel, sealing
from models.sync.client import Link
from models.sync.files import SignedHeld, manifest_of, read_held
from models.sync.freight import DOWN, Word
from models.sync.loading import WANTED, memory, remember
from models.tables import ENTITIES

_ATTACHMENT = ENTITIES["attachment"].table


@dataclass
class Read:
    """What a word did, in files: sent, the county has them; refused; lacking, it has them not yet whole; away, it cannot give
    them; received, they came here whole. bytes: of parts that came."""

    sent: int = 0
    refused: int = 0
    lacking: int = 0
    away: int = 0
    received: int = 0
    bytes: int = 0


def take(store: Store, vault: Vault, link: Link, data: bytes) -> Read:
    """Take the county's word in: receipts, what is lacking, parts that were asked for. Raises before anything is written."""
    head = parcel.peek(data)
    with store.transaction() as conn:
        secret, _public = sealing.own_key(conn)
    word, bodies = freight.opened(data, head, secret, link.server_key, Word)
    if word.server != link.server_id or word.device != store.identity.device or head.kind != DOWN:
        raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
    done = Read(away=len(word.away))
    came = _keep(store, vault, word, bodies, done)
    with store.transaction() as conn:
        if word.turn >= int(settings.get(conn, files.SINCE, 0)):
            _believe(conn, store, link, word, done)
        for row in came:
            if row["state"] is None:
                files.mark(conn, row["id"], "here")
        gone = {row["id"] for row in came}
        settings.put(conn, WANTED, [a for a in settings.get(conn, WANTED, []) if a not in gone] or None)
    return done


def _believe(conn: Connection, store: Store, link: Link, word: Word, done: Read) -> None:
    known, states = memory(conn, store), _states(conn, [*word.lacking, *word.refused])
    held = [(read_held(said, link.server_key), said) for said in word.held]
    rows = _states(conn, [h.attachment for h, _ in held])
    for receipt, said in held:
        row = rows.get(receipt.attachment)
        # Also of one that was set aside here meanwhile, because its bytes were lost, say: the county has it all the same.
        open_ = row is not None and row["state"] in ("waiting", "refused")
        if row is not None and open_ and (row["sha256"], row["size"]) == (receipt.sha256, receipt.size):
            files.mark(conn, receipt.attachment, "sent", receipt=_text(said))
            known.lacking.pop(receipt.attachment, None)
            done.sent += 1
    if (word.turn, word.at) <= (known.turn, known.at):
        remember(conn, store, known)
        return  # of what is lacking and refused only the newest word counts
    for attachment, sentence in word.refused.items():
        if attachment in states and states[attachment]["state"] == "waiting":
            files.mark(conn, attachment, "refused", detail=sentence)
            done.refused += 1
    known.lacking |= {a: ns for a, ns in word.lacking.items() if a in states}
    known.turn, known.at, done.lacking = word.turn, word.at, len(word.lacking)
    remember(conn, store, known)


def _states(conn: Connection, ids: Sequence[str]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for some in bulk.parts(ids):
        rows = files.rows_with_state(conn, bulk.among(_ATTACHMENT.c.id, some), _ATTACHMENT.c.deleted.is_(False))
        found.update({r["id"]: r for r in rows})
    return found


def _text(said: SignedHeld) -> str:
    return msgspec.json.encode(said).decode()


def _keep(store: Store, vault: Vault, word: Word, bodies: Sequence[bytes], done: Read) -> list[Row]:
    """Keep parts that are what a record here says they are; returns the attachments that are whole now."""
    with store.read() as conn:
        rows = _states(conn, list(dict.fromkeys(a for a, _ in word.parts)))
    for (attachment, number), body in zip(word.parts, bodies, strict=True):
        try:
            expected = manifest_of(rows[attachment]).parts[number]
        except (KeyError, IndexError, RuleError):
            continue  # its record is not here (any more)
        if number >= 0 and hashlib.sha256(body).hexdigest() == expected:
            vault.put(body)
            done.bytes += len(body)
    came = [row for row in rows.values() if row["state"] is None and is_whole(vault, row)]
    done.received = len(came)
    return came


def is_whole(vault: Vault, row: Row) -> bool:
    """Whether every part of a file is here, and they are together what its record says."""
    try:
        manifest = manifest_of(row)
    except RuleError:
        return False
    whole = hashlib.sha256()
    for sha256 in manifest.parts:
        body = vault.get(sha256)
        if body is None:
            return False
        whole.update(body)
    return whole.hexdigest() == manifest.sha256
