"""Attachments on one desk: what may be attached, how it lies on the disk, and that nothing of it is lost or left behind."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.base import stamp, utc_now
from models.errors import GuiyanError, KnownError, RuleError
from models.records import Cell
from models.services import attachments, carrying, contacts, filetypes, people, syncing, timeline, undo
from models.services.desk import Desk
from models.store import settings, vault
from models.sync.files import LARGEST, PART
from models.tables.system import AUDIT, CONTENT
from tests.conftest import BUREAU, VILLAGE, DeskFactory

JPG, PNG, PDF = b"\xff\xd8\xff\xe0 photo", b"\x89PNG\r\n\x1a\n drawing", b"%PDF-1.7 scan"


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


@pytest.fixture
def who(desk: Desk) -> str:
    return people.save(desk, None, {"name": Cell.of("王小雁")}, VILLAGE).id


def on_disk(desk: Desk) -> list[Path]:
    return sorted(p for p in (desk.folder / "files").rglob("*") if p.is_file())


def long_ago(desk: Desk, days: int = 2) -> None:
    """Let every file of the vault be days old, and the last sweep too."""
    then = time.time() - days * 86_400
    for path in on_disk(desk):
        os.utime(path, (then, then))
    with desk.store.transaction() as conn:
        settings.put(conn, "attachments.swept", stamp(utc_now() - timedelta(days=days)))


def test_three_kinds_and_what_they_carry(desk: Desk, who: str) -> None:
    visit = contacts.add(desk, who, {"way": Cell.of("visit"), "on": Cell.of("2026-11-24"), "text": Cell.of("谈返乡意愿")}).id
    for owner, record, name, data, kind in (
        ("person", who, "身份证.JPG", JPG, "image/jpeg"),
        ("contact", visit, "合影.png", PNG, "image/png"),
        ("person", who, "证明.pdf", PDF, "application/pdf"),
    ):
        made = attachments.add(desk, owner, record, name, data)
        assert (made.media_type, made.size, made.title) == (kind, len(data), name)
        assert (made.state, made.by, made.ours) == ("waiting", desk.account, True)
        assert made.sha256 == hashlib.sha256(data).hexdigest()
        assert attachments.read(desk, made.id) == data
        record_there = desk.store.get("attachment", made.id)
        assert record_there is not None
        assert record_there.village == VILLAGE
    assert [a.title for a in attachments.of_person(desk, who)] == ["身份证.JPG", "合影.png", "证明.pdf"]
    assert [a.title for a in attachments.of_owner(desk, visit)] == ["合影.png"]
    assert attachments.waiting(desk) == (3, len(JPG + PNG + PDF))
    entries = [e for e in timeline.of_person(desk, who) if e.kind == "attachment"]
    assert {(e.entity, e.record_id) for e in entries} == {("person", who), ("contact", visit)}
    assert sorted("、".join(e.text for e in entries).split("、")) == ["合影.png", "证明.pdf", "身份证.JPG"]
    assert {line.title for line in syncing.lines(desk)} >= {"附件 合影.png", "附件 证明.pdf", "附件 身份证.JPG"}
    contacts.retract(desk, visit)
    assert [a.title for a in attachments.of_person(desk, who)] == ["身份证.JPG", "证明.pdf"]
    assert {e.record_id for e in timeline.of_person(desk, who) if e.kind == "attachment"} == {who}


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("照片.pdf", JPG, "attachment.name"),
        ("扫描.jpg", PDF, "attachment.name"),
        ("照片.jpg", b"MZ\x90 program", "attachment.content"),
        ("程序.exe", b"MZ\x90 program", "attachment.kind"),
        ("照片", JPG, "attachment.name"),
        ("空.jpg", b"", "attachment.empty"),
        ("大.jpg", JPG + bytes(LARGEST), "attachment.large"),
    ],
)
def test_what_may_not_be_attached(desk: Desk, who: str, name: str, data: bytes, code: str) -> None:
    with pytest.raises(RuleError) as told:
        attachments.add(desk, "person", who, name, data)
    assert told.value.code == code
    assert name in told.value.sentence
    if code == "attachment.large":
        assert "20 MB" in told.value.sentence
    assert attachments.of_owner(desk, who) == []
    assert on_disk(desk) == []


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = tmp_path / "大.pdf"
    with large.open("wb") as f:
        f.truncate(LARGEST + 1)
    monkeypatch.setattr(Path, "open", lambda *_a, **_k: pytest.fail("it was opened"))
    with pytest.raises(RuleError):
        filetypes.load(large)
    with pytest.raises(KnownError) as told:
        filetypes.load(tmp_path / "没有.pdf")
    assert told.value.code == "file.read"


def test_whom_it_may_be_attached_to(desk: Desk, who: str, desk_factory: DeskFactory) -> None:
    made = attachments.add(desk, "person", who, "a.jpg", JPG)
    for owner, record, code in (
        ("person", "0" * 32, "record.unknown"),
        ("household", who, "attachment.owner"),
        ("person", who, "attachment.twice"),
    ):
        with pytest.raises(RuleError) as told:
            attachments.add(desk, owner, record, "b.jpg", JPG)
        assert told.value.code == code
    with pytest.raises(RuleError):
        attachments.owner_kind(desk, made.id)
    assert attachments.owner_kind(desk, who) == "person"
    bureau = desk_factory(BUREAU, "孙局")
    with pytest.raises(RuleError) as told:
        attachments.add(bureau, "person", who, "b.jpg", JPG)
    assert told.value.code == "attachment.bureau"


def test_no_more_than_fifty_and_all_or_none(desk: Desk, who: str) -> None:
    stored = [attachments.store(desk, f"{n}.jpg", JPG + bytes([n])) for n in range(attachments.MOST_ON_ONE + 1)]
    with pytest.raises(RuleError) as told:
        attachments.attach(desk, "person", who, stored)
    assert told.value.code == "attachment.many"
    assert attachments.of_owner(desk, who) == []
    assert len(attachments.attach(desk, "person", who, stored[:-1])) == attachments.MOST_ON_ONE
    undo.undo(desk)  # one step
    assert attachments.of_owner(desk, who) == []


def test_at_rest_neither_content_nor_name_nor_hash_can_be_read(desk: Desk, who: str) -> None:
    data = JPG + b"a very particular face" * 40_000
    made = attachments.add(desk, "person", who, "独特的名字.jpg", data)
    found = on_disk(desk)
    assert len(found) == -(-len(data) // PART)
    every = b"".join(p.read_bytes() for p in found)
    assert b"particular" not in every
    assert len(every) == len(data) + len(found) * 28
    parts = {hashlib.sha256(data[n : n + PART]).hexdigest() for n in range(0, len(data), PART)}
    for path in found:
        assert not any(path.name in sha or sha[:16] in str(path) for sha in (*parts, made.sha256))
    other = vault.Vault(desk.folder, b"k" * 32)
    assert all(other.get(sha) is None for sha in parts), "another key finds and opens nothing"


@pytest.mark.parametrize("spoil", ["flip", "cut", "empty", "gone"])
def test_a_spoilt_part_is_noticed_and_written_anew(desk: Desk, who: str, spoil: str) -> None:
    data = JPG + os.urandom(2 * PART)
    made = attachments.add(desk, "person", who, "a.jpg", data)
    path = max(on_disk(desk), key=lambda p: p.stat().st_size)
    sealed = path.read_bytes()
    if spoil == "gone":
        path.unlink()
    else:
        path.write_bytes({"flip": sealed[:-1] + bytes([sealed[-1] ^ 1]), "cut": sealed[:20], "empty": b""}[spoil])
    assert attachments.read(desk, made.id) is None
    with pytest.raises(GuiyanError):
        attachments.save_as(desk, made.id, desk.folder / "out.jpg")
    assert not (desk.folder / "out.jpg").exists()
    attachments.store(desk, "wieder.jpg", data)
    assert attachments.read(desk, made.id) == data


def test_the_same_photo_given_twice_at_once(desk: Desk) -> None:
    data = JPG + os.urandom(3 * PART)
    stored: list[attachments.Stored] = []
    threads = [threading.Thread(target=lambda: stored.append(attachments.store(desk, "a.jpg", data))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(stored) == 6
    assert len(set(stored)) == 1
    assert len(on_disk(desk)) == 4


def test_two_parts_exchanged_on_the_disk_are_noticed(desk: Desk, who: str) -> None:
    made = attachments.add(desk, "person", who, "a.jpg", JPG + os.urandom(2 * PART))
    one, two = on_disk(desk)[:2]
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    assert attachments.read(desk, made.id) is None


def test_removing_is_undone_and_does_not_wait(desk: Desk, who: str) -> None:
    made = attachments.add(desk, "person", who, "a.jpg", JPG)
    attachments.remove(desk, made.id)
    assert attachments.of_owner(desk, who) == []
    assert attachments.waiting(desk) == (0, 0)
    with pytest.raises(RuleError) as told:
        attachments.remove(desk, made.id)
    assert told.value.code == "attachment.unknown"
    undo.undo(desk)
    assert attachments.waiting(desk) == (1, len(JPG))
    assert attachments.read(desk, made.id) == JPG
    undo.undo(desk)  # the adding itself
    assert attachments.of_owner(desk, who) == []
    undo.redo(desk)
    assert [a.id for a in attachments.of_owner(desk, who)] == [made.id]


def test_what_was_never_attached_is_swept_and_nothing_else(desk: Desk, who: str) -> None:
    kept = attachments.add(desk, "person", who, "a.jpg", JPG)
    removed = attachments.add(desk, "person", who, "b.png", PNG)
    shared = attachments.add(desk, "person", who, "d.jpg", JPG + b"d")
    attachments.store(desk, "c.pdf", PDF)  # killed before its record was written
    attachments.remove(desk, removed.id)
    assert carrying.sweep(desk) == 0, "a file of this day may be about to be attached"
    long_ago(desk)
    assert carrying.sweep(desk) == 1
    assert carrying.sweep(desk) == 0, "once a day"
    undo.undo(desk)
    assert attachments.read(desk, removed.id) == PNG, "a removed one may be brought back"
    attachments.remove(desk, removed.id)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrying, "KEPT", timedelta(seconds=-5))
        long_ago(desk)
        assert carrying.sweep(desk) == 1
    assert attachments.read(desk, kept.id) == JPG
    assert attachments.read(desk, shared.id) == JPG + b"d"
    with desk.store.transaction() as conn:  # what left this office's view leaves its disk as well
        from models.tables import ENTITIES

        conn.execute(ENTITIES["attachment"].table.delete().where(ENTITIES["attachment"].table.c.id == kept.id))
    long_ago(desk)
    assert carrying.sweep(desk) == 1
    with desk.store.read() as conn:
        assert kept.id not in set(conn.execute(select(CONTENT.c.attachment_id)).scalars())


def test_saving_outside_is_in_the_audit_log(desk: Desk, who: str, tmp_path: Path) -> None:
    made = attachments.add(desk, "person", who, "a.jpg", JPG)
    attachments.save_as(desk, made.id, tmp_path / "a.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == JPG
    with desk.store.read() as conn:
        entry = conn.execute(select(AUDIT.c.action, AUDIT.c.entity_id).order_by(AUDIT.c.n.desc()).limit(1)).one()
    assert tuple(entry) == ("export", made.id)


@pytest.mark.parametrize(
    ("title", "kind", "safe"),
    [
        ("照片.jpg", "image/jpeg", "照片.jpg"),
        ("../../.bashrc", "application/pdf", "_.._.pdf"),
        ("..\\..\\autorun.inf", "image/png", "_.._autorun.png"),
        ("C:\\x\\a.exe", "image/jpeg", "C__x_a.jpg"),
        ("a.jpg\x00.exe", "image/jpeg", "a.jpg_.jpg"),
        ("...", "image/png", "附件.png"),
        ("程序.exe", "application/x-dosexec", "程序.bin"),
        ("长" * 300 + ".PDF", "application/pdf", "长" * 100 + ".PDF"),
    ],
)
def test_a_title_from_elsewhere_chooses_no_place(title: str, kind: str, safe: str) -> None:
    assert filetypes.safe_name(title, kind) == safe


def test_the_time_left_is_told_from_what_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(carrying.time, "monotonic", lambda: now[0])
    pace = carrying.Pace()
    assert pace.seconds_left(500, 1500) is None, "what was across before says nothing of the line"
    now[0] += 2
    assert pace.seconds_left(700, 1500) == 8
    now[0] += 2
    assert pace.seconds_left(1500, 1500) == 0


def test_a_full_disk_attaches_nothing(desk: Desk, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _data: bytes) -> None:
        raise KnownError("disk.write", f"无法写入 {path}：设备上没有空间。")

    monkeypatch.setattr(vault, "write_atomically", full)
    with pytest.raises(KnownError):
        attachments.add(desk, "person", who, "a.jpg", JPG)
    assert attachments.of_owner(desk, who) == []


def test_a_photo_that_was_put_away_long_ago_and_is_chosen_again_is_not_swept(desk: Desk, who: str) -> None:
    """Between the storing and the attaching a sweep may come, which takes what is old and belongs to nothing."""
    attachments.store(desk, "照片.jpg", JPG)  # and the window was closed over it
    for path in on_disk(desk):
        os.utime(path, (1, 1))
    again = attachments.store(desk, "照片.jpg", JPG)
    carrying.sweep(desk)
    (made,) = attachments.attach(desk, "person", who, [again])
    assert attachments.read(desk, made.id) == JPG


def test_names_that_differ_in_capitals_alone_are_two_files(desk: Desk, who: str) -> None:
    for n, name in enumerate(("a.jpg", "A.JPG", "a (2).jpg")):
        attachments.add(desk, "person", who, name, JPG + bytes([n]))
    made = attachments.names(attachments.of_owner(desk, who))
    assert len({name.casefold() for name in made}) == 3
