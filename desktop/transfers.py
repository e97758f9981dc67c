"""Files on their way: into the workspace and out of it, and to and from the county after each round of records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop import messages, operations, pictures
from models.errors import GuiyanError
from models.services import attachments, carrying, filetypes
from models.services.desk import Desk


class _Signals(QObject):
    advanced = Signal(str, int, int)  # 1.2 / 3.4 MB，约剩 12 秒; and both numbers in KiB
    over = Signal()


SIGNALS = _Signals()
_RUNNING: list[operations.Handle] = []


def begin(owner: QObject, desk: Desk, say: Callable[[str], None]) -> None:
    """Let the files follow. say: shows where they are, on the quiet line; a fault is said there, and in no one's way."""
    if _RUNNING:
        return
    pace = carrying.Pace()

    def over(words: str) -> None:
        _RUNNING.clear()
        if words:
            say(words)
        SIGNALS.over.emit()

    def advanced(done: int, total: int) -> None:
        words = progress_words(done, total, pace.seconds_left(done, total))
        say(_tr("正在传附件 {0}").format(words))
        SIGNALS.advanced.emit(words, done, total)

    def failed(error: Exception) -> None:
        known = isinstance(error, GuiyanError) and error.code.startswith(("net.", "server.", "disk."))
        over(_tr("附件没有传完，下次同步接着传") if known else "")
        if not known:
            messages.tell_error(error)

    def work(progress: Callable[[int, int], bool]) -> carrying.Moved:
        return carrying.transfer(desk, lambda done, total: progress(done >> 10, total >> 10))

    def finished(moved: carrying.Moved) -> None:
        refused = _tr("{0} 个附件未被县级接收").format(moved.refused) if moved.refused else ""
        over(refused or (_tr("已连接") if moved.bytes else ""))

    _RUNNING.append(operations.run(owner, work, slow=True, on_done=finished, on_error=failed, on_progress=advanced))


def stop() -> None:
    """Stop after the part that is on the line; what is across stays across."""
    for handle in _RUNNING:
        handle.cancel()
    _RUNNING.clear()


def progress_words(done: int, total: int, seconds: int | None) -> str:
    """done, total: KiB."""
    words = _tr("{0} / {1} MB").format(f"{done / 1024:.1f}", f"{total / 1024:.1f}")
    if seconds is None:
        return words
    left = _tr("约剩 {0} 秒").format(seconds) if seconds < 100 else _tr("约剩 {0} 分钟").format(round(seconds / 60))
    return f"{words}，{left}"


def _tr(text: str) -> str:
    return QCoreApplication.translate("transfers", text)


def take_in(
    desk: Desk, owner: tuple[str, str], found: Sequence[tuple[str, bytes | Path]], smaller: bool
) -> tuple[int, list[str]]:
    """(how many were attached, what is wrong with the others, in sentences). One at a time is in memory."""
    stored, wrong = [], []
    for name, content in found:
        try:
            data = (
                filetypes.load(content, pictures.LARGEST if smaller else attachments.LARGEST)
                if isinstance(content, Path)
                else content
            )
            filetypes.media_type(name, data)
            stored.append(attachments.store(desk, *(pictures.shrink(name, data) if smaller else (name, data))))
        except GuiyanError as e:
            wrong.append(e.sentence)
    there = {a.sha256 for a in attachments.of_owner(desk, owner[1])}
    fresh = {s.sha256: s for s in stored if s.sha256 not in there}
    if len(fresh) < len(stored):
        wrong.append(_tr("有 {0} 个与已有附件内容相同，没有重复添加。").format(len(stored) - len(fresh)))
    if fresh:
        attachments.attach(desk, *owner, list(fresh.values()))
    return len(fresh), wrong


def write_out(desk: Desk, attachment: str, path: Path, progress: carrying.Progress) -> Path | None:
    if carrying.fetch(desk, attachment, progress) is None:
        return None
    attachments.save_as(desk, attachment, path)
    return path
