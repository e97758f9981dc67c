"""A bug of ours is a sentence with a number; the log says where it was and repeats no value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desktop.cli import commands
from desktop.cli.main import main


def test_a_bug_is_numbered_and_nothing_personal_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_args: object) -> tuple[object, str]:
        raise ValueError("王芳 412327197805120011")

    monkeypatch.setitem(commands.COMMANDS, "status", broken)
    monkeypatch.delenv("GUIYAN_TRACE", raising=False)
    assert main(["--workspace", str(tmp_path), "status"]) == 1
    told = capsys.readouterr().err
    number = re.search(r"编号 ([0-9A-F]{6})", told)
    assert number
    log = (tmp_path / "logs" / "guiyan.log").read_text(encoding="utf-8")
    assert number[1] in log
    assert "test_bugs.py" in log
    assert "412327" not in log
    assert "王芳" not in log
    assert "412327" not in told
