"""Successive edits of one device on one field are one edit: what it corrects before it hears of the first is no conflict with
itself, and at most one with what somebody else has written in between."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.records import Cell
from models.services import syncing
from models.services.desk import Desk
from models.sync import client
from models.tables import ENTITIES
from tests.conftest import TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, change, come_to_rest, digests, person, statuses, sync, values

Pair = tuple[Desk, Desk, str]
A, X, B, Y = (f"1390000000{n}" for n in range(4))  # what stood, the mistake, what the township wrote meanwhile, the correction


@pytest.fixture
def pair(either: Field) -> Pair:
    town, village = either.desk(TOWNSHIP), either.desk(VILLAGE, "王村")
    who = person(village, phone=A)
    sync(village, town)
    return town, village, who


@pytest.fixture(params=[1, 500], ids=["in batches of one", "in one batch"])
def batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All batches of a round are made before its first receipt is looked at, or everything is in one."""
    monkeypatch.setattr(client, "FIRST_BATCH", request.param)
    monkeypatch.setattr(client, "LARGEST_BATCH", request.param)


def _phones(county: County) -> list[tuple[str | None, ...]]:
    """(what was the base, what stands, what does not, how it was settled) of every conflict."""
    table = ENTITIES["conflict"].table
    with county.store.read() as conn:
        found = conn.execute(select(table).order_by(table.c.born)).mappings().all()
    return [(*(r[n].split(chr(34))[3] for n in ("base", "kept", "other")), r["settled"]) for r in found]


@pytest.mark.usefixtures("batches")
def test_a_mistake_that_is_corrected_is_no_conflict(either: Field, pair: Pair) -> None:
    _town, village, who = pair
    for phone in (X, Y):
        change(village, who, phone=phone)
    sync(village)
    assert statuses(village, who) == ["applied"] * 3
    assert _phones(either.county) == []
    come_to_rest(either.county, *pair[:2])


@pytest.mark.usefixtures("batches")
@pytest.mark.parametrize(("typed", "stands", "conflicts"), [
    ((X,), B, [(A, B, X, None)]),
    ((X, Y), B, [(A, B, Y, None)]),
    ((X, Y, X), B, [(A, B, X, None)]),
    ((X, A), B, [(A, B, X, "kept")]),  # taken back
    ((X, Y, A), B, [(A, B, Y, "kept")]),
    ((X, B), B, [(A, B, X, "kept")]),  # the same as the township
    ((X, B, Y), Y, [(A, B, X, "kept")]),  # a change of what the township wrote
    ((X, A, Y), B, [(A, B, X, "kept"), (A, B, Y, None)]),
])  # fmt: skip
def test_with_another_offices_change_in_between_its_last_value_counts(
    either: Field, pair: Pair, typed: tuple[str, ...], stands: str, conflicts: list[tuple[str, ...]]
) -> None:
    town, village, who = pair
    change(town, who, phone=B)
    sync(town)
    for phone in typed:
        change(village, who, phone=phone)
    sync(village)
    assert _phones(either.county) == conflicts
    come_to_rest(either.county, town, village)
    assert values(village, who, "phone") == [stands]
    still_open = any(c[-1] is None for c in conflicts)
    assert (syncing.record_state(village, who) == "conflict") is still_open
    assert (syncing.status(town).conflicts > 0) is still_open


@pytest.mark.usefixtures("batches")
def test_what_was_refused_is_no_base(either: Field, pair: Pair) -> None:
    """What stands at the county is what the device had before the change that was not taken."""
    town, village, who = pair
    for sex, phone in (("不是代码", X), ("1", Y)):
        with village.store.write("王村", "修改") as unit:
            unit.update("person", who, {"sex": Cell.of(sex), "phone": Cell.of(phone)})
    sync(village)
    assert _phones(either.county) == []
    sync(village)
    assert values(village, who, "sex", "phone") == ["1", Y]
    assert who in digests(town)
    come_to_rest(either.county, town, village)


def test_a_value_that_was_somebodys_is_a_base_as_it_stands(either: Field, pair: Pair) -> None:
    """The village's value did not stand, then the township took it after all, and both changed that: a conflict of its own."""
    town, village, who = pair
    change(town, who, phone=B)
    change(village, who, phone=X)
    sync(town, village)
    change(town, who, phone=X)
    sync(town, village)
    assert values(village, who, "phone") == [X]
    change(town, who, phone=Y)
    sync(town)
    change(village, who, phone=A)
    sync(village)
    assert _phones(either.county)[-1][1:] == (Y, A, None)


def test_another_device_of_the_office_takes_back_nothing(either: Field, pair: Pair) -> None:
    """Two computers of one village clash with the township; the second says what stands, and the first one's value waits on."""
    town, village, who = pair
    other = either.desk(VILLAGE, "李村")
    sync(other)
    change(town, who, phone=B)
    change(village, who, phone=X)
    change(other, who, phone=B)
    sync(town, village, other)
    assert _phones(either.county) == [(A, B, X, None)]
