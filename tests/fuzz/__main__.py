"""./run fuzz: atheris over the readers of what travels, from the corpus on. What it finds is kept beside the corpus it grew.

./run fuzz --api: schemathesis over the routes of a county's server, tests/fuzz/api.py.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
LARGEST = 70_000  # bytes of an input
MEMORY_MB = 1024
PATIENCE = 300_000  # inputs of one process: atheris grows by 1 KB with each, the readers without it by nothing
ODD = (None, True, -1, 0, 1 << 62, (1 << 64) - 1, 0.5, "", "k", "\x00", "王", "x" * 300, [], {}, [[]], ["k", "1"], ["u"], "0" * 32)


def _mutated(data: bytes, most: int, seed: int, plain: Any) -> bytes:
    """JSON is changed as JSON, so that it stays readable and the change lies deep; everything else as bytes."""
    chance = random.Random(seed)
    if chance.random() < 0.7:
        try:
            front = 2 if data[1:2] in (b"a", b"r", b"w") else 1
            tree = json.loads(data[front:])
        except (ValueError, RecursionError):
            return bytes(plain(data, most))
        for _ in range(chance.randrange(1, 4)):
            tree = _changed(tree, chance)
        made = data[:front] + json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if len(made) <= most:
            return made
    return bytes(plain(data, most))


def _changed(tree: Any, chance: random.Random) -> Any:
    if not isinstance(tree, list | dict) or not tree or chance.random() < 0.12:
        return chance.choice((copy.deepcopy(chance.choice(ODD)), tree, [tree]))
    at = chance.choice(list(tree) if isinstance(tree, dict) else range(len(tree)))
    what = chance.random()
    if what < 0.06:
        del tree[at]
    elif what < 0.12 and isinstance(tree, list):
        tree.insert(at, copy.deepcopy(tree[at]))
    else:
        tree[at] = _changed(tree[at], chance)
    return tree


def _in_turns(out: Path, minutes: float) -> int:
    """One process after another until the time is over or one has found something; each goes on from what the others grew."""
    print(f"corpus and findings in {out}", flush=True)
    until = time.monotonic() + minutes * 60
    while (left := until - time.monotonic()) > 1:
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--once", "--out", str(out), "--minutes", str(left / 60)], check=False)
        if done.returncode:
            return done.returncode
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", action="store_true", help="only write the corpus anew")
    parser.add_argument("--out", type=Path, help="a folder that keeps the grown corpus and what was found")
    parser.add_argument("--once", action="store_true", help="one process, as many inputs as it may hold")
    parser.add_argument("--api", action="store_true", help="schemathesis over the server's OpenAPI document instead")
    parser.add_argument("--examples", type=int, default=100, help="with --api: of each route in each phase")
    parser.add_argument("--seed", type=int, default=None, help="with --api: of an earlier run")
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite", help="with --api: under the server")
    a = parser.parse_args()
    if a.api:
        from tests.fuzz import api

        return api.main(a.examples, secrets.randbelow(1 << 32) if a.seed is None else a.seed, a.db)
    if a.seeds:
        from tests.fuzz import seeds

        CORPUS.mkdir(exist_ok=True)
        for name, data in seeds.seeds().items():
            (CORPUS / name).write_bytes(data)
        return 0
    out = a.out or Path(tempfile.mkdtemp(prefix="guiyan-fuzz-"))
    grown = out / "corpus"
    grown.mkdir(parents=True, exist_ok=True)
    if not a.once:
        return _in_turns(out, a.minutes)
    import atheris  # what it is to watch must be imported under its eyes

    with atheris.instrument_imports(include=["models.sync", "models.records", "models.tables.check", "models.store.rows"]):
        from tests.fuzz import targets
    bench = targets.Bench(Path(tempfile.mkdtemp(prefix="guiyan-fuzz-db-")))
    call = [sys.argv[0], str(grown), str(CORPUS), f"-max_total_time={int(a.minutes * 60)}", f"-rss_limit_mb={MEMORY_MB}",
            f"-max_len={LARGEST}", "-timeout=30", f"-artifact_prefix={out}/", f"-runs={PATIENCE}",
            "-print_final_stats=1"]  # fmt: skip
    atheris.Setup(call, lambda data: targets.one(bench, data),
                  custom_mutator=lambda data, most, seed: _mutated(data, most, seed, atheris.Mutate))  # fmt: skip
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
