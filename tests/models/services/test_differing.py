"""A comparison by groups: counts of both ends, what differs in each, names of what is gone, and honest numbers of what is not listed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import delete

from models.records import Cell
from models.services import differing, people, reconciling, syncing
from models.services.desk import Desk
from models.tables import ENTITIES
from tests.conftest import TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.services.posting import person
from tests.models.services.test_stick_compare import trip

PERSON = ENTITIES["person"].table


def lose(desk: Desk, *ids: str) -> None:
    with desk.store.transaction() as conn:
        conn.execute(delete(PERSON).where(PERSON.c.id.in_(ids)))


def group(groups: Sequence[differing.Group], entity: str = "person") -> differing.Group:
    return next(g for g in groups if (g.entity, g.code) == (entity, VILLAGE))


def test_groups_are_counted_at_both_ends_and_lines_open_what_is_here(joined: DeskFactory, county: County) -> None:
    desk = joined()
    lost, hurt, *_ = [person(desk, f"人{n}") for n in range(5)]
    syncing.run(desk)
    lose(desk, lost)
    with county.store.transaction() as conn:
        conn.execute(delete(PERSON).where(PERSON.c.id == hurt))
    new = people.save(desk, None, {"name": Cell.of("李新")}, VILLAGE).id
    result = reconciling.run(desk)
    found = group(result.groups)
    assert (found.here, found.county, found.same, found.faults, found.waiting) == (5, 4, False, 2, 1)
    assert result.groups[0] == found, "what differs stands first"
    assert any(g.same and g.here == g.county for g in result.groups)
    assert (result.records, result.county) == (sum(g.here for g in result.groups), sum(g.county for g in result.groups))
    assert f"本机 {result.records} 条、县级 {result.county} 条" in reconciling.sentence(result)
    lines = {x.record_id: x for x in result.lines}
    assert (lines[lost].title, lines[lost].opens) == ("人0", ("", "")), "its name was entered here once; there is nothing to open"
    assert lines[hurt].opens == ("person", hurt)
    assert (lines[new].why, lines[new].code) == ("unsent", VILLAGE)
    known = reconciling.last_known(desk)
    assert list(known.groups) == list(result.groups)
    assert group(reconciling.run(desk, mend=True).groups).faults == 0


def test_a_large_group_counts_what_it_does_not_list(joined: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = joined()
    many = [person(desk, f"人{n}") for n in range(5)]
    syncing.run(desk)
    lose(desk, *many)
    monkeypatch.setattr(differing, "MOST_OF_GROUP", 2)
    result = reconciling.run(desk)
    assert (group(result.groups).faults, len(result.lines)) == (5, 2)
    assert differing.state(group(result.groups)) == "5 条不一致"


def test_a_stick_brings_the_counts_too(offline: DeskFactory, county: County, usb: Path) -> None:
    desk = offline(VILLAGE, "王村")
    lost, *_ = [person(desk, f"人{n}") for n in range(3)]
    trip(desk, county, usb)
    lose(desk, lost)
    with county.store.transaction() as conn:
        conn.execute(delete(ENTITIES["account"].table))
    result = trip(desk, county, usb)
    assert result is not None
    found, account = group(result.groups), group(result.groups, "account")
    assert (found.here, found.county, found.faults) == (2, 3, 1)
    assert (account.here, account.county, account.faults) == (1, 0, 1)
    assert group(reconciling.last_known(desk).groups) == found


def test_a_township_sees_each_village_by_its_name(joined: DeskFactory) -> None:
    desk = joined(TOWNSHIP)
    person(desk)
    syncing.run(desk)
    found = group(reconciling.run(desk).groups)
    assert (found.same, differing.state(found)) == (True, "相同")
    assert found.village == differing.place(VILLAGE) != VILLAGE
