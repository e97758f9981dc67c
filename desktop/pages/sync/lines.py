"""The records of this device, each with what the county has of it: those that want somebody first, then the newest."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QModelIndex

from desktop import look
from desktop.pages.requests.case import SYNC_WORDS
from desktop.pages.sync.rows import RowsModel, RowsTable
from models.base import CHINA, hlc_moment
from models.services import specs
from models.services.syncing import Line

_WIDTHS = (104, 112, 288, 104)
_RECORD = 2  # the column of the record's name: a click on it opens the record


def _tr(text: str) -> str:
    return QCoreApplication.translate("sync", text)


def _words(line: Line) -> tuple[str, ...]:
    advice = {
        "held": _tr("县级程序较旧，先存着；县级升级后自动收下，不用处理"), "conflict": _tr("同一栏两处填得不一样，请在上面选择"),
    }  # fmt: skip
    when = hlc_moment(line.at).astimezone(CHINA).strftime("%m-%d %H:%M")
    reasons = "；".join(reason for _, reason in line.errors) or advice.get(line.state, "")
    state = _tr(str(SYNC_WORDS.get(line.state, line.state)))
    return state, specs.label(line.entity), line.title or line.record_id, when, reasons


def _colour(line: Line, column: int) -> str:
    tokens = look.tokens()
    tones = {"received": tokens.done, "merged": tokens.done, "pending": tokens.due, "held": tokens.due}
    if column == 0:
        return tones.get(line.state, tokens.danger)
    if column == _RECORD:
        return tokens.accent if line.opens[0] else tokens.text
    return tokens.danger if column == 4 and line.state != "held" else tokens.muted


class LinesTable(RowsTable):
    """opened: a line whose record can be shown, or whose conflict waits."""

    def __init__(self) -> None:
        headings = (_tr("县级"), _tr("种类"), _tr("记录"), _tr("改动时间"), _tr("说明"))
        super().__init__(RowsModel(headings, _words, _colour), _WIDTHS, _tr("各条记录县级有没有收到"), row=34)
        self.clicked.connect(self._clicked)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == _RECORD:
            self._open(index)

    def _open(self, index: QModelIndex) -> None:
        line = self.rows.rows[index.row()]
        if line.opens[0] or line.state == "conflict":
            self.opened.emit(line)
