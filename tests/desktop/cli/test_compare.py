"""guiyan compare, and the workbook of what has no receipt."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import delete

from desktop.cli.main import main
from models.tables import ENTITIES
from tests.conftest import PASSWORD, VILLAGE, County


@pytest.fixture
def workspace(county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    assert main(["init", "--office", VILLAGE, "--account", "王村"]) == 0
    return tmp_path


def test_compare_tells_and_repairs(workspace: Path, county: County, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare"]) == 1
    assert "还没有加入县级" in capsys.readouterr().err
    assert main(["enrol", str(county.ticket(VILLAGE))]) == 0
    capsys.readouterr()
    assert main(["compare", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["equal"], said["waiting"]) == (True, {"unsent": 1})
    assert main(["sync"]) == 0
    table = ENTITIES["account"].table
    with county.store.transaction() as conn:
        conn.execute(delete(table))
    capsys.readouterr()
    assert main(["compare"]) == 0
    out = capsys.readouterr().out
    assert "本机有，县级没有 1 条" in out
    assert "账号" in out
    assert "本机 1 条，县级 0 条，1 条不一致" in out
    assert main(["compare", "--repair", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["equal"], said["restored"], said["lines"]) == (True, 1, [])
    assert [(g["entity"], g["code"], g["here"], g["county"], g["same"]) for g in said["groups"]] == [("account", VILLAGE, 1, 1, True)]
    assert main(["compare", "--thorough"]) == 0
    assert "与县级一致" in capsys.readouterr().out


def test_what_has_no_receipt_is_listed(workspace: Path, county: County, capsys: pytest.CaptureFixture[str]) -> None:
    out = workspace / "清单.xlsx"
    assert main(["export", "waiting", "-o", str(out)]) == 0
    sheet = openpyxl.load_workbook(out).active
    rows = [[c for c in row if c is not None] for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == ["没有县级回执的记录"]
    assert rows[2][:5] == ["序号", "县级", "种类", "记录", "所在村"]
    assert rows[3][:4] == [1, "待发送", "账号", "王村"]
    assert main(["enrol", str(county.ticket(VILLAGE))]) == 0
    assert main(["sync"]) == 0
    capsys.readouterr()
    assert main(["export", "waiting", "-o", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 0
