"""Drafts on their way to the disk: the one way a page writes and drops them.

One that the disk would not take (full, pulled out, held by another program) stays here and is tried again until it is
taken: the form it was typed in may be left and filled with something else meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from desktop import messages, operations
from desktop.pages import Shell
from models.errors import KnownError
from models.records import Cell
from models.services import drafts

AGAIN = 10_000  # milliseconds until what was not taken is tried again


@dataclass(frozen=True, slots=True)
class _Draft:
    shell: Shell
    id: str
    entity: str
    record_id: str | None
    cells: Mapping[str, Cell]

    def write(self) -> None:
        drafts.put(self.shell.desk, self.id, self.entity, self.record_id, self.cells)


class _Keeper(QObject):
    """held: what is on no disk yet, by the draft's id."""

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self.held: dict[str, _Draft] = {}
        self.warned = False
        self._latest: dict[str, _Draft] = {}  # on its way or held; the failure of anything older is no news any more
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._retry)

    def put(self, draft: _Draft) -> None:
        self._latest[draft.id] = draft
        operations.run(
            self, draft.write, writes=True, on_done=lambda _n: self._taken(draft), on_error=lambda e: self._refused(draft, e)
        )  # fmt: skip

    def drop(self, shell: Shell, draft_id: str) -> None:
        self._latest.pop(draft_id, None)
        self.held.pop(draft_id, None)
        operations.run(self, drafts.drop, shell.desk, draft_id, writes=True)

    def _taken(self, draft: _Draft) -> None:
        draft.shell.saved()
        if self._latest.get(draft.id) is draft:
            del self._latest[draft.id]
        if self.held.pop(draft.id, None) is not None and not self.held:
            self.warned = False
            messages.tell(self.tr("刚才没有存上的内容已经存好，在“未写完的草稿”里。"), kind="info")

    def _refused(self, draft: _Draft, error: Exception) -> None:
        if self._latest.get(draft.id) is not draft:
            return
        if not isinstance(error, KnownError):
            del self._latest[draft.id]
            messages.tell_error(error)  # trying again would only fail again
            return
        first, self.held[draft.id] = not self.held, draft
        if first:  # said once, not at every pause of whoever goes on typing
            messages.tell(self.tr("{0}输入的内容还在归雁里，会自动再存。").format(error.sentence), kind="danger")
        self._again.start(AGAIN)

    def _retry(self) -> None:
        for draft in list(self.held.values()):
            self.put(draft)

    def may_close(self) -> bool:
        """False, once, while something is on no disk: it is said, and whoever closes again gives it up."""
        for draft in list(self._latest.values()):  # what was typed last may still be on its way
            try:
                draft.write()
                self.held.pop(draft.id, None)
                del self._latest[draft.id]
            except KnownError as error:
                if not self.warned:
                    self.warned = True
                    words = self.tr("还有 {0} 份内容没有存上：{1}再关一次窗口就放弃它们。")
                    messages.tell(words.format(len(self._latest), error.sentence), kind="danger")
                    return False
        return True


_KEEPER: list[_Keeper] = []  # one a program: a window that is locked and made anew finds what is held


def keeper() -> _Keeper:
    """The program's keeper of drafts."""
    if not _KEEPER:
        _KEEPER.append(_Keeper(None))
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(_KEEPER.clear)  # no timer outlives the application
    return _KEEPER[0]


def put(shell: Shell, draft_id: str, entity: str, record_id: str | None, cells: Mapping[str, Cell]) -> None:
    """Write a draft; 已保存 is said when it is on the disk, and not before."""
    keeper().put(_Draft(shell, draft_id, entity, record_id, cells))


def drop(shell: Shell, draft_id: str) -> None:
    """Drop a draft, on the disk or not; '' is none."""
    if draft_id:
        keeper().drop(shell, draft_id)
