"""附件: photos and scans of a request, a person, a visit or a printed list; where their bytes are, and their way to the county.

The record of an attachment travels with the other records; its bytes follow after them (models/services/carrying.py).

One of a person's own pictures may be the 证件照 that papers print: person.portrait_id names it, so that there is never more
than one and two offices that choose differently clash like over any other field. It counts while it stands and is theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from sqlalchemy import ColumnElement, func, select

from models import scope
from models.base import CHINA, hlc_moment, new_id
from models.errors import RuleError
from models.records import Cell, Record
from models.services import filetypes
from models.services.desk import Desk
from models.services.owners import read_only, refuse_foreign
from models.services.people import must_get, records, refuse_wrong
from models.store import keyfile
from models.store.rows import Row
from models.store.unit import New
from models.store.vault import Vault
from models.sync import files
from models.sync.files import LARGEST as LARGEST
from models.tables import ENTITIES
from models.tables.system import CONTENT

OWNERS = ("request", "person", "contact", "paper")
MOST_ON_ONE = 50  # attachments of one record
_TITLE = ENTITIES["attachment"].by_name["title"].limit
_ATTACHMENT = ENTITIES["attachment"].table
_PORTRAIT = "portrait_id"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as it is shown. size: bytes; at: minute in Chinese time; by: who added it; ours: this office did.

    state: waiting (its bytes are not at the county yet), sent (the county's signed word is here), refused (detail says
    why), here (fetched), away (only the record is here). portrait: it is the person's 证件照; may_be: it can be made that, or
    no longer be it, by this office.
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
    portrait: bool = False
    may_be: bool = False

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


def vault(desk: Desk) -> Vault:
    return Vault(desk.folder, desk.key)


def _shown(desk: Desk, row: Row) -> Attachment:
    return Attachment(
        row["id"], row["owner_entity"], row["owner_id"], row["title"], row["media_type"] or "", row["size"] or 0, row["sha256"],
        row["state"] or "away", row["detail"] or "", row["changed_by"],
        hlc_moment(row["born"]).astimezone(CHINA).strftime("%Y-%m-%d %H:%M"), row["office"] == desk.office,
    )  # fmt: skip


def _find(desk: Desk, *wanted: ColumnElement[bool]) -> list[Attachment]:
    with desk.store.read() as conn:
        found = [_shown(desk, r) for r in files.rows_with_state(conn, _ATTACHMENT.c.deleted.is_(False), *wanted)]
    owners = records(desk, sorted({a.owner_id for a in found if a.owner_entity == "person" and a.is_picture}))
    closed = {i: _PORTRAIT in read_only(desk, "person", owner) for i, owner in owners.items()}
    return [
        replace(a, portrait=owners[a.owner_id].portrait_id == a.id, may_be=not closed[a.owner_id])
        if a.is_picture and a.owner_id in owners else a for a in found
    ]  # fmt: skip


def of_owner(desk: Desk, owner_id: str) -> list[Attachment]:
    """The attachments of one record, oldest first."""
    return _find(desk, _ATTACHMENT.c.owner_id == owner_id)


def of_person(desk: Desk, person_id: str) -> list[Attachment]:
    """Those of a person and of the visits to them."""
    contact = ENTITIES["contact"].table
    retracted = select(contact.c.retracts).where(contact.c.person_id == person_id, contact.c.retracts.is_not(None))
    visits = select(contact.c.id).where(
        contact.c.person_id == person_id, contact.c.deleted.is_(False), contact.c.id.not_in(retracted)
    )
    return _find(desk, (_ATTACHMENT.c.owner_id == person_id) | _ATTACHMENT.c.owner_id.in_(visits))


def get(desk: Desk, attachment_id: str) -> Attachment:
    found = _find(desk, _ATTACHMENT.c.id == attachment_id)
    if not found:
        raise RuleError("attachment.unknown", "没有这个附件，可能已被删除。")
    return found[0]


@dataclass(frozen=True, slots=True)
class Stored:
    """A file whose bytes are safe in the workspace and that is not attached yet."""

    title: str
    media_type: str
    size: int
    sha256: str
    parts: str


def store(desk: Desk, name: str, data: bytes) -> Stored:
    """Seal a file's bytes. name: with its ending, shown to people. Raises RuleError for a file that may not be attached."""
    filetypes.refuse_large(name, len(data))
    kind, box = filetypes.media_type(name, data), vault(desk)
    parts = "".join(box.put(part) for part in files.cut(data))
    return Stored(PurePath(name).name[-_TITLE:], kind, len(data), hashlib.sha256(data).hexdigest(), parts)


