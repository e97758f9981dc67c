"""Comparing with the county on the sync page: group by group equal or not, the records that differ, the repair, the list without receipts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QFileDialog, QFrame, QVBoxLayout

from desktop import messages, operations
from desktop.pages import Shell
from desktop.pages.sync.differences import GroupsTable, LinesTable
from desktop.widgets import parts
from models.base import CHINA, parse_stamp, utc_now
from models.errors import KnownError
from models.services import reconciling, specs
from models.services.differing import Group, Line


class ComparePanel(QFrame):
    """A sentence, and under it what was compared, kind by kind and village by village; a group that is chosen lists its records."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell, self._focused, self._by_stick = shell, False, False
        self.setProperty("role", "card")
        self._said = parts.label("", "muted", wrap=True)
        self._thorough = QCheckBox(self.tr("逐条重算"))
        self._thorough.setToolTip(self.tr("县级也从每条记录的内容重新算起，能查出绕过程序的改动，用时较长"))
        self._now = parts.button(self.tr("核对"), self.compare, icon="check", tip=self.tr("与县级比较每个村的记录数和校验值"))
        self._mend = parts.button(self.tr("修复"), self.mend, kind="primary")
        self._list = parts.button(self.tr("没有回执的清单…"), self._export, icon="file-text", tip=self.tr("存成工作簿，可以打印"))
        head = parts.row(
            parts.label(self.tr("与县级核对"), "heading"), self._said, self._thorough, self._mend, self._now, self._list,
            stretch_at=1,
        )  # fmt: skip
        self._found: Sequence[Line] = ()
        self.groups, self.lines = GroupsTable(), LinesTable()
        self.groups.chosen.connect(self._choose)
        self.groups.opened.connect(lambda _group: self._enter_lines())
        self.lines.opened.connect(self._open)
        self._of = parts.label("", "muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.groups)
        column.addWidget(self._of)
        column.addWidget(self.lines)
        for later in (self._mend, self.groups, self._of, self.lines):
            later.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._said.text():
            self.look()

    def look(self) -> None:
        """Show what is known without asking anybody: a stick may have brought it."""
        if self._now.isEnabled():
            operations.run(self, reconciling.last_known, self._shell.desk, on_done=self._show_last)

    def compare(self) -> None:
        self._run(self.tr("正在与县级核对…"), mend=False)

    def mend(self) -> None:
        if self._by_stick:
            operations.run(self, reconciling.mend_by_stick, self._shell.desk, writes=True, on_done=lambda _n: self.look())
            return
        self._run(self.tr("正在修复…"), mend=True)

    def _run(self, words: str, *, mend: bool) -> None:
        self._lock(True)
        self._said.setText(words)
        operations.run(
            self, reconciling.run, self._shell.desk, mend=mend, thorough=self._thorough.isChecked(), slow=True,
            on_done=self._show, on_error=self._failed,
        )  # fmt: skip

    def _lock(self, busy: bool) -> None:
        if busy:
            self._focused = self._now.hasFocus() or self._mend.hasFocus()
        for one in (self._now, self._mend, self._thorough):
            one.setEnabled(not busy)
        if not busy and self._focused:  # a button that is locked gives the focus to its neighbour
            self._now.setFocus()

    def _failed(self, error: Exception) -> None:
        self._lock(False)
        words = messages.sentence(error)
        if isinstance(error, KnownError) and error.code.startswith("net."):
            words += self.tr("没有网络时写一次 U 盘，县级答复会带回核对结果。")
        self._said.setText(words)

    def _show_last(self, known: reconciling.Known) -> None:
        """The last comparison, with its date: it is not said of now."""
        self._by_stick = known.by == "stick"
        self._mend.setVisible(self._by_stick and known.faults > 0 and not known.mending)
        self._put(known.groups if known.faults or known.more else (), known.lines)
        if not known.at:
            words = self.tr("还没有核对过。")
        else:
            words = self.tr("{0} {1}核对，").format(_minute(known.at), self.tr("经 U 盘") if self._by_stick else self.tr("联网"))
            if known.faults:
                words += self.tr("有 {0} 条不一致。").format(known.faults)
            elif not known.more:
                words += self.tr("与县级一致。")
            if known.more:
                words += self.tr("差别过多，没有全部列出。")
        if known.asked:
            words += self.tr("{0} 写入 U 盘的核对还没有县级答复。").format(_minute(known.asked))
        if known.mending:
            words += self.tr("下一次写 U 盘会带上修复。")
        self._said.setText(words)

    def _show(self, result: reconciling.Result) -> None:
        self._lock(False)
        said = self.tr("{0} 联网核对：{1}").format(utc_now().astimezone(CHINA).strftime("%H:%M"), self._summary(result))
        self._said.setText(said)  # with its time: what is written below goes on standing there while the county changes
        self._by_stick = False
        self._mend.setVisible(not result.equal)
        self._put(result.groups, result.lines)
        if result.touched:
            self._shell.changed(result.touched)

    def _put(self, groups: Sequence[Group], lines: Sequence[Line]) -> None:
        """The first group stands chosen when something differs in it: its records are seen at once."""
        self._found = lines
        self.groups.put(groups)
        self.lines.put(())
        self._of.hide()
        if groups and not (groups[0].same and not groups[0].faults and not groups[0].waiting):
            self.groups.selectRow(0)

    def _choose(self, group: Group) -> None:
        those = [x for x in self._found if (x.entity, x.code) == (group.entity, group.code)]
        self.lines.put(those)
        left = group.faults + group.waiting - len(those)
        where = f"{specs.label(group.entity)} · {group.village}"
        if those and left > 0:
            words = self.tr("{0}：以下列出 {1} 条，还有 {2} 条没有列出。").format(where, len(those), left)
        elif those:
            words = self.tr("{0}：{1} 条").format(where, len(those))
        else:
            words = self.tr("{0}：没有要列出的记录。").format(where)
        self._of.setText(words)
        self._of.show()

    def _enter_lines(self) -> None:
        if self.lines.isVisible():
            self.lines.selectRow(0)
            self.lines.setFocus()

    def _open(self, line: Line) -> None:
        if line.opens[0]:
            self._shell.open(line.opens[0], line.opens[1])
        else:
            messages.tell(self.tr("这条记录不在本机，打不开。按“修复”从县级取回后再看。"), kind="info")

    def _summary(self, result: reconciling.Result) -> str:
        mended = [
            self.tr("送还县级 {0} 条").format(result.restored) if result.restored else "",
            self.tr("从县级取回 {0} 条").format(result.pulled) if result.pulled else "",
            self.tr("再次送出 {0} 条").format(result.said) if result.said else "",
        ]
        faults = sum(result.faults.values())
        if result.county >= 0 and not result.equal:
            words = self.tr("本机 {0} 条、县级 {1} 条记录，").format(result.records, result.county)
        else:
            words = self.tr("已核对 {0} 条记录，").format(result.records)
        words += self.tr("{0} 条不一致。").format(faults) if faults else self.tr("与县级一致。")
        waiting = sum(result.waiting.values())
        if waiting:
            words += self.tr("{0} 条在等待发送、接收或处理，不算不一致。").format(waiting)
        if any(mended):
            words += self.tr("已修复：{0}。").format("，".join(m for m in mended if m))
        if faults and any(mended):
            words += self.tr("剩下的要由登记它的电脑核对修复。")
        return words

    def _export(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("保存没有回执的清单"), self.tr("没有回执的记录.xlsx"), "Excel (*.xlsx)"
        )
        if name:
            operations.run(
                self, reconciling.without_receipt, self._shell.desk, Path(name), writes=True,
                on_done=lambda n: self._shell.done(self.tr("已导出 {0} 条到 {1}").format(n, name), undoable=False),
            )  # fmt: skip


def _minute(when: str) -> str:
    return parse_stamp(when).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
