"""The thread in which a county's server keeps up with the city's server, and how it joins it."""

from __future__ import annotations

import platform
import random
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from models.base import CHINA, parse_stamp, stamp
from models.errors import GuiyanError, KnownError, reason
from models.store import settings
from models.store.unit import Store
from models.sync import enrol, uplink
from models.sync.transports import http

EVERY = 60.0  # seconds between two rounds
LONGEST = 1800.0  # seconds, after failures: each wait is twice the one before


def join(store: Store, own: enrol.ServerKeys, ticket_file: Path) -> str:
    """Join the city's server by a ticket, unless this server has joined by it before; returns a Chinese sentence."""
    try:
        ticket = enrol.read_ticket(ticket_file.read_bytes())
    except OSError as e:
        raise KnownError("ticket.read", f"无法读取接入凭证 {ticket_file}：{reason(e)}。") from e
    with store.transaction() as conn:
        by = uplink.coming(conn, own, ticket)
    if by is None:
        return f"已接入市级服务器 {ticket.address}。"
    private = enrol.raw(by.private)
    said = http.join(ticket, enrol.joining(ticket, by.device, platform.node() or "server", private, kind="server"))
    with store.transaction() as conn:
        uplink.joined(conn, ticket, by, said)
    return f"已作为 {ticket.office_name} 接入市级服务器 {ticket.address}，全部应上报的内容将重新上报一遍。"


class Keeper(threading.Thread):
    """Rounds with the city until stopped, in a thread that no request waits for."""

    def __init__(self, store: Store, every: float = EVERY) -> None:
        super().__init__(name="uplink", daemon=True)
        self._store, self._every = store, every
        self._over = threading.Event()

    def run(self) -> None:
        wait = 0.0
        while not self._over.wait(wait):
            wait = self._every if once(self._store) else min(max(wait, self._every) * 2, LONGEST)
            wait *= random.uniform(0.8, 1.2)  # noqa: S311 - so that the counties of a city do not come all at once

    def stop(self) -> None:
        """End after the step that is under way."""
        self._over.set()
        self.join(70)


@contextmanager
def kept_up(store: Store, every: float = EVERY) -> Iterator[None]:
    """While the block runs, keep up with the city's server, if this server has joined one."""
    keeper = Keeper(store, every) if uplink.parent(store) else None
    if keeper:
        keeper.start()
    try:
        yield
    finally:
        if keeper:
            keeper.stop()


def once(store: Store) -> bool:
    """One round with the city; False when it failed. Why is kept for `guiyan-server status`. Raises nothing, for the thread
    would end by it: a database that is away for a minute must not keep the county from the city until somebody restarts it."""
    try:
        found = uplink.parent(store)
        if found is not None:
            device, city = found
            server = http.Server(city.address, city.certificate)
            with http.HttpTransport(server, device.identity.device, city.link.private) as transport:
                uplink.run(device, city.link, transport)
    except GuiyanError:
        return False
    except Exception:
        # A bug must end neither the server nor the thread; it is told where the operator looks.
        traceback.print_exc()
        with suppress(GuiyanError), store.transaction() as conn:
            settings.put(conn, "uplink.trouble", {"at": stamp(), "code": "bug", "sentence": "程序内部错误，详见服务器的输出。"})
        return False
    return True


def sentences(found: uplink.Status | None) -> list[str]:
    """What `guiyan-server status` says, a sentence a line."""
    if found is None:
        return ["本服务器没有接入市级。"]
    waiting = found.unsaid + found.pending
    lines = [
        f"本服务器作为 {found.office} 接入市级服务器 {found.address}。",
        f"市级的最近一次回执：{_local(found.receipt) or '还没有'}。最近一轮完整的同步：{_local(found.last) or '还没有'}。",
        f"还有 {found.unsaid} 条有改动的记录没有整理、{found.pending} 条变更没有市级回执。"
        if waiting
        else "应上报的变更都有市级回执。",
    ]
    if found.refused or found.held:
        lines.append(f"市级没有接收 {found.refused} 条记录，暂存 {found.held} 条（市级程序版本较旧）。")
    if found.trouble:
        lines.append(f"最近一轮没有成功（{_local(found.trouble_at)}）：{found.trouble}")
    return lines


def _local(at: str) -> str:
    return parse_stamp(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if at else ""
