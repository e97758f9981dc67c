"""导入: a roster, row by row: new, changed with old and new values, refused with the reason; each may be left out."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtWidgets import QFileDialog, QProgressBar, QVBoxLayout

from desktop import messages, operations
from desktop.pages import Declaration, Page, Shell
from desktop.pages.importing.preview import PreviewModel, PreviewTable
from desktop.pages.importing.reading import Reading
from desktop.widgets import parts
from models.services import exporting, importing


class ImportPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._preview: importing.Preview | None = None
        self._handle: operations.Handle | None = None
        self._began = 0.0
        self._asked = 0
        self._said = parts.label(
            self.tr("支持 .xlsx 和 .xls；表头可在标题和合并单元格之下，列名按意思自动对应。"), "muted", wrap=True
        )
        self._reading = Reading(shell.desk)
        self._reading.changed.connect(self._again_so)
        self.model = PreviewModel()
        self.model.ticked.connect(self._count)
        self.table = PreviewTable(self.model)
        self._bar = QProgressBar()
        self._bar.setAccessibleName(self.tr("进度"))
        self._go = parts.button(self.tr("导入"), self._accept, kind="primary", icon="check")
        self._out = parts.button(self.tr("把不导入的行存为工作簿"), self._refused, icon="download")
        self._stop = parts.button(self.tr("停止"), lambda: self._handle.cancel() if self._handle else None)
        self._again = parts.button(self.tr("另选花名册…"), self._choose, icon="folder-open")
        self._all = parts.button(self.tr("全选"), lambda: self.model.tick_all(True))
        self._none = parts.button(self.tr("全不选"), lambda: self.model.tick_all(False))
        self._hint = parts.label(self.tr("打勾的行会导入；选中若干行后按空格可一起勾选或取消。"), "muted")
        self._empty = parts.empty(
            self.tr("选择花名册，逐行预览后再导入"),
            self.tr("没有写错的行会导入；有错的行说明原因，可存为工作簿改好再导。导入可以整体撤销。"),
            parts.button(self.tr("选择花名册…"), self._choose, kind="primary", icon="file-spreadsheet"),
        )
        self._build()

    def _build(self) -> None:
        self._choice = parts.strip(self._all, self._none, self._hint, None)
        for widget in (self._go, self._out, self._stop, self._again, self._bar, self.table, self._choice, self._reading):
            widget.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(8)
        title = parts.label(self.tr("导入花名册"), "title")
        column.addLayout(parts.row(title, None, self._again, self._out, self._stop, self._go))
        column.addWidget(self._said)
        column.addWidget(self._reading)
        column.addWidget(self._bar)
        column.addWidget(self._choice)
        column.addWidget(self.table, 1)
        column.addWidget(self._empty, 1)

    def _choose(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("选择花名册"), "", self.tr("表格 (*.xlsx *.xls)"))
        if name:
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Read a roster and show what would happen."""
        if self._preview is None or path != self._preview.file:
            self._reading.begin()
        self._said.setText(self.tr("正在读取 {0}…").format(path.name))
        self._go.setEnabled(False)  # what stands below is not what was asked for any more
        self._asked += 1
        asked = self._asked

        def show(found: importing.Preview) -> None:
            if asked == self._asked:  # two that were asked for one after the other may come back the other way round
                self._show(found)

        operations.run(
            self, importing.preview, self.shell.desk, path, village=self._reading.village(), hidden=self._reading.hidden(),
            on_done=show, on_error=self._failed,
        )  # fmt: skip

    def _again_so(self) -> None:
        if self._preview is not None:
            self.read(self._preview.file)

    def _failed(self, error: Exception) -> None:
        self._said.setText(messages.sentence(error))

    def _show(self, found: importing.Preview) -> None:
        self._preview = found
        words = "，".join(self.tr("{0} {1} 行").format(w, f"{found.count(k):,}") for k, w in self.model.states.items())
        extra = self.tr("；没有用到的列：{0}").format("、".join(found.unmapped)) if found.unmapped else ""
        self._said.setText(f"{found.file.name}：{words}{extra}")
        self._reading.show_preview(found)
        self._empty.hide()
        for widget in (self.table, self._go, self._again, self._choice):
            widget.show()
        self._out.setVisible(found.count("refused") > 0)
        self.model.show_preview(found)

    def _count(self) -> None:
        """The button says what it will do."""
        chosen = len(self.model.wanted()) + len(self.model.confirmed())
        self._go.setText(" " + self.tr("导入 {0} 行").format(f"{chosen:,}"))
        self._go.setEnabled(chosen > 0)

    def _accept(self) -> None:
        if self._preview is None:
            return
        self._go.setEnabled(False)
        self._began = monotonic()
        self._bar.setRange(0, 0)
        for widget in (self._bar, self._stop):
            widget.show()
        self._handle = operations.run(
            self, importing.accept, self.shell.desk, self._preview, frozenset(self.model.wanted()),
            override=self.model.confirmed(), writes=True, on_progress=self._advance, on_done=self._done, on_error=self._broken,
        )  # fmt: skip

    def _advance(self, done: int, total: int) -> None:
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        left = (monotonic() - self._began) / max(done, 1) * (total - done)
        self._bar.setFormat(self.tr("{0} / {1} 行，约剩 {2} 秒").format(f"{done:,}", f"{total:,}", round(left)))

    def _broken(self, error: Exception) -> None:
        self._over()
        self._count()
        messages.tell_error(error)

    def _over(self) -> None:
        self._bar.hide()
        self._stop.hide()

    def _done(self, result: importing.Result) -> None:
        self._over()
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


PAGE: Any = Declaration("importing", "导入", "file-spreadsheet", 6, ImportPage, levels=("county", "township", "village"))
