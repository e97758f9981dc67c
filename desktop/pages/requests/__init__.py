"""诉求: a list beside the request it shows, or the intake of a new one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.requests.case import CaseView
from desktop.pages.requests.intake import Intake
from desktop.widgets import parts
from desktop.widgets.table import PagedModel, PagedTable
from models.base import local_date
from models.catalog import Item, flow
from models.records import Record
from models.services import drafts, people, requests


class RequestsPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._names: dict[str, str] = {}
        items = requests.items(shell.desk)
        self._items, self._items_on = {i.code: i.name for i in items}, local_date()
        self._sort, self._descending = "due_on", False
        columns = [
            ("person_id", self.tr("诉求人"), lambda r: self._names.get(r.person_id, ""), 76),
            ("item", self.tr("事项"), lambda r: self._items.get(r.item, r.item), 128),
            ("state", self.tr("状态"), lambda r: flow.state_label(r.state or "draft"), 66),
            ("due_on", self.tr("应办结"), lambda r: r.due_on or "", 92),
            ("number", self.tr("编号"), lambda r: r.number or "", 176),
        ]
        self._model = PagedModel(columns, self._records)
        self._model.tone = self._tone
        self.table = PagedTable("requests", self._model)
        self.table.setAccessibleName(self.tr("诉求列表"))
        self.table.chosen.connect(self._show)
        self.table.sorted_by.connect(self._on_sort)
        self._which = QComboBox()
        self._which.setAccessibleName(self.tr("范围"))
        for code, words in (
            ("open", self.tr("办理中")),
            ("overdue", self.tr("逾期")),
            ("closed", self.tr("已办结")),
            ("all", self.tr("全部")),
        ):
            self._which.addItem(words, code)
        self._which.currentIndexChanged.connect(lambda _i: self._load())
        self._text = QLineEdit()
        self._text.setPlaceholderText(self.tr("按姓名、编号查找"))
        self._text.setAccessibleName(self.tr("按姓名、编号查找"))
        self._text.addAction(look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(80)
        self._pause.timeout.connect(self._load)
        self._text.textChanged.connect(lambda _t: self._pause.start())
        self._count = parts.label("", "muted")
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._list = QWidget(self._split)
        self._detail = QStackedWidget(self._split)
        self._build()  # before what stands beside it: Tab goes in the order of making
        may = shell.has("new-request")
        new = parts.button(self.tr("登记诉求"), lambda: self.shell.open("new-request"), kind="primary", icon="plus")
        self._nothing = parts.empty(
            self.tr("选择一件诉求，这里显示办理经过和下一步"),
            self.tr("群众来访、来电时，从这里登记诉求。") if may else self.tr("转给本单位的诉求同步后会列在左边。"),
            *([new] if may else []),
        )
        self._detail.addWidget(self._nothing)
        parts.later(self, lambda: self.case)

    @cached_property
    def case(self) -> CaseView:
        """The request beside the list: not seen before one is chosen."""
        made = CaseView(self.shell, self._detail)
        made.gone.connect(lambda: self._detail.setCurrentWidget(self._nothing))
        self._detail.addWidget(made)
        return made

    @cached_property
    def intake(self) -> Intake:
        made = Intake(self.shell, requests.items(self.shell.desk), self._submitted, self._detail)
        self._detail.addWidget(made)
        return made

    def _made(self, name: str) -> bool:
        """Whether one of the two above was needed so far."""
        return name in self.__dict__

    @property
    def _current(self) -> str:
        return self.case.request_id if self._made("case") else ""

    def _leave_intake(self) -> None:
        if self._made("intake"):
            self.intake.leave()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._split)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(16, 16, 8, 12)
        column.setSpacing(8)
        new = parts.button(self.tr("登记诉求"), lambda: self.shell.open("requests", ("new", "")), icon="plus", tip="Ctrl+Shift+N")
        if not self.shell.has("new-request"):
            new.hide()
        column.addLayout(parts.row(parts.label(self.tr("诉求"), "title"), None, self._count, new))
        column.addLayout(parts.row(self._text, self._which, self.table.column_button(), stretch_at=0))
        column.addWidget(self.table, 1)
        self._split.setChildrenCollapsible(False)
        self._split.setSizes([580, 660])

    def _records(self, ids: Any) -> dict[str, Record]:
        """In a worker: the requests of a block, and the names of their people."""
        found = people.records(self.shell.desk, ids, "request")
        who = people.records(self.shell.desk, list({r.person_id for r in found.values()}))
        self._names.update({i: p.name or "" for i, p in who.items()})
        return found

    def _tone(self, record: Record, key: str) -> str:
        late = record.due_on and record.state in requests.OPEN and record.due_on < local_date().isoformat()
        return look.tokens().danger if key == "due_on" and late else ""

    def selected(self) -> list[str]:
        return self.table.selected() or ([self._current] if self._current else [])

    def activate(self, argument: Any = None) -> None:
        """argument: ('new', person id or ''), ('draft', id), ('mend', request's id, id of what was refused), a request's id, or
        None."""
        if self._items_on != local_date():  # a window left open overnight: another edition may be in force since
            self._take_rules()
        if isinstance(argument, tuple) and argument[0] == "draft":
            operations.run(self, drafts.get, self.shell.desk, argument[1], on_done=self._resume)
        elif isinstance(argument, tuple) and argument[0] == "mend":
            self._leave_intake()
            self._detail.setCurrentWidget(self.case)
            self.case.mend(argument[1], argument[2])
        elif isinstance(argument, tuple):
            self.table.let_go()
            self._detail.setCurrentWidget(self.intake)
            self.intake.begin(argument[1])
        elif argument:
            self._show(argument)
        self._load()

    def _resume(self, draft: drafts.Draft | None) -> None:
        """Go on with a request that was begun, or with words for a step of one."""
        if draft is None:
            return
        if draft.entity == "request":
            self._detail.setCurrentWidget(self.intake)
            self.intake.resume(draft.id)
        else:
            self._show(str(draft.cells["request_id"].value))

    def refresh(self, touched: Touched) -> None:
        if any(entity == "amendment" for entity, _ in touched):
            self._take_rules()
        if any(True for _ in touched):
            self._model.refresh([""])  # a step, a referral or a person's new name shows in a row as well
        if self.isVisible():
            self._load()
            self.case.refresh()

    def _take_rules(self) -> None:
        self._items_on = local_date()
        operations.run(self, requests.items, self.shell.desk, on_done=self._amended)

    def _amended(self, items: Sequence[Item]) -> None:
        self._items.update({i.code: i.name for i in items})
        if self._made("intake"):
            self.intake.take_items(items)

    def leave(self) -> None:
        self._leave_intake()
        if self._made("case"):
            self.case.leave()
        self.table.remember()

    def _on_sort(self, key: str, descending: bool) -> None:
        self._sort, self._descending = key, descending
        self._load()

    def _load(self) -> None:
        which = self._which.currentData()
        states = {"open": requests.OPEN, "closed": ("closed", "revisited", "rejected")}.get(which, ())
        operations.run(
            self, requests.ids, self.shell.desk, text=self._text.text(), states=states, sort=self._sort, descending=self._descending,
            overdue_on=local_date() if which == "overdue" else None, on_done=self._loaded,
        )  # fmt: skip

    def _loaded(self, ids: list[str]) -> None:
        self.table.blockSignals(True)
        self.table.nothing = self._none()
        if ids != self._model.ids:  # the same list keeps its place
            self._model.set_ids(ids)
        self.table.select(self._current)
        self.table.blockSignals(False)
        self._count.setText(self.tr("{0} 件").format(len(ids)))

    def _none(self) -> str:
        """Why the list is empty."""
        if self._text.text().strip():
            return self.tr("没有找到。可以改查“全部”，或换个姓名、编号。")
        return {
            "open": self.tr("没有办理中的诉求。已经办结的，在“已办结”里。"),
            "overdue": self.tr("没有逾期的诉求。"),
            "closed": self.tr("还没有办结的诉求。"),
        }.get(str(self._which.currentData()), self.tr("还没有诉求，登记后列在这里。"))

    def _show(self, request_id: str) -> None:
        self._leave_intake()
        self._detail.setCurrentWidget(self.case)
        self.case.show_request(request_id)

    def _submitted(self, record: Record) -> None:
        self._show(record.id)
        self._load()


PAGE = Declaration("requests", "诉求", "inbox", 3, RequestsPage, opens=("request", "request_event", "referral"))
