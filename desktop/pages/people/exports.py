"""导出台账: the menu of the ledgers that an office hands on, each as a workbook where the clerk wants it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from desktop import operations
from desktop.pages import Shell
from desktop.widgets import parts
from models.base import local_date
from models.services import registers


def button(owner: QWidget, shell: Shell, selected: Callable[[], list[str]]) -> QPushButton:
    """selected: the persons that are marked in the list; of two and more, a ledger of persons holds these alone."""
    made = parts.button(owner.tr("导出台账"), lambda: None, icon="download")
    menu = QMenu(made)
    menu.setToolTipsVisible(True)
    for ledger in registers.LEDGERS.values():
        of_persons = ledger.entity == "person"
        action = menu.addAction(ledger.label, partial(_export, owner, shell, ledger.name, selected if of_persons else list))
        if of_persons:
            action.setToolTip(owner.tr("在列表中选了两人以上时，只导出所选的人"))
    menu.addSeparator()
    menu.addAction(owner.tr("月报（本月）"), partial(_report, owner, shell, 0))
    menu.addAction(owner.tr("月报（上月）"), partial(_report, owner, shell, 1))
    made.setMenu(menu)
    return made


def _export(owner: QWidget, shell: Shell, name: str, selected: Callable[[], list[str]]) -> None:
    from models.services import exporting

    chosen = selected()
    wanted = chosen if len(chosen) > 1 else None
    _write(owner, shell, registers.get(name).label, lambda path: exporting.export(shell.desk, name, path, wanted))


def _report(owner: QWidget, shell: Shell, back: int) -> None:
    """back: 1 for the month before this one."""
    from models.services import reporting

    day = local_date().replace(day=1)  # asked when it is chosen: the window may stay open over the end of a month
    month = f"{day - timedelta(days=back):%Y-%m}"
    _write(owner, shell, owner.tr("月报 {0}").format(month), lambda path: reporting.export(shell.desk, path, month))


def _write(owner: QWidget, shell: Shell, label: str, run: Callable[[Path], int]) -> None:
    name, _ = QFileDialog.getSaveFileName(owner, owner.tr("导出{0}").format(label), f"{label}.xlsx", "Excel (*.xlsx)")
    if not name:
        return

    def say(count: Any) -> None:
        shell.done(owner.tr("已导出 {0} 行到 {1}").format(count, name), undoable=False)

    operations.run(owner, run, Path(name), slow=True, on_done=say)
