"""Any mix of edits, rounds over the network, and sticks that are lost, late or read twice ends with the county's records."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.base import new_id
from models.errors import KnownError
from models.records import Cell
from models.store import audit, opening, outbox
from models.store import settings as local
from models.store.unit import Identity, Store
from models.sync import answering, asking, client, enrol, feed, ingest, keys, laying, parcel, sealing, wire
from models.sync.parcel import Below
from models.tables import ENTITIES
from models.tables.system import EVENT
from server.setup import prepare
from tests.conftest import TOWNSHIP, VILLAGE
from tests.long import examples

OFFICES = (TOWNSHIP, VILLAGE, VILLAGE)
VALUES = {"phone": ("13900000001", "13900000002"), "wechat": ("甲", "乙"), "sex": ("1", "不是代码")}


class Device:
    """One device with its pocket of sticks; the network is the server's own code, called in this process."""

    def __init__(self, server: Store, own: enrol.ServerKeys, store: Store) -> None:
        self.server, self.own, self.store = server, own, store
        self.out: list[bytes] = []
        self.back: list[bytes] = []
        private = keys.new_signing_key()
        self.link = client.Link(own.id, own.public, private)
        with store.transaction() as conn:
            key = sealing.own_key(conn)[1]
        with server.transaction() as conn:
            ticket = enrol.issue(conn, own, self.office, "https://127.0.0.1:1")
            enrol.accept(conn, enrol.joining(ticket, self.device, "test", private, key))
            self.county = sealing.own_key(conn)[1]

    @property
    def office(self) -> str:
        return self.store.identity.office

    @property
    def device(self) -> str:
        return self.store.identity.device

    def greet(self) -> client.Greeting:
        with self.server.read() as conn:
            return client.Greeting(ingest.device_row(conn, self.device)["last_seq"], "2026-11-24T00:00:00.000Z")

    def push(self, batch: bytes) -> bytes:
        return ingest.ingest(self.server, self.own.signing, batch)

    def pull(self, after: int, limit: int, mark: str | None = None) -> bytes:
        with self.server.read() as conn:
            groups, position, more = feed.page(conn, self.office, after, limit, self.device)
        return wire.pack_page(self.own.id, self.own.signing, groups, position, more=more)

    def carry(self, data: bytes) -> bytes:
        return answering.take(self.server, self.own, data).answer

    def round(self) -> None:
        answer = asking.exchange(self.store, self.link, self.county, self.carry)
        client.sync(self.store, self.link, self)
        laying.settle(self.store, answer.below)

    def lost_round(self) -> None:
        """The county takes everything, and its answer never comes."""

        class Cut:
            greet, pull = self.greet, self.pull

            def push(_self, batch: bytes) -> bytes:
                self.push(batch)
                raise KnownError("net.down", "断线")

        try:
            client.sync(self.store, self.link, Cut())
        except KnownError as e:
            assert e.code == "net.down"  # noqa: PT017

    def deaf_round(self) -> None:
        """Everything goes up and is acknowledged; nothing comes down."""

        class Cut:
            greet, push = self.greet, self.push

            def pull(_self, after: int, limit: int, mark: str | None = None) -> bytes:
                raise KnownError("net.down", "断线")

        try:
            client.sync(self.store, self.link, Cut())
        except KnownError as e:
            assert e.code == "net.down"  # noqa: PT017

    def write(self) -> None:
        self.out += [data for _head, data in asking.parcels(self.store, self.link)]

    def to_county(self, which: int) -> None:
        if self.out:
            self.back.append(self.carry(self.out[which % len(self.out)]))

    def read(self, which: int) -> None:
        if self.back:
            answer, got = asking.take(self.store, self.link, self.back[which % len(self.back)])
            if not (got.earlier or got.restored):
                laying.settle(self.store, answer.below)

    def show(self, village: Device, which: int) -> None:
        """The township reads a village's stick."""
        if not village.out:
            return
        with self.store.transaction() as conn:
            secret = sealing.own_key(conn)[0]
            below = local.get(conn, "below")
        writer = next(Below(**b) for b in below if b["device"] == village.device)
        data = village.out[which % len(village.out)]
        public = keys.public_of(village.link.private)
        for part in parcel.parts_of(data, parcel.peek(data), secret)[1:]:
            laying.lay(self.store, writer, wire.read_batch(part, public)[1])


@contextmanager
def world(folder: Path) -> Iterator[tuple[Store, list[Device]]]:
    with ExitStack() as stack:
        server, own = prepare(f"sqlite:///{folder / 'county.db'}", "127.0.0.1")
        stack.callback(server.close)
        devices = []
        for n, office in enumerate(OFFICES):
            (folder / str(n)).mkdir()
            store = opening.create_workspace(folder / str(n), bytes(32), Identity(new_id(), office))
            stack.callback(store.close)
            devices.append(Device(server, own, store))
        yield server, devices


