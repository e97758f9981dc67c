"""Fifty villages' sticks in one folder, taken in one go by the server's command, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.base import new_id
from models.errors import RuleError
from models.records import Cell
from models.services import sticks, syncing
from models.store import opening, outbox
from models.store.unit import Identity, Store
from models.sync import asking, enrol, keys, parcel, sealing
from models.sync.client import Link
from models.sync.transports import folder as stick
from models.sync.transports.http import HttpTransport, Server
from models.tables import ENTITIES
from models.tables.system import DEVICE
from resources import divisions
from server import cli
from server.setup import prepare
from tests.conftest import TOWNSHIP, County, DeskFactory

VILLAGES = [v.code for v in divisions.villages(TOWNSHIP)]


def device(server: Store, own: enrol.ServerKeys, folder: Path, office: str) -> tuple[Store, Link]:
    folder.mkdir()
    store, private = opening.create_workspace(folder, bytes(32), Identity(new_id(), office)), keys.new_signing_key()
    with store.transaction() as conn:
        key = sealing.own_key(conn)[1]
    with server.transaction() as conn:
        ticket = enrol.issue(conn, own, office, "https://127.0.0.1:1")
        enrol.accept(conn, enrol.joining(ticket, store.identity.device, "test", private, key))
        joined = sealing.own_key(conn)[1]
    with store.transaction() as conn:
        asking.remember(conn, [asking.Recipient("", own.id, joined)])
    return store, Link(own.id, own.public, private)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_fifty_villages_in_one_go(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    url = f"sqlite:///{tmp_path / 'county.db'}" if database == "sqlite" else request.getfixturevalue("postgres_url")
    server, own = prepare(url, "127.0.0.1")
    usb = tmp_path / "收来的U盘"
    usb.mkdir()
    with ExitStack() as stack:
        stack.callback(server.close)
        devices = []
        for n in range(50 if database == "sqlite" else 8):
            office = VILLAGES[n % len(VILLAGES)]
            store, link = device(server, own, tmp_path / str(n), office)
            stack.callback(store.close)
            devices.append((store, link))
            with store.write("村主任", "登记") as unit:
                for i in range(3):
                    unit.create("person", {"name": Cell.of(f"村民{n}之{i}")}, village=office)
            for head, data in asking.parcels(store, link):
                stick.write(usb, stick.file_name(head), data)
        assert cli.main(["stick", str(usb), "--db", url, "--json"]) == 0
        lines = json.loads(capsys.readouterr().out)
        assert [x["code"] for x in lines] == ["taken"] * len(devices) + ["answered"] * len(devices)
        assert all("已接收 3 条变更" in x["sentence"] for x in lines[: len(devices)])
        answers = {p.name.split("_")[2]: p for p in stick.find(usb) if "县级答复" in p.name}
        for store, link in devices:
            done = asking.take(store, link, answers[store.identity.device[-6:]].read_bytes())[1]
            assert done.acknowledged == 3
            with store.read() as conn:
                assert outbox.pending(conn) == 0
        with server.read() as conn:
            assert conn.execute(select(func.count()).select_from(ENTITIES["person"].table)).scalar() == 3 * len(devices)
        assert cli.main(["stick", str(usb / "没有"), "--db", url]) == 1
        assert "找不到文件夹" in capsys.readouterr().err


def test_a_parcel_over_https_is_taken_from_any_device_that_may_talk(joined: DeskFactory, county: County, usb_bytes: bytes) -> None:
    town = joined()
    link, address, certificate = syncing.county(town)
    with HttpTransport(Server(address, certificate), town.store.identity.device, link.private) as transport:
        assert sealing.is_key(transport.greet().sealing)
        answer = parcel.peek(transport.carry(usb_bytes))
        assert (answer.kind, answer.device) == ("answer", parcel.peek(usb_bytes).device)
        for wrong in (b"", b"GUIYANBOX", usb_bytes[:-1], transport.carry(usb_bytes)):
            with pytest.raises(RuleError) as told:
                transport.carry(wrong)
            assert told.value.code.startswith("parcel.")
        with county.store.transaction() as conn:
            conn.execute(DEVICE.update().where(DEVICE.c.id == town.store.identity.device).values(revoked_at="2026-11-24"))
        with pytest.raises(RuleError) as told:
            transport.carry(usb_bytes)
        assert told.value.code == "device.revoked"


@pytest.fixture
def usb_bytes(joined: DeskFactory, tmp_path: Path) -> bytes:
    """A village's parcel."""
    village = joined(VILLAGES[0], "王村")
    sticks.write(village, tmp_path)
    return stick.find(tmp_path)[0].read_bytes()
