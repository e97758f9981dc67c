"""The rows of a roster are chosen one by one before anything is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.cli import sample
from desktop.main_window import MainWindow
from desktop.pages.importing import ImportPage
from models.services import people
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, until

CHECK = Qt.ItemDataRole.CheckStateRole


@pytest.fixture
def page(window: MainWindow, tmp_path: Path) -> ImportPage:
    """The import page with the sample roster read: 15 rows that can be taken, two that are refused."""
    book = tmp_path / "花名册.xlsx"
    sample.write_roster(book, divisions.villages(TOWNSHIP)[0].name)
    window.open("importing")
    found = window.page("importing")
    assert isinstance(found, ImportPage)
    found.read(book)
    until(lambda: found.model.rowCount(), "the rows")
    return found


def place(page: ImportPage, name: str) -> int:
    names = [page.model.index(n, 2).data() for n in range(page.model.rowCount())]
    return names.index(name)


def test_what_is_unticked_is_not_imported(page: ImportPage, desk: Desk) -> None:
    assert (len(page.model.wanted()), page.model.confirmed()) == (15, [])
    row = page.model.index(place(page, "赵㛃"), 0)
    assert page.model.setData(row, Qt.CheckState.Unchecked.value, CHECK)
    assert page._go.text().strip() == "导入 14 行"
    page._go.click()
    until(lambda: len(people.ids(desk)) == 14, "the people")
    names = {r.name for r in people.records(desk, people.ids(desk)).values()}
    assert "赵㛃" not in names
    assert "钱䶮" in names


def test_none_and_all_leave_refused_rows_to_be_confirmed_one_by_one(page: ImportPage, desk: Desk) -> None:
    page._none.click()
    assert page.model.wanted() == []
    assert not page._go.isEnabled()
    page._all.click()
    assert (len(page.model.wanted()), page.model.confirmed()) == (15, [])
    wrong = place(page, "张守业")  # refused for its check digit alone
    lost = place(page, "刘满仓")  # refused because its number was lost: nobody can confirm that
    page.model.tick([wrong, lost], True)
    assert len(page.model.confirmed()) == 1
    page._none.click()
    page.model.tick([wrong], True)
    page._go.click()
    until(lambda: len(people.ids(desk)) == 1, "the confirmed one")
    stored = people.must_get(desk, people.ids(desk)[0])
    assert (stored.name, stored.id_unchecked) == ("张守业", True)


def test_blank_ticks_all_selected_rows(page: ImportPage, qtbot: QtBot) -> None:
    first = place(page, "王建军")
    page.table.selectRow(first)
    qtbot.keyClick(page.table, Qt.Key.Key_Space)
    assert not page.model.is_ticked(first)
    page.table.selectAll()
    qtbot.keyClick(page.table, Qt.Key.Key_Space)  # not all were ticked: now they are
    assert len(page.model.wanted()) == 15


def test_only_rows_that_can_be_chosen_have_a_box(page: ImportPage) -> None:
    boxes = {page.model.index(n, 1).data(): page.model.index(n, 0).data(CHECK) for n in range(page.model.rowCount())}
    assert boxes["新增"] == Qt.CheckState.Checked
    lost = page.model.index(place(page, "刘满仓"), 0)
    assert lost.data(CHECK) is None
    assert not lost.flags() & Qt.ItemFlag.ItemIsUserCheckable


def test_hidden_rows_and_people_without_a_village_are_asked_about(window: MainWindow, desk: Desk, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "无村.xlsx") as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([["姓名", "联系电话"], *([f"雁{n}", f"1390000000{n}"] for n in range(4))]):
            sheet.write_row(n, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
    window.open("importing")
    page = window.page("importing")
    assert isinstance(page, ImportPage)
    page.read(tmp_path / "无村.xlsx")
    until(lambda: page.model.rowCount() == 3, "the rows that are seen")
    reading = page._reading
    assert "隐藏的 1 行" in reading._hidden.text()
    assert reading._nowhere.text().startswith("3 人没有写所在村，将记在")
    page.model.tick([place(page, "雁2")], False)
    reading._hidden.click()
    until(lambda: page.model.rowCount() == 4, "the hidden row too")
    assert not page.model.is_ticked(place(page, "雁2"))  # left out before, and still
    village = divisions.villages(TOWNSHIP)[1]
    reading._village.set_value(village.code)
    reading._village.edited.emit()
    until(lambda: page.model.index(0, 3).data() == village.name, "the village chosen")
    assert page._go.text().strip() == "导入 3 行"
    page._go.click()
    until(lambda: len(people.ids(desk)) == 3, "the people")
    assert {r.village for r in people.records(desk, people.ids(desk)).values()} == {village.code}


def test_a_roster_that_hides_nothing_asks_nothing(page: ImportPage) -> None:
    assert page._reading.isHidden()
