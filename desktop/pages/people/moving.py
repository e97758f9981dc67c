"""A person moves to another village: chosen in place, done by an office that has both villages in its subtree."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop import messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.inputs import VillageInput
from models.errors import RuleError
from models.records import Record
from models.services import people
from resources import divisions


class MoveForm(QFrame):
    """Shown above the person's time line when asked for."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.shell, self._person = shell, ""
        self.village = VillageInput(shell.desk.office)
        self.village.setAccessibleName(self.tr("迁往哪个村"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addWidget(parts.label(self.tr("迁往其他村"), "heading"))
        words = self.tr("家庭成员、走访、诉求和附件随人一起转到新村，原村不再看到；户不随迁。可以撤销。")
        column.addWidget(parts.label(words, "muted", wrap=True))
        column.addLayout(
            parts.row(
                self.village,
                parts.button(self.tr("取消"), self.hide, kind="quiet"),
                parts.button(self.tr("迁移"), self.store, kind="primary"),
                stretch_at=0,
            )
        )
        self.hide()

    @staticmethod
    def may(shell: Shell) -> bool:
        """Whether this office has two villages between which it could move anybody."""
        return shell.desk.level in ("township", "county")

    def begin(self, person_id: str) -> None:
        self._person = person_id
        self.village.set_value(None)
        self.show()
        self.village.setFocus()

    def store(self) -> None:
        try:
            village = str(self.village.value() or "")
        except RuleError as e:
            messages.tell(e.sentence, kind="danger")
            self.village.setFocus()
            return
        if not village:
            messages.tell(self.tr("请先选择要迁入的村。"), kind="danger")
            self.village.setFocus()
            return
        operations.run(self, people.move, self.shell.desk, self._person, village, writes=True, on_done=self._moved)

    def _moved(self, person: Record) -> None:
        self.hide()
        place = divisions.get(person.village)
        words = self.tr("{0} 已迁往 {1}").format(person.name or "", place.name if place else person.village)
        self.shell.done(words, [("person", person.id)])
