"""The USB stick on the sync page: writing, reading, and what became of each file. Nothing is modal but the chooser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStorageInfo, Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QLabel, QProgressBar, QSpinBox, QVBoxLayout

from desktop import memory, messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.errors import GuiyanError
from models.services import stick_files, sticks

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
        self._bar = QProgressBar()
        self._bar.setFormat("%p%")
        self._across = parts.label("", "hint")
        self._stop = parts.button(
            self.tr("先到这里"), self._cancel, kind="quiet", tip=self.tr("写完这一份就停，其余附件下次再写")
        )
        self._moving = QFrame()
        moving = parts.row(self._bar, self._across, self._stop, stretch_at=0)
        moving.setContentsMargins(0, 0, 0, 0)
        self._moving.setLayout(moving)
        self._moving.hide()
        column.addWidget(self._moving)
        self._files = QGridLayout()
        self._files.setHorizontalSpacing(12)
        self._files.setVerticalSpacing(4)
        self._files.setColumnStretch(1, 1)
        column.addLayout(self._files)
        self._most = QSpinBox()
        self._most.setRange(0, 999_999)
        self._most.setSingleStep(100)
        self._most.setSuffix(" MB")
        self._most.setSpecialValueText(self.tr("放得下就写"))
        self._most.setAccessibleName(self.tr("每个 U 盘最多写多少附件"))
        self._most.editingFinished.connect(self._set_most)
        column.addLayout(parts.row(parts.label(self.tr("每个 U 盘最多写多少附件"), "muted"), self._most, None))
        self._handle: operations.Handle | None = None
        self._kept = False  # what is shown says of a file that it waits here for the county
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
        self._stop.setEnabled(True)
        self._handle = operations.run(
            self, work, self._shell.desk, folder, slow=True, on_progress=self._advanced,
            on_done=lambda done: self._over(folder, done, then), on_error=lambda e: self._failed(folder, e),
        )  # fmt: skip

    def _advanced(self, done: int, total: int) -> None:
        """Attachments alone take long enough to be watched."""
        self._moving.setVisible(total > 0)
        self._bar.setRange(0, max(1, total >> 10))  # KiB: Qt counts in 31 bits
        self._bar.setValue(done >> 10)
        self._across.setText(self.tr("附件 {0} / {1}").format(stick_files.size(done), stick_files.size(total)))

    def _cancel(self) -> None:
        if self._handle:
            self._handle.cancel()
        self._stop.setEnabled(False)

    def _set_most(self) -> None:
        operations.run(self, stick_files.set_limit, self._shell.desk, self._most.value(), writes=True)

    def _show_most(self, megabytes: int) -> None:
        if not self._most.hasFocus():
            self._most.setValue(megabytes)

    def _ended(self) -> None:
        self._moving.hide()
        self._handle = None
        self._working(False)
        operations.run(self, stick_files.limit, self._shell.desk, on_done=self._show_most)

    def _over(self, folder: Path, done: sticks.Outcome, then: Callable[[Path, sticks.Outcome], None]) -> None:
        self._ended()
        then(folder, done)
        self._shell.changed(done.touched)

    def _failed(self, folder: Path, error: Exception) -> None:
        self._ended()
        code = error.code if isinstance(error, GuiyanError) else "bug"
        line = sticks.FileLine("", code, "danger", messages.sentence(error))
        self._show(self.tr("没有完成：{0}").format(folder), "", [line])

    def _written(self, folder: Path, done: sticks.Outcome) -> None:
        if any(x.code == "own.stopped" for x in done.lines):
            self._show(self.tr("写入了 {0}，但县级不会收").format(folder), "", done.lines)
            return
        self._show(
            self.tr("已写入 {0}，共 {1} 个文件").format(folder, len([x for x in done.lines if x.name])) + self._attachments(done),
            self.tr(
                "请先在系统里“弹出”U 盘，再拔出。县级答复会写回这个 U 盘，拿回来后点“读入 U 盘”；读到县级签名的回执，才写“县级已收到”。"
            ),
            done.lines,
        )

    def delivered(self) -> None:
        """What a stick had left here has gone to the county: what is said of it has been overtaken, and its answer waits."""
        if self._kept and not self.isHidden():
            self._show(
                self.tr("留存的下级 U 盘文件已转交县级"),
                self.tr("再插上那个 U 盘，点“读入 U 盘…”，县级答复会写回去；然后交还。"),
                [],
            )

    def _attachments(self, done: sticks.Outcome) -> str:
        """How many attachments went, and their bytes."""
        if not done.files.written:
            return ""
        return self.tr("，附件 {0} 个、{1}").format(done.files.written, stick_files.size(done.files.bytes))

    def _was_read(self, folder: Path, done: sticks.Outcome) -> None:
        if not done.lines:
            self._show(
                self.tr("{0} 里没有归雁的文件").format(folder), self.tr("请确认选的是 U 盘，里面有名为“归雁”的文件夹。"), []
            )
            return
        files = [x for x in done.lines if x.name]  # a line without a name is about all of them
        wrong = sum(1 for x in files if x.tone == "danger")
        todo = sum(1 for x in files if x.tone == "due")
        counted = [
            self.tr("{0} 个没有读入").format(wrong) if wrong else "",
            self.tr("{0} 个还要处理").format(todo) if todo else "",
            self.tr("{0} 条变更有了县级回执").format(done.acknowledged) if done.acknowledged else "",
            self.tr("{0} 个附件有了县级回执").format(done.files.sent) if done.files.sent else "",
            self.tr("取回 {0} 个附件").format(done.files.received) if done.files.received else "",
        ]
        words = self.tr("已从 {0} 读入，共 {1} 个文件").format(folder, len(files))
        self._show("，".join([words, *(c for c in counted if c)]), "", done.lines)

    def _show(self, title: str, hint: str, lines: list[sticks.FileLine]) -> None:
        self._title.setText(title)
        self._next.setText(hint)
        self._next.setVisible(bool(hint))
        self._kept = any(x.code == "carried" and x.tone == "due" for x in lines)
        parts.clear(self._files)
        order = {"danger": 0, "due": 1, "done": 2, "muted": 3}
        for n, line in enumerate(sorted(lines, key=lambda x: order[x.tone])):
            self._files.addWidget(self._chip(line.tone), 2 * n, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            self._files.addWidget(parts.label(line.sentence, wrap=True), 2 * n, 1)
            if line.name:
                self._files.addWidget(parts.label(line.name, "hint", wrap=True), 2 * n + 1, 1)
        self.show()

    def _chip(self, tone: str) -> QLabel:
        words = {"done": self.tr("完成"), "due": self.tr("要处理"), "danger": self.tr("没有完成"), "muted": self.tr("不用管")}
        chip = parts.label(words[tone], "state")
        chip.setProperty("tone", tone)
        return chip
