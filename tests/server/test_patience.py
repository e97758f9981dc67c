"""Lines that go silent: each is let go after a while, and the server can be stopped whatever hangs on it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
import time
import tracemalloc
import warnings

import pytest
from fastapi import FastAPI
from starlette.types import Message

from models.services import syncing
from server import patience, serving
from server.app import make_app
from tests.conftest import County, DeskFactory, enrolled
from tests.models.sync.conftest import person

HALF = b"POST /v1/hello HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "SILENCE", 0.5)


def line(county: County) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    made = context.wrap_socket(socket.create_connection(("127.0.0.1", county.port)))
    made.settimeout(10)
    return made


def rest(told: ssl.SSLSocket) -> bytes:
    """All that the server still says, to the end of the connection."""
    said = b""
    with contextlib.suppress(ssl.SSLEOFError):
        while part := told.recv(65536):
            said += part
    return said


@pytest.mark.parametrize("begun", [b"", b"POST /v1/hello HT", HALF[:60]], ids=["nothing", "half a line", "half a head"])
@pytest.mark.usefixtures("brief")
def test_a_line_without_a_request_is_closed(county: County, begun: bytes) -> None:
    with line(county) as silent:
        silent.sendall(begun)
        start = time.monotonic()
        assert rest(silent) == b""
        assert 0.3 < time.monotonic() - start < 5


@pytest.mark.usefixtures("brief")
def test_a_body_that_stops_coming_is_a_cut_line(county: County) -> None:
    with line(county) as silent:
        silent.sendall(HALF)
        said = rest(silent)
        assert said.startswith(b"HTTP/1.1 400")


@pytest.mark.usefixtures("brief")
def test_a_body_that_comes_slowly_is_waited_for(county: County) -> None:
    with line(county) as slow:
        slow.sendall(HALF)
        for _ in range(6):
            time.sleep(0.2)
            slow.sendall(b" ")
        slow.sendall(b" " * 493)
        assert b"request.malformed" in slow.recv(65536) + slow.recv(65536)


def test_a_body_of_no_end_is_refused_unread(county: County) -> None:
    for length in (b"99999999999", b"-1", b"many"):
        with line(county) as greedy:
            greedy.sendall(b"POST /v1/batches HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\n")
            assert rest(greedy).startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))


@pytest.mark.parametrize("path", [b"hello", b"enrol"])
def test_a_stranger_cannot_go_on_talking_for_ever(county: County, path: bytes) -> None:
    """A body in pieces has told no length, and what the framework reads by itself it keeps to the last byte."""
    head = b"POST /v1/" + path + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with line(county) as greedy:
        greedy.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            for _ in range(40):
                greedy.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
            greedy.sendall(b"0\r\n\r\n")
            assert rest(greedy).startswith(b"HTTP/1.1 413")
    with line(county) as greedy:
        greedy.sendall(head + b"Content-Length: 65537\r\n\r\n")
        said = rest(greedy)
        assert said.startswith(b"HTTP/1.1 413")
        assert "内容过大，没有接收。".encode() in said


def test_what_comes_in_no_session_is_not_kept(county: County) -> None:
    kept, app = _ask(make_app(county.store, county.own), "/v1/batches", 300)
    assert (app, kept < 8 << 20) == (401, True)
    kept, app = _ask(make_app(county.store, county.own), "/v1/hello", 300)
    assert (app, kept < 8 << 20) == (413, True)


def _ask(app: FastAPI, path: str, pieces: int) -> tuple[int, int]:
    """(bytes that were held at most, the status) of a request whose body comes in pieces of 64 KiB."""
    sent, left = list[Message](), iter(range(pieces))

    async def receive() -> Message:
        more = next(left, None) is not None
        return {"type": "http.request", "body": bytes(65536 if more else 0), "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    head = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "https", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"content-type", b"application/json")], "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    tracemalloc.start()
    asyncio.run(app(head, receive, send))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, sent[0]["status"]


@pytest.mark.usefixtures("brief")
def test_silent_lines_keep_nobody_out(county: County, desk_factory: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = enrolled(desk_factory(), county)
    county.stop()
    monkeypatch.setattr(serving, "LIMIT", 8)
    county.start()
    person(desk)
    with contextlib.ExitStack() as held:
        for number in range(12):
            with contextlib.suppress(OSError):
                held.enter_context(line(county)).sendall(HALF[: number % 3])
        time.sleep(1)
        assert syncing.run(desk).sent > 0


def test_a_server_with_silent_lines_can_be_stopped(county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    county.stop()
    monkeypatch.setattr(serving, "FAREWELL", 1)
    county.start()
    with line(county) as silent, warnings.catch_warnings(record=True) as left_open:
        warnings.simplefilter("always", ResourceWarning)
        silent.sendall(HALF)
        time.sleep(0.1)
        county.stop()
        gc.collect()
    assert [str(w.message) for w in left_open] == []


def test_answers_are_sent_without_delay() -> None:
    with patience.listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP, "asyncio leaves Nagle's delay on for any other socket: 40 ms an answer"
