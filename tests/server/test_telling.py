"""The server's log: a line for each refusal, without anybody's data, and an end to them in a flood."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator

import httpx
import pytest
from starlette.requests import Request

from models.errors import RuleError
from models.records import Cell
from models.services import people, syncing
from server import telling
from server.devices import revoke
from server.telling import Refusals
from tests.conftest import VILLAGE, County, DeskFactory


class Log(logging.Handler):
    """What was told, without the time of day."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        kind, _when, said = record.getMessage().split(" ", 2)
        assert kind == "refused:"
        self.lines.append(said)


@pytest.fixture
def log(county: County) -> Iterator[Log]:
    made, to = Log(), logging.getLogger("uvicorn.error")  # uvicorn lets nothing through to the root, where caplog listens
    to.addHandler(made)
    yield made
    to.removeHandler(made)


def test_a_revoked_device_leaves_a_line_and_a_good_round_none(county: County, joined: DeskFactory, log: Log) -> None:
    desk = joined()
    people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)
    syncing.run(desk)
    assert log.lines == []
    device = desk.store.identity.device
    revoke(county.store, device)
    with pytest.raises(RuleError):
        syncing.run(desk)
    assert log.lines == [f"device.revoked device={device} POST /v1/hello from=127.0.0.1"]


def test_what_a_stranger_sends_is_not_repeated(county: County, log: Log) -> None:
    context = ssl.create_default_context(cadata=county.own.certificate)
    context.check_hostname = False
    with httpx.Client(base_url=county.address, verify=context, trust_env=False) as http:
        http.get("/v1/attachments/0123456789abcdef/receipt", headers={"X-Session": "钱".encode().hex()})
        http.get("/secret-place?name=x")
        http.post("/v1/hello", json={"nonce": "n", "device": "no device", "signature": "s"})
        http.post("/v1/hello", json={"nonce": "n", "device": "0" * 32, "signature": "s"})
    assert log.lines == [
        "request.unknown device=- GET - from=127.0.0.1",
        "request.malformed device=- POST /v1/hello from=127.0.0.1",
        f"device.unknown device={'0' * 32} POST /v1/hello from=127.0.0.1",
    ], "a session that is over is everyday; an address of nobody's is not spelt out"


def test_a_flood_is_counted_and_not_listed(log: Log) -> None:
    at = 0.0
    refusals = Refusals(lambda: at)

    def tell(code: str, host: str) -> None:
        refusals.tell(code, Request({"type": "http", "method": "GET", "path": "/x", "client": (host, 1), "headers": []}))

    for _ in range(1000):
        tell("batch.signature", "10.0.0.1")
    assert len(log.lines) == telling.MOST_OF_ONE
    for n in range(1000):
        tell("batch.signature", f"10.0.1.{n}")
    assert len(log.lines) == telling.MOST
    at = 61.0
    tell("device.rewound", "10.0.0.2")
    assert log.lines[-2:] == ["1940 more, not listed", "device.rewound device=- GET - from=10.0.0.2"]
