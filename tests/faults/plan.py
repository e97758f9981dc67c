"""What goes wrong, and when: everything is drawn from one seed before anything starts."""

from __future__ import annotations

import hashlib
import random
from dataclasses import asdict, dataclass

import msgspec

from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE

# (office, clerk) of every device. Two of them share an office and so write on the same records.
DEVICES = ((TOWNSHIP, "甲"), (TOWNSHIP, "乙"), (VILLAGE, "村"), (SIBLING, "邻"), (COUNTY, "县"))
CALM_EVERY = 25  # rounds
KINDS = ("pass", "cut", "cut", "end", "delay", "stall", "repeat", "flip", "replay", "lost", "lost")


@dataclass(frozen=True, slots=True)
class Fault:
    """What one connection suffers. kind: of KINDS; up: on the way to the server; at: bytes that pass before it; ms: of a
    wait; inside: on the bytes of HTTP (the line holds the county's certificate), else on those of TLS.

    cut: both ways break off. end: this way ends quietly, half-way. delay: every piece waits. stall: one long wait, then a
    cut. repeat: the last bytes come twice. flip: one bit. replay: all that was sent is sent again by a stranger. lost: the
    request arrives whole, the answer does not.
    """

    kind: str
    up: bool
    at: int
    ms: int
    inside: bool


@dataclass(frozen=True, slots=True)
class Work:
    """One device in one round. seed: of what it types; before, during: how many things it types before and while it
    syncs; kill_ms: when it gets SIGKILL, -1: never."""

    device: int
    seed: int
    before: int
    during: int
    kill_ms: int


@dataclass(frozen=True, slots=True)
class Round:
    """kill_server_ms: when the server gets SIGKILL, -1: never. faults: of the connections in the order they come."""

    works: tuple[Work, ...]
    faults: tuple[Fault, ...]
    kill_server_ms: int


def _fault(chance: random.Random) -> Fault:
    kind = chance.choice(KINDS)
    inside = chance.random() < 0.5
    if kind in ("repeat", "flip"):
        inside = False  # TLS lets no changed byte through to HTTP: what it lets through is right
    if kind in ("replay", "lost"):
        inside = True  # on TLS a repeated record is only a broken one, and a first answer is only a handshake
    at = int(10 ** chance.uniform(0, 4.7))
    return Fault(kind, chance.random() < 0.5, at, chance.randrange(5, 400), inside)


def plan(seed: int, rounds: int) -> list[Round]:
    """The whole run. The same seed gives the same plan, whatever the number of rounds."""
    made = []
    for n in range(rounds):
        chance = random.Random(f"{seed}/{n}")
        who = chance.sample(range(len(DEVICES)), chance.randrange(2, len(DEVICES) + 1))
        works = tuple(
            Work(d, chance.randrange(1 << 40), chance.randrange(6), chance.randrange(6),
                 int(10 ** chance.uniform(0, 2.9)) if chance.random() < 0.25 else -1)
            for d in who
        )  # fmt: skip
        faults = tuple(_fault(chance) for _ in range(chance.randrange(4, 16))) if chance.random() < 0.85 else ()
        made.append(Round(works, faults, chance.randrange(5, 600) if chance.random() < 0.12 else -1))
    return made


def fingerprint(rounds: list[Round]) -> str:
    """What tells one plan from another."""
    return hashlib.sha256(msgspec.json.encode([asdict(r) for r in rounds])).hexdigest()[:12]
