"""The quiet line at the foot: 已保存 14:05 · 离线 · 12 条待发送 · 上次回执 11-23 16:40. It tells the truth or nothing."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QLabel

from desktop import clock
from models.base import CHINA, parse_stamp
from models.services.syncing import Status


class StatusLine(QLabel):
    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("状态"))
        self.setContentsMargins(12, 0, 0, 0)
        self._saved_at, self._online = "", ""
        self._known: Status | None = None

    def saved(self) -> None:
        """Something is safe on the disk now."""
        self._saved_at = datetime.now(CHINA).strftime("%H:%M")
        self._say()

    def connection(self, words: str) -> None:
        self._online = words
        self._say()

    def know(self, status: Status, trouble: str = "") -> None:
        """trouble: what went wrong in the last round and what comes next; whoever points at the line reads it."""
        self._known = status
        self.setToolTip(trouble)
        self._say()

    def _stands(self) -> str:
        """What is known of this PC for good goes before what the last round met; that stays, should it be known otherwise."""
        if self._known is not None and not self._known.joined:
            return self.tr("未加入县级")
        if self._known is not None and self._known.stopped:
            return self.tr("县级已不接受本机，需重新加入")
        return self._online or self.tr("离线")

    def _say(self) -> None:
        status = self._known
        parts = [self.tr("已保存 {0}").format(self._saved_at)] if self._saved_at else []
        parts.append(self._stands())
        if status is not None:
            if status.pending:
                parts.append(self.tr("{0} 条待发送").format(status.pending))
            elif not status.refused and not status.conflicts:
                parts.append(self.tr("没有待发送"))
            if status.refused:
                parts.append(self.tr("{0} 条未被接收").format(status.refused))
            if status.conflicts:
                parts.append(self.tr("{0} 处冲突").format(status.conflicts))
            if status.last_receipt_at:
                when = parse_stamp(status.last_receipt_at).astimezone(CHINA).strftime("%m-%d %H:%M")
                parts.append(self.tr("上次回执 {0}").format(when))
            if status.clock_off:
                parts.append(clock_words(status.clock_off))
        self.setText(" · ".join(parts))


def clock_words(off: int) -> str:
    """off: seconds by which this PC's clock is fast, negative when it is slow."""
    return clock.clock_words(off, lambda text: QCoreApplication.translate("clock", text))
