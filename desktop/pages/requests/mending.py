"""What the county has refused of a request, where it can be mended: the very fields, each with what is wrong under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop import operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.editor import Editor
from models.errors import FieldError, RuleError
from models.fields import Kind, Merge
from models.records import Cell, Record
from models.services import refusals, requests, specs


class MendCard(QFrame):
    """errors: (field, reason) pairs of the refusal. stored: called with the request when it was changed.

    restorable: it was deleted elsewhere, and this office may bring it back.
    """

    def __init__(
        self, shell: Shell, request: Record, errors: Sequence[tuple[str, str]], stored: Callable[[Record], None],
        *, restorable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._shell, self._request, self._errors, self._stored = shell, request, errors, stored
        self.setProperty("role", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(parts.label(self.tr("县级未接收，改好后会再发送"), "heading"))
        wrong = {f for f, _ in errors}
        fields = [s for s in specs.of("request") if s.name in wrong and s.kind not in (Kind.JSON, Kind.REF)]
        fields = [s for s in fields if s.merge is Merge.INTAKE]
        for field, reason in errors:
            if field not in {s.name for s in fields}:
                column.addWidget(parts.label(reason.rstrip("。") + "。", "danger", wrap=True))
        self.editor = Editor(fields)
        self.editor.set_cells({s.name: request.cell(s.name) for s in fields})
        self.editor.setVisible(bool(fields))
        column.addWidget(self.editor)
        self._save = parts.button(self.tr("保存修改"), self.store, kind="primary", icon="check")
        self._save.setVisible(bool(fields))
        back = parts.button(self.tr("恢复并送出我的修改"), self._restore, icon="undo-2")
        back.setVisible(restorable)
        column.addLayout(parts.row(None, back, self._save))

    def _restore(self) -> None:
        operations.run(
            self, refusals.restore, self._shell.desk, "request", self._request.id, writes=True, on_done=self._stored
        )  # fmt: skip

    def say_errors(self, *, focus: bool) -> None:
        """Each reason under its field. focus: go to the first one."""
        before = self.window().focusWidget()
        self.editor.show_errors(RuleError("sync.refused", "", tuple(FieldError(f, r) for f, r in self._errors)))
        if not focus and before is not None:
            before.setFocus()

    def typed(self) -> Mapping[str, Cell]:
        return self.editor.typed()

    def store(self) -> None:
        try:
            cells = self.editor.touched()
        except RuleError as e:
            self.editor.refuse(e)
            return
        if cells:
            operations.run(
                self, requests.update, self._shell.desk, self._request.id, cells, writes=True,
                on_done=self._stored, on_error=self.editor.refuse,
            )  # fmt: skip
