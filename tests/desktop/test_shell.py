"""What the shell says unasked: numbers on the rail, the toast, the quiet line."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtWidgets import QToolButton

from desktop import rounds
from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from models.errors import KnownError
from models.records import Cell
from models.services import desk as desks
from models.services import home, people, requests, syncing
from models.services.desk import Desk
from models.store.unit import Identity
from resources import divisions
from tests.desktop.conftest import PASSWORD, TOWNSHIP, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


@pytest.fixture
def due_on(desk: Desk) -> str:
    """The last day of one accepted request."""
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)
    item = next(i for i in requests.items(desk) if i.clock.days)
    made = requests.submit(
        desk, person.id, item.code, {"text": Cell.of("咨询"), "channel": Cell.of("window"), "kind": Cell.of("help")},
        answers=dict(item.sample), materials={},
    )  # fmt: skip
    return str(requests.act(desk, made.id, "accept").due_on)


def test_only_what_is_due_or_late_waits(desk: Desk, due_on: str) -> None:
    last = date.fromisoformat(due_on)
    assert home.waiting(desk, last - timedelta(1)) == home.Waiting(0, 0)
    assert home.waiting(desk, last) == home.Waiting(0, 1)
    assert home.waiting(desk, last + timedelta(1)) == home.Waiting(1, 0)


def test_what_is_answered_waits_for_whoever_closes_it_and_for_nobody_above(desk: Desk, due_on: str) -> None:
    last = date.fromisoformat(due_on)
    request_id = requests.ids(desk)[0]
    for identity, waits in ((desk.store.identity, 1), (Identity(desk.store.identity.device, "411424000000"), 0)):
        with desk.store.transaction() as conn:
            conn.exec_driver_sql("update request set state = 'replied' where id = ?", (request_id,))
        desk.store.identity = identity
        assert home.waiting(desk, last).today == waits


def test_the_rail_says_what_waits_and_how_badly(window: MainWindow) -> None:
    rest()
    button = window.rail.buttons["requests"]
    assert (button.waiting(), button.accessibleName()) == ("", "诉求")
    assert window.rail.buttons["sync"].waiting() == ""  # unsent, but this office has joined no county
    known = syncing.status(window.desk)
    window._status((known, home.Waiting(2, 1)))
    assert (button.waiting(), button._badge.property("tone")) == ("3", "danger")
    assert "2 件逾期" in button.accessibleName()
    window._status((known, home.Waiting(0, 120)))
    assert (button.waiting(), button._badge.property("tone")) == ("99+", "due")


def test_the_toast_covers_neither_the_page_nor_the_search(window: MainWindow) -> None:
    rest()
    window.toast("已保存 钱䶮", lambda: None)
    toast, search = window._toast, window.search
    place = toast.geometry()
    assert place.left() >= search.mapTo(toast.parentWidget(), search.rect().topRight()).x()
    assert place.bottom() <= window.stage.mapTo(toast.parentWidget(), window.stage.rect().topLeft()).y() + 4


def test_offline_is_no_news_unless_the_clerk_asked(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(_desk: Desk) -> None:
        raise KnownError("net.unreachable", "连不上县级服务器。")

    said: list[str] = []
    monkeypatch.setattr(rounds.syncing, "run", no_network)
    monkeypatch.setattr(window, "say_connection", said.append)
    window._toast.hide()
    window._rounds.begin(quietly=True)
    until(lambda: "离线" in said, "the quiet line")
    assert window._toast.isHidden()
    window.sync()
    until(lambda: "连不上县级服务器" in window._toast.text(), "the sentence")


def test_columns_are_chosen_by_a_button_that_is_seen(window: MainWindow) -> None:
    window.open("people")
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    button = next(b for b in page.findChildren(QToolButton) if b.accessibleName() == "选择要显示的列")
    assert button.isVisible()
    page.table._show_column(3, False)
    assert page.table.isColumnHidden(3)
    page.table._show_column(3, True)
    assert not page.table.isColumnHidden(3)


def test_a_bureau_is_not_offered_what_it_cannot_do(desk: Desk, qapp: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    bureau, _code = desks.init(tmp_path_factory.mktemp("bureau"), "411424000000-RS", "孙明", PASSWORD)
    window = MainWindow(bureau)
    try:
        assert not window.has("new-request")
        assert not window.has("importing")
        assert window.has("request")
        assert not window.has("no such page")
        assert "登记诉求" not in {a.text() for a in window.actions()}
    finally:
        window.close()
        rest()
        bureau.close()
