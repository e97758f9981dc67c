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
from models.records import Cell
from models.services import joining, people, syncing
from models.services.desk import Desk
from models.tables import ENTITIES
from resources import divisions
from tests.conftest import County
from tests.desktop.conftest import TOWNSHIP, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


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
    return "\n".join(x.text() for x in page.compare.findChildren(QLabel) if not x.isHidden())


def test_what_differs_is_shown_and_repaired(window: MainWindow) -> None:
    page = opened(window)
    assert not page.compare._mend.isVisible()
    QTest.mouseClick(page.compare._now, Qt.MouseButton.LeftButton)
    assert not page.compare._now.isEnabled()
    until(lambda: "县级有，本机没有" in shown(page), "the difference")
    assert "1 条不一致" in shown(page)
    assert "李新" in shown(page)
    assert "还没有发送" in shown(page)
    assert page.compare._now.hasFocus()
    QTest.mouseClick(page.compare._mend, Qt.MouseButton.LeftButton)
    until(lambda: "与县级一致" in shown(page), "the repair")
    assert "从县级取回 1 条" in shown(page)
    assert not page.compare._mend.isVisible()
    assert "县级有，本机没有" not in shown(page)


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
