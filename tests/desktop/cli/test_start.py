"""./run: its county server never outlives it, and finds another port when it must."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.cli import start
from desktop.cli.county import LocalCounty, is_free
from models.errors import KnownError
from models.services import desk as desks
from models.services import syncing

ROOT = Path(__file__).parents[3]

# SIGINT is switched off in the background jobs of a shell, and a child inherits that.
STARTER = """
import signal, sys, time
from pathlib import Path
from desktop.cli.county import LocalCounty
signal.signal(signal.SIGINT, signal.SIG_IGN)
county = LocalCounty(Path(sys.argv[1]))
county.start()
print(county.port, flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX")
def test_the_server_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    starter = subprocess.Popen([sys.executable, "-c", STARTER, str(tmp_path)], env=env, stdout=subprocess.PIPE, text=True)
    with starter:
        assert starter.stdout is not None
        port = int(starter.stdout.readline())
        assert not is_free(port)
        starter.send_signal(signal.SIGKILL)
        ends = time.monotonic() + 20
        while not is_free(port):
            assert time.monotonic() < ends, "the server outlived the process that started it"
            time.sleep(0.05)


def test_the_server_ends_when_it_is_stopped(tmp_path: Path) -> None:
    county = LocalCounty(tmp_path)
    with county.running():
        assert not is_free(county.port)
    assert is_free(county.port)


@pytest.fixture
def prepared(tmp_path: Path) -> LocalCounty:
    return start.prepare(tmp_path)


@pytest.fixture
def taken(prepared: LocalCounty, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCounty]:
    """The sample's server, whose port another program has got hold of."""
    monkeypatch.setattr(start, "PATIENCE", 0.0)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", prepared.port))
        other.listen()
        yield prepared


def test_the_sample_keeps_its_port(prepared: LocalCounty) -> None:
    assert start.prepare(prepared.folder).port == prepared.port


def test_a_taken_port_is_left_to_its_owner_and_the_sample_still_syncs(taken: LocalCounty) -> None:
    moved = start.prepare(taken.folder)
    assert moved.port != taken.port
    assert start.prepare(moved.folder).port == moved.port
    desk = desks.unlock(moved.folder / "town", start.ACCOUNT, start.demo.PASSWORD)
    with moved.running():
        syncing.run(desk)
    status = syncing.status(desk)
    desk.close()
    assert (status.address, status.pending) == (moved.address, 0)


def test_a_changed_password_keeps_the_sample_from_moving_and_it_says_so(taken: LocalCounty) -> None:
    desk = desks.unlock(taken.folder / "town", start.ACCOUNT, start.demo.PASSWORD)
    desks.change_password(desk, start.demo.PASSWORD, "zi-ji-de-mima")
    desk.close()
    with pytest.raises(KnownError, match="密码又已改过"):
        start.prepare(taken.folder)
    assert (taken.folder / "county.port").read_text() == str(taken.port)
