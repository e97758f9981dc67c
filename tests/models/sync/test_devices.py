"""Devices and a real county over HTTPS: what is cut, repeated, replayed, revoked or set back loses and doubles nothing."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from models.errors import GuiyanError, KnownError
from models.records import Cell
from models.services import conflicts, syncing
from models.services import desk as desks
from models.services.desk import Desk
from models.store import audit, settings
from models.sync import client, keys, proving
from models.sync.transports.http import HttpTransport, Server
from models.tables import ENTITIES
from models.tables.system import DEVICE, EVENT, TICKET
from tests.conftest import COUNTY, PASSWORD, SIBLING, VILLAGE, County, DeskFactory, enrolled


def add(desk: Desk, name: str = "张三", **cells: str) -> str:
    full = {"name": Cell.of(name), **{k: Cell.of(v) for k, v in cells.items()}}
    with desk.store.write("李经办", "登记") as unit:
        return unit.create("person", full, village=VILLAGE)


def change(desk: Desk, who: str, **cells: str | None) -> None:
    with desk.store.write("李经办", "修改") as unit:
        unit.update("person", who, {k: Cell.of(v) for k, v in cells.items()})


def digest(desk: Desk, who: str) -> str | None:
    found = desk.store.get("person", who)
    return found.digest if found else None


@contextmanager
def line(desk: Desk) -> Iterator[tuple[client.Link, HttpTransport]]:
    with desk.store.read() as conn:
        link = settings.get(conn, "link")
    private = base64.b64decode(link["private"])
    known = client.Link(link["server_id"], base64.b64decode(link["server_key"]), private)
    with HttpTransport(Server(link["address"], link["certificate"]), desk.store.identity.device, private) as transport:
        yield known, transport


def events_on(county: County) -> int:
    with county.store.read() as conn:
        return int(conn.execute(select(func.count()).select_from(EVENT)).scalar_one())


def test_two_offices_merge_and_clash_and_both_see_it(desk_factory: DeskFactory, either_county: County) -> None:
    town, village = enrolled(desk_factory(), either_county), enrolled(desk_factory(VILLAGE, "王村"), either_county)
    who = add(town, phone="13800001111", services_wanted="")
    syncing.run(town)
    syncing.run(village)
    change(town, who, wechat="zs", phone="13900000001")
    change(village, who, address="村东", phone="13900000002")
    syncing.run(town)
    assert syncing.run(village).exceptions == {"conflict": 1}
    syncing.run(town)
    a, b = town.store.get("person", who), village.store.get("person", who)
    assert a is not None
    assert b is not None
    assert (a.wechat, a.address, a.phone) == ("zs", "村东", "13900000001") == (b.wechat, b.address, b.phone)
    (clash,), (same,) = conflicts.open_list(town), conflicts.open_list(village)
    assert clash.id == same.id
    conflicts.settle(village, same.id, "other")
    assert syncing.run(village).exceptions == {}
    syncing.run(town)
    assert conflicts.open_list(town) == conflicts.open_list(village) == []
    settled = town.store.get("person", who)
    assert settled is not None
    assert settled.phone == "13900000002"
    assert digest(town, who) == digest(village, who)
    for store in (town.store, village.store, either_county.store):
        with store.read() as conn:
            assert list(audit.verify(conn)) == []
    with village.store.read() as conn:
        assert proving.verify_receipts(conn, either_county.own.public) == []


def test_a_pulled_record_never_overwrites_what_is_not_sent(joined: DeskFactory) -> None:
    town, village = joined(), joined(VILLAGE, "王村")
    edited, deleted = add(town, phone="13800001111"), add(town, "李四")
    syncing.run(town)
    syncing.run(village)
    change(town, edited, phone="13900000001", wechat="zs")
    change(town, deleted, wechat="ls")
    syncing.run(town)
    change(village, edited, phone="13900000002")
    with village.store.write("王村", "删除") as unit:
        unit.delete("person", deleted)
    with line(village) as (link, transport):
        transport.greet()
        client._pull_all(village.store, link, transport, client.Report(), lambda *_: None)
    one, two = village.store.get("person", edited), village.store.get("person", deleted)
    assert one is not None
    assert two is not None
    assert (one.phone, one.wechat) == ("13900000002", "zs")
    assert two.deleted


def test_a_refused_record_is_mended_and_an_unwanted_one_is_let_go(joined: DeskFactory, county: County) -> None:
    town = joined()
    bad, unwanted, good = add(town, sex="不是代码"), add(town, "甲", sex="不是代码"), add(town, "乙")
    assert syncing.run(town).exceptions == {"refused": 2}
    states = {i: syncing.record_state(town, i) for i in (bad, unwanted, good)}
    assert states == {bad: "refused", unwanted: "refused", good: "received"}
    change(town, bad, sex=None)
    with town.store.write("李经办", "删除") as unit:
        unit.delete("person", unwanted)
    assert syncing.run(town).exceptions == {}
    assert syncing.record_state(town, bad) == "received"
    assert syncing.status(town).refused == 0


def test_a_lost_reply_is_asked_for_again_and_nothing_is_doubled(joined: DeskFactory, county: County) -> None:
    town = joined()
    good, bad = add(town), add(town, "甲", sex="不是代码")

    class Cut:
        """The server commits; its answer is lost."""

        def __init__(self, inner: HttpTransport) -> None:
            self.inner, self.pull, self.greet = inner, inner.pull, inner.greet

        def push(self, batch: bytes) -> bytes:
            self.inner.push(batch)
            raise KnownError("net.cut", "断线")

    with line(town) as (link, transport), pytest.raises(KnownError, match="断线"):
        client.sync(town.store, link, Cut(transport))
    before = events_on(county)
    assert before == 3  # the account and two people
    assert syncing.status(town).pending == 3  # nothing is claimed without a receipt
    assert syncing.run(town).exceptions == {"refused": 1}
    assert events_on(county) == before
    assert (syncing.record_state(town, good), syncing.record_state(town, bad)) == ("received", "refused")


def test_one_changed_byte_applies_nothing(joined: DeskFactory, county: County) -> None:
    town = joined()
    add(town)
    seen: list[str] = []

    class Flip:
        def __init__(self, inner: HttpTransport, at: int) -> None:
            self.inner, self.at, self.pull, self.greet = inner, at, inner.pull, inner.greet

        def push(self, batch: bytes) -> bytes:
            return self.inner.push(batch[: self.at] + bytes([batch[self.at] ^ 1]) + batch[self.at + 1 :])

    for at in (0, 6, 8, 40, 300, -70, -1):
        with line(town) as (link, transport), pytest.raises(GuiyanError) as told:
            client.sync(town.store, link, Flip(transport, at % 400))
        seen.append(told.value.code)
    assert all(code.startswith(("batch.", "device.")) for code in seen), seen
    assert events_on(county) == 0
    assert syncing.status(town).pending == 2


def test_replayed_revoked_and_foreign_requests(joined: DeskFactory, county: County) -> None:
    town = joined()
    add(town)
    with line(town) as (_link, transport):
        transport.greet()
        transport.pull(0, 10)
        transport._count -= 1
        with pytest.raises(GuiyanError) as told:
            transport.pull(0, 10)
        assert told.value.code == "session.replayed"
        transport._count += 5
        with county.store.transaction() as conn:
            conn.execute(update(DEVICE).values(revoked_at="2026-11-24T00:00:00.000Z"))
        with pytest.raises(GuiyanError) as told:  # its session is still open
            transport.pull(0, 10)
        assert told.value.code == "device.revoked"
    with pytest.raises(GuiyanError) as told:
        syncing.run(town)
    assert told.value.code == "device.revoked"
    with county.store.transaction() as conn:
        conn.execute(TICKET.update().values(used_by=None))
        conn.execute(DEVICE.update().values(revoked_at=None, id="0" * 32))
    with pytest.raises(GuiyanError) as told:
        syncing.run(town)
    assert told.value.code == "device.unknown"
    other, _key = keys.new_certificate("127.0.0.1")
    with town.store.transaction() as conn:
        settings.put(conn, "link", {**settings.get(conn, "link"), "certificate": other})
    with pytest.raises(GuiyanError) as told:
        syncing.run(town)
    assert told.value.code == "net.certificate"
    assert syncing.status(town).pending == 2


def test_a_restored_backup_is_noticed(joined: DeskFactory, tmp_path: Path) -> None:
    town = joined()
    add(town)
    syncing.run(town)
    folder = tmp_path / "backup"
    town.close()
    shutil.copytree(town.folder, folder)
    again = desks.unlock(town.folder, "李经办", PASSWORD)
    add(again, "李四")
    syncing.run(again)
    again.close()
    old = desks.unlock(folder, "李经办", PASSWORD)
    with pytest.raises(GuiyanError) as told:
        syncing.run(old)
    assert told.value.code == "device.rewound"
    add(old, "王五")  # as many events as before, but others
    with pytest.raises(GuiyanError) as told:
        syncing.run(old)
    assert told.value.code == "device.rewound"
    assert syncing.status(old).pending == 1
    old.close()


def test_a_restored_server_is_pulled_anew(joined: DeskFactory, county: County) -> None:
    town, desk = joined(), joined(COUNTY, "赵县")
    who = add(town)
    syncing.run(town)
    with desk.store.transaction() as conn:
        settings.put(conn, "cursor", 1_000)  # it pulled from a server that has lost its latest positions
    syncing.run(desk)
    assert digest(desk, who) == digest(town, who)


def test_a_village_pulls_nothing_of_its_sibling(joined: DeskFactory) -> None:
    town, village, sibling = joined(), joined(VILLAGE, "王村"), joined(SIBLING, "孙村")
    who = add(town)
    for desk in (town, village, sibling):
        syncing.run(desk)
    assert digest(village, who) == digest(town, who)
    assert digest(sibling, who) is None
    table = ENTITIES["person"].table
    with sibling.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(table)).scalar() == 0
