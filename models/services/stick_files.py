"""Attachments on a stick, as the window and the command line see them: how many, how many bytes, and what is left.

They come after the records, in what room they leave, and are read after them. docs/protocol.md, section 14.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.errors import GuiyanError, KnownError
from models.services import desk as desks
from models.services import syncing
from models.services.attachments import vault
from models.services.desk import Desk
from models.store import settings
from models.sync import freight, landing, loading, parcel
from models.sync.client import Link
from models.sync.files import Progress
from models.sync.hauling import Hold
from models.sync.parcel import Head
from models.sync.transports import folder as stick

LIMIT = "stick.files.mb"  # setting: megabytes of attachments on one stick; 0: what fits
RESERVE = 8 << 20  # bytes of a stick that stay free for the county's answer
ON_THE_SPOT = 60.0  # seconds for which a township hands attachments on while the stick waits; the rest goes afterwards
_READ = "stick.filed"  # setting: the newest of the county's words about parts that was read here


@dataclass(frozen=True, slots=True)
class File:
    """A whole file on a stick. sha256: by which it is known again; its bytes are read when they are needed."""

    path: Path
    head: Head
    sha256: str

    def data(self) -> bytes:
        return stick.read(self.path)


@dataclass
class Files:
    """written, left: attachments that went onto the stick, and that found no room; spoilt: whose bytes are no longer good here;
    sent: that the county has by its signed word; lacking: that it has in part; received: whose bytes came; carried: parcels of
    others that were written. bytes: that were written, or came. wrong: what could not be read, by file name."""

    written: int = 0
    bytes: int = 0
    left: int = 0
    left_bytes: int = 0
    spoilt: int = 0
    sent: int = 0
    refused: int = 0
    lacking: int = 0
    received: int = 0
    carried: int = 0
    wrong: list[tuple[str, GuiyanError]] = field(default_factory=list)


def size(count: int) -> str:
    """Bytes as people read them."""
    return f"{count / (1 << 20):.1f} MB" if count >= 100 << 10 else f"{-(-count // 1024)} KB"


def limit(desk: Desk) -> int:
    """Megabytes of attachments on one stick by this office's setting; 0: what fits."""
    with desk.store.read() as conn:
        return int(settings.get(conn, LIMIT, 0))


def set_limit(desk: Desk, megabytes: int) -> None:
    with desk.store.transaction() as conn:
        settings.put(conn, LIMIT, max(0, megabytes) or None)


def write(desk: Desk, link: Link, into: Path, found: Sequence[File], megabytes: int | None, progress: Progress) -> Files:
    """Put this device's attachments onto a stick, then those that it carries. found: what was on it; megabytes: at most so
    many of them, None: by the setting. What was written before the stick failed stays good."""
    done, mine, hold = Files(), desk.store.identity.device, Hold(desk.folder)
    here = {f.path.name: f for f in found if f.head.kind == freight.UP and f.head.device == mine and f.path.parent == into}
    others = [f for f in found if f.head.kind == freight.UP and f.head.device != mine]
    for file in others:
        if hold.answered(file.head, file.sha256):
            stick.remove(file.path)
    for name in loading.plan(desk.store, vault(desk), list(here), 0).spent:
        stick.remove(here.pop(name).path)
    with desk.store.read() as conn:
        read_until = str(settings.get(conn, _READ, ""))
    for file in found:
        if file.head.kind == freight.DOWN and file.head.device == mine and file.head.made <= read_until:
            stick.remove(file.path)
    room = stick.room(into) - RESERVE
    most = limit(desk) if megabytes is None else megabytes
    if most:
        there = sum(f.head.size for f in [*here.values(), *others] if f.path.exists())
        room = min(room, (most << 20) - there)
    chosen = loading.plan(desk.store, vault(desk), list(here), room)
    waiting = [p for p in hold.waiting() if p.name.split("_")[3][:32] not in {f.sha256[:32] for f in others}]
    total, across, count = chosen.bytes + sum(map(hold.size, waiting)), 0, 0
    go_on = True
    try:
        for head, data in loading.loads(desk.store, vault(desk), link, chosen):
            stick.write(into, stick.file_name(head), data)
            # A parcel that only asks brings no bytes, nor does one of which everything was spoilt.
            done.bytes += len(data) if any(a not in chosen.spoilt for a, _ in chosen.shares[count]) else 0
            count, across, room = count + 1, across + len(data), room - len(data)
            go_on = progress(min(across, total), total)
            if not go_on:
                break
        for path in waiting if go_on else ():
            if hold.size(path) > room:
                break
            whole = hold.whole(path)
            if whole is None:
                continue
            head, data = whole
            stick.write(into, stick.file_name(head), data)
            across, room, done.carried = across + len(data), room - len(data), done.carried + 1
            if not progress(min(across, total), total):
                break
    except KnownError as e:  # the records are on the stick all the same
        done.wrong.append(("", e))
    _count(done, chosen, count)
    return done


def _count(done: Files, chosen: loading.Plan, count: int) -> None:
    """Of the planned parcels the first so many are on the stick: a file is written when all of it is."""
    open_ = {a for share in chosen.shares[count:] for a, _ in share} | set(chosen.left)
    done.written = len({a for share in chosen.shares[:count] for a, _ in share} - open_ - chosen.spoilt)
    done.left, done.spoilt = len(open_ - chosen.spoilt), len(chosen.spoilt)
    done.left_bytes = sum(chosen.left.values()) + max(0, chosen.bytes - done.bytes if count < len(chosen.shares) else 0)


