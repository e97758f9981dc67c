"""The USB stick: what it is given to carry, and what is taken from it. Every file gets a line of its own in plain Chinese.

A village's stick is read at its township, which sees the records at once and carries the file on unopened; or at the
county. The county's answer goes back on the same stick. docs/protocol.md, section 10; decision 7.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from models import scope
from models.errors import GuiyanError, KnownError
from models.services import desk as desks
from models.services import syncing
from models.services.desk import Desk
from models.store import settings
from models.sync import asking, laying, parcel, postman, sealing, wire
from models.sync.asking import Read
from models.sync.client import Link
from models.sync.parcel import Ask, Below, Head
from models.sync.transports import folder as stick

FOLDER = "归雁"  # on the stick
_WORDS = {"merged": "合并", "conflict": "冲突", "refused": "未被接收", "held": "暂存", "duplicate": "重复"}


@dataclass(frozen=True, slots=True)
class FileLine:
    """What became of one file. tone: done, due (somebody has to do something), danger or muted; code is for programs."""

    name: str
    code: str
    tone: str
    sentence: str


@dataclass
class Outcome:
    """lines: one a file; touched: records that changed here; acknowledged: changes with a receipt now; records: pulled."""

    lines: list[FileLine] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: int = 0
    records: int = 0

    def say(self, name: str, code: str, tone: str, sentence: str) -> None:
        self.lines.append(FileLine(name, code, tone, sentence))

    def fault(self, name: str, error: GuiyanError) -> None:
        self.say(name, error.code, "danger", error.sentence)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    head: Head
    data: bytes = field(repr=False)


def write(desk: Desk, folder: Path) -> Outcome:
    """Write all that has no receipt onto a stick, with what is carried for others. Raises when the stick does not take
    it; a file is then whole or not there."""
    done = Outcome()
    with syncing.alone():
        link = syncing.county(desk)[0]
        found = _look(folder, Outcome())
        into = folder if folder.name == FOLDER else folder / FOLDER
        fresh = set()
        for head, data in asking.parcels(desk.store, link):
            fresh.add(stick.write(into, stick.file_name(head), data))
            count = head.last_seq - head.first_seq + 1
            what = f"{count} 条没有回执的变更" if count else "没有待送的变更，只取县级答复"
            done.say(stick.file_name(head), "written", "done", f"已写入，{what}。请把 U 盘交到县级，或交乡镇转送。")
        with desk.store.read() as conn:
            copies, read_until = postman.copies(conn), str(settings.get(conn, "stick.read", ""))
        for name, data in copies:
            if not any(f.data == data for f in found):
                stick.write(into, name, data)
                done.say(name, "copied", "done", "转送的下级文件，已写入，请一并交到县级。")
        _say_handed(desk, _hand_back(desk, found), found, done)
        for file in found:
            if file.path not in fresh and _served(desk, file, read_until):
                stick.remove(file.path)
        for left in stick.unfinished(into):
            stick.remove(left)
    return done


def read(desk: Desk, folder: Path) -> Outcome:
    """Take in what a stick holds: the county's answers to this device, and what others below send through it."""
    with syncing.alone():
        return _Reading(desk, syncing.county(desk)[0]).run(folder)


def waiting(desk: Desk) -> tuple[int, int]:
    """(parcels carried here that the county has not answered, records shown from a stick before the county has them)."""
    with desk.store.read() as conn:
        return postman.unanswered(conn), laying.waiting(conn)


def _look(folder: Path, done: Outcome) -> list[_File]:
    """The whole files of a folder; of the others done says what is wrong."""
    found = []
    for path in stick.find(folder):
        try:
            data = stick.read(path)
            found.append(_File(path, parcel.peek(data), data))
        except GuiyanError as e:
            done.fault(path.name, e)
    for path in stick.unfinished(folder):
        done.say(
            path.name,
            "parcel.incomplete",
            "danger",
            "没有写完的文件（U 盘曾中途拔出），没有读入。请在原来的电脑上重新写入 U 盘。",
        )
    return found


def _served(desk: Desk, file: _File, read_until: str) -> bool:
    """Whether a file has done its service and makes room: what was just written anew, what was read, what was answered."""
    if file.head.device == desk.store.identity.device:
        return file.head.kind == "batch" or file.head.made <= read_until
    with desk.store.read() as conn:
        return file.head.kind == "batch" and postman.answered(conn, file.data)


