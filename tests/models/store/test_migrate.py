"""One history for SQLite and PostgreSQL: up, down, up again, and the same as the models at its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from models.errors import KnownError
from models.store import migrate
from models.store.engine import postgres_engine, sqlite_engine
from models.tables import metadata


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    made = sqlite_engine(tmp_path / "x.db", None) if request.param == "sqlite" else postgres_engine(request.getfixturevalue("empty_postgres_url"))
    yield made
    made.dispose()


def _differences(engine: Engine) -> list[object]:
    with engine.connect() as conn:
        return list(compare_metadata(MigrationContext.configure(conn), metadata))


def test_up_down_up_and_equal_to_the_models(engine: Engine) -> None:
    with engine.begin() as conn:
        assert migrate.upgrade(conn, "x")
    assert _differences(engine) == []
    with engine.begin() as conn:
        assert not migrate.upgrade(conn, "x")  # nothing to do
        command.downgrade(migrate.config(conn), "base")
    with engine.connect() as conn:
        assert set(inspect(conn).get_table_names()) == {"alembic_version"}
    with engine.begin() as conn:
        assert migrate.upgrade(conn, "x")
    assert _differences(engine) == []


def test_a_failed_step_leaves_nothing(engine: Engine) -> None:
    def fail_late() -> None:
        with engine.begin() as conn:
            migrate.upgrade(conn, "x")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        fail_late()
    with engine.connect() as conn:
        assert inspect(conn).get_table_names() == []


def test_a_newer_database_is_refused(engine: Engine) -> None:
    with engine.begin() as conn:
        migrate.upgrade(conn, "x")
        conn.execute(text("UPDATE alembic_version SET version_num = '29990101_later'"))
    with engine.begin() as conn, pytest.raises(KnownError) as told:
        migrate.upgrade(conn, "x")
    assert told.value.code == "db.newer"


def test_head_is_the_last_revision() -> None:
    assert {p.stem for p in (migrate.SCRIPTS / "versions").glob("*.py")} >= {migrate.HEAD}
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(migrate.SCRIPTS)).get_current_head() == migrate.HEAD
