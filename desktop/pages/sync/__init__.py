"""同步: what the county has, record by record; what it refused and why; conflicts side by side; the USB stick."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from desktop import operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.sync.clash import ClashDesk
from desktop.pages.sync.compare import ComparePanel
from desktop.pages.sync.lines import LinesTable
from desktop.pages.sync.stick import StickCard
from desktop.pages.sync.twice import TwiceCard
from desktop.widgets import parts
from models.base import CHINA, parse_stamp
from models.services import conflicts, joining, settled, sticks, syncing
from models.services.desk import Desk

MOST = 500  # records listed; the sentence above them counts all


@dataclass
class _Found:
    """What the page shows, gathered in a worker. carried, laid: of others' sticks."""

    status: syncing.Status
    lines: list[syncing.Line]
    clashes: list[conflicts.Clash]
    twice: list[settled.Twice]
    carried: int
    laid: int


def _gather(desk: Desk, only_waiting: bool) -> _Found:
    waiting = syncing.lines(desk, only_waiting=only_waiting, limit=MOST)
    return _Found(syncing.status(desk), waiting, conflicts.open_list(desk), settled.twice(desk), *sticks.waiting(desk))


class SyncPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._said = parts.label("", wrap=True)
        self._waiting = QCheckBox(self.tr("只看没有回执的"))
        self._waiting.toggled.connect(lambda _c: self._show_other())
        # Each of these three is the one thing to do next, and stands alone: without a county nothing can be sent.
        self._join = parts.button(self.tr("用加入凭证加入县级…"), self._enrol, kind="primary", icon="folder-open")
        self._again = parts.button(self.tr("用新的加入凭证重新加入…"), self._enrol, kind="primary", icon="folder-open")
        self._now = parts.button(self.tr("立即同步"), shell.sync, kind="primary", icon="refresh-cw", tip="F5")
        self.stick = StickCard(shell, self._stick_works)
        self._write = parts.button(
            self.tr("写入 U 盘…"), self.stick.choose_to_write, icon="download", tip=self.tr("没有网络时，由 U 盘送到县级或乡镇")
        )
        self._read = parts.button(
            self.tr("读入 U 盘…"), self.stick.choose_to_read, icon="upload", tip=self.tr("读入县级答复，或下级送来的 U 盘")
        )
        self.clashes = ClashDesk(shell, self._settled)
        self._shown_clashes: list[conflicts.Clash] = []
        self._wanted: str | None = None  # somebody came here for the conflicts: for this one, '' for the one in front
        self._carried = 0
        self._trouble = parts.label("", "due", wrap=True)
        self._table = LinesTable()
        self._table.opened.connect(self._open_line)
        self._rest = parts.label(
            self.tr("这里只列 {0} 条记录，其余没有列出。全部没有回执的，请存“没有回执的清单”。").format(MOST), "muted", wrap=True
        )
        self._empty = parts.empty(self.tr("没有等待的记录"), self.tr("登记和修改过的记录会列在这里，写明县级有没有收到。"))
        body = QWidget()
        self._area = parts.scrolled(body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 12)
        outer.setSpacing(8)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 8, 8, 8)
        column.setSpacing(12)
        column.addWidget(self.stick)
        column.addWidget(self.clashes)
        self.twice = TwiceCard(shell)
        column.addWidget(self.twice)
        self.compare = ComparePanel(shell)
        column.addWidget(self.compare)
        column.addWidget(self._table)
        column.addWidget(self._rest)
        column.addWidget(self._empty)
        column.addStretch(1)
        outer.addLayout(
            parts.row(
                parts.label(self.tr("同步"), "title"), None, self._waiting, self._write, self._read, self._join, self._again, self._now
            )
        )
        outer.addWidget(self._trouble)
        outer.addWidget(self._said)
        outer.addWidget(self._area, 1)
        self._table.selectionModel().currentRowChanged.connect(lambda now, _before: self._follow(now))
        buttons = (self._join, self._again, self._now, self._write, self._read)
        for later in (*buttons, self.compare, self._table, self._rest, self._empty, self._trouble):
            later.hide()

    def _follow(self, row: QModelIndex) -> None:
        """The table is as tall as its rows: the page scrolls along with the arrow keys."""
        cell = self._table.visualRect(row)
        place = self._table.viewport().mapTo(self._area.widget(), cell.center())
        self._area.ensureVisible(place.x(), place.y(), 0, cell.height())

    def activate(self, argument: Any = None) -> None:
        """argument: 'conflicts' when somebody came to settle them, ('conflict', id) for one of them; 'enrol' to open a ticket."""
        if argument == "enrol":
            self._enrol()
        if argument == "conflicts":
            self._wanted = self._wanted or ""
        elif isinstance(argument, tuple):
            self._wanted = argument[1]
        operations.run(self, _gather, self.shell.desk, self._waiting.isChecked(), on_done=self._show)

    def _show_other(self) -> None:
        """Another list: it is read from its first line, not from wherever the one before was left."""
        bar = self._area.verticalScrollBar()
        bar.setValue(min(bar.value(), self._table.y()))
        self.activate()

    def refresh(self, touched: Touched) -> None:
        if self.isVisible():
            self.activate()

    def _stick_works(self, busy: bool) -> None:
        """One stick at a time; when it is done it may have brought a comparison."""
        self._write.setEnabled(not busy)
        self._read.setEnabled(not busy)
        if not busy:
            self.compare.look()

    def _show(self, found: _Found) -> None:
        joined = found.status.joined
        stopped = found.status.stopped  # the county hears this device no more: a new ticket is the way out
        self._join.setVisible(not joined)
        self._again.setVisible(bool(stopped))
        self._now.setVisible(joined and not stopped)
        for button in (self._write, self._read, self.compare):
            button.setVisible(joined)
        self._said.setText(self._summary(found))
        trouble = stopped or self.shell.sync_trouble()
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))
        if self._carried and not found.carried:
            self.stick.delivered()
        self._carried = found.carried
        self._shown_clashes = found.clashes
        there = self.window().focusWidget()
        settling = there is not None and (there is self.clashes or self.clashes.isAncestorOf(there))
        self.clashes.put(found.clashes)
        if settling and not found.clashes:
            self.setFocus()  # the last one is settled: not on to whatever stands next, where a key would do something else
        self.twice.put(found.twice)
        if self._wanted is not None and found.clashes:
            self._to_conflicts(self._wanted)
        self._wanted = None
        self._table.put(found.lines)
        self._table.setVisible(bool(found.lines))
        self._rest.setVisible(len(found.lines) >= MOST)
        self._empty.setVisible(not found.lines and not found.clashes and not found.twice and self.stick.isHidden())

    def _summary(self, found: _Found) -> str:
        status = found.status
        if not status.joined:
            return self.tr("本机还没有加入县级，{0} 条内容都保存在本机。请向县级索取加入凭证（一个文件），在这里打开。").format(
                status.pending
            )
        receipt = self.tr("还没有")
        if status.last_receipt_at:
            receipt = parse_stamp(status.last_receipt_at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        words = self.tr("县级服务器 {0}。{1} 条待发送，{2} 条未被接收，{3} 处冲突。上次回执：{4}。").format(
            status.address, status.pending, status.refused, status.conflicts, receipt
        )
        if status.held:
            words += self.tr("{0} 条县级暂存，县级程序升级后自动收下，不用处理。").format(status.held)
        if found.carried:
            words += self.tr("{0} 份下级 U 盘文件等待转交县级。").format(found.carried)
        if found.laid:
            words += self.tr("{0} 条下级 U 盘带来的记录本机已能看到，县级还没有收到。").format(found.laid)
        return words + self.tr("只有存有县级签名回执的记录才写“县级已收到”。")

    def _settled(self, clash: conflicts.Clash, choice: str) -> None:
        words = self.tr("{0} 的“{1}”：已保留现值“{2}”") if choice == "kept" else self.tr("{0} 的“{1}”：已采用另一值“{2}”")
        value = clash.kept if choice == "kept" else clash.other
        touched = [(clash.entity, clash.record_id), ("conflict", clash.id)]
        self.shell.done(words.format(clash.title, clash.label, value if len(value) <= 24 else f"{value[:24]}…"), touched)

    def _open_line(self, line: syncing.Line) -> None:
        """A conflict is settled here; everything else stands where it was written, with what the county says against it."""
        if line.state == "conflict" and any(c.record_id == line.record_id for c in self._shown_clashes):
            self._to_conflicts(line.record_id)
        elif line.opens[0]:
            self.shell.open(line.opens[0], ("mend", line.opens[1], line.record_id))

    def _to_conflicts(self, wanted: str = "") -> None:
        self.clashes.bring(wanted)
        self.clashes.setFocus()
        self._area.ensureWidgetVisible(self.clashes)

    def _enrol(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("打开加入凭证"), "", self.tr("加入凭证 (*.json);;所有文件 (*)"))
        if name:
            operations.run(self, joining.join, self.shell.desk, Path(name), writes=True, on_done=self._joined)

    def _joined(self, office: str) -> None:
        self.shell.done(self.tr("已作为 {0} 加入县级").format(office), undoable=False)
        self.shell.sync()


PAGE: Any = Declaration("sync", "同步", "refresh-cw", 7, SyncPage)
