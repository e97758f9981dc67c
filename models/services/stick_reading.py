"""Reading a stick: the county's answers to this device, then what others below send through it, records before attachments."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec

from models import scope
from models.errors import GuiyanError
from models.services import desk as desks
from models.services import reconciling, stick_files, syncing
from models.services.desk import Desk
from models.services.stick_files import File
from models.services.stick_lines import NOT_TAKEN, Outcome, hand_back, look, say_handed
from models.store import settings
from models.sync import asking, freight, laying, parcel, postman, sealing, wire
from models.sync.asking import Read
from models.sync.client import Link
from models.sync.files import Progress
from models.sync.parcel import Ask, Below, Head

_WORDS = {"merged": "合并", "conflict": "冲突", "refused": "未被接收", "held": "暂存", "duplicate": "重复"}


class Reading:
    """One reading of a stick."""

    def __init__(self, desk: Desk, link: Link, progress: Progress) -> None:
        self.desk, self.link, self.done = desk, link, Outcome()
        self._progress, self._looked = progress, 0
        self._carried: list[tuple[File, str]] = []  # with what is to be said of it here
        self._handed: dict[str, GuiyanError | None] = {}  # the county's answers that waited for this stick, by device

    def run(self, folder: Path) -> Outcome:
        found, mine = look(folder, self.done), self.desk.store.identity.device
        had = {f.sha256 for f in found}
        # Whoever writes on before it has heard anything would else never hear: what is kept takes the place of what was answered.
        self._handed = hand_back(self.desk, found, had)
        order = sorted(found, key=lambda f: (f.head.device != mine, f.head.kind != "answer", f.head.made, f.head.first_seq))
        for file in (f for f in order if f.head.kind in ("batch", "answer")):
            step = self._mine if file.head.device == mine else self._of_another
            try:
                step(file)
            except GuiyanError as e:  # one file's failure is that file's alone
                self.done.fault(file.path.name, e)
        carrying = self._attachments([f for f in order if f.head.kind in (freight.UP, freight.DOWN)])
        if self._carried or carrying.waiting:
            self._forward(carrying)
        for line in carrying.lines():
            self.done.say(*line)
        for name, error in [*self.done.files.wrong, *carrying.wrong]:
            self.done.fault(name, error)
        say_handed(self.desk, self._handed | hand_back(self.desk, found, had), found, self.done)
        return self.done

    def _attachments(self, found: list[File]) -> stick_files.Carrying:
        """After the records: the county's words about this device's, then what others send through it."""
        total = sum(f.head.size for f in found)

        def step(size: int) -> None:
            self._progress(self._looked, total)
            self._looked += size

        mine = self.desk.store.identity.device
        words = [f for f in found if f.head.device == mine and f.head.kind == freight.DOWN]
        if words:
            self.done.files = stick_files.read_mine(self.desk, self.link, words, step)
            if len(self.done.files.wrong) < len(words):
                name = words[0].path.name + (f" 等 {len(words)} 个文件" if len(words) > 1 else "")
                self.done.say(name, "files.answered", *stick_files.was_read(self.done.files))
        others = []
        for file in (f for f in found if f.head.device != mine):
            try:
                self._refuse_foreign(file.head)
                others.append(file)
            except GuiyanError as e:
                self.done.fault(file.path.name, e)
        carrying = stick_files.Carrying(self.desk, others, {device for device, error in self._handed.items() if error})
        carrying.keep(step)
        return carrying

    def _refuse_foreign(self, head: Head) -> None:
        if head.server != self.link.server_id:
            raise parcel.refused("elsewhere", "这份文件是另一个县的，本机不能读，也不能转送。请送到它所属的县。")
        if head.kind == freight.UP and not scope.covers(self.desk.office, head.office[:12]):
            office = desks.office_name(self.desk, head.office)
            raise parcel.refused("outside", f"这是{office}送往县级的附件，不归本机构转送，没有读入。请送到它的乡镇或县级。")

    def _mine(self, file: File) -> None:
        if file.head.kind == "answer":
            self._answer(file)
            return
        with self.desk.store.read() as conn:
            first, stopped = asking.standing(conn)[0], settings.get(conn, "stopped")
        if stopped:
            self.done.say(file.path.name, "own.stopped", "due", NOT_TAKEN)
        elif first > file.head.last_seq:
            self.done.say(file.path.name, "own.received", "muted", "本机写的，里面的变更县级都已收到；下次写入时会清掉。")
        else:
            self.done.say(file.path.name, "own.waiting", "due", "本机写的，还没有县级答复。请把 U 盘交到县级，或交乡镇转送。")

    def _answer(self, file: File) -> None:
        store = self.desk.store
        try:
            answer, got = asking.take(store, self.link, file.data())
        except GuiyanError as e:
            if e.code in syncing.STOPPED:
                syncing.stop(self.desk, e.sentence)
            raise
        self.done.touched += got.touched
        if answer.after >= 0 and not (got.earlier or got.restored):
            self.done.touched += laying.settle(store, answer.below)
            with store.transaction() as conn:
                settings.put(conn, "stick.read", max(file.head.made, str(settings.get(conn, "stick.read", ""))))
        self.done.acknowledged += got.acknowledged
        self.done.records += got.records
        code, tone, sentence = _said(got)
        if got.compared:
            result = reconciling.from_stick(self.desk, got.compared)
            self.done.touched += result.touched
            self.done.compared = result
            words = reconciling.sentence(result)
            tone = "due" if not result.equal and tone in ("done", "muted") else tone
            sentence = f"{sentence}与县级核对：{words}"
        self.done.say(file.path.name, code, tone, sentence)

    def _of_another(self, file: File) -> None:
        head, name = file.head, file.path.name
        office = desks.office_name(self.desk, head.office)
        self._refuse_foreign(head)
        if head.kind == "answer":
            with self.desk.store.transaction() as conn:
                kept = postman.keep_answer(conn, head, file.data())
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
            kept = postman.keep(conn, head, file.data(), handed=not self._handed.get(head.device))
            if not kept and postman.answered(conn, file.sha256):
                self.done.say(name, "carried.answered", "muted", f"{office}的文件，已经转送过，县级已有答复。")
                return
        self._carried.append((file, f"{office}的文件，{self._shown(file)}"))

    def _shown(self, file: File) -> str:
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
            said, *batches = parcel.parts_of(file.data(), file.head, secret)
            public = base64.b64decode(writer.public_key)
            ask = parcel.stated("ask", Ask, said, public)
            if ask.device != writer.device:
                raise parcel.refused("forged", "文件里外所写的不一致，内容没有显示")
            if ask.compare:
                batches = batches[:-1]  # the question of a comparison is the county's to answer
            events = [e for batch in batches for e in wire.read_batch(batch, public)[1]]
        except GuiyanError as e:
            return "没有密封给本机，内容暂不显示" if e.code == "parcel.sealed" else e.sentence.rstrip("。")
        touched = laying.lay(self.desk.store, writer, events)
        self.done.touched += touched
        return f"{len(touched)} 条记录本机已经可以看到（县级还没有收到）" if touched else "内容本机都已有"

    def _forward(self, carrying: stick_files.Carrying) -> None:
        """Over the network at once, when there is one: then the answer can go back on this very stick."""
        try:
            report, carried = syncing.round_with(self.desk)
        except GuiyanError as e:
            for file, said in self._carried:
                with self.desk.store.read() as conn:
                    answered = postman.answered(conn, file.sha256)
                then = "县级已有答复" if answered else "已留存，等待转交县级"
                self.done.say(file.path.name, "carried", "done" if answered else "due", f"{said}；{then}。")
            self.done.say("", e.code, "due", f"现在没有转交县级：{e.sentence}也可以把 U 盘带到县级。")
            return
        self.done.touched += report.touched
        try:
            carrying.forward(self._progress)
        except GuiyanError as e:
            self.done.say("", e.code, "due", f"附件没有全部转交县级：{e.sentence}")
        refused = {(c.head.device, c.head.first_seq, c.head.made): c.error for c in carried if c.error}
        for file, said in self._carried:
            error = refused.get((file.head.device, file.head.first_seq, file.head.made))
            if error and error.code in syncing.STOPPED:  # the county's own sentence would be read as one about this computer
                then = "县级没有接收：写它的那台设备县级已不接受，请它在“同步”页用县级新发的加入凭证重新加入"
                self.done.say(file.path.name, error.code, "danger", f"{said}；{then}。")
            elif error:
                self.done.fault(file.path.name, error)
            else:
                self.done.say(file.path.name, "forwarded", "done", f"{said.replace('（县级还没有收到）', '')}；已转交县级。")


def _said(got: Read) -> tuple[str, str, str]:
    """(code, tone, sentence) of an answer that was taken in."""
    if got.missing:
        first, last = got.missing
        lost = f"县级恢复过备份，缺少本机第 {first} 至 {last} 号变更，它们已重新算作没有回执。"
        return "answer.missing", "due", f"{lost}请再写一次 U 盘交到县级，会从缺处补起。"
    if got.restored:
        return "answer.restored", "due", "县级服务器恢复过备份。请再写一次 U 盘交到县级，会重新补齐。"
    if got.earlier:
        return "answer.earlier", "due", "这份答复前面还缺一份，记录没有读入。请再写一次 U 盘交到县级，取新的答复。"
    counts = "、".join(f"{_WORDS.get(k, k)} {n}" for k, n in sorted(got.exceptions.items()))
    main = f"县级答复已读入：{got.acknowledged} 条变更有了县级回执{f'（其中{counts}）' if counts else ''}，更新 {got.records} 条记录。"
    if not got.acknowledged and not got.records and not got.touched:
        return "answer.known", "muted", "这份答复没有新内容（以前读入过，或已经联网同步）。"
    if got.exceptions.get("refused"):
        return "answer.taken", "due", f"{main}未被接收的，请看下面写明的原因，改好后再送。"
    return "answer.taken", "done", main
