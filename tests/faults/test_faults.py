"""A short run of the bed in every test run; ./run faults is the long one."""

from __future__ import annotations

import random
from pathlib import Path

from tests.faults.__main__ import run
from tests.faults.plan import DEVICES, KINDS, fingerprint, plan


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan(7, 30) == plan(7, 30)
    assert plan(7, 40)[:30] == plan(7, 30)
    assert fingerprint(plan(7, 30)) != fingerprint(plan(8, 30))
    faults = [f for r in plan(7, 100) for f in r.faults]
    assert {f.kind for f in faults} == set(KINDS)
    assert {w.device for r in plan(7, 30) for w in r.works} == set(range(len(DEVICES)))
    assert any(r.kill_server_ms >= 0 for r in plan(7, 100))


def test_twenty_rounds_of_faults_lose_and_claim_nothing(tmp_path: Path) -> None:
    made = run(plan(random.SystemRandom().randrange(1000), 20), "sqlite", tmp_path)
    assert made.codes["killed"]
    assert sum(made.line.happened.values())
