"""A person and a request that left while they were changed here: the window says why they still stand, and lets them go."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.pages.requests import RequestsPage
from models.records import Cell
from models.services import desk as desks
from models.services import people, requests, syncing
from models.services.desk import Desk
from resources import divisions
from tests.conftest import PASSWORD, County, enrolled
from tests.desktop.conftest import TOWNSHIP, until
from tests.desktop.pages.test_sync import VILLAGE, round_of


@pytest.fixture
def desk(desk: Desk, county: County) -> Desk:
    return enrolled(desk, county)


def _answers(desk: Desk) -> Mapping[str, object]:
    item = next(i for i in requests.items(desk) if i.code == "request.help")
    return {f.name: item.sample[f.name] for f in item.fields if f.required}


def _button(view: QWidget, text: str) -> QPushButton | None:
    return next((b for b in view.findChildren(QPushButton) if b.text().strip() == text and not b.isHidden()), None)


def test_what_left_is_read_under_its_true_reason_and_goes_with_one_key(
    window: MainWindow, desk: Desk, county: County, tmp_path_factory: pytest.TempPathFactory
) -> None:
    above, _code = desks.init(tmp_path_factory.mktemp("above") / "workspace", TOWNSHIP[:6] + "000000", "县经办", PASSWORD)
    enrolled(above, county)
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE).id
    asked = requests.submit(desk, person, "request.help", {"text": Cell.of("想办小额贷款")}, answers=_answers(desk))
    round_of(desk)
    round_of(above)
    people.move(above, person, next(d.code for d in divisions.villages("411424101000")))
    round_of(above)
    people.save(desk, person, {"wechat": Cell.of("wx_1")})
    requests.act(desk, asked.id, "note", "家里没人")
    round_of(desk)
    window.changed([])
    view = window.page("people")
    assert isinstance(view, PeoplePage)
    window.open("people", ("mend", person, person))
    until(lambda: view.view.refused._buttons.get("") is not None, "the line above the tabs")
    assert any("不再归本机构管理" in label.text() for label in view.view.refused.findChildren(QLabel))
    assert all(w.isHidden() for w in (view.view._visit, view.view._request, view.view._move, view.view._delete))
    assert not view.view.editor.rows["wechat"].input.isEnabled() or view.view.editor.rows["wechat"].input.isReadOnly()
    window.open("requests", ("mend", asked.id, asked.id))
    cases = window.page("requests")
    assert isinstance(cases, RequestsPage)
    until(lambda: _button(cases.case, "我已看过，从本机移去") is not None, "the request says so too")
    assert _button(cases.case, "取回重写") is None
    go = _button(cases.case, "我已看过，从本机移去")
    assert go is not None
    go.click()
    until(lambda: people.records(desk, [asked.id], "request") == {} and cases._detail.currentWidget() is cases._nothing, "the request to go")
    window.open("people", person)
    shown = view.view.refused._buttons[""]  # drawn before: it is drawn anew without the refused step
    until(lambda: view.view.refused._buttons.get("") not in (None, shown), "the line drawn anew")
    view.view.refused._buttons[""].click()
    until(lambda: people.get(desk, person) is None and view._detail.currentWidget() is view._nobody, "the person to go")
    assert syncing.status(desk).refused == 0
    above.close()
