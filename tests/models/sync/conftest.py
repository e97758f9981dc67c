"""Offices of one county that talk to a real server, and shorthand for what they do."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from models.records import Cell, Record
from models.services import people, requests, syncing
from models.services.desk import Desk
from models.store import audit, outbox, settings
from models.sync.client import Report
from models.tables import ENTITIES
from models.tables.system import EVENT
from tests.conftest import VILLAGE, County, DeskFactory, enrolled


class Field:
    """One county and its desks."""

    def __init__(self, county: County, factory: DeskFactory) -> None:
        self.county, self._factory = county, factory

    def desk(self, office: str, account: str = "李经办") -> Desk:
        return enrolled(self._factory(office, account), self.county)


@pytest.fixture
def field(county: County, desk_factory: DeskFactory) -> Field:
    return Field(county, desk_factory)


@pytest.fixture
def either(either_county: County, desk_factory: DeskFactory) -> Field:
    """The same over SQLite and over PostgreSQL."""
    return Field(either_county, desk_factory)


def sync(*desks: Desk) -> list[Report]:
    return [syncing.run(desk) for desk in desks]


def person(desk: Desk, name: str = "王小雁", village: str = VILLAGE, **cells: object) -> str:
    return people.save(desk, None, {"name": Cell.of(name), **{k: Cell.of(v) for k, v in cells.items()}}, village).id


def change(desk: Desk, person_id: str, **cells: object) -> None:
    people.save(desk, person_id, {k: v if isinstance(v, Cell) else Cell.of(v) for k, v in cells.items()})


def ask(desk: Desk, person_id: str, text: str = "想办小额贷款") -> Record:
    return requests.submit(desk, person_id, "request.help", {"text": Cell.of(text)}, answers=_answers(desk))


def _answers(desk: Desk) -> Mapping[str, object]:
    item = next(i for i in requests.items(desk) if i.code == "request.help")
    return {f.name: item.sample[f.name] for f in item.fields if f.required}


def values(desk: Desk, person_id: str, *names: str) -> list[object]:
    record = people.get(desk, person_id)
    assert record is not None
    return [record.values[n] for n in names]


def digests(desk: Desk, entity: str = "person") -> dict[str, str]:
    table = ENTITIES[entity].table
    with desk.store.read() as conn:
        return {r.id: r.digest for r in conn.execute(select(table.c.id, table.c.digest))}


def server_digests(county: County, entity: str = "person") -> dict[str, str]:
    table = ENTITIES[entity].table
    with county.store.read() as conn:
        return {r.id: r.digest for r in conn.execute(select(table.c.id, table.c.digest))}


def come_to_rest(county: County, *desks: Desk) -> None:
    """After two more rounds both ends hold the same people and the same conflicts, and every audit chain is whole."""
    sync(*desks, *desks)
    for desk in desks:
        assert digests(desk) == server_digests(county)
        assert digests(desk, "conflict") == server_digests(county, "conflict")
        with desk.store.read() as conn:
            assert list(audit.verify(conn)) == []


def statuses(desk: Desk, record_id: str) -> list[str]:
    with desk.store.read() as conn:
        mine = (EVENT.c.entity_id == record_id, EVENT.c.device == desk.store.identity.device)
        rows, acked = conn.execute(select(EVENT.c.seq, EVENT.c.status).where(*mine).order_by(EVENT.c.seq)).all(), outbox.acked(conn)
    return [r.status or ("applied" if r.seq <= acked else "pending") for r in rows]


def link_of(desk: Desk) -> dict[str, str]:
    with desk.store.read() as conn:
        found: dict[str, str] = settings.get(conn, "link")
    return found
