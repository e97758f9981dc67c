"""Two files side by side, and one of both: ↑ ↓ go from field to field, ← → choose a value, Ctrl+Enter makes one person of them.

Fields that differ come first, then those that only one of the two has; equal ones are folded away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop import look, messages, operations
from desktop.pages import Shell, Touched
from desktop.widgets import parts
from models.base import CHINA, hlc_moment
from models.records import Record
from models.services import merging_people, people, requests
from models.services.desk import Desk
from models.services.merging_people import Choice, Plan

_KEYS = {Qt.Key.Key_Left: "kept", Qt.Key.Key_1: "kept", Qt.Key.Key_Right: "gone", Qt.Key.Key_2: "gone"}
_LABEL = 112  # width of the labels at 100 %


def offer(owner: QWidget, shell: Shell, one: str, other: str) -> None:
    """Open the window over two people's files, once what was typed in either is stored."""
    operations.run(
        owner, _plan, shell.desk, one, other, writes=True, on_done=lambda plan: MergeDialog(owner.window(), shell, plan).open()
    )


def _plan(desk: Desk, one: str, other: str) -> Plan:
    kept, gone = merging_people.ordered(people.must_get(desk, one), people.must_get(desk, other))
    return merging_people.plan(desk, kept.id, gone.id)


def _merge(desk: Desk, plan: Plan, chosen: Mapping[str, str]) -> tuple[Record, Touched]:
    """In a worker: the person that stays, and what shows something else by now."""
    person = merging_people.merge(desk, plan.kept.id, plan.gone.id, chosen)
    whose = [("request", i) for i in requests.ids(desk, person_id=person.id)]
    return person, [("person", person.id), ("person", plan.gone.id), *whose]


def _reveal(desk: Desk, plan: Plan, fields: list[str]) -> dict[str, tuple[str, str]]:
    kept, gone = plan.kept.id, plan.gone.id
    return {f: (people.reveal(desk, "person", kept, f), people.reveal(desk, "person", gone, f)) for f in fields}


class Value(QFrame):
    """One of the two values of a field. picked: a click on it."""

    picked = Signal()

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setProperty("role", "choice")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # both are equally wide
        self.text = parts.label(text, wrap=True)
        self._mark = parts.Sign("", "accent", self.text.fontMetrics().height())  # beside the first line of many
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 4, 8, 4)
        line.addWidget(self.text, 1)
        line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)

    def choose(self, chosen: bool) -> None:
        self._mark.draw("check" if chosen else "")
        for widget, name, value in ((self, "chosen", chosen), (self.text, "role", "" if chosen else "muted")):
            widget.setProperty(name, value)
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.picked.emit()
        super().mousePressEvent(event)


class Row(QFrame):
    """A field with its two values. step: an arrow key asked for the row so many further down."""

    step = Signal(int)

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice, self.takes = choice, choice.takes
        self.setProperty("role", "pair")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.values = {"kept": Value(choice.kept), "gone": Value(choice.gone)}
        label = parts.label(choice.label, wrap=True)
        label.setFixedWidth(look.px(_LABEL))
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 3, 4, 3)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.addWidget(label, 0, 0)
        for n, (name, value) in enumerate(self.values.items(), 1):
            value.picked.connect(partial(self._pick, name))
            grid.addWidget(value, 0, n)
            grid.setColumnStretch(n, 1)
        if choice.differs:
            grid.addWidget(parts.label(self.tr("打星号的部分有别：{0}。").format(choice.differs), "due", wrap=True), 1, 1, 1, 2)
        self.choose(choice.takes)

    def _pick(self, which: str) -> None:
        self.setFocus()
        self.choose(which)

    def choose(self, which: str) -> None:
        self.takes = which
        for name, value in self.values.items():
            value.choose(name == which)
        side = self.tr("左边") if which == "kept" else self.tr("右边")
        words = self.tr("{0}：左边 {1}，右边 {2}，选用{3}")
        self.setAccessibleName(words.format(self.choice.label, self.choice.kept, self.choice.gone, side))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in _KEYS:
            self.choose(_KEYS[key])
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.step.emit(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)


