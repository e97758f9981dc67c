"""The bed: a county server, its devices and the line between them, as processes that may be killed and come back."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from models.services import desk as desks
from models.services import joining, syncing
from models.store import opening
from models.sync import enrol
from models.tables.system import EVENT
from server.setup import prepare
from tests.conftest import PASSWORD
from tests.faults import check, device
from tests.faults.line import Line
from tests.faults.plan import DEVICES, Round, Work

PATIENCE = 120.0  # seconds that a device may take for one round: the client itself gives up earlier
CALM_ROUNDS = 6


class Violation(Exception):
    """What must not happen has happened; the text says what and where."""


def progress(text: str) -> None:
    """One line that goes on being rewritten, where somebody looks on."""
    if sys.stderr.isatty():
        print(f"\r{text}", end="", file=sys.stderr, flush=True)


class Server:
    """guiyan-server serve, as an office runs it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.log = url, folder / "server.log"
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = int(s.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            call = [sys.executable, "-m", "server.cli", "serve", "--db", self.url, "--port", str(self.port)]
            self._process = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=log)
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.03)
        raise Violation(f"the server did not start again: {self.log.read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL, as a power cut."""
        if self._process:
            self._process.kill()
            self._process.wait(20)

    def told(self) -> str:
        """What it wrote to stderr but for refusals, which are what the bed provokes: nothing, when it never failed."""
        said = self.log.read_text().splitlines(keepends=True) if self.log.exists() else []
        return "".join(line for line in said if "refused: " not in line)


class Worker:
    """One device's process. It is forked from a process that has everything loaded, so that dying is cheap."""

    def __init__(self, context: Any, folder: Path, number: int) -> None:
        self._context, self.folder, self.name = context, folder, f"{number}{DEVICES[number][1]}"
        self.account, self.log = DEVICES[number][1], folder.parent / f"typed{number}.jsonl"
        self._process: Any = None
        self._pipe: Any = None
        self._killer: threading.Timer | None = None

    def ready(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=device.run, args=(theirs, self.folder, self.account, self.log), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, work: Work) -> None:
        self.ready()
        self._pipe.send(work)
        if work.kill_ms >= 0:
            self._killer = threading.Timer(work.kill_ms / 1000, os.kill, (self._process.pid, signal.SIGKILL))
            self._killer.start()

    def end(self) -> tuple[str, list[str]]:
        """(the round's error code, what was wrong); ('killed', []) when it died as planned."""
        try:
            if not self._pipe.poll(PATIENCE):
                raise Violation(f"{self.name} did not come to an end in {PATIENCE:.0f} s")
            said: tuple[str, list[str]] = self._pipe.recv()
        except (EOFError, ConnectionResetError):
            self._process.join(20)
            if self._process.exitcode != -signal.SIGKILL:
                raise Violation(f"{self.name} ended by itself with {self._process.exitcode}") from None
            return "killed", []
        finally:
            if self._killer:
                self._killer.cancel()  # it was done sooner
                self._killer.join()
                self._killer = None
        return said

    def leave(self) -> None:
        """Close the workspace, or what a kill has left of it."""
        if self._process is not None and self._process.is_alive():
            with contextlib.suppress(OSError):
                self._pipe.send(None)
            self._process.join(20)
        self._process = None


class Bed:
    """codes: how rounds ended, by error code ('' is well). kills: of devices and of the server."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url, self.codes = folder, url, Counter[str]()
        self.server_kills = 0
        device.cheap()
        store, self.own = prepare(url, "127.0.0.1")
        self.server = Server(url, folder)
        self.line = Line(self.server.port, self.own)
        self.server.start()
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.faults.device"])
        self.workers = [Worker(context, folder / f"device{n}", n) for n in range(len(DEVICES))]
        for worker, (office, account) in zip(self.workers, DEVICES, strict=True):
            desk, _code = desks.init(worker.folder, office, account, PASSWORD)
            with store.transaction() as conn:
                ticket = enrol.issue(conn, self.own, office, f"https://127.0.0.1:{self.line.port}")
            (folder / "ticket.json").write_bytes(msgspec.json.encode(ticket))
            joining.join(desk, folder / "ticket.json")
            desk.close()
            worker.log.touch()
        store.close()

    def round(self, what: Round) -> None:
        self.line.suffer(what.faults)
        kill = threading.Timer(what.kill_server_ms / 1000, self.server.kill) if what.kill_server_ms >= 0 else None
        for work in what.works:
            self.workers[work.device].begin(work)
        if kill:
            kill.start()
        for work in what.works:
            code, wrong = self.workers[work.device].end()
            self.codes[code] += 1
            if wrong:
                raise Violation(f"{self.workers[work.device].name}: " + "\n".join(wrong))
        if kill:
            kill.join()
            self.server_kills += 1
            self.server.start()

    def calm(self) -> int:
        """Everybody syncs over a good line until nothing is left; then everything must hold. Returns the events checked."""
        self.line.suffer(())
        for worker in self.workers:
            worker.leave()
        opened = [desks.unlock(w.folder, w.account, PASSWORD) for w in self.workers]
        store = opening.open_server(self.url)
        try:
            for _ in range(CALM_ROUNDS):
                reports = [syncing.run(desk) for desk in opened]
                if not any(r.sent or r.received for r in reports):
                    break
            else:
                raise Violation(f"the devices still send or receive after {CALM_ROUNDS} calm rounds")
            ends = [check.End(w.name, d.store, w.log) for w, d in zip(self.workers, opened, strict=True)]
            found = list(check.findings(store, self.own.public, ends))
            told = self.server.told()
            if told:
                found.append(f"the server wrote to its log:\n{told[-3000:]}")
            if found:
                raise Violation("\n".join(found[:20]))
            with store.read() as conn:
                return int(conn.execute(select(func.count()).select_from(EVENT)).scalar_one())
        finally:
            for desk in opened:
                desk.close()
            store.close()

    def close(self) -> None:
        for worker in self.workers:
            worker.leave()
        self.server.kill()
        self.line.close()


@contextlib.contextmanager
def bed(folder: Path, url: str) -> Iterator[Bed]:
    made = Bed(folder, url)
    try:
        yield made
    finally:
        made.close()
