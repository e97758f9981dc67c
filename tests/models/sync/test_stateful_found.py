"""What the machine of test_stateful.py has found, as short histories by name. Its rules are called by hand; whatever holds for
any history is checked at the end of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.services import people
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


def test_what_was_refused_after_it_was_taken_back_does_not_come_back() -> None:
    """The refused value was put over the county's again with every page that brought the record."""
    with history(Bureau) as town:
        town.rounds(range(5))
        town.edit(4, 0, "wechat")
        town.take_back(4)
        town.round(4)
        town.edit(0, 0, "employer")
        town.round(0)
        town.round(4)
        person = people.get(town.world.devices[4].desk, town.people[0])
        assert person is not None
        assert person.wechat is None


def test_a_server_set_back_is_told_again_by_a_device_that_it_shuts_out() -> None:
    """It had receipts, and became another device before it met the server: it took them for true, and the edit was gone."""
    with history() as town:
        town.edit(2, 3, "employer")
        town.keep_server()
        town.rounds(range(5))
        town.set_back_server()
        town.shut_out(2)


def test_a_server_set_back_behind_two_joinings_is_told_what_the_first_device_had_said() -> None:
    with history() as town:
        town.keep_server()
        town.edit(2, 3, "employer")
        town.round(2)
        town.shut_out(2)
        town.round(2)
        town.join_again(0)
        town.edit(2, 3, "wechat")
        town.round(2)
        town.set_back_server()
