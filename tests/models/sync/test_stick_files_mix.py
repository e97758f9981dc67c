"""Any mix of photos, sticks with little room, lost and cut sticks, rounds of a carrier and a county that is set back ends with
every photo at the county, and at no moment is one called received that the county does not hold."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, example, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import select

from models.records import Cell
from models.store.unit import Store
from models.store.vault import Vault
from models.sync import asking, enrol, files, landing, loading, parcel, unloading
from models.sync.client import Link
from models.sync.hauling import Hold
from models.sync.transports import folder as stick
from models.tables.system import CHUNK, CONTENT
from server.setup import prepare
from server.sticks import take_folder
from tests.conftest import VILLAGE
from tests.long import examples
from tests.server.test_sticks import device

STICKS = 3
ROOM = 900_000  # of a small stick: a photo of two parts and a half fits once


class World:
    """A village with its sticks, and a carrier that takes sticks' files over a network."""

    def __init__(self, folder: Path, server: Store, own: enrol.ServerKeys, store: Store, link: Link) -> None:
        self.server, self.own, self.store, self.link = server, own, store, link
        self.vault, self.hold, self.made = Vault(folder, bytes(32)), Hold(folder / "carrier"), list[str]()
        (folder / "carrier").mkdir()
        self.sticks = [folder / f"stick{n}" for n in range(STICKS)]
        for path in self.sticks:
            path.mkdir()
        with store.write("村主任", "登记") as unit:
            self.who = unit.create("person", {"name": Cell.of("王小雁")}, village=VILLAGE)

    def photo(self, n: int) -> None:
        data = b"\xff\xd8\xff\xe0" + Random(n).randbytes(600_000)
        sha256 = hashlib.sha256(data).hexdigest()
        parts = "".join(self.vault.put(p) for p in files.cut(data))
        cells = {"owner_entity": "person", "owner_id": self.who, "title": f"{n}.jpg", "media_type": "image/jpeg",
                 "size": len(data), "sha256": sha256, "parts": parts}  # fmt: skip
        with self.store.write("村主任", "添加附件") as unit:
            self.made.append(unit.create("attachment", {k: Cell.of(v) for k, v in cells.items()}, village=VILLAGE))
            files.mark(unit.conn, self.made[-1], "waiting")

    def write(self, n: int, room: int = ROOM) -> None:
        into = self.sticks[n]
        for path in stick.find(into):
            if parcel.peek(stick.read(path)).kind == "batch":
                path.unlink()
        for head, data in asking.parcels(self.store, self.link):
            stick.write(into, stick.file_name(head), data)
        mine = [p.name for p in stick.find(into) if parcel.peek(stick.read(p)).kind == "files"]
        for name in loading.plan(self.store, self.vault, mine, 0).spent:
            (into / name).unlink()
            mine.remove(name)
        for head, data in loading.loads(self.store, self.vault, self.link, loading.plan(self.store, self.vault, mine, room)):
            stick.write(into, stick.file_name(head), data)

    def county(self, n: int) -> None:
        take_folder(self.server, self.own, self.sticks[n])

    def read(self, n: int) -> None:
        found = [(parcel.peek(stick.read(p)), p) for p in stick.find(self.sticks[n])]
        for head, path in sorted(found, key=lambda f: (f[0].kind == "filed", f[0].made)):
            if head.kind == "answer":
                asking.take(self.store, self.link, path.read_bytes())
            elif head.kind == "filed":
                landing.take(self.store, self.vault, self.link, path.read_bytes())

    def carry(self, n: int) -> None:
        for path in stick.find(self.sticks[n]):
            data = path.read_bytes()
            head = parcel.peek(data)
            if head.kind == "files":
                self.hold.keep(head, data)
        self.hold.forward(lambda data: unloading.carried(self.server, self.own, data), lambda _d, _t: True)
        for answer in self.hold.answers_for(self.store.identity.device):
            stick.write(self.sticks[n], stick.file_name(parcel.peek(answer)), answer)

    def lose(self, n: int) -> None:
        for path in stick.find(self.sticks[n]):
            path.unlink()

    def cut(self, n: int) -> None:
        """Pulled out while the last file was written."""
        loads = [p for p in stick.find(self.sticks[n]) if "附件送县级" in p.name]
        if loads:
            loads[-1].unlink()

    def forget(self, n: int) -> None:
        """The county loses every part but its records, and the device is told as a restored server tells it."""
        with self.server.transaction() as conn:
            conn.execute(CHUNK.delete())
        with self.store.transaction() as conn:
            files.send_again(conn)

    def states(self) -> list[str]:
        with self.store.read() as conn:
            found = {r.attachment_id: r.state for r in conn.execute(select(CONTENT))}
        return [found[a] for a in self.made]

    def check(self) -> None:
        with self.server.read() as conn:
            there = set(conn.execute(select(CHUNK.c.sha256)).scalars())
        with self.store.read() as conn:
            for row in files.rows_with_state(conn, CONTENT.c.state == "sent"):
                assert set(files.manifest_of(row).parts) <= there, "called received, and not held"


@contextmanager
def world(folder: Path) -> Iterator[World]:
    with ExitStack() as stack:
        server, own = prepare(f"sqlite:///{folder / 'county.db'}", "127.0.0.1")
        stack.callback(server.close)
        store, link = device(server, own, folder / "village", VILLAGE)
        stack.callback(store.close)
        yield World(folder / "village", server, own, store, link)


STEP = st.tuples(
    st.sampled_from(["photo", "write", "write", "county", "read", "read", "carry", "lose", "cut", "forget"]),
    st.integers(0, STICKS - 1),
)


@how(max_examples=examples(12, 500), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=16))
# The county has a photo, is set back, and the word from before comes afterwards.
@example([("photo", 0), ("write", 0), ("county", 0), ("forget", 0), ("read", 0)])
# Two sticks share a load; the carrier brings one of them, and the other is lost.
@example([("photo", 0), ("photo", 1), ("write", 0), ("write", 1), ("county", 1), ("carry", 0), ("lose", 1), ("read", 0)])
def test_every_photo_arrives(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as here:
        for what, n in steps:
            getattr(here, what)(n if what != "photo" else len(here.made))
            here.check()
        for _ in range(2):
            here.lose(0)
            here.write(0, 1 << 30)
            here.county(0)
            here.read(0)
            here.check()
        assert here.states() == ["sent"] * len(here.made)
        assert not loading.plan(here.store, here.vault, [], 1 << 30).shares
