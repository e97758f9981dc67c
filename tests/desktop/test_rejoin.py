"""A device that the county hears no more: the sync page says why in one sentence and leads to a new ticket."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton

from desktop.main_window import MainWindow
from desktop.pages.sync import SyncPage
from models.errors import RuleError
from models.records import Cell
from models.services import joining, people, syncing
from models.services.desk import Desk
from resources import divisions
from server import cli
from tests.conftest import County
from tests.desktop.conftest import TOWNSHIP, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


def _words(page: SyncPage) -> dict[str, QPushButton]:
    return {b.text().strip(): b for b in page.findChildren(QPushButton) if b.isVisible()}


def test_the_settings_lead_to_a_ticket(window: MainWindow, desk: Desk, county: County, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = str(county.ticket(TOWNSHIP))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (ticket, ""))
    window.open("settings")
    (button,) = [b for b in window.page("settings").findChildren(QPushButton) if b.text().strip() == "打开加入凭证…"]
    button.click()
    until(lambda: syncing.status(desk).last_receipt_at, "a first receipt")


def test_a_revoked_device_joins_again_from_the_page(
    window: MainWindow, desk: Desk, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    joining.join(desk, county.ticket(TOWNSHIP))
    syncing.run(desk)
    assert cli.main(["revoke", desk.store.identity.device, "--db", county.url]) == 0
    unsent = people.save(desk, None, {"name": Cell.of("钱一")}, VILLAGE).id
    with pytest.raises(RuleError):
        syncing.run(desk)
    window.open("sync")
    page = window.page("sync")
    assert isinstance(page, SyncPage)
    again = "用新的加入凭证重新加入…"
    until(lambda: again in _words(page), "the button")
    assert "已被县级停用" in page._trouble.text()
    assert "立即同步" not in _words(page), "it would send nothing"
    window.show_status()
    until(lambda: "需重新加入" in window._line.text(), "the quiet line says so, after the toast has gone")
    ticket = str(county.ticket(TOWNSHIP))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (ticket, ""))
    _words(page)[again].click()
    until(lambda: syncing.record_state(desk, unsent) == "received", "what had no receipt")
    until(lambda: again not in _words(page), "the page without the button")
    until(page._trouble.isHidden, "nothing is wrong any more")
    assert "立即同步" in _words(page)
    until(lambda: "重新加入" not in window._line.text(), "the quiet line")


def test_without_a_network_nobody_has_joined_and_the_ticket_stays_good(
    window: MainWindow, desk: Desk, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round tries again by itself; a ticket has to be opened again, and it was said to be sent later."""
    ticket = str(county.ticket(TOWNSHIP))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (ticket, ""))
    county.stop()
    window.open("sync", "enrol")
    page = window.page("sync")
    assert isinstance(page, SyncPage)
    until(lambda: "还没有加入" in window._toast.text(), "the sentence")
    assert "再打开这张加入凭证" in window._toast.text()
    until(lambda: set(_words(page)) == {"用加入凭证加入县级…"}, "the one thing to do")
    county.start()
    _words(page)["用加入凭证加入县级…"].click()
    until(lambda: syncing.status(desk).last_receipt_at, "a first receipt")
