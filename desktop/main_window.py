"""The shell: rail, search, status line, undo, sync; pages come from desktop.pages."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMainWindow, QMenu, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from desktop import keeping, look, memory, messages, operations, transfers
from desktop.pages import Page, Touched, all_pages
from desktop.rail import Rail
from desktop.rounds import Rounds
from desktop.status_line import StatusLine
from desktop.widgets.search import SearchField
from desktop.widgets.toast import Toast
from models.catalog import flow
from models.services import desk as desks
from models.services import home, printing, syncing, undo
from models.services.desk import Desk

if TYPE_CHECKING:
    from desktop.reader import Reader

# Verbs that a page may open by name, whatever page is in charge of them.
_SHORT: dict[str, Callable[[Any], tuple[str, Any]]] = {
    "new-request": lambda person: ("requests", ("new", person or "")),
    "print": lambda ids: ("notices", ("", list(ids or ()))),
}


class MainWindow(QMainWindow):
    """desk: the open workspace. lock: called when the clerk locks the screen or switches."""

    def __init__(self, desk: Desk, lock: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.desk = desk
        self._lock = lock
        self._pages: dict[str, Page] = {}
        self._reader: Reader | None = None
        self._shown: list[tuple[str, Any]] = []
        self.setWindowTitle(self.tr("归雁 · {0}").format(desks.office_name(desk)))
        self.declarations = [d for d in all_pages() if desk.level.value in d.levels]
        self._build()
        self._keys()
        messages.register(self)
        self._restore()
        self._rounds = Rounds(self)
        self.open(self.declarations[0].code)
        self.show_status()

    # --- building -------------------------------------------------------------------------------------------------
    def _build(self) -> None:
        body = QWidget()
        self.setCentralWidget(body)  # first: what is made inside its window is styled once
        self.rail = Rail(self.declarations, self.open, body)
        self.stage = QStackedWidget(body)
        self.search = SearchField(self)
        self._who = QToolButton()
        self._who.setAccessibleName(self.tr("当前经办人"))
        self._who.setIcon(look.icon("user"))
        self._who.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._who.setText(self.desk.account)
        self._who.setAutoRaise(True)
        self._who.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._who)
        menu.addAction(self.tr("锁定或换人\tCtrl+Shift+L"), self.lock)
        self._who.setMenu(menu)
        office = QLabel(desks.office_name(self.desk))
        office.setProperty("role", "muted")
        top = QHBoxLayout()
        top.setContentsMargins(16, 10, 16, 10)
        top.setSpacing(12)
        top.addWidget(self.search, 1)
        top.addStretch(1)
        top.addWidget(office)
        top.addWidget(self._who)
        line = QFrame()
        line.setProperty("role", "line")
        line.setFixedHeight(1)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addLayout(top)
        right.addWidget(line)
        right.addWidget(self.stage, 1)
        across = QHBoxLayout(body)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addLayout(right, 1)
        self._line = StatusLine()
        self.statusBar().addWidget(self._line, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setContentsMargins(16, 0, 16, 0)
        self._toast = Toast(body, self.search)

    def _keys(self) -> None:
        """Every command has a key and stands in the palette (SearchField shows these actions)."""
        self._add(self.tr("同步"), "F5", self.sync)
        self._add(self.tr("搜索"), "Ctrl+K", self.search.begin)
        self._add(self.tr("撤销"), "Ctrl+Z", self.undo)
        self._add(self.tr("重做"), "Ctrl+Shift+Z", self.redo)
        self._add(self.tr("后退"), "Alt+Left", self.back)
        self._add(self.tr("锁定或换人"), "Ctrl+Shift+L", self.lock)
        self._add(self.tr("使用手册"), "F1", self.manual)
        self._add(self.tr("登记人员"), "Ctrl+N", lambda: self.open("people", "new"))
        if self.has("new-request"):
            self._add(self.tr("登记诉求"), "Ctrl+Shift+N", lambda: self.open("new-request", self._current_person()))
        self._add(self.tr("登记走访"), "Ctrl+L", lambda: self.open("people", ("contact", self._current_person())))
        self._add(self.tr("打印文书"), "Ctrl+P", self._print)
        for declaration in self.declarations:
            if declaration.order:
                self._add(declaration.words(), f"Ctrl+{declaration.order}", partial(self.open, declaration.code))

    def add_command(self, title: str, keywords: str, key: str, function: Callable[[], Any]) -> None:
        """A page's verb for the palette. keywords: synonyms to find it by; key: 'Ctrl+E', or '' for none."""
        self._add(title, key, function, keywords)

    def _add(self, text: str, key: str, run: Callable[[], Any], words: str = "") -> None:
        action = QAction(text, self)
        action.setProperty("words", words)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda _c=False: run())
        self.addAction(action)

    def _current_person(self) -> str:
        return str(getattr(self._pages.get("people"), "current", "") or "") if self.current_code() == "people" else ""

    def _print(self) -> None:
        """Print what is selected, on a paper for that kind of record."""
        code = self.current_code()
        page = self._pages[code]
        kind = {"people": "person", "requests": "request"}.get(code, "")
        self.open("notices", (kind, list(page.selected()) if hasattr(page, "selected") else []))

    def manual(self) -> None:
        """The manual at the page in front; one window of it, made when it is first asked for."""
        from desktop.reader import Reader

        if self._reader is None:
            self._reader = Reader([d.code for d in self.declarations])
        self._reader.open_at(self.current_code())

    # --- what pages use -------------------------------------------------------------------------------------------
    def make_ready(self) -> None:
        """Build the page of people, and load the papers for the page 打印, while the clerk reads 今日."""
        QTimer.singleShot(400, self, self._make_ready)

    def _make_ready(self) -> None:
        self.page("people")
        # What is here then stays as long as the program: a collection that walked it all would hold the window for 50 ms.
        operations.run(self, printing.menu, slow=True, on_done=lambda _papers: gc.freeze())

    def current_code(self) -> str:
        return self._shown[-1][0] if self._shown else ""

    def page(self, code: str) -> Page:
        """The page, made on first use."""
        if code not in self._pages:
            declaration = next(d for d in self.declarations if d.code == code)
            self._pages[code] = declaration.make(self)
            self.stage.addWidget(self._pages[code])
        return self._pages[code]

    def has(self, target: str) -> bool:
        if target == "new-request" and not flow.may_write("submit", self.desk.level.value):
            return False  # county and bureaus answer what a township or a village has taken in
        return bool(self._code(_SHORT[target](None)[0] if target in _SHORT else target))

    def _code(self, target: str) -> str:
        return next((d.code for d in self.declarations if target in (d.code, *d.opens)), "")

    def open(self, target: str, argument: Any = None) -> None:
        if target in _SHORT:
            target, argument = _SHORT[target](argument)
        code = self._code(target)
        if not code:
            return
        if self._shown:
            self._pages[self.current_code()].leave()
        page = self.page(code)
        self._shown = (
            [*self._shown[-30:], (target, argument)] if not self._shown or self._shown[-1] != (target, argument) else self._shown
        )
        self._shown[-1] = (code, argument)
        self.rail.mark(code)
        self.stage.setCurrentWidget(page)
        page.setFocus()  # not on the button that led here; a page that is typed in moves it on
        page.activate(argument)

    def back(self) -> None:
        if len(self._shown) > 1:
            self._shown.pop()
            code, argument = self._shown.pop()
            self.open(code, argument)

    def changed(self, touched: Touched) -> None:
        touched = list(touched)
        for page in self._pages.values():
            page.refresh(touched)
        self.show_status()

    def done(self, text: str, touched: Iterable[tuple[str, str]] = (), *, undoable: bool = True) -> None:
        self._line.saved()
        undo.forget_redo(self.desk)
        self.show_message(text, kind="done", undo=self.undo if undoable else None)
        self.changed(touched)
        self._rounds.edited()

    def toast(self, text: str, undo: Callable[[], None] | None = None) -> None:
        self.show_message(text, kind="done", undo=undo)

    def saved(self) -> None:
        """A draft was saved as typed."""
        self._line.saved()

    def show_message(self, text: str, *, kind: str, undo: Callable[[], None] | None) -> None:
        self._toast.show_text(text, kind, undo)

    # --- commands -------------------------------------------------------------------------------------------------
    def undo(self) -> None:
        step = undo.last(self.desk)
        if step is None:
            self.show_message(self.tr("没有可以撤销的操作。"), kind="info", undo=None)
            return
        words = self.tr("已撤销：{0}").format(step.label)
        operations.run(self, undo.undo, self.desk, writes=True, on_done=lambda touched: self._reversed(words, touched))

    def redo(self) -> None:
        step = undo.next_step(self.desk)
        if step is None:
            self.show_message(self.tr("没有可以重做的操作。"), kind="info", undo=None)
            return
        words = self.tr("已重做：{0}").format(step.label)
        operations.run(self, undo.redo, self.desk, writes=True, on_done=lambda touched: self._reversed(words, touched))

    def _reversed(self, words: str, touched: Touched) -> None:
        self.show_message(words, kind="info", undo=None)
        self.changed(touched)
        self._rounds.edited()

    def lock(self) -> None:
        if self._lock is not None and self._shown:
            self._pages[self.current_code()].leave()
            self._lock()

    def sync(self) -> None:
        self._rounds.begin()

    def sync_trouble(self) -> str:
        return self._rounds.said

    # --- the quiet line -------------------------------------------------------------------------------------------
    def say_connection(self, words: str) -> None:
        self._line.connection(words)

    def show_status(self) -> None:
        desk = self.desk
        operations.run(self, lambda: (syncing.status(desk), home.waiting(desk)), on_done=self._status, on_error=lambda _e: None)

    def _status(self, found: tuple[syncing.Status, home.Waiting]) -> None:
        status, waiting = found
        self._line.know(status, self.sync_trouble())
        late, today = waiting.late, waiting.today
        words = self.tr("{0} 件逾期，{1} 件今天到期").format(late, today)
        self.rail.wait_for("requests", late + today, words, "danger" if late else "due")
        wrong = status.refused + status.conflicts
        words = self.tr("{0} 条未被接收或有冲突").format(wrong) if wrong else self.tr("{0} 条待发送").format(status.pending)
        tone = "danger" if wrong or status.stopped else ""
        self.rail.wait_for("sync", wrong or (status.pending if status.joined else 0), words, tone)

    # --- the window -----------------------------------------------------------------------------------------------
    def _restore(self) -> None:
        geometry = memory.settings().value("geometry")
        if geometry is None or not self.restoreGeometry(geometry):
            look.fit(self, 1366, 728)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._toast.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._shown:
            self._pages[self.current_code()].leave()
        if self.isVisible() and not keeping.keeper().may_close():
            event.ignore()
            return
        memory.settings().setValue("geometry", self.saveGeometry())
        messages.unregister(self)
        if self._reader is not None:
            self._reader.close()
        transfers.stop()
        operations.wait(5000)
        super().closeEvent(event)
