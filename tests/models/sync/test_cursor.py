"""The pull's cursor under writers that commit late, on PostgreSQL: with the lock nothing is passed over; without it, it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, select

from models.sync import feed
from models.tables.system import FEED
from tests.conftest import TOWNSHIP, VILLAGE, County


def _row(n: int) -> dict[str, Any]:
    return {"id": f"{n:032x}", "village": VILLAGE, "office": TOWNSHIP}


class Reader:
    """A device that pulls, again and again, from where it stood. seen: the records that it was shown."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self.cursor, self.seen = engine, 0, list[str]()

    def pull(self, position: Callable[[Connection], int] = feed.position) -> None:
        with self._engine.begin() as conn:
            end = position(conn)
            wanted = select(FEED.c.entity_id).where(FEED.c.position > self.cursor, FEED.c.position <= end)
            self.seen += conn.execute(wanted.order_by(FEED.c.position)).scalars()
            self.cursor = end


def _late(engine: sa.Engine, position: Callable[[Connection], int] = feed.position) -> list[str]:
    """Two writers: the first one publishes first and commits last, if the second one can be ahead of it at all."""
    reader = Reader(engine)
    published, go, done = threading.Event(), threading.Event(), threading.Event()

    def second() -> None:
        with engine.begin() as conn:
            feed.publish(conn, {"person": [_row(2)]})
            published.set()
            go.wait(10)
        done.set()

    thread = threading.Thread(target=second)
    with engine.connect() as slow, slow.begin():
        feed.publish(slow, {"person": [_row(1)]})
        thread.start()
        overtook = published.wait(0.5)
        reader.pull(position)
        if overtook:
            go.set()
            assert done.wait(10)
            reader.pull(position)
    reader.pull(position)
    go.set()
    thread.join(10)
    reader.pull(position)
    return sorted(reader.seen)


@pytest.fixture
def engine(tmp_path: Path, postgres_url: str) -> Any:
    county = County(tmp_path, postgres_url)
    with county.store.engine.begin() as conn:  # a server that has run before: its position is there
        feed.publish(conn, {"person": [_row(0)]})
    yield county.store.engine
    county.store.close()


def test_a_transaction_that_commits_late_is_not_passed_over(engine: sa.Engine) -> None:
    assert _late(engine) == [f"{n:032x}" for n in (0, 1, 2)]


def test_without_the_lock_it_would_be(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above is worth: publish with a plain sequence for its positions and no lock loses a record for good."""
    with engine.begin() as conn:
        conn.execute(sa.text("CREATE SEQUENCE plain START 2"))
    monkeypatch.setattr(feed, "text", lambda _lock: sa.text("SELECT CAST(:key AS BIGINT)"))
    monkeypatch.setattr(feed, "position", lambda conn: conn.execute(sa.text("SELECT nextval('plain')")).scalar_one() - 1)
    monkeypatch.setattr(feed.settings, "put", lambda *_: None)
    assert _late(engine, _last) == [f"{n:032x}" for n in (0, 2)]


def _last(conn: Connection) -> int:
    return int(conn.execute(select(sa.func.coalesce(sa.func.max(FEED.c.position), 0))).scalar_one())
