"""附件: photos and scans of a request, a person or a visit; where their bytes are, and their way to the county.

The record of an attachment travels with the other records; the bytes follow after them (models/sync/files.py).
"""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from sqlalchemy import ColumnElement, func, select

from models import scope
from models.base import CHINA, hlc_moment
from models.errors import RuleError
from models.records import Cell
from models.services import filetypes
from models.services.desk import Desk
from models.services.people import must_get
from models.store import keyfile, settings
from models.store.rows import Row
from models.store.vault import Vault
from models.sync import files
from models.sync.files import Carrier, Moved, Progress, Stopped
from models.tables import ENTITIES
from models.tables.system import CONTENT

OWNERS = ("request", "person", "contact")
AUTOMATIC = "attachments.automatic"  # setting: fetch what others attached without being asked
MOST_ON_ONE = 50  # attachments of one record
_MOVING = threading.Lock()
_ATTACHMENT = ENTITIES["attachment"].table


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as it is shown. size: bytes; at: minute in Chinese time; by: who added it; ours: this office did.

    state: waiting (its bytes are not at the county yet), sent (the county's signed word is here), refused (detail says
    why), here (fetched), away (only the record is here).
    """

    id: str
    owner_entity: str
    owner_id: str
    title: str
    media_type: str
    size: int
    sha256: str
    state: str
    detail: str
    by: str
    at: str
    ours: bool


def _vault(desk: Desk) -> Vault:
    return Vault(desk.folder, desk.key)


def _shown(desk: Desk, row: Row) -> Attachment:
    return Attachment(
        row["id"], row["owner_entity"], row["owner_id"], row["title"], row["media_type"] or "", row["size"] or 0, row["sha256"],
        row["state"] or "away", row["detail"] or "", row["changed_by"],
        hlc_moment(row["born"]).astimezone(CHINA).strftime("%Y-%m-%d %H:%M"), row["office"] == desk.office,
    )  # fmt: skip


def _find(desk: Desk, *wanted: ColumnElement[bool]) -> list[Attachment]:
    with desk.store.read() as conn:
        return [_shown(desk, r) for r in files.rows_with_state(conn, _ATTACHMENT.c.deleted.is_(False), *wanted)]


def of_owner(desk: Desk, owner_id: str) -> list[Attachment]:
    """The attachments of one record, oldest first."""
    return _find(desk, _ATTACHMENT.c.owner_id == owner_id)


def of_person(desk: Desk, person_id: str) -> list[Attachment]:
    """Those of a person and of the visits to them."""
    contact = ENTITIES["contact"].table
    visits = select(contact.c.id).where(contact.c.person_id == person_id, contact.c.deleted.is_(False))
    return _find(desk, (_ATTACHMENT.c.owner_id == person_id) | _ATTACHMENT.c.owner_id.in_(visits))


def get(desk: Desk, attachment_id: str) -> Attachment:
    found = _find(desk, _ATTACHMENT.c.id == attachment_id)
    if not found:
        raise RuleError("attachment.unknown", "没有这个附件，可能已被删除。")
    return found[0]


def add(desk: Desk, owner_entity: str, owner_id: str, name: str, data: bytes) -> Attachment:
    """Attach a file's bytes to a record. name: with its ending, shown to people. Raises RuleError; nothing is stored then."""
    if owner_entity not in OWNERS:
        raise RuleError("attachment.owner", "附件只能添加到诉求、人员或走访记录。")
    filetypes.refuse_large(name, len(data))
    kind = filetypes.media_type(name, data)
    owner = must_get(desk, owner_id, owner_entity)
    if owner_entity != "request" and desk.level is scope.Level.BUREAU:
        raise RuleError("attachment.bureau", "承办单位的附件请添加到转办来的诉求上。")
    sha256, title = hashlib.sha256(data).hexdigest(), PurePath(name).name[-200:]
    there = of_owner(desk, owner_id)
    same = next((a for a in there if a.sha256 == sha256), None)
    if same:
        raise RuleError("attachment.twice", f"这里已有内容相同的附件“{same.title}”，没有重复添加。")
    if len(there) >= MOST_ON_ONE:
        raise RuleError("attachment.many", f"一条记录最多 {MOST_ON_ONE} 个附件。请删除不需要的，或合成一个 PDF。")
    vault = _vault(desk)
    parts = "".join(vault.put(part) for part in files.cut(data))  # first: a record never stands without its bytes
    with desk.store.write(desk.account, "添加附件") as unit:
        made = unit.create(
            "attachment",
            {"owner_entity": Cell.of(owner_entity), "owner_id": Cell.of(owner_id), "title": Cell.of(title),
             "media_type": Cell.of(kind), "size": Cell.of(len(data)), "sha256": Cell.of(sha256), "parts": Cell.of(parts)},
            village=owner.village,
        )  # fmt: skip
        files.mark(unit.conn, made, "waiting")
    return get(desk, made)


