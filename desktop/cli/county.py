"""A local county server as a process of its own: for the demo and for ./run, never for an office."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from models.errors import KnownError


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could have the port now."""
    with socket.socket() as s:
        if os.name == "posix":  # as the server does: what a connection left behind is no hindrance
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return True
    return False


class LocalCounty:
    """db: its SQLite file; port: fixed, so that tickets stay good over a restart. It ends with the process that started it."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.db = f"sqlite:///{folder / 'county.db'}"
        self.port = port or free_port()
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def ticket(self, office: str) -> Path:
        """Issue a ticket as `guiyan-server enrol` does."""
        out = self.folder / f"ticket-{office}.json"
        call = ["enrol", "--db", self.db, "--address", self.address, "--office", office, "--out", str(out)]
        subprocess.run([sys.executable, "-m", "server.cli", *call], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        return out

    def start(self) -> None:
        call = [sys.executable, "-m", "server.cli", "serve", "--db", self.db, "--port", str(self.port), "--with-stdin"]
        self._process = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)  # noqa: S603
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise KnownError("county.start", f"本地县级服务器没有在端口 {self.port} 启动。")

    def cpu(self) -> float:
        """Seconds of CPU that the server has used so far."""
        if self._process is None:
            return 0.0
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(20)
            self._process = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        self.start()
        try:
            yield
        finally:
            self.stop()
