"""`guiyan-server stick DIR`: all sticks of a folder in one go. Each file is taken, and its answer written beside it."""

from __future__ import annotations

from pathlib import Path

from models.errors import GuiyanError, KnownError
from models.services.sticks import FileLine
from models.store.unit import Store
from models.sync import answering, enrol, parcel
from models.sync.answering import Taken
from models.sync.parcel import Head
from models.sync.transports import folder as stick

_WORDS = {"merged": "合并", "conflict": "冲突", "refused": "未接收", "held": "暂存", "duplicate": "重复"}


def take_folder(store: Store, own: enrol.ServerKeys, folder: Path) -> list[FileLine]:
    """A line a file, in the order they were taken: villages before their townships, each device's files in order.

    A file that follows on another one is tried again after it. One file's failure is that file's alone; a folder that
    cannot be read raises KnownError.
    """
    lines: list[FileLine] = []
    waiting: list[tuple[Path, Head]] = []
    for path in stick.find(folder):
        try:
            head = parcel.peek(stick.read(path))
        except GuiyanError as e:
            lines.append(FileLine(path.name, e.code, "danger", e.sentence))
            continue
        if head.kind == "batch":
            waiting.append((path, head))
    lines += [
        FileLine(
            p.name, "parcel.incomplete", "danger", "没有写完的文件（U 盘曾中途拔出），没有读入。请在原来的电脑上重新写入 U 盘。"
        )
        for p in stick.unfinished(folder)
    ]
    waiting.sort(key=lambda f: (_depth(f[1].office), f[1].device, f[1].first_seq, f[1].made))
    answers: dict[tuple[Path, str], tuple[Path, Taken]] = {}
    for path, _head in waiting:
        try:
            taken = answering.take(store, own, stick.read(path))
        except GuiyanError as e:
            lines.append(FileLine(path.name, e.code, "danger", e.sentence))
            continue
        answers[path.parent, taken.head.device] = path, taken  # the last one says all that the others would
        lines.append(_line(path, taken))
    for path, taken in answers.values():
        _give(path, taken, lines)
    return lines


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


def _give(path: Path, taken: Taken, lines: list[FileLine]) -> None:
    head = parcel.peek(taken.answer)
    try:
        old = [p for p in stick.find(path.parent) if p.parent == path.parent and _is_answer_to(p, head)]
        name = stick.write(path.parent, stick.file_name(head), taken.answer).name
        for before in old:
            if before.name != name:
                stick.remove(before)
    except KnownError as e:
        lines.append(FileLine(stick.file_name(head), e.code, "danger", f"变更已接收，答复没有写成：{e.sentence}"))
        return
    lines.append(FileLine(name, "answered", "done", "县级答复已写好，请连同 U 盘交还。"))


def _is_answer_to(path: Path, head: Head) -> bool:
    try:
        there = parcel.peek(stick.read(path))
    except GuiyanError:
        return False
    return there.kind == "answer" and there.device == head.device
