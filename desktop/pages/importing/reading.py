"""How a roster is to be read: with the rows that its sheet hides or without, and of which village whoever names none is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from desktop import look
from desktop.widgets import parts
from desktop.widgets.inputs import VillageInput
from models.errors import RuleError
from models.services.desk import Desk
from models.services.importing import Preview
from resources import divisions


class Reading(QWidget):
    """changed: the roster is to be read anew. Each line is shown only for a roster that it concerns."""

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._asked = ""
        self._hidden = QCheckBox()
        self._hidden.toggled.connect(lambda _on: self.changed.emit())
        self._unseen = parts.label("", "muted", wrap=True)
        self._nowhere = parts.label("", "due")
        self._given = parts.label(self.tr("没有写所在村的人，记在："), "muted")
        self._village = VillageInput(desk.office, self)
        self._village.setAccessibleName(self.tr("没有写村的人所在的村"))
        self._village.setMinimumWidth(look.px(200))
        self._village.edited.connect(self._on_village)
        self._place = parts.strip(self._nowhere, self._given, self._village, None)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for widget in (self._hidden, self._unseen, self._place):
            column.addWidget(widget)

    def begin(self) -> None:
        """Another roster: what was said of the last one does not hold for it."""
        self._asked = ""
        for widget in (self._hidden, self._village):
            widget.blockSignals(True)
        self._hidden.setChecked(False)
        self._village.set_value(None)
        for widget in (self._hidden, self._village):
            widget.blockSignals(False)

    def hidden(self) -> bool:
        return self._hidden.isChecked()

    def village(self) -> str:
        """'' when none is chosen."""
        return self._asked

    def show_preview(self, found: Preview) -> None:
        self._hidden.setText(self.tr("连同表中隐藏的 {0} 行（筛选、折叠或手工隐藏的）一起导入").format(f"{found.hidden:,}"))
        self._hidden.setVisible(found.hidden > 0)
        self._unseen.setText(self.tr("表中隐藏的列照样导入：{0}").format("、".join(found.unseen)))
        self._unseen.setVisible(bool(found.unseen))
        here = divisions.get(self._desk.office[:12])
        words = self.tr("{0} 人没有写所在村，将记在{1}名下。属于同一个村的，请选择：")
        self._nowhere.setText(words.format(f"{found.unplaced:,}", here.name if here else self._desk.office))
        self._nowhere.setVisible(not self._asked)
        self._given.setVisible(bool(self._asked))
        self._place.setVisible(found.unplaced > 0 or bool(self._asked))
        self.setVisible(not (self._hidden.isHidden() and self._unseen.isHidden() and self._place.isHidden()))

    def _on_village(self) -> None:
        try:
            code = str(self._village.value() or "")
        except RuleError:
            return  # half typed
        if code != self._asked:
            self._asked = code
            self.changed.emit()
