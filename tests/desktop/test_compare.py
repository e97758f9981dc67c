"""Comparing on the sync page: one line when equal, the records that differ, a repair, the list without receipts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from sqlalchemy import delete

from desktop.main_window import MainWindow
from desktop.pages.sync import SyncPage
from desktop.rounds import Rounds
from models.records import Cell
from models.services import differing, joining, people, syncing
from models.services.desk import Desk
from models.tables import ENTITIES
from resources import divisions
from tests.conftest import County
from tests.desktop.conftest import TOWNSHIP, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


@pytest.fixture(autouse=True)
def _no_round_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds after the start a round would send what is to be found unsent: on a slow machine that is before the click."""
    monkeypatch.setattr(Rounds, "_first", lambda _self: None)


@pytest.fixture
def desk(desk: Desk, county: County) -> Iterator[Desk]:
    """Three people, of whom the county has all and this computer has lost one; one more is not sent yet."""
    joining.join(desk, county.ticket(TOWNSHIP))
    lost, *_ = [people.save(desk, None, {"name": Cell.of(n)}, VILLAGE).id for n in ("赵㛃", "钱归", "孙雁")]
    syncing.run(desk)
    table = ENTITIES["person"].table
    with desk.store.transaction() as conn:
        conn.execute(delete(table).where(table.c.id == lost))
    people.save(desk, None, {"name": Cell.of("李新")}, VILLAGE)
    return desk


def opened(window: MainWindow) -> SyncPage:
    window.open("sync")
    page = window.stage.currentWidget()
    assert isinstance(page, SyncPage)
    until(lambda: page.compare.isVisible() and "还没有核对过" in shown(page), "the panel")
    return page


def shown(page: SyncPage) -> str:
    """What the panel says: its sentences, and the rows of its tables."""
    said = [x.text() for x in page.compare.findChildren(QLabel) if not x.isHidden()]
    for table in (page.compare.groups, page.compare.lines):
        said += [" ".join(table.rows.words(row)) for row in table.rows.rows if table.isVisible()]
    return "\n".join(said)


def test_what_differs_is_shown_and_repaired(window: MainWindow) -> None:
    page = opened(window)
    assert not page.compare._mend.isVisible()
    QTest.mouseClick(page.compare._now, Qt.MouseButton.LeftButton)
    assert not page.compare._now.isEnabled()
    until(lambda: "县级有，本机没有" in shown(page), "the difference")
    village = divisions.villages(TOWNSHIP)[0].name
    assert f"人员 {village} 3 3 不同 1 条不一致、1 条等待" in shown(page)
    assert "本机 4 条、县级 4 条记录，1 条不一致" in shown(page)
    assert "联网核对：" in shown(page), "with its time: it is not said of now"
    right = page.compare.groups.rows.index(0, 2).data(Qt.ItemDataRole.TextAlignmentRole)
    assert right & Qt.AlignmentFlag.AlignRight
    assert "李新" in shown(page)
    assert "赵㛃" in shown(page), "the name of what is gone here, as it was entered"
    assert "还没有发送" in shown(page)
    assert page.compare._now.hasFocus()
    QTest.mouseClick(page.compare._mend, Qt.MouseButton.LeftButton)
    until(lambda: "与县级一致" in shown(page), "the repair")
    assert "从县级取回 1 条" in shown(page)
    assert not page.compare._mend.isVisible()
    assert "县级有，本机没有" not in shown(page)


def test_a_group_lists_its_records_and_enter_opens_one_that_is_here(window: MainWindow) -> None:
    page = opened(window)
    QTest.mouseClick(page.compare._now, Qt.MouseButton.LeftButton)
    until(lambda: page.compare.lines.isVisible(), "the records of the first group")
    page.compare.groups.setFocus()
    equal = next(n for n, g in enumerate(page.compare.groups.rows.rows) if g.same)
    page.compare.groups.selectRow(equal)
    assert not page.compare.lines.isVisible()
    assert "没有要列出的记录" in shown(page)
    page.compare.groups.selectRow(0)
    QTest.keyClick(page.compare.groups, Qt.Key.Key_Return)
    assert page.compare.lines.hasFocus()
    QTest.keyClick(page.compare.lines, Qt.Key.Key_Return)
    assert "不在本机" in window._toast.text(), "the lost one"
    page.compare.lines.selectRow(1)
    QTest.keyClick(page.compare.lines, Qt.Key.Key_Return)
    until(lambda: window.stage.currentWidget() is window.page("people"), "the person")


def test_what_is_not_listed_is_counted(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differing, "MOST_OF_GROUP", 1)
    page = opened(window)
    QTest.mouseClick(page.compare._now, Qt.MouseButton.LeftButton)
    until(lambda: "以下列出 1 条，还有 1 条没有列出" in shown(page), "the count")


def test_a_server_that_is_away_is_told_in_the_panel(window: MainWindow, county: County) -> None:
    county.stop()
    page = opened(window)
    QTest.mouseClick(page.compare._now, Qt.MouseButton.LeftButton)
    until(lambda: "连不上县级服务器" in shown(page), "the sentence")
    assert page.compare._now.isEnabled()


def test_the_list_without_receipts(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "清单.xlsx"
    page = opened(window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: ("", ""))
    QTest.mouseClick(page.compare._list, Qt.MouseButton.LeftButton)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(out), ""))
    QTest.mouseClick(page.compare._list, Qt.MouseButton.LeftButton)
    until(out.exists, "the workbook")
