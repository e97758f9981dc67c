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
from pathlib import Path
from typing import Any

from desktop.cli.county import LocalCounty, free_port
from models.records import Cell, canonical
from models.services import desk as desks
from models.services import syncing
from models.services.desk import Desk
from models.store.unit import New
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

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [sys.executable, PEERS / "count_proxy.py", str(self.port), str(target)], stdout=subprocess.PIPE, text=True
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
    desks.join(desk, ticket)
    return desk


def _ours(folder: Path) -> tuple[float, float, int]:
    """(push records/s, pull records/s, bytes of the push both ways)."""
    county = LocalCounty(folder)
    with county.running():
        line = Line(county.port)
        try:
            one, two = _join(folder / "one", county, line), _join(folder / "two", county, line)
            for desk in (one, two):
                syncing.run(desk)
            with one.store.write("测速", "填充") as unit:
                unit.create_many("request", [case(c) for c in records.cases(COUNT)])
            line.bytes()
            start = time.perf_counter()
            pushed = syncing.run(one)
            push, moved = time.perf_counter() - start, line.bytes()
            start = time.perf_counter()
            pulled = syncing.run(two)
            pull = time.perf_counter() - start
            if pushed.sent != COUNT or pushed.exceptions or pulled.received < COUNT:
                raise RuntimeError(f"sent {pushed.sent}, {pushed.exceptions}, received {pulled.received}")
            one.close()
            two.close()
        finally:
            line.close()
    return COUNT / push, COUNT / pull, moved


def _peer(folder: Path) -> dict[str, Any] | None:
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    call = [sys.executable, PEERS / "sync_peer.py", "--n", str(COUNT), "--work", folder]
    said = subprocess.run(call, check=False, capture_output=True, text=True)
    return dict(json.loads(said.stdout.strip().splitlines()[-1])) if said.returncode == 0 else None


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        (Path(folder) / "ours").mkdir()
        push, pull, moved = _ours(Path(folder) / "ours")
        peer = _peer(Path(folder)) or {}
    name = "PouchDB 9 to express-pouchdb, defaults" if peer else None
    return [
        row("push", push, "records/s", name, peer.get("push_per_s")),
        row("pull", pull, "records/s", name, peer.get("pull_per_s")),
        row("push_bytes", moved, "bytes", name, peer.get("push_bytes"), less_is_better=True),
    ]
