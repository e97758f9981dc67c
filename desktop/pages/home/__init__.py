"""今日: what waits for this clerk."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.widgets import parts
from models.services import home


class HomePage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(24, 20, 24, 20)
        self._column.setSpacing(16)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(self._body))

    def activate(self, argument: Any = None) -> None:
        operations.run(self, home.today, self.shell.desk, on_done=self._show)

    def refresh(self, touched: Touched) -> None:
        if self.isVisible():
            self.activate()

    def _show(self, today: home.Today) -> None:
        parts.clear(self._column)
        year, month, day = today.on.split("-")
        self._column.addLayout(
            parts.row(
                parts.label(self.tr("今日  {0}年{1}月{2}日").format(year, int(month), int(day)), "title"),
                None,
                parts.button(self.tr("登记人员"), lambda: self.shell.open("people", "new"), icon="user-plus"),
                parts.button(self.tr("登记诉求"), lambda: self.shell.open("requests", ("new", "")), kind="primary", icon="plus"),
            )
        )
        if not today.anybody:
            self._column.addWidget(
                parts.empty(
                    self.tr("这里会列出到期、逾期、待回访和未发送的事项"),
                    self.tr("先导入一份村里的花名册，或登记第一位人员。"),
                    parts.button(
                        self.tr("导入花名册"), lambda: self.shell.open("importing"), kind="primary", icon="file-spreadsheet"
                    ),
                    parts.button(self.tr("登记人员"), lambda: self.shell.open("people", "new"), icon="user-plus"),
                ),
                1,
            )
            return
        lists = [
            (self.tr("逾期"), today.overdue, "danger", self.tr("没有逾期的诉求。")),
            (self.tr("三个工作日内到期"), today.due, "due", self.tr("近三个工作日没有到期的诉求。")),
            (self.tr("已有答复，待办结"), today.answered, "done", self.tr("县级答复后会列在这里。")),
            (self.tr("待受理"), today.waiting, "", self.tr("没有等待受理的诉求。")),
            (self.tr("今天该联系"), today.call_back, "", self.tr("走访时填写“下次联系日期”，到日会列在这里。")),
            (self.tr("未写完的草稿"), today.drafts, "", self.tr("没有草稿。")),
        ]
        if today.refused:
            lists.insert(0, (self.tr("县级未接收，需修改"), today.refused, "danger", ""))
        if today.conflicts:
            lists.insert(0, (self.tr("冲突，需选择"), today.conflicts, "danger", ""))
        grid = QGridLayout()
        grid.setSpacing(16)
        for n, (title, lines, role, nothing) in enumerate(lists):
            grid.addWidget(self._list(title, lines, role, nothing, today.drafts), n // 2, n % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._column.addLayout(grid)
        self._column.addStretch(1)

    def _list(self, title: str, lines: list[home.Line], role: str, nothing: str, drafts: list[home.Line]) -> QWidget:
        frame, column = parts.card()
        column.addLayout(parts.row(parts.label(title, "heading"), None, parts.label(str(len(lines)), role if lines else "muted")))
        for line in lines[:8]:
            column.addWidget(self._line(line, role, drafts=lines is drafts))
        if not lines:
            column.addWidget(parts.label(nothing, "muted", wrap=True))
        elif len(lines) > 8:
            column.addWidget(parts.label(self.tr("还有 {0} 条").format(len(lines) - 8), "muted"))
        column.addStretch(1)
        return frame

    def _line(self, line: home.Line, role: str, *, drafts: bool) -> QPushButton:
        words = f"{line.title}  {line.detail}".strip()
        if line.entity == "request" and line.on:
            when = (
                self.tr("逾期 {0} 个工作日").format(line.days)
                if line.days > 0
                else self.tr("还有 {0} 个工作日").format(-line.days)
            )
            words += f"    {line.on}{self.tr('（按预测日历）') if line.forecast else ''}  {when}"
        elif line.on and line.entity == "person":
            words += f"    {line.on}"
        made = parts.button(words, lambda: (self._open_draft if drafts else self._open)(line), kind="quiet")
        made.setStyleSheet("text-align: left;")
        made.setAccessibleName(words)
        colours = {"danger": look.tokens().danger, "due": look.tokens().due, "done": look.tokens().done}
        made.setIcon(look.icon("clock" if line.on else "chevron-right", colours.get(role, look.tokens().muted)))
        made.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        return made

    def _open(self, line: home.Line) -> None:
        if line.entity == "conflict":
            self.shell.open("sync", "conflicts")
        else:
            self.shell.open(line.entity, line.record_id)

    def _open_draft(self, line: home.Line) -> None:
        self.shell.open(line.entity, ("draft", line.record_id))


PAGE = Declaration("home", "今日", "house", 1, HomePage)