def _hand_back(desk: Desk, found: list[_File]) -> dict[str, KnownError | None]:
    """Put the county's answers for other devices onto the stick that brought their parcels: by device, how that went."""
    mine, had = desk.store.identity.device, {f.data for f in found}
    went: dict[str, KnownError | None] = {}
    for device, path in {f.head.device: f.path for f in found if f.head.kind == "batch" and f.head.device != mine}.items():
        with desk.store.read() as conn:
            answer = postman.answer_for(conn, device)
        if answer is None or answer in had:
            continue
        try:
            stick.write(path.parent, stick.file_name(parcel.peek(answer)), answer)
            went[device] = None
        except KnownError as e:
            went[device] = e
    return went


def _say_handed(desk: Desk, went: dict[str, KnownError | None], found: list[_File], done: Outcome) -> None:
    """On the line of the parcel that is answered, where it has one; else on a line of its own."""
    for device, error in went.items():
        parcels = [f for f in found if f.head.device == device and f.head.kind == "batch"]
        name, office = parcels[-1].path.name, desks.office_name(desk, parcels[-1].head.office)
        if error is not None:
            done.say(name, error.code, "danger", f"县级给{office}的答复没有写上 U 盘：{error.sentence}")
            continue
        said = "县级答复已写回这个 U 盘，请把它交还。"
        at = next((n for n, x in enumerate(done.lines) if x.name == name), None)
        if at is None:
            done.say(name, "handed", "done", f"{office}的文件，{said}")
        else:
            done.lines[at] = FileLine(name, "handed", "done", done.lines[at].sentence.removesuffix("。") + "，" + said)