def attach(
    desk: Desk, owner_entity: str, owner_id: str, stored: Sequence[Stored], *, portrait: bool = False
) -> list[Attachment]:
    """Attach stored files to a record, in one step that may be undone. Raises RuleError; nothing is attached then.

    portrait: the first of them is the person's 证件照 from now on.
    """
    if owner_entity not in OWNERS:
        raise RuleError("attachment.owner", "附件只能添加到诉求、人员、走访或打印记录。")
    if owner_entity != "request" and desk.level is scope.Level.BUREAU:
        raise RuleError("attachment.bureau", "承办单位的附件请添加到转办来的诉求上。")
    owner = must_get(desk, owner_id, owner_entity)
    there = of_owner(desk, owner_id)
    known = {a.sha256: a.title for a in there}
    same = next((s for s in stored if s.sha256 in known), None)
    if same:
        raise RuleError("attachment.twice", f"{same.title} 与这里已有的附件“{known[same.sha256]}”内容相同，没有重复添加。")
    if len(there) + len(stored) > MOST_ON_ONE:
        raise RuleError("attachment.many", f"一条记录最多 {MOST_ON_ONE} 个附件。请删除不需要的，或合成一个 PDF。")
    cells: list[dict[str, Cell]] = [
        {"owner_entity": Cell.of(owner_entity), "owner_id": Cell.of(owner_id), "title": Cell.of(s.title),
         "media_type": Cell.of(s.media_type), "size": Cell.of(s.size), "sha256": Cell.of(s.sha256), "parts": Cell.of(s.parts)}
        for s in stored
    ]  # fmt: skip
    for one in cells:
        refuse_wrong("attachment", one)
    news = [New(one, owner.village, new_id()) for one in cells]
    if portrait:
        _refuse_portrait(desk, owner, stored[0].media_type, Cell.of(news[0].id))
    with desk.store.write(desk.account, "添加附件") as unit:
        made = unit.create_many("attachment", news)
        for attachment in made:
            files.mark(unit.conn, attachment, "waiting")
        if portrait:
            unit.update("person", owner_id, {_PORTRAIT: Cell.of(made[0])})
    return [get(desk, attachment) for attachment in made]


def add(desk: Desk, owner_entity: str, owner_id: str, name: str, data: bytes, *, portrait: bool = False) -> Attachment:
    """Attach one file's bytes to a record. Raises RuleError; nothing is attached then."""
    return attach(desk, owner_entity, owner_id, [store(desk, name, data)], portrait=portrait)[0]


def _refuse_portrait(desk: Desk, owner: Record, media_type: str, said: Cell) -> None:
    """Raises RuleError when a file of this type cannot be the owner's 证件照, or not by this office's word (said)."""
    if owner.entity != "person":
        raise RuleError("portrait.owner", "只有人员自己的附件可以设为证件照。请把照片添加到这个人的“附件”里再设。")
    if not media_type.startswith("image/"):
        raise RuleError("portrait.kind", "证件照要用 JPG 或 PNG 图片，PDF 不能设为证件照。")
    refuse_foreign(desk, "person", owner, {_PORTRAIT: said})


def set_portrait(desk: Desk, attachment_id: str, on: bool = True) -> None:
    """Make a picture its person's 证件照, in place of the one before, or no longer be it. It may be undone; RuleError when not."""
    attachment = get(desk, attachment_id)
    owner, said = must_get(desk, attachment.owner_id, attachment.owner_entity), Cell.of(attachment_id if on else None)
    if on == attachment.portrait:
        return
    _refuse_portrait(desk, owner, attachment.media_type, said)
    with desk.store.write(desk.account, "设为证件照" if on else "取消证件照") as unit:
        unit.update("person", owner.id, {_PORTRAIT: said})


def portrait(desk: Desk, person: Record) -> Attachment | None:
    """A person's 证件照 as far as it counts."""
    found = _find(desk, _ATTACHMENT.c.id == person.portrait_id, _ATTACHMENT.c.owner_id == person.id) if person.portrait_id else []
    return found[0] if found and found[0].is_picture else None


def owner_kind(desk: Desk, record_id: str) -> str:
    """Which kind of record, of those that carry attachments, an id names. Raises RuleError when none does."""
    for entity in OWNERS:
        if desk.store.get(entity, record_id) is not None:
            return entity
    raise RuleError("attachment.owner", f"没有编号为 {record_id} 的诉求、人员、走访或打印记录。")


def remove(desk: Desk, attachment_id: str) -> None:
    """Take an attachment away; it may be undone. Only the office that added it may."""
    attachment = get(desk, attachment_id)
    if not attachment.ours:
        raise RuleError("attachment.foreign", "这个附件是别的机构添加的，只能由那个机构删除。")
    with desk.store.write(desk.account, "删除附件") as unit:
        if attachment.portrait and attachment.may_be:
            unit.update("person", attachment.owner_id, {_PORTRAIT: Cell()})
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
    manifest, box, found = files.manifest_of(rows[0]), vault(desk), []
    for sha256 in manifest.parts:
        body = box.get(sha256)
        if body is None:
            return None
        found.append(body)
    data = b"".join(found)
    return data if hashlib.sha256(data).hexdigest() == manifest.sha256 else None


def looked_at(desk: Desk, attachment_id: str) -> None:
    """Write down that it was opened: a scan may show in full what is masked everywhere else."""
    with desk.store.write(desk.account, "查看附件") as unit:
        unit.audit("reveal", "attachment", attachment_id)


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


def names(found: Iterable[Attachment]) -> list[str]:
    """File names for writing several attachments into one folder: a name that comes twice gets a number, and so does one that
    is another only in capitals, which Windows and a stick take for the same."""
    made: list[str] = []
    taken = set[str]()
    for attachment in found:
        path, n = PurePath(filetypes.safe_name(attachment.title, attachment.media_type)), 1
        name = path.name
        while name.casefold() in taken:
            n += 1
            name = f"{path.stem} ({n}){path.suffix}"
        made.append(name)
        taken.add(name.casefold())
    return made
