"""A county of five devices in one process: the server's own application without TLS, clocks that lie, lines that fail,
databases that are copied from a template. Everything else is the product's code, from the services to the routes."""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from models import base
from models.records import Cell
from models.services import desk as desks
from models.services import joining, people, requests, syncing
from models.services.desk import Desk
from models.store import opening
from models.store.unit import Store
from models.sync import client, enrol
from models.sync.transports import http
from server.app import make_app
from server.setup import prepare
from tests.conftest import BUREAU, COUNTY, PASSWORD, SIBLING, TOWNSHIP, VILLAGE

# Who the five devices belong to. Two of one office write on the same records; in the other a bureau has a say as well.
LINE_UPS = (
    ((TOWNSHIP, "甲"), (TOWNSHIP, "乙"), (VILLAGE, "村"), (SIBLING, "邻"), (COUNTY, "县")),
    ((TOWNSHIP, "甲"), (VILLAGE, "村"), (VILLAGE, "支"), (COUNTY, "县"), (BUREAU, "局")),
)
STICKS = 2
ADDRESS = "https://127.0.0.1:1"
_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # nobody pulls a plug here


class _Skew(threading.local):
    days = 0


SKEW = _Skew()  # of the thread that acts for a device; the server's threads have none


class _Datetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + timedelta(days=SKEW.days)


class _Time:
    @staticmethod
    def time_ns() -> int:
        return time.time_ns() + SKEW.days * 86_400 * 10**9


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The loop in which every server of this process answers."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return loop


class Line(httpx.BaseTransport):
    """A device's line to the server. faults: what the requests of this round suffer, by their number.

    cut: the request is lost, and may arrive much later; lost: the answer is; twice: it arrives twice; down: from there
    on nothing passes. posted: batches as they were sent. between: called once, before the first page of a round is asked for.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.up = True
        self.faults: Mapping[int, str] = {}
        self.posted: list[bytes] = []
        self.between: Callable[[], None] | None = None
        self._count = 0

    def begin(self, faults: Mapping[int, str], between: Callable[[], None] | None = None) -> None:
        self.faults, self.between, self._count = faults, between, 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        fault, self._count = self.faults.get(self._count, ""), self._count + 1
        if fault == "down" or not self.up:
            self.faults = dict.fromkeys(range(self._count, self._count + 100), "down")
            raise httpx.ConnectError("down", request=request)
        body = request.read()
        if request.url.path == "/v1/batches":
            self.posted.append(body)
        if request.url.path == "/v1/records" and self.between:
            between, self.between = self.between, None
            between()
        if fault == "cut":
            raise httpx.ReadError("cut", request=request)
        answer = self._ask(request, body)
        if fault == "twice":
            self._ask(request, body)
        if fault == "lost":
            raise httpx.ReadError("lost", request=request)
        return answer

    def _ask(self, request: httpx.Request, body: bytes) -> httpx.Response:
        async def asked() -> tuple[int, bytes]:
            passed = httpx.Request(request.method, request.url, headers=request.headers, content=body)
            response = await httpx.ASGITransport(self._world.app).handle_async_request(passed)
            return response.status_code, await response.aread()

        answer: Future[tuple[int, bytes]] = asyncio.run_coroutine_threadsafe(asked(), _loop())
        status, content = answer.result(3600)  # a machine that is busy with other things is no finding
        return httpx.Response(status, content=content)


@dataclass
class Device:
    """One office's workspace. backup: where a copy of it is kept, None without; stopped: the server wants it to join again."""

    desk: Desk
    line: Line
    skew: int = 0
    backup: Path | None = None
    stopped: bool = False

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def id(self) -> str:
        return self.store.identity.device


