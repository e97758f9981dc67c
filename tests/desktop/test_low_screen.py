"""What a low or a narrow screen leaves of the window: 1366×768 with the type at 150 % is one of 910×512."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop import look
from desktop.main_window import MainWindow
from desktop.widgets.table import PagedTable
from models.records import Cell
from models.services import people, requests
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import rest, until

LOW = QSize(910, 480)  # and the bar of the desktop takes its share


@pytest.fixture
def low(window: MainWindow) -> MainWindow:
    window.resize(LOW)
    return window


def a_person(desk: Desk) -> str:
    return people.save(desk, None, {"name": Cell.of("赵㛃")}, divisions.villages(desk.office)[0].code).id


def a_request(desk: Desk, person: str) -> str:
    item = next(i for i in requests.items(desk) if not any(f.required for f in i.fields))
    return requests.submit(desk, person, item.code, {"text": Cell.of("办厂")}).id


def test_no_page_pushes_the_window_off_a_low_screen(low: MainWindow, desk: Desk) -> None:
    """It could not be made smaller than 960×600, and a visit being written needed more than there is."""
    who = a_person(desk)
    case = a_request(desk, who)
    for declaration in low.declarations:
        low.open(declaration.code)
        rest()
    low.open("people", ("contact", who))
    rest()
    low.open("request", case)
    rest()
    assert low.size() == LOW
    assert low.minimumSizeHint().width() <= LOW.width()
    assert low.minimumSizeHint().height() <= LOW.height()


def test_the_buttons_above_a_person_are_whole_on_a_narrow_screen(low: MainWindow, desk: Desk) -> None:
    low.open("person", a_person(desk))
    view = low.page("people").view  # type: ignore[attr-defined]
    until(lambda: view._where.text(), "the person")
    rest()
    shown = [b for b in view.findChildren(QPushButton) if b.isVisible() and b.parentWidget() is view]
    assert len(shown) == 4
    assert [b.text() for b in shown if b.width() < b.sizeHint().width()] == []


def test_a_visit_keeps_its_buttons_on_a_low_screen(low: MainWindow, desk: Desk) -> None:
    low.open("people", ("contact", a_person(desk)))
    rest(0.3)
    form = low.page("people").view.contact  # type: ignore[attr-defined]
    save = next(b for b in form.findChildren(QPushButton) if b.text() == "保存走访")
    assert form.rect().contains(save.mapTo(form, save.rect().bottomRight()))
    assert low.rect().contains(save.mapTo(low, save.rect().bottomRight()))


def test_attachments_scroll_with_a_request_only_where_there_is_no_room(window: MainWindow, desk: Desk) -> None:
    window.open("request", a_request(desk, a_person(desk)))
    case = window.page("requests").case  # type: ignore[attr-defined]
    until(lambda: case._shown is not None, "the request")

    def inside(part: QWidget) -> bool:
        return bool(case._body.isAncestorOf(part))

    rest()
    assert not inside(case.attachments)
    window.resize(LOW)
    rest()
    assert inside(case.attachments)
    assert case.attachments.isVisible()
    window.resize(1366, 768)
    rest()
    assert not inside(case.attachments)


def test_a_first_window_is_no_larger_than_the_screen(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    room = widget.screen().availableSize()
    look.fit(widget, 20_000, 300)
    assert (widget.width(), widget.height()) == (room.width(), 300)
    look.fit(widget, 300, 20_000)
    assert widget.height() < room.height()


def test_a_toast_of_one_line_covers_the_top_bar_only(window: MainWindow) -> None:
    window.show_message("请选择村。", kind="danger", undo=None)
    assert window._toast.geometry().bottom() < window.stage.geometry().top()


def test_an_empty_list_says_why_and_what_to_do(window: MainWindow, desk: Desk) -> None:
    def said(page: str) -> str:
        table: PagedTable = window.page(page).table  # type: ignore[attr-defined]
        return table.nothing

    def ink(page: str) -> int:
        picture = window.page(page).table.viewport().grab().toImage()  # type: ignore[attr-defined]
        return len({picture.pixelColor(x, y).rgb() for x in range(0, picture.width(), 2) for y in range(20, 60)})

    for page in ("people", "requests"):
        window.open(page)
        until(lambda page=page: said(page), "the words")
        rest()
        assert ink(page) > 2  # letters, not one colour
    assert "登记或导入" in said("people")
    a_person(desk)
    window.page("people")._text.setText("没有这个人")  # type: ignore[attr-defined]
    window.open("people")
    until(lambda: "没有符合条件" in said("people"), "that nobody was found")
