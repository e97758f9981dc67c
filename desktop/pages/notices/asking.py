"""The card where printer, copies, sides and paper are chosen, and what sends a file there. What was chosen last stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QSpinBox, QVBoxLayout, QWidget

from desktop import look, memory, messages, operations
from desktop.pages.notices import printer
from desktop.widgets import parts
from models.services.printed import range_of


class PrinterChoice(QWidget):
    """A line that says what is chosen, and opens the card: fields need the room more often than a printer is changed.

    failed: a file was not printed; the error.
    """

    failed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._line = parts.button("", self._open, kind="link")
        self._card = QFrame()
        self._card.setProperty("role", "card")
        self._card.hide()
        self._printer, self._copies, self._sides, self._media = QComboBox(), QSpinBox(), QComboBox(), QComboBox()
        self._copies.setRange(1, 99)
        for value, words in printer.choices().items():
            self._sides.addItem(words, value)
        for value in printer.MEDIA:
            self._media.addItem(value or self.tr("随文书"), value)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._card)
        column.addLayout(parts.row(self._line, None))
        grid = QGridLayout(self._card)
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        named: list[tuple[QWidget, str, int, int]] = [
            (self._printer, self.tr("打印机"), 0, 0), (self._copies, self.tr("每份打印"), 0, 2),
            (self._sides, self.tr("单双面"), 1, 0), (self._media, self.tr("纸张"), 1, 2),
        ]  # fmt: skip
        for widget, words, row, place in named:
            widget.setAccessibleName(words)
            grid.addWidget(parts.label(words, "muted"), row, place)
            grid.addWidget(widget, row, place + 1)
        for box in (self._printer, self._sides, self._media):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(5)
        self._copies.setFixedWidth(look.px(84))
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 1)
        self._for_a4 = 0  # what was chosen, while a form is in front that has a paper of its own
        kept = memory.settings()
        self._sides.setCurrentIndex(max(self._sides.findData(kept.value("printer/sides")), 0))
        self._media.setCurrentIndex(max(self._media.findData(kept.value("printer/media")), 0))
        for box in (self._printer, self._sides, self._media):
            box.currentIndexChanged.connect(lambda _i: self._say())
        self._copies.valueChanged.connect(lambda _n: self._say())
        self._say()
        self.setVisible(os.name != "nt")  # there the dialogue of the system asks

    def fit(self, paper: str) -> None:
        """paper: the size of the form in front. One that is not A4 goes on its own, and no other is offered for it."""
        own = paper != "A4"
        if own and self._media.isEnabled():
            self._for_a4 = self._media.currentIndex()
        self._media.setItemText(0, paper if own else self.tr("随文书"))
        if own or not self._media.isEnabled():
            self._media.setCurrentIndex(0 if own else self._for_a4)
        self._media.setEnabled(not own)
        self._say()

    def _open(self) -> None:
        self._card.setVisible(self._card.isHidden())
        self._say()

    def _say(self) -> None:
        """What is chosen, for the line. An ampersand in a printer's name is no key."""
        said = [self._printer.currentText() or self.tr("打印机"), self._sides.currentText(), self._media.currentText()]
        if self._copies.value() > 1:
            said.insert(1, self.tr("每份 {0} 张").format(self._copies.value()))
        more = self.tr("收起") if self._card.isVisible() else self.tr("更改…")
        self._line.setText(" · ".join([*said, more]).replace("&", "&&"))

    def look(self) -> None:
        """Ask the system which printers there are: one may have been plugged in."""
        if os.name != "nt":
            operations.run(self, printer.printers, on_done=self._found, slow=True)

    def _found(self, known: printer.Printers) -> None:
        chosen = self._printer.currentData() or memory.settings().value("printer/name") or known.default
        self._printer.clear()
        for name in known.names:
            self._printer.addItem(name, name)
        at = self._printer.findData(chosen)
        tip = ""
        if not known.names:
            self._printer.addItem(self.tr("没有找到打印机"), "")
            tip = self.tr("没有找到打印机，可以先保存 PDF，拷到能打印的电脑上打印。")
        elif chosen and at < 0:
            self._printer.insertItem(0, self.tr("{0}（不在了）").format(chosen), chosen)  # nobody shall print elsewhere unasked
            at = 0
        self._printer.setCurrentIndex(max(at, 0))
        self._printer.setEnabled(bool(known.names))
        self._printer.setToolTip(tip)

    def job(self) -> printer.Job:
        """What is chosen now; it is remembered."""
        kept, job = memory.settings(), printer.Job(
            str(self._printer.currentData() or ""), self._copies.value(), str(self._sides.currentData()), str(self._media.currentData() or "")
        )  # fmt: skip
        kept.setValue("printer/name", job.printer)
        kept.setValue("printer/sides", job.sides)
        if self._media.isEnabled():
            kept.setValue("printer/media", job.media)
        return job

    def send(self, pdf: Path, job: printer.Job, serials: list[str], done: Callable[[str], object]) -> None:
        """Send a temporary file. done: with what to say when the printer has it."""

        def sent(remark: str) -> None:
            messages.log.info("printed %s copies", len(serials))
            done(self.tr("已送往打印机，{0} 份，编号 {1}").format(len(serials), range_of(serials)) + (f"。{remark}" if remark else ""))

        operations.run(self, printer.send_and_forget, pdf, job, on_done=sent, on_error=self._not_sent, slow=True)

    def _not_sent(self, error: Exception) -> None:
        self.failed.emit(error)
        self.look()