def owner_kind(desk: Desk, record_id: str) -> str:
    """Which kind of record, of those that carry attachments, an id names. Raises RuleError when none does."""
    for entity in OWNERS:
        if desk.store.get(entity, record_id) is not None:
            return entity
    raise RuleError("attachment.owner", f"没有编号为 {record_id} 的诉求、人员或走访记录。")


def remove(desk: Desk, attachment_id: str) -> None:
    """Take an attachment away; it may be undone. Only the office that added it may."""
    if not get(desk, attachment_id).ours:
        raise RuleError("attachment.foreign", "这个附件是别的机构添加的，只能由那个机构删除。")
    with desk.store.write(desk.account, "删除附件") as unit:
        unit.delete("attachment", attachment_id)


def retry(desk: Desk, attachment_id: str) -> None:
    """Send one that the county refused once more."""
    with desk.store.transaction() as conn:
        files.mark(conn, attachment_id, "waiting")


def read(desk: Desk, attachment_id: str) -> bytes | None:
    """The bytes, when they are all here and what the record says; else None: fetch() brings them."""
    with desk.store.read() as conn:
        rows = files.rows_with_state(conn, _ATTACHMENT.c.id == attachment_id)
    if not rows:
        return None
    manifest, vault, found = files.manifest_of(rows[0]), _vault(desk), []
    for sha256 in manifest.parts:
        body = vault.get(sha256)
        if body is None:
            return None
        found.append(body)
    data = b"".join(found)
    return data if hashlib.sha256(data).hexdigest() == manifest.sha256 else None


def save_as(desk: Desk, attachment_id: str, path: Path) -> None:
    """Write an attachment, fetched before, to a file outside of the workspace. The taking out is in the audit log."""
    data = read(desk, attachment_id)
    if data is None:
        raise RuleError("attachment.away", "附件的内容不在本机，请联网后先打开它。")
    keyfile.write_atomically(path, data)
    with desk.store.write(desk.account, "另存附件") as unit:
        unit.audit("export", "attachment", attachment_id)


def waiting(desk: Desk) -> tuple[int, int]:
    """(how many attachments of this device wait for the county, their bytes). Their records are counted elsewhere."""
    query = (
        select(func.count(), func.coalesce(func.sum(_ATTACHMENT.c.size), 0))
        .join_from(CONTENT, _ATTACHMENT, CONTENT.c.attachment_id == _ATTACHMENT.c.id)
        .where(CONTENT.c.state == "waiting", _ATTACHMENT.c.deleted.is_(False))
    )
    with desk.store.read() as conn:
        count, size = conn.execute(query).one()
    return int(count), int(size)


def _go_on(_done: int, _total: int) -> bool:
    return True


@contextmanager
def _carrier(desk: Desk, progress: Progress) -> Iterator[Carrier]:
    from models.sync.transports.http import HttpTransport, Server

    with desk.store.read() as conn:
        link = settings.get(conn, "link")
    if link is None:
        raise RuleError("sync.alone", "本机还没有加入县级，无法传送附件。请用县级发的加入凭证先加入；附件都保存在本机。")
    with HttpTransport(
        Server(link["address"], link["certificate"]), desk.store.identity.device, base64.b64decode(link["private"])
    ) as transport:
        transport.greet()
        yield Carrier(desk.store, _vault(desk), transport, base64.b64decode(link["server_key"]), progress)


def transfer(desk: Desk, progress: Progress = _go_on) -> Moved:
    """Send what waits and, where the setting says so, fetch what others attached. Run it after a round of records.

    progress(bytes across, bytes in all) answers whether to go on; a round of records that begins meanwhile goes first.
    """
    if not _MOVING.acquire(blocking=False):
        raise RuleError("transfer.running", "附件正在传送，请等它结束。")
    try:
        with desk.store.read() as conn:
            automatic = bool(settings.get(conn, AUTOMATIC, False))
        if not automatic and not waiting(desk)[0]:
            return Moved()
        with _carrier(desk, progress) as carrier:
            try:
                carrier.send()
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
    with _carrier(desk, progress) as carrier:
        try:
            carrier.fetch(attachment_id)
        except Stopped:
            return None
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


def names(found: Iterable[Attachment]) -> list[str]:
    """File names for writing several attachments into one folder: a name that comes twice gets a number."""
    made: list[str] = []
    for attachment in found:
        path, n = PurePath(filetypes.safe_name(attachment.title, attachment.media_type)), 1
        name = path.name
        while name in made:
            n += 1
            name = f"{path.stem} ({n}){path.suffix}"
        made.append(name)
    return made
