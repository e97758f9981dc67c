"""Whatever is asked of whichever endpoint: no 500, and every refusal is a code and a sentence that repeat nothing.

The endpoints, their parameters and bodies are read from app.openapi(), so that a new one is asked at once. What lies near to the
document is tests/fuzz/api.py's, which takes longer and needs packages of its own; here it is junk, headers and broken envelopes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from models.base import new_id
from models.errors import KnownError
from models.sync import enrol, keys, session, wire
from models.tables.system import TICKET
from server.app import make_app
from server.setup import prepare
from tests.conftest import COUNTY, VILLAGE
from tests.long import examples
from tests.server.calling import Caller, Http, is_a_sentence, json_of

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8,
)  # fmt: skip


class Place:
    def __init__(self, folder: Path) -> None:
        self.store, self.own = prepare(f"sqlite:///{folder / 'county.db'}", "127.0.0.1")
        self.app: FastAPI = make_app(self.store, self.own)
        self.http = Http(self.app)
        self.caller = Caller(self.http, self.store, self.own, VILLAGE)
        self.schema: dict[str, Any] = self.app.openapi()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("schema"))
    yield made
    made.http.close()
    made.store.close()


def _value(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of([_value(s) for s in schema["anyOf"]])
    kind = schema.get("type")
    if kind == "string":
        return st.from_regex(schema["pattern"], fullmatch=True) if "pattern" in schema else st.text(max_size=60)
    return st.integers() if kind == "integer" else JUNK


def _body(place: Place, what: dict[str, Any]) -> st.SearchStrategy[bytes]:
    """JSON that is nearly what the schema says, a signed envelope with anything in it, any JSON, any bytes."""
    near: list[st.SearchStrategy[bytes]] = []
    for said in what.get("requestBody", {}).get("content", {}).values():
        named = said["schema"].get("$ref", "").rpartition("/")[2]
        properties = place.schema["components"]["schemas"].get(named, {}).get("properties", {})
        near.append(st.fixed_dictionaries({}, optional={k: _value(v) | JUNK for k, v in properties.items()}).map(json_of))
    c = place.caller
    plain = st.sampled_from([b"[]", b"{}", b"[[]]"]) | JUNK.map(json_of)
    sealed = plain.map(lambda body: wire._pack("batch", c.device, c.private, body, 1, first_seq=1, last_seq=1))
    return st.one_of([*near, sealed, JUNK.map(json_of), st.binary(max_size=200)])


@settings(max_examples=examples(300, 20_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_input_fails_the_server_and_every_refusal_is_a_sentence(place: Place, data: st.DataObject) -> None:
    path, methods = data.draw(st.sampled_from(sorted(place.schema["paths"].items())), "path")
    method = data.draw(st.sampled_from([*sorted(methods), "delete"]), "method")
    what, query = methods.get(method, {}), []
    for parameter in what.get("parameters", []):
        value = str(data.draw(_value(parameter["schema"]) | st.text(max_size=30), parameter["name"]))
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(value or "-", safe=""))
        elif data.draw(st.booleans()):
            query.append(f"{parameter['name']}={quote(value, safe='')}")
    target = path + ("?" + "&".join(query) if query else "")
    body = data.draw(_body(place, what), "body")
    headers = data.draw(st.dictionaries(st.sampled_from(["Content-Type", "X-Count", "Range", "Accept"]), st.sampled_from(["", "-1", "application/json", "１２"]).map(str), max_size=2), "headers")  # fmt: skip
    headers = {k: v.encode("utf-8", "replace") for k, v in headers.items()}
    if data.draw(st.booleans(), "signed"):
        said = place.caller.call(method.upper(), target, body, headers)  # type: ignore[arg-type]
    else:
        said = place.http.send(place.http.build_request(method.upper(), target, content=body, headers=headers))
    assert said.status_code < 500, said.text
    if said.status_code >= 400:
        is_a_sentence(said)


def test_every_status_that_is_given_is_in_the_schema(place: Place) -> None:
    for path, methods in place.schema["paths"].items():
        for method, what in methods.items():
            assert {"400", "401", "403", "413", "503"} <= set(what["responses"]), (method, path)
            assert "422" not in what["responses"], "what cannot be read is answered 400"


def test_what_is_no_address_of_ours_is_told_in_a_sentence(place: Place) -> None:
    for method, target, status in (("GET", "/", 404), ("GET", "/docs", 404), ("DELETE", "/v1/records", 405), ("GET", "/v1/%00", 404)):
        said = place.http.send(place.http.build_request(method, target))
        assert (said.status_code, said.json()["code"]) == (status, "request.unknown")


def test_a_405_names_every_method_of_the_address(place: Place) -> None:
    for target, allowed in (("/v1/attachments/x/parts/0", "GET, PUT"), ("/v1/records", "GET"), ("/openapi.json", "GET, HEAD")):
        assert place.http.send(place.http.build_request("DELETE", target)).headers["Allow"] == allowed


def test_a_ticket_is_refused_by_its_right_status(place: Place) -> None:
    with place.store.transaction() as conn:
        good, server = (
            enrol.issue(conn, place.own, office, "https://127.0.0.1:1", kind)
            for office, kind in ((VILLAGE, "desk"), (COUNTY, "server"))
        )
    first, other = (enrol.joining(good, new_id(), "x", keys.new_signing_key()) for _ in range(2))
    asked = [
        (replace(first, secret="x"), 401, "ticket.unknown"), (replace(first, proof="x"), 401, "ticket.proof"), (first, 200, ""),
        (other, 409, "ticket.used"), (enrol.joining(server, new_id(), "x", keys.new_signing_key()), 403, "ticket.kind"),
        (enrol.joining(good, first.device, "x", keys.new_signing_key()), 409, "device.known"),
    ]  # fmt: skip
    for body, status, code in asked:
        said = place.http.post("/v1/enrol", content=json_of(body), headers={"Content-Type": "application/json"})
        assert (said.status_code, said.json().get("code", "")) == (status, code)


def test_what_no_database_can_look_for_is_malformed(request: pytest.FixtureRequest) -> None:
    store, own = prepare(request.getfixturevalue("postgres_url"), "127.0.0.1")
    http = Http(make_app(store, own))
    caller = Caller(http, store, own, VILLAGE)
    asked = [("GET", "/v1/attachments/a%00/receipt", b""), ("POST", "/v1/compare/wanted", b'[["person","\\u0000"]]'),
             ("POST", "/v1/attachments/missing", b'{"ids":["\\u0000"]}'), ("GET", f"/v1/records?after={1 << 63}&limit=1", b"")]  # fmt: skip
    said = [caller.call(*one) for one in asked]
    http.close()
    store.close()
    assert [(s.status_code, s.json()["code"]) for s in said] == [(400, "request.malformed")] * len(asked)


def test_a_database_in_trouble_tells_the_log_its_kind_and_the_caller_nothing(place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    def full(_self: object) -> str:
        raise KnownError("disk.full", "磁盘已满，这一步没有保存到 /srv/county.db，王小雁。")

    monkeypatch.setattr(session.Sessions, "challenge", full)
    said = place.http.get("/v1/challenge")
    assert (said.status_code, said.json()["code"], said.headers["Retry-After"]) == (503, "disk.full", "5")
    assert "county.db" not in said.text
    assert "王小雁" not in said.text + caplog.text
    assert "disk.full" in caplog.text


def test_a_bug_answers_with_a_sentence_and_no_trace(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: object) -> str:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(session.Sessions, "challenge", broken)
    said = place.http.get("/v1/challenge")
    assert (said.status_code, said.json()["code"]) == (500, "server.failed")
    assert "secret" not in said.text


def test_a_constraint_that_is_not_kept_is_no_reason_to_come_back(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_self: object) -> str:
        with place.store.transaction() as conn:
            for _ in range(2):
                conn.execute(TICKET.insert(), {"id": "王小雁", "office": VILLAGE, "secret_hash": "secret", "issued_at": ""})
        return ""

    monkeypatch.setattr(session.Sessions, "challenge", broken)
    said = place.http.get("/v1/challenge")
    assert (said.status_code, said.json()["code"]) == (500, "server.failed")
    assert "BugError" in caplog.text
    assert "test_schema.py" in caplog.text
    for word in ("王小雁", "secret"):
        assert word not in said.text + caplog.text


def test_a_server_full_of_greetings_is_busy(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    monkeypatch.setattr(session, "MOST", 2)
    sessions = session.Sessions()
    sessions.challenge()
    sessions.challenge()
    with pytest.raises(KnownError) as told:
        sessions.challenge()
    assert told.value.code == "server.busy"  # 503: come back, and not 400: do not


def test_a_request_that_breaks_off_is_no_error_of_the_server(place: Place) -> None:
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": "POST", "path": "/v1/batches", "raw_path": b"/v1/batches", "query_string": b"", "headers": [],
             "http_version": "1.1", "scheme": "https", "server": ("county", 443), "client": ("127.0.0.1", 1)}  # fmt: skip
    coming = iter([{"type": "http.request", "body": b"GUIYAN", "more_body": True}])

    async def receive() -> Any:
        return next(coming, {"type": "http.disconnect"})

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(place.app(scope, receive, send))  # type: ignore[arg-type]
    assert [m["status"] for m in sent if m["type"] == "http.response.start"] in ([], [400])
