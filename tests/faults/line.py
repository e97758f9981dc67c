"""The line between the devices and the county: a proxy that does to each connection what the plan says."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path

from models.sync import enrol
from tests.faults.plan import Fault

PIECE = 16 << 10
CLEAR = Fault("pass", False, 0, 0, False)


class Line:
    """port: where devices connect. happened: how often each kind of fault really struck."""

    def __init__(self, target: int, own: enrol.ServerKeys) -> None:
        self.port, self.happened = 0, Counter[str]()
        self._target, self._faults = target, deque[Fault]()
        self._server_side, self._client_side = _contexts(own)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def suffer(self, faults: Sequence[Fault]) -> None:
        """The connections to come get these, one each; the ones after them nothing."""
        self._faults = deque(faults)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        self._listener.close()
        mine = asyncio.all_tasks() - {asyncio.current_task()}
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            fault = self._faults.popleft()
        except IndexError:
            fault = CLEAR
        there: asyncio.StreamWriter | None = None
        try:
            if fault.inside:
                await writer.start_tls(self._server_side)
            up, there = await asyncio.open_connection(
                "127.0.0.1", self._target, ssl=self._client_side if fault.inside else None
            )
            call = _Call(self, fault, reader, writer, up, there)
            await call.run()
            if fault.kind == "replay" and call.said:
                await self._again(bytes(call.said))
        except (OSError, EOFError, TimeoutError):
            pass  # either end went away: that is what this line is for
        finally:
            for end in (writer, there):
                if end is not None:
                    end.transport.abort()

    async def _again(self, said: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._target, ssl=self._client_side)
        writer.write(said)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reader.read(PIECE), 2)
        self.happened["replay"] += 1
        writer.transport.abort()


class _Broken(OSError):
    """The connection is to be broken off."""


class _Call:
    """One connection, both ways."""

    def __init__(
        self, line: Line, fault: Fault, reader: asyncio.StreamReader, writer: asyncio.StreamWriter,
        up: asyncio.StreamReader, there: asyncio.StreamWriter,
    ) -> None:  # fmt: skip
        self.line, self.fault, self.said, self.struck = line, fault, bytearray(), False
        self._ways = ((reader, there, True), (up, writer, False))

    async def run(self) -> None:
        ways = [asyncio.ensure_future(self._way(*way)) for way in self._ways]
        try:
            _done, left = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            # A way that ended quietly leaves the other one a moment; a broken one takes it along.
            if left and not any(way.done() and way.exception() for way in ways):
                await asyncio.wait(left, timeout=1.0)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _way(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, up: bool) -> None:
        passed = 0
        while piece := await source.read(PIECE):
            if up and self.fault.kind == "replay" and len(self.said) < 1 << 20:
                self.said += piece
            for some in await self._suffered(piece, passed, up):
                sink.write(some)
                await sink.drain()
            passed += len(piece)
        if sink.can_write_eof():
            sink.write_eof()

    async def _suffered(self, piece: bytes, passed: int, up: bool) -> list[bytes]:
        """What becomes of a piece; raises when the connection breaks at it."""
        fault = self.fault
        if fault.kind == "delay":
            self._strike()
            await asyncio.sleep(fault.ms / 4000)
            return [piece]
        if fault.kind == "lost" and not up and not self.struck and passed + len(piece) > fault.at % 700:
            self._strike()
            raise _Broken
        if self.struck or up != fault.up or passed + len(piece) <= fault.at or fault.kind in ("pass", "replay", "lost"):
            return [piece]
        self._strike()
        at = fault.at - passed
        if fault.kind == "flip":
            return [piece[:at] + bytes([piece[at] ^ (1 << fault.ms % 8)]) + piece[at + 1 :]]
        if fault.kind == "repeat":
            return [piece[: at + 1], piece[max(0, at - fault.ms) : at + 1], piece[at + 1 :]]
        sink = self._ways[0 if up else 1][1]
        sink.write(piece[:at])
        await sink.drain()
        if fault.kind == "stall":
            await asyncio.sleep(fault.ms / 400)
        if fault.kind == "end":
            await asyncio.sleep(0.02)  # what was written goes out before the end
        raise _Broken

    def _strike(self) -> None:
        if not self.struck:
            self.line.happened[self.fault.kind] += 1
        self.struck = True


def _contexts(own: enrol.ServerKeys) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder) / "both.pem"
        both.write_text(own.certificate + own.certificate_key)
        server.load_cert_chain(both)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    return server, client
