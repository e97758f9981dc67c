"""Whatever order offices write and sync in, and whatever is lost on the way, all end with the records of a server on PostgreSQL.

On SQLite test_stateful.py plays longer and worse histories.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from sqlalchemy import select

from models.errors import KnownError
from models.records import Cell, changes_of
from models.services import conflicts, people, requests
from models.services.desk import Desk
from models.store import audit, outbox, rows
from models.sync import client, enrol, feed, ingest, keys, proving, wire
from models.tables import ENTITIES
from models.tables.system import EVENT
from server.setup import prepare
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE, DeskFactory


class Line:
    """A transport without a network that loses requests and answers, and repeats batches, as chance has it."""

    def __init__(self, store: object, own: enrol.ServerKeys, desk: Desk, chance: random.Random) -> None:
        self.store, self.own, self.desk, self.chance, self.faults = store, own, desk, chance, 0.25
        private = keys.new_signing_key()
        with store.transaction() as conn:  # type: ignore[attr-defined]
            ticket = enrol.issue(conn, own, desk.office, "https://nowhere")
            enrol.accept(conn, enrol.joining(ticket, desk.store.identity.device, "test", private))
        self.link = client.Link(own.id, own.public, private)

    def _cut(self) -> None:
        if self.chance.random() < self.faults:
            raise KnownError("net.cut", "连接中断")

    def greet(self) -> client.Greeting:
        self._cut()
        with self.store.read() as conn:  # type: ignore[attr-defined]
            row = ingest.device_row(conn, self.desk.store.identity.device)
        return client.Greeting(row["last_seq"], "2026-11-24T00:00:00.000Z")

    def push(self, batch: bytes) -> bytes:
        self._cut()
        receipt = ingest.ingest(self.store, self.own.signing, batch)  # type: ignore[arg-type]
        if self.chance.random() < self.faults:
            receipt = ingest.ingest(self.store, self.own.signing, batch)  # type: ignore[arg-type]
        self._cut()
        return receipt

    def pull(self, after: int, limit: int, mark: str | None = None, *, own: bool = False) -> bytes:
        self._cut()
        for _ in range(3 if self.faults else 0):
            _step(self.desk, self.chance)  # the clerk goes on typing while the round runs
        with self.store.read() as conn:  # type: ignore[attr-defined]
            groups, position, more = feed.page(conn, self.desk.office, after, min(limit, self.chance.choice((1, 3, 1000))), "" if own else self.desk.store.identity.device)
        return wire.pack_page(self.own.id, self.own.signing, groups, position, more=more)

    def sync(self) -> None:
        try:
            client.sync(self.desk.store, self.link, self)
        except KnownError as e:
            assert e.code == "net.cut"  # noqa: PT017


def _write(desk: Desk, who: str, cells: dict[str, Cell]) -> None:
    """Past the window's rule of who writes what: the server refuses what it must, and that has to converge as well."""
    with desk.store.write(desk.account, "修改") as unit:
        unit.update("person", who, cells)


def _step(desk: Desk, chance: random.Random) -> None:
    """One thing that an office does, on whatever it has."""
    ids = people.ids(desk)
    what = chance.choice(("new", "edit", "edit", "edit", "set", "delete", "settle", "ask", "act", "answer"))
    if what == "new" or not ids:
        if desk.level in ("village", "township"):
            village = desk.office if desk.level == "village" else chance.choice((VILLAGE, SIBLING))
            people.save(desk, None, {"name": Cell.of(f"人{chance.randrange(1000)}")}, village)
        return
    who, value = chance.choice(ids), str(chance.randrange(5))
    if what in ("edit", "set", "delete") and desk.level in ("county", "bureau") and chance.random() < 0.95:
        return  # not theirs to change: the server refuses it
    if what == "edit":
        _write(desk, who, {chance.choice(("wechat", "employer", "bank")): Cell.of(value)})
    elif what == "set":
        wanted = chance.sample(("policy", "introduction", "guidance", "internship"), chance.randrange(4))
        _write(desk, who, {"services_wanted": Cell.of(",".join(sorted(wanted)))})
    elif what == "delete" and chance.random() < 0.1:
        people.delete(desk, who)
    elif what == "settle":
        for clash in [c for c in conflicts.open_list(desk) if c.mine][:2]:
            conflicts.settle(desk, clash.id, "kept" if clash.bar else chance.choice(("kept", "other")))
    elif what == "ask" and desk.level in ("village", "township"):
        item = next(i for i in requests.items(desk) if i.code == "request.help")
        answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
        requests.submit(desk, who, item.code, {"text": Cell.of("求助")}, answers=answers)
    elif what == "act":
        for request_id in requests.ids(desk)[:3]:
            request = people.must_get(desk, request_id, "request")
            kinds = [a.kind for a in requests.allowed(desk, request)]
            if "dispatch" in kinds:
                requests.refer(desk, request_id, BUREAU, "请办")
            elif "accept" in kinds:
                requests.act(desk, request_id, "accept")
    elif what == "answer":
        for request_id in requests.ids(desk)[:3]:
            for referral in requests.referrals(desk, request_id):
                if desk.level in ("bureau", "county"):
                    requests.answer_referral(desk, referral.id, f"意见{value}")


