"""A peer one release older or newer: what it does not know is kept, passed on, and used after the upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from models.records import Cell
from models.services import people, syncing
from models.store import opening, rows, settings
from models.store import unit as units
from models.sync import position
from models.tables import ENTITIES
from models.tables.system import EVENT
from tests.conftest import TOWNSHIP, VILLAGE
from tests.models.sync.conftest import Field, change, digests, person, server_digests, sync, values


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A device of the next release: what it says of a person carries a field that nobody else knows."""

    def newer_wire(entity: Any, row: Mapping[str, Any]) -> dict[str, Any]:
        wire = old(entity, row)
        return {**wire, "talent_points": ["k", 7]} if entity.name == "person" else wire

    old = rows.to_wire

    class Newer:
        def __enter__(self) -> None:
            monkeypatch.setattr(rows, "to_wire", newer_wire)

        def __exit__(self, *_: object) -> None:
            monkeypatch.setattr(rows, "to_wire", old)

    return Newer()


def test_a_field_of_a_newer_release_is_kept_and_passed_on(field: Field, newer: Any) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    with newer:
        person_id = person(one, phone="13900000001")
    (said,) = sync(one)
    assert said.exceptions == {}
    sync(two)
    change(two, person_id, phone="13900000002")  # an older release edits it and loses nothing
    sync(two)
    table = ENTITIES["person"].table
    for store in (two.store, field.county.store):
        with store.read() as conn:
            assert conn.execute(select(table.c.extra).where(table.c.id == person_id)).scalar_one() == '{"talent_points":["k",7]}'
    assert digests(two) == server_digests(field.county)


def test_after_an_upgrade_the_field_fills_its_column(field: Field) -> None:
    desk = field.desk(TOWNSHIP)
    person_id = person(desk)
    table = ENTITIES["person"].table
    with desk.store.transaction() as conn:
        before = dict(conn.execute(select(table).where(table.c.id == person_id)).mappings().one())
        said = '{"later":["k",1],"sex":["v","2"],"wechat":["k","w"]}'
        conn.execute(table.update().where(table.c.id == person_id), {"extra": said})
        sealed = rows.seal(ENTITIES["person"], {**before, "extra": said})
        opening.fill_columns(conn)
        after = dict(conn.execute(select(table).where(table.c.id == person_id)).mappings().one())
    assert values(desk, person_id, "sex", "wechat") == ["2", "w"]
    assert people.must_get(desk, person_id).cell("sex") == Cell.from_wire(["v", "2"])
    assert after["extra"] == '{"later":["k",1]}'
    assert rows.seal(ENTITIES["person"], after) == sealed, "the record says the same as before, so its hash does too"


def test_after_an_upgrade_everything_is_looked_at_again(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    person_id = person(one)
    sync(one, two, two)
    table = ENTITIES["person"].table
    with two.store.transaction() as conn:  # as if its release had not known the table yet
        conn.execute(delete(table).where(table.c.id == person_id))
    sync(two)
    assert people.get(two, person_id) is None
    monkeypatch.setattr(position, "SCHEMA", units.SCHEMA + 1)
    sync(two)
    assert values(two, person_id, "name") == ["王小雁"]
    with two.store.read() as conn:
        assert settings.get(conn, "cursor.schema") == units.SCHEMA + 1
    (again,) = sync(two)
    assert again.received == 0


def test_a_kind_that_the_county_does_not_know_yet_is_held(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = field.desk(TOWNSHIP)
    person_id = person(desk)
    with desk.store.transaction() as conn:
        conn.execute(EVENT.update().where(EVENT.c.entity_id == person_id), {"entity": "venture", "schema": units.SCHEMA + 1})
    later = person(desk, "后一人", VILLAGE)
    (said,) = sync(desk)
    assert said.exceptions == {"held": 1}
    assert syncing.record_state(desk, person_id) == "held", "not called received"
    assert syncing.record_state(desk, later) == "received"
    with field.county.store.read() as conn:
        kept = conn.execute(select(func.count()).select_from(EVENT).where(EVENT.c.status == "held", EVENT.c.entity == "venture"))
        assert kept.scalar_one() == 1