def _copy_database(source: Path, target: Path) -> None:
    """The file and what is in its log; nobody writes meanwhile."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for end in ("", "-wal", "-shm"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    for end in ("", "-wal"):
        if (file := source.with_name(source.name + end)).exists():
            shutil.copyfile(file, target.with_name(target.name + end))


class World:
    """The server, its devices and the sticks that go between them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(base, "datetime", _Datetime)
        self.patch.setattr(base, "time", _Time)
        self.patch.setattr(http, "_open", lambda server: httpx.Client(base_url=server.address, transport=self._acting))
        self._acting: httpx.BaseTransport = httpx.MockTransport(lambda _: httpx.Response(500))
        self.devices: list[Device] = []
        self.backup: Path | None = None
        self._tickets = 0
        self._start()

    def _start(self) -> None:
        self.server, self.own = prepare(f"sqlite:///{self.folder / 'county.db'}", "127.0.0.1")
        self.app = make_app(self.server, self.own)

    def close(self) -> None:
        for device in self.devices:
            device.desk.close()
        self.server.close()
        self.patch.undo()
        SKEW.days = 0

    def acting(self, device: Device) -> Acting:
        return Acting(self, device)

    def ticket(self, office: str) -> Path:
        with self.server.transaction() as conn:
            ticket = enrol.issue(conn, self.own, office, ADDRESS)
        self._tickets += 1
        path = self.folder / f"ticket{self._tickets}.json"
        path.write_bytes(msgspec.json.encode(ticket))
        return path

    def stick(self, n: int) -> Path:
        path = self.folder / f"stick{n}"
        path.mkdir(exist_ok=True)
        return path

    def keep_server(self) -> None:
        self.backup = self.folder / "kept" / "county.db"
        _copy_database(self.folder / "county.db", self.backup)

    def set_back_server(self) -> None:
        assert self.backup is not None
        self.server.close()
        _copy_database(self.backup, self.folder / "county.db")
        self._start()

    def keep(self, device: Device) -> None:
        device.backup = self.folder / "kept" / f"{device.desk.folder.name}.db"
        _copy_database(device.desk.folder / opening.DATABASE, device.backup)

    def set_back(self, device: Device) -> None:
        assert device.backup is not None
        desk = device.desk
        desk.close()
        _copy_database(device.backup, desk.folder / opening.DATABASE)
        device.desk = Desk(opening.open_workspace(desk.folder, desk.key), desk.account, desk.folder, desk.key)
        device.stopped = False


@dataclass
class Acting:
    """with world.acting(device): its clock is this thread's clock, and its line is the one that the program opens."""

    world: World
    device: Device
    before: tuple[httpx.BaseTransport, int] | None = field(default=None)

    def __enter__(self) -> Desk:
        self.before = self.world._acting, SKEW.days
        self.world._acting, SKEW.days = self.device.line, self.device.skew
        return self.device.desk

    def __exit__(self, *_: object) -> None:
        assert self.before is not None
        self.world._acting, SKEW.days = self.before


@dataclass(frozen=True)
class Template:
    """A county that has just begun, with everything synced. keys: of the workspaces; people: ids, as all have them."""

    folder: Path
    keys: Sequence[bytes]
    people: Sequence[str]


@cache
def template(n: int) -> Template:
    """Made once a process; the lines of one line-up."""
    folder = Path(tempfile.mkdtemp(prefix="guiyan-county-", dir=_MEMORY))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = World(folder)
    try:
        for i, (office, account) in enumerate(LINE_UPS[n]):
            device = Device(desks.init(folder / str(i), office, account, PASSWORD)[0], Line(world))
            world.devices.append(device)
            with world.acting(device) as desk:
                joining.join(desk, world.ticket(office))
        who = _people(world)
        for device in world.devices * 2:
            with world.acting(device) as desk:
                syncing.run(desk)
        return Template(folder, [d.desk.key for d in world.devices], who)
    finally:
        world.close()


def _people(world: World) -> list[str]:
    first, other = world.devices[0].desk, world.devices[2].desk
    who = [people.save(first, None, {"name": Cell.of(name)}, VILLAGE).id for name in ("张三", "李四")]
    who.append(people.save(first, None, {"name": Cell.of("王五")}, SIBLING).id)
    who.append(people.save(other, None, {"name": Cell.of("赵六")}, VILLAGE).id)
    item = next(i for i in requests.items(first) if i.code == "request.help")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    request = requests.submit(first, who[0], item.code, {"text": Cell.of("求助")}, answers=answers)
    requests.act(first, request.id, "accept")
    requests.refer(first, request.id, BUREAU, "请办")
    return who


def county(n: int) -> tuple[World, Sequence[str]]:
    """(a world of its own that has just begun, the ids of the people in it). The caller closes it and removes its folder."""
    made = template(n)
    folder = Path(tempfile.mkdtemp(prefix="guiyan-county-", dir=_MEMORY))
    shutil.copytree(made.folder, folder, dirs_exist_ok=True)
    world = World(folder)
    for i, (_office, account) in enumerate(LINE_UPS[n]):
        store = opening.open_workspace(folder / str(i), made.keys[i])
        world.devices.append(Device(Desk(store, account, folder / str(i), made.keys[i]), Line(world)))
    return world, made.people


def pages_of(world: World, size: int) -> None:
    """Let every first page and first batch be so long."""
    world.patch.setattr(client, "FIRST_PAGE", size)
    world.patch.setattr(client, "LARGEST_PAGE", size)
    world.patch.setattr(client, "FIRST_BATCH", size)
    world.patch.setattr(client, "LARGEST_BATCH", size)
