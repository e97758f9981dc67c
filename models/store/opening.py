"""Opening a store: the desktop's workspace (key file and encrypted database) and the server's database by URL."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import ArgumentError
from sqlcipher3 import dbapi2

from models.errors import KnownError
from models.store import bulk, derive, folding, migrate, rows, search, settings
from models.store.engine import explained, postgres_engine, sqlite_engine
from models.store.unit import Identity, Store
from models.tables import ENTITIES
from models.tables.office import OFFICE
from resources import codes, divisions

# Importing them registers what is derived at the end of every transaction.
DERIVED = (folding, search)

DATABASE, KEYFILE = "guiyan.db", "guiyan.key"
_CHUNK = 1000  # rows at a time: most records of a county may have what a release brought


def open_workspace(folder: Path, key: bytes) -> Store:
    """The desktop's database. Migrates it first when it is older. Raises KnownError for a foreign or broken file."""
    path = folder / DATABASE
    if not path.exists():
        raise KnownError("workspace.missing", f"{folder} 里没有归雁的数据库（{DATABASE}）。请换一个文件夹，或从备份恢复。")
    if path.stat().st_size == 0:  # SQLite would take it for a new database, and we should lose the old one's trace
        raise KnownError("db.broken", f"{path} 是空文件，已经损坏。数据未改动，请从备份恢复或联系县级管理员。")
    store = Store(sqlite_engine(path, key).execution_options(search=True), str(path))
    _ready(store)
    store.file = path
    return store


def create_workspace(folder: Path, key: bytes, identity: Identity) -> Store:
    """A new encrypted database for an office."""
    path = folder / DATABASE
    if path.exists():
        raise KnownError("workspace.exists", f"{folder} 里已经有归雁的数据库，没有改动它。请换一个空文件夹。")
    store = Store(sqlite_engine(path, key).execution_options(search=True), str(path))
    _ready(store)
    store.file = path
    with store.transaction() as conn:
        settings.put(conn, "identity", {"device": identity.device, "office": identity.office, "letter": identity.letter})
    store.load_identity()
    return store


def open_server(url: str) -> Store:
    """The server's database: sqlite:///FILE or postgresql://... ; created and migrated when needed."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        if path.is_dir():
            raise KnownError("db.folder", f"{path} 是文件夹，不是数据库。请写到文件名，如 sqlite:///county.db。")
        if not path.parent.is_dir():
            raise KnownError("db.folder", f"文件夹 {path.parent} 不存在，无法建立数据库。")
        _refuse_foreign(path)
        engine: Engine = sqlite_engine(path, None)
        where = str(path)
    elif url.startswith("postgresql://"):
        try:
            engine, where = postgres_engine(url), url.rsplit("@", 1)[-1]
        except (ArgumentError, ValueError) as e:
            raise _wrong_url() from e
    else:
        raise _wrong_url()
    store = Store(engine, where)
    _ready(store)
    return store


def _wrong_url() -> KnownError:
    return KnownError("db.url", "数据库地址应为 sqlite:///文件 或 postgresql://用户:密码@主机:端口/库名。")


def _refuse_foreign(path: Path) -> None:
    """Somebody else's SQLite file must not get our tables. Looks without changing a byte."""
    if not path.exists() or path.stat().st_size == 0:
        return
    if not os.access(path, os.R_OK):
        raise KnownError("db.readonly", f"没有权限读取数据库 {path}。请检查它和文件夹的权限。")
    connection = dbapi2.connect(str(path))
    try:
        names = {r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except dbapi2.Error as e:
        raise KnownError("db.broken", f"{path} 不是数据库，或文件已损坏。数据未改动，请换一个文件或从备份恢复。") from e
    finally:
        connection.close()
    if names and "alembic_version" not in names:
        raise KnownError("db.foreign", f"{path} 是别的程序的数据库，没有改动它。请换一个文件。")


def _ready(store: Store) -> None:
    try:
        _prepare(store)
    except BaseException:
        store.close()  # no connection stays open, so that no -wal or -shm is left beside a file that we refused
        raise


def _prepare(store: Store) -> None:
    with explained(store.where):
        with store.read() as conn:
            fresh = migrate.current(conn) != migrate.HEAD
            # Looked at before anything is locked: whoever only reads opens beside a writer of another process.
            stale = not fresh and search.enabled(conn) and search.stale(conn)
        if fresh:
            with store.transaction() as conn:
                new = migrate.current(conn) is None
                migrate.keep_copy(conn, store.engine)
                migrate.upgrade(conn, store.where)
                seed_offices(conn)
                if search.enabled(conn):
                    search.ensure(conn)
                if not new:
                    fill_columns(conn)
        if stale:
            with store.transaction() as conn:
                search.ensure(conn)
    store.load_identity()


def fill_columns(conn: Connection) -> None:
    """After an upgrade: fields that a newer peer had sent before this program knew them get their columns.

    The one place where that happens, after every migration and in its transaction. A record says the same as before, so
    its digest stays, and no event is written: whoever sent the fields knows them.
    """
    for entity in ENTITIES.values():
        table, after = entity.table, ""
        while True:
            query = select(table).where(table.c.extra.is_not(None), table.c.id > after).order_by(table.c.id).limit(_CHUNK)
            found = conn.execute(query).mappings().all()
            if not found:
                break
            after, changed = found[-1]["id"], dict[str, dict[str, Any]]()
            for old in found:
                row = dict(old)
                if rows.take_known(entity, row):
                    changed[row["id"]] = {k: v for k, v in row.items() if v != old[k]}
            bulk.update(conn, table, changed)
            derive.refresh(conn, [(entity.name, i) for i in changed])


def seed_offices(conn: Connection) -> None:
    """Fill the office table from the divisions shipped in resources/ and the bureaus of each county."""
    there = set(conn.execute(select(OFFICE.c.code)).scalars())
    new = [o for o in _offices() if o["code"] not in there]
    if new:
        bulk.insert(conn, OFFICE, new)


@cache
def _offices() -> list[dict[str, str | None]]:
    offices: list[dict[str, str | None]] = []
    for division in divisions.all():
        code = division.code
        parent = {"city": None, "county": f"{code[:4]}00000000", "township": f"{code[:6]}000000"}.get(
            division.level, f"{code[:9]}000"
        )
        offices.append({"code": code, "name": division.name, "level": str(division.level), "parent": parent})
        if division.level == "county":
            for bureau in codes.table("bureau"):
                offices.append(
                    {"code": f"{code}-{bureau.code}", "name": f"{division.name}{bureau.label}", "level": "bureau", "parent": code}
                )
    return offices