def _state(store: object, entity: str, where: Callable[[str], bool]) -> dict[str, tuple[object, ...]]:
    table = ENTITIES[entity].table
    columns = [table.c.id, table.c.village, table.c.digest, table.c.deleted]
    columns += [table.c[n] for n in ("state", "due_on", "reply") if n in table.c]  # folded on each side alike
    with store.read() as conn:  # type: ignore[attr-defined]
        return {r[0]: tuple(r) for r in conn.execute(select(*columns)) if where(r[1])}


@pytest.mark.parametrize("seed", [0, 1, 102, 103, 104, 105])
def test_all_offices_converge(desk_factory: DeskFactory, postgres_url: str, seed: int) -> None:
    store, own = prepare(postgres_url, "127.0.0.1")
    chance = random.Random(seed)
    offices = ((TOWNSHIP, "甲"), (TOWNSHIP, "乙"), (VILLAGE, "村"), (COUNTY, "县"), (BUREAU, "局"))
    lines = [Line(store, own, desk_factory(office, name), chance) for office, name in offices]
    try:
        for _ in range(200):
            line = chance.choice(lines)
            if chance.random() < 0.25:
                line.sync()
                _nothing_typed_is_lost(line.desk)
            else:
                _step(line.desk, chance)
        for _ in range(3):
            for line in lines:
                line.faults = 0.0
                line.sync()
        _all_equal(store, lines)
        with store.read() as conn:
            assert list(audit.verify(conn)) == []
    finally:
        store.close()


def _nothing_typed_is_lost(desk: Desk) -> None:
    """What has no receipt yet stands here as it was typed, whatever has been pulled."""
    typed: dict[tuple[str, str, str], object] = {}
    with desk.store.read() as conn:
        mine = select(EVENT).where(EVENT.c.device == desk.store.identity.device, EVENT.c.seq > outbox.acked(conn)).order_by(EVENT.c.seq)
        for event in conn.execute(mine):
            for name, pair in changes_of(event.changes).items():
                typed[event.entity, event.entity_id, name] = pair[1]
        for (entity, record_id, name), cell in typed.items():
            table = ENTITIES[entity].table
            row = conn.execute(select(table).where(table.c.id == record_id)).mappings().one()
            assert rows.to_wire(ENTITIES[entity], row).get(name) == cell, (entity, name)


def _all_equal(store: object, lines: list[Line]) -> None:
    for line in lines:
        with line.desk.store.read() as conn:
            assert list(audit.verify(conn)) == []
            assert proving.verify_receipts(conn, line.link.server_key) == []
            unsettled = set(conn.execute(select(EVENT.c.entity_id).where(EVENT.c.status.in_(("refused", "held")))).scalars())
            assert outbox.pending(conn) == 0
        for entity in ("person", "request", "request_event", "referral", "conflict"):
            mine = _state(line.desk.store, entity, lambda _: True)
            inside = (lambda v: True) if line.desk.level in ("county", "township") else (lambda v: v == VILLAGE)
            there = _state(store, entity, inside)
            if line.desk.level == "bureau":
                there = {k: v for k, v in _state(store, entity, lambda _: True).items() if k in mine}
            for record in unsettled:  # what was refused stays as typed until a person mends it
                mine.pop(record, None)
                there.pop(record, None)
            assert mine == there, (line.desk.office, entity)
