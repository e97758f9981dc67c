"""同步: what the county has, record by record; what it refused and why; conflicts side by side; the USB stick."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QVBoxLayout, QWidget

from desktop import operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.sync.compare import ComparePanel
from desktop.pages.sync.lines import LinesTable
from desktop.pages.sync.stick import StickCard
from desktop.widgets import parts
from models.base import CHINA, parse_stamp
from models.services import conflicts, sticks, syncing
from models.services import desk as desks
from models.services.desk import Desk

MOST = 500  # records listed; the sentence above them counts all
_OFFICE = re.compile(r"（(\d{12}(?:-[A-Z]{2,4})?)）$")


@dataclass
class _Found:
    """What the page shows, gathered in a worker. carried, laid: of others' sticks; who: the name of each office."""

    status: syncing.Status
    lines: list[syncing.Line]
    clashes: list[conflicts.Clash]
    carried: int
    laid: int
    who: dict[str, str]


def _gather(desk: Desk, only_waiting: bool) -> _Found:
    clashes = conflicts.open_list(desk)
    codes = {m.group(1) for c in clashes for by in (c.kept_by, c.other_by) if (m := _OFFICE.search(by))}
    carried, laid = sticks.waiting(desk)
    return _Found(
        syncing.status(desk), syncing.lines(desk, only_waiting=only_waiting, limit=MOST), clashes, carried, laid,
        {code: desks.office_name(desk, code) for code in codes},
    )  # fmt: skip


class SyncPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._said = parts.label("", wrap=True)
        self._waiting = QCheckBox(self.tr("只看没有回执的"))
        self._waiting.toggled.connect(lambda _c: self.activate())
        self._join = parts.button(self.tr("用加入凭证加入县级…"), self._enrol, icon="folder-open")
        self.stick = StickCard(shell, self._lock)
        self._write = parts.button(
            self.tr("写入 U 盘…"), self.stick.choose_to_write, icon="download", tip=self.tr("没有网络时，由 U 盘送到县级或乡镇")
        )
        self._read = parts.button(
            self.tr("读入 U 盘…"), self.stick.choose_to_read, icon="upload", tip=self.tr("读入县级答复，或下级送来的 U 盘")
        )
        self._clashes = QVBoxLayout()
        self._clashes.setSpacing(12)
        self._table = LinesTable()
        self._table.opened.connect(shell.open)
        self._empty = parts.empty(self.tr("没有等待的记录"), self.tr("登记和修改过的记录会列在这里，写明县级有没有收到。"))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 8, 8, 8)
        column.setSpacing(12)
        column.addWidget(self.stick)
        column.addLayout(self._clashes)
        self.compare = ComparePanel(shell)
        column.addWidget(self.compare)
        column.addWidget(self._table)
        column.addWidget(self._empty)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 12)
        outer.setSpacing(8)
        now = parts.button(self.tr("立即同步"), shell.sync, kind="primary", icon="refresh-cw", tip="F5")
        outer.addLayout(
            parts.row(parts.label(self.tr("同步"), "title"), None, self._waiting, self._join, self._write, self._read, now)
        )
        outer.addWidget(self._said)
        self._area = parts.scrolled(body)
        outer.addWidget(self._area, 1)
        self._table.selectionModel().currentRowChanged.connect(lambda now, _before: self._follow(now))
        for later in (self._join, self._write, self._read, self._table, self._empty):
            later.hide()

    def _follow(self, row: QModelIndex) -> None:
        """The table is as tall as its rows: the page scrolls along with the arrow keys."""
        cell = self._table.visualRect(row)
        place = self._table.viewport().mapTo(self._area.widget(), cell.center())
        self._area.ensureVisible(place.x(), place.y(), 0, cell.height())

    def activate(self, argument: Any = None) -> None:
        operations.run(self, _gather, self.shell.desk, self._waiting.isChecked(), on_done=self._show)

    def refresh(self, touched: Touched) -> None:
        if self.isVisible():
            self.activate()

    def _lock(self, busy: bool) -> None:
        """One stick at a time."""
        self._write.setEnabled(not busy)
        self._read.setEnabled(not busy)

    def _show(self, found: _Found) -> None:
        joined = found.status.joined
        self._join.setVisible(not joined)
        for button in (self._write, self._read, self.compare):
            button.setVisible(joined)
        self._said.setText(self._summary(found))
        parts.clear(self._clashes)
        for clash in found.clashes:
            self._clashes.addWidget(self._clash(clash, found.who))
        self._table.put(found.lines)
        self._table.setVisible(bool(found.lines))
        self._empty.setVisible(not found.lines and not found.clashes and self.stick.isHidden())

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
        if found.carried:
            words += self.tr("{0} 份下级 U 盘文件等待转交县级。").format(found.carried)
        if found.laid:
            words += self.tr("{0} 条下级 U 盘带来的记录本机已能看到，县级还没有收到。").format(found.laid)
        return words + self.tr("只有存有县级签名回执的记录才写“县级已收到”。")

    def _clash(self, clash: conflicts.Clash, who: dict[str, str]) -> QWidget:
        def named(by: str) -> str:
            return _OFFICE.sub(lambda m: f"（{who.get(m.group(1), m.group(1))}）", by)

        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("{0} 的“{1}”两处填得不一样，请选择").format(clash.title, clash.label), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for n, (words, value, by, when) in enumerate((
            (self.tr("原值"), clash.base, "", ""), (self.tr("现值"), clash.kept, clash.kept_by, clash.kept_at),
            (self.tr("另一值"), clash.other, clash.other_by, clash.other_at),
        )):  # fmt: skip
            grid.addWidget(parts.label(words, "muted"), n, 0)
            grid.addWidget(parts.label(value, wrap=True), n, 1)
            grid.addWidget(parts.label(f"{named(by)} {when}".strip(), "muted"), n, 2)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 3)
        column.addLayout(grid)
        column.addLayout(parts.row(
            parts.button(self.tr("保留现值"), lambda: self._settle(clash, "kept")),
            parts.button(self.tr("采用另一值"), lambda: self._settle(clash, "other"), kind="primary"), None,
        ))  # fmt: skip
        return frame

    def _settle(self, clash: conflicts.Clash, choice: str) -> None:
        operations.run(
            self, conflicts.settle, self.shell.desk, clash.id, choice, writes=True,
            on_done=lambda _r: self.shell.done(self.tr("已处理冲突"), [(clash.entity, clash.record_id), ("conflict", clash.id)]),
        )  # fmt: skip

    def _enrol(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("打开加入凭证"), "", self.tr("加入凭证 (*.json);;所有文件 (*)"))
        if name:
            operations.run(self, desks.join, self.shell.desk, Path(name), writes=True, on_done=self._joined)

    def _joined(self, office: str) -> None:
        self.shell.done(self.tr("已作为 {0} 加入县级").format(office), undoable=False)
        self.shell.sync()


PAGE: Any = Declaration("sync", "同步", "refresh-cw", 6, SyncPage)
