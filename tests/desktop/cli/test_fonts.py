"""fonts: what the papers are set in, chosen and given back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.cli import sample
from desktop.cli.main import main
from resources import fonts


def test_an_own_font_is_chosen_listed_and_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", "ceshi-2026")
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    assert main(["init", "--office", sample.TOWNSHIP, "--account", "王芳"]) == 0
    for call, name in (
        (["fonts"], ""),
        (["fonts", "仿宋", str(fonts.path(fonts.KAI))], "FandolKai.ttf"),
        (["fonts"], "FandolKai.ttf"),
        (["fonts", "仿宋", "--reset"], ""),
    ):
        capsys.readouterr()
        assert main([*call, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"仿宋": name, "楷体": "", "黑体": "", "小标宋": "", "宋体": ""}
    for wrong, word in (
        (["fonts", "仿宋"], "--reset"),
        (["fonts", "隶书", "x.ttf"], "小标宋"),
        (["fonts", "仿宋", "x.ttf"], "x.ttf"),
    ):
        assert main(wrong) == 1
        assert word in capsys.readouterr().err
