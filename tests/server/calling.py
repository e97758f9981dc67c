"""Devices that call the server's application without a network: every request signed, whatever is in it."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx
import msgspec
from fastapi import FastAPI

from models.base import Clock, new_id
from models.records import digest
from models.store.unit import Store
from models.sync import enrol, keys, session, wire
from models.sync.columns import Event
from models.sync.wire import Outcome

_CLOCK = Clock()


class Http:
    """The application's answers, one request at a time, in an event loop of its own."""

    def __init__(self, app: FastAPI) -> None:
        self._loop = asyncio.new_event_loop()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._client = httpx.AsyncClient(transport=transport, base_url="https://county")

    def build_request(self, method: str, target: str, **more: Any) -> httpx.Request:
        return self._client.build_request(method, target, **more)

    def send(self, request: httpx.Request) -> httpx.Response:
        return self._loop.run_until_complete(self._client.send(request))

    def get(self, target: str) -> httpx.Response:
        return self.send(self.build_request("GET", target))

    def post(self, target: str, **more: Any) -> httpx.Response:
        return self.send(self.build_request("POST", target, **more))

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


class Caller:
    """One device of an office. enrolled: the county knows its key."""

    def __init__(self, http: Http, store: Store, own: enrol.ServerKeys, office: str, *, enrolled: bool = True) -> None:
        self.office, self.own, self.device = office, own, new_id()
        self.private, self.seq, self.session, self.count = keys.new_signing_key(), 0, "nobody", 0
        self.http = http
        if enrolled:
            with store.transaction() as conn:
                ticket = enrol.issue(conn, own, office, "https://127.0.0.1:1")
                enrol.accept(conn, enrol.joining(ticket, self.device, "test", self.private))
            said = self.hello()
            assert said.status_code == 200, said.text
            self.session = said.json()["session"]

    def hello(self) -> Any:
        nonce = self.http.get("/v1/challenge").json()["nonce"]
        proof = keys.sign(self.private, session.hello_message(nonce, self.device))
        return self.http.post("/v1/hello", json={"nonce": nonce, "device": self.device, "signature": base64.b64encode(proof).decode()})

    def call(self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Any:
        """target: as it goes over the line, escapes and all: that is what is signed."""
        request = self.http.build_request(method, target, content=body, headers=headers)
        request.headers.update(self.signed(method, request.url.raw_path.decode(), body))
        return self.http.send(request)

    def signed(self, method: str, target: str, body: bytes) -> dict[str, str]:
        """The headers of the session's next request."""
        self.count += 1
        proof = keys.sign(self.private, session.request_message(self.session, self.count, method, target, body))
        return {"X-Session": self.session, "X-Count": str(self.count), "X-Signature": base64.b64encode(proof).decode()}

    def event(self, entity: str, record: str, cells: dict[str, Any], kind: str = "create", village: str = "") -> Event:
        """cells: known values by field; each is said to have been empty before."""
        self.seq += 1
        wire_ = {k: ["k", v] for k, v in cells.items()}
        mark = digest(entity, record, wire_) if kind == "create" else ""
        changes = {k: [None, v] for k, v in wire_.items()}
        return Event(self.seq, entity, record, kind, changes, _CLOCK.tick(), "李经办", village or self.office[:12], 2, mark)

    def push(self, *events: Event) -> list[Outcome]:
        """What became of the events that were not simply applied."""
        said = self.call("POST", "/v1/batches", wire.pack_batch(self.device, self.private, events))
        assert said.status_code == 200, said.text
        return wire.read_receipt(said.content, self.own.public).exceptions


def plain(content: bytes, own: enrol.ServerKeys) -> str:
    """All that an answer says, opened: an envelope's body as text."""
    if not content.startswith(wire.MAGIC):
        return content.decode("utf-8", "replace")
    return wire.unpack(content, own.public, wire.peek(content)[0].kind)[1].decode()


def is_a_sentence(said: httpx.Response) -> None:
    """A refusal is a stable code and a Chinese sentence, and nothing else."""
    fault = said.json()
    assert set(fault) == {"code", "sentence"}
    assert fault["code"].replace(".", "").replace("_", "").isalpha()
    assert any("一" <= c <= "鿿" for c in fault["sentence"])


def json_of(value: Any) -> bytes:
    return msgspec.json.encode(value)
