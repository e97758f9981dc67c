"""The conflict desk: one conflict at a time, its values side by side. 1 and 2 settle it, ← → choose for Enter to settle, N shows the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop import messages, operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.services import conflicts
from models.services.conflicts import Clash

_CHOOSE = {Qt.Key.Key_Left: "kept", Qt.Key.Key_Right: "other"}
_SETTLE = {Qt.Key.Key_1: "kept", Qt.Key.Key_2: "other"}
_LONG = 60  # characters: beyond that a value is text to be read, not a word to be seen


class Side(QFrame):
    """One of the values, whose it is and since when. picked: a click on it."""

    picked = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "choice")
        self.setAccessibleName(title)
        self._may = True
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(4)
        column.addWidget(parts.label(title, "muted"))
        self.value = parts.label("", "heading", wrap=True)
        self._whose = parts.label("", "muted", wrap=True)
        column.addWidget(self._whose)
        column.addWidget(self.value)
        column.addStretch(1)

    def put(self, value: str, whose: str, *, may: bool) -> None:
        self.say(value)
        self._whose.setText(whose)
        self._whose.setVisible(bool(whose))
        self._may = may
        self.setCursor(Qt.CursorShape.PointingHandCursor if may else Qt.CursorShape.ArrowCursor)

    def say(self, value: str) -> None:
        self.value.setText(value)
        self.value.setProperty("role", "heading" if len(value) <= _LONG else "")
        self.value.style().unpolish(self.value)
        self.value.style().polish(self.value)

    def choose(self, chosen: bool) -> None:
        self.setProperty("chosen", chosen)
        self.style().unpolish(self)
        self.style().polish(self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._may:
            self.picked.emit()
        super().mousePressEvent(event)


class ClashDesk(QFrame):
    """Hidden while there is no conflict. settled: called with the conflict after its decision was stored."""

    def __init__(self, shell: Shell, settled: Callable[[Clash, str], None]) -> None:
        super().__init__()
        self._shell, self._settled = shell, settled
        self._clashes: Sequence[Clash] = ()
        self._at, self.choice, self._busy = 0, "", False
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("冲突"))
        self._title = parts.label("", "heading", wrap=True)
        self._open = parts.button(self.tr("打开记录"), self._show_record, kind="link")
        self._count = parts.label("", "muted")
        self._next = parts.button(self.tr("下一个"), self.next, kind="quiet", icon="chevron-right", tip="N")
        self._base = Side(self.tr("原值（两处都从它改起）"))
        self._sides = {"kept": Side(self.tr("1  现值")), "other": Side(self.tr("2  另一值"))}
        for name, side in self._sides.items():
            side.picked.connect(lambda n=name: self.choose(n))
        self._note = parts.label("", "due", wrap=True)
        self._eye = parts.button(self.tr("显示完整内容（会记录）"), self._reveal, kind="quiet", icon="eye")
        self._hint = parts.label("", "hint", wrap=True)
        self._settle = parts.button(self.tr("就用选中的"), self.settle, kind="primary", icon="check", tip="Enter")
        for button in (self._open, self._next, self._eye, self._settle):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the desk
        self._build()
        self.hide()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(parts.row(self._title, self._open, self._count, self._next, stretch_at=0))
        column.addWidget(self._hint)  # above the values: below two long texts nobody would see which keys there are
        across = QHBoxLayout()
        across.setSpacing(12)
        for side, stretch in ((self._base, 2), (self._sides["kept"], 3), (self._sides["other"], 3)):
            across.addWidget(side, stretch)
        column.addLayout(across)
        column.addWidget(self._note)
        column.addLayout(parts.row(self._eye, None, self._settle))

    @property
    def clash(self) -> Clash | None:
        return self._clashes[self._at] if self._clashes else None

    def put(self, clashes: Sequence[Clash]) -> None:
        """The one that is looked at stays in front, and what was picked of it stays picked as long as its values are the same."""
        before = self.clash
        self._clashes = clashes
        self.setVisible(bool(clashes))
        places = {c.id: n for n, c in enumerate(clashes)}
        self._at = places.get(before.id, min(self._at, len(clashes) - 1)) if before and clashes else 0
        if self.clash is not None and self.clash != before:
            self._draw()
        elif self.clash is not None:
            self._say_count()

    def _draw(self) -> None:
        clash = self._clashes[self._at]
        self._title.setText(
            self.tr("{0} 的“{1}”，两处填得不一样").format("  ".join(x for x in (clash.title, clash.village) if x), clash.label)
        )
        self._base.put(clash.base, "", may=False)
        self._sides["kept"].put(clash.kept, f"{clash.kept_by}\n{clash.kept_at}".strip(), may=clash.mine)
        self._sides["other"].put(clash.other, f"{clash.other_by}\n{clash.other_at}".strip(), may=clash.mine and not clash.bar)
        notes = [
            clash.differs and self.tr("打星号的部分有别：{0}。").format(clash.differs),
            self._parting(clash.kept, clash.other),
            clash.before and self.tr("冲突之后现值又改过，当时是：{0}。").format(clash.before),
            self.tr("现在两处已经一样，按 Enter 结束。") if clash.same else "",
            conflicts.BARS.get(clash.bar, "") if clash.mine or clash.bar == "newer" else "",
            "" if clash.mine or clash.bar == "newer" else self.tr("{0}，本机构只能查看。").format(conflicts.whose(clash.entity, clash.field)),
        ]
        self._note.setText("".join(x for x in notes if x))
        self._note.setVisible(any(notes))
        self._eye.setVisible(clash.masked)
        self._settle.setVisible(clash.mine)
        self._open.setVisible(clash.entity in ("person", "request") and clash.bar != "gone")
        self._say_count()
        self.choose("kept" if clash.mine and bool(clash.same or clash.bar) else "")

    def _say_count(self) -> None:
        self._count.setText(self.tr("第 {0} 个，共 {1} 个").format(self._at + 1, len(self._clashes)))
        self._next.setVisible(len(self._clashes) > 1)
        clash = self._clashes[self._at]
        keys = self.tr("按 1 或 Enter 保留现值。") if clash.bar else self.tr("按 1 或 2 选定；也可以用 ← → 选择、Enter 确定。")
        hint = (keys if clash.mine else "") + (self.tr("按 N 看下一个。") if len(self._clashes) > 1 else "")
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))

    def _parting(self, kept: str, other: str) -> str:
        """Of two long texts that begin alike, where they part: it is not found by the eye."""
        alike = next((n for n, (a, b) in enumerate(zip(kept, other, strict=False)) if a != b), min(len(kept), len(other)))
        if min(len(kept), len(other)) <= _LONG or alike < _LONG // 2:
            return ""
        return self.tr("前 {0} 个字相同，接着现值是“{1}”，另一值是“{2}”。").format(alike, *(
            f"{text[alike : alike + 12]}…" if text[alike:] else self.tr("（到此为止）") for text in (kept, other)
        ))  # fmt: skip

    def choose(self, which: str) -> None:
        """which: kept, other, or '' for neither."""
        clash = self.clash
        if clash is None or (which and not clash.mine) or (which == "other" and clash.bar):
            return
        self.choice = which
        for name, side in self._sides.items():
            side.choose(name == which)
        self._settle.setEnabled(bool(which))

    def bring(self, wanted: str) -> None:
        """Show a conflict by its id, or the first one of a record; '' leaves the one in front."""
        place = next((n for n, c in enumerate(self._clashes) if wanted in (c.id, c.record_id)), self._at)
        if place != self._at:
            self._at = place
            self._draw()

    def next(self) -> None:
        if self._clashes:
            self._at = (self._at + 1) % len(self._clashes)
            self._draw()

    def settle(self) -> None:
        clash, choice = self.clash, self.choice
        if clash is None or not clash.mine or self._busy:
            return
        if not choice:
            messages.tell(self.tr("请按 1 或 2 选定一个值。"), kind="info")
            return
        self._busy = True
        operations.run(
            self, conflicts.settle, self._shell.desk, clash.id, choice, writes=True,
            on_done=lambda _r: self._over(clash, choice), on_error=self._failed,
        )  # fmt: skip

    def _over(self, clash: Clash, choice: str) -> None:
        self._busy = False
        self._settled(clash, choice)

    def _failed(self, error: Exception) -> None:
        self._busy = False
        messages.tell_error(error)

    def _reveal(self) -> None:
        clash = self.clash
        if clash is not None:
            operations.run(
                self, conflicts.reveal, self._shell.desk, clash.id, writes=True, on_done=lambda said: self._revealed(clash, said)
            )

    def _revealed(self, clash: Clash, said: dict[str, str]) -> None:
        if clash == self.clash:
            for name, side in {"base": self._base, **self._sides}.items():
                side.say(said[name])
            self._eye.hide()

    def _show_record(self) -> None:
        if self.clash is not None:
            self._shell.open(self.clash.entity, self.clash.record_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in _CHOOSE:
            self.choose(_CHOOSE[key])
        elif key in _SETTLE:
            self.choose(_SETTLE[key])
            if self.choice == _SETTLE[key]:  # not one that this office may not choose
                self.settle()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.settle()
        elif key == Qt.Key.Key_N:
            self.next()
        else:
            super().keyPressEvent(event)
