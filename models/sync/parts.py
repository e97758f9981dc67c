"""The server's end of attachments: parts are taken and given through a record, never by a hash alone.

Parts are stored by the office that wrote the record and their own SHA-256. So a clerk who attaches one scan to three
requests sends it once, and an office that merely knows the hash of another's file finds nothing under it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from models.base import stamp
from models.errors import RuleError
from models.store.rows import Row
from models.sync import feed
from models.sync.files import PART, Held, Manifest, SignedHeld, manifest_of, sign_held
from models.tables import ENTITIES
from models.tables.system import CHUNK, FEED

MOST_PARTS = 80_000  # of one office: 20 GiB
MOST_ON_ONE = 200  # attachments of one record
_ATTACHMENT = ENTITIES["attachment"].table


def _seen(conn: Connection, office: str, attachment: str) -> Row:
    """The row of an attachment that an office sees. A foreign one and one that never was get the same answer."""
    query = select(_ATTACHMENT).where(
        _ATTACHMENT.c.id == attachment,
        _ATTACHMENT.c.deleted.is_(False),
        _ATTACHMENT.c.id.in_(
            select(FEED.c.entity_id).where(FEED.c.entity_id == attachment, FEED.c.gone.is_(False), feed.visible_to(office))
        ),
    )
    row = conn.execute(query).mappings().first()
    if row is None:
        raise RuleError("attachment.unknown", "没有这个附件，或本机构看不到它。")
    return row


def _own(conn: Connection, office: str, attachment: str) -> Row:
    row = _seen(conn, office, attachment)
    if row["office"] != office:
        raise RuleError("attachment.foreign", "这个附件是别的机构登记的，它的内容只能由那个机构发送。")
    return row


def _stored(conn: Connection, office: str, manifest: Manifest) -> set[str]:
    query = select(CHUNK.c.sha256).where(CHUNK.c.office == office, CHUNK.c.sha256.in_(manifest.parts))
    return set(conn.execute(query).scalars())


def _part_of(row: Row, number: int) -> tuple[Manifest, str]:
    manifest = manifest_of(row)
    if not 0 <= number < len(manifest.parts):
        raise RuleError("chunk.number", f"这个附件只有 {len(manifest.parts)} 块，没有第 {number + 1} 块。")
    return manifest, manifest.parts[number]


def missing(conn: Connection, office: str, attachments: Sequence[str]) -> dict[str, list[int]]:
    """The numbers of the parts that are not here, by attachment. One that is not this office's to send is left out."""
    found: dict[str, list[int]] = {}
    for attachment in attachments:
        try:
            row = _own(conn, office, attachment)
        except RuleError:
            continue
        try:
            manifest = manifest_of(row)
        except RuleError:
            found[attachment] = [0]  # the device asks to send it and is told what is wrong with the record
            continue
        there = _stored(conn, office, manifest)
        found[attachment] = [n for n, sha256 in enumerate(manifest.parts) if sha256 not in there]
    return found


def take(conn: Connection, office: str, attachment: str, number: int, body: bytes) -> bool:
    """Store one part; False when it was here. Raises RuleError, storing nothing, for whatever the record does not say."""
    row = _own(conn, office, attachment)
    manifest, sha256 = _part_of(row, number)
    if len(body) != manifest.length(number):
        raise RuleError("chunk.size", f"第 {number + 1} 块应为 {manifest.length(number)} 字节，收到 {len(body)} 字节，没有保存。")
    if hashlib.sha256(body).hexdigest() != sha256:
        raise RuleError("chunk.hash", f"第 {number + 1} 块的内容与登记的校验值不符，没有保存。")
    here = [CHUNK.c.office == office, CHUNK.c.sha256 == sha256]
    if conn.execute(select(CHUNK.c.sha256).where(*here)).first():
        return False
    _refuse_too_many(conn, office, row)
    conn.execute(_insert(conn), {"office": office, "sha256": sha256, "body": body})
    return True


def _insert(conn: Connection) -> Any:
    """Two devices of one office may send the same part at once: the second is no error."""
    from sqlalchemy.dialects import postgresql, sqlite

    if conn.dialect.name == "postgresql":
        return postgresql.insert(CHUNK).on_conflict_do_nothing()
    return sqlite.insert(CHUNK).on_conflict_do_nothing()


