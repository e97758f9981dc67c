"""Everything about a person on one time line; a request opens where it stands."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop import operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.attachments import AttachmentDialog
from desktop.widgets.slices import Slices
from models.services import timeline

_ICONS = {
    "contact": "footprints",
    "request": "inbox",
    "step": "chevron-right",
    "referral": "send",
    "paper": "printer",
    "list": "printer",
    "attachment": "file-text",
    "conflict": "git-merge",
    "change": "history",
}
_MOST = 200


class TimelineList(QWidget):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self._person = self._drawn = ""
        self.entries: list[timeline.Entry] = []
        self._slices = Slices(self)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(4, 12, 16, 12)
        self._column.setSpacing(0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(self._body))

    def show_person(self, person_id: str) -> None:
        self._person = person_id
        operations.run(self, timeline.of_person, self.shell.desk, person_id, on_done=lambda found: self._show(person_id, found))

    def _show(self, person_id: str, entries: list[timeline.Entry]) -> None:
        if person_id != self._person or (person_id, entries) == (self._drawn, self.entries):
            return  # another is shown by now, or the same line, which then keeps its place
        self._drawn, self.entries = person_id, entries
        parts.clear(self._column)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(2, 1)
        self._column.addLayout(grid)
        if not entries:
            self._column.addWidget(parts.label(self.tr("走访、诉求、打印和修改会按时间列在这里。"), "muted"))
        self._column.addStretch(1)
        self._slices.begin(self._fill(grid, entries[:_MOST]))

    def _fill(self, grid: QGridLayout, entries: list[timeline.Entry]) -> Iterator[None]:
        for n, entry in enumerate(entries):
            when = parts.label(entry.at, "muted")
            icon = parts.Sign(_ICONS.get(entry.kind, "info"), "accent", when.sizeHint().height())  # beside the words
            grid.addWidget(when, n, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(icon, n, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(self._entry(entry), n, 2)
            yield

    def _entry(self, entry: timeline.Entry) -> QWidget:
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        who = parts.label(entry.by, "muted")
        if entry.entity == "request":
            opener = parts.button(entry.title, lambda: self.shell.open("request", entry.record_id), kind="link")
            column.addLayout(parts.row(opener, who, None))
        elif entry.kind in ("contact", "list"):
            files = parts.button(self.tr("附件"), lambda: AttachmentDialog(self, self.shell, entry).open(), kind="link")
            column.addLayout(parts.row(parts.label(entry.title), who, files, None))
        else:
            column.addLayout(parts.row(parts.label(entry.title), who, None))
        if entry.text:
            column.addWidget(
                parts.label(
                    entry.text if len(entry.text) < 400 else entry.text[:400] + "…",
                    "muted" if entry.kind == "change" else "",
                    wrap=True,
                )
            )
        return frame
