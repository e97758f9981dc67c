"""`guiyan-server stick DIR`: all sticks of a folder in one go. Each file is taken, and its answer written beside it: records
first, then attachments."""

from __future__ import annotations

from pathlib import Path

from models.errors import GuiyanError, KnownError
from models.services.stick_files import RESERVE, size
from models.services.sticks import FileLine
from models.store.unit import Store
from models.sync import answering, enrol, freight, parcel, unloading
from models.sync.answering import Taken
from models.sync.parcel import Head
from models.sync.transports import folder as stick
from models.sync.unloading import Unloaded

_WORDS = {"merged": "合并", "conflict": "冲突", "refused": "未接收", "held": "暂存", "duplicate": "重复"}


def take_folder(store: Store, own: enrol.ServerKeys, folder: Path, megabytes: int = 0) -> list[FileLine]:
    """A line a file, in the order they were taken: villages before their townships, each device's files in order; then a line
    for each device's attachments. megabytes: at most so many of those that it asked for, 0: what fits on the stick.

    A file that follows on another one is tried again after it. One file's failure is that file's alone; a folder that
    cannot be read raises KnownError.
    """
    lines: list[FileLine] = []
    waiting: list[tuple[Path, Head]] = []
    loads: dict[tuple[Path, str], list[tuple[Path, Head]]] = {}
    old: list[tuple[Path, Head]] = []  # answers that were written here before
    for path in stick.find(folder):
        try:
            head = parcel.peek(stick.read(path))
        except GuiyanError as e:
            lines.append(FileLine(path.name, e.code, "danger", e.sentence))
            continue
        if head.kind == "batch":
            waiting.append((path, head))
        elif head.kind == freight.UP:
            loads.setdefault((path.parent, head.device), []).append((path, head))
        else:
            old.append((path, head))
    lines += [
        FileLine(
            p.name, "parcel.incomplete", "danger", "没有写完的文件（U 盘曾中途拔出），没有读入。请在原来的电脑上重新写入 U 盘。"
        )
        for p in stick.unfinished(folder)
    ]
    waiting.sort(key=lambda f: (_depth(f[1].office), f[1].device, f[1].first_seq, f[1].made))
    answers: dict[tuple[Path, str], tuple[Path, Taken]] = {}
    for path, head in waiting:
        try:
            taken = answering.take(store, own, stick.read(path))
        except GuiyanError as e:
            lines.append(FileLine(path.name, e.code, "danger", e.sentence))
            refusal = answering.refusal(store, own, head, e)
            if refusal:
                answers[path.parent, head.device] = path, Taken(head, refusal, 0)
            continue
        answers[path.parent, taken.head.device] = path, taken  # the last one says all that the others would
        lines.append(_line(path, taken))
    for path, taken in answers.values():
        _give(path, taken, old, lines)
    for files in loads.values():
        _unload(store, own, sorted(files, key=lambda f: (f[1].made, f[1].first_seq)), old, megabytes, lines)
    return lines


def _unload(
    store: Store, own: enrol.ServerKeys, files: list[tuple[Path, Head]], old: list[tuple[Path, Head]], megabytes: int,
    lines: list[FileLine],
) -> None:  # fmt: skip
    """All of one device's parcels of attachments in one folder, and the answer to them."""
    done: list[Unloaded] = []
    for path, _head in files:
        try:
            done.append(unloading.take(store, own, stick.read(path)))
        except GuiyanError as e:
            lines.append(FileLine(path.name, e.code, "danger", e.sentence))
    if not done:
        return
    name = files[0][0].name + (f" 等 {len(files)} 个文件" if len(files) > 1 else "")
    later, refused = {a for u in done for a in u.later}, {a for u in done for a in u.refused}
    new, many = sum(u.new for u in done), sum(u.bytes for u in done)
    words = [f"附件内容已接收 {new} 块、{size(many)}" if new else "附件没有新的内容（以前收到过，或只取答复）"]
    words += [f"{len(later)} 个附件的记录县级还没有，内容没有接收，请对方把记录也送来"] if later else []
    words += [f"{len(refused)} 个未接收，原因在答复里"] if refused else []
    code, tone = ("files.later", "due") if later else ("files.refused", "due") if refused else ("files.taken", "done")
    lines.append(FileLine(name, code, tone, "；".join(words) + "。"))
    name, count, many = "", 0, 0
    into = files[0][0].parent
    try:
        for before in _answers_to(old, into, done[0].head, freight.DOWN):
            stick.remove(before)  # what it held of wanted files is asked for again as long as it has not arrived
        room = stick.room(into) - RESERVE
        for head, data in unloading.answers(store, own, done, min(room, megabytes << 20) if megabytes else room):
            name = stick.write(into, stick.file_name(head), data).name
            count, many = count + 1, many + len(data)
    except GuiyanError as e:
        lines.append(FileLine(name, e.code, "danger", f"附件内容已接收，附件答复没有写完：{e.sentence}"))
        return
    lines.append(FileLine(name, "files.answered", "done", f"附件答复已写好（{count} 份，{size(many)}），请连同 U 盘交还。"))


def _depth(office: str) -> int:
    """Villages first: a township may have gone on where its village began."""
    return -len(office[:12].rstrip("0"))


def _line(path: Path, taken: Taken) -> FileLine:
    counts = "、".join(f"{_WORDS.get(k, k)} {n}" for k, n in sorted(taken.exceptions.items()))
    main = (
        f"已接收 {taken.new} 条变更{f'（其中{counts}）' if counts else ''}。"
        if taken.new
        else "没有新的变更（以前收到过，或只取答复）。"
    )
    if taken.missing:
        first, last = taken.missing
        gap = f"缺少第 {first} 至 {last} 号变更（前一个 U 盘没有送到），其后的没有接收；请对方读入答复后再写一次 U 盘。"
        return FileLine(path.name, "batch.gap", "due", main + gap)
    return FileLine(path.name, "taken", "done", main)


def _give(path: Path, taken: Taken, old: list[tuple[Path, Head]], lines: list[FileLine]) -> None:
    head = parcel.peek(taken.answer)
    try:
        name = stick.write(path.parent, stick.file_name(head), taken.answer).name
        for before in _answers_to(old, path.parent, head, "answer"):
            if before.name != name:
                stick.remove(before)
    except KnownError as e:
        lines.append(FileLine(stick.file_name(head), e.code, "danger", f"答复没有写成：{e.sentence}"))
        return
    lines.append(FileLine(name, "answered", "done", "县级答复已写好，请连同 U 盘交还。"))


def _answers_to(old: list[tuple[Path, Head]], into: Path, head: Head, kind: str) -> list[Path]:
    return [p for p, there in old if p.parent == into and (there.kind, there.device) == (kind, head.device)]
