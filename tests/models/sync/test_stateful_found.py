"""What the machine of test_stateful.py has found, as short histories by name. Its rules are called by hand; whatever holds for
any history is checked at the end of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.models.sync.test_stateful import Bureau, Town


@contextmanager
def history(kind: type[Town] = Town) -> Iterator[Town]:
    """A county of its own; after each block all come to rest, and everything must hold."""
    town = kind()
    try:
        yield town
        town.receipts_are_true_and_nothing_unsent_is_lost()
    except BaseException:
        town.close()
        raise
    town.teardown()


def test_a_step_that_was_taken_back_before_anybody_had_it_stops_no_pull() -> None:
    """Its tombstone names no request, and stood beside steps that name theirs."""
    with history(Bureau) as town:
        town.ask(0, 1)
        town.take_back(0)
        town.ask(0, 1)
        town.round(0)
