"""guiyan stick, and guiyan-server stick between its two calls."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from desktop.cli.main import main
from models.records import Cell
from models.services import desk as desks
from models.services import people
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


def test_what_is_refused_ends_with_status_1_on_stderr(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    usb = tmp_path / "usb"
    usb.mkdir()
    assert main(["init", "--office", VILLAGE, "--account", "王村"]) == 0
    assert main(["enrol", str(county.ticket(VILLAGE))]) == 0
    assert main(["stick", "write", str(usb)]) == 0
    whole = next(usb.rglob("*.guiyan"))
    (usb / "坏.guiyan").write_bytes(whole.read_bytes()[:-5])
    capsys.readouterr()
    assert main(["stick", "read", str(usb)]) == 1
    said = capsys.readouterr()
    assert "坏.guiyan：文件不完整" in said.err
    assert "坏.guiyan" not in said.out
    assert whole.name in said.out, "what went well is told all the same"
    assert main(["--json", "stick", "read", str(usb)]) == 1
    assert "parcel.incomplete" in [f["code"] for f in json.loads(capsys.readouterr().out)["files"]]
    assert cli.main(["stick", str(usb), "--db", county.url]) == 1
    said = capsys.readouterr()
    assert "坏.guiyan：文件不完整" in said.err
    assert "已接收 1 条变更" in said.out


def test_attachments_and_the_last_comparison_by_commands(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    usb, photo = tmp_path / "usb", tmp_path / "门口.jpg"
    usb.mkdir()
    photo.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(900_000))
    assert main(["init", "--office", VILLAGE, "--account", "王村"]) == 0
    desk = desks.unlock(tmp_path / "ws", "王村", PASSWORD)
    who = people.save(desk, None, {"name": Cell.of("王小雁")}, VILLAGE).id
    desk.close()
    assert main(["attach", "--id", who, str(photo)]) == 0
    assert main(["enrol", str(county.ticket(VILLAGE))]) == 0
    county.stop()
    capsys.readouterr()
    assert main(["compare", "--last"]) == 0
    assert "还没有核对过" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["stick", "write", str(usb), "--max-mb", "0"])
    assert "--max-mb" in capsys.readouterr().err
    assert main(["--json", "stick", "write", str(usb), "--max-mb", "5"]) == 0
    said = json.loads(capsys.readouterr().out)["attachments"]
    assert (said["written"], said["left"], said["bytes"] > 900_000) == (1, 0, True)
    assert cli.main(["stick", str(usb), "--db", county.url, "--max-mb", "5"]) == 0
    assert "附件内容已接收 4 块、0.9 MB" in capsys.readouterr().out
    assert main(["stick", "read", str(usb)]) == 0
    out = capsys.readouterr().out
    assert "县级已收到 1 个（有签名回执）" in out
    assert "与县级核对：核对了 3 条记录，与县级一致。" in out
    assert main(["compare", "--last"]) == 0
    assert "经 U 盘核对，与县级一致" in capsys.readouterr().out
    assert main(["--json", "compare", "--last", "--repair"]) == 0
    known = json.loads(capsys.readouterr().out)
    assert (known["by"], known["faults"], known["mending"]) == ("stick", 0, False)
