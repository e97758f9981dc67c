"""What is known of a request, a line each: its days, how it came, what its item asks for, what is still to be brought."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.pages.requests.gathering import Case
from desktop.widgets import parts
from models.base import local_date
from models.fields import Kind
from models.services import requests, specs


class Facts(QWidget):
    def __init__(self, case: Case) -> None:
        super().__init__()
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
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for n, (words, value, role) in enumerate(facts):
            wide = len(value) > 24
            grid.addWidget(parts.label(words, "muted"), n, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(parts.label(value, role, wrap=wide), n, 1)
        grid.setColumnStretch(1, 1)
