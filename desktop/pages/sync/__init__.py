"""同步: what the county has, record by record; what it refused and why; conflicts side by side."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QFileDialog, QGridLayout, QVBoxLayout, QWidget

from desktop import operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.requests.case import SYNC_WORDS
from desktop.widgets import parts
from models.base import CHINA, hlc_moment, parse_stamp
from models.services import conflicts, specs, syncing
from models.services import desk as desks


class SyncPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._said = parts.label("", wrap=True)
        self._waiting = QCheckBox(self.tr("只看没有回执的"))
        self._waiting.toggled.connect(lambda _c: self.activate())
        self._join = parts.button(self.tr("用加入凭证加入县级…"), self._enrol, icon="folder-open")
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 8, 8, 8)
        self._column.setSpacing(12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 12)
        outer.setSpacing(8)
        now = parts.button(self.tr("立即同步"), shell.sync, kind="primary", icon="refresh-cw", tip="F5")
        outer.addLayout(parts.row(parts.label(self.tr("同步"), "title"), None, self._waiting, self._join, now))
        outer.addWidget(self._said)
        outer.addWidget(parts.scrolled(self._body), 1)

    def activate(self, argument: Any = None) -> None:
        desk, only = self.shell.desk, self._waiting.isChecked()
        operations.run(
            self, lambda: (syncing.status(desk), syncing.lines(desk, only_waiting=only, limit=300), conflicts.open_list(desk)),
            on_done=self._show,
        )  # fmt: skip

    def refresh(self, touched: Touched) -> None:
        if self.isVisible():
            self.activate()

    def _show(self, found: tuple[syncing.Status, list[syncing.Line], list[conflicts.Clash]]) -> None:
        status, lines, clashes = found
        parts.clear(self._column)
        self._join.setVisible(not status.joined)
        receipt = (
            parse_stamp(status.last_receipt_at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
            if status.last_receipt_at
            else self.tr("还没有")
        )
        if status.joined:
            self._said.setText(
                self.tr(
                    "县级服务器 {0}。{1} 条待发送，{2} 条未被接收，{3} 处冲突。上次回执：{4}。只有存有县级签名回执的记录才写“县级已收到”。"
                ).format(status.address, status.pending, status.refused, status.conflicts, receipt)
            )
        else:
            self._said.setText(
                self.tr("本机还没有加入县级，{0} 条内容都保存在本机。请向县级索取加入凭证（一个文件），在这里打开。").format(
                    status.pending
                )
            )
        for clash in clashes:
            self._column.addWidget(self._clash(clash))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        for n, line in enumerate(lines):
            state = parts.label(SYNC_WORDS.get(line.state, line.state), "state")
            state.setProperty("tone", {"received": "done", "merged": "done", "pending": "due"}.get(line.state, "danger"))
            grid.addWidget(state, n, 0)
            grid.addWidget(parts.label(specs.label(line.entity), "muted"), n, 1)
            if line.entity in ("person", "request"):
                opener = parts.button(line.title or line.record_id, partial(self.shell.open, line.entity, line.record_id), kind="quiet")
                opener.setStyleSheet("text-align: left; padding: 0;")
                grid.addWidget(opener, n, 2)
            else:
                grid.addWidget(parts.label(line.title), n, 2)
            grid.addWidget(parts.label(hlc_moment(line.at).astimezone(CHINA).strftime("%m-%d %H:%M"), "muted"), n, 3)
            grid.addWidget(parts.label("；".join(reason for _, reason in line.errors), "danger", wrap=True), n, 4)
        grid.setColumnStretch(4, 1)
        self._column.addLayout(grid)
        if not lines and not clashes:
            self._column.addWidget(
                parts.empty(self.tr("没有等待的记录"), self.tr("登记和修改过的记录会列在这里，写明县级有没有收到。"))
            )
        self._column.addStretch(1)

    def _clash(self, clash: conflicts.Clash) -> QWidget:
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("{0} 的“{1}”两处填得不一样，请选择").format(clash.title, clash.label), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        for n, (words, value, who, when) in enumerate((
            (self.tr("原值"), clash.base, "", ""), (self.tr("现值"), clash.kept, clash.kept_by, clash.kept_at),
            (self.tr("另一值"), clash.other, clash.other_by, clash.other_at),
        )):  # fmt: skip
            grid.addWidget(parts.label(words, "muted"), n, 0)
            grid.addWidget(parts.label(value, wrap=True), n, 1)
            grid.addWidget(parts.label(f"{who} {when}".strip(), "muted"), n, 2)
        grid.setColumnStretch(1, 1)
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
