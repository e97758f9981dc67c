"""导出台账: the menu of the ledgers that an office hands on, each as a workbook where the clerk wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from desktop.pages import Shell
from desktop.widgets import parts
from desktop.widgets.running import Running
from models.base import local_date
from models.services import registers

Progress = Callable[[int, int], bool]


def bar(owner: QWidget) -> Running:
    """The progress of an export, which a large county waits minutes for."""
    busy = owner.tr("上一份台账还在导出，请等它完成，或先取消。")
    return Running(owner.tr("导出进度"), owner.tr("{0} / {1} 行"), busy, last=owner.tr("正在写出文件…"), leaves=False)


def button(owner: QWidget, shell: Shell, running: Running, selected: Callable[[], list[str]]) -> QPushButton:
    """selected: the persons that are marked in the list; of two and more, a ledger of persons holds these alone."""
    made = parts.button(owner.tr("导出台账"), lambda: None, icon="download")
    menu = QMenu(made)
    menu.setToolTipsVisible(True)
    for ledger in registers.LEDGERS.values():
        of_persons = ledger.entity == "person"
        action = menu.addAction(ledger.label, partial(_export, owner, shell, running, ledger.name, selected if of_persons else list))
        if of_persons:
            action.setToolTip(owner.tr("在列表中选了两人以上时，只导出所选的人"))
    menu.addSeparator()
    menu.addAction(owner.tr("月报（本月）"), partial(_report, owner, shell, running, 0))
    menu.addAction(owner.tr("月报（上月）"), partial(_report, owner, shell, running, 1))
    made.setMenu(menu)
    return made


def _export(owner: QWidget, shell: Shell, running: Running, name: str, selected: Callable[[], list[str]]) -> None:
    from models.services import exporting

    chosen = selected()
    wanted = chosen if len(chosen) > 1 else None

    def export(path: Path, progress: Progress) -> int:
        return exporting.export(shell.desk, name, path, wanted, progress)

    _write(owner, shell, running, registers.get(name).label, export)


def _report(owner: QWidget, shell: Shell, running: Running, back: int) -> None:
    """back: 1 for the month before this one."""
    from models.services import reporting

    day = local_date().replace(day=1)  # asked when it is chosen: the window may stay open over the end of a month
    month = f"{day - timedelta(days=back):%Y-%m}"

    def export(path: Path, progress: Progress) -> int:  # sums alone, without a bar: a county's are made in a moment
        return reporting.export(shell.desk, path, month)

    _write(owner, shell, running, owner.tr("月报 {0}").format(month), export)


def _write(owner: QWidget, shell: Shell, running: Running, label: str, run: Callable[[Path, Progress], int]) -> None:
    name, _ = QFileDialog.getSaveFileName(owner, owner.tr("导出{0}").format(label), f"{label}.xlsx", "Excel (*.xlsx)")
    if not name:
        return

    def say(count: Any) -> None:
        shell.done(owner.tr("已导出 {0} 行到 {1}").format(count, name), undoable=False)

    running.run(0, run, Path(name), then=say)
