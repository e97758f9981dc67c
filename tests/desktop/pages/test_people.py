"""The person page: what a township does to a person there."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.pages.people.person import PersonView
from models.fields import State
from models.records import Cell
from models.services import people
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import focused, until


def _button(view: PersonView, name: str) -> QPushButton:
    return next(b for b in view.findChildren(QPushButton) if name in (b.text(), b.accessibleName()))


def test_a_person_moves_to_another_village_and_back(window: MainWindow, desk: Desk, qtbot: QtBot) -> None:
    here, there = (v.code for v in divisions.villages(desk.office)[:2])
    who = people.save(desk, None, {"name": Cell.of("赵㛃")}, here).id
    window.open("person", who)
    view: PersonView = window.page("people").view
    until(lambda: view._record is not None, "the person is shown")
    qtbot.mouseClick(_button(view, "迁往其他村"), Qt.MouseButton.LeftButton)
    assert view.moving.isVisible()
    view.moving.store()  # nothing chosen: nothing happens, and it is said
    assert view.moving.isVisible()
    view.moving.village.set_value(there)
    qtbot.mouseClick(_button(view, "迁移"), Qt.MouseButton.LeftButton)
    until(lambda: people.must_get(desk, who).village == there, "the move")
    until(lambda: not view.moving.isVisible(), "the form goes away")
    place = divisions.get(there)
    assert place is not None
    until(lambda: place.name in view._where.text(), "the new village in the head")
    window.undo()
    until(lambda: people.must_get(desk, who).village == here, "the move undone")


def test_what_nobody_has_asked_to_see_is_made_after_the_list(window: MainWindow, desk: Desk) -> None:
    window.activateWindow()
    who = people.save(desk, None, {"name": Cell.of("赵㛃")}, divisions.villages(desk.office)[0].code).id
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    assert not page.findChildren(PersonView)  # the list is on the screen first
    window.open("people")
    until(lambda: page.findChildren(PersonView), "the view beside it")
    window.open("person", who)
    until(lambda: page.view._record is not None, "the person")
    assert not page.view.contact.editor._rows  # of a form that nobody has opened
    page.view.begin_contact()
    until(focused(page.view.contact.editor.rows["text"].input), "the focus in the form")
    page.view.contact._cancel()
    page.view.show_tab(2)
    page.view.family._edit(None)
    until(focused(page.view.family.editor.rows["name"].input), "the focus in the other form")


def test_a_telephone_in_doubt_says_so_first(window: MainWindow, desk: Desk) -> None:
    """Its digits are hidden and its words are not; a narrow column cuts the end."""
    cell = Cell(State.TO_VERIFY, "1391234567，少一位")
    people.save(desk, None, {"name": Cell.of("赵㛃"), "phone": cell}, divisions.villages(desk.office)[0].code)
    window.open("people")
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    column = next(n for n, c in enumerate(page._model.columns) if c[0] == "phone")
    until(lambda: page._model.ids and page._model.record(0), "the list")
    assert page._model.index(0, column).data() == "待核实 **********，少一位"


def test_a_list_that_was_cut_says_so(window: MainWindow, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("王一", "王二", "王三"):
        people.save(desk, None, {"name": Cell.of(name)}, divisions.villages(desk.office)[0].code)
    monkeypatch.setattr(people, "MOST_FOUND", 2)
    window.open("people")
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    until(lambda: page._count.text() == "3 人", "everybody")
    page._text.setText("王")
    until(lambda: page._count.text() == "只列最近的 2 人", "those that were found")
