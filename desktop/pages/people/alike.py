"""Other files that may be this person's, above the tabs; and of a deleted file, what came for it and where it went."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout

from desktop import operations
from desktop.pages import Shell
from desktop.pages.people import merging
from desktop.widgets import parts
from models.records import Record
from models.services import merging_people, people, refusals
from models.services.desk import Desk
from resources import divisions

_MOST = 3


@dataclass(frozen=True, slots=True)
class Found:
    """alike: who may be the same; into: whom the deleted file was merged into; coming: what came for it since."""

    person: Record | None
    alike: Sequence[Record] = ()
    into: Record | None = None
    coming: Sequence[tuple[str, int]] = ()
    restorable: bool = False


def _look(desk: Desk, person_id: str) -> Found:
    person = people.get(desk, person_id)
    if person is None:
        return Found(None)
    if not person.deleted:
        return Found(person, merging_people.candidates(desk, person))
    into = merging_people.went_to(desk, person_id)
    coming = [pair for s in merging_people.strays(desk, [("person", person_id)]) for pair in s.coming]
    alike = [] if into else merging_people.candidates(desk, person)
    # Deleted elsewhere while it was changed here: the line above offers to bring it back with the change, and once is enough.
    refused = any(r.record_id == person_id and r.restorable for r in refusals.refused_of(desk, person_id))
    return Found(person, alike, into, coming, not refused and refusals.may_restore(desk, "person", person_id))


def words(coming: Sequence[tuple[str, int]]) -> str:
    """What belongs to somebody, as in 家庭成员 1、诉求 2."""
    return "、".join(f"{label} {count}" for label, count in coming)


class AlikeBar(QFrame):
    """Hidden while there is nothing to say. leave: stores what is being typed, called before two files are put side by side."""

    def __init__(self, shell: Shell, leave: Callable[[], None]) -> None:
        super().__init__()
        self._shell, self._person, self._leave = shell, "", leave
        self.setProperty("role", "card")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 6, 8, 6)
        self._column.setSpacing(2)
        self.hide()

    def show_person(self, person_id: str) -> None:
        """'' for nobody."""
        if person_id != self._person:
            self.hide()
        self._person = person_id
        if person_id:
            operations.run(self, _look, self._shell.desk, person_id, on_done=self._show)

    def _show(self, found: Found) -> None:
        if found.person is None or found.person.id != self._person:
            return
        parts.clear(self._column)
        if found.person.deleted:
            self._say_gone(found)
        for other in found.alike[:_MOST]:
            place = divisions.get(other.village)
            who = "  ".join(x for x in (other.name or "", place.name if place else "", other.born_on or "") if x)
            said = parts.label(self.tr("可能是同一个人：{0}").format(who), "due", wrap=True)
            see = parts.button(self.tr("查看"), partial(self._shell.open, "person", other.id), kind="quiet", icon="user")
            self._column.addLayout(parts.row(said, see, self._merge(self.tr("与这条合并…"), other.id), stretch_at=0))
        self.setVisible(bool(found.alike) or bool(found.person.deleted))

    def _say_gone(self, found: Found) -> None:
        into = found.into
        said = self.tr("这份档案已删除。")
        if into is not None:
            said = self.tr("这份档案已并入 {0} 的另一份。").format(into.name or "")
        if found.coming:
            said += self.tr("名下后来又有：{0}，请转到留下的那一份，或恢复这一份。").format(words(found.coming))
        buttons: list[QPushButton | None] = []
        if into is not None:
            buttons.append(parts.button(self.tr("打开那一份"), partial(self._shell.open, "person", into.id), kind="quiet", icon="user"))
            if found.coming:
                buttons.append(self._merge(self.tr("转过去…"), into.id))
        if found.restorable:
            buttons.append(parts.button(self.tr("恢复"), self._restore, kind="quiet", icon="undo-2"))
        self._column.addWidget(parts.label(said, "due", wrap=True))
        self._column.addLayout(parts.row(None, *buttons))

    def _merge(self, text: str, other: str) -> QPushButton:
        return parts.button(text, partial(self._offer, other), kind="quiet", icon="git-merge")

    def _offer(self, other: str) -> None:
        self._leave()
        merging.offer(self, self._shell, self._person, other)

    def _restore(self) -> None:
        shell, person_id = self._shell, self._person
        operations.run(
            self, refusals.restore, shell.desk, "person", person_id, writes=True,
            on_done=lambda r: shell.done(self.tr("已恢复 {0}").format(r.name or ""), [("person", person_id)]),
        )  # fmt: skip
