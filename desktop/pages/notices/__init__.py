"""打印: choose a paper, see the very PDF, give it its numbers and save or print that file."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit, QPlainTextEdit, QSplitter, QVBoxLayout, QWidget

from desktop import look, messages, operations
from desktop.pages import Declaration, Page, Shell
from desktop.pages.notices.viewer import PaperView
from desktop.widgets import parts
from models.base import local_date
from models.errors import KnownError
from models.services import printing, specs


class NoticesPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._ids: list[str] = []
        self._office: dict[str, str] = {}  # head and signature of this office's papers
        self._proposed = ""  # for whom, as long as nobody has typed it
        self._asked: dict[str, QLineEdit | QPlainTextEdit] = {}
        self._form = QComboBox()
        self._form.setAccessibleName(self.tr("文书"))
        self._choices = {c.code: c for c in printing.menu()}
        for choice in self._choices.values():
            self._form.addItem(choice.title, choice.code)
        self._form.currentIndexChanged.connect(lambda _i: self._choose())
        self._whom = parts.label("", "muted", wrap=True)
        self._fields = QVBoxLayout()
        self._fields.setSpacing(8)
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addWidget(parts.label(self.tr("打印"), "title"))
        column.addWidget(self._form)
        column.addWidget(self._whom)
        column.addLayout(self._fields)
        self._see = parts.button(self.tr("预览"), self._preview, icon="search")
        self._save = parts.button(self.tr("编号并保存 PDF"), self._issue, icon="download")
        self._print = parts.button(self.tr("编号并打印"), self._to_printer, kind="primary", icon="printer")
        column.addLayout(parts.row(self._see, self._save, self._print, None))
        column.addWidget(parts.label(self.tr("编号一经取用不再重复；预览不取号。"), "muted", wrap=True))
        column.addStretch(1)
        self.paper = PaperView()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(parts.scrolled(side))
        split.addWidget(self.paper)
        split.setChildrenCollapsible(False)
        split.setSizes([460, 800])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)

    def activate(self, argument: Any = None) -> None:
        """argument: (form code, or 'person' or 'request' for any form about one, or ''; ids of its subject)."""
        if isinstance(argument, tuple):
            code, self._ids = argument[0], list(argument[1])
            if code in ("person", "request"):
                several = {"person": "people", "request": "requests"}[code]
                fitting = [c.code for c in self._choices.values() if c.subject in (code, several)]
                code = "" if self._current().code in fitting or not fitting else fitting[0]
            if code:
                self._form.setCurrentIndex(self._form.findData(code))
        desk = self.shell.desk
        operations.run(self, printing.proposed, desk, "notice.document", on_done=self._ready)

    def _ready(self, proposed: dict[str, str]) -> None:
        self._office = {name: proposed.get(name, "") for name in ("notice.mark", "notice.sign")}
        self._choose()
        if self._ids:
            self._preview()

    def _current(self) -> printing.Choice:
        return self._choices[str(self._form.currentData())]

    def _choose(self) -> None:
        choice = self._current()
        words = self.tr("诉求") if choice.subject in ("request", "requests") else self.tr("人员")
        if choice.subject == "list":
            self._whom.setText(self.tr("整份印发，不针对个人。"))
        else:
            self._whom.setText(
                self.tr("已选 {0} 个{1}。").format(len(self._ids), words)
                if self._ids
                else self.tr("请先在“{0}”页选择，再按 Ctrl+P。").format(words)
            )
        kept = {n: self._value(w) for n, w in self._asked.items()}
        if kept.get("notice.to") == self._proposed:  # of another form: not typed by anybody
            del kept["notice.to"]
        self._proposed = self._default("notice.to")
        parts.clear(self._fields)
        self._asked = {}
        for ask in choice.asks:
            field: QLineEdit | QPlainTextEdit = QPlainTextEdit() if ask.lines > 1 else QLineEdit()
            said = kept.get(ask.name) or self._default(ask.name) or ask.proposed
            if isinstance(field, QPlainTextEdit):
                field.setFixedHeight(look.px(12 + 18 * ask.lines))
                field.setTabChangesFocus(True)
                field.setPlainText(said)
            else:
                field.setText(said)
            field.setAccessibleName(ask.label)
            self._asked[ask.name] = field
            self._fields.addWidget(parts.label(ask.label, "muted"))
            self._fields.addWidget(field)
        if choice.asks and choice.subject == "person":
            self._fields.addWidget(parts.label(self.tr("正文和主送可用【姓名】【村】【电话】，逐人替换。"), "muted", wrap=True))

    def _default(self, name: str) -> str:
        meeting, each = self._current().code == "notice.meeting", self._current().subject == "person"
        return {
            **self._office,
            "notice.to": self.tr("【村】【姓名】同志") if each else "",  # one paper for all has nobody's name to put in
            "notice.date": specs.long_date(local_date()),
            "notice.title": self.tr("关于召开返乡创业座谈会的通知") if meeting else "",
        }.get(name, "")

    def _value(self, field: QLineEdit | QPlainTextEdit) -> str:
        return field.toPlainText() if isinstance(field, QPlainTextEdit) else field.text()

    def _extra(self) -> dict[str, str]:
        return {n: self._value(w) for n, w in self._asked.items()}

    def _preview(self) -> None:
        desk, code, ids, extra = self.shell.desk, self._current().code, self._ids, self._extra()
        operations.run(self, printing.preview, desk, code, ids, extra, on_done=self.paper.show_pdf)

    def _ready_to_issue(self) -> bool:
        """A number is taken for good: not for a paper whose title or text is still empty."""
        for ask in self._current().asks:
            field = self._asked[ask.name]
            if ask.required and not self._value(field).strip():
                messages.tell(self.tr("请先填写{0}；编号一经取用不再重复。").format(field.accessibleName()), kind="danger")
                parts.go_to(field)
                return False
        return True

    def _issue(self) -> None:
        if not self._ready_to_issue():
            return
        name, _ = QFileDialog.getSaveFileName(self, self.tr("保存 PDF"), f"{self._current().title}.pdf", "PDF (*.pdf)")
        if name:
            self._make(
                Path(name),
                lambda serials: self.shell.done(self.tr("已保存 {0}，编号 {1}").format(name, serials[0]), undoable=False),
            )

    def _make(self, out: Path, then: Any) -> None:
        operations.run(
            self, printing.issue, self.shell.desk, self._current().code, self._ids, out, self._extra(), writes=True, on_done=then
        )

    def _to_printer(self) -> None:
        if not self._ready_to_issue():
            return
        out = Path(tempfile.mkdtemp(prefix="guiyan-")) / f"{self._current().title}.pdf"
        self._make(out, lambda serials: operations.run(self, send_to_printer, out, on_done=lambda _r: self._sent(serials)))

    def _sent(self, serials: list[str]) -> None:
        self.shell.done(self.tr("已送往打印机，{0} 份，编号自 {1} 起").format(len(serials), serials[0]), undoable=False)
        messages.log.info("printed %s copies", len(serials))


def send_to_printer(pdf: Path) -> None:
    """Print that file itself: lp on CUPS, the shell's print verb on Windows. Raises KnownError with what to do."""
    if os.name == "nt":
        os.startfile(str(pdf), "print")  # type: ignore[attr-defined]  # Windows only  # noqa: S606
        return
    tr = QCoreApplication.translate
    lp = shutil.which("lp")
    if lp is None:
        raise KnownError(
            "print.none",
            tr("printing", "这台电脑没有安装打印服务。文书已编号并保存在 {0}，可拷到能打印的电脑上打印。").format(pdf),
        )
    done = subprocess.run(  # noqa: S603  # lp's own path, and a file we wrote
        [lp, "-o", "media=A4", "-o", "print-scaling=none", str(pdf)], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode:
        words = tr("printing", "打印机没有接收：{0}。文书已编号并保存在 {1}，修好后可直接打印这个文件。")
        raise KnownError("print.failed", words.format(done.stderr.strip()[:120], pdf))


PAGE = Declaration("notices", "打印", "printer", 4, NoticesPage)
