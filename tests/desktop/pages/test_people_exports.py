"""The menu of ledgers at the people page: what it offers, and the file that each leaves."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QPushButton

from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage, exports
from desktop.widgets import running
from models.records import Cell
from models.services import exporting, people
from models.services.desk import Desk
from models.services.registers import LEDGERS
from resources import divisions
from tests.desktop.conftest import until


def _actions(page: PeoplePage) -> dict[str, QAction]:
    button = next(b for b in page.findChildren(QPushButton) if b.accessibleName() == "导出台账")
    return {a.text(): a for a in button.menu().actions() if a.text()}


def _page(window: MainWindow) -> PeoplePage:
    window.open("people")
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    return page


def test_every_ledger_is_offered(window: MainWindow) -> None:
    assert list(_actions(_page(window))) == [*(x.label for x in LEDGERS.values()), "月报（本月）", "月报（上月）"]


def test_the_marked_persons_alone_are_exported(
    window: MainWindow, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = divisions.villages(desk.office)[0].code
    for name in ("甲雁", "乙雁", "丙雁"):
        people.save(desk, None, {"name": Cell.of(name), "kind": Cell.of("venturer")}, village)
    page, out = _page(window), tmp_path / "a.xlsx"
    asked: list[str] = []

    def choose(_owner: object, title: str, proposed: str, _filter: str) -> tuple[str, str]:
        asked.append(proposed)
        return str(out), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    until(lambda: len(page._model.ids) == 3, "the list")
    for marked in (0, 1, 2):
        monkeypatch.setattr(page.table, "selected", lambda n=marked: page._model.ids[:n])
        out.unlink(missing_ok=True)
        _actions(page)["返乡创业人员台账"].trigger()
        until(lambda: out.exists() and not page._exporting.busy, "the file")
        sheet = load_workbook(out).active
        assert sheet is not None
        assert sum(isinstance(c.value, int) for c in sheet["A"]) == (2 if marked == 2 else 3)
    assert asked == ["返乡创业人员台账.xlsx"] * 3


def test_the_report_of_the_month_before(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "月报.xlsx"
    monkeypatch.setattr(exports, "local_date", lambda: date(2026, 1, 31))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(out), ""))
    _actions(_page(window))["月报（上月）"].trigger()
    until(out.exists, "the file")
    sheet = load_workbook(out).active
    assert sheet is not None
    assert sheet["A1"].value == "返乡创业服务月报（2025年12月）"


def test_no_file_is_chosen(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    actions = _actions(_page(window))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: ("", ""))
    monkeypatch.setattr(running.operations, "run", lambda *_a, **_k: pytest.fail("nothing was asked for"))
    actions["人员台账"].trigger()
    assert not list(tmp_path.glob("*.xlsx"))


def test_a_long_export_is_stopped_and_leaves_the_old_file(
    window: MainWindow, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("甲雁", "乙雁", "丙雁"):
        people.save(desk, None, {"name": Cell.of(name)}, divisions.villages(desk.office)[0].code)
    (tmp_path / "out").mkdir()
    out, go_on, real = tmp_path / "out" / "台账.xlsx", threading.Event(), exporting.export
    out.write_bytes(b"old")

    def slowly(desk: Desk, name: str, path: Path, wanted: list[str] | None, progress: exports.Progress) -> int:
        def held(done: int, total: int) -> bool:
            progress(done, total)
            assert go_on.wait(10)
            return progress(done, total)

        return real(desk, name, path, wanted, held)

    monkeypatch.setattr(exporting, "export", slowly)
    monkeypatch.setattr(exporting, "_AT_ONCE", 1)
    monkeypatch.setattr(running, "_PATIENCE", 0)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(out), ""))
    page = _page(window)
    _actions(page)["人员台账"].trigger()
    until(lambda: page._exporting.said.text() == "1 / 3 行", "the first row")
    assert page._exporting.isVisible()
    _actions(page)["人员台账"].trigger()  # one at a time: the first goes on
    page._exporting.stop.click()
    go_on.set()
    until(page._exporting.isHidden, "the stop")
    assert [p.name for p in out.parent.iterdir()] == ["台账.xlsx"]
    assert out.read_bytes() == b"old"
    assert page._exporting.trouble.isHidden()
    _actions(page)["人员台账"].trigger()  # and the next one is written to its end
    until(lambda: out.read_bytes() != b"old", "the file")
