"""人员: a list beside the person it shows."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop import look, memory, operations
from desktop.pages import Declaration, Page, Shell, Touched
from desktop.pages.people import alike, exports, merging
from desktop.pages.people.person import PersonView
from desktop.widgets import parts
from desktop.widgets.inputs import ChoiceInput, VillageInput
from desktop.widgets.table import Column, PagedModel, PagedTable
from models.errors import RuleError
from models.fields import State
from models.records import Record
from models.services import merging_people, people, specs
from resources import codes, divisions


def _words(field: str) -> Any:
    spec = specs.by_name("person", field)

    def words(record: Record) -> str:
        cell = record.cell(field)
        if cell.state == State.TO_VERIFY:  # first what it is: a narrow column cuts the end
            said = QCoreApplication.translate("people", "待核实 {0}")
            return said.format(specs.show(spec, cell).removesuffix(specs.DOUBTED)).strip()
        return "" if cell.state == State.UNCOLLECTED else specs.show(spec, cell)

    return words


def _village(record: Record) -> str:
    found = divisions.get(record.village)
    return found.name if found else ""


# Width at 100 % of each column that is a field; its heading is the field's label.
_WIDTHS = {"sex": 48, "phone": 112, "out_place": 84, "return_intent": 100, "employer": 140, "occupation": 90}


class PeoplePage(Page):
    """current: the id of the person shown, '' for none or a new one."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._sort, self._descending = "changed", True
        self._round = 0
        columns: list[Column] = [
            ("name", self.tr("姓名"), _words("name"), 80),
            ("village", self.tr("村"), _village, 104),
            *((name, specs.by_name("person", name).label, _words(name), width) for name, width in _WIDTHS.items()),
        ]
        self._model = PagedModel(columns, lambda ids: people.records(self.shell.desk, ids))
        self.table = PagedTable("people", self._model)
        self.table.setAccessibleName(self.tr("人员列表"))
        self.table.chosen.connect(self._choose)
        self.table.sorted_by.connect(self._on_sort)
        self._text = QLineEdit()
        self._text.setPlaceholderText(self.tr("在列表中查找"))
        self._text.setAccessibleName(self.tr("在列表中查找"))
        self._text.setClearButtonEnabled(True)
        self._text.addAction(look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._where = VillageInput(shell.desk.office)
        self._intent = ChoiceInput([(c.code, c.label, c.initials) for c in codes.table("return_intent")])
        self._kind = ChoiceInput([(c.code, c.label, c.initials) for c in codes.table("person_kind")])
        for combo, words in (
            (self._where, self.tr("全部村")),
            (self._kind, self.tr("全部类别")),
            (self._intent, self.tr("全部意愿")),
        ):
            combo.lineEdit().setPlaceholderText(words)  # type: ignore[union-attr]  # an editable box has one
            combo.setAccessibleName(words)
            combo.setMinimumContentsLength(4)  # as many characters as it says when nothing is chosen
            combo.edited.connect(self._later)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(80)
        self._pause.timeout.connect(self._load)
        self._text.textChanged.connect(lambda _t: self._later())
        self._count = parts.label("", "muted")
        self._may_merge = merging_people.may(shell.desk)
        self._found: list[merging_people.Stray] | None = None  # None until somebody has looked
        self._stray_words = parts.label("", "due", wrap=True)
        see = parts.button(self.tr("查看"), self._open_stray, kind="quiet", icon="triangle-alert")
        self._strays = parts.strip(self._stray_words, see, stretch_at=0)
        self._strays.hide()
        self._both = parts.button(self.tr("合并这两份…"), self._merge_both, icon="git-merge")
        self._both.hide()
        self._exporting = exports.bar(self)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._list = QWidget(self._split)
        self._detail = QStackedWidget(self._split)
        self._build()  # before what stands beside it: Tab goes in the order of making
        offers = [
            parts.button(
                self.tr("登记人员"), lambda: self.shell.open("people", "new"), kind="primary", icon="user-plus", tip="Ctrl+N"
            )
        ]
        if shell.has("importing"):
            offers.append(
                parts.button(self.tr("导入花名册"), lambda: self.shell.open("importing"), icon="file-spreadsheet")
            )
        self._nobody = parts.empty(
            self.tr("选择一位人员，这里显示其全部资料和往来"),
            self.tr("也可以登记新的人员，或导入村里的花名册。") if shell.has("importing") else self.tr("也可以登记新的人员。"),
            *offers,
        )
        self._detail.addWidget(self._nobody)
        parts.later(self, lambda: self.view)

    @cached_property
    def view(self) -> PersonView:
        """The person beside the list: as much work as the list, and not seen before somebody is chosen."""
        made = PersonView(self.shell, self._saved, self._detail)
        made.gone.connect(lambda: self._detail.setCurrentWidget(self._nobody))
        self._detail.addWidget(made)
        return made

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._split)
        column = QVBoxLayout(self._list)
        column.setContentsMargins(16, 16, 8, 12)
        column.setSpacing(8)
        column.addLayout(parts.row(parts.label(self.tr("人员"), "title"), None, self._count,
                                   parts.button(self.tr("登记人员"), lambda: self.shell.open("people", "new"), icon="user-plus", tip="Ctrl+N")))  # fmt: skip
        column.addLayout(parts.row(self._text, self.table.column_button(), stretch_at=0))
        filters = parts.row(self._where, self._kind, self._intent)
        for place in range(3):
            filters.setStretch(place, 1)
        column.addLayout(filters)
        column.addWidget(self._strays)
        column.addWidget(self.table, 1)
        column.addLayout(parts.row(
            parts.button(self.tr("打印通知"), lambda: self.shell.open("notices", ("notice.meeting", self.selected())), icon="printer", tip="Ctrl+P"),
            exports.button(self, self.shell, self._exporting, self.selected), self._both, None,
        ))  # fmt: skip
        column.addWidget(self._exporting)
        column.addWidget(self._exporting.trouble)
        self._split.setStretchFactor(0, 5)
        self._split.setStretchFactor(1, 6)
        self._split.setChildrenCollapsible(False)
        state = memory.settings().value("people/split")
        if state is not None:
            self._split.restoreState(state)
        else:
            self._split.setSizes([580, 690])

    @property
    def current(self) -> str:
        return "" if self._detail.currentWidget() is self._nobody else self.view.person_id

    def selected(self) -> list[str]:
        return self.table.selected()

    def activate(self, argument: Any = None) -> None:
        """argument: 'new', a person's id, ('contact', id), ('draft', draft id), ('mend', id, id of what was refused) or None."""
        if argument == "new":
            self.table.let_go()
            self._detail.setCurrentWidget(self.view)
            self.view.begin()
        elif isinstance(argument, tuple) and argument[0] == "draft":
            self._detail.setCurrentWidget(self.view)
            self.view.resume(argument[1])
        elif isinstance(argument, tuple) and argument[0] == "mend":
            if argument[1] not in self._model.ids:  # a deleted one: the row of another would be taken for it, and printed
                self.table.let_go()
            self._detail.setCurrentWidget(self.view)
            self.view.mend(argument[1], argument[2])
        elif isinstance(argument, tuple) and argument[0] == "contact":
            if argument[1]:
                self._show(argument[1])
                self.view.begin_contact()
            elif self.current:
                self.view.begin_contact()
        elif argument:
            self._show(argument)
        self._load()
        if self._found is None:
            self._look_for_strays(None)

    def refresh(self, touched: Touched) -> None:
        touched = list(touched)
        self._model.refresh([i for entity, i in touched if entity == "person"])
        if self._found is not None and touched:
            self._look_for_strays([*touched, *(("person", s.person.id) for s in self._found)])
        if self.isVisible():
            self._load()
            if self._detail.currentWidget() is not self._nobody:
                self.view.refresh(touched)

    def leave(self) -> None:
        if self._detail.currentWidget() is not self._nobody:
            self.view.leave()
        self.table.remember()
        memory.settings().setValue("people/split", self._split.saveState())

    def _later(self) -> None:
        self._pause.start()

    def _on_sort(self, key: str, descending: bool) -> None:
        self._sort, self._descending = key, descending
        self._load()

    def _filters(self) -> dict[str, str]:
        found = {"text": self._text.text()}
        for name, combo in (("village", self._where), ("kind", self._kind), ("intent", self._intent)):
            try:
                found[name] = combo.value() or ""
            except RuleError:  # half-typed: no filter yet
                found[name] = ""
        return found

    def _load(self) -> None:
        ask = partial(people.ids, self.shell.desk, sort=self._sort, descending=self._descending, **self._filters())
        self._round += 1
        operations.run(self, ask, on_done=partial(self._loaded, self._round))

    def _loaded(self, asked: int, ids: list[str]) -> None:
        if asked != self._round:
            return  # an answer to a filter that has changed since
        self.table.blockSignals(True)
        found = any(self._filters().values())
        self.table.nothing = self.tr("没有符合条件的人员，请改动或清空上面的条件。") if found else self.tr("还没有人员，登记或导入后列在这里。")
        if ids != self._model.ids:  # the same list keeps its place
            self._model.set_ids(ids)
        self.table.select(self.current)
        self.table.blockSignals(False)
        said = self.tr("{0} 人") if len(ids) < people.MOST_FOUND or not self._text.text().strip() else self.tr("只列最近的 {0} 人")
        self._count.setText(said.format(f"{len(ids):,}"))

    def _choose(self, person_id: str) -> None:
        if self._detail.currentWidget() is self._nobody or person_id != self.view.person_id:
            self._show(person_id)

    def _show(self, person_id: str) -> None:
        self._detail.setCurrentWidget(self.view)
        self.view.show_person(person_id)

    def _saved(self, person_id: str) -> None:
        self._load()

    def _on_selection(self) -> None:
        self._both.setVisible(self._may_merge and self.table.count() == 2)

    def _merge_both(self) -> None:
        chosen = self.selected()
        if len(chosen) == 2:
            self.view.leave()
            merging.offer(self, self.shell, *chosen)

    def _look_for_strays(self, touched: list[tuple[str, str]] | None) -> None:
        """touched: what changed, and who was found before; None for everybody."""
        if self._may_merge:
            operations.run(self, merging_people.strays, self.shell.desk, touched, on_done=self._say_strays)

    def _say_strays(self, found: list[merging_people.Stray]) -> None:
        self._found = found
        self._strays.setVisible(bool(found))
        if found:
            words = self.tr("{0} 的档案已删除或并入别处，名下又有新记录：{1}")
            first = words.format(found[0].person.name or self.tr("（未填姓名）"), alike.words(found[0].coming))
            more = self.tr("，还有 {0} 人").format(len(found) - 1) if len(found) > 1 else ""
            self._stray_words.setText(self.tr("{0}{1}。").format(first, more))

    def _open_stray(self) -> None:
        if self._found:
            self._show(self._found[0].person.id)


PAGE = Declaration("people", "人员", "users", 2, PeoplePage, opens=("person", "contact"))