class _Reading:
    """One reading of a stick."""

    def __init__(self, desk: Desk, link: Link) -> None:
        self.desk, self.link, self.done = desk, link, Outcome()
        self._carried: list[tuple[_File, str]] = []  # with what is to be said of it here

    def run(self, folder: Path) -> Outcome:
        found, mine = _look(folder, self.done), self.desk.store.identity.device
        order = sorted(found, key=lambda f: (f.head.device != mine, f.head.kind != "answer", f.head.made, f.head.first_seq))
        for file in order:
            step = self._mine if file.head.device == mine else self._of_another
            try:
                step(file)
            except GuiyanError as e:  # one file's failure is that file's alone
                self.done.fault(file.path.name, e)
        if self._carried:
            self._forward()
        _say_handed(self.desk, _hand_back(self.desk, found), found, self.done)
        return self.done

    def _mine(self, file: _File) -> None:
        if file.head.kind == "answer":
            self._answer(file)
            return
        with self.desk.store.read() as conn:
            first, _last = asking.standing(conn)
        if first > file.head.last_seq:
            self.done.say(file.path.name, "own.received", "muted", "本机写的，里面的变更县级都已收到；下次写入时会清掉。")
        else:
            self.done.say(file.path.name, "own.waiting", "due", "本机写的，还没有县级答复。请把 U 盘交到县级，或交乡镇转送。")

    def _answer(self, file: _File) -> None:
        store = self.desk.store
        answer, got = asking.take(store, self.link, file.data)
        self.done.touched += got.touched
        if answer.after >= 0 and not (got.earlier or got.restored):
            self.done.touched += laying.settle(store, answer.below)
            with store.transaction() as conn:
                settings.put(conn, "stick.read", max(file.head.made, str(settings.get(conn, "stick.read", ""))))
        self.done.acknowledged += got.acknowledged
        self.done.records += got.records
        self.done.say(file.path.name, *_said(got))

    def _of_another(self, file: _File) -> None:
        head, name = file.head, file.path.name
        office = desks.office_name(self.desk, head.office)
        if head.server != self.link.server_id:
            raise parcel.refused("elsewhere", "这份文件是另一个县的，本机不能读，也不能转送。请送到它所属的县。")
        if head.kind == "answer":
            with self.desk.store.transaction() as conn:
                kept = postman.keep_answer(conn, head, file.data)
            said = (
                f"县级给{office}的答复，已留存，{office}的 U 盘插上时写给它。" if kept else f"县级给{office}的答复，本机不用读。"
            )
            self.done.say(name, "answer.other", "muted", said)
            return
        if not scope.covers(self.desk.office, head.office[:12]):
            said = f"这是{office}送往县级的文件，不归本机构转送，没有读入。请送到它的乡镇或县级。"
            self.done.say(name, "parcel.outside", "muted", said)
            return
        with self.desk.store.transaction() as conn:
            if not postman.keep(conn, head, name, file.data) and postman.answered(conn, file.data):
                self.done.say(name, "carried.answered", "muted", f"{office}的文件，已经转送过，县级已有答复。")
                return
        self._carried.append((file, f"{office}的文件，{self._shown(file)}"))

    def _shown(self, file: _File) -> str:
        """Lay over what a village sends, where it is sealed to this device too; says what came of it."""
        if self.desk.level is not scope.Level.TOWNSHIP or scope.level_of(file.head.office) is not scope.Level.VILLAGE:
            return "密封未拆"
        with self.desk.store.transaction() as conn:
            secret, _public = sealing.own_key(conn)
            below = msgspec.convert(settings.get(conn, "below", []), list[Below])
        writer = next((b for b in below if b.device == file.head.device and b.office == file.head.office), None)
        if writer is None:
            return "本机还不认得写它的设备，内容暂不显示"
        try:
            said, *batches = parcel.parts_of(file.data, file.head, secret)
            public = base64.b64decode(writer.public_key)
            if parcel.stated("ask", Ask, said, public).device != writer.device:
                raise parcel.refused("forged", "文件里外所写的不一致，内容没有显示")
            events = [e for batch in batches for e in wire.read_batch(batch, public)[1]]
        except GuiyanError as e:
            return "没有密封给本机，内容暂不显示" if e.code == "parcel.sealed" else e.sentence.rstrip("。")
        touched = laying.lay(self.desk.store, writer, events)
        self.done.touched += touched
        return f"{len(touched)} 条记录本机已经可以看到（县级还没有收到）" if touched else "内容本机都已有"

    def _forward(self) -> None:
        """Over the network at once, when there is one: then the answer can go back on this very stick."""
        try:
            report, carried = syncing.round_with(self.desk)
        except GuiyanError as e:
            for file, said in self._carried:
                with self.desk.store.read() as conn:
                    answered = postman.answered(conn, file.data)
                then = "县级已有答复" if answered else "已留存，等待转交县级"
                self.done.say(file.path.name, "carried", "done" if answered else "due", f"{said}；{then}。")
            self.done.say("", e.code, "due", f"现在没有转交县级：{e.sentence}也可以把 U 盘带到县级。")
            return
        self.done.touched += report.touched
        refused = {(c.head.device, c.head.first_seq, c.head.made): c.error for c in carried if c.error}
        for file, said in self._carried:
            error = refused.get((file.head.device, file.head.first_seq, file.head.made))
            if error:
                self.done.fault(file.path.name, error)
            else:
                self.done.say(file.path.name, "forwarded", "done", f"{said.replace('（县级还没有收到）', '')}；已转交县级。")


def _said(got: Read) -> tuple[str, str, str]:
    """(code, tone, sentence) of an answer that was taken in."""
    if got.restored:
        return "answer.restored", "due", "县级服务器恢复过备份。请再写一次 U 盘交到县级，会重新补齐。"
    if got.earlier:
        return "answer.earlier", "due", "这份答复前面还缺一份，记录没有读入。请再写一次 U 盘交到县级，取新的答复。"
    counts = "、".join(f"{_WORDS.get(k, k)} {n}" for k, n in sorted(got.exceptions.items()))
    main = f"县级答复已读入：{got.acknowledged} 条变更有了县级回执{f'（其中{counts}）' if counts else ''}，更新 {got.records} 条记录。"
    if got.missing:
        first, last = got.missing
        gap = f"县级缺少本机第 {first} 至 {last} 号变更（上一个 U 盘没有送到，或县级恢复过备份）。请再写一次 U 盘，会从缺处补起。"
        return "answer.missing", "due", f"{main}{gap}"
    if not got.acknowledged and not got.records and not got.touched:
        return "answer.known", "muted", "这份答复没有新内容（以前读入过，或已经联网同步）。"
    if got.exceptions.get("refused"):
        return "answer.taken", "due", f"{main}未被接收的，请看下面写明的原因，改好后再送。"
    return "answer.taken", "done", main