def written(done: Files) -> tuple[str, str] | None:
    """(tone, sentence) of what write() did; None when there was nothing to do."""
    words = []
    if done.written:
        words.append(f"附件 {done.written} 个（{size(done.bytes)}）已写入")
    elif done.bytes:
        words.append(f"附件内容 {size(done.bytes)} 已写入")
    if done.carried:
        words.append(f"转送下级附件文件 {done.carried} 份")
    if done.left:
        words.append(f"{'还有' if words else '附件'} {done.left} 个（{size(done.left_bytes)}）这次没有写完，下次接着写")
    if done.spoilt:
        words.append(f"{done.spoilt} 个附件在本机的内容已损坏或丢失，没有写入，请重新添加")
    return ("due" if done.left or done.spoilt else "done", "，".join(words) + "。") if words else None


def read_mine(desk: Desk, link: Link, found: Iterable[File], step: Callable[[int], None]) -> Files:
    """Take in the county's words to this device about its attachments, in the order in which they were written."""
    done = Files()
    for file in sorted(found, key=lambda f: (f.head.made, f.head.first_seq)):
        step(file.head.size)
        try:
            got = landing.take(desk.store, vault(desk), link, file.data())
        except GuiyanError as e:  # one file's failure is that file's alone
            done.wrong.append((file.path.name, e))
            continue
        done.sent, done.refused, done.received = done.sent + got.sent, done.refused + got.refused, done.received + got.received
        done.lacking, done.bytes = got.lacking or done.lacking, done.bytes + got.bytes
        with desk.store.transaction() as conn:
            settings.put(conn, _READ, max(file.head.made, str(settings.get(conn, _READ, ""))))
    return done


def was_read(done: Files) -> tuple[str, str]:
    """(tone, sentence) of what read_mine() did."""
    words = [
        f"县级已收到 {done.sent} 个（有签名回执）" if done.sent else "",
        f"取回 {done.received} 个" if done.received else "",
        f"未被接收 {done.refused} 个，原因写在附件旁" if done.refused else "",
        f"{done.lacking} 个县级还没有收全，下次写 U 盘时接着送" if done.lacking else "",
        f"收到内容 {size(done.bytes)}，还没有收全" if done.bytes and not done.received else "",
    ]
    said = "，".join(w for w in words if w)
    return ("due" if done.refused or done.lacking else "done" if said else "muted"), f"附件：{said or '没有新内容'}。"


class Carrying:
    """Others' attachments on a stick that is being read: kept for the county, handed on at once where there is a network.

    unheard: devices whose answers could not be written onto this stick."""

    def __init__(self, desk: Desk, found: Sequence[File], unheard: Collection[str]) -> None:
        self._desk, self._hold, self._unheard = desk, Hold(desk.folder), unheard
        self._found = found
        self._kept: dict[str, list[File]] = {}
        self.wrong: list[tuple[str, GuiyanError]] = []

    def keep(self, step: Callable[[int], None]) -> None:
        for file in self._found:
            step(file.head.size)
            try:
                if file.head.kind == freight.DOWN:
                    beside = {
                        f.sha256 for f in self._found if f.head.device == file.head.device and f.head.made <= file.head.about
                    }
                    self._hold.answered_on_stick(file.head, file.data(), beside)
                elif self._hold.keep(file.head, file.data(), handed=file.head.device not in self._unheard):
                    self._kept.setdefault(file.head.device, []).append(file)
            except GuiyanError as e:
                self.wrong.append((file.path.name, e))

    @property
    def waiting(self) -> bool:
        return bool(self._kept)

    def forward(self, progress: Progress) -> None:
        """For as long as a person may be kept waiting; what is left goes with the next round."""
        from models.sync.transports.http import HttpTransport, Server

        link, address, certificate = syncing.county(self._desk)
        end = time.monotonic() + ON_THE_SPOT
        with HttpTransport(Server(address, certificate), self._desk.store.identity.device, link.private) as transport:
            transport.greet()
            handed = self._hold.forward(transport.carry, lambda done, all_: progress(done, all_) and time.monotonic() < end)
        names = {f.sha256: f.path.name for those in self._kept.values() for f in those}
        self.wrong += [(names[h.sha256], h.error) for h in handed if h.error and h.sha256 in names]

    def lines(self) -> list[tuple[str, str, str, str]]:
        """(name, code, tone, sentence), one a device."""
        said = []
        for those in self._kept.values():
            there = [f for f in those if self._hold.answered(f.head, f.sha256)]
            office, many = desks.office_name(self._desk, those[0].head.office), size(sum(f.head.size for f in those))
            then = "已转交县级" if len(there) == len(those) else f"已转交 {len(there)} 份，其余留存，联网后转交县级"
            name = those[0].path.name + (f" 等 {len(those)} 个文件" if len(those) > 1 else "")
            whole = len(there) == len(those)
            code, tone = ("files.handed", "done") if whole else ("files.carried", "due")
            said.append((name, code, tone, f"{office}的附件 {len(those)} 份（{many}），密封未拆；{then}。"))
        return said


def hand_back(desk: Desk, found: Sequence[File], had: set[str]) -> dict[str, GuiyanError | None]:
    """Put the county's words about others' attachments onto the stick that brought them: by device, how that went. had: as in
    stick_lines.hand_back."""
    mine, hold = desk.store.identity.device, Hold(desk.folder)
    went: dict[str, GuiyanError | None] = {}
    for device, into in {f.head.device: f.path.parent for f in found if f.head.device != mine}.items():
        try:
            for answer in hold.answers_for(device):
                if freight.fingerprint(answer) not in had:
                    stick.write(into, stick.file_name(parcel.peek(answer)), answer)
                    had.add(freight.fingerprint(answer))
                    went[device] = None
        except GuiyanError as e:
            went[device] = e
    return went
