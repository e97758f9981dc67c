"""打印记录: what was printed lately, and the same paper once more, with its number and its words."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop import look, operations
from desktop.pages import Shell
from desktop.pages.notices.asking import PrinterChoice
from desktop.pages.notices.printer import temporary
from desktop.widgets import parts
from desktop.widgets.attachments import AttachmentDialog
from desktop.widgets.running import Running
from models.services import printed
from models.services.people import must_get
from models.services.printed import Paper
from models.services.timeline import Entry

_PAPER = Qt.ItemDataRole.UserRole
LIMIT = 300


class Reprints(QWidget):
    """seen: the PDF of papers that the user wants to look at again."""

    seen = Signal(bytes)

    def __init__(self, shell: Shell, running: Running, printer: PrinterChoice) -> None:
        super().__init__()
        self._shell, self._running, self._printer = shell, running, printer
        self._round = 0
        self._wanted = ""  # the paper that somebody came to see
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("姓名、文书或编号"))
        self.search.setAccessibleName(self.tr("查找打印记录"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(150)
        self._pause.timeout.connect(self.load)
        self.search.textChanged.connect(lambda _t: self._pause.start())
        self._count = parts.label("", "muted")
        self.table = QTreeWidget()
        self.table.setAccessibleName(self.tr("打印记录"))
        self.table.setHeaderLabels([
            self.tr("日期"), self.tr("文书"), self.tr("给谁"), self.tr("编号"), self.tr("重打"), self.tr("份数"), self.tr("打印人"),
        ])  # fmt: skip
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for n, width in enumerate((92, 130, 80, 188, 96, 46, 70)):
            self.table.setColumnWidth(n, look.px(width))
        self.table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.header().setStretchLastSection(False)
        self.table.itemSelectionChanged.connect(self._say)
        self.table.itemActivated.connect(lambda _i, _c: self._look_again())
        self._files = parts.button(self.tr("签字件…"), self._show_files, kind="quiet", icon="file-text")
        self._look = parts.button(self.tr("查看"), self._look_again, icon="eye")
        self._save = parts.button(self.tr("重打存为 PDF…"), self._save_again, icon="download")
        self._send = parts.button(self.tr("重打"), self._print_again, kind="primary", icon="printer")
        self._why = parts.label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(parts.row(self.search, self._count, stretch_at=0))
        column.addWidget(self.table, 1)
        column.addWidget(self._why)
        column.addLayout(parts.row(self._files, None, self._look, self._save, self._send))
        self._say()

    def show_paper(self, paper: str) -> None:
        """That paper, looked for by its number: it may be older than those that are listed without one."""
        self._wanted = paper
        operations.run(self, must_get, self._shell.desk, paper, "paper", on_done=lambda found: self.search.setText(found.serial))

    def load(self) -> None:
        self._round += 1
        operations.run(
            self, printed.latest, self._shell.desk, self.search.text(), LIMIT, on_done=partial(self._loaded, self._round)
        )

    def _loaded(self, asked: int, papers: Sequence[Paper]) -> None:
        if asked != self._round:
            return
        chosen = {self._wanted} if self._wanted else set(self.chosen())
        self.table.clear()
        for p in papers:
            again = self.tr("{0} 次，{1}").format(p.again, p.again_on[5:]) if p.again else ""
            item = QTreeWidgetItem([p.on, p.form, p.whom or self.tr("（整份）"), p.serial, again, str(p.copies), p.by])
            item.setTextAlignment(5, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setData(0, _PAPER, p)
            if not p.kept:
                for column in range(7):
                    item.setForeground(column, QBrush(QColor(look.tokens().muted)))
            self.table.addTopLevelItem(item)
            item.setSelected(p.id in chosen)
        if any(p.id == self._wanted for p in papers):
            self._wanted = ""
        more = self.tr("最近 {0} 份").format(LIMIT) if len(papers) == LIMIT else self.tr("{0} 份").format(len(papers))
        self._count.setText(more)
        self._say()

    def papers(self) -> list[Paper]:
        """The selected ones, in the order of the list."""
        return [item.data(0, _PAPER) for n in range(self.table.topLevelItemCount()) if (item := self.table.topLevelItem(n)).isSelected()]

    def chosen(self) -> list[str]:
        return [p.id for p in self.papers()]

    def _say(self) -> None:
        papers = self.papers()
        why = self.tr("重打的文书编号、内容都与原来一样，左上角注明“重打”。")
        if any(not p.kept for p in papers):
            why = self.tr("灰色的文书是在别的电脑上打印的，或是升级以前打印的，本机没有存下内容，不能原样重打。")
        elif len({p.form for p in papers}) > 1:
            why = self.tr("请一次只选同一种文书重打。")
        elif not papers:
            why = self.tr("选中要重打的文书。") + why if self.table.topLevelItemCount() else self.tr("打印过的文书列在这里，可以原样重打。")
        fine = bool(papers) and all(p.kept for p in papers) and len({p.form for p in papers}) == 1
        self._why.setText(why)
        for button in (self._look, self._save, self._send):
            button.setEnabled(fine)
        self._files.setVisible(len(papers) == 1 and not (papers[0].person_id or papers[0].request_id))

    def _show_files(self) -> None:
        """The signed sheets of a list: they are in nobody's file."""
        for p in self.papers():
            AttachmentDialog(self, self._shell, Entry(p.serial, "list", p.form, "", "paper", p.id, p.by)).open()

    def _look_again(self) -> None:
        if self._look.isEnabled():
            operations.run(self, printed.look_again, self._shell.desk, self.chosen(), on_done=self.seen.emit)

    def _save_again(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, self.tr("重打存为 PDF"), self.tr("重打.pdf"), "PDF (*.pdf)")
        if name:
            words, papers = self.tr("已保存 {0}，编号 {1}，注明“重打”"), self.chosen()
            self._running.run(
                len(papers), printed.reprint, self._shell.desk, papers, Path(name),
                then=lambda serials: self._done(words.format(name, printed.range_of(serials))),
            )  # fmt: skip

    def _print_again(self) -> None:
        job, out, papers = self._printer.job(), temporary(self.tr("重打")), self.chosen()
        self._running.run(
            len(papers), printed.reprint, self._shell.desk, papers, out, copies=job.copies,
            then=lambda serials: self._printer.send(out, job, serials, self._done),
        )  # fmt: skip

    def _done(self, text: str) -> None:
        self._shell.done(text, undoable=False)
        self.load()