def digests(store: Store) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    with store.read() as conn:
        for name in ("person", "conflict"):
            table = ENTITIES[name].table
            found |= {r.id: (r.digest, r.deleted) for r in conn.execute(select(table.c.id, table.c.digest, table.c.deleted))}
    return found


WHO, WHICH = st.integers(0, 2), st.integers(0, 3)
STEP = st.one_of(
    st.tuples(st.just("edit"), WHO, st.integers(0, 2), st.sampled_from(["phone", "wechat", "sex"]), st.integers(0, 1)),
    st.tuples(st.just("new"), WHO, st.booleans()),
    st.tuples(st.sampled_from(["round", "lost_round", "deaf_round", "write"]), WHO),
    st.tuples(st.sampled_from(["to_county", "read"]), WHO, WHICH),
    st.tuples(st.just("show"), st.integers(1, 2), WHICH),
)


@settings(max_examples=examples(40, 2000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=18))
# A lost answer, then a stick that brings it, and in between another office's change of the same record.
@example([("edit", 1, 0, "phone", 0), ("write", 1), ("edit", 1, 1, "phone", 1), ("lost_round", 1), ("edit", 0, 1, "phone", 0),
          ("round", 0), ("to_county", 1, 0), ("read", 1, 0), ("round", 1)])  # fmt: skip
# The township changes what it shows, after the county has it and before it has heard so.
@example([("edit", 1, 0, "phone", 0), ("write", 1), ("to_county", 1, 0), ("show", 1, 0), ("edit", 0, 0, "wechat", 0),
          ("round", 0)])  # fmt: skip
# What was shown is refused, on a record that the township itself had changed before, and after.
@example([("edit", 0, 0, "wechat", 0), ("edit", 1, 0, "sex", 1), ("write", 1), ("show", 1, 0), ("round", 0)])
@example([("edit", 1, 0, "phone", 0), ("write", 1), ("show", 1, 0), ("edit", 0, 0, "wechat", 0), ("to_county", 1, 0),
          ("edit", 1, 0, "sex", 1), ("write", 1), ("show", 1, 1), ("round", 0), ("round", 1), ("round", 0)])  # fmt: skip
# An answer on a stick that is older than what the county has acknowledged over the network since.
@example([("edit", 0, 0, "wechat", 0), ("round", 0), ("write", 1), ("to_county", 1, 0), ("edit", 1, 0, "wechat", 0),
          ("deaf_round", 1), ("edit", 1, 0, "phone", 0), ("deaf_round", 1), ("read", 1, 0)])  # fmt: skip
# The township shows what the county refuses, and what it has seen and changed since.
@example([("new", 1, True), ("edit", 1, 0, "wechat", 0), ("write", 1), ("show", 1, 0), ("edit", 0, 0, "wechat", 1), ("round", 0),
          ("to_county", 1, 0), ("round", 0), ("show", 1, 0), ("read", 1, 0)])  # fmt: skip
def test_sticks_and_network_converge(steps: list[tuple[object, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as (server, devices):
        with devices[0].store.write("李经办", "登记") as unit:
            people = [unit.create("person", {"name": Cell.of(n)}, village=VILLAGE) for n in ("张三", "李四", "王五")]
        for device in devices * 2:
            device.round()
        for what, who, *rest in steps:
            device = devices[int(str(who))]
            if what == "edit":
                person, field, value = rest
                with device.store.write(f"经办{who}", "修改") as unit:
                    unit.update("person", people[int(str(person))], {str(field): Cell.of(VALUES[str(field)][int(str(value))])})
            elif what == "new":
                with device.store.write(f"经办{who}", "登记") as unit:
                    unit.create(
                        "person", {"name": Cell.of("新人"), "sex": Cell.of(VALUES["sex"][bool(rest[0])])}, village=VILLAGE
                    )
            elif what == "show":
                devices[0].show(device, int(str(rest[0])))
            else:
                getattr(device, str(what))(*rest)
        for device in devices * 2:
            device.round()
        _all_is_the_countys(server, devices)


def _all_is_the_countys(server: Store, devices: list[Device]) -> None:
    there = digests(server)
    for device in devices:
        with device.store.read() as conn:
            assert list(audit.verify(conn)) == []
            assert client.verify_receipts(conn, device.own.public) == []
            assert outbox.pending(conn) == 0
            assert laying.waiting(conn) == 0
            wrong = (EVENT.c.device == device.device, EVENT.c.status.in_(("refused", "held")))
            unsettled = set(conn.execute(select(EVENT.c.entity_id).where(*wrong)).scalars())
        # What the county refused stays with its writer alone, as it was typed, until it is mended.
        mine = digests(device.store)
        assert {k: v for k, v in mine.items() if k not in unsettled} == {k: v for k, v in there.items() if k not in unsettled}
