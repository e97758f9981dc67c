"""Opening databases: SQLCipher on the desktop, plain SQLite or PostgreSQL on the server, one set of rules for all.

WAL, foreign keys and a busy time-out on every SQLite connection; what a database error means for the person at
the desk is decided here and nowhere else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from models.errors import BugError, KnownError

BUSY_MS = 15_000

# The driver looks for an adapter for every value that is not text, a number or bytes, and looks long when there is none:
# 0.7 µs for each NULL, of which most rows are full. With these it is 0.05.
_nothing: dict[None, None] = {}
dbapi2.register_adapter(type(None), _nothing.get)
dbapi2.register_adapter(bool, int)


def sqlite_engine(path: Path, key: bytes | None) -> Engine:
    """An engine over one file. key: 32 raw bytes, or None for an unencrypted file (the server's)."""

    def connect() -> Any:
        connection = dbapi2.connect(str(path), timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        try:
            prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def prepare(connection: Any) -> None:
        cursor = connection.cursor()
        if key is not None:
            cursor.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is told by us, not on stderr
            cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA cache_size = -32000")
        cursor.execute("PRAGMA wal_autocheckpoint = 4000")  # 16 MB: a page that several batches change is copied once
        cursor.close()

    # Last in, first out: each connection has a cache of its own, which stays true as long as no other one has written.
    engine = create_engine(
        "sqlite://", creator=connect, module=dbapi2, poolclass=QueuePool, pool_size=4, max_overflow=4, pool_use_lifo=True
    )
    # The driver is in autocommit mode; the transactions are ours, so that a writer takes its lock at the start.
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Any) -> None:
    immediate = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def postgres_engine(url: str) -> Engine:
    """An engine for a postgresql:// URL, by psycopg 3."""
    return create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), pool_size=8, max_overflow=8)


def reading(engine: Engine) -> Engine:
    """For transactions that only read: one view for all of it, where PostgreSQL would give each statement one of its own."""
    return engine.execution_options(isolation_level="REPEATABLE READ") if engine.dialect.name == "postgresql" else engine


# What PostgreSQL calls its errors, whatever language it speaks, and our code for it.
_STATES = {
    "53100": "disk.full", "58030": "disk.io", "53300": "db.crowded", "40P01": "db.locked", "40001": "db.locked", "55P03": "db.locked",
    "23505": "db.unique", "23503": "db.reference", "23502": "db.required",
}  # fmt: skip
_BROKEN_PROMISES = {"db.unique": "有一项与已有的重复", "db.reference": "所指的一项不存在", "db.required": "缺少必有的一项"}


def _state(error: DBAPIError) -> str:
    """Our code for PostgreSQL's, '' where there is none: SQLite has only words."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    lost = error.connection_invalidated or state.startswith(("08", "57P"))
    return _STATES.get(state) or ("db.unreachable" if lost else "")


def _broken_promise(error: DBAPIError, where: str) -> BugError:
    """A constraint of our own tables that our own code did not keep. Which value it was is not said: it may be somebody's."""
    text = str(error.orig)
    words = {"UNIQUE constraint": "db.unique", "FOREIGN KEY constraint": "db.reference", "NOT NULL constraint": "db.required"}
    code = _state(error) or next((code for word, code in words.items() if text.startswith(word)), "db.constraint")
    what = _BROKEN_PROMISES.get(code, "有一项不合规定")
    return BugError(code, f"数据库 {where} 没有接受这一步：{what}。什么都没有保存，以前的数据完好。这是程序的错误，请联系县级管理员。")


def _crowded(where: str) -> KnownError:
    return KnownError("db.crowded", f"数据库 {where} 的连接已全部占用，这一步没有保存。请稍后再试；仍不行请联系县级管理员。")


