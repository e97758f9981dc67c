"""10,000 cases pushed to the county and pulled by a second PC, over the real HTTPS server and a counting proxy.

Beside it, in the same run, PouchDB replicates the same cases to express-pouchdb through the same proxy (needs npm).
Ours writes rows, events, audit entries and receipts to encrypted databases and merges; the peer keeps documents.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.cli.county import LocalCounty, free_port
from models.records import Cell, canonical
from models.services import desk as desks
from models.services import joining, syncing
from models.services.desk import Desk
from models.store.unit import New
from models.sync.client import Report
from tests.bench.peers import records
from tests.bench.runner import row

COUNT = 10_000
PEERS = Path(__file__).parent / "peers"


def case(c: dict[str, Any]) -> New:
    """One case of records.py as a request: every value of it is carried."""
    rest = {k: v for k, v in c.items() if k not in ("body", "note", "created_at", "village", "person_id")}
    cells = {
        "number": Cell.of(c["_id"][:8]), "person_id": Cell.of(c["person_id"].replace("-", "")), "item": Cell.of("request.help"),
        "text": Cell.of(c["body"]), "note": Cell.of(c["note"]), "received_on": Cell.of(c["created_at"][:10]),
        "urgency": Cell.of("normal"), "answers": Cell.of(canonical(rest)),
    }  # fmt: skip
    return New(cells, c["village"])


class Line:
    """The counting proxy between a client and a server."""

    def __init__(self, target: int, *slow: str) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, PEERS / "count_proxy.py", str(self.port), str(target), *slow], stdout=subprocess.PIPE, text=True
        )
        self._read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def bytes(self) -> int:
        """Bytes both ways since the last call."""
        self._process.send_signal(signal.SIGUSR1)
        said = json.loads(self._read())
        return int(said["up"] + said["down"])

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def _join(folder: Path, county: LocalCounty, line: Line) -> Desk:
    desk, _code = desks.init(folder, "411424000000", "测速", "ceshi-2026")
    ticket = county.ticket("411424000000")
    said = json.loads(ticket.read_text())
    ticket.write_text(json.dumps({**said, "address": f"https://127.0.0.1:{line.port}"}))
    joining.join(desk, ticket)
    return desk


@dataclass
class Way:
    """10,000 cases one way. cpu: seconds of both ends together; bytes: both ways of the line."""

    seconds: float
    cpu: float
    bytes: int


def _ours(folder: Path, *slow: str) -> tuple[Way, Way]:
    """(push, pull) through the counting proxy; slow: its arguments for a line with a delay and a rate."""
    folder.mkdir()
    county = LocalCounty(folder)
    with county.running():
        line = Line(county.port, *slow)
        try:
            one, two = _join(folder / "one", county, line), _join(folder / "two", county, line)
            for desk in (one, two):
                syncing.run(desk)
            with one.store.write("测速", "填充") as unit:
                unit.create_many("request", [case(c) for c in records.cases(COUNT)])
            line.bytes()
            push, pushed = _timed(one, county, line)
            pull, pulled = _timed(two, county, line)
            if pushed.sent != COUNT or pushed.exceptions or pulled.received < COUNT:
                raise RuntimeError(f"sent {pushed.sent}, {pushed.exceptions}, received {pulled.received}")
            one.close()
            two.close()
        finally:
            line.close()
    return push, pull


def _timed(desk: Desk, county: LocalCounty, line: Line) -> tuple[Way, Report]:
    start, cpu = time.perf_counter(), time.process_time() + county.cpu()
    report = syncing.run(desk)
    seconds = time.perf_counter() - start
    return Way(seconds, time.process_time() + county.cpu() - cpu, line.bytes()), report


def _peer(folder: Path) -> dict[str, Any] | None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    call = [sys.executable, PEERS / "sync_peer.py", "--n", str(COUNT), "--work", folder]
    said = subprocess.run(call, check=False, capture_output=True, text=True)
    return dict(json.loads(said.stdout.strip().splitlines()[-1])) if said.returncode == 0 else None


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        push, pull = _ours(Path(folder) / "ours")
        slow_push, slow_pull = _ours(Path(folder) / "slow", "--delay", "50", "--rate", "2000000")
        peer = _peer(Path(folder)) or {}
    name = "PouchDB 9 to express-pouchdb, defaults" if peer else None
    return [
        row("push", COUNT / push.seconds, "records/s", name, peer.get("push_per_s")),
        row("pull", COUNT / pull.seconds, "records/s", name, peer.get("pull_per_s")),
        row("push_bytes", push.bytes, "bytes", name, peer.get("push_bytes"), less_is_better=True),
        row("pull_bytes", pull.bytes, "bytes", name, peer.get("pull_bytes"), less_is_better=True),
        row("push_cpu", push.cpu, "s of CPU", name, peer.get("push_cpu_s"), less_is_better=True),
        row("pull_cpu", pull.cpu, "s of CPU", name, peer.get("pull_cpu_s"), less_is_better=True),
        row("slow_push", slow_push.seconds, "s, 100 ms, 2 Mbit/s"),
        row("slow_pull", slow_pull.seconds, "s, 100 ms, 2 Mbit/s"),
    ]
