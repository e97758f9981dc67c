"""A change that comes a second time under another number: a late batch or stick of a device that goes on as another one, or
what that one says again. It is no second change, and no conflict of the device with itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.tables import ENTITIES
from models.tables.system import EVENT
from server import sticks as county_sticks
from tests.models.sync.test_stateful import Town
from tests.models.sync.test_stateful_found import history

TOWN, DEVICE, PERSON = 0, 2, 3


def _conflicts(town: Town) -> list[tuple[str, str, str]]:
    table = ENTITIES["conflict"].table
    with town.world.server.read() as conn:
        return [(r.field, r.kept, r.other) for r in conn.execute(select(table)).mappings()]


def _statuses(town: Town, device: str) -> list[str]:
    with town.world.server.read() as conn:
        query = select(EVENT.c.status).where(EVENT.c.device == device).order_by(EVENT.c.seq)
        return list(conn.execute(query).scalars())


def _replaced(town: Town) -> str:
    """Two successive edits were received and lost with a server that was set back; the device was shut out before, and says
    them again as another one. Returns who it was when it made them: the server does not know any more that it was shut out."""
    town.edit(DEVICE, PERSON, "employer")
    town.edit(DEVICE, PERSON, "employer")
    town.write_stick(DEVICE, 0)
    town.keep_server()
    first = town.world.devices[DEVICE].id
    town.round(DEVICE)
    town.shut_out(DEVICE)
    town.round(DEVICE)
    town.join_again(0)
    town.set_back_server()
    town.round(DEVICE)
    return first


@pytest.mark.parametrize("carried", [False, True], ids=["network", "stick"])
@pytest.mark.parametrize("changed_since", [False, True])
def test_what_was_said_again_comes_late_under_its_first_number(carried: bool, changed_since: bool) -> None:
    with history() as town:
        town.rounds(range(5))
        town.world.devices[DEVICE].line.posted.clear()
        first = _replaced(town)
        batch = town.world.devices[DEVICE].line.posted[0]
        town.join_again(0)
        town.round(DEVICE)
        if changed_since:
            town.rounds(range(5))
            town.edit(4, PERSON, "employer")
            town.round(4)
        town.world.devices[DEVICE].line.posted[:] = [batch]
        before = len(_statuses(town, first))
        if carried:
            county_sticks.take_folder(town.world.server, town.world.own, town.world.stick(0))
        else:
            town.late(DEVICE, 0)
        assert _statuses(town, first)[before:] == ["duplicate", "duplicate"]
        assert _conflicts(town) == []


def test_what_came_late_is_said_again_under_another_number() -> None:
    """The other way round: the old batch is there before the device has said its changes anew, and the county has gone on."""
    with history() as town:
        town.rounds(range(5))
        town.world.devices[DEVICE].line.posted.clear()
        _replaced(town)
        town.join_again(0)
        posted = town.world.devices[DEVICE].line.posted
        posted[:] = posted[:1]
        town.late(DEVICE, 0)
        town.round(TOWN)
        town.edit(TOWN, PERSON, "employer")
        town.round(TOWN)
        town.round(DEVICE)
        assert _conflicts(town) == []
        assert _statuses(town, town.world.devices[DEVICE].id).count("duplicate") == 2
