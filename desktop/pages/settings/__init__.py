"""设置: what the papers print of this office, the accounts of this PC, the look."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from desktop import look, memory, messages, operations
from desktop.pages import Declaration, Page, Shell
from desktop.widgets import parts
from models.errors import RuleError
from models.services import carrying
from models.services import desk as desks
from models.services.verifying import Finding, verify


class SettingsPage(Page):
    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(parts.label(self.tr("设置"), "title"))
        for widget in (self._office(), self._accounts(), self._looks(), self._checks()):
            column.addWidget(widget)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        body.setMaximumWidth(look.px(820))  # a line of text longer than that is hard to read
        outer.addWidget(parts.scrolled(body))

    def activate(self, argument: Any = None) -> None:
        desk = self.shell.desk
        operations.run(self, lambda: {k: desks.get_setting(desk, k) for k in desks.OFFICE_SETTINGS}, on_done=self._show_office)
        operations.run(self, desks.get_setting, desk, carrying.AUTOMATIC, on_done=lambda on: self._automatic.setChecked(bool(on)))

    def _office(self) -> QWidget:
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("本机构（印在文书上）"), "heading"))
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        self._fields: dict[str, QLineEdit] = {}
        for key, words in desks.OFFICE_SETTINGS.items():
            field = QLineEdit()
            field.setAccessibleName(words)
            field.editingFinished.connect(lambda k=key: self._keep(k))
            self._fields[key] = field
            form.addRow(words, field)
        column.addLayout(form)
        return frame

    def _show_office(self, values: dict[str, Any]) -> None:
        for key, value in values.items():
            self._fields[key].setText(str(value or ""))

    def _keep(self, key: str) -> None:
        value = self._fields[key].text().strip()
        operations.run(
            self, desks.put_setting, self.shell.desk, key, value or None, writes=True, on_done=lambda _r: self.shell.saved()
        )

    def _accounts(self) -> QWidget:
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("账号"), "heading"))
        self._people = parts.label("、".join(desks.accounts(self.shell.desk.folder)), wrap=True)
        column.addWidget(self._people)
        self._name, self._secret, self._old, self._new = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        for field, words in (
            (self._name, self.tr("新账号姓名")),
            (self._secret, self.tr("密码（至少 8 位）")),
            (self._old, self.tr("原密码")),
            (self._new, self.tr("新密码")),
        ):
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
            if field is not self._name:
                field.setEchoMode(QLineEdit.EchoMode.Password)
        column.addLayout(parts.row(self._name, self._secret, parts.button(self.tr("添加账号"), self._add, icon="user-plus")))
        column.addLayout(parts.row(self._old, self._new, parts.button(self.tr("修改我的密码"), self._change, icon="lock")))
        return frame

    def _add(self) -> None:
        operations.run(
            self, desks.add_account, self.shell.desk, self._name.text(), self._secret.text(), writes=True,
            on_done=lambda _r: self._done(self.tr("已添加账号")), on_error=lambda e: self._refused(e, self._name, self._secret),
        )  # fmt: skip

    def _change(self) -> None:
        operations.run(
            self, desks.change_password, self.shell.desk, self._old.text(), self._new.text(), writes=True,
            on_done=lambda _r: self._done(self.tr("密码已修改")), on_error=lambda e: self._refused(e, self._old, self._new),
        )  # fmt: skip

    @staticmethod
    def _refused(error: Exception, first: QLineEdit, second: QLineEdit) -> None:
        """Say it and go to the field that it is about; what stands there is selected."""
        messages.tell_error(error)
        field = second if isinstance(error, RuleError) and error.code == "password.short" else first
        field.setFocus()
        field.selectAll()

    def _done(self, text: str) -> None:
        for field in (self._name, self._secret, self._old, self._new):
            field.clear()
        self._people.setText("、".join(desks.accounts(self.shell.desk.folder)))
        self.shell.done(text, undoable=False)

    def _looks(self) -> QWidget:
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("显示"), "heading"))
        kept = memory.settings()
        self._dark = QCheckBox(self.tr("深色"))
        self._dark.setChecked(kept.value("dark") in (True, "true"))
        self._scale = QComboBox()
        self._scale.setAccessibleName(self.tr("字号"))
        for words, value in (("100 %", 1.0), ("125 %", 1.25), ("150 %", 1.5)):
            self._scale.addItem(self.tr("字号 {0}").format(words), value)
        self._scale.setCurrentIndex(max(self._scale.findData(float(str(kept.value("scale") or 1))), 0))
        self._dark.toggled.connect(lambda _c: self._dress())
        self._scale.currentIndexChanged.connect(lambda _i: self._dress())
        column.addLayout(
            parts.row(self._dark, self._scale, parts.label(self.tr("重新打开后，各处大小完全按新字号。"), "muted"), None)
        )
        return frame

    def _dress(self) -> None:
        kept = memory.settings()
        kept.setValue("dark", self._dark.isChecked())
        kept.setValue("scale", self._scale.currentData())
        app = QApplication.instance()
        if isinstance(app, QApplication):
            look.dress(app, dark=self._dark.isChecked(), scale=float(self._scale.currentData()))

    def _checks(self) -> QWidget:
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("数据"), "heading"))
        column.addWidget(parts.label(self.tr("工作区：{0}").format(self.shell.desk.folder), "muted", wrap=True))
        check = parts.button(self.tr("核验数据库、审计记录和回执"), self._verify, icon="circle-check")
        again = parts.button(
            self.tr("打开加入凭证…"), lambda: self.shell.open("sync", "enrol"), icon="folder-open",
            tip=self.tr("县级服务器换了地址、换了服务器，或本机要重新加入时，用县级新发的凭证"),
        )  # fmt: skip
        column.addLayout(parts.row(check, again, None))
        self._automatic = QCheckBox(self.tr("同步后自动取回其他机构添加的附件（不选则打开时再取）"))
        self._automatic.clicked.connect(self._fetch_automatically)
        column.addWidget(self._automatic)
        return frame

    def _fetch_automatically(self, on: bool) -> None:
        operations.run(
            self, desks.put_setting, self.shell.desk, carrying.AUTOMATIC, on, writes=True, on_done=lambda _r: self.shell.saved()
        )

    def _verify(self) -> None:
        operations.run(self, verify, self.shell.desk, on_done=self._verified)

    def _verified(self, findings: tuple[Finding, ...]) -> None:
        faults = [f for finding in findings for f in finding.faults]
        if faults:
            messages.tell(self.tr("核验发现 {0} 个问题：{1}").format(len(faults), faults[0]), kind="danger")
        else:
            messages.tell(self.tr("核验通过：数据库完整，审计记录相连，回执签名有效。"))


PAGE = Declaration("settings", "设置", "settings", 8, SettingsPage)
