"""How long the server waits for a line that has gone silent: half-open connections of a bad network must not fill it up.

uvicorn has a time-out between requests alone. A line that dies before its first request, or in the middle of a body,
would keep its place for ever, and LIMIT of them would shut out everybody.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

SILENCE = 60.0  # seconds without a byte of what was begun
LIMIT = 512  # connections at a time
FAREWELL = 10  # seconds that a server asked to stop waits for what it is answering
_PROBES = (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))  # a peer that has gone is noticed in two minutes


class PatientProtocol(H11Protocol):
    """HTTP/1.1 of uvicorn; a connection with no whole head of a request after SILENCE is closed."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # narrower than asyncio's own, as uvicorn's is
        super().connection_made(transport)
        self.loop.call_later(SILENCE, self._begun)

    def _begun(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.abort()  # a polite end of TLS would wait half a minute more for a peer that has gone


class Patient:
    """ASGI: a body that is too long is refused unread, and one that stops coming is a line that was cut.

    most: bytes of a body; fewer: the same for some paths, whose bodies the framework gathers by itself, however long they are.
    """

    def __init__(self, app: ASGIApp, most: int, fewer: Mapping[str, int] = MappingProxyType({})) -> None:
        self.app, self.most, self.fewer = app, most, fewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most = self.fewer.get(scope["path"], self.most)
        length = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        refusal = JSONResponse({"code": "batch.large", "sentence": "内容过大，没有接收。"}, 413, {"Connection": "close"})
        if not length.isdigit() or int(length) > most:
            await refusal(scope, receive, send)
            return
        whole = silent = False
        size = 0

        async def patient() -> Message:
            nonlocal whole, silent, size
            if whole:  # what may still come is the end of the connection, however late
                return await receive()
            try:
                message = await asyncio.wait_for(receive(), SILENCE)
            except TimeoutError:
                silent = True
                return {"type": "http.disconnect"}
            whole = not message.get("more_body", False)
            size += len(message.get("body", b""))  # a body in pieces has not told its length
            return message if size <= most else {"type": "http.disconnect"}

        async def closing(message: Message) -> None:
            if size > most:  # what the application says is of a line that was cut
                if message["type"] == "http.response.start":
                    await refusal(scope, receive, send)
                return
            if silent and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await self.app(scope, patient, closing)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections are probed by the system. Raises OSError when the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With its protocol named: asyncio turns Nagle's delay off only for a socket that says it is TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows it would let two servers have one port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _PROBES:
            option: Any = getattr(socket, name, None)  # Windows sets these for the whole system
            if option is not None:
                listener.setsockopt(socket.IPPROTO_TCP, option, value)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
