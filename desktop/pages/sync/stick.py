"""The USB stick on the sync page: writing, reading, and what became of each file. Nothing is modal but the chooser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStorageInfo, Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QLabel, QVBoxLayout

from desktop import memory, messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.errors import GuiyanError
from models.services import sticks

_LAST = "stick/folder"
_MOUNTED = ("/media/", "/run/media/", "/mnt/")  # where desktops put what is plugged in


def plugged_in() -> str:
    """The folder that the chooser opens at: a stick that is plugged in, else the one used last."""
    last = str(memory.settings().value(_LAST) or "")
    if last and Path(last).is_dir():
        return last
    roots = [v.rootPath() for v in QStorageInfo.mountedVolumes() if v.isReady() and not v.isRoot()]
    return next((r for r in roots if r.startswith(_MOUNTED)), last)


class StickCard(QFrame):
    """Hidden until a stick was used. working: told True and False around the work, to lock the buttons."""

    def __init__(self, shell: Shell, working: Callable[[bool], None]) -> None:
        super().__init__()
        self._shell, self._working = shell, working
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        self._title = parts.label("", "heading", wrap=True)
        close = parts.button("", self.hide, kind="quiet", icon="x", tip=self.tr("收起"))
        head = parts.row(self._title, close, stretch_at=0)
        head.setAlignment(close, Qt.AlignmentFlag.AlignTop)
        column.addLayout(head)
        self._next = parts.label("", "muted", wrap=True)
        column.addWidget(self._next)
        self._files = QGridLayout()
        self._files.setHorizontalSpacing(12)
        self._files.setVerticalSpacing(4)
        self._files.setColumnStretch(1, 1)
        column.addLayout(self._files)
        self.hide()

    def choose_to_write(self) -> None:
        self._choose(self.tr("选择 U 盘，写入要送县级的内容"), self.write)

    def choose_to_read(self) -> None:
        self._choose(self.tr("选择 U 盘，读入县级答复和下级送来的文件"), self.read)

    def _choose(self, title: str, then: Callable[[Path], None]) -> None:
        name = QFileDialog.getExistingDirectory(self.window(), title, plugged_in())
        if name:
            memory.settings().setValue(_LAST, name)
            then(Path(name))

    def write(self, folder: Path) -> None:
        self._run(sticks.write, folder, self.tr("正在写入 {0} …"), self._written)

    def read(self, folder: Path) -> None:
        self._run(sticks.read, folder, self.tr("正在读入 {0} …"), self._was_read)

    def _run(
        self, work: Callable[..., sticks.Outcome], folder: Path, words: str, then: Callable[[Path, sticks.Outcome], None]
    ) -> None:
        self._show(words.format(folder), self.tr("请不要拔出 U 盘。"), [])
        self._working(True)
        operations.run(
            self, work, self._shell.desk, folder, slow=True,
            on_done=lambda done: self._over(folder, done, then), on_error=lambda e: self._failed(folder, e),
        )  # fmt: skip

    def _over(self, folder: Path, done: sticks.Outcome, then: Callable[[Path, sticks.Outcome], None]) -> None:
        self._working(False)
        then(folder, done)
        self._shell.changed(done.touched)

    def _failed(self, folder: Path, error: Exception) -> None:
        self._working(False)
        code = error.code if isinstance(error, GuiyanError) else "bug"
        line = sticks.FileLine("", code, "danger", messages.sentence(error))
        self._show(self.tr("没有完成：{0}").format(folder), "", [line])

    def _written(self, folder: Path, done: sticks.Outcome) -> None:
        self._show(
            self.tr("已写入 {0}，共 {1} 个文件").format(folder, len(done.lines)),
            self.tr(
                "请先在系统里“弹出”U 盘，再拔出。县级答复会写回这个 U 盘，拿回来后点“读入 U 盘”；读到县级签名的回执，才写“县级已收到”。"
            ),
            done.lines,
        )

    def _was_read(self, folder: Path, done: sticks.Outcome) -> None:
        if not done.lines:
            self._show(
                self.tr("{0} 里没有归雁的文件").format(folder), self.tr("请确认选的是 U 盘，里面有名为“归雁”的文件夹。"), []
            )
            return
        wrong = sum(1 for x in done.lines if x.tone == "danger")
        todo = sum(1 for x in done.lines if x.tone == "due")
        counted = [
            self.tr("{0} 个没有读入").format(wrong) if wrong else "",
            self.tr("{0} 个还要处理").format(todo) if todo else "",
            self.tr("{0} 条变更有了县级回执").format(done.acknowledged) if done.acknowledged else "",
        ]
        words = self.tr("已从 {0} 读入，共 {1} 个文件").format(folder, len(done.lines))
        self._show("，".join([words, *(c for c in counted if c)]), "", done.lines)

    def _show(self, title: str, hint: str, lines: list[sticks.FileLine]) -> None:
        self._title.setText(title)
        self._next.setText(hint)
        self._next.setVisible(bool(hint))
        parts.clear(self._files)
        order = {"danger": 0, "due": 1, "done": 2, "muted": 3}
        for n, line in enumerate(sorted(lines, key=lambda x: order[x.tone])):
            self._files.addWidget(self._chip(line.tone), 2 * n, 0, Qt.AlignmentFlag.AlignTop)
            self._files.addWidget(parts.label(line.sentence, wrap=True), 2 * n, 1)
            if line.name:
                self._files.addWidget(parts.label(line.name, "hint", wrap=True), 2 * n + 1, 1)
        self.show()

    def _chip(self, tone: str) -> QLabel:
        words = {"done": self.tr("完成"), "due": self.tr("要处理"), "danger": self.tr("没有完成"), "muted": self.tr("不用管")}
        chip = parts.label(words[tone], "state")
        chip.setProperty("tone", tone)
        return chip
