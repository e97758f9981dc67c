"""A list keeps its place and shows what changed, also when it changed while another page was in front."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest

from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.widgets.table import PagedModel, PagedTable
from models.records import Cell
from models.services import people
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


@pytest.fixture
def page(window: MainWindow, desk: Desk) -> PeoplePage:
    for n in range(60):
        people.save(desk, None, {"name": Cell.of(f"王{chr(0x4E00 + n)}"), "employer": Cell.of("旧厂")}, VILLAGE)
    window.open("people")
    found = window.page("people")
    assert isinstance(found, PeoplePage)
    found._on_sort("name", False)
    until(lambda: len(found._model.ids) == 60 and found._model.record(59), "the list")
    return found


def employer(page: PeoplePage, row: int) -> str:
    column = next(n for n, c in enumerate(page._model.columns) if c[0] == "employer")
    return str(page._model.index(row, column).data())


@pytest.mark.parametrize("told", ["its id", "nobody knows which"])
def test_what_changed_behind_another_page_is_read_again(window: MainWindow, page: PeoplePage, desk: Desk, told: str) -> None:
    changed = page._model.ids[3]
    assert employer(page, 3) == "旧厂"
    window.open("home")
    people.save(desk, changed, {"employer": Cell.of("新厂")})
    window.changed([("person", changed if told == "its id" else "")])
    window.open("people")
    until(lambda: employer(page, 3) == "新厂", "the new employer")
    assert employer(page, 4) == "旧厂"


def test_an_unchanged_list_keeps_its_place(window: MainWindow, page: PeoplePage) -> None:
    bar = page.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    held = bar.value()
    assert held > 0
    window.changed([("person", page._model.ids[0])])
    rest(0.2)
    assert bar.value() == held


@pytest.mark.parametrize("held", [None, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier])
def test_who_is_shown_is_marked_in_the_list_however_it_was_opened(
    window: MainWindow, page: PeoplePage, held: Qt.KeyboardModifier | None, request: pytest.FixtureRequest
) -> None:
    if held is not None:
        key = Qt.Key.Key_Control if held == Qt.KeyboardModifier.ControlModifier else Qt.Key.Key_Shift
        QTest.keyPress(window, key, held)
        request.addfinalizer(lambda: QTest.keyRelease(window, key, Qt.KeyboardModifier.NoModifier))
    for row in (5, 40):
        window.open("person", page._model.ids[row])
        until(lambda row=row: page.table.selected() == [page._model.ids[row]], "the row")  # type: ignore[misc]


def test_a_whole_county_is_selected_and_named_at_once(qapp: object) -> None:
    """An index for each of 300,000 rows took Qt a quarter of a minute."""
    ids = [str(n) for n in range(300_000)]
    table = PagedTable("people", PagedModel([("name", "姓名", str, 80), ("village", "村", str, 80)], lambda _ids: {}))
    table._paged.set_ids(ids)
    began = time.thread_time()
    table.selectAll()
    assert table.count() == 300_000
    assert table.selected() == ids
    assert time.thread_time() - began < 2


def test_what_is_selected_is_named_in_the_order_of_the_list(page: PeoplePage) -> None:
    table, click = page.table, QItemSelectionModel.SelectionFlag.Toggle | QItemSelectionModel.SelectionFlag.Rows
    table.clearSelection()
    for row in (9, 2, 3, 5, 2):
        table.selectionModel().select(page._model.index(row, 0), click)
    assert table.selected() == [page._model.ids[row] for row in (3, 5, 9)]
    assert table.count() == 3
