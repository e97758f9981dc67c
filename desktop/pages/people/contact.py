"""The entry of a visit or a call, in place above the person's time line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop import keeping, operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.editor import Editor
from models.base import local_date, new_id
from models.errors import RuleError
from models.records import Cell, Record
from models.services import contacts, drafts, specs

FIELDS = ("way", "on", "text", "outcome", "next_on")


class ContactForm(QFrame):
    """done: called with the stored record."""

    def __init__(self, shell: Shell, done: Callable[[Record], None]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.shell, self._done = shell, done
        self._person, self._draft = "", ""
        self._begun: dict[str, Cell] = {}  # what the form began with, which nobody typed
        self._round, self._stored_round = 0, -1
        self.editor = Editor([specs.by_name("contact", n) for n in FIELDS], in_slices=True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(600)
        self._pause.timeout.connect(self._save_draft)
        self.editor.edited.connect(lambda _field: self._pause.start())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(parts.label(self.tr("登记走访"), "heading"))
        column.addWidget(parts.fitting(self.editor))
        column.addLayout(
            parts.row(
                None,
                parts.button(self.tr("取消"), self._cancel, kind="quiet"),
                parts.button(self.tr("保存走访"), self.store, kind="primary", tip="Ctrl+Enter"),
            )
        )

    def begin(self, person_id: str) -> None:
        if self.isVisible() and self._person == person_id:
            return
        self.leave()
        self._person, self._draft = person_id, ""
        self._round += 1
        self._begun = {"way": Cell.of("visit"), "on": Cell.of(local_date().isoformat())}
        self.editor.set_cells(self._begun)
        line = self.editor.rows["text"].input  # made before it is shown: what is not on the screen takes no focus
        self.show()
        line.setFocus()

    def resume(self, draft: drafts.Draft) -> None:
        """Go on with a visit that was begun."""
        self.begin(str(draft.cells["person_id"].value))
        self._draft = draft.id
        self.editor.lay_over({n: c for n, c in draft.cells.items() if n in FIELDS})

    def _save_draft(self) -> None:
        self._draft = self._draft or new_id()
        # With the day it began with: tomorrow's form begins with another.
        cells = {**self._begun, **self.editor.typed(), "person_id": Cell.of(self._person)}
        keeping.put(self.shell, self._draft, "contact", None, cells)

    def store(self) -> None:
        """Once for each visit, however often the key is pressed while the disk is slow."""
        self._pause.stop()
        if self._stored_round == self._round:
            return
        if self.editor.is_touched:
            self._save_draft()  # first: what is refused below, or overtaken by the plug, is still there
        try:
            cells = self.editor.all()
        except RuleError as e:
            self.editor.refuse(e)
            return
        draft, self._stored_round = self._draft, self._round
        operations.run(
            self, contacts.add, self.shell.desk, self._person, cells, writes=True,
            on_done=lambda record: self._stored(record, draft), on_error=self._refused,
        )  # fmt: skip

    def _stored(self, record: Record, draft: str) -> None:
        keeping.drop(self.shell, draft)
        if record.person_id == self._person:
            self.editor.untouch()
            self.hide()
        self._done(record)

    def _refused(self, error: Exception) -> None:
        self._stored_round = -1
        self.editor.refuse(error)

    def _cancel(self) -> None:
        self._pause.stop()
        keeping.drop(self.shell, self._draft)
        self._draft = ""
        self.editor.untouch()
        self.hide()

    def leave(self) -> None:
        """A visit that was begun is stored when it is complete, else kept as a draft."""
        self._pause.stop()
        if not self.isHidden() and self.editor.is_touched:
            try:
                complete = all(self.editor.rows[n].cell().value for n in ("way", "on", "text"))
            except RuleError:
                complete = False
            if complete:
                self.store()
            else:
                self._save_draft()
        self.hide()
