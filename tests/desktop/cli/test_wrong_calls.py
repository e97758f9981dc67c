"""Whatever an operator may get wrong is one Chinese sentence and status 1: no trace, no English, nothing written."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import pytest

from desktop.cli import sample
from desktop.cli.main import main
from resources import divisions

PASSWORD = "ceshi-2026"
# English words, but for names of files, commands, options and formats.
ENGLISH = re.compile(r"\b(no|such|is|not|file|directory|error|line|invalid|expected|errno)\b", re.IGNORECASE)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with a workspace, a roster and things that are none; the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GUIYAN_WORKSPACE", "ws")
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    assert main(["init", "--office", sample.TOWNSHIP, "--account", "王芳"]) == 0
    Path("文件").touch()
    Path("乱码").write_bytes(b"\xff\xfe\x00")
    Path("夹").mkdir()
    Path("坏.toml").write_text("a = [")
    sample.write_roster(Path("花名册.xlsx"), divisions.villages(sample.TOWNSHIP)[2].name)
    assert main(["import", "花名册.xlsx"]) == 0
    capsys.readouterr()
    return tmp_path


def fails(capsys: pytest.CaptureFixture[str], *call: str) -> str:
    """The one line that a failing call says."""
    capsys.readouterr()
    assert main(call) == 1
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    assert line.endswith("。")
    assert "程序出错" not in line
    assert not ENGLISH.search(line)
    return line


@pytest.mark.parametrize(
    ("file", "words"), [("没有", "没有这个文件"), ("夹", "这是一个文件夹"), ("文件", "第一行是空的"), ("乱码", "不是 UTF-8")]
)
def test_a_password_file_that_holds_none(place: Path, file: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in fails(capsys, "--password-file", file, "status")


def test_a_password_file_of_the_notepad_of_windows_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUIYAN_PASSWORD")
    Path("密码.txt").write_bytes(b"\xef\xbb\xbf" + PASSWORD.encode() + b"\r\n")
    assert main(["--password-file", "密码.txt", "status"]) == 0


@pytest.mark.parametrize(
    ("folder", "words"), [("文件", "文件 不是文件夹"), ("没有", "没有归雁的工作区"), ("夹", "没有归雁的工作区")]
)
def test_a_workspace_that_is_none(place: Path, folder: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in fails(capsys, "--workspace", folder, "status")
    assert not Path(folder, "guiyan.db").exists()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("--workspace 文件/ws init --office 411424104000 --account 王", "不是文件夹"),
        ("--workspace 文件 init --office 411424104000 --account 王", "已有同名的文件"),
        ("enrol 没有", "没有这个文件"),
        ("enrol 夹", "这是一个文件夹"),
        ("enrol 乱码", "无法读懂"),
        ("enrol 花名册.xlsx", "无法读懂"),
        ("print notice.meeting --find 钱䶮 --set notice.to=x -o 没有/x.pdf", "没有 没有 这个文件夹"),
        ("print notice.meeting --find 钱䶮 --set notice.to=x -o 夹", "这是一个文件夹"),
        ("print notice.meeting --find 钱䶮 --set notice.to=x -o 文件/x.pdf", "不是文件夹"),
        ("print notice.meeting --find 钱䶮 -o x.pdf --set notice.titel=a", "没有“notice.titel”这一项"),
        ("print notice.document -o x.pdf", "内容要用 --set 写出，如 --set notice.title="),
        ("print notice.meeting --find 钱䶮 -o x.pdf --set notice.body=", "内容要用 --set 写出，如 --set notice.body="),
        ("print notice.meeting --find 钱䶮 --set notice.to=x -o /", "这是一个文件夹"),
        ("export people -o 没有/x.xlsx", "找不到文件夹 没有"),
        ("export people -o 夹", "这是一个文件夹"),
        ("import 夹", "这是一个文件夹"),
        ("import 文件", "是空的"),
        ("import 花名册.xlsx --village 999", "没有代码为 999 的村"),
        ("attach 没有 --id 1", "没有这个文件"),
        ("attach 夹 --id 1", "这是一个文件夹"),
        ("fonts 仿宋 没有.ttf", "没有这个文件"),
        ("fonts 仿宋 乱码", "不是完整的 TrueType 字体"),
        ("amend 没有.toml", "没有这个文件"),
        ("amend 坏.toml", "末尾不合 TOML 写法"),
        ("calendar 坏.toml", "末尾不合 TOML 写法"),
        ("calendar 夹", "这是一个文件夹"),
        ("demo --out 文件", "读写 文件 时出错：已有同名的文件或文件夹"),
    ],
)
def test_files_that_are_not_there_or_not_what_they_should_be(
    place: Path, call: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(p.name for p in place.iterdir())
    assert words in fails(capsys, *call.split())
    assert sorted(p.name for p in place.iterdir()) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes in the file system")
@pytest.mark.parametrize("call", ["print notice.meeting --find 钱䶮 --set notice.to=x -o pipe", "export people -o pipe"])
def test_a_device_is_not_replaced_by_a_file(place: Path, call: str, capsys: pytest.CaptureFixture[str]) -> None:
    """-o /dev/null, as an administrator, put a PDF in its place."""
    import os

    os.mkfifo("pipe")
    assert "无效" in fails(capsys, *call.split())
    assert Path("pipe").is_fifo()


def test_refused_rows_that_cannot_be_written_stop_the_import(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_WORKSPACE", "another")
    assert main(["init", "--office", sample.TOWNSHIP, "--account", "王芳"]) == 0
    fails(capsys, "import", "花名册.xlsx", "--refused", "没有/拒.xlsx")
    capsys.readouterr()
    assert main(["find", "钱䶮", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_terminal_without_the_hanzi_gets_what_it_can_show(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """䶮 is in no code page of Windows."""
    for extra in ((), ("--json",)):
        raw = io.BytesIO()
        with io.TextIOWrapper(raw, encoding="gbk") as old:
            monkeypatch.setattr(sys, "stdout", old)
            assert main(["find", "钱䶮", *extra]) == 0
            told = raw.getvalue().decode("gbk")
        assert "\\u4dae" in told
        assert not extra or json.loads(told)[0]["name"] == "钱䶮"


def test_a_closed_or_full_output_is_no_bug(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["forms"]) == 0
    monkeypatch.undo()
    if Path("/dev/full").exists():
        with open("/dev/full", "w", encoding="utf-8") as full:  # noqa: PTH123
            monkeypatch.setattr(sys, "stdout", full)
            assert main(["forms"]) == 1
        assert "结果没有写出来：磁盘空间不足。" in capsys.readouterr().err


def test_a_calendar_comes_through_a_pipe_as_windows_writes_it(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "2027-01-01 休 元旦\n依据：示例"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode("gb18030")), encoding="utf-8"))
    assert main(["calendar", "-", "--dry-run", "--json"]) == 0
    (day,) = json.loads(capsys.readouterr().out)["days"]
    assert (day["name"], day["source"]) == ("元旦", "示例")
