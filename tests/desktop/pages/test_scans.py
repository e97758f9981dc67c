"""归档: scans are read, what is found is listed, what is not waits beside its picture until somebody files it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.main_window import MainWindow
from desktop.pages.scans import ScansPage
from desktop.widgets.attachments import AttachmentDialog
from models.records import Cell
from models.services import attachments, people, printing, scan_tray
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, until
from tests.models.services.test_scans import as_pdf, case, printed, scanned

HERE = divisions.villages(TOWNSHIP)[0].code


@pytest.fixture
def page(window: MainWindow) -> ScansPage:
    window.open("scans")
    found = window.page("scans")
    assert isinstance(found, ScansPage)
    return found


def test_a_pile_is_filed_and_the_torn_one_by_hand(window: MainWindow, page: ScansPage, desk: Desk, tmp_path: Path) -> None:
    whole, torn = case(desk, "钱䶮", HERE), case(desk, "孙𬘫", HERE)
    good, bad = (scanned(printed(desk, tmp_path, c)[1]) for c in (whole, torn))
    ImageDraw.Draw(bad).rectangle([bad.width * 0.7, 0, bad.width, bad.height * 0.15], fill=30)
    page.take([as_pdf(tmp_path / "一摞.pdf", [good, bad]), tmp_path / "没有.pdf"])
    until(lambda: page._filed.count() == 1 and page._tray.count() == 1 and page._handle is None, "the outcome")
    assert page._filed.item(0).text().startswith("钱䶮　返乡创业诉求登记表")
    assert "二维码" in page._why.text()
    until(lambda: not page._sheet.pixmap().isNull(), "the torn sheet")

    page.finder.setText("孙")
    until(lambda: page.finder.list.isVisible() and page.finder.list.count(), "who it may be")
    kinds = [page.finder.list.item(n).data(Qt.ItemDataRole.UserRole)[0] for n in range(page.finder.list.count())]
    page.finder.list.itemActivated.emit(page.finder.list.item(kinds.index("request")))
    until(lambda: page._tray.count() == 0, "an empty tray")
    assert [a.title for a in attachments.of_owner(desk, torn)] == ["一摞 第2页.pdf"]

    page._filed.itemActivated.emit(page._filed.item(0))
    until(lambda: window.page("requests").isVisible(), "its case")


def test_a_list_is_filed_with_itself_and_opens_in_the_log_of_papers(
    window: MainWindow, page: ScansPage, desk: Desk, tmp_path: Path
) -> None:
    ids = [people.save(desk, None, {"name": Cell.of(name)}, HERE).id for name in ("钱䶮", "孙𬘫")]
    (serial,) = printing.issue(desk, "roster.signin", ids, tmp_path / "a.pdf")
    page.take([as_pdf(tmp_path / "签到.pdf", [scanned((tmp_path / "a.pdf").read_bytes())])])
    until(lambda: page._filed.count() == 1 and page._handle is None, "the outcome")
    assert page._filed.item(0).text().startswith("（整份）")
    page._filed.itemActivated.emit(page._filed.item(0))
    log = window.page("notices").reprints
    until(lambda: [p.serial for p in log.papers()] == [serial], "its line")
    assert window.page("notices").tabs.currentWidget() is log
    log._files.click()
    (dialog,) = log.findChildren(AttachmentDialog)
    until(lambda: [a.title for a in dialog.strip.found] == [f"{log.papers()[0].form}（签字件）{serial}.pdf"], "the signed sheet")
    dialog.close()


def test_enter_takes_the_first_found(page: ScansPage, desk: Desk, tmp_path: Path) -> None:
    one = case(desk, "李𬭎", HERE)
    sheet = Image.new("L", (800, 1100), 255)
    ImageDraw.Draw(sheet).text((100, 100), "no code", fill=0, font_size=60)
    sheet.save(tmp_path / "无码.png")
    page.take([tmp_path / "无码.png"])
    until(lambda: page._tray.count() == 1, "the sheet")
    page.finder.setText("李")
    until(lambda: page.finder.list.count() > 0 and page.finder.list.isVisible(), "who")
    kind, record = page.finder.list.item(0).data(Qt.ItemDataRole.UserRole)
    QTest.keyClick(page.finder, Qt.Key.Key_Return)
    until(lambda: page._tray.count() == 0, "an empty tray")
    assert len(attachments.of_owner(desk, record)) == 1
    assert kind in ("request", "person")
    assert one


def test_a_sheet_of_somebody_else_is_moved_out(page: ScansPage, desk: Desk, tmp_path: Path) -> None:
    sheet = Image.new("L", (800, 1100), 255)
    ImageDraw.Draw(sheet).text((100, 100), "other", fill=0, font_size=60)
    sheet.save(tmp_path / "别的.png")
    page.take([tmp_path / "别的.png"])
    until(lambda: page._tray.count() == 1 and page._drop.isVisible(), "the sheet")
    page._drop.click()
    until(lambda: page._tray.count() == 0 and page._nothing.isVisible(), "an empty tray")
    assert scan_tray.tray(desk) == []
