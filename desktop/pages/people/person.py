# long: one record view: showing, typing, storing and leaving share the draft.
"""One person: the editor, the family, visits and everything else on one time line.

What is typed is a draft at once; it becomes a record when it is complete and left, or with Ctrl+Enter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from desktop import keeping, messages, operations
from desktop.pages import Shell, Touched
from desktop.pages.people.alike import AlikeBar
from desktop.pages.people.contact import ContactForm
from desktop.pages.people.family import FamilyList
from desktop.pages.people.identity import Identity
from desktop.pages.people.moving import MoveForm
from desktop.pages.people.refused import RefusedBar
from desktop.pages.people.timeline import TimelineList
from desktop.pages.people.village import VillageRow
from desktop.widgets import parts
from desktop.widgets.attachments import AttachmentStrip
from desktop.widgets.editor import Editor
from models.base import new_id
from models.errors import RuleError
from models.fields import Kind
from models.records import Cell, Record
from models.services import drafts, owners, people, refusals, specs
from models.services.desk import Desk
from models.services.drafts import Draft
from models.services.refusals import Refusal
from resources import divisions

_FORM = 1  # the tab of the fields
_PAUSE = 600  # milliseconds of rest before what was typed is put into the draft


@dataclass(frozen=True, slots=True)
class _Loaded:
    """read_only: names of fields. left: it is another office's by now."""

    record: Record | None
    draft: Draft | None
    refused: list[Refusal]
    read_only: frozenset[str]
    left: bool


