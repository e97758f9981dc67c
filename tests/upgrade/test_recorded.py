"""What an earlier release left behind, opened, read and applied by today's program (tests/upgrade/record.py made it)."""

from __future__ import annotations

import io
import json
import resource
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import zstandard
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select

from models.errors import KnownError
from models.services import conflicts, drafts, joining, people, requests, sticks, syncing, verifying
from models.services import desk as desks
from models.services.desk import Desk
from models.store import migrate, opening, outbox, rows, settings
from models.store.engine import sqlite_engine
from models.store.unit import Store
from models.sync import answering, ingest, wire
from models.tables import ENTITIES, metadata
from models.tables.system import DEVICE, EVENT
from tests.conftest import PASSWORD, TOWNSHIP, County
from tests.upgrade.overlay import lay_out
from tests.upgrade.record import RECORDED

# Tables that an upgrade itself writes: the offices of all counties, and what it remembers.
_OWN = ("office", "setting", "audit")


@dataclass
class Left:
    """A recording, unpacked. manifest: what stood in it when it was made."""

    folder: Path
    manifest: dict[str, Any]

    def bytes(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture(params=sorted(p.name for p in RECORDED.iterdir()))
def left(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Left:
    """A recording and, after today's last step, the made-up one that brings what its release lacked."""
    kept = RECORDED / request.param
    packed = zstandard.ZstdDecompressor().decompress((kept / "files.tar.zst").read_bytes())
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(tmp_path / "left", filter="data")
    scripts, head = lay_out(tmp_path, ("made_up_today",))
    monkeypatch.setattr(migrate, "SCRIPTS", scripts)
    monkeypatch.setattr(migrate, "HEAD", head)
    return Left(tmp_path / "left", json.loads((kept / "manifest.json").read_text(encoding="utf-8")))


@pytest.fixture
def desk(left: Left) -> Iterator[Desk]:
    opened = desks.unlock(left.folder / "workspace", "", PASSWORD)
    yield opened
    opened.close()


@pytest.fixture
def county(left: Left) -> Iterator[County]:
    folder = left.folder / "county"
    running = County(folder, f"sqlite:///{folder / 'county.db'}")
    running.start()
    yield running
    running.stop()
    running.store.close()


def counts(store: Store) -> dict[str, int]:
    with store.read() as conn:
        return {t.name: int(conn.execute(select(func.count()).select_from(t)).scalar_one()) for t in metadata.sorted_tables}


def digests(store: Store, *, anew: bool = False) -> dict[str, str]:
    """id → hash of every record, as it is kept or made anew from its values."""
    found: dict[str, str] = {}
    with store.read() as conn:
        for what in ENTITIES.values():
            for row in map(dict, conn.execute(select(what.table)).mappings()):
                if anew:
                    rows.seal(what, row)
                found[row["id"]] = row["digest"]
    return found


def same_as_before(store: Store, before: dict[str, int], *, but: dict[str, int] | None = None) -> None:
    now = counts(store)
    for name, count in before.items():
        if name not in _OWN:
            assert now[name] == count + (but or {}).get(name, 0), name
    assert now["audit"] >= before["audit"]


def is_todays(store: Store) -> bool:
    with store.engine.connect() as conn:
        differences = compare_metadata(MigrationContext.configure(conn), metadata)
    # The search index is made by the program beside the history (models/store/search.py).
    return not [d for d in differences if not (d[0] == "remove_table" and d[1].name.startswith("search_"))]


def test_the_workspace_is_opened_with_nothing_lost(left: Left, desk: Desk) -> None:
    said = left.manifest
    assert is_todays(desk.store)
    same_as_before(desk.store, said["counts"])
    assert digests(desk.store) == digests(desk.store, anew=True) == said["digests"]
    assert [f.faults for f in verifying.verify(desk)] == [()] * 4, "receipts and the audit chain hold"
    newer = people.must_get(desk, said["newer"])
    assert (newer.values["job_permit"], newer.values["insured"]) == ("豫0001", "pension_urban")
    (draft,) = drafts.all(desk)
    assert (draft.id, draft.cells["name"].value) == (said["draft"], "草稿人")
    assert [(c.field, c.mine) for c in conflicts.open_list(desk)] == [("phone", True)]
    assert requests.answers(people.must_get(desk, said["request"], "request")) == {"topic": "land"}
    with desk.store.read() as conn:
        assert outbox.pending(conn) == said["pending"]
    assert syncing.record_state(desk, said["unsent"]) == "pending"
    assert syncing.record_state(desk, said["people"][5]) == "received"


def test_a_copy_of_the_workspace_was_made_before(left: Left, desk: Desk) -> None:
    (copy,) = (left.folder / "workspace").glob("*.bak")
    engine = sqlite_engine(copy, desk.key)
    with engine.connect() as conn:
        assert copy.name == f"guiyan.db.{migrate.current(conn)}.bak"
        assert "job_permit" not in {c[1] for c in conn.exec_driver_sql("PRAGMA table_info(person)")}
        for name, count in left.manifest["counts"].items():
            assert conn.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar() == count, name
    engine.dispose()
    with pytest.raises(KnownError) as told:  # under the same key, and no other
        opening.Store(other := sqlite_engine(copy, bytes(32)), str(copy)).load_identity()
    assert told.value.code == "db.broken"
    other.dispose()


def test_an_upgrade_without_room_for_the_copy_changes_nothing(left: Left) -> None:
    before, limits = left.bytes("workspace/guiyan.db"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(KnownError) as told:
            desks.unlock(left.folder / "workspace", "", PASSWORD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert told.value.code in ("disk.io", "disk.full")
    assert left.bytes("workspace/guiyan.db") == before
    desks.unlock(left.folder / "workspace", "", PASSWORD).close()
    assert [p.suffix for p in (left.folder / "workspace").glob("guiyan.db.*")] == [".bak"]


def test_the_county_is_opened_and_what_it_held_is_applied(left: Left, county: County) -> None:
    said = left.manifest["county"]
    assert is_todays(county.store)
    assert said["held"] > 0
    same_as_before(county.store, said["counts"], but={"feed": 1})
    now = digests(county.store)
    assert now == digests(county.store, anew=True)
    assert now.items() > said["digests"].items()
    assert set(now) - set(said["digests"]) == {left.manifest["held"]}


def test_the_workspace_sends_what_waits_to_the_county(left: Left, desk: Desk, county: County) -> None:
    said = left.manifest
    joining.join(desk, county.ticket(TOWNSHIP))  # the county has another address by now
    report = syncing.run(desk)
    assert report.sent == said["pending"]
    assert report.exceptions == {}
    assert syncing.record_state(desk, said["unsent"]) == "received"
    theirs = digests(county.store)
    assert {k: v for k, v in digests(desk.store).items() if theirs.get(k) != v} == {}
    assert said["held"] in digests(desk.store), "the kind of record that it had passed over"
    assert people.must_get(desk, said["newer"]).values["employer"] == "某服装厂"
    assert verifying.verify(desk)[2].faults == ()


def test_recorded_bytes_are_read_and_applied(left: Left, desk: Desk, county: County) -> None:
    own, said = county.own, left.manifest
    receipt = wire.read_receipt(left.bytes("receipt"), own.public)
    assert receipt.device == desk.store.identity.device
    header, items = wire.read_page(left.bytes("page"), own.public)
    assert header.count == len(items) > 0
    batch = left.bytes("batch")
    answer = wire.read_receipt(ingest.ingest(county.store, own.signing, batch), own.public)
    assert (answer.last_seq - answer.first_seq + 1, answer.exceptions) == (said["pending"], [])
    assert wire.read_receipt(ingest.ingest(county.store, own.signing, batch), own.public).exceptions == [], "a second time"
    with county.store.read() as conn:
        assert conn.execute(select(DEVICE.c.last_seq).where(DEVICE.c.id == receipt.device)).scalar_one() == answer.last_seq
        mine = select(func.count()).select_from(EVENT).where(EVENT.c.device == receipt.device)
        assert conn.execute(mine).scalar_one() == answer.last_seq


def test_recorded_sticks_are_read_at_both_ends(left: Left, desk: Desk, county: County, tmp_path: Path) -> None:
    before = syncing.status(desk).pending
    sticks.read(desk, left.folder / "stick")  # the earlier county's answer
    assert syncing.status(desk).pending < before
    (file,) = (left.folder / "later").rglob("*.guiyan")
    taken = answering.take(county.store, county.own, file.read_bytes())
    assert (taken.missing, taken.exceptions) == (None, {})
    back = tmp_path / "back" / sticks.FOLDER
    back.mkdir(parents=True)
    (back / "a.guiyan").write_bytes(taken.answer)
    sticks.read(desk, back.parent)
    assert syncing.status(desk).pending == 0
    assert syncing.record_state(desk, left.manifest["unsent"]) == "received"
    shutil.rmtree(back.parent)
    with desk.store.read() as conn:
        assert settings.get(conn, "cursor") > 0
