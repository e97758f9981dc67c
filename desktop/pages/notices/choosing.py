"""For whom: people of a village, of a kind, of an intent, or found by words; all that are listed, or those that are picked."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.inputs import ChoiceInput, VillageInput
from desktop.widgets.table import Column, PagedModel, PagedTable
from models.errors import RuleError
from models.records import Record
from models.services import people, specs
from resources import codes, divisions


def _words(field: str, record: Record) -> str:
    cell = record.cell(field)
    return "" if cell.state == "u" else specs.show(specs.by_name("person", field), cell)


def _village(record: Record) -> str:
    found = divisions.get(record.village)
    return found.name if found else ""


class ChoosePeople(QWidget):
    """taken: these ids, in the order of the list. The list is read when it is first looked at."""

    taken = Signal(list)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._round = 0
        self._sort, self._descending = "village", False
        columns: list[Column] = [
            ("name", self.tr("姓名"), partial(_words, "name"), 90),
            ("village", self.tr("村"), _village, 130),
            *((n, specs.by_name("person", n).label, partial(_words, n), 110) for n in ("kind", "return_intent", "phone", "out_place")),
        ]
        self._model = PagedModel(columns, lambda ids: people.records(shell.desk, ids))
        self.table = PagedTable("notices-people", self._model)
        self.table.setAccessibleName(self.tr("可选的人员"))
        self.table.sorted_by.connect(self._on_sort)
        self.table.selectionModel().selectionChanged.connect(lambda _a, _b: self._say())
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("姓名、拼音、电话"))
        self.text.setAccessibleName(self.tr("查找人员"))
        self.text.setClearButtonEnabled(True)
        self.text.addAction(look.icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.village = VillageInput(shell.desk.office)
        self.kind = ChoiceInput([(c.code, c.label, c.initials) for c in codes.table("person_kind")])
        self.intent = ChoiceInput([(c.code, c.label, c.initials) for c in codes.table("return_intent")])
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(80)
        self._pause.timeout.connect(self.load)
        self.text.textChanged.connect(lambda _t: self._pause.start())
        for combo, words in (
            (self.village, self.tr("全部村")), (self.kind, self.tr("全部类别")), (self.intent, self.tr("全部意愿")),
        ):  # fmt: skip
            combo.lineEdit().setPlaceholderText(words)  # type: ignore[union-attr]  # an editable box has one
            combo.setAccessibleName(words)
            combo.setMinimumContentsLength(4)  # as many characters as it says when nothing is chosen
            combo.edited.connect(self._pause.start)
        self.some = parts.button("", lambda: self.taken.emit(self.table.selected()), icon="users")
        self.all = parts.button("", lambda: self.taken.emit(list(self._model.ids)), kind="primary", icon="users")
        line = parts.row(self.village, self.kind, self.intent)
        for place in range(3):
            line.setStretch(place, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.text)
        column.addLayout(line)
        column.addWidget(self.table, 1)
        column.addWidget(parts.label(self.tr("按住 Ctrl 或 Shift 可选中几个人。"), "muted"))
        column.addLayout(parts.row(None, self.some, self.all))
        self._say()

    def _filters(self) -> dict[str, str]:
        found = {"text": self.text.text()}
        for name, combo in (("village", self.village), ("kind", self.kind), ("intent", self.intent)):
            try:
                found[name] = combo.value() or ""
            except RuleError:  # half typed: no filter yet
                found[name] = ""
        return found

    def _on_sort(self, key: str, descending: bool) -> None:
        self._sort, self._descending = key, descending
        self.load()

    def load(self) -> None:
        self._round += 1
        ask = partial(people.ids, self._shell.desk, sort=self._sort, descending=self._descending, **self._filters())
        operations.run(self, ask, on_done=partial(self._loaded, self._round))

    def _loaded(self, asked: int, ids: list[str]) -> None:
        if asked != self._round:
            return  # an answer to a filter that has changed since
        narrowed = any(self._filters().values())
        self.table.nothing = self.tr("没有符合条件的人员，请改动或清空上面的条件。") if narrowed else self.tr("还没有人员，登记或导入后列在这里。")
        if ids != self._model.ids:
            self._model.set_ids(ids)
        self._say()

    def _say(self) -> None:
        listed, picked = len(self._model.ids), self.table.count()
        self.all.setText(self.tr(" 给列出的全部 {0} 人").format(f"{listed:,}"))
        self.all.setEnabled(bool(listed))
        self.some.setText(self.tr(" 只给选中的 {0} 人").format(f"{picked:,}"))
        self.some.setEnabled(bool(picked))

    def leave(self) -> None:
        self.table.remember()
