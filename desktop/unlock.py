"""The first window: who is at the desk, and the password; or the set-up of a new workspace.

Services (and SQLAlchemy with them) are loaded in a worker while the password is typed.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop import look, messages, operations
from desktop.widgets.told import Told
from models.errors import RuleError

if TYPE_CHECKING:
    from desktop.widgets.inputs import ChoiceInput
    from models.services.desk import Desk
    from resources.divisions import Division


def _password() -> QLineEdit:
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    return field


def _rows(places: tuple[Division, ...]) -> list[tuple[Any, str, str]]:
    return [(place.code, place.name, f"{place.initials} {place.code}") for place in places]


def _chosen(field: ChoiceInput) -> str:
    """The code that is chosen, '' while none is (or something half-typed)."""
    try:
        return str(field.value() or "")
    except RuleError:
        return ""


class UnlockWindow(QWidget):
    """opened: called with the desk. held: an open desk that is only locked (its database stays open)."""

    def __init__(self, folder: Path, opened: Callable[[Desk], None], held: Desk | None = None) -> None:
        super().__init__()
        self._folder, self._opened, self._held = folder, opened, held
        self.setWindowTitle(self.tr("归雁"))
        self.resize(look.px(520), look.px(460))
        self._stack = QStackedWidget()
        self._secret = _password()
        title = QLabel(self.tr("归雁"))
        title.setProperty("role", "title")
        subtitle = QLabel(self.tr("返乡创业服务窗口"))
        subtitle.setProperty("role", "muted")
        self._said = QLabel()  # what concerns no field: what is being done, and what the disk or the files say
        self._said.setWordWrap(True)
        self._under: dict[str, Told] = {}  # by the code of an error: under which field it is said
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 40, 48, 32)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(subtitle)
        column.addSpacing(16)
        column.addWidget(self._stack, 1)
        column.addWidget(self._said)
        messages.register(self)
        operations.run(self, self._load, on_done=self._loaded)

    def _load(self) -> tuple[str, ...]:
        """In a worker: what the rest of the program needs, and who has an account here."""
        from desktop.pages import all_pages
        from models.services import desk as desks
        from models.services import printing
        from models.types import pinyin

        import_module("desktop.main_window")
        all_pages()  # every page's module, and all the services with them
        printing.menu()  # and the forms
        pinyin.read(chr(0x4E00))  # any character: it brings the dictionary, which the first save and search need
        gc.freeze()
        return desks.accounts(self._folder) if desks.exists(self._folder) else ()

    def _loaded(self, accounts: tuple[str, ...]) -> None:
        self._stack.addWidget(self._sign_in(accounts) if accounts else self._set_up())
        if accounts:
            self._secret.setFocus()

    # --- signing in -----------------------------------------------------------------------------------------------
    def _sign_in(self, accounts: tuple[str, ...]) -> QWidget:
        page = QWidget()
        form = self._form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(12)
        self._account = QComboBox()
        self._account.addItems(list(accounts))
        self._account.setAccessibleName(self.tr("经办人"))
        self._account.currentIndexChanged.connect(lambda _i: self._secret.setFocus())
        self._secret.setAccessibleName(self.tr("密码"))
        self._secret.returnPressed.connect(self._unlock)
        self._go = QPushButton(self.tr("进入"))
        self._go.setProperty("kind", "primary")
        self._go.clicked.connect(self._unlock)
        forgot = QPushButton(self.tr("忘记密码，用恢复码…"))
        forgot.setProperty("kind", "quiet")
        forgot.clicked.connect(self._show_recovery)
        self._code, self._fresh = QLineEdit(), _password()
        secret, code, fresh = Told(self._secret), Told(self._code), Told(self._fresh)
        self._under = {"password.wrong": secret, "recovery.wrong": code, "password.short": fresh}
        form.addRow(self.tr("经办人"), self._account)
        form.addRow(self.tr("密码"), secret)
        form.addRow("", self._go)
        form.addRow("", forgot)
        self._code.setAccessibleName(self.tr("恢复码"))
        self._fresh.setAccessibleName(self.tr("新密码"))
        again = QPushButton(self.tr("设置新密码并进入"))
        again.clicked.connect(self._recover)
        self._rescue = (code, fresh, again)
        form.addRow(self.tr("恢复码"), code)
        form.addRow(self.tr("新密码"), fresh)
        form.addRow("", again)
        for field in self._rescue:
            form.setRowVisible(field, False)
        return page

    def _show_recovery(self) -> None:
        for field in self._rescue:
            self._form.setRowVisible(field, True)
        self._code.setFocus()

    def _unlock(self) -> None:
        from models.services import desk as desks

        self._busy(self.tr("正在打开…"))
        name, secret = self._account.currentText(), self._secret.text()
        if self._held is not None:
            operations.run(self, desks.switch, self._held, name, secret, on_done=self._open, on_error=self._failed)
        else:
            operations.run(self, desks.unlock, self._folder, name, secret, on_done=self._open, on_error=self._failed)

    def _recover(self) -> None:
        from models.services import desk as desks

        self._busy(self.tr("正在打开…"))
        operations.run(
            self, desks.recover, self._folder, self._code.text(), self._account.currentText(), self._fresh.text(),
            on_done=self._open, on_error=self._failed,
        )  # fmt: skip

    # --- a new workspace --------------------------------------------------------------------------------------------
    def _set_up(self) -> QWidget:
        from desktop.widgets.inputs import ChoiceInput  # only here: an office is set up once
        from resources import divisions

        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(10)
        form.addRow(QLabel(self.tr("这台电脑还没有归雁的数据。请选择机构并设置第一个账号。")))
        self._county, self._town, self._village = ChoiceInput([]), ChoiceInput([]), ChoiceInput([])
        self._places: list[tuple[ChoiceInput, Told, str]] = []
        for combo, words, lacking in (
            (self._county, self.tr("县（市、区）"), self.tr("请选择县；可以输入拼音首字母。")),
            (self._town, self.tr("乡镇"), self.tr("请选择乡镇；县级机构选“（县级）”。")),
            (self._village, self.tr("村"), self.tr("请选择村；不是村的选“（本级，不是村）”。")),
        ):
            combo.setAccessibleName(words)
            self._places.append((combo, Told(combo), lacking))
            form.addRow(words, self._places[-1][1])
        self._county.set_rows(_rows(divisions.counties()))
        self._county.edited.connect(self._fill_towns)
        self._town.edited.connect(self._fill_villages)
        self._county.set_value("411424000000")
        self._fill_towns()
        self._name, self._first, self._second = QLineEdit(), _password(), _password()
        rows: list[Told] = []
        for field, words in (
            (self._name, self.tr("经办人姓名")),
            (self._first, self.tr("密码（至少 8 位）")),
            (self._second, self.tr("再输一次密码")),
        ):
            field.setAccessibleName(words)
            rows.append(Told(field))
            form.addRow(words, rows[-1])
        self._under = {"account.empty": rows[0], "password.short": rows[1], "password.differs": rows[2]}
        self._go = QPushButton(self.tr("建立工作区"))
        self._go.setProperty("kind", "primary")
        self._go.clicked.connect(self._make)
        form.addRow("", self._go)
        return page

    def _fill_towns(self) -> None:
        from resources import divisions

        county = _chosen(self._county)
        at_county = [(county, self.tr("（县级）"), "xj")] if county else []
        self._town.set_rows([*at_county, *_rows(divisions.townships(county) if county else ())])
        self._fill_villages()

    def _fill_villages(self) -> None:
        from resources import divisions

        code = _chosen(self._town)
        itself = [(code, self.tr("（本级，不是村）"), "bj")] if code else []
        self._village.set_rows([*itself, *_rows(divisions.villages(code) if code[6:9] not in ("", "000") else ())])
        self._village.set_value(code or None)

    def _make(self) -> None:
        from models.services import desk as desks

        office = _chosen(self._village)
        if not office:
            told, words = next((told, words) for combo, told, words in self._places if not _chosen(combo))
            told.say(words)
            return
        if self._first.text() != self._second.text():
            self._under["password.differs"].say(self.tr("两次输入的密码不一样。"))
            return
        self._busy(self.tr("正在建立…"))
        operations.run(
            self, desks.init, self._folder, office, self._name.text(), self._first.text(),
            on_done=self._made, on_error=self._failed,
        )  # fmt: skip

    def _made(self, result: tuple[Desk, str]) -> None:
        desk, code = result
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(QLabel(self.tr("请抄写或打印这个恢复码，与电脑分开保管：")))
        shown = QLabel(code)
        shown.setProperty("role", "heading")
        shown.setWordWrap(True)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        frame = QFrame()
        frame.setProperty("role", "card")
        QHBoxLayout(frame).addWidget(shown)
        column.addWidget(frame)
        column.addWidget(QLabel(self.tr("忘记密码时，只有它（或县级恢复密钥）能打开数据。")))
        noted = QCheckBox(self.tr("我已抄写并保管好恢复码"))
        go = QPushButton(self.tr("开始使用"))
        go.setProperty("kind", "primary")
        go.setEnabled(False)
        noted.toggled.connect(go.setEnabled)
        go.clicked.connect(lambda: self._open(desk))
        column.addWidget(noted)
        column.addWidget(go)
        column.addStretch(1)
        self._say("")
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)

    # --- both -------------------------------------------------------------------------------------------------------
    def _open(self, desk: Desk) -> None:
        messages.unregister(self)
        self._opened(desk)

    def _failed(self, error: Exception) -> None:
        """Under the field that it is about, which is ready to be typed in again."""
        self._go.setEnabled(True)
        told = self._under.get(error.code) if isinstance(error, RuleError) else None
        self._say("" if told else messages.sentence(error))
        if told:
            told.say(messages.sentence(error))

    def _busy(self, text: str) -> None:
        self._go.setEnabled(False)
        for told in self._under.values():
            told.clear()
        self._say(text, role="muted")

    def _say(self, text: str, role: str = "danger") -> None:
        self._said.setProperty("role", role)
        self._said.style().unpolish(self._said)
        self._said.style().polish(self._said)
        self._said.setText(text)

    def show_message(self, text: str, *, kind: str, undo: Any) -> None:
        self._say(text)
