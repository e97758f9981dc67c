"""One action, one transaction: nothing is half written, nothing that was said to be saved is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from models.errors import BugError, GuiyanError, KnownError
from models.records import Cell
from models.services import desk as desks
from models.services import people, verifying
from models.services.desk import Desk
from models.store import audit, opening
from models.tables.person import PERSON
from models.tables.system import AUDIT, EVENT
from tests.conftest import PASSWORD, TOWNSHIP, VILLAGE, DeskFactory

ROOT = Path(__file__).resolve().parents[3]


def _person(desk: Desk, name: str = "王小雁", village: str = VILLAGE) -> str:
    return people.save(desk, None, {"name": Cell.of(name), "phone": Cell.of("13900000001")}, village).id


def _counts(desk: Desk) -> dict[str, int]:
    with desk.store.read() as conn:
        return {t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in (PERSON.table, EVENT, AUDIT)}


def _seqs(desk: Desk) -> list[int]:
    with desk.store.read() as conn:
        return list(conn.execute(select(EVENT.c.seq).order_by(EVENT.c.seq)).scalars())


def test_a_save_writes_row_event_and_audit_entry(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    before = _counts(desk)
    person_id = _person(desk)
    people.save(desk, person_id, {"phone": Cell.of("13900000002")})
    assert _counts(desk) == {"person": before["person"] + 1, "event": before["event"] + 2, "audit": before["audit"] + 2}
    with desk.store.read() as conn:
        kind, changes = conn.execute(select(EVENT.c.kind, EVENT.c.changes).order_by(EVENT.c.seq.desc()).limit(1)).one()
        assert list(audit.verify(conn)) == []
    assert (kind, json.loads(changes)) == ("update", {"phone": [["k", "13900000001"], ["k", "13900000002"]]})


def test_a_save_that_fails_leaves_nothing(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    before, seqs = _counts(desk), _seqs(desk)

    def half() -> None:
        with desk.store.write("李经办", "半途") as unit:
            unit.create("person", {"name": Cell.of("半途")}, village=VILLAGE)
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        half()
    assert _counts(desk) == before
    _person(desk)
    assert _seqs(desk) == [*seqs, seqs[-1] + 1], "the sequence has no hole where the failed save was"


def test_saving_the_same_again_is_no_event(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    person_id = _person(desk)
    before = _counts(desk)
    people.save(desk, person_id, {"phone": Cell.of("13900000001")})
    assert _counts(desk) == before


def test_a_nested_save_is_refused(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    with desk.store.write("李经办", "外"), pytest.raises(BugError) as told, desk.store.write("李经办", "内"):
        pass
    assert told.value.code == "store.nested"


_SAVER = """
import sys
from pathlib import Path
from models.records import Cell
from models.services import desk as desks, people
desk = desks.unlock(Path(sys.argv[1]), "", sys.argv[2])
n = 0
while True:
    n += 1
    print(people.save(desk, None, {"name": Cell.of(f"第{n}人"), "note": Cell.of("长" * 1500)}, sys.argv[3]).id, flush=True)
"""


@pytest.mark.parametrize("after", [1, 23, 60])
def test_kill_9_loses_nothing_that_was_saved(desk_factory: DeskFactory, after: int) -> None:
    desk = desk_factory()
    desk.close()
    call = [sys.executable, "-c", _SAVER, str(desk.folder), PASSWORD, VILLAGE]
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, cwd=ROOT) as saver:
        assert saver.stdout is not None
        told = [saver.stdout.readline().strip() for _ in range(after)]
        saver.send_signal(signal.SIGKILL)
        told += [line.strip() for line in saver.stdout if len(line) == 33]
    assert all(told)
    again = desks.unlock(desk.folder, "", PASSWORD)
    try:
        assert set(told) <= set(people.records(again, told))
        seqs = _seqs(again)
        assert seqs == list(range(1, len(seqs) + 1))
        assert [f for part in verifying.verify(again) for f in part.faults] == []
        _person(again)
        assert _seqs(again) == [*seqs, len(seqs) + 1]
    finally:
        again.close()


_FILLER = """
import resource, sys
from pathlib import Path
from models.errors import KnownError
from models.records import Cell
from models.services import desk as desks, people
folder = Path(sys.argv[1])
desk = desks.unlock(folder, "", sys.argv[2])
most = max(p.stat().st_size for p in folder.iterdir()) + 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    while True:
        print(people.save(desk, None, {"name": Cell.of("满"), "note": Cell.of("长" * 1900)}, sys.argv[3]).id, flush=True)
except KnownError as e:
    print(e.code)
