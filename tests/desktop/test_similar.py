"""Somebody who is here already is named while a second file is being typed."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from models.records import Cell
from models.services import people
from models.services.desk import Desk
from resources import divisions


def test_a_second_file_for_one_person_is_noticed(window: MainWindow, desk: Desk, qtbot: QtBot) -> None:
    village = divisions.villages(desk.office)[0].code
    people.save(desk, None, {"name": Cell.of("赵㛃"), "phone": Cell.of("13700000103")}, village)
    window.open("people", "new")
    view = window.page("people").view  # type: ignore[attr-defined]
    view.village.set_value(village)
    view.editor.rows["name"].input.setText("赵㛃")
    view.editor.rows["name"].input.edited.emit()
    qtbot.waitUntil(lambda: any("赵㛃" in b.text() for b in view.findChildren(QPushButton)), timeout=5000)
    view.editor.rows["name"].input.setText("钱䶮")
    view.editor.rows["name"].input.edited.emit()
    qtbot.waitUntil(lambda: not any("赵㛃" in b.text() for b in view.findChildren(QPushButton) if b.isVisible()), timeout=5000)
