"""The fuzzer's corpus, replayed in every test run: known broken inputs stay refused, whole ones stay taken."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz import targets
from tests.fuzz.seeds import seeds

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[targets.Bench]:
    made = targets.Bench(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.name)
def test_only_our_own_errors_come_out_and_nothing_is_taken_by_half(bench: targets.Bench, path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    targets.one(bench, path.read_bytes())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10
    assert grown < 200, f"{grown} MB for {path.stat().st_size} bytes"


@pytest.mark.parametrize("piece", [b"{},", b"[],", b'"a",', b"1.5,"])
def test_a_body_that_would_become_a_mountain_of_objects_is_not_decoded(bench: targets.Bench, piece: bytes) -> None:
    """60 MB that pack to a few KB and unpack to 1.7 GB of empty dictionaries."""
    plain = b'[["person","create",1,[1],["a"],["b"],["c"],["d"],["e"],{"name":[[' + piece * (15_000_000 // len(piece) * 4)
    sealed = bench.envelope("batch", plain, first_seq=1, last_seq=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(targets.GuiyanError) as told:
        targets.ingest.ingest(bench.store, bench.own.signing, sealed)
    assert told.value.code == "batch.large"
    assert len(sealed) < 20_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10 < 150


def test_the_corpus_is_what_its_maker_makes() -> None:
    """Found ones may lie beside; the made ones follow the format."""
    made = seeds()
    assert {p.name for p in CORPUS} >= set(made)
    assert all((CORPUS[0].parent / name).read_bytes() == data for name, data in made.items())


def test_the_bench_sees_a_refusal_that_wrote_and_undoes_what_was_taken(bench: targets.Bench) -> None:
    def half(store: object) -> None:
        with sqlite3.connect(bench.folder / "county.db") as conn:
            conn.execute("UPDATE device SET last_seq = 5")
        conn.close()
        raise targets.GuiyanError("batch.body", "x")

    with pytest.raises(AssertionError, match="something was written"):
        bench.untouched(half)
    taken: list[int] = []

    def good(store: targets.Store) -> None:
        targets.ingest.ingest(store, bench.own.signing, bench.batch(seeds()["events-good"][1:]))
        taken.append(1)

    with sqlite3.connect(bench.folder / "county.db") as conn:
        conn.execute("UPDATE device SET last_seq = 0")
    conn.close()
    bench.untouched(good)
    bench.untouched(good)
    assert len(taken) == 2
    with bench.store.read() as conn_:
        assert conn_.exec_driver_sql("SELECT count(*) FROM event").scalar() == 0
