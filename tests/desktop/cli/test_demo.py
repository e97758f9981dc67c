"""The whole main job, end to end: two offices, a bureau, a real server process that is down when the work is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from desktop.cli import demo


def test_the_main_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_screens", lambda _folder, _out: [])  # the pictures are the window's tests' business
    data, summary = demo.run(tmp_path)
    assert sum(line.startswith("✓") for line in data["steps"]) >= 13
    assert "县级答复回到乡镇" in summary
    for name in ("受理通知单.pdf", "诉求登记表.pdf", "座谈会通知.pdf"):
        assert (tmp_path / name).read_bytes().startswith(b"%PDF")
    sheet = load_workbook(tmp_path / "人员台账.xlsx").active
    assert sheet is not None
    words = [[c.value for c in r] for r in sheet.iter_rows()]
    assert words[2][:3] == ["序号", "所在村", "姓名"]
    assert "赵㛃" in [r[2] for r in words]
    number = words[2].index("身份证号")
    assert all(isinstance(r[number], str) for r in words[3:-1])  # text, never a rounded number
    assert any(str(c).startswith("填表说明：") for c in words[-1])
    assert any(r[number] == "未采集" for r in words[3:])  # what nobody asked is not invented
    refused = load_workbook(tmp_path / "未导入的行.xlsx").active
    assert refused is not None
    assert any(c.comment for r in refused.iter_rows() for c in r)
