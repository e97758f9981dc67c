"""guiyan stick, and guiyan-server stick between its two calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.cli.main import main
from server import cli
from tests.conftest import PASSWORD, VILLAGE, County


def test_a_stick_by_commands_alone(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    usb = tmp_path / "usb"
    usb.mkdir()
    assert main(["init", "--office", VILLAGE, "--account", "王村"]) == 0
    assert main(["stick", "write", str(usb)]) == 1
    assert "还没有加入县级" in capsys.readouterr().err
    assert main(["enrol", str(county.ticket(VILLAGE))]) == 0
    county.stop()
    capsys.readouterr()
    assert main(["stick", "write", str(usb), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(f["code"], f["tone"]) for f in said["files"]] == [("written", "done")]
    assert cli.main(["stick", str(usb), "--db", county.url]) == 0
    assert "已接收 1 条变更" in capsys.readouterr().out
    assert main(["--json", "stick", "read", str(usb)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["acknowledged"], sorted(f["code"] for f in said["files"])) == (1, ["answer.taken", "own.received"])
    assert main(["stick", "read", str(tmp_path / "ws")]) == 0
    assert "里没有归雁的文件" in capsys.readouterr().out
