"""What the machine of test_stateful.py has found, as short histories by name. Its rules are called by hand; whatever holds for
any history is checked at the end of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from models.records import Cell
from models.services import people
from models.store import outbox
from models.tables.system import EVENT
from tests.conftest import SIBLING
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


def test_what_was_refused_and_then_deleted_is_no_difference_for_ever() -> None:
    """A bureau registers what it may not, and takes it back: a comparison named the tombstone, and nothing could mend it."""
    with history(Bureau) as town:
        town.ask(4, 0)
        town.rounds(range(5))
        town.take_back(4)


def test_who_changes_a_record_hears_that_it_has_moved_meanwhile() -> None:
    """The change was taken as it came, so the record was not sent back, and its village stayed the old one for ever."""
    with history() as town:
        town.rounds(range(5))
        town.move(0, 0, 1)
        town.edit(1, 0, "wechat")
        town.round(0)
        town.round(1)
        person = people.get(town.world.devices[1].desk, town.people[0])
        assert person is not None
        assert person.village == SIBLING


def test_what_a_server_lost_and_may_not_take_again_is_named_by_a_comparison() -> None:
    """A visit, said again after the person has moved away: refused to the village, and the township that had it is told."""
    with history() as town:
        town.move(1, 0, 1)
        town.part(1)
        town.visit(2, 0)
        town.keep_server()
        town.rounds(range(5))
        town.set_back_server()


def test_a_clash_that_a_server_has_lost_turns_round_and_the_old_conflict_goes() -> None:
    """Whoever came first loses it to the other now; the conflict from before stood on that computer for ever."""
    with history() as town:
        town.edit(2, 0, "wechat")
        town.edit(0, 0, "wechat")
        town.keep_server()
        town.rounds([3, 4, 1, 2, 0])
        town.set_back_server()


def test_a_change_that_clashed_is_told_to_be_taken_where_a_stick_brought_it_first_to_a_server_that_was_set_back() -> None:
    """It had all numbers of the device and was not known for another one by them: the device went on telling of a conflict."""
    with history() as town:
        town.edit(2, 0, "wechat")
        town.edit(1, 0, "wechat")
        town.write_stick(2, 0)
        town.keep_server()
        town.rounds([3, 4, 1, 2, 0])
        town.set_back_server()
        town.county_reads(0)
        town.round(2)
        device = town.world.devices[2]
        person = people.get(device.desk, town.people[0])
        with device.store.read() as conn:
            mine = select(EVENT.c.changes, EVENT.c.status).where(EVENT.c.device == device.id, EVENT.c.entity_id == town.people[0])
            (said,) = [e for e in conn.execute(mine) if "wechat" in e.changes]
        assert said.status == ""
        assert person is not None
        assert person.wechat in said.changes


def test_what_was_refused_and_then_taken_back_is_said_to_be() -> None:
    """Nothing was written of it, as what stood before stood again: the refused value was gone without a word."""
    with history(Bureau) as town:
        town.edit(3, 0, "wechat")
        town.round(3)
        town.take_back(3)


def test_what_was_typed_beside_a_wrong_value_writes_over_nothing_unseen() -> None:
    with history() as town:
        town.rounds(range(5))
        town.edit(0, 0, "wechat")
        town.round(0)
        with town.world.acting(town.world.devices[1]) as desk, desk.store.write(desk.account, "修改") as unit:
            unit.update("person", town.people[0], {"wechat": Cell.of(town.ledger.value()), "sex": Cell.of("不是代码")})
        town.round(1)
        town.mistake(1, 0, "1")


def test_what_was_pulled_beside_a_wrong_value_is_not_said() -> None:
    with history() as town:
        town.rounds(range(5))
        town.mistake(1, 0, "不是代码")
        town.round(1)
        town.edit(0, 0, "employer")
        town.round(0)
        town.round(1)
        town.clear(0, 0, "employer")
        town.round(0)
        town.mistake(1, 0, "1")


LOST = {2: "lost"}  # of a round: the batch arrives, its receipt does not
DEAF = {3: "down"}  # everything goes up and is acknowledged, nothing comes down

# What earlier properties found, of a township's computer (0) and two of a village (1, 2) with sticks between them.
EARLIER: dict[str, Sequence[tuple[Any, ...]]] = {
    "of three changes of one record the first is merged and the later ones are taken as they came": (
        ("edit", 0, 1, "wechat"), ("edit", 2, 1, "employer"), ("edit", 2, 1, "wechat"), ("edit", 2, 1, "wechat"),
    ),
    "a lost answer, then a stick that brings it, and in between another office's change of the same record": (
        ("edit", 1, 0, "employer"), ("write_stick", 1, 0), ("edit", 1, 1, "employer"), ("round", 1, LOST),
        ("edit", 0, 1, "employer"), ("round", 0), ("county_reads", 0), ("read_stick", 1, 0), ("round", 1),
    ),
    "the township changes what it shows, after the county has it and before it has heard so": (
        ("edit", 1, 0, "employer"), ("write_stick", 1, 0), ("swap_stick", 1, True), ("county_reads", 0), ("part", 0),
        ("read_stick", 0, 1), ("part", 0), ("edit", 0, 0, "wechat"), ("round", 0),
    ),
    "what was shown is refused, on a record that the township itself had changed before": (
        ("edit", 0, 0, "wechat"), ("mistake", 1, 0, "不是代码"), ("write_stick", 1, 0), ("part", 0), ("read_stick", 0, 0),
        ("part", 0), ("round", 0),
    ),
    "what was shown is refused, on a record that the township has changed since": (
        ("edit", 1, 0, "employer"), ("write_stick", 1, 0), ("part", 0), ("read_stick", 0, 0), ("edit", 0, 0, "wechat"),
        ("county_reads", 0), ("mistake", 1, 0, "不是代码"), ("write_stick", 1, 1), ("read_stick", 0, 1), ("part", 0),
        ("round", 0), ("round", 1), ("round", 0),
    ),
    "an answer on a stick is older than what the county has acknowledged over the network since": (
        ("edit", 0, 0, "wechat"), ("round", 0), ("write_stick", 1, 0), ("county_reads", 0), ("edit", 1, 0, "wechat"),
        ("round", 1, DEAF), ("edit", 1, 0, "employer"), ("round", 1, DEAF), ("read_stick", 1, 0),
    ),
    "the township shows what the county refuses, and what it has seen and changed since": (
        ("mistake", 1, 0, "不是代码"), ("edit", 1, 0, "wechat"), ("write_stick", 1, 0), ("swap_stick", 1, True), ("part", 0),
        ("read_stick", 0, 1), ("edit", 0, 0, "wechat"), ("part", 0), ("round", 0), ("county_reads", 0), ("round", 0),
        ("read_stick", 0, 1), ("read_stick", 1, 0),
    ),
}  # fmt: skip


@pytest.mark.parametrize("steps", EARLIER.values(), ids=EARLIER)
def test_earlier_findings(steps: Sequence[tuple[Any, ...]]) -> None:
    with history(Bureau) as town:
        town.rounds(range(5))
        for rule, *given in steps:
            getattr(town, rule)(*given)


def test_a_comparison_sees_that_the_server_was_set_back() -> None:
    """It asked the server where it stands and did not look at the answer: what the server had lost went on being called received."""
    with history() as town:
        town.edit(4, 0, "employer")
        town.keep_server()
        town.round(4)
        town.set_back_server()
        town.compare(4)
        with town.world.devices[4].store.read() as conn:
            assert outbox.pending(conn) == 1


def test_what_was_refused_after_it_was_taken_back_is_not_said_alone_by_the_next_device() -> None:
    """It was numbered anew without what had taken it back: the refusal stood there again, and another server took the value."""
    with history() as town:
        town.edit(4, 0, "wechat")
        town.take_back(4)
        town.rounds(range(5))
        town.shut_out(4)


def test_what_was_refused_and_deleted_since_is_not_said_alone_by_the_next_device() -> None:
    """The same, where the record was taken away."""
    with history() as town:
        town.mistake(1, 0, "不是代码")
        town.round(1)
        town.delete(1, 0)
        town.rounds(range(5))
        town.shut_out(1)


def test_what_the_county_refused_stays_in_its_history_when_an_older_backup_comes_back() -> None:
    """The PC does not hear of it again: docs/next.md."""
    with history() as town:
        town.keep(4)
        town.edit(4, 1, "employer")
        town.rounds([4, 1, 3, 2, 0])
        town.set_back(4)
        with town.world.server.read() as conn:
            assert conn.execute(select(EVENT.c.status).where(EVENT.c.status == "refused")).scalars().all() == ["refused"]
