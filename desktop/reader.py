"""The manual (docs/manual/, one Markdown file a page) in a window of its own: F1 opens it at the page in front."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QKeySequence,
    QShortcut,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QWidget

from desktop import look

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "manual"
_FIRST = "index"
_CODE = Qt.ItemDataRole.UserRole


def title(code: str) -> str:
    """The first heading of a page of the manual."""
    with (FOLDER / f"{code}.md").open(encoding="utf-8") as file:
        return file.readline().lstrip("# ").strip()


class Reader(QWidget):
    """codes: the pages of the window in their order; those without a file in the manual are left out."""

    def __init__(self, codes: Iterable[str]) -> None:
        super().__init__()
        self.setWindowTitle(self.tr("归雁使用手册"))
        look.fit(self, look.px(880), look.px(620))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("目录"))
        self.list.setFixedWidth(look.px(168))
        self.text = QTextBrowser()
        self.text.setAccessibleName(self.tr("手册"))
        self.text.document().setDocumentMargin(look.px(16))
        self.text.setProperty("role", "book")
        for code in [_FIRST, *codes]:
            if (FOLDER / f"{code}.md").exists():
                item = QListWidgetItem(title(code))
                item.setData(_CODE, code)
                self.list.addItem(item)
        self.list.currentItemChanged.connect(self._show)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(self.list)
        across.addWidget(self.text, 1)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self.close)

    def open_at(self, code: str) -> None:
        """Come to the front with this page of the manual, or its first when there is none."""
        rows = [self.list.item(n).data(_CODE) for n in range(self.list.count())]
        if rows:
            self.list.setCurrentRow(rows.index(code) if code in rows else 0)
        else:
            self.text.setPlainText(self.tr("手册没有随程序安装（应在 {0}）。").format(FOLDER))
        self.show()
        self.raise_()
        self.activateWindow()
        self.text.setFocus()

    def _show(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            file = FOLDER / f"{item.data(_CODE)}.md"
            self.text.setSource(QUrl.fromLocalFile(str(file)), QTextDocument.ResourceType.MarkdownResource)
            self._set_type()

    def _set_type(self) -> None:
        """Headings a step or two above the text and room between the lines: Qt's own for Markdown are larger and closer."""
        tokens, cursor = look.tokens(), QTextCursor(self.text.document())
        while True:
            block = cursor.blockFormat()
            level = block.headingLevel()
            block.setLineHeight(112, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
            block.setTopMargin(look.px(tokens.space_l if level > 1 else tokens.space_xs))
            cursor.setBlockFormat(block)
            if level:
                size = QTextCharFormat()
                size.setProperty(QTextFormat.Property.FontSizeAdjustment, 2 if level == 1 else 1)
                cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
                cursor.mergeCharFormat(size)
                cursor.clearSelection()
            if not cursor.movePosition(QTextCursor.MoveOperation.NextBlock):
                break
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