"""


def test_a_disk_that_takes_no_more_is_told_and_nothing_is_lost(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    desk.close()
    call = [sys.executable, "-c", _FILLER, str(desk.folder), PASSWORD, VILLAGE]
    said = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120)
    *told, code = said.stdout.split()
    assert code in ("disk.io", "disk.full"), said.stderr
    assert len(told) > 10
    again = desks.unlock(desk.folder, "", PASSWORD)
    try:
        assert set(people.records(again, told)) == set(told)
        assert [f for part in verifying.verify(again) for f in part.faults] == []
    finally:
        again.close()


def test_a_full_database_says_so(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    before = _counts(desk)
    with desk.store.transaction() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for _ in range(200):
            _person(desk)

    with pytest.raises(KnownError) as told:
        fill()
    assert told.value.code == "disk.full"
    with desk.store.read() as conn:
        assert list(audit.verify(conn)) == []
    assert _counts(desk)["event"] - before["event"] == _counts(desk)["person"] - before["person"]


def _content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.stat().st_size}


def test_a_wrong_password_opens_nothing_and_changes_nothing(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    desk.close()
    before = _content(desk.folder)
    with pytest.raises(GuiyanError) as told:
        desks.unlock(desk.folder, "", "wrong-password")
    assert told.value.code == "password.wrong"
    assert "密码不对" in told.value.sentence
    assert _content(desk.folder) == before


def test_the_database_is_unreadable_without_its_key(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    _person(desk, "保密人")
    desk.close()
    for body in _content(desk.folder).values():
        assert "保密人".encode() not in body
        assert b"SQLite format 3" not in body
        assert b"13900000001" not in body


@pytest.mark.parametrize("keep", [0, 100, 4096, 0.5, -4096])
def test_a_truncated_database_is_refused_unchanged(desk_factory: DeskFactory, keep: float) -> None:
    desk = desk_factory()
    desk.close()
    path = desk.folder / opening.DATABASE
    whole = path.read_bytes()
    cut = whole[: int(len(whole) * keep) if 0 < keep < 1 else int(keep) if keep >= 0 else int(len(whole) + keep)]
    path.write_bytes(cut)
    _refused(desk, "db.broken", cut)


def test_a_foreign_database_is_refused_unchanged(desk_factory: DeskFactory, tmp_path: Path) -> None:
    import sqlite3

    desk = desk_factory()
    desk.close()
    with sqlite3.connect(tmp_path / "plain.db") as plain:
        plain.execute("CREATE TABLE t (x)")
    plain.close()
    body = (tmp_path / "plain.db").read_bytes()
    (desk.folder / opening.DATABASE).write_bytes(body)
    _refused(desk, "db.broken", body)


def test_a_newer_database_is_refused_unchanged(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    with desk.store.transaction() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '29990101_later'"))
    desk.close()
    _refused(desk, "db.newer", (desk.folder / opening.DATABASE).read_bytes())


def _refused(desk: Desk, code: str, body: bytes) -> None:
    with pytest.raises(KnownError) as told:
        desks.unlock(desk.folder, "", PASSWORD)
    assert told.value.code == code
    assert "未改动" in told.value.sentence
    assert (desk.folder / opening.DATABASE).read_bytes() == body


def test_a_foreign_server_database_is_refused_unchanged(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(KnownError) as told:
        opening.open_server(f"sqlite:///{path}")
    assert told.value.code == "db.foreign"
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE audit SET actor = '别人' WHERE n = 2", "内容与校验值不符"),
        ("DELETE FROM audit WHERE n = 2", "缺失"),
        ("UPDATE event SET changes = '{}' WHERE seq = 2", "被改动过"),
        ("DELETE FROM event WHERE seq = 2", "缺失或被改动过"),
        ("UPDATE event SET mark = 'x' WHERE seq = 2", "改动过"),
    ],
)
def test_tampering_is_found(desk_factory: DeskFactory, statement: str, where: str) -> None:
    desk = desk_factory()
    for _ in range(3):
        _person(desk)
    with desk.store.transaction() as conn:
        conn.execute(text(statement))
    faults = next(part.faults for part in verifying.verify(desk) if part.part == "audit")
    assert any(where in f for f in faults)


def test_an_erased_value_still_verifies(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    person_id = _person(desk, "要求删除的人")
    with desk.store.transaction() as conn:
        row = conn.execute(select(EVENT).where(EVENT.c.entity_id == person_id)).one()
        erased = {"changes": None, "salt": None, "mark": audit.mark_of(row.salt, row.changes)}
        conn.execute(update(EVENT).where(EVENT.c.entity_id == person_id), erased)
    with desk.store.read() as conn:
        assert list(audit.verify(conn)) == []


def test_the_office_is_in_the_workspace(desk_factory: DeskFactory) -> None:
    desk = desk_factory(TOWNSHIP)
    folder = desk.folder
    desk.close()
    again = desks.unlock(folder, "", PASSWORD)
    assert (again.office, again.store.identity.device) == (TOWNSHIP, desk.store.identity.device)
    again.close()
