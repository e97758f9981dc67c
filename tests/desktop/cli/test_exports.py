"""guiyan export: every ledger by its name, the monthly report, and calls that are wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from openpyxl import load_workbook

from desktop.cli import sample
from desktop.cli.main import LEDGERS, main
from models.services import registers
from tests.conftest import PASSWORD


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    assert main(["init", "--office", sample.TOWNSHIP, "--account", "王芳"]) == 0
    return tmp_path


def test_the_help_names_the_ledgers_there_are() -> None:
    assert {n: x.label for n, x in registers.LEDGERS.items()} == {n: w for n, w in LEDGERS.items() if n not in ("month", "waiting")}


@pytest.mark.parametrize("name", sorted(LEDGERS))
def test_each_name_leaves_a_workbook(workspace: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    out = workspace / "a.xlsx"
    capsys.readouterr()
    assert main(["export", name, "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["out"] == str(out)
    assert load_workbook(out).active is not None
    assert os.name != "posix" or out.stat().st_mode & 0o077 == 0


def test_the_report_of_a_month(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = workspace / "a.xlsx"
    assert main(["export", "month", "-o", str(out), "--month", "2026-01"]) == 0
    sheet = load_workbook(out).active
    assert sheet is not None
    assert sheet["A1"].value == "返乡创业服务月报（2026年1月）"
    for call, words in ((["month", "--month", "一月"], "请写成 2026-11"), (["people", "--month", "2026-01"], "只用于月报")):
        assert main(["export", *call, "-o", str(out)]) == 1
        assert words in capsys.readouterr().err
