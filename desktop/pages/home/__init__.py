"""今日: what waits for this clerk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.widgets import parts
from models.base import CHINA, parse_stamp
from models.services import home


class HomePage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._refused: list[home.Line] = []
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
        self._refused = today.refused
        parts.clear(self._column)
        year, month, day = today.on.split("-")
        self._column.addLayout(
            parts.row(
                parts.label(self.tr("今日  {0}年{1}月{2}日").format(year, int(month), int(day)), "title"),
                None,
                parts.button(self.tr("登记人员"), lambda: self.shell.open("people", "new"), icon="user-plus"),
                *self._offers(),
            )
        )
        if not today.anybody:
            self._column.addWidget(
                parts.empty(
                    self.tr("这里会列出到期、逾期、待回访和未发送的事项"),
                    self.tr("先导入一份村里的花名册，或登记第一位人员。"),
                    *self._first_steps(),
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
            (self.tr("已办结，待回访"), today.revisit, "", self.tr("办结的诉求在回访之前列在这里。")),
            (self.tr("未写完的草稿"), today.drafts, "", self.tr("没有草稿。")),
            (self.tr("县级还没有收到"), today.unsent_of, "", self.tr("全部已有县级回执。")),
        ]
        if today.refused:
            lists.insert(0, (self.tr("县级未接收，需修改"), today.refused, "danger", ""))
        if today.conflicts:
            lists.insert(0, (self.tr("冲突，需选择"), today.conflicts, "danger", ""))
        grid = QGridLayout()
        grid.setSpacing(16)
        for n, (title, lines, role, nothing) in enumerate(lists):
            grid.addWidget(self._list(title, lines, role, nothing, today), n // 2, n % 2)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._column.addLayout(grid)
        self._column.addStretch(1)

    def _offers(self) -> list[QPushButton]:
        """Registering a request, where this office does."""
        new = parts.button(self.tr("登记诉求"), lambda: self.shell.open("new-request"), kind="primary", icon="plus")
        return [new] if self.shell.has("new-request") else []

    def _first_steps(self) -> list[QPushButton]:
        found = [parts.button(self.tr("登记人员"), lambda: self.shell.open("people", "new"), icon="user-plus")]
        if self.shell.has("importing"):
            roster = self.tr("导入花名册")
            found.insert(0, parts.button(roster, lambda: self.shell.open("importing"), kind="primary", icon="file-spreadsheet"))
        return found

    def _list(self, title: str, lines: list[home.Line], role: str, nothing: str, today: home.Today) -> QWidget:
        frame, column = parts.card()
        column.addLayout(parts.row(parts.label(title, "heading"), None, parts.label(str(len(lines)), role if lines else "muted")))
        column.setSpacing(2)
        for line in lines[:8]:
            column.addWidget(self._line(line, role, drafts=lines is today.drafts, revisits=lines is today.revisit))
        if not lines:
            column.addWidget(parts.label(nothing, "muted", wrap=True))
        elif len(lines) > 8:
            column.addWidget(parts.label(self.tr("还有 {0} 条").format(len(lines) - 8), "muted"))
        column.addStretch(1)
        return frame

    def _line(self, line: home.Line, role: str, *, drafts: bool, revisits: bool) -> LineButton:
        when, state = line.on, ""
        if drafts:
            when = parse_stamp(line.on).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        elif line.entity == "request" and line.on and not revisits:
            when += self.tr("（按预测日历）") if line.forecast else ""
            days = self.tr("逾期 {0} 个工作日") if line.days > 0 else self.tr("还有 {0} 个工作日")
            state = days.format(abs(line.days)) if line.days else self.tr("今天到期")
        return LineButton(
            (line.title, line.detail, when, state), role, lambda: (self._open_draft if drafts else self._open)(line)
        )

    def _open(self, line: home.Line) -> None:
        if line.entity == "conflict":
            self.shell.open("sync", ("conflict", line.record_id))
        elif line in self._refused:
            self.shell.open(line.entity, ("mend", line.record_id, ""))
        else:
            self.shell.open(line.entity, line.record_id)

    def _open_draft(self, line: home.Line) -> None:
        self.shell.open(line.entity, ("draft", line.record_id))


class LineButton(QPushButton):
    """One thing to do, as a button: who, what, its day and how long that is away, each in its column."""

    def __init__(self, words: tuple[str, str, str, str], role: str, run: Callable[[], None]) -> None:
        super().__init__()
        who, what, when, state = words
        self.setProperty("kind", "line")
        self.setAccessibleName("  ".join(x for x in words if x))
        self.setToolTip(what)
        self.clicked.connect(lambda _c=False: run())
        name = parts.label(who)
        name.setMinimumWidth(look.px(76))
        after = [parts.label(text, tone) for text, tone in ((when, "muted"), (state, role)) if text]
        about = parts.label(what, "muted")
        self._line = parts.row(name, about, None, *after)
        self._line.setContentsMargins(look.px(4), 0, look.px(4), 0)
        self._line.setSpacing(12)
        self.setLayout(self._line)
        for part in (name, about, *after):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """As high as a line of text with room around it; a narrow window may cut the words, which the tool tip has."""
        return QSize(self._line.sizeHint().width(), self._line.sizeHint().height() + look.px(10))

    def minimumSizeHint(self) -> QSize:
        return QSize(look.px(120), self.sizeHint().height())


PAGE = Declaration("home", "今日", "house", 1, HomePage)
