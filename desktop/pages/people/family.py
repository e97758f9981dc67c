"""Family members: a short list, each edited in place."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop import operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.editor import Editor
from models.errors import FieldError, RuleError
from models.records import Record
from models.services import owners, people, specs
from models.services.refusals import Refusal

_HIDDEN = ("person_id", "linked_person_id")


class FamilyList(QWidget):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self._person = ""
        self._member: str | None = None
        self._specs = [s for s in specs.of("family_member") if s.name not in _HIDDEN]
        self._list = QVBoxLayout()
        body = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(body))
        self._form = QWidget(body)
        self._form.hide()
        self.editor = Editor(self._specs, parent=self._form, reveal=self._reveal, in_slices=True)
        form = QVBoxLayout(self._form)
        form.setContentsMargins(0, 8, 0, 0)
        form.addWidget(self.editor)
        form.addLayout(
            parts.row(
                None,
                parts.button(self.tr("取消"), self._close, kind="quiet"),
                parts.button(self.tr("保存成员"), self.store, kind="primary"),
            )
        )
        column = QVBoxLayout(body)
        column.setContentsMargins(4, 12, 16, 12)
        column.addLayout(self._list)
        column.addLayout(parts.row(parts.button(self.tr("添加家庭成员"), lambda: self._edit(None), icon="plus"), None))
        column.addWidget(self._form)
        column.addStretch(1)

    def show_person(self, person_id: str) -> None:
        if person_id != self._person:
            self._close()
        self._person = person_id
        operations.run(self, people.family, self.shell.desk, person_id, on_done=self._show)

    def _show(self, members: list[Record]) -> None:
        parts.clear(self._list)
        for member in members:
            words = [
                specs.show(s, member.cell(s.name))
                for s in self._specs
                if s.name in ("name", "relation", "born_on", "school", "employer") and member.cell(s.name).value
            ]
            self._list.addLayout(
                parts.row(
                    parts.label("  ".join(words)),
                    None,
                    parts.button(self.tr("修改"), partial(self._edit, member), kind="quiet", icon="pencil"),
                )
            )
        if not members:
            self._list.addWidget(parts.label(self.tr("子女就学、老人就医、配偶就业等需求按成员登记在这里。"), "muted", wrap=True))

    def _edit(self, member: Record | None) -> None:
        self._member = member.id if member else None
        self.editor.set_cells({n: member.cell(n) for n in member.values} if member else {})
        operations.run(
            self, owners.read_only, self.shell.desk, "family_member", member,
            on_done=lambda names: self.editor.set_read_only(names) if self._member == (member.id if member else None) else None,
        )  # fmt: skip
        self.editor.row(self._specs[0].name)  # made before it is shown: what is not on the screen takes no focus
        self._form.show()
        self.editor.focus_first()

    def mend(self, refusal: Refusal) -> None:
        """Open the member that the county refused, at the field that is wrong."""
        operations.run(
            self, people.must_get, self.shell.desk, refusal.record_id, refusal.entity,
            on_done=lambda member: self._edit_at(member, refusal),
        )  # fmt: skip

    def _edit_at(self, member: Record, refusal: Refusal) -> None:
        self._edit(member)
        self.editor.show_errors(RuleError("sync.refused", "", tuple(FieldError(f, r) for f, r in refusal.errors)))

    def store(self) -> None:
        try:
            cells = self.editor.touched()
        except RuleError as e:
            self.editor.refuse(e)
            return
        operations.run(
            self, people.save_member, self.shell.desk, self._person, self._member, cells, writes=True,
            on_done=self._stored, on_error=self.editor.refuse,
        )  # fmt: skip

    def _stored(self, record: Record) -> None:
        self._close()
        self.shell.done(self.tr("已保存家庭成员 {0}").format(record.name), [("family_member", record.id)])
        self.show_person(self._person)

    def _reveal(self, field: str, give: object) -> None:
        if self._member:
            operations.run(self, people.reveal, self.shell.desk, "family_member", self._member, field, writes=True, on_done=give)  # type: ignore[arg-type]  # Reveal gives a callable

    def _close(self) -> None:
        self.editor.untouch()
        self._form.hide()
