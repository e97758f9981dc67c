"""One request: where it stands, what happened, what may be done now, what the county has of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from desktop import look, messages, operations
from desktop.pages import Shell
from desktop.pages.requests import steps
from desktop.pages.requests.facts import Facts
from desktop.pages.requests.gathering import Case, gather
from desktop.pages.requests.mending import MendCard
from desktop.pages.requests.words import Words
from desktop.widgets import parts
from desktop.widgets.attachments import AttachmentStrip
from desktop.widgets.left_line import LeftLine
from models.catalog import flow
from models.records import Record
from models.services import desk as desks
from models.services import refusals, requests
from resources import codes

SYNC_WORDS = {
    "received": str(QT_TRANSLATE_NOOP("sync", "县级已收到")),
    "pending": str(QT_TRANSLATE_NOOP("sync", "待发送")),
    "refused": str(QT_TRANSLATE_NOOP("sync", "县级未接收")),
    "conflict": str(QT_TRANSLATE_NOOP("sync", "有冲突")),
    "held": str(QT_TRANSLATE_NOOP("sync", "县级暂存")),
    "merged": str(QT_TRANSLATE_NOOP("sync", "县级已合并")),
}


_LOW = 520  # px of height at 100 %


class CaseView(QWidget):
    """request_id: '' when none is shown."""

    gone = Signal()  # what was shown left this office, and is not here any more

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self.shell = shell
        self.request_id = ""
        self._shown: Case | None = None
        self._acting: Case | None = None  # a step on it is on its way: the key pressed again is no second one
        self.words = Words(shell, self)
        self._again: dict[str, QPushButton] = {}  # takes back a refused step, by its id
        self._mend: MendCard | None = None
        self._mending: str | None = None  # the record that somebody came to mend; '' for whichever is refused
        self._body = QWidget()
        held = QVBoxLayout(self._body)
        held.setContentsMargins(0, 0, 0, 0)
        held.setSpacing(0)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(16, 16, 16, 12)
        self._column.setSpacing(12)
        held.addLayout(self._column, 1)
        self._held = held
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = parts.scrolled(self._body)
        outer.addWidget(self._area, 1)
        self.attachments = AttachmentStrip(shell)
        outer.addWidget(self.attachments)
        self._outer = outer

    def resizeEvent(self, event: QResizeEvent) -> None:
        """On a low screen the attachments scroll with the rest, which would have no room above them."""
        super().resizeEvent(event)
        where = self._held if self.height() < look.px(_LOW) else self._outer
        if where.indexOf(self.attachments) < 0:
            where.addWidget(self.attachments)

    def show_request(self, request_id: str) -> None:
        if request_id != self.request_id:
            self.leave()
        self.request_id = request_id
        self.attachments.show_owner("request", request_id)
        operations.run(self, gather, self.shell.desk, request_id, on_done=partial(self._gathered, request_id))

    def mend(self, request_id: str, record_id: str) -> None:
        """Show a request at what the county refused of it: a field, a step, an opinion."""
        self._shown, self._mending = None, record_id  # drawn again, wherever it was scrolled to
        self.show_request(request_id)

    def leave(self) -> None:
        self.words.save()

    def refresh(self) -> None:
        if self.request_id:
            self.show_request(self.request_id)

    def _gathered(self, request_id: str, case: Case | None) -> None:
        if request_id != self.request_id or (case is not None and case == self._shown):
            return  # what stands there, and where it is scrolled to, stays
        if case is None:
            self.request_id, self._shown = "", None
            self.gone.emit()
        else:
            self._show(case)

    def _show(self, case: Case) -> None:
        self._shown = case
        typed = self._mend.typed() if self._mend is not None else {}
        self._mend = None
        with self.words.place_kept():
            self._draw(case)
        if self._mend is not None:
            self._mend.lay_over(typed)
            self._mend.say_errors(focus=False)
        if self._mending is not None:  # once what was drawn is on the screen
            QTimer.singleShot(0, self, partial(self._go_to, case, self._mending))
            self._mending = None

    def _go_to(self, case: Case, record_id: str) -> None:
        if case is not self._shown:
            return
        if self._mend is not None and record_id in ("", case.request.id):
            self._mend.say_errors(focus=True)
            return
        wanted = record_id if record_id in case.refused else next(iter(case.refused), "")
        widget: QWidget | None = self.words.boxes.get(wanted) or self._again.get("" if case.left else wanted)
        if widget is not None:
            widget.setFocus()
            self._body.adjustSize()  # what was just drawn has its place
            self._area.ensureWidgetVisible(widget)

    def _draw(self, case: Case) -> None:
        parts.clear(self._column)
        self._again = {}
        request, name = case.request, case.person.name if case.person else ""
        state = parts.label(flow.state_label(request.state or "draft"), "state")
        state.setProperty("tone", "done" if request.state in ("closed", "revisited") else "accent")
        sync = parts.label(QCoreApplication.translate("sync", SYNC_WORDS.get(case.sync, "")), "state")
        sync.setProperty(
            "tone", {"received": "done", "refused": "danger", "conflict": "danger", "pending": "due"}.get(case.sync, "")
        )
        sync.setVisible(bool(case.sync))
        title = parts.label(case.item.name if case.item else request.item, "title")
        self._column.addLayout(parts.row(
            title, state, sync, None,
            parts.button(self.tr("打印"), lambda: self.shell.open("notices", ("request", [request.id])), icon="printer", tip="Ctrl+P"),
        ))  # fmt: skip
        who = parts.button(
            name or self.tr("（无姓名）"), lambda: self.shell.open("person", request.person_id), kind="link", icon="user"
        )
        self._column.addLayout(parts.row(who, parts.label(request.number or "", "muted"), None))
        self._column.addWidget(Facts(case))
        self._column.addWidget(parts.label(request.text or "", wrap=True))
        if request.reply:
            frame, column = parts.card()
            column.addWidget(parts.label(self.tr("县级答复"), "heading"))
            column.addWidget(parts.label(request.reply, wrap=True))
            self._column.addWidget(frame)
        if case.left:
            away = LeftLine(self.shell, "request", request.id, refused=bool(case.refused))
            self._again[""] = away.go
            self._column.addWidget(away)
        elif request.id in case.refused:
            self._mend = MendCard(self.shell, case, self._mended)
            self._column.addWidget(self._mend)
        self._add_actions(case)
        for referral in case.referrals:
            self._column.addWidget(self._referral(case, referral))
        self._column.addWidget(parts.label(self.tr("办理经过"), "heading"))
        done, again = steps.drawn(case, self._take_back)
        self._again |= again
        self._column.addLayout(done)
        self._column.addStretch(1)

    def _add_actions(self, case: Case) -> None:
        """A box for words, and a button for every step that is allowed now."""
        actions = [a for a in case.actions if a.kind != "note"]
        if not case.actions:
            self._column.addWidget(self.words.left_over(case.request.id, case.typed.get(case.request.id, "")))
            return
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("办理"), "heading"))
        self._words = self.words.box(case.request.id, case.request.id, self.tr("办理意见"), case.typed.get(case.request.id, ""))
        self._words.setPlaceholderText(self.tr("受理可不写；补正、答复、办结请写明内容"))
        column.addWidget(self._words)
        self._bureau, self._satisfied = QComboBox(), QComboBox()
        if any(a.kind == "dispatch" for a in actions):
            self._bureau.setAccessibleName(self.tr("承办单位"))
            operations.run(self, desks.bureaus, self.shell.desk, on_done=partial(_fill, self._bureau))
            column.addLayout(parts.row(parts.label(self.tr("转办给")), self._bureau, None))
        if any(a.kind == "revisit" for a in actions):
            self._satisfied.setAccessibleName(self.tr("满意程度"))
            _fill(self._satisfied, [(c.code, c.label) for c in codes.table("satisfaction")])
            column.addLayout(parts.row(parts.label(self.tr("回访评价")), self._satisfied, None))
        line = [
            parts.button(a.label, partial(self._act, a.kind), kind="primary" if n == 0 else "") for n, a in enumerate(actions)
        ]
        line.append(parts.button(self.tr("备注"), lambda: self._act("note"), kind="quiet"))
        column.addLayout(parts.row(*line, None))
        self._column.addWidget(frame)

    def _take_back(self, event: Record) -> None:
        """The words of a refused step come back into the box, as a draft, and the step is taken out."""
        self.words.add(event.request_id, event.request_id, event.text or "")
        operations.run(
            self, refusals.take_back, self.shell.desk, "request_event", event.id, writes=True,
            on_done=lambda _r: self._taken_back(event),
        )  # fmt: skip

    def _taken_back(self, event: Record) -> None:
        self._shown = None
        self.shell.done(self.tr("已取回“{0}”，文字在办理意见里").format(flow.label(event.kind)), [("request", event.request_id)], undoable=False)
        self.refresh()

    def _mended(self, request: Record) -> None:
        self._mend = None
        self.shell.done(self.tr("已保存修改，下次同步再发送"), [("request", request.id)])
        self.refresh()

    def _act(self, kind: str) -> None:
        case, text = self._shown, self._words.toPlainText().strip()
        choice = {"dispatch": self._bureau, "revisit": self._satisfied}.get(kind)
        if case is None or case is self._acting:
            return
        if choice is not None and choice.currentIndex() < 0:
            messages.tell(self.tr("请先选择{0}。").format(choice.accessibleName()), kind="danger")
            parts.go_to(choice)
            return
        data = {"satisfaction": self._satisfied.currentData()} if kind == "revisit" else {}
        step: tuple[Any, ...] = (requests.act, self.shell.desk, case.request.id, kind, text, data)
        if kind == "dispatch":
            step = (requests.refer, self.shell.desk, case.request.id, str(self._bureau.currentData() or ""), text)
        self._acting = case
        done, failed = partial(self._acted, case.request.id, kind), partial(self._not_acted, self._words)
        operations.run(self, *step, writes=True, on_done=done, on_error=failed)

    def _not_acted(self, box: QPlainTextEdit, error: Exception) -> None:
        """A step that lacks its words is refused: the focus goes where they are to be written."""
        self._acting = None
        messages.tell_error(error)
        if isValid(box) and not box.toPlainText().strip():
            parts.go_to(box)

    def _acted(self, place: str, kind: str, _result: object = None) -> None:
        self.words.sent(place)
        self._shown = None  # drawn again even if nothing but the box has changed
        self.shell.done(self.tr("已{0}").format(flow.label(kind)), [("request", self.request_id)])
        self.refresh()

    def _referral(self, case: Case, referral: Record) -> QFrame:
        frame, column = parts.card()
        due = (referral.due_on or "") + (self.tr("（按预测日历）") if referral.due_forecast else "")
        head = self.tr("转办：{0}    {1} 转出，请于 {2} 前答复").format(
            case.offices.get(referral.bureau, referral.bureau), referral.sent_on, due
        )
        column.addWidget(parts.label(head, wrap=True))
        if referral.ask:
            column.addWidget(parts.label(referral.ask, "muted", wrap=True))
        refused = case.refused.get(referral.id, ())
        if refused:
            column.addWidget(parts.label(self.tr("县级未接收：{0}").format(steps.reasons(refused)), "danger", wrap=True))
        if referral.answer and not refused:
            column.addWidget(parts.label(self.tr("承办意见：{0}").format(referral.answer), wrap=True))
            column.addWidget(self.words.left_over(referral.id, case.typed.get(referral.id, "")))
        elif self.shell.desk.office in (referral.bureau, referral.bureau[:12]):
            stored = case.typed.get(referral.id, referral.answer or "")  # an opinion that was refused comes back to be mended
            box = self.words.box(referral.id, case.request.id, self.tr("承办意见"), stored)
            column.addWidget(box)
            column.addLayout(parts.row(None, parts.button(self.tr("提交承办意见"), lambda: self._answer(referral, box))))
        return frame

    def _answer(self, referral: Record, box: QPlainTextEdit) -> None:
        if self._shown is None or self._shown is self._acting:
            return
        self._acting = self._shown
        operations.run(
            self, requests.answer_referral, self.shell.desk, referral.id, box.toPlainText(), writes=True,
            on_done=partial(self._acted, referral.id, "reply"), on_error=partial(self._not_acted, box),
        )  # fmt: skip


def _fill(box: QComboBox, rows: Any) -> None:
    """Nothing is chosen before somebody chooses: neither an answer nor a bureau is a default."""
    for code, words in rows:
        box.addItem(words, code)
    box.setPlaceholderText(QCoreApplication.translate("case", "请选择"))
    box.setCurrentIndex(-1)
