"""A short run of the bed in every test run; ./run faults is the long one."""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import delete, update

from models.services import desk as desks
from models.store import opening
from models.tables import ENTITIES
from models.tables.system import AUDIT, EVENT
from tests.conftest import PASSWORD
from tests.faults import check
from tests.faults.__main__ import run
from tests.faults.plan import DEVICES, KINDS, fingerprint, plan

ROUNDS = 20  # about twelve seconds; ./run faults has no such limit


def test_the_same_seed_gives_the_same_plan() -> None:
    assert plan(7, 30) == plan(7, 30)
    assert plan(7, 40)[:30] == plan(7, 30)
    assert fingerprint(plan(7, 30)) != fingerprint(plan(8, 30))
    faults = [f for r in plan(7, 100) for f in r.faults]
    assert {f.kind for f in faults} == set(KINDS)
    assert {w.device for r in plan(7, 30) for w in r.works} == set(range(len(DEVICES)))
    assert any(r.kill_server_ms >= 0 for r in plan(7, 100))


def test_a_few_rounds_of_faults_lose_and_claim_nothing_and_the_bed_would_see_it(tmp_path: Path) -> None:
    made = run(plan(random.SystemRandom().randrange(1000), ROUNDS), "sqlite", tmp_path)
    assert made.codes["killed"]
    assert sum(made.line.happened.values())
    with ExitStack() as stack:
        server, ends = opening.open_server(made.url), []
        stack.callback(server.close)
        for worker in made.workers:
            desk = desks.unlock(worker.folder, worker.account, PASSWORD)
            stack.callback(desk.close)
            ends.append(check.End(worker.name, desk.store, worker.log))

        def found() -> str:
            return "\n".join(check.findings(server, made.own.public, ends))

        assert found() == ""
        with ends[0].log.open("a") as log:
            print(json.dumps({"record": "0" * 32, "values": {"wechat": "x"}, "done": True}), file=log)
        assert "what was saved is missing" in found()
        with server.transaction() as conn:
            conn.execute(update(ENTITIES["person"].table).values(digest="0" * 32))
        assert "on the server" in found()
        with server.transaction() as conn:
            conn.execute(delete(EVENT).where(EVENT.c.seq == 1))
        assert "a receipt claims change 1, which the server lacks" in found()
        with server.transaction() as conn:
            conn.execute(delete(AUDIT).where(AUDIT.c.n == 2))
        assert "第 2 条缺失" in found()
