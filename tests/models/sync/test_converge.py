"""Any order of edits and rounds on three devices ends in the same records everywhere, and no edit disappears."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.base import new_id
from models.records import Cell, changes_of
from models.store import audit, opening
from models.store.unit import Identity, Store
from models.sync import client, enrol, feed, ingest, keys, wire
from models.tables import ENTITIES
from models.tables.system import EVENT
from server.setup import prepare
from tests.conftest import TOWNSHIP, VILLAGE
from tests.long import examples

VALUES = {"phone": ("13900000001", "13900000002"), "wechat": ("甲", "乙")}


class Wire:
    """The server's own code, called in this process: the HTTP of it is tested elsewhere."""

    def __init__(self, store: Store, own: enrol.ServerKeys, device: str) -> None:
        self.store, self.own, self.device = store, own, device

    def greet(self) -> client.Greeting:
        with self.store.read() as conn:
            return client.Greeting(ingest.device_row(conn, self.device)["last_seq"], "2026-11-24T00:00:00.000Z")

    def push(self, batch: bytes) -> bytes:
        return ingest.ingest(self.store, self.own.signing, batch)

    def pull(self, after: int, limit: int, mark: str | None = None) -> bytes:
        with self.store.read() as conn:
            groups, position, more = feed.page(conn, TOWNSHIP, after, limit, self.device)
        return wire.pack_page(self.own.id, self.own.signing, groups, position, more=more)


@contextmanager
def world(folder: Path) -> Iterator[tuple[Store, list[tuple[Store, client.Link, Wire]]]]:
    with ExitStack() as stack:
        server, own = prepare(f"sqlite:///{folder / 'county.db'}", "127.0.0.1")
        stack.callback(server.close)
        devices = []
        for n in range(3):
            home, private = folder / str(n), keys.new_signing_key()
            home.mkdir()
            store = opening.create_workspace(home, bytes(32), Identity(new_id(), TOWNSHIP))
            stack.callback(store.close)
            with server.transaction() as conn:
                ticket = enrol.issue(conn, own, TOWNSHIP, "https://127.0.0.1:1")
                enrol.accept(conn, enrol.joining(ticket, store.identity.device, "test", private))
            devices.append((store, client.Link(own.id, own.public, private), Wire(server, own, store.identity.device)))
        yield server, devices


def digests(store: Store) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    with store.read() as conn:
        for name in ("person", "conflict"):
            table = ENTITIES[name].table
            found |= {r.id: (r.digest, r.deleted) for r in conn.execute(select(table.c.id, table.c.digest, table.c.deleted))}
    return found


EDIT = st.tuples(st.integers(0, 2), st.integers(0, 1), st.sampled_from(["phone", "wechat"]), st.integers(0, 1))
ROUND = st.integers(0, 2)


@settings(max_examples=examples(20, 2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(EDIT, ROUND), max_size=14))
# Of three changes of one record the first is merged and the later ones are taken as they came.
@example([(0, 1, "wechat", 1), (2, 1, "phone", 0), (2, 1, "wechat", 1), (2, 1, "wechat", 0)])
def test_devices_converge_and_no_edit_disappears(steps: list[tuple[int, int, str, int] | int]) -> None:
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as (server, devices):
        with devices[0][0].write("李经办", "登记") as unit:
            people = [unit.create("person", {"name": Cell.of(n)}, village=VILLAGE) for n in ("张三", "李四")]
        for device in devices:
            client.sync(*device)
        wrote: list[tuple[str, str, str]] = []
        for step in steps:
            if isinstance(step, int):
                client.sync(*devices[step])
                continue
            device, who, field, value = step
            with devices[device][0].write(f"经办{device}", "修改") as unit:
                if unit.update("person", people[who], {field: Cell.of(VALUES[field][value])}):
                    wrote.append((people[who], field, VALUES[field][value]))
        for device in devices * 2:
            client.sync(*device)
        there = digests(server)
        assert all(digests(store) == there for store, _, _ in devices)
        with server.read() as conn:
            assert list(audit.verify(conn)) == []
            events = conn.execute(select(EVENT).where(EVENT.c.entity == "person", EVENT.c.kind == "update")).mappings().all()
            history = {(e["entity_id"], f, pair[1][1]) for e in events for f, pair in changes_of(e["changes"]).items()}
            assert {e["status"] for e in events} <= {"", "merged", "conflict"}
            clashing = {(e["entity_id"], f) for e in events if e["status"] == "conflict" for f in changes_of(e["changes"])}
            table = ENTITIES["conflict"].table
            open_ = {(r.record_id, r.field) for r in conn.execute(select(table.c.record_id, table.c.field))}
        assert set(wrote) <= history
        assert clashing == open_
