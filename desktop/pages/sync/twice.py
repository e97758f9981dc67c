"""Conflicts that two offices settled at once: a sentence each, until somebody has read it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop import operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.services import settled
from models.services.settled import Twice


class TwiceCard(QFrame):
    """Hidden while there is none."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._told: Sequence[Twice] = ()
        self.setProperty("role", "card")
        self.setAccessibleName(self.tr("两个机构都选过的冲突"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        known = parts.button(self.tr("知道了"), self._read, icon="check")
        column.addLayout(parts.row(parts.label(self.tr("两个机构都选过的冲突"), "heading"), None, known))
        self._lines = QVBoxLayout()
        self._lines.setSpacing(4)
        column.addLayout(self._lines)
        self.hide()

    def put(self, found: Sequence[Twice]) -> None:
        self.setVisible(bool(found))
        if list(found) == list(self._told):
            return
        self._told = found
        parts.clear(self._lines)
        for one in found:
            line = parts.label(one.sentence, wrap=True)
            if one.entity in ("person", "request"):
                shown = parts.button(self.tr("打开记录"), partial(self._shell.open, one.entity, one.record_id), kind="link")
                self._lines.addLayout(parts.row(line, shown, stretch_at=0))
            else:
                self._lines.addWidget(line)

    def _read(self) -> None:
        ids = [one.id for one in self._told]
        operations.run(self, settled.read, self._shell.desk, ids, writes=True, on_done=lambda _r: self.put(()))
