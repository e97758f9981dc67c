"""Bringing a database to this program's schema: one Alembic history for SQLite, SQLCipher and PostgreSQL.

To add a migration: `.venv/bin/python -m models.store.migrate "what it does"` writes a draft from the difference to
the models into models/migrations/versions/; read it, date its name, set HEAD below to it. A test runs every step up,
down and against the models. Steps are only ever appended: models/migrations/__init__.py says why.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlcipher3 import dbapi2

from models.errors import KnownError, reason
from models.store.engine import explain

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "20261124_portrait"
SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def current(conn: Connection) -> str | None:
    """The revision a database stands at, None for an empty one. Alembic is not imported for it: it is slow to load."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()


def known(revision: str) -> bool:
    return (SCRIPTS / "versions" / f"{revision}.py").exists()


def config(conn: Connection) -> Config:
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(SCRIPTS))
    made.attributes["connection"] = conn
    return made


def upgrade(conn: Connection, where: str, revision: str = "head") -> bool:
    """Migrate inside the caller's transaction; False when nothing was to do. A newer database is refused unchanged."""
    at = current(conn)
    if at == HEAD and revision == "head":
        return False
    if at is not None and not known(at):
        raise KnownError("db.newer", f"{where} 是更新版本的归雁建立的（{at}），本版本打不开。请升级程序；数据未改动。")
    from alembic import command

    command.upgrade(config(conn), revision)
    return True


def keep_copy(conn: Connection, engine: Engine) -> Path | None:
    """A copy of an older database beside it, before anything is changed: FILE.REVISION.bak, under the same key.

    conn: the writing transaction that is about to migrate, so that nobody else writes meanwhile. None where there is
    nothing to copy: a new database, one that is refused, or PostgreSQL, whose operator makes the dump (decision 11). To go
    back: install the earlier release and put the copy in the database's place.
    """
    at = current(conn)
    if conn.dialect.name != "sqlite" or at is None or at == HEAD or not known(at):
        return None
    file = Path(conn.exec_driver_sql("PRAGMA database_list").all()[0][2])
    copy = file.with_name(f"{file.name}.{at}.bak")
    part = copy.with_name(f"{copy.name}.part")
    reader = engine.raw_connection()
    try:
        part.unlink(missing_ok=True)  # of an upgrade that was cut off
        cursor = reader.cursor()
        cursor.execute("VACUUM INTO ?", (str(part),))
        cursor.close()
        with part.open("r+b") as f:
            os.fsync(f.fileno())
        part.replace(copy)
    except OSError as e:
        raise KnownError("disk.write", f"升级前要先留一份副本 {copy}，没有写成：{reason(e)}。数据未改动，请处理后再打开。") from e
    except dbapi2.Error as e:
        raise explain(DBAPIError("VACUUM INTO", None, e), str(copy)) from e
    finally:
        reader.close()
    return copy


def _draft(message: str) -> None:
    """Write a draft migration: the difference between the history's end and the models."""
    from alembic import command

    from models.store.engine import sqlite_engine

    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "draft.db", None)
        with engine.begin() as conn:
            upgrade(conn, "draft")
            command.revision(config(conn), message, autogenerate=True)
        engine.dispose()


if __name__ == "__main__":
    _draft(" ".join(sys.argv[1:]) or "change")