def explain(error: DBAPIError, where: str) -> KnownError:
    """The KnownError that a driver's error stands for. where: the file or server, for the sentence."""
    text, state = str(error.orig).lower(), _state(error)
    if state == "db.crowded" or "too many clients" in text or "too many connections" in text or "connection slots" in text:
        return _crowded(where)
    if state == "db.unreachable":
        return KnownError("db.unreachable", f"与数据库服务 {where} 的连接断了，这一步没有保存。请检查服务是否启动，再试一次。")
    if state == "db.locked" or "locked" in text or "busy" in text:
        return KnownError(
            "db.locked",
            f"数据库 {where} 正被另一个程序占用，已等待 {BUSY_MS // 1000} 秒。请关闭另一个归雁窗口后再试；您的内容没有丢失。",
        )
    if state == "disk.full" or "full" in text or "enospc" in text or "no space" in text:
        return KnownError("disk.full", f"磁盘已满，这一步没有保存到 {where}，以前的数据完好。请清理磁盘后再试。")
    if "not a database" in text or "malformed" in text or "hmac" in text or "corrupt" in text:
        return KnownError("db.broken", f"{where} 不是本工作区的数据库，或文件已损坏。数据未改动，请从备份恢复或联系县级管理员。")
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return KnownError("db.readonly", f"无法写入数据库 {where}。请检查文件夹权限，或磁盘是否被写保护。")
    if state == "disk.io" or "disk i/o" in text:
        return KnownError("disk.io", f"读写 {where} 时磁盘出错，这一步没有保存，以前的数据完好。请检查磁盘或 U 盘是否松动。")
    if "resolve host" in text or "translate host" in text:
        return KnownError("db.unreachable", f"找不到数据库服务 {where} 的主机。请核对地址，或检查网络。")
    if "authentication failed" in text or "no password supplied" in text or ("role " in text and "does not exist" in text):
        return KnownError("db.login", f"数据库服务 {where} 不接受这个用户名或密码。请核对 --db 的地址。")
    if "database " in text and "does not exist" in text:
        return KnownError("db.missing", f"数据库服务上没有 {where} 这个数据库。请先建立它，或核对 --db 的地址。")
    if isinstance(error, OperationalError) and ("connect" in text or "refused" in text or "closed" in text):
        return KnownError("db.unreachable", f"连不上数据库服务 {where}。请检查服务是否启动。")
    return KnownError("db.failed", f"数据库 {where} 出错，这一步没有保存。数据库的原话：{str(error.orig)[:120]}")


def _first(error: DBAPIError) -> DBAPIError:
    """What went wrong to begin with: on a full disk SQLite gives the whole transaction up, and to go back to a savepoint of
    it fails as well, which says nothing of a disk."""
    found: BaseException | None = error
    while found is not None and (not isinstance(found, DBAPIError) or "no such savepoint" in str(found.orig)):
        found = found.__context__
    return found or error


@contextmanager
def explained(where: str, file: Path | None = None) -> Iterator[None]:
    """Turns a driver's error into a KnownError, by the same codes for both databases; a constraint that was not kept is a bug of
    ours and has a code of its own, other errors of our own SQL stay what they are.

    file: what must still be where it was opened. A file that is moved or deleted takes every write and keeps none of it.
    """
    if file is not None and not file.exists():
        raise KnownError(
            "db.gone",
            f"数据库 {where} 已被移动或删除，或者所在的磁盘已拔出，这一步没有保存。请把它放回原处再试，先不要关闭归雁。",
        )
    try:
        yield
    except PoolTimeout as e:
        raise _crowded(where) from e
    except IntegrityError as e:
        raise _broken_promise(e, where) from e
    except DBAPIError as e:
        if isinstance(e.orig, dbapi2.ProgrammingError):
            raise
        raise explain(_first(e), where) from e


class WriteLock:
    """One writer in this process at a time; the database's own lock keeps other processes out."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    @contextmanager
    def held(self, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
        if on_wait and not self._lock.acquire(timeout=0.2):
            on_wait()
            self._lock.acquire()
        elif not on_wait:
            self._lock.acquire()
        try:
            yield
        finally:
            self._lock.release()
