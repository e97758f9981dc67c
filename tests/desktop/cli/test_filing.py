"""guiyan file: the same scans from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.cli.main import main
from models.services import desk as desks
from tests.conftest import PASSWORD, VILLAGE
from tests.models.services.test_scans import as_pdf, case, printed, scanned


def test_a_scan_is_filed_and_a_broken_one_does_not_stop_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    desk, _ = desks.init(tmp_path / "w", VILLAGE, "王芳", PASSWORD)
    one = case(desk, "钱䶮")
    serial, pdf = printed(desk, tmp_path, one)
    desk.close()
    scan = as_pdf(tmp_path / "扫描.pdf", [scanned(pdf)])
    (tmp_path / "坏.pdf").write_bytes(b"%PDF-1.7")
    assert main(["--workspace", str(tmp_path / "w"), "file", str(tmp_path / "坏.pdf"), str(scan), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(f["serial"], f["record_id"], f["who"]) for f in said["filed"]] == [(serial, one, "钱䶮")]
    assert said["waiting"] == []
    assert len(said["refused"]) == 1
    assert "坏.pdf" in said["refused"][0]
