"""导入: a roster, row by row: new, changed with old and new values, refused with the reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHeaderView, QProgressBar, QTableWidget, QTableWidgetItem, QVBoxLayout

from desktop import look, operations
from desktop.pages import Declaration, Page, Shell
from desktop.widgets import parts
from models.services import exporting, importing
from resources import divisions

_WORDS = {"new": "新增", "changed": "修改", "same": "相同", "refused": "不导入"}
_MOST = 3000  # rows shown; all are imported


class ImportPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._preview: importing.Preview | None = None
        self._handle: operations.Handle | None = None
        self._said = parts.label(
            self.tr("支持 .xlsx 和 .xls；表头可在标题和合并单元格之下，列名按意思自动对应。"), "muted", wrap=True
        )
        self._table = QTableWidget(0, 5)
        self._table.setAccessibleName(self.tr("导入预览"))
        self._table.setHorizontalHeaderLabels([self.tr("行"), self.tr("结果"), self.tr("姓名"), self.tr("村"), self.tr("说明")])
        self._table.verticalHeader().hide()
        self._table.setShowGrid(False)
        self._table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self._table.horizontalHeader().setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for n, width in enumerate((56, 84, 100, 150)):
            self._table.setColumnWidth(n, look.px(width))
        self._bar = QProgressBar()
        self._bar.hide()
        self._go = parts.button(self.tr("导入"), self._accept, kind="primary", icon="check")
        self._out = parts.button(self.tr("把不导入的行存为工作簿"), self._refused, icon="download")
        self._stop = parts.button(self.tr("停止"), lambda: self._handle.cancel() if self._handle else None, kind="quiet")
        for widget in (self._go, self._out, self._stop, self._table):
            widget.hide()
        self._empty = parts.empty(
            self.tr("选择花名册，逐行预览后再导入"),
            self.tr("没有写错的行会导入；有错的行说明原因，可存为工作簿改好再导。导入可以整体撤销。"),
            parts.button(self.tr("选择花名册…"), self._choose, kind="primary", icon="file-spreadsheet"),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        column.addLayout(
            parts.row(
                parts.label(self.tr("导入花名册"), "title"),
                None,
                parts.button(self.tr("选择花名册…"), self._choose, icon="folder-open"),
                self._out,
                self._stop,
                self._go,
            )
        )
        column.addWidget(self._said)
        column.addWidget(self._bar)
        column.addWidget(self._table, 1)
        column.addWidget(self._empty, 1)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("选择花名册"), "", self.tr("表格 (*.xlsx *.xls)"))
        if name:
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Read a roster and show what would happen."""
        self._said.setText(self.tr("正在读取 {0}…").format(path.name))
        operations.run(self, importing.preview, self.shell.desk, path, on_done=self._show, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        from desktop import messages

        self._said.setText(messages.sentence(error))

    def _show(self, found: importing.Preview) -> None:
        self._preview = found
        words = "，".join(f"{w} {found.count(k)} 行" for k, w in _WORDS.items())
        extra = self.tr("；没有用到的列：{0}").format("、".join(found.unmapped)) if found.unmapped else ""
        self._said.setText(f"{found.file.name}：{words}{extra}")
        self._empty.hide()
        for widget in (self._table, self._go):
            widget.show()
        self._out.setVisible(found.count("refused") > 0)
        self._go.setText(self.tr("导入 {0} 行").format(found.count("new") + found.count("changed")))
        self._go.setEnabled(found.count("new") + found.count("changed") > 0)
        order = {"refused": 0, "changed": 1, "new": 2, "same": 3}
        rows = sorted(found.rows, key=lambda r: (order[r.state], r.row))[:_MOST]
        self._table.setRowCount(len(rows))
        for n, row in enumerate(rows):
            self._fill(n, row)

    def _fill(self, n: int, row: importing.Row) -> None:
        said = [reason for _, reason in row.reasons]
        said += [f"{label}：{old} → {new}" for label, old, new in row.changes]
        said += list(row.warnings)
        place = divisions.get(row.village)
        texts = [str(row.row), _WORDS[row.state], row.name, place.name if place else row.village, "；".join(said)]
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text if column == 4 else "")
            if column == 1:
                colours = {"refused": look.tokens().danger, "changed": look.tokens().due, "new": look.tokens().done}
                from PySide6.QtGui import QColor

                item.setForeground(QColor(colours.get(row.state, look.tokens().muted)))
            self._table.setItem(n, column, item)
        if row.may_override:
            box = self._table.item(n, 0)
            if box is not None:
                box.setCheckState(Qt.CheckState.Unchecked)
                box.setData(Qt.ItemDataRole.UserRole, row.row)
                box.setToolTip(self.tr("核对身份证原件无误后打勾，按原件登记并作标记"))

    def _overridden(self) -> list[int]:
        found = []
        for n in range(self._table.rowCount()):
            box = self._table.item(n, 0)
            if box is not None and box.data(Qt.ItemDataRole.UserRole) and box.checkState() == Qt.CheckState.Checked:
                found.append(int(box.data(Qt.ItemDataRole.UserRole)))
        return found

    def _accept(self) -> None:
        if self._preview is None:
            return
        self._go.setEnabled(False)
        self._bar.show()
        self._stop.show()
        self._handle = operations.run(
            self, importing.accept, self.shell.desk, self._preview, override=self._overridden(), writes=True,
            on_progress=self._advance, on_done=self._done,
        )  # fmt: skip

    def _advance(self, done: int, total: int) -> None:
        self._bar.setMaximum(total)
        self._bar.setValue(done)

    def _done(self, result: importing.Result) -> None:
        self._bar.hide()
        self._stop.hide()
        self.shell.done(self.tr("已导入：新增 {0} 人，修改 {1} 人").format(result.new, result.changed), [("person", "")])
        if self._preview is not None:
            self.read(self._preview.file)

    def _refused(self) -> None:
        if self._preview is None:
            return
        name, _ = QFileDialog.getSaveFileName(self, self.tr("保存不导入的行"), self.tr("未导入的行.xlsx"), "Excel (*.xlsx)")
        if name:
            operations.run(
                self, exporting.refused, self._preview, Path(name),
                on_done=lambda n: self.shell.done(self.tr("已保存 {0} 行到 {1}").format(n, name), undoable=False),
            )  # fmt: skip


PAGE: Any = Declaration("importing", "导入", "file-spreadsheet", 5, ImportPage, levels=("county", "township", "village"))
