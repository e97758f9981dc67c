"""Intake of a request: who, which item, and the fields that the catalogue draws for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop import keeping, look, messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.editor import Editor
from desktop.widgets.inputs import ChoiceInput, TextInput
from models.base import new_id
from models.catalog import Item
from models.errors import RuleError
from models.fields import FieldSpec
from models.records import Cell, Record, canonical, parse_json
from models.services import drafts, find, people, requests, specs
from models.types.pinyin import place

_FIELDS = ("text", "kind", "channel", "urgency", "received_on", "note")


class Intake(QWidget):
    """items: what may be asked for; submitted: called with the stored request."""

    def __init__(self, shell: Shell, items: Sequence[Item], submitted: Callable[[Record], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.shell, self._submitted = shell, submitted
        self._person, self._draft = "", ""
        self._begun: dict[str, Cell] = {}  # what the form began with, which nobody typed
        self._round, self._submitted_round = 0, -1
        self._items: dict[str, Item] = {}
        self._who = TextInput(FieldSpec("who", self.tr("诉求人"), hint=self.tr("输入姓名、拼音首字母、电话或证号尾号")))
        self._who.setAccessibleName(self.tr("诉求人"))
        self._who.edited.connect(self._search)
        self._found = QListWidget()
        self._found.setMaximumHeight(look.px(150))
        self._found.hide()
        self._found.itemActivated.connect(self._picked)
        self._found.itemClicked.connect(self._picked)
        self._who.returnPressed.connect(lambda: self._picked(self._found.item(0)))
        self._item = ChoiceInput([])
        self._item.setAccessibleName(self.tr("事项"))
        self._item.edited.connect(self._choose_item)
        self._item.activated.connect(lambda _i: self._choose_item())
        self._about = parts.label("", "muted", wrap=True)
        self.editor = Editor([specs.by_name("request", n) for n in _FIELDS], columns=2, in_slices=True)
        self.editor.edited.connect(self._typed)
        self._extra: Editor | None = None
        self._ticks: dict[str, QCheckBox] = {}
        self._more = QVBoxLayout()
        body = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(body))
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addLayout(parts.row(
            parts.label(self.tr("登记诉求"), "title"), None,
            parts.button(self.tr("提交"), self.submit, kind="primary", icon="check", tip="Ctrl+Enter"),
        ))  # fmt: skip
        for words, widget in ((self.tr("诉求人 *"), self._who), (self.tr("事项 *"), self._item)):
            label = parts.label(words)
            label.setFixedWidth(look.px(98))  # as wide as the editor's below it
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            line = parts.row(label, widget, stretch_at=1)
            line.setSpacing(12)
            line.setContentsMargins(0, 0, look.px(32), 0)  # and the fields end where the editor's do
            column.addLayout(line)
            if widget is self._who:
                column.addWidget(self._found)
        column.addWidget(self._about)
        column.addWidget(self.editor)
        column.addLayout(self._more)
        column.addStretch(1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(600)
        self._pause.timeout.connect(self._save_draft)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)
        self.take_items(items)

    def take_items(self, items: Sequence[Item]) -> None:
        """What may be asked for from now on: the county has published. What is typed already stays where it fits."""
        chosen = self._current_item()
        self._items = {i.code: i for i in items}
        self._item.set_rows([(i.code, i.name, i.code) for i in items])
        operations.run(self, _searched, items, on_done=self._item.set_words)
        if chosen is None:
            return
        self._item.set_value(chosen.code if chosen.code in self._items else None)
        if self._current_item() != chosen:
            typed = self._extra.typed() if self._extra is not None else {}
            given = [name for name, tick in self._ticks.items() if tick.isChecked()]
            self._choose_item()
            if self._extra is not None:
                self._extra.lay_over(typed)
            for name in given:
                if name in self._ticks:
                    self._ticks[name].setChecked(True)

    def begin(self, person_id: str) -> None:
        self.leave()
        self._person, self._draft = "", ""
        self._round += 1
        self._who.set_value(None)
        self._item.set_value(None)
        self._choose_item()
        self._begun = {"urgency": Cell.of("normal"), "received_on": Cell.of(_today()), "channel": Cell.of("window")}
        self.editor.set_cells(self._begun)
        if person_id:
            operations.run(self, people.get, self.shell.desk, person_id, on_done=self._set_person)
            self._item.setFocus()
        else:
            self._who.setFocus()

    def resume(self, draft_id: str) -> None:
        self.begin("")
        operations.run(self, drafts.get, self.shell.desk, draft_id, on_done=self._resumed)

    def _resumed(self, draft: drafts.Draft | None) -> None:
        if draft is None:
            return
        self._draft = draft.id
        cells = dict(draft.cells)
        self._item.set_value(cells.get("item", Cell()).value)
        self._choose_item()
        self.editor.lay_over({k: c for k, c in cells.items() if k in _FIELDS})
        if self._extra is not None:
            self._extra.lay_over(
                {k: Cell.from_wire(v) for k, v in (parse_json(cells.get("answers", Cell()).value) or {}).items()}
            )
        for name, given in (parse_json(cells.get("materials", Cell()).value) or {}).items():
            if name in self._ticks:
                self._ticks[name].setChecked(given)
        person = cells.get("person_id", Cell()).value
        if person:
            operations.run(self, people.get, self.shell.desk, person, on_done=self._set_person)

    def _set_person(self, record: Record | None) -> None:
        if record is not None:
            self._person = record.id
            self._who.set_value(record.name)
            self._found.hide()

    def _search(self) -> None:
        self._person = ""
        text = self._who.text().strip()
        if not text:
            self._found.hide()
            return
        operations.run(self, find.find, self.shell.desk, text, 8, on_done=self._show_found)

    def _show_found(self, hits: list[find.Hit]) -> None:
        self._found.clear()
        for hit in hits:
            if hit.kind == "person":
                item = QListWidgetItem(
                    self.tr("{0}  {1}  证尾 {2}  机尾 {3}").format(
                        hit.name, hit.village, hit.id_tail or "—", hit.phone_tail or "—"
                    )
                )
                item.setData(256, (hit.id, hit.name))
                self._found.addItem(item)
        self._found.setVisible(self._found.count() > 0)

    def _picked(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._person, name = item.data(256)
            self._who.set_value(name)
            self._found.hide()
            self._item.setFocus()
            self._typed()

    def _current_item(self) -> Item | None:
        try:
            return self._items.get(self._item.value() or "")
        except RuleError:
            return None

    def _choose_item(self) -> None:
        """Draw what the catalogue asks for this item."""
        parts.clear(self._more)
        self._extra, self._ticks = None, {}
        item = self._current_item()
        if item is None:
            self._about.setText(self.tr("选择事项后，这里显示依据、时限、材料和需要填写的内容。"))
            return
        days = self.tr("承诺 {0} 个工作日办结").format(item.clock.days) if item.clock.days else self.tr("即时办结")
        self._about.setText(
            f"{days}；{item.ground}"
            + (self.tr("（县级样例，以县级发布为准）") if item.basis == "county" and not item.amended else "")
        )
        if item.fields:
            self._more.addWidget(parts.label(self.tr("事项内容"), "heading"))
            self._extra = Editor(item.fields, columns=2)
            self._extra.edited.connect(self._typed)
            self._more.addWidget(self._extra)
        if item.materials:
            self._more.addWidget(parts.label(self.tr("已收材料"), "heading"))
            for material in item.materials:
                note = f"（{material.note}）" if material.note else ""
                tick = QCheckBox(f"{material.name}{note}" + ("" if material.required else self.tr("  可缺")))
                tick.toggled.connect(lambda _on: self._typed())
                self._ticks[material.name] = tick
                self._more.addWidget(tick)
        self._typed()

    def _typed(self) -> None:
        self._pause.start()

    def _save_draft(self) -> None:
        item = self._current_item()
        given = {name: True for name, tick in self._ticks.items() if tick.isChecked()}
        told = self.editor.is_touched or bool(given) or (self._extra is not None and self._extra.is_touched)
        if not told and not (self._person and item is not None):
            return
        cells: dict[str, Cell] = {
            **self._begun,  # with the day it began with: tomorrow's form begins with another
            **self.editor.typed(),
            "materials": Cell.of(canonical(given)),
            "person_id": Cell.of(self._person),
            "item": Cell.of(item.code if item else None),
        }
        if self._extra is not None:
            cells["answers"] = Cell.of(canonical({k: c.wire() for k, c in self._extra.typed().items()}))
        self._draft = self._draft or new_id()
        keeping.put(self.shell, self._draft, "request", None, cells)

    def submit(self) -> None:
        """Once for each form, however often the key is pressed while the disk is slow."""
        if self._submitted_round == self._round:
            return
        item = self._current_item()
        if not self._person or item is None:
            both = not self._person and item is None
            whom = self.tr("；还没有档案的，先按 Ctrl+N 登记人员。")
            what = self.tr("请先选择诉求人和事项") if both else self.tr("请选择事项。") if self._person else self.tr("请先选择诉求人")
            messages.tell(what + ("" if self._person else whom), kind="danger")
            (self._item if self._person else self._who).setFocus()
            return
        try:
            cells = {k: c for k, c in self.editor.all().items() if c.value is not None or c.state != "u"}
            extra: dict[str, Any] = (
                {k: c.value for k, c in self._extra.all().items() if c.value is not None} if self._extra else {}
            )
        except RuleError as e:
            self._refused(e)
            return
        self._pause.stop()
        self._save_draft()  # first: what is refused below, or overtaken by the plug, is still there
        self._submitted_round, draft = self._round, self._draft
        operations.run(
            self, requests.submit, self.shell.desk, self._person, item.code, cells, answers=extra,
            materials={n: t.isChecked() for n, t in self._ticks.items()}, writes=True,
            on_done=lambda record: self._stored(record, draft), on_error=self._refused,
        )  # fmt: skip

    def _stored(self, record: Record, draft: str) -> None:
        keeping.drop(self.shell, draft)
        if draft == self._draft:  # and not another form that was begun meanwhile
            self._draft, self._person = "", ""
            self.editor.untouch()
            self._pause.stop()
        self.shell.done(self.tr("已登记诉求 {0}").format(record.number), [("request", record.id)])
        self._submitted(record)

    def _refused(self, error: Exception) -> None:
        """Said where it is wrong: the item's own fields have an editor of their own."""
        self._submitted_round = -1
        wrong = error.fields[0].field if isinstance(error, RuleError) and error.fields else ""
        own = self._extra is not None and wrong in self._extra.rows
        (self._extra if own and self._extra is not None else self.editor).refuse(error)

    def leave(self) -> None:
        """What was begun stays a draft: only 提交 makes it a request."""
        if self._pause.isActive():
            self._pause.stop()
            self._save_draft()


def _searched(items: Sequence[Item]) -> dict[str, str]:
    """In a worker, which alone needs the pinyin dictionary: what each item is found by."""
    return {i.code: f"{place(i.name)[1]} {i.code}" for i in items}


def _today() -> str:
    from models.base import local_date

    return local_date().isoformat()
