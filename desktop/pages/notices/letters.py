"""修改模板…: the standing texts of a paper, as this office wants them. What is wrong is said while one types, and is not saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDialog, QGridLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop import look, messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.services import letters
from models.services.letters import Letter

_ACROSS = 3  # placeholders a line


class LetterDialog(QDialog):
    """letter: what it says now. saved: the texts were kept, or the shipped ones are back."""

    saved = Signal()

    def __init__(self, parent: QWidget, shell: Shell, letter: Letter) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("修改模板：{0}").format(letter.title))
        look.fit(self, look.px(940), look.px(640))
        self._shell, self._letter, self._busy, self._round = shell, letter, False, 0
        self.fields: dict[str, QLineEdit | QPlainTextEdit] = {}
        self.wrong = parts.label("", "danger", wrap=True)
        self.wrong.hide()
        self._last: QLineEdit | QPlainTextEdit | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(300)
        self._pause.timeout.connect(self.check)
        self.save_button = parts.button(self.tr("保存"), self.save, kind="primary", icon="check")
        self.restore_button = parts.button(self.tr("恢复原文"), self.restore, icon="undo-2", tip=self.tr("改回随程序提供的文字"))
        self.restore_button.setEnabled(letter.own)
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(parts.label(
            self.tr("以后每次打印“{0}”都从这些文字开始；只改这一次的，在打印页直接改。").format(self._letter.title), "muted", wrap=True,
        ))  # fmt: skip
        for part in self._letter.parts:
            field: QLineEdit | QPlainTextEdit = QPlainTextEdit(part.text) if part.lines > 1 else QLineEdit(part.text)
            if isinstance(field, QPlainTextEdit):
                field.setTabChangesFocus(True)
            field.setAccessibleName(part.label)
            field.textChanged.connect(self._pause.start)
            name = parts.label(part.label, "muted")
            name.setBuddy(field)
            column.addWidget(name)
            column.addWidget(field, part.lines)
            self.fields[part.name] = field
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._remember)
        column.addWidget(parts.label(self.tr("点一下插入光标处："), "muted"))
        words = QGridLayout()
        for n, word in enumerate(self._letter.places):
            words.addWidget(parts.button(f"【{word}】", partial(self.insert, word), kind="quiet"), n // (2 * _ACROSS), n % (2 * _ACROSS))
        column.addLayout(words)
        column.addWidget(self.wrong)
        close = parts.button(self.tr("取消"), self.reject)
        column.addLayout(parts.row(self.restore_button, None, close, self.save_button))

    def insert(self, word: str) -> None:
        """Put a placeholder where the cursor was last."""
        field = self._last or list(self.fields.values())[-1]
        mark = f"【{word}】"
        if isinstance(field, QPlainTextEdit):
            field.insertPlainText(mark)
        else:
            field.insert(mark)
        field.setFocus()

    def _remember(self, _before: QWidget | None, now: QWidget | None) -> None:
        self._last = next((f for f in self.fields.values() if f is now), self._last)

    def said(self) -> dict[str, str]:
        return {name: f.toPlainText() if isinstance(f, QPlainTextEdit) else f.text() for name, f in self.fields.items()}

    def check(self) -> None:
        """Say what is wrong with what stands there now; an answer about an older text is not shown."""
        self._round += 1
        code, said, mine = self._letter.code, self.said(), self._round

        def first() -> str:
            return next((found for name, text in said.items() if (found := letters.trouble(code, name, text))), "")

        operations.run(self, first, on_done=lambda sentence: self._tell(sentence) if mine == self._round else None)

    def _tell(self, sentence: str) -> None:
        self.wrong.setText(sentence)
        self.wrong.setVisible(bool(sentence))
        self.save_button.setEnabled(not sentence)

    def save(self) -> None:
        self._keep(letters.save, self._shell.desk, self._letter.code, self.said())

    def restore(self) -> None:
        self._keep(letters.restore, self._shell.desk, self._letter.code)

    def _keep(self, verb: Callable[..., Letter], *args: object) -> None:
        if self._busy:
            return
        self._busy = True
        operations.run(self, verb, *args, writes=True, on_done=self._kept, on_error=self._refused)

    def _kept(self, _letter: Letter) -> None:
        self.saved.emit()
        self.accept()

    def _refused(self, error: Exception) -> None:
        self._busy = False
        self.wrong.setText(messages.sentence(error))
        self.wrong.show()
