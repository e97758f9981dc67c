"""数据来源: of the copy in front, where each word comes from; what nobody has collected stands first, with the way to its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from desktop import look, operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.fields import STATE_LABELS, State
from models.services import origins
from models.services.origins import Origin

_OPENS = Qt.ItemDataRole.UserRole
_CONTENT = 1  # the column of what stands on the paper


class Sources(QWidget):
    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._round = 0
        self._said = parts.label(self.tr("预览以后，这里列出这一份文书里每一项的来源。"), "muted", wrap=True)
        self.table = QTreeWidget()
        self.table.setAccessibleName(self.tr("数据来源"))
        self.table.setHeaderLabels([self.tr("项目"), self.tr("内容"), self.tr("状态"), self.tr("来源"), self.tr("核实于"), ""])
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        header = self.table.header()
        for column, width in enumerate((110, 160, 70, 104, 92, 76)):
            self.table.setColumnWidth(column, look.px(width))
        header.setStretchLastSection(False)
        self._later = QTimer(self)  # once the header has given every column its width: meanwhile it goes by older ones
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._spread)
        header.sectionResized.connect(lambda column, _old, _new: self._later.start(0) if column != _CONTENT else None)
        for column in (0, 3):  # what a cell is called and where it comes from are read whole; a long content has its tip
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.table.itemActivated.connect(self._open)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(16, 12, 16, 12)
        column_.setSpacing(8)
        column_.addWidget(self._said)
        column_.addWidget(self.table, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._later.start(0)

    def _spread(self) -> None:
        """The content has what the others leave, and never less than can be read: at a large type the table scrolls."""
        header = self.table.header()
        others = sum(header.sectionSize(n) for n in range(header.count()) if n != _CONTENT)
        header.resizeSection(_CONTENT, max(self.table.viewport().width() - others, look.px(140)))

    def of_nothing(self, why: str) -> None:
        self._round += 1
        self.table.clear()
        self._said.setText(why)

    def show_copy(self, code: str, ids: Sequence[str], extra: Mapping[str, str], copy: int) -> None:
        self._round += 1
        operations.run(
            self, origins.of_copy, self._shell.desk, code, ids, extra, copy, on_done=partial(self._found, self._round)
        )

    def _found(self, asked: int, found: list[Origin]) -> None:
        if asked != self._round:
            return
        self.table.clear()
        lacking, doubted = (sum(o.state == state for o in found) for state in ("u", "v"))
        said = self.tr("共 {0} 项").format(len(found))
        if lacking:
            said += self.tr("，其中 {0} 项未采集，排在最前").format(lacking)
        if doubted:
            said += self.tr("，{0} 项待核实").format(doubted)
        self._said.setText(said + self.tr("。"))
        self.table.setColumnHidden(4, not any(o.verified for o in found))
        self.table.setColumnHidden(5, not any(o.state == "u" and self._leads(o.entity, o.record_id) for o in found))
        tones = {"u": look.tokens().danger, "v": look.tokens().due}
        for o in found:
            text = "" if o.state == "u" else o.text.replace("\n", " ")
            item = QTreeWidgetItem([o.label, text, STATE_LABELS[State(o.state)], o.source, o.verified, ""])
            item.setToolTip(1, text)
            item.setToolTip(3, o.source)
            item.setData(0, _OPENS, (o.entity, o.record_id))
            if o.state in tones:
                item.setForeground(2, QBrush(QColor(tones[o.state])))
            self.table.addTopLevelItem(item)
            if o.state == "u" and self._leads(o.entity, o.record_id):
                button = parts.button(self.tr("去填写"), partial(self._shell.open, o.entity, o.record_id or None), kind="link")
                button.setAccessibleName(self.tr("去填写{0}").format(o.label))
                self.table.setItemWidget(item, 5, button)

    def _open(self, item: QTreeWidgetItem, _column: int) -> None:
        entity, record_id = item.data(0, _OPENS)
        if self._leads(entity, record_id):
            self._shell.open(entity, record_id or None)

    def _leads(self, entity: str, record_id: str) -> bool:
        return bool(record_id) or (entity == "settings" and self._shell.has(entity))
