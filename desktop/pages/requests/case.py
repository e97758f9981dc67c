"""One request: where it stands, what happened, what may be done now, what the county has of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop import look, messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.attachments import AttachmentStrip
from models.base import CHINA, local_date, parse_stamp
from models.catalog import flow
from models.fields import Kind
from models.records import Record
from models.services import desk as desks
from models.services import people, requests, specs, syncing
from models.services.desk import Desk
from resources import codes

SYNC_WORDS = {
    "received": str(QT_TRANSLATE_NOOP("sync", "县级已收到")),
    "pending": str(QT_TRANSLATE_NOOP("sync", "待发送")),
    "refused": str(QT_TRANSLATE_NOOP("sync", "县级未接收")),
    "conflict": str(QT_TRANSLATE_NOOP("sync", "有冲突")),
    "held": str(QT_TRANSLATE_NOOP("sync", "县级暂存")),
    "merged": str(QT_TRANSLATE_NOOP("sync", "县级已合并")),
}


@dataclass
class _Case:
    """What the view shows, gathered in a worker."""

    request: Record
    person: Record | None
    item: Any
    state: flow.CaseState
    events: list[Record]
    referrals: list[Record]
    actions: tuple[requests.Action, ...]
    sync: str
    offices: dict[str, str]


def _gather(desk: Desk, request_id: str) -> _Case | None:
    request = people.records(desk, [request_id], "request").get(request_id)
    if request is None:
        return None
    events, referrals = requests.events(desk, request_id), requests.referrals(desk, request_id)
    codes_ = {e.office for e in events} | {r.bureau for r in referrals}
    try:
        item = requests.item_of(desk, request)
    except Exception:  # an item of a newer version: the case is shown by its code
        item = None
    return _Case(
        request, people.get(desk, request.person_id), item, requests.case(desk, request), events, referrals,
        requests.allowed(desk, request), syncing.record_state(desk, request_id), {c: desks.office_name(desk, c) for c in codes_},
    )  # fmt: skip


class CaseView(QWidget):
    """request_id: '' when none is shown."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.shell = shell
        self.request_id = ""
        self._shown: _Case | None = None
        self._unsent: dict[tuple[str, str], str] = {}  # (request, box): what was typed and not sent
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(16, 16, 16, 12)
        self._column.setSpacing(12)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(parts.scrolled(self._body), 1)
        self.attachments = AttachmentStrip(shell)
        outer.addWidget(self.attachments)

    def show_request(self, request_id: str) -> None:
        self.request_id = request_id
        self.attachments.show_owner("request", request_id)
        operations.run(self, _gather, self.shell.desk, request_id, on_done=self._show)

    def refresh(self) -> None:
        if self.request_id:
            self.show_request(self.request_id)

    def _show(self, case: _Case | None) -> None:
        if case is None or case.request.id != self.request_id:
            return
        if case == self._shown:
            return  # what stands there, and where it is scrolled to, stays
        self._shown = case
        parts.clear(self._column)
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
            parts.button(self.tr("打印"), lambda: self.shell.open("notices", ("slip.acceptance", [request.id])), icon="printer", tip="Ctrl+P"),
        ))  # fmt: skip
        who = parts.button(
            name or self.tr("（无姓名）"), lambda: self.shell.open("person", request.person_id), kind="link", icon="user"
        )
        self._column.addLayout(parts.row(who, parts.label(request.number or "", "muted"), None))
        self._column.addLayout(self._facts(case))
        self._column.addWidget(parts.label(request.text or "", wrap=True))
        if request.reply:
            frame, column = parts.card()
            column.addWidget(parts.label(self.tr("县级答复"), "heading"))
            column.addWidget(parts.label(request.reply, wrap=True))
            self._column.addWidget(frame)
        self._add_actions(case)
        for referral in case.referrals:
            self._column.addWidget(self._referral(case, referral))
        self._column.addWidget(parts.label(self.tr("办理经过"), "heading"))
        self._column.addLayout(self._steps(case))
        self._column.addStretch(1)

    def _facts(self, case: _Case) -> QGridLayout:
        request = case.request
        due = request.due_on or ""
        if due and request.due_forecast:
            due += self.tr("（按预测日历）")
        late = bool(request.due_on and request.state in requests.OPEN and request.due_on < local_date().isoformat())
        facts = [
            (self.tr("提出日期"), request.received_on or "", ""), (self.tr("应办结"), due or self.tr("受理后计算"), "danger" if late else ""),
            (self.tr("渠道"), specs.show(specs.by_name("request", "channel"), request.cell("channel")), ""),
            (self.tr("紧急程度"), specs.show(specs.by_name("request", "urgency"), request.cell("urgency")), ""),
        ]  # fmt: skip
        if case.item is not None:
            for field in case.item.fields:
                value = requests.answers(request).get(field.name)
                if value is not None:
                    words = specs.plain(field, value)
                    private = field.kind in (Kind.ID_NUMBER, Kind.PHONE, Kind.ACCOUNT)
                    facts.append((field.label, f"{specs.hide(field, words) if private else words} {field.unit}".strip(), ""))
            lacking = [n for n, given in requests.materials(request).items() if not given]
            facts.append((self.tr("未收材料"), "、".join(lacking) or self.tr("已收齐"), "due" if lacking else ""))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for n, (words, value, role) in enumerate(facts):
            wide = len(value) > 24
            grid.addWidget(parts.label(words, "muted"), n, 0)
            grid.addWidget(parts.label(value, role, wrap=wide), n, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def _steps(self, case: _Case) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        ignored = {i.id: i.reason for i in case.state.ignored}
        for event in case.events:
            when = parse_stamp(event.at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
            head = f"{when}  {flow.label(event.kind)}  {case.offices.get(event.office, '')}  {event.by or ''}"
            column.addWidget(parts.label(head, "muted"))
            if event.text:
                column.addWidget(parts.label(event.text, wrap=True))
            if event.id in ignored:
                column.addWidget(parts.label(self.tr("没有生效：{0}").format(ignored[event.id]), "due", wrap=True))
        return column

    def _add_actions(self, case: _Case) -> None:
        """A box for words, and a button for every step that is allowed now."""
        actions = [a for a in case.actions if a.kind != "note"]
        if not case.actions:
            return
        frame, column = parts.card()
        column.addWidget(parts.label(self.tr("办理"), "heading"))
        self._words = self._box("", self.tr("办理意见"))
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

    def _box(self, key: str, name: str) -> QPlainTextEdit:
        """A box for words. What is typed waits in it until it is sent, whatever arrives or is looked at in between."""
        box, place = QPlainTextEdit(), (self.request_id, key)
        box.setFixedHeight(look.px(64))
        box.setTabChangesFocus(True)
        box.setAccessibleName(name)
        box.setPlainText(self._unsent.get(place, ""))
        box.textChanged.connect(lambda: self._unsent.update({place: box.toPlainText()}))
        return box

    def _act(self, kind: str) -> None:
        case, text = self._shown, self._words.toPlainText().strip()
        if case is None:
            return
        if kind == "dispatch":
            operations.run(
                self, requests.refer, self.shell.desk, case.request.id, str(self._bureau.currentData() or ""), text, writes=True,
                on_done=partial(self._acted, case.request.id, "", kind), on_error=messages.tell_error,
            )  # fmt: skip
            return
        data = {"satisfaction": self._satisfied.currentData()} if kind == "revisit" else {}
        operations.run(
            self, requests.act, self.shell.desk, case.request.id, kind, text, data, writes=True,
            on_done=partial(self._acted, case.request.id, "", kind), on_error=messages.tell_error,
        )  # fmt: skip

    def _acted(self, request_id: str, box: str, kind: str, _result: object = None) -> None:
        self._unsent.pop((request_id, box), None)
        self._shown = None  # drawn again even if nothing but the box has changed
        self.shell.done(self.tr("已{0}").format(flow.label(kind)), [("request", request_id)])
        self.refresh()

    def _referral(self, case: _Case, referral: Record) -> QFrame:
        frame, column = parts.card()
        due = (referral.due_on or "") + (self.tr("（按预测日历）") if referral.due_forecast else "")
        head = self.tr("转办：{0}    {1} 转出，请于 {2} 前答复").format(
            case.offices.get(referral.bureau, referral.bureau), referral.sent_on, due
        )
        column.addWidget(parts.label(head, wrap=True))
        if referral.ask:
            column.addWidget(parts.label(referral.ask, "muted", wrap=True))
        if referral.answer:
            column.addWidget(parts.label(self.tr("承办意见：{0}").format(referral.answer), wrap=True))
        elif self.shell.desk.office in (referral.bureau, referral.bureau[:12]):
            box = self._box(referral.id, self.tr("承办意见"))
            column.addWidget(box)
            column.addLayout(parts.row(None, parts.button(self.tr("提交承办意见"), lambda: self._answer(referral, box))))
        return frame

    def _answer(self, referral: Record, box: QPlainTextEdit) -> None:
        operations.run(
            self, requests.answer_referral, self.shell.desk, referral.id, box.toPlainText(), writes=True,
            on_done=partial(self._acted, self.request_id, referral.id, "reply"), on_error=messages.tell_error,
        )  # fmt: skip


def _fill(box: QComboBox, rows: Any) -> None:
    for code, words in rows:
        box.addItem(words, code)
