"""A person or a request that is another office's by now: why it still stands here, and the button by which it goes."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop import operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.services import refusals


class LeftLine(QWidget):
    """entity: person or request. refused: whether the county did not take something of it, which is what is read here; else a
    round is waited for. go: the button, hidden without."""

    def __init__(self, shell: Shell, entity: str, record_id: str, *, refused: bool) -> None:
        super().__init__()
        self._shell, self._entity, self._record_id = shell, entity, record_id
        kept = (
            self.tr("本机的改动县级没有接收，只供查看；要办理的，请告知现管机构。") if refused
            else self.tr("本机的改动还没有回执，同步之后再看。")
        )  # fmt: skip
        said = parts.label(self.tr("已转到别处，不再归本机构管理。") + kept, "due", wrap=True)
        self.go: QPushButton = parts.button(self.tr("我已看过，从本机移去"), self._let_go, icon="check")
        self.go.setVisible(refused)
        line: QHBoxLayout = parts.row(said, self.go, stretch_at=0)
        line.setContentsMargins(0, 0, 0, 0)
        self.setLayout(line)

    def _let_go(self) -> None:
        shell, done, what = self._shell, self.tr("已从本机移去"), (self._entity, self._record_id)
        operations.run(  # for the window: this line may be drawn anew before it is done
            shell.stage, refusals.let_go, shell.desk, *what, writes=True,
            on_done=lambda _r: shell.done(done, [what], undoable=False),
        )  # fmt: skip
