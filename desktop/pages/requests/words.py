"""Words for a step or an opinion that are typed and not sent: in their box, and as a draft on the disk.

Nothing that arrives meanwhile, and no pulled plug, loses them. A place is the id of the request for the box under 办理, the
id of the referral for an opinion; it is the draft's id as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop import keeping, look
from desktop.pages import Shell
from desktop.widgets import parts
from models.records import Cell
from models.services import drafts
from models.services.desk import Desk

_PAUSE = 600  # milliseconds of rest before what was typed is put into the draft


def read(desk: Desk, places: list[str]) -> dict[str, str]:
    """What is on the disk, by place; call it in a worker."""
    found = [d for place in places if (d := drafts.get(desk, place)) is not None]
    return {d.id: str(d.cells.get("text", Cell()).value or "") for d in found}


class Words(QObject):
    def __init__(self, shell: Shell, parent: QObject) -> None:
        super().__init__(parent)
        self._shell = shell
        self._typed: dict[str, str] = {}
        self._unsaved: dict[str, str] = {}  # place → request, of what is not on the disk yet
        self.boxes: dict[str, QPlainTextEdit] = {}  # those on the screen
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE)
        self._pause.timeout.connect(self.save)

    def box(self, place: str, request_id: str, name: str, stored: str) -> QPlainTextEdit:
        """A box for a place. stored: what its draft on the disk says."""
        box = QPlainTextEdit()
        box.setFixedHeight(look.px(64))
        box.setTabChangesFocus(True)
        box.setAccessibleName(name)
        box.setPlainText(self._typed.setdefault(place, stored))
        box.textChanged.connect(lambda: self.put(place, request_id, box.toPlainText()))
        self.boxes[place] = box
        return box

    def left_over(self, place: str, text: str) -> QWidget:
        """Words for a step that somebody else has taken meanwhile: nobody can send them, and only the clerk drops them."""
        held = QWidget()
        drop = parts.button(self.tr("删去"), lambda: self._drop(place, held), kind="quiet")
        said = parts.label(self.tr("没有提交的文字：{0}").format(text), "due", wrap=True)
        line = parts.row(said, drop, stretch_at=0)
        line.setContentsMargins(0, 0, 0, 0)
        held.setLayout(line)
        held.setVisible(bool(text))
        return held

    def _drop(self, place: str, held: QWidget) -> None:
        self.sent(place)
        held.hide()

    def put(self, place: str, request_id: str, text: str) -> None:
        self._typed[place], self._unsaved[place] = text, request_id
        self._pause.start()

    def add(self, place: str, request_id: str, text: str) -> None:
        """Behind what is typed there already."""
        self.put(place, request_id, "\n".join(x for x in (self._typed.get(place, ""), text) if x))
        self.save()

    def sent(self, place: str) -> None:
        """They are a step now: the box and the draft are empty again."""
        self._typed[place] = ""  # and not what a draft still says that is just being dropped
        self._unsaved.pop(place, None)
        keeping.drop(self._shell, place)

    def save(self) -> None:
        self._pause.stop()
        for place, request_id in self._unsaved.items():
            self._keep(place, request_id, self._typed[place])
        self._unsaved.clear()

    def _keep(self, place: str, request_id: str, text: str) -> None:
        if not text.strip():
            keeping.drop(self._shell, place)
            return
        entity = "request_event" if place == request_id else "referral"
        cells = {"text": Cell.of(text), "request_id": Cell.of(request_id)}
        keeping.put(self._shell, place, entity, place, cells)

    @contextmanager
    def place_kept(self) -> Iterator[None]:
        """Whoever writes in a box while the boxes are made anew goes on where the cursor was."""
        writing = next((place for place, box in self.boxes.items() if box.window().focusWidget() is box), "")
        at = self.boxes[writing].textCursor().position() if writing else 0
        self.boxes = {}
        yield
        box = self.boxes.get(writing)
        if box is not None:
            cursor = box.textCursor()
            cursor.setPosition(min(at, len(box.toPlainText())))
            box.setTextCursor(cursor)
            box.setFocus()
