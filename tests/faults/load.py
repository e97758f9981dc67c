"""./run load: many devices at one server at the same moment; none may fail, and nothing may be lost.

Every device is the real client over an encrypted database of its own; the server is guiyan-server serve.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from models.base import new_id
from models.errors import GuiyanError, KnownError
from models.records import Cell
from models.store import opening, outbox, settings
from models.store.unit import Identity, New, Store
from models.sync import client, enrol, keys, proving
from models.sync.transports.http import HttpTransport, Server
from models.tables.system import EVENT, FEED
from resources import divisions
from server.setup import prepare
from tests.faults import bed
from tests.faults.__main__ import database

KEY = bytes(32)
FULL = "Exceeded concurrency limit."  # uvicorn's word when it sends somebody away with 503


class Counting(HttpTransport):
    """busy: how often the server said to come back later, over all devices."""

    busy, _lock = 0, threading.Lock()

    def _plain(self, method: str, target: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
        try:
            return super()._plain(method, target, body, headers)
        except KnownError as e:
            if e.code == "server.busy":
                with Counting._lock:
                    Counting.busy += 1
            raise


@dataclass(frozen=True, slots=True)
class Device:
    folder: Path
    identity: Identity
    private: bytes


def _devices(folder: Path, server: Store, own: enrol.ServerKeys, count: int, records: int) -> list[Device]:
    """Workspaces with records that wait. One is made, the others are copies that got a name of their own."""
    villages = [d.code for d in divisions.all() if d.level == "village"]
    (folder / "template").mkdir()
    opening.create_workspace(folder / "template", KEY, Identity(new_id(), villages[0])).close()
    made = []
    for n in range(count):
        device = Device(folder / f"device{n}", Identity(new_id(), villages[n % len(villages)]), keys.new_signing_key())
        shutil.copytree(folder / "template", device.folder)
        store = opening.open_workspace(device.folder, KEY)
        with store.transaction() as conn:
            settings.put(conn, "identity", {"device": device.identity.device, "office": device.identity.office, "letter": "A"})
        store.load_identity()
        with store.write("王村", "登记") as unit:
            unit.create_many("person", [New({"name": Cell.of("王小雁"), "phone": Cell.of(f"139{n:04}{i:04}")}) for i in range(records)])
        store.close()
        with server.transaction() as conn:
            ticket = enrol.issue(conn, own, device.identity.office, "https://127.0.0.1:1")
            enrol.accept(conn, enrol.joining(ticket, device.identity.device, "load", device.private))
        made.append(device)
        bed.progress(f"preparing {n + 1}/{count} devices")
    return made


def _round(device: Device, address: Server, link: client.Link, together: threading.Barrier) -> tuple[float, str, list[str]]:
    """(seconds, error code or '', what is wrong afterwards)"""
    store = opening.open_workspace(device.folder, KEY)
    try:
        together.wait()
        start, code = time.monotonic(), ""
        try:
            with Counting(address, device.identity.device, device.private) as transport:
                client.sync(store, link, transport)
        except GuiyanError as e:
            code = e.code
        took = time.monotonic() - start
        with store.read() as conn:
            wrong = proving.verify_receipts(conn, link.server_key)
            if outbox.pending(conn):
                wrong.append(f"{outbox.pending(conn)} changes without a receipt")
        return took, code, wrong
    finally:
        store.close()


def run(db: str, count: int, records: int, folder: Path) -> bool:
    with database(db, folder) as url:
        store, own = prepare(url, "127.0.0.1")
        devices = _devices(folder, store, own, count, records)
        server = bed.Server(url, folder)
        server.start()
        address = Server(f"https://127.0.0.1:{server.port}", own.certificate)
        together, start = threading.Barrier(count + 1), 0.0
        with ThreadPoolExecutor(count) as pool:
            rounds = [
                pool.submit(_round, d, address, client.Link(own.id, own.public, d.private), together)
                for d in devices
            ]
            together.wait()
            start = time.monotonic()
            done = [r.result() for r in rounds]
            took = time.monotonic() - start
        server.kill()
        with store.read() as conn:
            events = int(conn.execute(select(func.count()).select_from(EVENT)).scalar_one())
            feed = int(conn.execute(select(func.count()).select_from(FEED)).scalar_one())
        store.close()
    errors, wrong = Counter(code for _, code, _ in done if code), [w for _, _, those in done for w in those]
    times = sorted(t for t, _, _ in done)
    print(
        f"{db}: {count} devices of {records} records in {took:.1f} s ({count * records / took:.0f} records/s); a device waited "
        f"{statistics.median(times):.1f} s (median), {times[-1]:.1f} s (longest); busy {Counting.busy} times, each asked again"
    )
    lost = count * records - min(events, feed)
    lines = server.told().splitlines()
    told = [line for line in lines if not line.endswith(FULL)]
    print(f"  errors {dict(errors) or 'none'}; lost {lost}; claims without proof {len(wrong)}; too many lines at once {len(lines) - len(told)}")
    print("\n".join([*wrong[:5], *told[-20:]]))
    return not errors and not lost and not wrong and not told


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run load", description=__doc__)
    parser.add_argument("--devices", type=int, default=500)
    parser.add_argument("--records", type=int, default=200)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    a = parser.parse_args()
    with contextlib.suppress(ValueError, OSError):  # a device has about eight files open
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="guiyan-load-") as folder:
        return 0 if run(a.db, a.devices, a.records, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
