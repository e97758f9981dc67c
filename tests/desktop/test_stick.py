"""The USB stick on the sync page: a click, a folder, a line for each file, and 县级已收到 only after the receipt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel

from desktop.main_window import MainWindow
from desktop.pages.sync import SyncPage
from models.records import Cell
from models.services import attachments, joining, people, stick_files, sticks
from models.services.desk import Desk
from models.services.syncing import Line
from models.tables import ENTITIES
from resources import divisions
from server.sticks import take_folder
from tests.conftest import County, DeskFactory
from tests.desktop.conftest import TOWNSHIP, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


@pytest.fixture
def desk(desk: Desk, county: County) -> Iterator[Desk]:
    """It joined, and has no network now."""
    joining.join(desk, county.ticket(TOWNSHIP))
    county.stop()
    people.save(desk, None, {"name": Cell.of("赵㛃")}, VILLAGE)
    return desk


def shown(page: SyncPage) -> str:
    return "\n".join(x.text() for x in page.stick.findChildren(QLabel) if not x.isHidden())


def table(page: SyncPage) -> list[list[str]]:
    model = page._table.model()
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_a_stick_is_written_and_its_answer_read(
    window: MainWindow, county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(usb))
    window.open("sync")
    page = window.stage.currentWidget()
    assert isinstance(page, SyncPage)
    until(lambda: page._write.isVisible() and table(page), "the page")
    assert {row[0] for row in table(page)} == {"待发送"}
    QTest.mouseClick(page._write, Qt.MouseButton.LeftButton)
    assert not page._read.isEnabled()
    until(lambda: "2 条没有回执的变更" in shown(page) and page._read.isEnabled(), "written")
    assert {row[0] for row in table(page)} == {"待发送"}
    assert [x.code for x in take_folder(county.store, county.own, usb)] == ["taken", "answered"]
    QTest.mouseClick(page._read, Qt.MouseButton.LeftButton)
    until(lambda: "县级答复已读入" in shown(page), "read")
    until(lambda: {row[0] for row in table(page)} == {"县级已收到"}, "the receipts in the table")
    assert "2 条变更有了县级回执" in shown(page)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: "")
    QTest.mouseClick(page._read, Qt.MouseButton.LeftButton)
    assert page._read.isEnabled()  # nothing was chosen, nothing is done


def test_a_folder_that_is_gone_is_told_on_the_page(window: MainWindow, tmp_path: Path) -> None:
    window.open("sync")
    page = window.stage.currentWidget()
    assert isinstance(page, SyncPage)
    until(lambda: page._write.isVisible(), "the page")
    page.stick.read(tmp_path / "gone")
    until(lambda: "找不到文件夹" in shown(page), "the sentence")
    page.stick.read(tmp_path / "workspace")
    until(lambda: "里没有归雁的文件" in shown(page), "an empty folder")
    opened: list[Line] = []
    page._table.opened.disconnect()
    page._table.opened.connect(opened.append)
    row = next(n for n, cells in enumerate(table(page)) if cells[2] == "赵㛃")
    page._table.setCurrentIndex(page._table.model().index(row, 0))
    QTest.keyClick(page._table, Qt.Key.Key_Return)
    assert [line.opens[0] for line in opened] == ["person"]


def test_what_was_handed_on_later_is_said_and_what_to_do_then(
    window: MainWindow, county: County, tmp_path: Path, desk_factory: DeskFactory
) -> None:
    """It went on saying that the county has nothing of the village's stick, and nobody knew that an answer was waiting."""
    village, usb = desk_factory(VILLAGE, "村支书"), tmp_path / "usb"
    usb.mkdir()
    county.start()
    joining.join(village, county.ticket(VILLAGE))
    county.stop()
    people.save(village, None, {"name": Cell.of("孙雁")}, VILLAGE)
    sticks.write(village, usb)
    window.open("sync")
    page = window.page("sync")
    assert isinstance(page, SyncPage)
    page.stick.read(usb)
    until(lambda: "等待转交县级" in shown(page) and page._carried == 1, "it is kept here")
    county.start()
    window.sync()
    until(lambda: "已转交县级" in shown(page), "it is handed on")
    assert "等待转交" not in shown(page)
    page.stick.read(usb)
    until(lambda: "县级答复已写回这个 U 盘" in shown(page), "the answer")
    rest(0.2)
    assert "县级答复已写回这个 U 盘" in shown(page), "what is said last stays"


def test_the_page_follows_the_arrow_keys(window: MainWindow) -> None:
    for n in range(40):
        people.save(window.desk, None, {"name": Cell.of(f"村民{n}")}, VILLAGE)
    window.open("sync")
    page = window.stage.currentWidget()
    assert isinstance(page, SyncPage)
    until(lambda: len(table(page)) > 40, "the lines")
    bar = page._area.verticalScrollBar()
    until(lambda: bar.maximum() > 0, "something to scroll")
    page._table.setCurrentIndex(page._table.model().index(0, 0))
    QTest.keyClick(page._table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert bar.value() > bar.maximum() - page._table.rowHeight(0) * 2
    QTest.keyClick(page._table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert bar.value() < page._table.rowHeight(0) * 3


def test_attachments_and_the_comparison_on_a_stick(window: MainWindow, county: County, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    who = people.save(window.desk, None, {"name": Cell.of("钱小雁")}, VILLAGE).id
    for n in range(3):
        data = b"\xff\xd8\xff\xe0" + os.urandom(300_000)
        attachments.add(window.desk, "person", who, f"{n}.jpg", data)
    window.open("sync")
    page = window.stage.currentWidget()
    assert isinstance(page, SyncPage)
    until(lambda: page._write.isVisible(), "the page")
    seen: list[int] = []
    page.stick._bar.valueChanged.connect(seen.append)
    page.stick._most.setValue(1)
    page.stick._set_most()
    until(lambda: stick_files.limit(window.desk) == 1, "the setting")
    page.stick.write(usb)
    until(lambda: "附件 3 个、0.9 MB" in shown(page) and page._read.isEnabled(), "written")
    assert max(seen) > 800, "KiB across"
    assert not page.stick._moving.isVisible()
    until(lambda: "写入 U 盘的核对还没有县级答复" in page.compare._said.text(), "the question on its way")
    until(lambda: page.stick._most.value() == 1, "the limit is shown")
    take_folder(county.store, county.own, usb)
    with county.store.transaction() as conn:
        conn.execute(ENTITIES["person"].table.delete().where(ENTITIES["person"].table.c.id == who))
    take_folder(county.store, county.own, usb)
    page.stick.read(usb)
    until(lambda: "3 个附件有了县级回执" in shown(page), "read")
    until(lambda: "经 U 盘核对，有 1 条不一致" in page.compare._said.text(), "the comparison")
    QTest.mouseClick(page.compare._mend, Qt.MouseButton.LeftButton)
    until(lambda: "下一次写 U 盘会带上修复" in page.compare._said.text(), "the wish")
    if os.environ.get("GUIYAN_SHOTS"):
        page.grab().save(os.environ["GUIYAN_SHOTS"])
    page.stick.write(usb)
    until(lambda: page._read.isEnabled() and "已写入" in shown(page), "written again")
    take_folder(county.store, county.own, usb)
    page.stick.read(usb)
    until(lambda: "经 U 盘核对，与县级一致" in page.compare._said.text(), "mended")
    page.compare.compare()
    until(lambda: "没有网络时写一次 U 盘" in page.compare._said.text(), "no network")
