"""One year of the calendar: its days off and days worked instead, and the box into which the notice is pasted."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop import look, messages, operations
from desktop.pages import Shell, Touched
from desktop.widgets import parts
from models.catalog.days import Day
from models.services import calendars


def state_words(state: str) -> tuple[str, str]:
    """The words and the tone of a year's state (calendars.Year)."""
    translate = QCoreApplication.translate
    return {
        "state": (translate("rules", "国家已公布"), "done"), "county": (translate("rules", "县级已发布"), "done"),
        "city": (translate("rules", "市级已发布"), "done"),
        "part": (translate("rules", "不全，仍按预测日历"), "due"), "forecast": (translate("rules", "按预测日历"), "due"),
    }[state]  # fmt: skip


class YearView(QWidget):
    """year: of the calendar shown, as text, '' for none. What is pasted stays until it is published."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell, self.year = shell, ""
        self._plan: calendars.Plan | None = None
        self._title, self._state = parts.label("", "title"), parts.label("", "state")
        self._who, self._lacking = parts.label("", "muted", wrap=True), parts.label("", "due", wrap=True)
        self._take_back = parts.button(self.tr("撤回这一年"), self._withdraw, kind="quiet", icon="undo-2")
        self.text, self.source = QPlainTextEdit(), QLineEdit()
        self.text.setAccessibleName(self.tr("放假安排"))
        self.text.setPlaceholderText(
            self.tr("粘贴国务院办公厅放假安排通知的全文，或每行一天：\n2027-02-05至2027-02-11 休 春节\n2027-02-20 班 春节调休")
        )
        self.text.setFixedHeight(look.px(132))
        self.text.setTabChangesFocus(True)
        self.source.setAccessibleName(self.tr("依据"))
        self.source.setPlaceholderText(self.tr("依据，如 国办发明电〔2026〕7号；通知里有文号时不用填"))
        self._said = parts.label("", wrap=True)
        self._publish = parts.button(self.tr("发布"), self.publish, kind="primary", icon="send")
        self._publish.setEnabled(False)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(250)
        self._pause.timeout.connect(self._check)
        self.text.textChanged.connect(self._edited)
        self.source.textChanged.connect(lambda _t: self._edited())
        self._days = QGridLayout()
        self._days.setHorizontalSpacing(16)
        self._days.setVerticalSpacing(6)
        self._build()

    def _build(self) -> None:
        form, column = parts.card()
        column.addWidget(parts.label(self.tr("发布放假和调休"), "heading"))
        column.addWidget(self.text)
        column.addWidget(self.source)
        column.addWidget(self._said)
        column.addLayout(parts.row(parts.button(self.tr("从文件读入…"), self._open, icon="folder-open"), None, self._publish))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(parts.row(self._title, self._state, None, self._take_back))
        for widget in (self._who, self._lacking, form):
            column.addWidget(widget)
        column.addLayout(self._days)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(body))

    def show_year(self, year: calendars.Year) -> None:
        if self.year != str(year.year):  # a date without a year means another one now
            self.year = str(year.year)
            self._edited()
        words, tone = state_words(year.state)
        self._title.setText(self.tr("{0} 年工作日历").format(year.year))
        self._state.setText(words)
        self._state.setProperty("tone", tone)
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)
        self._who.setText(self.tr("{0} {1} 发布").format(year.by, year.at) if year.by else self.tr("县级没有另行发布"))
        self._take_back.setVisible(year.own)
        if year.state == "part":
            self._lacking.setText(_lacking_words(year.year, year.lacking))
        self._lacking.setVisible(year.state == "part")
        parts.clear(self._days)
        for n, (span, kind, name, source) in enumerate(self._spans(year)):
            for place, (text, role) in enumerate(((span, ""), (kind, "state"), (name, ""), (source, "muted"))):
                label = parts.label(text, role)
                if role == "state":
                    label.setProperty("tone", "accent" if kind == self.tr("班") else "done")
                self._days.addWidget(label, n, place)
        self._days.setColumnStretch(3, 1)

    def _spans(self, year: calendars.Year) -> list[tuple[str, str, str, str]]:
        """(days, 休 or 班, name, source): neighbours of one kind and name in one line, over the weekends between them."""
        spans: list[list[Day]] = []
        for day in year.days:
            last = spans[-1][-1] if spans else None
            near = last is not None and (day.on - last.on).days <= (3 if not day.workday else 1)
            if last is not None and near and (last.workday, last.name, last.source) == (day.workday, day.name, day.source):
                spans[-1].append(day)
            else:
                spans.append([day])
        found = []
        for days in spans:
            first, end = days[0].on, days[-1].on
            words = f"{first:%m-%d}" if first == end else self.tr("{0} 至 {1}").format(f"{first:%m-%d}", f"{end:%m-%d}")
            found.append((words, self.tr("班") if days[0].workday else self.tr("休"), days[0].name, days[0].source))
        return found

    def _edited(self) -> None:
        self._plan = None
        self._publish.setEnabled(False)
        if not self.text.toPlainText().strip():
            self._say("", "")
        self._pause.start()

    def _typed(self) -> tuple[str, str, str]:
        return self.text.toPlainText(), self.source.text().strip(), self.year

    def _check(self) -> None:
        typed = self._typed()
        text, source, year = typed
        if text.strip():
            operations.run(
                self, calendars.read, self.shell.desk, text, self.tr("粘贴的文字"), year=int(year or 0) or None, source=source,
                on_done=lambda plan: self._checked(plan, typed), on_error=lambda e: self._wrong(e, typed),
            )  # fmt: skip

    def _wrong(self, error: Exception, typed: tuple[str, str, str]) -> None:
        if typed == self._typed():
            self._say(messages.sentence(error), "danger")

    def _checked(self, plan: calendars.Plan, typed: tuple[str, str, str]) -> None:
        if typed != self._typed():
            return  # an answer to what has changed since
        self._plan = plan
        said = self.tr("{0} 至 {1} 共 {2} 天：新增 {3}，改动 {4}，相同 {5}。").format(
            plan.days[0].on, plan.days[-1].on, len(plan.days), plan.new, plan.changed, plan.same
        )
        self._say(
            "\n".join([said, *(_lacking_words(*entry) for entry in plan.lacking.items())]), "due" if plan.lacking else "done"
        )
        self._publish.setEnabled(bool(plan.new or plan.changed))

    def _say(self, text: str, role: str) -> None:
        self._said.setText(text)
        self._said.setProperty("role", role)
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)

    def publish(self) -> None:
        if self._plan is not None:
            self._publish.setEnabled(False)
            operations.run(self, calendars.publish, self.shell.desk, self._plan.days, writes=True, on_done=self._published)

    def _published(self, plan: calendars.Plan) -> None:
        self.text.clear()
        self.source.clear()
        self.shell.done(self.tr("已发布 {0} 天，下次同步后各乡镇、村使用").format(plan.new + plan.changed), plan.touched)

    def _withdraw(self) -> None:
        operations.run(self, calendars.withdraw, self.shell.desk, int(self.year), writes=True, on_done=self._withdrawn)

    def _withdrawn(self, touched: Touched) -> None:
        self.shell.done(self.tr("已撤回 {0} 年的工作日历").format(self.year), touched)

    def _open(self) -> None:
        kinds = self.tr("放假安排 (*.txt *.xlsx *.xls *.et *.toml);;所有文件 (*)")
        name, _ = QFileDialog.getOpenFileName(self, self.tr("打开放假安排"), "", kinds)
        if name:
            operations.run(self, calendars.text_of, Path(name), on_done=self.text.setPlainText)


def _lacking_words(year: int, days: tuple[object, ...]) -> str:
    words = QCoreApplication.translate("rules", "{0} 年还缺法定节日 {1}，补齐以前这一年仍按预测日历。")
    return words.format(year, "、".join(map(str, days)))
