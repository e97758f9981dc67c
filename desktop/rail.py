"""The rail: one button a page in the order of a working day, with a number where something waits for this clerk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop import look
from desktop.pages import Declaration

_MOST = 99


class RailButton(QToolButton):
    def __init__(self, declaration: Declaration, parent: QWidget) -> None:
        super().__init__(parent)
        self._label = declaration.words()
        self._hint = f"{self._label}  Ctrl+{declaration.order}"
        self.setProperty("role", "rail")
        self.setCheckable(True)
        self.setText(f" {self._label}")
        self.setIcon(look.icon(declaration.icon))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFixedSize(look.px(111), look.px(40))
        self.setIconSize(QSize(look.px(18), look.px(18)))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._badge = QLabel(self)
        self._badge.setProperty("role", "badge")
        self._badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._badge.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.wait_for(0, "", "")

    def wait_for(self, count: int, words: str, tone: str) -> None:
        """How many things wait (0: nothing is shown), said in words; tone: danger, due or ''."""
        self._badge.setText(str(count) if count <= _MOST else f"{_MOST}+")
        self._badge.setProperty("tone", tone)
        self._badge.style().unpolish(self._badge)
        self._badge.style().polish(self._badge)
        self._badge.setVisible(count > 0)
        self.setAccessibleName(f"{self._label}：{words}" if count else self._label)
        self.setToolTip(f"{self._hint}\n{words}" if count else self._hint)
        self._place()

    def waiting(self) -> str:
        """What stands in the badge, '' when none is shown."""
        return "" if self._badge.isHidden() else self._badge.text()

    def _place(self) -> None:
        self._badge.adjustSize()
        width, height = max(self._badge.width(), look.px(20)), look.px(18)
        self._badge.setGeometry(self.width() - width - look.px(8), (self.height() - height) // 2, width, height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()


class Rail(QFrame):
    """opened: called with the code of the page whose button was pressed."""

    def __init__(self, declarations: Sequence[Declaration], opened: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "rail")
        self.setFixedWidth(look.px(112))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(4)
        group = QButtonGroup(self)
        self.buttons: dict[str, RailButton] = {}
        for declaration in declarations:
            if declaration.order:
                button = RailButton(declaration, self)
                button.clicked.connect(lambda _c=False, code=declaration.code: opened(code))
                group.addButton(button)
                column.addWidget(button)
                self.buttons[declaration.code] = button
        column.addStretch(1)

    def mark(self, code: str) -> None:
        """The page that is open."""
        if code in self.buttons:
            self.buttons[code].setChecked(True)

    def wait_for(self, code: str, count: int, words: str, tone: str = "") -> None:
        if code in self.buttons:
            self.buttons[code].wait_for(count, words, tone)
