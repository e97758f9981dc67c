"""Fifty villages' sticks with photos in one folder: records and photos are taken in one go, and every device is answered."""

from __future__ import annotations

import hashlib
import json
import os
import resource
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.records import Cell
from models.store.unit import Store
from models.store.vault import Vault
from models.sync import asking, files, landing, loading
from models.sync.client import Link
from models.sync.transports import folder as stick
from models.tables.system import CHUNK, CONTENT
from server import cli
from server.setup import prepare
from tests.server.test_sticks import VILLAGES, device

PHOTO = 700_000


def attach(store: Store, vault: Vault, person: str, village: str) -> str:
    data = b"\xff\xd8\xff\xe0" + os.urandom(PHOTO - 4)
    parts = "".join(vault.put(part) for part in files.cut(data))
    cells = {"owner_entity": "person", "owner_id": person, "title": "合影.jpg", "media_type": "image/jpeg", "size": PHOTO,
             "sha256": hashlib.sha256(data).hexdigest(), "parts": parts}  # fmt: skip
    with store.write("村主任", "添加附件") as unit:
        made = unit.create("attachment", {k: Cell.of(v) for k, v in cells.items()}, village=village)
        files.mark(unit.conn, made, "waiting")
    return made


def written(store: Store, vault: Vault, link: Link, usb: Path) -> None:
    for head, data in asking.parcels(store, link, compare=True):
        stick.write(usb, stick.file_name(head), data)
    for head, data in loading.loads(store, vault, link, loading.plan(store, vault, [], 1 << 30)):
        stick.write(usb, stick.file_name(head), data)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_fifty_sticks_with_photos(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], database: str
) -> None:
    url = f"sqlite:///{tmp_path / 'county.db'}" if database == "sqlite" else request.getfixturevalue("postgres_url")
    server, own = prepare(url, "127.0.0.1")
    usb, many = tmp_path / "收来的U盘", 50 if database == "sqlite" else 6
    usb.mkdir()
    with ExitStack() as stack:
        stack.callback(server.close)
        devices = []
        for n in range(many):
            office = VILLAGES[n % len(VILLAGES)]
            store, link = device(server, own, tmp_path / str(n), office)
            stack.callback(store.close)
            vault = Vault(tmp_path / str(n), bytes(32))
            with store.write("村主任", "登记") as unit:
                person = unit.create("person", {"name": Cell.of(f"村民{n}")}, village=office)
            devices.append((store, link, vault, attach(store, vault, person, office)))
            written(store, vault, link, usb)
        cut = max(p for p in stick.find(usb) if "附件送县级" in p.name)
        cut.write_bytes(cut.read_bytes()[:-1000])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert cli.main(["stick", str(usb), "--db", url, "--json"]) == 1  # one was cut off: whoever runs it by a script hears of it
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        codes = [x["code"] for x in json.loads(capsys.readouterr().out)]
        assert codes.count("taken") == codes.count("answered") == many
        assert codes.count("files.taken") == codes.count("files.answered") == many - 1
        assert codes.count("parcel.incomplete") == 1
        assert grown < 60 << 10, "KiB: files are looked at one by one"
        with server.read() as conn:
            assert conn.execute(select(func.count()).select_from(CHUNK)).scalar() == 3 * (many - 1)
        sent = 0
        for store, link, vault, made in devices:
            answers = [p for p in stick.find(usb) if p.name.split("_")[2] == store.identity.device[-6:] and "答复" in p.name]
            for path in sorted(answers, key=lambda p: "附件" in p.name):
                if "附件" in path.name:
                    sent += landing.take(store, vault, link, path.read_bytes()).sent
                else:
                    assert asking.take(store, link, path.read_bytes())[1].compared is not None
            with store.read() as conn:
                state = conn.execute(select(CONTENT.c.state).where(CONTENT.c.attachment_id == made)).scalar()
            assert state in ("sent", "waiting")
        assert sent == many - 1