def _refuse_too_many(conn: Connection, office: str, row: Row) -> None:
    count = select(func.count())
    mine = [_ATTACHMENT.c.owner_id == row["owner_id"], _ATTACHMENT.c.office == office, _ATTACHMENT.c.deleted.is_(False)]
    if conn.execute(count.select_from(_ATTACHMENT).where(*mine)).scalar_one() > MOST_ON_ONE:
        raise RuleError("attachment.many", f"一条记录最多 {MOST_ON_ONE} 个附件，多出的内容没有接收。请删除不需要的附件。")
    if conn.execute(count.select_from(CHUNK).where(CHUNK.c.office == office)).scalar_one() >= MOST_PARTS:
        raise RuleError("chunk.full", f"本机构在县级的附件已满 {MOST_PARTS * PART >> 30} GB，没有再接收。请联系县级管理员。")


def give(conn: Connection, office: str, attachment: str, number: int) -> bytes:
    """One part of an attachment that the office sees."""
    row = _seen(conn, office, attachment)
    _manifest, sha256 = _part_of(row, number)
    query = select(CHUNK.c.body).where(CHUNK.c.office == row["office"], CHUNK.c.sha256 == sha256)
    body: bytes | None = conn.execute(query).scalar()
    if body is None:
        raise RuleError("chunk.missing", "登记这个附件的机构还没有把内容发全，请稍后再打开。")
    return body


def available(conn: Connection, office: str, wanted: Mapping[str, Sequence[int]]) -> tuple[list[tuple[str, int]], list[str]]:
    """(the wanted parts that can be given, attachments of which one cannot): those that the office does not see are neither."""
    found: list[tuple[str, int]] = []
    away = []
    for attachment, numbers in wanted.items():
        try:
            row = _seen(conn, office, attachment)
            manifest = manifest_of(row)
        except RuleError:
            continue
        there = _stored(conn, row["office"], manifest)
        asked = sorted({n for n in numbers if 0 <= n < len(manifest.parts)})
        here = [(attachment, n) for n in asked if manifest.parts[n] in there]
        found += here
        if len(here) < len(asked):
            away.append(attachment)
    return found, away


def held(conn: Connection, private: bytes, office: str, attachment: str) -> SignedHeld:
    """The server's signed word that it holds the whole file: every part is read back and the file's hash checked."""
    row = _own(conn, office, attachment)
    manifest, whole = manifest_of(row), hashlib.sha256()
    for sha256 in manifest.parts:
        body = conn.execute(select(CHUNK.c.body).where(CHUNK.c.office == office, CHUNK.c.sha256 == sha256)).scalar()
        if body is None:
            raise RuleError("chunk.missing", "附件的内容还没有发全。")
        whole.update(body)
    if whole.hexdigest() != manifest.sha256:
        raise RuleError("attachment.hash", "附件的各部分齐全，合起来却与登记的校验值不符，没有接收。请删除后重新添加。")
    return sign_held(private, Held(attachment, manifest.sha256, manifest.size, stamp()))


def sweep(conn: Connection, before: datetime) -> int:
    """Let the parts go of attachments that were removed before a moment and that no other one of their office holds."""
    removed_by = _ATTACHMENT.c.deleted & (_ATTACHMENT.c.changed < f"{int(before.timestamp() * 1000):012x}")
    gone = 0
    for office in conn.execute(select(_ATTACHMENT.c.office).where(removed_by).distinct()).scalars().all():
        own = select(_ATTACHMENT.c.parts).where(_ATTACHMENT.c.office == office, _ATTACHMENT.c.parts.is_not(None))
        unwanted = sorted(_each(conn, own.where(removed_by)) - _each(conn, own.where(~removed_by)))
        for start in range(0, len(unwanted), 500):
            some = CHUNK.c.sha256.in_(unwanted[start : start + 500])
            gone += conn.execute(delete(CHUNK).where(CHUNK.c.office == office, some)).rowcount
    return gone


def _each(conn: Connection, joined: Select[Any]) -> set[str]:
    return {text[i : i + 64] for text in conn.execute(joined).scalars() for i in range(0, len(text), 64)}
