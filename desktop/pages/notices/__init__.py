"""打印: choose a paper and for whom, see the very PDF, give it its numbers and save or print that file."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFileDialog, QMenu, QSplitter, QTabWidget, QVBoxLayout, QWidget

from desktop import operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.notices import printer
from desktop.pages.notices.asking import PrinterChoice
from desktop.pages.notices.asks import Asks
from desktop.pages.notices.choosing import ChoosePeople
from desktop.pages.notices.letters import LetterDialog
from desktop.pages.notices.printer import temporary
from desktop.pages.notices.reprints import Reprints
from desktop.pages.notices.sources import Sources
from desktop.pages.notices.viewer import PaperView
from desktop.widgets import parts
from desktop.widgets.running import Running
from models.services import letters, print_runs, printed, printing
from models.services.options import Option


class NoticesPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._of: dict[str, list[str]] = {"person": [], "request": []}  # who is chosen, for papers about either
        self._letters: dict[str, letters.Letter] = {}
        self._seen: tuple[str, list[str], dict[str, str]] | None = None  # of what the preview is: form, ids, what was typed
        self._form = QComboBox()
        self._form.setAccessibleName(self.tr("文书"))
        self._choices = {c.code: c for c in printing.menu()}
        for choice in self._choices.values():
            self._form.addItem(choice.title, choice.code)
        self._form.currentIndexChanged.connect(lambda _i: self._choose())
        self._whom = parts.label("", "muted", wrap=True)
        self._pick = parts.button(self.tr("按村、按筛选选择人员…"), self.choose_people, icon="users")
        self.asks = Asks()
        self._amend = parts.button(self.tr("修改模板…"), self.amend, kind="quiet", icon="pencil")
        self.printer = PrinterChoice()
        busy = self.tr("上一批还在打印，请等它完成，或先取消。")
        self.running = Running(self.tr("打印进度"), self.tr("{0} / {1} 份"), busy)
        self.paper, self.sources, self.people = PaperView(), Sources(shell), ChoosePeople(shell)
        self.reprints = Reprints(shell, self.running, self.printer)
        self.people.taken.connect(self._take)
        self.paper.turned.connect(lambda _copy: self._show_sources())
        self.reprints.seen.connect(self._show_again)
        self.running.changed.connect(self._may)
        self.printer.failed.connect(self._not_sent)
        self._see = parts.button(self.tr("预览"), self._preview, icon="search")
        self._save = parts.button(self.tr("编号并保存"), self._choose_saving, icon="download")
        self._print = parts.button(self.tr("编号并打印"), self._to_printer, kind="primary", icon="printer")
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._look_for)
        self._build()

    def _build(self) -> None:
        split = QSplitter(Qt.Orientation.Horizontal, self)
        side = QWidget(split)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(split)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 16, 0, 12)
        column.setSpacing(8)
        head, foot = QVBoxLayout(), QVBoxLayout()
        for part in (head, foot):
            part.setContentsMargins(16, 0, 16, 0)
            part.setSpacing(8)
        head.addWidget(parts.label(self.tr("打印"), "title"))
        head.addLayout(parts.row(self._form, self._amend, stretch_at=0))
        head.addLayout(parts.row(self._whom, self._pick, stretch_at=0))
        foot.addWidget(self.printer)
        foot.addLayout(parts.row(self._see, self._save, self._print, None))
        foot.addWidget(self.running)
        foot.addWidget(self.running.trouble)
        foot.addWidget(parts.label(self.tr("编号一经取用不再重复；预览不取号。"), "muted", wrap=True))
        column.addLayout(head)
        column.addWidget(parts.scrolled(self.asks), 1)
        column.addLayout(foot)
        self.tabs = QTabWidget(split)
        for page, words in (
            (self.paper, self.tr("预览")), (self.sources, self.tr("数据来源")), (self.people, self.tr("选择人员")),
            (self.reprints, self.tr("打印记录")),
        ):  # fmt: skip
            self.tabs.addTab(page, words)
        self.tabs.currentChanged.connect(lambda _i: self._open_tab())
        split.setChildrenCollapsible(False)
        split.setSizes([440, 840])
        split.setStretchFactor(1, 1)

    # --- what and for whom ------------------------------------------------------------------------------------------
    def activate(self, argument: Any = None) -> None:
        """argument: (form code, or 'person' or 'request' for any form about one, or ''; ids of its subject), or the id of a
        paper that was printed. A single request gets the paper that is due."""
        due_for = ""
        if isinstance(argument, str):
            self.tabs.setCurrentWidget(self.reprints)
            self.reprints.show_paper(argument)
        elif isinstance(argument, tuple):
            code, ids = argument[0], list(argument[1])
            if code in self._of:
                several = {"person": "people", "request": "requests"}[code]
                fitting = [c.code for c in self._choices.values() if c.subject in (code, several)]
                self._of[code] = ids
                due_for = ids[0] if code == "request" and len(ids) == 1 else ""
                code = "" if self._current().code in fitting or not fitting else fitting[0]
            else:
                self._of[self._about(code or self._current().code)] = ids
            if code:
                self._form.setCurrentIndex(self._form.findData(code))
            self.tabs.setCurrentWidget(self.paper)
            self.paper.search.clear()  # it was looked for in another paper
        self.printer.look()
        self._open_tab()
        self._load(look=not isinstance(argument, str), due_for=due_for)

    def _load(self, look: bool = True, due_for: str = "") -> None:
        desk = self.shell.desk

        def read() -> tuple[dict[str, str], tuple[letters.Letter, ...], dict[str, tuple[Option, ...]], str]:
            due = printing.due(desk, due_for) if due_for else ""
            return printing.proposed(desk, "notice.document"), letters.every(desk), printing.chosen_from(desk), due
        operations.run(self, read, on_done=partial(self._ready, look))

    def refresh(self, touched: Touched) -> None:
        if self.isVisible():
            self._open_tab()

    def leave(self) -> None:
        self.people.leave()

    def _ready(
        self, look: bool, found: tuple[dict[str, str], tuple[letters.Letter, ...], dict[str, tuple[Option, ...]], str],
    ) -> None:  # fmt: skip
        if found[3]:
            self._form.setCurrentIndex(self._form.findData(found[3]))
        proposed, self._letters, self.asks.options = found[0], {letter.code: letter for letter in found[1]}, found[2]
        self.asks.texts = {code: {part.name: part.text for part in letter.parts} for code, letter in self._letters.items()}
        self.asks.office = {name: proposed.get(name, "") for name in ("notice.mark", "notice.sign")}
        self._choose()
        if look and self._ids:
            self._preview()

    def _current(self) -> printing.Choice:
        return self._choices[str(self._form.currentData())]

    def _about(self, code: str) -> str:
        choice = self._choices.get(code)
        return "request" if choice is not None and choice.subject in ("request", "requests") else "person"

    @property
    def _ids(self) -> list[str]:
        return self._of[self._about(self._current().code)]

    def choose_people(self) -> None:
        self.tabs.setCurrentWidget(self.people)
        self.people.village.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self, ids: list[str]) -> None:
        self._of["person"] = ids
        self._choose()
        self.tabs.setCurrentWidget(self.paper)
        self._preview()

    def _open_tab(self) -> None:
        here = self.tabs.currentWidget()
        if here is self.people:
            self.people.load()
        elif here is self.reprints:
            self.reprints.load()
        elif here is self.sources:
            self._show_sources()

    def _choose(self) -> None:
        choice = self._current()
        request = self._about(choice.code) == "request"
        if choice.subject == "list":
            self._whom.setText(self.tr("整份印发，不针对个人。"))
        elif self._ids:
            self._whom.setText((self.tr("已选 {0} 件诉求。") if request else self.tr("已选 {0} 人。")).format(len(self._ids)))
        else:
            self._whom.setText(self.tr("请先在“诉求”页选择，再按 Ctrl+P。") if request else self.tr("还没有选人。"))
        people = choice.subject in ("person", "people")
        self._pick.setVisible(people)
        self.tabs.setTabVisible(self.tabs.indexOf(self.people), people)
        self.asks.lay(choice)
        parts.tab_through(self._pick, *self.asks.asked.values())
        self.printer.fit(choice.paper)
        self._amend.setVisible(choice.code in self._letters)
        self._may()

    def amend(self) -> None:
        """Change what this paper says from now on."""
        dialog = LetterDialog(self, self.shell, self._letters[self._current().code])
        dialog.saved.connect(self._load)
        dialog.open()

    # --- seeing -------------------------------------------------------------------------------------------------------
    def _may(self) -> None:
        for button in (self._see, self._save, self._print):
            button.setEnabled(not self.running.busy)

    def _preview(self) -> None:
        desk, code, ids, extra = self.shell.desk, self._current().code, list(self._ids), self.asks.extra()
        self.tabs.setCurrentWidget(self.paper)

        def done(pdf: bytes) -> None:
            self._seen = (code, ids, extra)
            self.paper.show_pdf(pdf)

        self.running.run(self._copies(), printing.preview, desk, code, ids, extra, then=done, look_only=True)

    def _copies(self) -> int:
        return len(self._ids) if self._current().subject in ("person", "request") else 1

    def _show_sources(self) -> None:
        if self.tabs.currentWidget() is not self.sources:
            return
        if self._seen is not None:
            self.sources.show_copy(*self._seen, self.paper.copy())
        elif self.paper.pdf:
            self.sources.of_nothing(self.tr("这是打印过的文书，内容与当时一样；来源见记录本身。"))

    def _look_for(self) -> None:
        if self.tabs.currentWidget() is self.reprints:
            self.reprints.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.tabs.setCurrentWidget(self.paper)
            self.paper.look_for()

    # --- giving numbers -----------------------------------------------------------------------------------------------
    def _choose_saving(self) -> None:
        """Several people: one PDF of all, or one for each."""
        if self._copies() < 2:
            self._issue()
            return
        menu = QMenu(self)
        menu.addAction(self.tr("{0} 份合成一个 PDF…").format(self._copies())).triggered.connect(lambda _c=False: self._issue())
        menu.addAction(self.tr("每份一个 PDF（姓名_编号.pdf）…")).triggered.connect(lambda _c=False: self._issue_each())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._save.mapToGlobal(self._save.rect().bottomLeft()))

    def _issue(self) -> None:
        if not self.asks.complete():
            return
        name, _ = QFileDialog.getSaveFileName(self, self.tr("保存 PDF"), f"{self._current().title}.pdf", "PDF (*.pdf)")
        if name:
            words = self.tr("已保存 {0}，编号 {1}")
            self._make(printing.issue, Path(name), lambda serials: self._done(words.format(name, printed.range_of(serials))))

    def _issue_each(self) -> None:
        if not self.asks.complete():
            return
        folder = QFileDialog.getExistingDirectory(self, self.tr("每份一个 PDF，保存到哪个文件夹"))
        if folder:
            words = self.tr("已保存 {0} 个文件到 {1}，编号 {2}")
            self._make(
                print_runs.issue_each, Path(folder),
                lambda run: self._done(words.format(len(run.files), run.folder, printed.range_of(run.serials))),
            )  # fmt: skip

    def _make(self, function: Callable[..., Any], out: Path, then: Callable[[Any], object], copies: int = 1) -> None:
        desk, code, ids = self.shell.desk, self._current().code, list(self._ids)
        self.running.run(self._copies(), function, desk, code, ids, out, self.asks.extra(), copies=copies, then=then)

    def _done(self, text: str) -> None:
        self.shell.done(text, [(self._about(self._current().code), i) for i in self._ids], undoable=False)
        self._open_tab()

    def _to_printer(self) -> None:
        if not self.asks.complete():
            return
        job, out, paper = self.printer.job(), temporary(self._current().title), self._current().paper

        def issue(*args: Any, **kwargs: Any) -> list[str]:
            printer.refuse_size(job, paper)
            return printing.issue(*args, **kwargs)

        self._make(issue, out, lambda serials: self.printer.send(out, job, serials, self._done), copies=job.copies)

    def _not_sent(self, error: Exception) -> None:
        self.running.keep(error)
        self._open_tab()  # the paper has its number, and stands in the log

    def _show_again(self, pdf: bytes) -> None:
        self._seen = None
        self.tabs.setCurrentWidget(self.paper)
        self.paper.show_pdf(pdf)


PAGE = Declaration("notices", "打印", "printer", 4, NoticesPage, opens=("paper",))
