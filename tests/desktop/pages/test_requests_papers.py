"""The print button of a case, which is Ctrl+P, opens the paper that is due where the case stands."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.main_window import MainWindow
from desktop.pages.notices import NoticesPage
from desktop.pages.requests import RequestsPage
from models.records import Cell
from models.services import people, requests
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


@pytest.mark.parametrize(
    ("step", "text", "due"),
    [
        ("", "", "slip.receipt"), ("accept", "", "slip.acceptance"), ("supplement", "请补户口簿", "slip.supplement"),
        ("reject", "不在本县", "slip.refusal"),
    ],
)  # fmt: skip
def test_the_paper_that_fits_the_state_is_printed_first(
    window: MainWindow, desk: Desk, step: str, text: str, due: str
) -> None:
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)
    item = next(i for i in requests.items(desk) if i.clock.days)
    request = requests.submit(desk, person.id, item.code, {"text": Cell.of("咨询")}, answers=dict(item.sample)).id
    if step:
        requests.act(desk, request, step, text)
    page = window.page("requests")
    assert isinstance(page, RequestsPage)
    window.open("request", request)
    until(lambda: page.case._shown is not None and page.case._shown.request.id == request, "the case")
    next(b for b in page.case.findChildren(QPushButton) if b.accessibleName() == "打印").click()
    notices = window.page("notices")
    assert isinstance(notices, NoticesPage)
    until(lambda: notices._current().code == due, "the paper that is due")
    assert notices._ids == [request]
