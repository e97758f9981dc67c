"""The command lines that README.md shows are true: the story runs as it stands there, and every other line is a right call."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.cli import county, sample
from desktop.cli.main import main, parser
from resources import divisions
from server import cli as server_cli

ROOT = Path(__file__).parents[3]
SECTION = (ROOT / "README.md").read_text("utf-8").split("## The command line\n")[1].split("\n## ")[0]
BLOCKS = [re.findall(r"^    (guiyan.*)$", block, re.MULTILINE) for block in SECTION.split("\nID is what ")]
STORY, OTHERS = BLOCKS
PICTURE = "demo-out/people.png"


def words(line: str) -> list[str]:
    return shlex.split(line, comments=True)


@pytest.mark.parametrize("line", [*STORY, *OTHERS])
def test_every_line_is_a_right_call(line: str) -> None:
    program, *call = [w for w in words(line) if w != "&"]
    {"guiyan": parser, "guiyan-server": server_cli.parser}[program]().parse_args(call)


def test_every_command_is_shown() -> None:
    shown = {tuple(words(line)[:2]) for line in [*STORY, *OTHERS]}
    offered = {(top.prog, name) for top in (parser(), server_cli.parser()) for name in top._commands.choices}
    assert shown == offered


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `guiyan demo` leaves, which has a test of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUIYAN_PASSWORD", "ceshi-2026")
    monkeypatch.setenv("GUIYAN_WORKSPACE", "ws")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    Path("demo-out").mkdir()
    sample.write_roster(Path("demo-out/花名册.xlsx"), divisions.villages(sample.TOWNSHIP)[2].name)
    shutil.copy(ROOT / "docs" / "screenshots" / "people.png", PICTURE)
    return tmp_path


@pytest.fixture
def servers() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.terminate()
        process.wait(20)


def test_the_story_runs_as_it_stands(
    place: Path, servers: list[subprocess.Popen[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    port = str(county.free_port())
    for line in STORY[1:]:
        program, *call = words(line.replace("8443", port))
        if call[-1] == "&":
            servers.append(subprocess.Popen([sys.executable, "-m", "server.cli", *call[:-1]]))
            _listening(int(port))
        else:
            assert {"guiyan": main, "guiyan-server": server_cli.main}[program](call) == 0, (line, capsys.readouterr().err)
    assert "待发送 0" in capsys.readouterr().out
    for made in ("通知.pdf", "未导入.xlsx", "台账.xlsx", "没有回执.xlsx"):
        assert Path(made).stat().st_size > 1000
    _with_an_id(place, capsys)


def _refused(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


def _listening(port: int) -> None:
    ends = time.monotonic() + 30
    while _refused(port):
        assert time.monotonic() < ends, "the server did not start"
        time.sleep(0.05)


def _with_an_id(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lines up to the stick's, with the ID that find tells."""
    capsys.readouterr()
    assert main(["find", "钱䶮", "--json"]) == 0
    found = re.search(r'"id": "(\w{32})"', capsys.readouterr().out)
    assert found
    for line in [x for x in OTHERS if " ID" in x or " stick " in x]:
        program, *call = words(line.replace(" ID", f" {found[1]}").replace("/media/USB", str(place / "usb")))
        (place / "usb").mkdir(exist_ok=True)
        assert {"guiyan": main, "guiyan-server": server_cli.main}[program](call) == 0, (line, capsys.readouterr().err)
    assert "有了县级回执" in capsys.readouterr().out
    assert Path("附件/people.png").read_bytes() == Path(PICTURE).read_bytes()
