"""The tray of scanned sheets that nobody has filed yet: this PC's own, as drafts are, its bytes sealed as an attachment's."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import RuleError
from models.records import Cell
from models.services import attachments, drafts
from models.services.attachments import Attachment, Stored
from models.services.desk import Desk
from models.sync import files

TRAY = "scan"  # the kind of draft that a waiting sheet is


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sheet in the tray. id: its draft's; why: a sentence; at: UTC, ISO 8601."""

    id: str
    title: str
    why: str
    at: str
    account: str


def tray(desk: Desk) -> list[Waiting]:
    """The sheets that wait for somebody to say where they belong, newest first."""
    return [
        Waiting(d.id, str(d.cells["title"].value), str(d.cells["why"].value), d.changed_at, d.account)
        for d in drafts.all(desk)
        if d.entity == TRAY
    ]


def put(desk: Desk, title: str, body: bytes, why: str) -> Waiting:
    """Lay a sheet in the tray; the same bytes a second time are the one that is there."""
    stored = attachments.store(desk, title, body)
    for waiting in tray(desk):
        if stored_of(desk, waiting.id).sha256 == stored.sha256:
            return waiting
    cells = {
        "title": stored.title, "media_type": stored.media_type, "size": stored.size, "sha256": stored.sha256,
        "parts": stored.parts, "why": why,
    }  # fmt: skip
    draft = drafts.put(desk, "", TRAY, None, {name: Cell.of(value) for name, value in cells.items()})
    return next(w for w in tray(desk) if w.id == draft)


def stored_of(desk: Desk, waiting_id: str) -> Stored:
    found = drafts.get(desk, waiting_id)
    if found is None or found.entity != TRAY:
        raise RuleError("scan.gone", "这张扫描件已经不在待归档的托盘里了，可能刚被别人归档。")
    value = {name: cell.value for name, cell in found.cells.items()}
    return Stored(value["title"], value["media_type"], value["size"], value["sha256"], value["parts"])


def look(desk: Desk, waiting_id: str) -> tuple[str, bytes]:
    """(media type, bytes) of a waiting sheet. Raises RuleError when they are gone from the disk."""
    stored, box = stored_of(desk, waiting_id), attachments.vault(desk)
    parts = [box.get(part) for part in files.split(stored.parts)]
    if any(p is None for p in parts):
        raise RuleError("scan.lost", f"{stored.title} 的内容在本机磁盘上缺失或已损坏。请重新扫描原件。")
    return stored.media_type, b"".join(p for p in parts if p is not None)


def assign(desk: Desk, waiting_id: str, entity: str, record_id: str) -> Attachment:
    """Attach a waiting sheet to a request, a person or a visit; it leaves the tray only when it is attached."""
    made = attachments.attach(desk, entity, record_id, [stored_of(desk, waiting_id)])[0]
    drafts.drop(desk, waiting_id)
    return made


def discard(desk: Desk, waiting_id: str) -> None:
    """Take a sheet out of the tray without filing it: it was scanned by mistake."""
    stored_of(desk, waiting_id)
    drafts.drop(desk, waiting_id)


def parts_waiting(desk: Desk) -> set[str]:
    """SHA-256 of every part that the tray holds: they are not swept away."""
    return {part for d in drafts.all(desk) if d.entity == TRAY for part in files.split(str(d.cells["parts"].value))}