class MergeDialog(QDialog):
    """plan: the two files. What is done is told and shown by the shell."""

    def __init__(self, parent: QWidget, shell: Shell, plan: Plan) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("合并两份档案"))
        look.fit(self, look.px(900), look.px(640))
        self._shell, self._plan, self._busy = shell, plan, False
        self.rows = [Row(c) for c in plan.choices if not c.same]
        self.rows.sort(key=lambda r: r.choice.one_sided)
        self._same = [c for c in plan.choices if c.same]
        self._folded = QWidget()
        self._fold = parts.button("", self._unfold, kind="quiet", icon="chevron-right")
        self._eye = parts.button(self.tr("显示完整内容（会记录）"), self._ask_full, kind="quiet", icon="eye")
        self._eye.setVisible(any(r.choice.masked for r in self.rows))
        self._wrong = parts.label("", "danger", wrap=True)
        self._wrong.hide()
        self.merge_button = parts.button(self.tr("合并为一人"), self.merge, kind="primary", icon="git-merge", tip="Ctrl+Enter")
        self._build()
        QShortcut(QKeySequence("Ctrl+Return"), self, self.merge)
        QShortcut(QKeySequence("Ctrl+Enter"), self, self.merge)
        (self.rows[0] if self.rows else self.merge_button).setFocus()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        name = self._plan.kept.name or self.tr("（未填姓名）")
        column.addWidget(parts.label(self.tr("{0}：两份档案合并为一人").format(name), "title", wrap=True))
        column.addWidget(parts.label(self._words(), "muted", wrap=True))
        heads = self._heads()
        column.addLayout(heads)
        body = QWidget()
        lines = QVBoxLayout(body)
        lines.setContentsMargins(0, 0, 8, 0)
        lines.setSpacing(0)
        for widget in self._lines():
            lines.addWidget(widget)
        lines.addStretch(1)
        area = parts.scrolled(body)
        bar = area.verticalScrollBar()
        bar.rangeChanged.connect(lambda _least, most: heads.setContentsMargins(5, 4, 13 + (bar.sizeHint().width() if most else 0), 0))
        column.addWidget(area, 1)
        column.addWidget(self._wrong)
        cancel = parts.button(self.tr("取消"), self.reject, tip="Esc")
        for button in (cancel, self.merge_button, self._eye, self._fold):
            button.setAutoDefault(False)  # Enter in a row is no answer to the whole
        hint = parts.label(self.tr("↑ ↓ 换栏，← → 选用，Ctrl+Enter 合并"), "hint")
        column.addLayout(parts.row(self._eye, None, hint, cancel, self.merge_button))

    def _words(self) -> str:
        coming = "、".join(self.tr("{0} {1}").format(label, count) for label, count in self._plan.coming)
        words = [self.tr("一起转来：{0}。").format(coming) if coming else self.tr("右边的档案名下没有走访、诉求等记录。")]
        if self._plan.doubled:
            words.append(self.tr("两份都有家庭成员，合并后请看看有没有重复的。"))
        words.append(self.tr("各栏以选中的为准，没选中的值和右边的档案不再显示；可以撤销。"))
        return "".join(words)

    def _heads(self) -> QGridLayout:
        """Above the values of the rows, whose frame and margins they keep."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        above = parts.label("")
        above.setFixedWidth(look.px(_LABEL))
        grid.addWidget(above, 0, 0)
        sides = ((self._plan.kept, self.tr("左：保留的档案")), (self._plan.gone, self.tr("右：并入的档案")))
        for n, (person, title) in enumerate(sides, 1):
            day = hlc_moment(person.born).astimezone(CHINA).date().isoformat()
            across = parts.strip(parts.label(title, "heading"), parts.label(self.tr("{0} 建档").format(day), "muted"), None)
            across.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(across, 0, n)
            grid.setColumnStretch(n, 1)
        return grid

    def _lines(self) -> Iterator[QWidget]:
        heads = {False: self.tr("两份不同，请选"), True: self.tr("只有一份填了，已选用")}
        for n, row in enumerate(self.rows):
            if n == 0 or row.choice.one_sided != self.rows[n - 1].choice.one_sided:
                head = parts.label(heads[row.choice.one_sided], "hint")
                head.setContentsMargins(4, 8, 0, 2)
                yield head
            row.step.connect(partial(self._go, n))
            yield row
        if self._same:
            self._fold.setText(self.tr("两份相同的 {0} 栏").format(len(self._same)))
            across = QWidget()
            line = parts.row(self._fold, None)
            line.setContentsMargins(0, 8, 0, 0)
            across.setLayout(line)
            yield across
            grid = QGridLayout(self._folded)
            grid.setContentsMargins(4, 0, 4, 4)
            grid.setHorizontalSpacing(24)
            grid.setColumnStretch(1, 1)
            for n, choice in enumerate(self._same):
                label = parts.label(choice.label, "muted")
                label.setFixedWidth(look.px(_LABEL))
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(label, n, 0)
                grid.addWidget(parts.label(choice.kept, wrap=True), n, 1)
            self._folded.hide()
            yield self._folded

    def _unfold(self) -> None:
        shown = self._folded.isHidden()
        self._folded.setVisible(shown)
        self._fold.setIcon(look.icon("chevron-down" if shown else "chevron-right"))

    def _go(self, here: int, by: int) -> None:
        there = min(max(here + by, 0), len(self.rows) - 1)
        parts.go_to(self.rows[there])

    def _ask_full(self) -> None:
        fields = [r.choice.field for r in self.rows if r.choice.masked]
        operations.run(self, _reveal, self._shell.desk, self._plan, fields, writes=True, on_done=self._show_full)

    def _show_full(self, said: Mapping[str, tuple[str, str]]) -> None:
        for row in self.rows:
            for value, text in zip(row.values.values(), said.get(row.choice.field, ()), strict=False):
                if text:
                    value.text.setText(text)
        self._eye.hide()

    def merge(self) -> None:
        """Once, however often it is asked for."""
        if self._busy:
            return
        self._busy = True
        self._wrong.hide()
        chosen = {r.choice.field: r.takes for r in self.rows}
        operations.run(
            self, _merge, self._shell.desk, self._plan, chosen, writes=True, on_done=self._merged, on_error=self._refused
        )

    def _merged(self, made: tuple[Record, Touched]) -> None:
        person, touched = made
        self.accept()
        self._shell.open("person", person.id)
        self._shell.done(self.tr("已合并为一人：{0}").format(person.name or ""), touched)

    def _refused(self, error: Exception) -> None:
        self._busy = False
        self._wrong.setText(messages.sentence(error))
        self._wrong.show()
