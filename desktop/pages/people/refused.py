"""What the county has refused of a person, above the tabs: a line each, and the way to where it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from desktop import operations
from desktop.pages.people import contact
from desktop.widgets import parts
from desktop.widgets.left_line import LeftLine
from models.services import drafts, people, refusals
from models.services.drafts import Draft
from models.services.refusals import Refusal

if TYPE_CHECKING:
    from desktop.pages.people.person import PersonView

_TIMELINE, _FORM, _FAMILY = range(3)


class RefusedBar(QFrame):
    """view: whose editor, family and visit are gone to. Hidden while nothing is refused."""

    def __init__(self, view: PersonView) -> None:
        super().__init__()
        self._view = view
        self._buttons: dict[str, QPushButton] = {}
        self._wanted: str | None = None
        self.setProperty("role", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 8, 16, 8)
        self._column.setSpacing(4)
        self.hide()

    def want(self, record_id: str) -> None:
        """Somebody comes to mend this record, '' for whichever is refused: go there when it is shown."""
        self._wanted = record_id

    def put(self, refused: Sequence[Refusal], left: bool) -> None:
        """Show these; what is wrong with a field stands under it as well. left: the person is another office's by now."""
        self.say(refused, left)
        rows = self._view.editor.rows if any(r.entity == "person" for r in refused) else {}
        for field, reason in (e for r in refused if r.entity == "person" for e in r.errors):
            if field in rows:
                rows[field].set_error(self.tr("县级未接收：{0}。").format(reason.rstrip("。")))
        wanted, self._wanted = self._wanted, None
        if wanted is not None and refused:
            one = next((r for r in refused if r.record_id == wanted), refused[0])
            if left:
                self._buttons[""].setFocus()
            elif one.entity == "contact" or one.restorable:
                if one.entity == "person":
                    self._view.show_tab(_FORM)
                self._buttons[one.record_id].setFocus()
            else:
                self._mend(one)

    def say(self, refused: Sequence[Refusal], left: bool = False) -> None:
        parts.clear(self._column)
        self._buttons = {}
        if left:
            away = LeftLine(self._view.shell, "person", self._view.person_id, refused=bool(refused))
            self._buttons[""] = away.go
            self._column.addWidget(away)
        words = {"person": self.tr("改正"), "family_member": self.tr("改正"), "contact": self.tr("取回重写")}
        for one in refused:
            if left and one.entity == "person":
                continue  # the line above says it
            reasons = "；".join(reason.rstrip("。") for _, reason in one.errors)
            head = self.tr("县级未接收：{0}") if one.entity == "person" else self.tr("{1} 县级未接收：{0}")
            line = parts.row(parts.label(head.format(reasons, one.title), "danger", wrap=True), stretch_at=0)
            if one.restorable and not left:  # it is deleted: there is nothing to correct before it is back
                self._buttons[one.record_id] = parts.button(
                    self.tr("恢复并送出我的修改"), partial(self._restore, one), kind="quiet", icon="undo-2"
                )
                line.addWidget(self._buttons[one.record_id])
            elif one.entity in words and not left:  # of what left nothing can be mended here
                self._buttons[one.record_id] = parts.button(words[one.entity], partial(self._mend, one), kind="quiet", icon="pencil")
                line.addWidget(self._buttons[one.record_id])
            self._column.addLayout(line)
        self.setVisible(bool(refused) or left)

    def _restore(self, refusal: Refusal) -> None:
        """It was deleted elsewhere while it was changed here: it comes back, with the change."""
        view, touched = self._view, [(refusal.entity, refusal.record_id), ("person", self._view.person_id)]
        operations.run(
            self, refusals.restore, view.shell.desk, refusal.entity, refusal.record_id, writes=True,
            on_done=lambda _r: view.shell.done(self.tr("已恢复 {0}，下次同步时送出").format(refusal.title), touched),
        )  # fmt: skip

    def _mend(self, refusal: Refusal) -> None:
        """The field in the editor, the member in the family, the visit as a draft."""
        view = self._view
        if refusal.entity == "person":
            view.show_tab(_FORM)
            field = next((f for f, _ in refusal.errors if f in view.editor.rows), "")
            if field:
                view.editor.rows[field].input.setFocus()
        elif refusal.entity == "family_member":
            view.show_tab(_FAMILY)
            view.family.mend(refusal)
        else:
            operations.run(self, self._taken, refusal, writes=True, on_done=self._rewrite)

    def _taken(self, refusal: Refusal) -> Draft | None:
        """In a worker: the refused visit as a draft, and no longer as a record."""
        desk = self._view.shell.desk
        visit = people.must_get(desk, refusal.record_id, refusal.entity)
        drafts.put(desk, visit.id, "contact", None, {n: visit.cell(n) for n in (*contact.FIELDS, "person_id")})
        refusals.take_back(desk, "contact", visit.id)
        return drafts.get(desk, visit.id)

    def _rewrite(self, draft: Draft | None) -> None:
        if draft is not None:
            done = self.tr("已取回走访记录，改好后再保存")
            self._view.shell.done(done, [("person", self._view.person_id)], undoable=False)
            self._view.contact.resume(draft)
