"""What was done about a request so far: each step, what the county refused of it, and what had no effect."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from desktop.pages.requests.gathering import Case
from desktop.widgets import parts
from models.base import CHINA, parse_stamp
from models.catalog import flow
from models.records import Record


def drawn(case: Case, take_back: Callable[[Record], None]) -> tuple[QVBoxLayout, dict[str, QPushButton]]:
    """The steps, and the buttons by which refused ones are taken back, by their ids; none where nothing can be mended."""
    tr, column, again = partial(QCoreApplication.translate, "CaseView"), QVBoxLayout(), dict[str, QPushButton]()
    column.setSpacing(6)
    ignored = {i.id: i.reason for i in case.state.ignored}
    for event in case.events:
        when = parse_stamp(event.at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        head = f"{when}  {flow.label(event.kind)}  {case.offices.get(event.office, '')}  {event.by or ''}"
        column.addWidget(parts.label(head, "muted"))
        if event.text:
            column.addWidget(parts.label(event.text, wrap=True))
        if event.id in case.refused:
            line = [parts.label(tr("县级未接收：{0}").format(reasons(case.refused[event.id])), "danger", wrap=True)]
            if not case.left:
                again[event.id] = parts.button(tr("取回重写"), partial(take_back, event), icon="undo-2")
            column.addLayout(parts.row(*line, again.get(event.id), stretch_at=0))
        if event.id in ignored:
            column.addWidget(parts.label(tr("没有生效：{0}").format(ignored[event.id]), "due", wrap=True))
    return column, again


def reasons(errors: tuple[tuple[str, str], ...]) -> str:
    return "；".join(reason.rstrip("。") for _, reason in errors)
