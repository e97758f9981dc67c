"""The person page: what a township does to a person there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from desktop.pages.people.person import PersonView
from models.records import Cell
from models.services import people
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import until


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
