"""What a database's error is called, alike on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from models.errors import BugError, GuiyanError, KnownError
from models.store.unit import Store
from models.tables.system import DEVICE, TICKET
from server.setup import prepare
from tests.conftest import TOWNSHIP, VILLAGE

SECRET = "王小雁13900000001"  # stands in no sentence


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'county.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made, _own = prepare(url, "127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def over_postgres(postgres_url: str) -> Iterator[Store]:
    made, _own = prepare(postgres_url, "127.0.0.1")
    yield made
    made.close()


def _device(conn: Connection, **but: object) -> None:
    conn.execute(DEVICE.insert(), {
        "id": SECRET, "office": TOWNSHIP, "letter": "A", "name": SECRET, "public_key": bytes(32), "enrolled_at": "", "last_seq": 0, **but,
    })  # fmt: skip


def _twice(conn: Connection) -> None:
    _device(conn)
    _device(conn, id="another")


def _nowhere(conn: Connection) -> None:
    conn.execute(TICKET.insert(), {"id": "t", "office": VILLAGE, "secret_hash": "", "issued_at": "", "used_by": SECRET})


def _nothing(conn: Connection) -> None:
    _device(conn, name=None)


@pytest.mark.parametrize(("does", "code"), [(_twice, "db.unique"), (_nowhere, "db.reference"), (_nothing, "db.required")])
def test_a_constraint_that_is_not_kept_is_a_bug_of_a_code(store: Store, does: Callable[[Connection], None], code: str) -> None:
    with pytest.raises(BugError) as told, store.transaction() as conn:
        does(conn)
    assert told.value.code == code
    assert "联系县级管理员" in told.value.sentence
    assert SECRET not in told.value.sentence
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(DEVICE)).scalar() == 0


def _refused(store: Store, does: Callable[[Connection], Any]) -> GuiyanError:
    with pytest.raises(KnownError) as told, store.transaction() as conn:
        does(conn)
    return told.value


@pytest.mark.parametrize(("state", "code", "words"), [
    ("53100", "disk.full", "清理磁盘"), ("53300", "db.crowded", "稍后再试"), ("58030", "disk.io", "检查磁盘"),
    ("40P01", "db.locked", "没有丢失"), ("57P01", "db.unreachable", "检查服务"), ("08006", "db.unreachable", "检查服务"),
    ("XX000", "db.failed", "没有保存"),
])  # fmt: skip
def test_postgresql_is_known_by_its_numbers_whatever_language_it_speaks(over_postgres: Store, state: str, code: str, words: str) -> None:
    said = _refused(over_postgres, lambda conn: conn.exec_driver_sql(f"DO $$ BEGIN RAISE '出错了' USING ERRCODE = '{state}'; END $$"))
    assert said.code == code
    assert words in said.sentence


def test_a_connection_that_is_cut_is_told_and_the_next_one_works(over_postgres: Store) -> None:
    said = _refused(over_postgres, lambda conn: conn.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert said.code == "db.unreachable"
    with over_postgres.read() as conn:
        assert conn.execute(sa.select(sa.literal(1))).scalar() == 1


def test_a_server_that_takes_no_more_connections_is_not_called_down(over_postgres: Store) -> None:
    with over_postgres.transaction() as conn:
        conn.exec_driver_sql("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0")
    url = over_postgres.engine.url.set(username="crowded")
    refused = Store(sa.create_engine(url), "postgresql")
    try:
        assert _refused(refused, lambda conn: None).code == "db.crowded"
    finally:
        refused.close()
        with over_postgres.transaction() as conn:
            conn.exec_driver_sql("DROP ROLE crowded")


def test_all_connections_of_this_process_may_be_in_use(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.engine.pool, "_timeout", 0.01)
    held: list[Connection] = []
    try:
        while len(held) < 40:
            held.append(store.engine.connect())
    except sa.exc.TimeoutError:
        assert _refused(store, lambda conn: None).code == "db.crowded"
    finally:
        for conn in held:
            conn.close()
    assert len(held) < 40


def test_a_full_file_is_called_a_full_disk(tmp_path: Path) -> None:
    """The same code as 53100, from SQLite's words."""
    store, _own = prepare(f"sqlite:///{tmp_path / 'county.db'}", "127.0.0.1")

    def fill(conn: Connection) -> None:
        conn.exec_driver_sql("PRAGMA max_page_count = 1")
        conn.exec_driver_sql("INSERT INTO setting VALUES ('x', zeroblob(10000000))")

    assert _refused(store, fill).code == "disk.full"
    store.close()
