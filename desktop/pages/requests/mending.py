"""What the county has refused of a request, where it can be mended: the very fields, each with what is wrong under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop import operations
from desktop.pages import Shell
from desktop.pages.requests.gathering import Case
from desktop.widgets import parts
from desktop.widgets.editor import Editor
from models.errors import FieldError, RuleError
from models.fields import Kind, Merge
from models.records import Cell, Record
from models.services import refusals, requests, specs

_OWN = "answers."  # before the names of an item's own fields, where both stand together


class MendCard(QFrame):
    """stored: called with the request when it was changed. An item's own fields, which travel as one, have an editor of their
    own (answers)."""

    def __init__(self, shell: Shell, case: Case, stored: Callable[[Record], None]) -> None:
        super().__init__()
        request, errors = case.request, case.refused[case.request.id]
        self._shell, self._request, self._errors, self._stored = shell, request, errors, stored
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(parts.label(self.tr("县级未接收，改好后会再发送"), "heading"))
        wrong = dict(errors)
        fields = [s for s in specs.of("request") if s.name in wrong and s.kind not in (Kind.JSON, Kind.REF)]
        fields = [s for s in fields if s.merge is Merge.INTAKE]
        own = case.item.fields if case.item is not None and "answers" in wrong else ()
        self._blamed = requests.blamed(case.item, request, wrong["answers"]) if own else ()
        for field, reason in errors:
            if field not in {s.name for s in fields} and not (field == "answers" and own):
                column.addWidget(parts.label(reason.rstrip("。") + "。", "danger", wrap=True))
        self.editor = Editor(fields)
        self.editor.set_cells({s.name: request.cell(s.name) for s in fields})
        self.editor.setVisible(bool(fields))
        column.addWidget(self.editor)
        self.answers = Editor(own)
        self.answers.set_cells({name: Cell.of(value) for name, value in requests.answers(request).items()})
        self.answers.setVisible(bool(own))
        column.addWidget(self.answers)
        self._save = parts.button(self.tr("保存修改"), self.store, kind="primary", icon="check")
        self._save.setVisible(bool(fields or own))
        back = parts.button(self.tr("恢复并送出我的修改"), self._restore, icon="undo-2")
        back.setVisible(request.id in case.restorable)
        column.addLayout(parts.row(None, back, self._save))

    def _restore(self) -> None:
        operations.run(
            self, refusals.restore, self._shell.desk, "request", self._request.id, writes=True, on_done=self._stored
        )  # fmt: skip

    def say_errors(self, *, focus: bool) -> None:
        """Each reason under its field. focus: go to the first one."""
        before = self.window().focusWidget()
        for editor, errors in ((self.answers, self._blamed), (self.editor, self._errors)):
            said = tuple(FieldError(f, r) for f, r in errors if f in editor.rows)
            if said:
                editor.show_errors(RuleError("sync.refused", "", said))
        if not focus and before is not None:
            before.setFocus()

    def typed(self) -> Mapping[str, Cell]:
        return {**self.editor.typed(), **{_OWN + name: cell for name, cell in self.answers.typed().items()}}

    def lay_over(self, typed: Mapping[str, Cell]) -> None:
        self.editor.lay_over(typed)
        self.answers.lay_over({name.removeprefix(_OWN): cell for name, cell in typed.items() if name.startswith(_OWN)})

    def store(self) -> None:
        try:
            cells, own = self.editor.touched(), self.answers.touched()
        except RuleError as e:
            self._refused(e)
            return
        if cells or own:
            operations.run(
                self, requests.update, self._shell.desk, self._request.id, cells, answered={k: c.value for k, c in own.items()},
                writes=True, on_done=self._stored, on_error=self._refused,
            )  # fmt: skip

    def _refused(self, error: Exception) -> None:
        wrong = error.fields[0].field if isinstance(error, RuleError) and error.fields else ""
        (self.answers if wrong in self.answers.rows else self.editor).refuse(error)
