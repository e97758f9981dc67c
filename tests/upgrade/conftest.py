"""Peers of several releases around one folder, and shorthand for what is asked of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Told(Exception):
    """What a peer refused. code, sentence: as a person is told."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code, self.sentence = code, sentence


class Peer:
    """A process of one release (tests/upgrade/peer.py); its verbs are its methods."""

    def __init__(self, release: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.upgrade.peer", release],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return lambda **said: self._ask(verb, said)

    def _ask(self, verb: str, said: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([verb, said]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the peer died at {verb}"
        answer = json.loads(line)
        if "code" in answer:
            raise Told(answer["code"], answer["sentence"])
        return answer["said"]

    def close(self) -> None:
        """End it, and wait until its databases are closed."""
        if self._process.poll() is None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            assert self._process.wait(60) == 0
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()


PeerFactory = Callable[[str], Peer]


@pytest.fixture
def peer() -> Iterator[PeerFactory]:
    """make(release) → a running peer; all of them are ended at the end."""
    made: list[Peer] = []

    def make(release: str) -> Peer:
        made.append(Peer(release))
        return made[-1]

    yield make
    for one in made:
        one.close()


class World:
    """A folder with a county and its desks, whose programs are exchanged while their databases stay."""

    def __init__(self, folder: Path, make: PeerFactory) -> None:
        self._folder, self._make, self._port = folder, make, 0
        self._folders: dict[int, str] = {}

    def county(self, release: str) -> Peer:
        """The county's server as this release; the one before was closed."""
        one = self._make(release)
        folder = self._folder / "county"
        folder.mkdir(exist_ok=True)
        self._port = one.serve(folder=str(folder), port=self._port)
        return one

    def desk(self, release: str, county: Peer, office: str, account: str = "李经办") -> Peer:
        """A new desk that has joined the county."""
        one = self._make(release)
        folder = str(self._folder / f"desk{len(self._folders)}")
        one.init(folder=folder, office=office, account=account)
        one.join(ticket=county.ticket(office=office))
        self._folders[id(one)] = folder
        return one

    def upgrade(self, desk: Peer, release: str) -> Peer:
        """The same workspace, opened by another release."""
        desk.close()
        one, folder = self._make(release), self._folders[id(desk)]
        one.open(folder=folder)
        self._folders[id(one)] = folder
        return one

    def folder_of(self, desk: Peer) -> Path:
        return Path(self._folders[id(desk)])


@pytest.fixture
def world(tmp_path: Path, peer: PeerFactory) -> World:
    return World(tmp_path, peer)
