"""One item: its editions, who published each and what it changed; a newer one is written here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop import keeping, look, messages, operations
from desktop.pages import Shell
from desktop.pages.requests.case import SYNC_WORDS
from desktop.widgets import parts
from desktop.widgets.editor import Editor
from models.errors import RuleError
from models.fields import FieldSpec, Kind
from models.records import Cell, Record
from models.services import drafts, publishing
from models.services.publishing import Edition


class ItemView(QWidget):
    """code: of the item shown, '' for none. What is being written is a draft from the first key on, one for each item,
    until it is published or given up."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell, self.code = shell, ""
        self._editions: list[Edition] = []
        self.editor: Editor | None = None
        self._form, column = parts.card()
        self._heading = parts.label("", "heading", wrap=True)
        column.addWidget(self._heading)
        self._holder = QVBoxLayout()
        column.addLayout(self._holder)
        column.addLayout(parts.row(
            None, parts.button(self.tr("放弃"), self._give_up, kind="quiet"),
            parts.button(self.tr("发布"), self.publish, kind="primary", icon="send"),
        ))  # fmt: skip
        self._form.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(600)
        self._pause.timeout.connect(self._save_draft)
        self._title = parts.label("", "title")
        self._begin = parts.button(self.tr("发布新版本"), self.begin, kind="primary", icon="pencil")
        self._about = parts.label("", "muted", wrap=True)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(12)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(parts.row(self._title, None, self._begin))
        column.addWidget(self._about)
        column.addWidget(self._form)
        column.addLayout(self._cards)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(body))

    def show_item(self, editions: list[Edition], sent: Mapping[str, str]) -> None:
        """editions: of one item, the newest first; sent: what the county server has of each (syncing.record_state)."""
        if editions[0].item.code != self.code:
            self.leave()
            self._close()
        self._editions, newest = editions, editions[0].item
        self.code = newest.code
        self._title.setText(newest.name)
        where = self.tr("由承办单位办理") if newest.bureau else self.tr("由乡镇窗口办理")
        self._about.setText(f"{newest.code} · {where}")
        parts.clear(self._cards)
        for place, edition in enumerate(editions):
            before = next((e for e in editions[place + 1 :] if e.state != "withdrawn"), None)
            self._cards.addWidget(self._card(edition, before, sent.get(edition.record_id, "")))

    def _card(self, edition: Edition, before: Edition | None, sent: str) -> QFrame:
        item, (words, tone) = edition.item, self._state(edition.state)
        frame, column = parts.card()
        state = parts.label(words, "state")
        state.setProperty("tone", tone)
        until = self.tr("至 {0}").format(item.valid_to) if item.valid_to else ""
        line: list[Any] = [parts.label(self.tr("自 {0} 起{1}").format(item.edition, until), "heading"), state, None]
        if edition.own and edition.state != "withdrawn":
            line.append(parts.button(self.tr("撤回"), partial(self._withdraw, edition), kind="quiet", icon="undo-2"))
        column.addLayout(parts.row(*line))
        verb = self.tr("撤回") if edition.state == "withdrawn" else self.tr("发布")
        level = "" if edition.own else self.tr("市级 ")
        who = f"{level}{edition.by} {edition.at} {verb}" if edition.by else self.tr("随程序提供")
        if sent:
            who += "，" + QCoreApplication.translate("sync", str(SYNC_WORDS[sent]))
        column.addWidget(parts.label(who, "muted"))
        days = self.tr("承诺 {0} 个工作日办结").format(item.clock.days) if item.clock.days else self.tr("当场办结")
        column.addWidget(parts.label(
            self.tr("{0}；{1} 个工作日内受理；补正 {2}").format(days, item.clock.acceptance, publishing.supplement(item.clock)), wrap=True,
        ))  # fmt: skip
        column.addWidget(parts.label(self.tr("依据：{0}").format(item.ground), wrap=True))
        if item.materials:
            names = "、".join(m.name + ("" if m.required else self.tr("（可缺）")) for m in item.materials)
            column.addWidget(parts.label(self.tr("材料：{0}").format(names), wrap=True))
        changed = publishing.differences(before.item, item) if before else []
        if changed:
            column.addWidget(parts.label(self.tr("与上一版相比：{0}").format("；".join(changed)), "due", wrap=True))
        return frame

    def _state(self, state: str) -> tuple[str, str]:
        """The words and the tone of an edition's state."""
        return {
            "now": (self.tr("现行"), "done"), "later": (self.tr("尚未施行"), "due"),
            "past": (self.tr("已被取代"), ""), "withdrawn": (self.tr("已撤回"), "danger"),
        }[state]  # fmt: skip

    def begin(self) -> None:
        """Write a newer edition, beginning with what the newest one says."""
        item = next((e.item for e in self._editions if e.state != "withdrawn"), self._editions[0].item)
        self._heading.setText(self.tr("“{0}”的新版本：同步后各乡镇、村使用，已登记的诉求仍按原版本").format(item.name))
        parts.clear(self._holder)
        self.editor = Editor(self._specs(item.clock.supplement_unit), columns=2)
        self.editor.set_cells({
            "days": Cell.of(item.clock.days), "acceptance": Cell.of(item.clock.acceptance), "supplement": Cell.of(item.clock.supplement),
            "ground": Cell.of(item.ground), "source": Cell.of(item.source), "materials": Cell.of(publishing.materials_text(item)),
        })  # fmt: skip
        for name, height in (("ground", 52), ("source", 52), ("materials", 148)):
            self.editor.rows[name].input.setFixedHeight(look.px(height))
        self.editor.edited.connect(lambda _field: self._pause.start())
        self._holder.addWidget(self.editor)
        self._form.show()
        self._begin.hide()
        self.editor.focus_first()
        operations.run(self, drafts.get, self.shell.desk, self._draft, on_done=self._resumed)

    @property
    def _draft(self) -> str:
        return f"amendment-{self.code}"

    def _resumed(self, draft: drafts.Draft | None) -> None:
        if draft is not None and self.editor is not None and draft.id == self._draft and not self.editor.is_touched:
            self.editor.lay_over(draft.cells)

    def _save_draft(self) -> None:
        if self.editor is not None and self.editor.is_touched:
            cells = {**self.editor.typed(), "item": Cell.of(self.code)}
            keeping.put(self.shell, self._draft, "amendment", None, cells)

    def leave(self) -> None:
        """What was typed a moment ago is safe before something else is shown."""
        if self._pause.isActive():
            self._pause.stop()
            self._save_draft()

    def _specs(self, supplement_unit: str) -> list[FieldSpec]:
        work = self.tr("个工作日")
        return [
            FieldSpec("valid_from", self.tr("生效日期"), Kind.DATE, required=True, hint=self.tr("晚于已有的各版")),
            FieldSpec("days", self.tr("承诺时限"), Kind.INT, required=True, unit=work, hint=self.tr("0 为当场办结")),
            FieldSpec("acceptance", self.tr("受理期限"), Kind.INT, required=True, unit=work),
            FieldSpec("supplement", self.tr("补正期限"), Kind.INT, required=True, unit=work if supplement_unit == "work" else self.tr("个自然日")),
            FieldSpec("ground", self.tr("依据"), Kind.NOTE, required=True, limit=500),
            FieldSpec("source", self.tr("来源"), Kind.NOTE, required=True, limit=500),
            FieldSpec("materials", self.tr("材料"), Kind.NOTE, limit=4000, hint=self.tr("一行一种，如 婚姻状况材料（可缺）｜结婚证或单身声明")),
        ]  # fmt: skip

    def _give_up(self) -> None:
        self._close()
        keeping.drop(self.shell, self._draft)

    def _close(self) -> None:
        self._pause.stop()
        self._form.hide()
        parts.clear(self._holder)
        self.editor = None
        self._begin.show()

    def publish(self) -> None:
        editor = self.editor
        if editor is None:
            return
        try:
            typed = {name: cell.value for name, cell in editor.all().items()}
        except RuleError as e:
            editor.refuse(e)
            return
        lacking = [r.spec for r in editor.rows.values() if r.spec.required and typed[r.spec.name] is None]
        if lacking:
            messages.tell(self.tr("还缺：{0}").format("、".join(s.label for s in lacking)), kind="danger")
            editor.rows[lacking[0].name].go_to()
            return
        typed["materials"] = publishing.materials_of(typed["materials"] or "")
        valid_from = str(typed.pop("valid_from"))
        operations.run(
            self, publishing.amend_figures, self.shell.desk, self.code, valid_from, typed, writes=True,
            on_done=self._published, on_error=lambda e: editor.refuse(e) if self.editor is editor else messages.tell_error(e),
        )  # fmt: skip

    def _published(self, records: list[Record]) -> None:
        self._give_up()
        self.shell.done(
            self.tr("已发布“{0}”{1} 起施行的版本，下次同步后各乡镇、村使用").format(self._title.text(), records[0].valid_from),
            [("amendment", r.id) for r in records],
        )

    def _withdraw(self, edition: Edition) -> None:
        operations.run(
            self, publishing.withdraw, self.shell.desk, edition.record_id, writes=True,
            on_done=lambda _r: self.shell.done(
                self.tr("已撤回“{0}”{1} 的版本").format(edition.item.name, edition.item.edition), [("amendment", edition.record_id)]
            ),
        )  # fmt: skip
