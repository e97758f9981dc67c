"""The window answers while a round with 10,000 records goes on beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import alive


def test_no_gap_of_the_event_loop_is_felt(tmp_path: Path, qapp: object) -> None:
    """In one run of two: the machine may have been busy with something else."""
    for attempt in range(2):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        longest = {name: max(gaps) for name, gaps in alive.measure(folder).items()}
        if max(longest.values()) <= alive.BOUND:
            return
    pytest.fail(f"the window was held for {longest} s")