class PersonView(QWidget):
    """person_id: '' for a new one. saved: called with the id when a record was stored."""

    gone = Signal()  # who was shown left this office, and is not here any more

    def __init__(self, shell: Shell, saved: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.shell, self._saved = shell, saved
        self.person_id, self._draft = "", ""
        self._round = 0  # which form an answer belongs to: it may come when another is shown
        self._record: Record | None = None
        self._sent: tuple[str, ...] = ()
        self._name = parts.label("", "title")
        self._where = parts.label("", "muted", wrap=True)
        fields = [s for s in specs.of("person") if s.kind is not Kind.REF and s.name != "id_unchecked"]
        self.editor = Editor(fields, reveal=self._reveal, in_slices=True)
        self.editor.edited.connect(self._typed)
        self._village_line = VillageRow(shell.desk)
        self._village_line.edited.connect(self._typed)
        self.village = self._village_line.input
        self.identity = Identity(self.editor)
        self.identity.ticked.connect(self._typed)
        self._alike = QVBoxLayout()
        self.timeline = TimelineList(shell)
        self.family = FamilyList(shell)
        self.attachments = AttachmentStrip(shell, wraps=True)
        self.contact = ContactForm(shell, self._contact_done)
        self.contact.hide()
        self.moving = MoveForm(shell)
        self.refused = RefusedBar(self)
        self.alike = AlikeBar(shell, self.leave)
        self._build()
        self.editor.prepare()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self._save_draft)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)

    def _build(self) -> None:
        self._save = parts.button(self.tr("保存"), self.commit, kind="primary", icon="check", tip="Ctrl+Enter")
        self._save.hide()
        self._visit = parts.button(self.tr("走访"), self.begin_contact, icon="footprints", tip="Ctrl+L")
        self._request = parts.button(
            self.tr("新诉求"), lambda: self.shell.open("requests", ("new", self.person_id)), icon="plus", tip="Ctrl+Shift+N"
        )
        self._move = parts.button(
            "", lambda: self.moving.begin(self.person_id), kind="quiet", icon="map-pin", tip=self.tr("迁往其他村")
        )
        self._move.setAccessibleName(self.tr("迁往其他村"))
        self._delete = parts.button("", self._remove, kind="quiet", icon="trash-2", tip=self.tr("删除（可撤销）"))
        self._delete.setAccessibleName(self.tr("删除"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 12)
        outer.setSpacing(8)
        buttons = (self._save, self._visit, self._request, self._move, self._delete)
        outer.addLayout(parts.row(self._name, self._where, *buttons, stretch_at=1))
        outer.addWidget(self.refused)
        outer.addWidget(self.alike)
        outer.addWidget(self.contact)
        outer.addWidget(self.moving)
        self._tabs = QTabWidget(self)  # after what stands above it: Tab goes in the order of making
        self._tabs.setMinimumHeight(1)  # it gives way while a visit is written above it
        outer.addWidget(self._tabs, 1)
        # Each where it will stay before anything is put into it: Qt works the style of all that moves out again.
        form = QWidget()
        self._area = parts.scrolled(form)
        self._tabs.addTab(self.timeline, self.tr("往来"))
        self._tabs.addTab(self._area, self.tr("资料"))
        self._tabs.addTab(self.family, self.tr("家庭成员"))
        self._tabs.addTab(self.attachments, self.tr("附件"))
        column = QVBoxLayout(form)
        column.setContentsMargins(4, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(self._village_line)
        column.addLayout(self._alike)
        column.addWidget(self.editor, 1)

    # --- showing --------------------------------------------------------------------------------------------------
    def begin(self) -> None:
        """A new person."""
        self.leave()
        self._round += 1
        self.person_id, self._draft, self._record = "", "", None
        self.alike.show_person("")
        self._set_new(True)
        self.editor.set_read_only(())
        self.editor.set_cells({})
        self.identity.begin()
        self._village_line.propose()
        self._tabs.setCurrentIndex(_FORM)
        self._area.verticalScrollBar().setValue(0)
        (self.editor.row("name").input if self.village.currentText() else self.village).setFocus()

    def resume(self, draft_id: str) -> None:
        """Go on with a draft: of a new person, of changes to one, or of a visit."""
        operations.run(self, drafts.get, self.shell.desk, draft_id, on_done=self._resumed)

    def _resumed(self, draft: Draft | None) -> None:
        if draft is None:
            return
        if draft.record_id:
            self.show_person(draft.record_id)
            return
        if draft.entity == "contact":
            self.show_person(str(draft.cells["person_id"].value))
            self.contact.resume(draft)
            return
        self.begin()
        self._draft = draft.id
        self.editor.lay_over(draft.cells)
        self.identity.begin()
        self._village_line.put(draft.cells.get("village", Cell()).value)

    def show_person(self, person_id: str) -> None:
        if person_id != self.person_id:
            self.moving.hide()
            self.leave()
            self.editor.untouch()
            self._round += 1
            self._draft = ""
        self.person_id = person_id
        desk = self.shell.desk
        operations.run(self, self._load, desk, person_id, on_done=partial(self._loaded, person_id))
        self.alike.show_person(person_id)
        self.timeline.show_person(person_id)
        self.family.show_person(person_id)
        self.attachments.show_owner("person", person_id)

    def mend(self, person_id: str, record_id: str) -> None:
        """Show a person at what the county refused: the field, the member or the visit."""
        self.refused.want(record_id)
        self.show_person(person_id)

    def show_tab(self, place: int) -> None:
        self._tabs.setCurrentIndex(place)

    @staticmethod
    def _load(desk: Desk, person_id: str) -> _Loaded:
        record = people.get(desk, person_id)
        refused, left = refusals.refused_of(desk, person_id), refusals.has_left(desk, person_id)
        read_only = frozenset(record.values) if left and record else owners.read_only(desk, "person", record)
        return _Loaded(record, drafts.of_record(desk, "person", person_id), refused, read_only, left)

    def _loaded(self, asked: str, found: _Loaded) -> None:
        if asked != self.person_id:
            return
        if found.record is None and not self.editor.is_touched:  # what is being typed stays on the screen
            self.person_id = ""
            self.gone.emit()
        if found.record is not None:
            self._show_record(found.record, found.draft, closed=found.record.deleted or found.left)
            self.editor.set_read_only(found.read_only)
            self.refused.put(found.refused, found.left)

    def _show_record(self, record: Record, draft: Draft | None, *, closed: bool) -> None:
        self._record = record
        if not self.editor.is_touched:
            self._set_new(False)
        if closed:  # nothing more is written down under it: the line above the tabs says what may be done
            for widget in (self._visit, self._request, self._move, self._delete):
                widget.hide()
        self._name.setText(record.name or self.tr("（未填姓名）"))
        place = divisions.get(record.village)
        age = people.age(record.born_on, _today())
        self._where.setText(
            "  ".join(x for x in (place.name if place else "", self.tr("{0}\u00a0岁").format(age) if age is not None else "") if x)
        )
        if self.editor.is_touched:
            return  # typed since it was asked for: what is on the screen is newer
        self.editor.set_cells({name: record.cell(name) for name in record.values})
        if draft is not None:
            self._draft = draft.id
            self.editor.lay_over(draft.cells)
            self._save.show()
        self.identity.begin()

    def _set_new(self, new: bool) -> None:
        parts.clear(self._alike)
        self.refused.say([])
        self._village_line.setVisible(new)
        self._save.setVisible(new)
        for widget in (self._visit, self._delete):
            widget.setVisible(not new)
        self._move.setVisible(not new and MoveForm.may(self.shell))
        self._request.setVisible(not new and self.shell.has("new-request"))
        self._tabs.setTabVisible(0, not new)
        self._tabs.setTabVisible(2, not new)
        self._tabs.setTabVisible(3, not new)
        if new:
            self._name.setText(self.tr("登记人员"))
            self._where.setText("")

    def refresh(self, touched: Touched) -> None:
        ids = {i for _, i in touched}
        if self.person_id and not self.editor.is_touched and (self.person_id in ids or any(e != "person" for e, _ in touched)):
            self.show_person(self.person_id)

    # --- typing ---------------------------------------------------------------------------------------------------
    def _typed(self, field: str = "") -> None:
        self._save.show()
        self._pause.start()
        if field == "id_number":
            self.identity.look()

    def _save_draft(self) -> None:
        cells = self.editor.typed()
        if not self.person_id:
            try:
                cells["village"] = Cell.of(self.village.value())
            except RuleError:
                cells["village"] = Cell()
        if not any(c.value is not None for n, c in cells.items() if n != "village"):
            if self._draft and not self.person_id:  # all is taken out again; a village alone is about nobody
                keeping.drop(self.shell, self._draft)
                self._draft = ""
            return
        # Its id is given here and not by the service: a second save may begin before the first has answered.
        self._draft = self._draft or new_id()
        keeping.put(self.shell, self._draft, "person", self.person_id or None, cells)
        if not self.person_id:
            operations.run(
                self, people.similar, self.shell.desk, people.normalise_quietly(cells), str(cells["village"].value or ""),
                on_done=partial(self._say_similar, self._draft),
            )  # fmt: skip

    def _say_similar(self, draft: str, found: list[Record]) -> None:
        """Somebody like this is here already: said while typing, so that nobody is entered twice unseen."""
        if draft != self._draft or self.person_id:
            return
        parts.clear(self._alike)
        if found:
            self._alike.addWidget(parts.label(self.tr("可能已有档案，请先查看："), "due"))
        for record in found[:3]:
            place = divisions.get(record.village)
            words = f"{record.name}  {place.name if place else ''}  {record.born_on or ''}"
            self._alike.addWidget(parts.button(words, partial(self.shell.open, "person", record.id), kind="quiet", icon="user"))

    def submit(self) -> None:
        """Ctrl+Enter: the visit when one is being written, else the person."""
        if self.contact.isVisible():
            self.contact.store()
        else:
            self.commit()

    def commit(self) -> None:
        """Store the record. A number that fails its check is kept when the clerk has ticked that the card says so."""
        self._pause.stop()
        if not self.editor.is_touched:
            return
        self._save_draft()  # first: what is refused below, or overtaken by the plug, is still there
        try:
            village = "" if self.person_id else self._village_line.value()
            cells = self.editor.touched()
        except RuleError as e:
            self._refuse(e)
            return
        if self.identity.confirm.isChecked():
            cells["id_unchecked"] = Cell.of(True)
        asked = (self._round, self._draft, village)
        self._sent = tuple(cells)
        operations.run(
            self, people.save, self.shell.desk, self.person_id or None, cells, village, writes=True,
            on_done=lambda record: self._stored(record, asked), on_error=lambda e: self._refused(e, asked[0]),
        )  # fmt: skip
        self.editor.untouch()

    def _stored(self, record: Record, asked: tuple[int, str, str]) -> None:
        """asked: which form it was, its draft, and the village of a new person."""
        form, draft, village = asked
        keeping.drop(self.shell, draft)
        here = form == self._round
        if here:
            self.person_id, self._draft = record.id, ""
            self._save.setVisible(self.editor.is_touched)
        place, saved = divisions.get(village) if village else None, self.tr("已保存 {0}").format(record.name)
        if place is not None:
            self._village_line.remember(village)
            saved = self.tr("已登记 {0}，{1}").format(record.name, place.name)
        self.shell.done(saved, [("person", record.id)])
        self._saved(record.id)
        if here:
            self.show_person(record.id)

    def _refused(self, error: Exception, form: int) -> None:
        if form != self._round:
            messages.tell_error(error)  # another form is shown by now; what was typed waits among the drafts
            return
        self.editor.touch(self._sent)  # the refused values are still unsaved
        self._save.show()
        self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        """Where it is wrong: the sentence under the field, the focus in it, and the field's name in the message."""
        self._tabs.setCurrentIndex(_FORM)
        if isinstance(error, RuleError) and error.fields and error.fields[0].field == "village":
            self._village_line.refuse(error.sentence)
            messages.tell_error(error)
        else:
            self.editor.refuse(error)

    def leave(self) -> None:
        """Store what is complete; what is not stays a draft. Never asks."""
        self.contact.leave()
        if not self.editor.is_touched:
            return
        self._pause.stop()
        try:
            complete = bool(self.person_id) or (bool(self.village.value()) and self.editor.rows["name"].cell().value is not None)
            self.editor.touched()
        except RuleError:
            complete = False
        if complete:
            self.commit()
        else:
            self._save_draft()

    # --- commands -------------------------------------------------------------------------------------------------
    def _reveal(self, field: str, give: Callable[[str], None]) -> None:
        operations.run(self, people.reveal, self.shell.desk, "person", self.person_id, field, writes=True, on_done=give)

    def begin_contact(self) -> None:
        if self.person_id:
            self.contact.begin(self.person_id)

    def _contact_done(self, record: Any) -> None:
        self.shell.done(self.tr("已登记走访"), [("contact", record.id), ("person", record.person_id)])
        self.timeline.show_person(record.person_id)

    def _remove(self) -> None:
        person_id, name = self.person_id, self._name.text()
        if person_id:
            operations.run(
                self, people.delete, self.shell.desk, person_id, writes=True,
                on_done=lambda _r: self.shell.done(self.tr("已删除 {0}").format(name), [("person", person_id)]),
            )  # fmt: skip


def _today() -> Any:
    from models.base import local_date

    return local_date()
