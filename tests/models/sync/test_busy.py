"""A server that is busy is asked again by the client itself, under a new count, and for a while only."""

from __future__ import annotations

from typing import Any

import pytest

from models.errors import KnownError
from models.services import syncing
from models.sync import ingest
from models.sync.transports import http
from tests.conftest import DeskFactory
from tests.models.sync.conftest import person

_BUSY = KnownError("server.busy", "县级服务器正忙，请稍后再同步。")


def _busy(patch: pytest.MonkeyPatch, times: int, error: KnownError = _BUSY) -> list[int]:
    """The next batches are turned away; the list counts all that came."""
    real, came = ingest.ingest, list[int]()

    def ingest_(*args: Any) -> bytes:
        came.append(1)
        if len(came) <= times:
            raise error
        return real(*args)

    patch.setattr(ingest, "ingest", ingest_)
    patch.setattr(http, "BUSY_FIRST", 0.01)
    return came


def test_a_busy_server_is_asked_again(joined: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = joined()
    who, came = person(desk), _busy(monkeypatch, 3)
    assert syncing.run(desk).sent == 2
    assert syncing.record_state(desk, who) == "received"
    assert len(came) == 4


def test_patience_ends_and_what_was_typed_waits(joined: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = joined()
    who = person(desk)
    _busy(monkeypatch, 100)
    monkeypatch.setattr(http, "BUSY_PATIENCE", 0.1)
    with pytest.raises(KnownError) as told:
        syncing.run(desk)
    assert told.value.code == "server.busy"
    assert syncing.record_state(desk, who) == "pending"


def test_another_trouble_is_told_at_once(joined: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = joined()
    person(desk)
    came = _busy(monkeypatch, 1, KnownError("disk.full", "磁盘已满。"))
    with pytest.raises(KnownError) as told:
        syncing.run(desk)
    assert told.value.code == "disk.full"
    assert len(came) == 1


def test_the_web_servers_own_refusal_is_busy_too() -> None:
    with pytest.raises(KnownError) as told:
        http._answer(503, b"Service Unavailable", "https://county")
    assert told.value.code == "server.busy"
