"""guiyan attach and attachments, and what sync, status and verify say of files."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from desktop.cli.main import main
from models.records import Cell
from models.services import desk as desks
from models.services import people
from models.tables.system import CONTENT
from tests.conftest import COUNTY, TOWNSHIP, VILLAGE, County

PASSWORD = "ceshi-2026"


class Line:
    """One workspace at the command line."""

    def __init__(self, folder: Path, office: str, county: County, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.run("init", "--office", office, "--account", "王芳")
        self.run("enrol", str(county.ticket(office)))

    def run(self, *call: str) -> Any:
        self.capsys.readouterr()
        assert main(["--workspace", str(self.folder), *call, "--json"]) == 0
        return json.loads(self.capsys.readouterr().out)

    def refused(self, *call: str) -> str:
        self.capsys.readouterr()
        assert main(["--workspace", str(self.folder), *call]) == 1
        return self.capsys.readouterr().err

    def words(self, *call: str) -> str:
        self.capsys.readouterr()
        assert main(["--workspace", str(self.folder), *call]) == 0
        return self.capsys.readouterr().out

    def person(self) -> str:
        desk = desks.unlock(self.folder, "", PASSWORD)
        made = people.save(desk, None, {"name": Cell.of("王小雁")}, VILLAGE).id
        desk.close()
        return made


def test_attached_here_read_there(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    town, desk = Line(tmp_path / "town", TOWNSHIP, county, capsys), Line(tmp_path / "county", COUNTY, county, capsys)
    who, data = town.person(), b"%PDF-" + os.urandom(600_000)
    for folder in ("一", "二"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "证明.pdf").write_bytes(data + folder.encode())
        made = town.run("attach", str(tmp_path / folder / "证明.pdf"), "--id", who)
        assert (made["title"], made["state"], made["type"]) == ("证明.pdf", "waiting", "application/pdf")
    status = town.run("status")
    assert (status["attachments_waiting"], status["attachments_waiting_bytes"]) == (2, 2 * (len(data) + 3))
    assert "2 个附件待发送" in town.words("status")
    assert town.run("sync")["attachments"] == {
        "sent": 2, "received": 0, "refused": 0, "waiting": 0, "waiting_bytes": 0, "error": "",
    }  # fmt: skip
    assert re.search(r"上次回执 \d{4}-\d\d-\d\d \d\d:\d\d。", town.words("status"))
    desk.run("sync")
    assert [a["state"] for a in desk.run("attachments", "--id", who)] == ["away", "away"]
    out = desk.run("attachments", "--id", who, "-o", str(tmp_path / "out"))
    assert [a["state"] for a in out] == ["here", "here"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["证明 (2).pdf", "证明.pdf"]
    assert {Path(a["file"]).read_bytes() for a in out} == {data + "一".encode(), data + "二".encode()}
    assert "县级已收到" in town.words("attachments", "--id", who)
    assert town.run("verify")["attachments"] == "ok"
    opened = desks.unlock(town.folder, "", PASSWORD)
    with opened.store.transaction() as conn:
        conn.execute(update(CONTENT).values(receipt=None))
    opened.close()
    assert town.refused("verify").count("没有可核实的回执") == 2


def test_what_is_wrong_is_said_in_a_sentence(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    town = Line(tmp_path / "town", TOWNSHIP, county, capsys)
    who, photo = town.person(), tmp_path / "照片.jpg"
    photo.write_bytes(b"\xff\xd8\xff" + bytes(50))
    assert "没有编号为" in town.refused("attach", str(photo), "--id", "0" * 32)
    assert "无法读取" in town.refused("attach", str(tmp_path / "没有.jpg"), "--id", who)
    (tmp_path / "假.pdf").write_bytes(photo.read_bytes())
    assert "JPG" in town.refused("attach", str(tmp_path / "假.pdf"), "--id", who)
    assert town.words("attachments", "--id", who) == "没有附件。\n"
    town.run("attach", str(photo), "--id", who)
    assert "相同" in town.refused("attach", str(photo), "--id", who)
    for path in (town.folder / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    assert "不完整" in town.refused("verify")
    assert town.run("sync")["attachments"]["refused"] == 1
    (line,) = town.run("attachments", "--id", who)
    assert (line["state"], "重新添加" in line["detail"]) == ("refused", True)


def test_attached_as_the_portrait(county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    town = Line(tmp_path / "town", TOWNSHIP, county, capsys)
    who, photo, scan = town.person(), tmp_path / "免冠.jpg", tmp_path / "证明.pdf"
    photo.write_bytes(b"\xff\xd8\xff invented")
    scan.write_bytes(b"%PDF-1.4 invented")
    assert town.run("attach", str(photo), "--id", who, "--portrait")["portrait"] is True
    assert "PDF 不能设为证件照" in town.refused("attach", str(scan), "--id", who, "--portrait")
    assert [(a["title"], a["portrait"]) for a in town.run("attachments", "--id", who)] == [("免冠.jpg", True)]
    assert "免冠.jpg  证件照  " in town.words("attachments", "--id", who)
