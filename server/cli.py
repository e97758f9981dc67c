"""guiyan-server: serve, enrol, status, stick, devices and revoke. Exit status 0, or 1 and a Chinese sentence on stderr, or 2 for a wrong call.

stick ends with 1 when any file was refused, whatever became of the others: a script must not take that for done."""

from __future__ import annotations

import _thread
import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from models.calling import Call, ended, port, positive
from models.errors import KnownError
from models.store.keyfile import write_atomically
from server.setup import prepare


def parser() -> Call:
    top = Call(prog="guiyan-server", description="归雁县级（市级）服务器。")
    commands = top.add_commands(required=True)

    def command(name: str, words: str, *, json: bool = False) -> Call:
        made: Call = commands.add_parser(name, help=words, description=f"{words}。")
        made.add_argument("--db", required=True, metavar="地址", help="sqlite:///文件 或 postgresql://用户:密码@主机/库名")
        if json:
            made.add_argument("--json", action="store_true", help="输出 JSON")
        return made

    serve = command("serve", "启动服务")
    serve.add_argument("--port", type=port, required=True, metavar="端口", help="监听的端口，如 8443")
    serve.add_argument("--host", default="127.0.0.1", metavar="主机", help="监听地址，默认 127.0.0.1，只在本机")
    serve.add_argument("--parent", type=Path, metavar="凭证", help="接入市级：市级签发的凭证文件；接入一次后可以不写")
    serve.add_argument("--with-stdin", action="store_true", help="标准输入关闭时停止：由别的程序启动、随它一起结束时用")
    ticket = command("enrol", "签发一张加入凭证")
    ticket.add_argument("--address", required=True, metavar="网址", help="设备访问本服务器的地址，如 https://10.1.2.3:8443")
    ticket.add_argument("--office", required=True, metavar="代码", help="机构代码")
    ticket.add_argument("--server", action="store_true", help="给县级服务器接入本市级服务器用，而不是给电脑用")
    ticket.add_argument("--out", type=Path, required=True, metavar="文件", help="写成的凭证文件")
    command("status", "市级收到了本服务器的哪些内容；在市级服务器上，收到了各县的哪些内容", json=True)
    stick = command("stick", "读入文件夹（U 盘）里的全部文件，并在旁边写下答复；有文件没有接收时，退出状态为 1", json=True)
    stick.add_argument("folder", type=Path, metavar="文件夹", help="U 盘，或收集了许多 U 盘文件的文件夹")
    stick.add_argument("--max-mb", type=positive, default=0, metavar="数", help="给每台设备最多带回多少 MB 附件；不写则放得下就带")
    command("devices", "列出加入过的全部设备", json=True)
    revoke = command("revoke", "停用一台设备（丢失、报废、换人）")
    revoke.add_argument("device", metavar="设备", help="设备编号，见 guiyan-server devices")
    return top


def _serve(a: argparse.Namespace) -> None:
    from server import uplinking
    from server.serving import serve

    if a.with_stdin:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job starts with it switched off
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):  # it is how a server is told to end
        store, own = prepare(a.db, a.host)
        if a.parent:
            print(uplinking.join(store, own, a.parent), flush=True)
        with uplinking.kept_up(store):
            serve(store, own, a.host, a.port)


def _end_with_stdin() -> None:
    """A starter that dies, however suddenly, closes our stdin: no server outlives it and keeps its port."""
    with contextlib.suppress(OSError):  # closed from the first
        while os.read(0, 4096):
            pass
    _thread.interrupt_main()


def _enrol(a: argparse.Namespace) -> None:
    from models.sync import enrol

    host = enrol.host_of(a.address)
    if not host:
        raise KnownError("address.https", f"“{a.address}”不是服务器地址：要写 https://、主机和端口，例如 https://10.1.2.3:8443。")
    store, own = prepare(a.db, host)
    with store.transaction() as conn:
        ticket = enrol.issue(conn, own, a.office, a.address, "server" if a.server else "desk")
    write_atomically(a.out, msgspec.json.format(msgspec.json.encode(ticket), indent=2))  # readable by its owner alone
    whose = "的县级服务器" if a.server else ""
    print(f"已为 {ticket.office_name}（{ticket.office}）{whose}签发加入凭证：{a.out}。一张凭证只供一台设备使用一次。")


def _status(a: argparse.Namespace) -> None:
    from models.sync import uplink
    from server.counties import counties
    from server.uplinking import sentences

    store, _own = prepare(a.db, "127.0.0.1")
    try:
        found, below = uplink.status(store), counties(store)
    finally:
        store.close()
    if a.json:
        said = {**(msgspec.to_builtins(found) if found else {}), "counties": msgspec.to_builtins(below)}
        print(msgspec.json.format(msgspec.json.encode(said), indent=1).decode())
    else:  # a city's server has nobody above it to speak of
        print("\n".join([*(sentences(found) if found or not below else []), *(county.sentence for county in below)]))


def _stick(a: argparse.Namespace) -> int:
    from server.sticks import take_folder

    store, own = prepare(a.db, "127.0.0.1")
    try:
        lines = take_folder(store, own, a.folder, a.max_mb)
    finally:
        store.close()
    if a.json:
        print(msgspec.json.format(msgspec.json.encode(lines), indent=1).decode())
    else:
        taken = [f"{line.name}：{line.sentence}" for line in lines if line.tone != "danger"]
        if taken or not lines:
            print("\n".join(taken) or f"{a.folder} 里没有归雁的文件。")
    refused = [f"{line.name}：{line.sentence}" for line in lines if line.tone == "danger"]
    if refused:
        print("\n".join(refused), file=sys.stderr)
    return 1 if refused else 0


def _devices(a: argparse.Namespace) -> None:
    from server.devices import listed

    store, _own = prepare(a.db, "127.0.0.1")
    try:
        lines = listed(store)
    finally:
        store.close()
    if a.json:
        print(msgspec.json.format(msgspec.json.encode(lines), indent=1).decode())
    else:
        print("\n".join(line.sentence for line in lines) or "还没有设备加入。")


def _revoke(a: argparse.Namespace) -> None:
    from server.devices import revoke

    store, _own = prepare(a.db, "127.0.0.1")
    try:
        line = revoke(store, a.device)
    finally:
        store.close()
    print(
        f"已停用 {line.office_name}的{line.letter}机（{line.name}）。它下次联系时被拒绝，本机内容仍可查看；要再加入需新的凭证。"
    )


_COMMANDS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "serve": _serve, "enrol": _enrol, "status": _status, "stick": _stick, "devices": _devices, "revoke": _revoke,
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    args = parser().parse_args(argv)
    return ended(lambda: _COMMANDS[args.command](args), None)


if __name__ == "__main__":
    sys.exit(main())
