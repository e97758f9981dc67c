"""guiyan-server called wrongly: one Chinese sentence and status 1."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

import server.serving
from server.cli import main

OFFICE = "411424104000"
ENGLISH = re.compile(r"\b(no|such|is|not|file|directory|error|failed|errno|database)\b", re.IGNORECASE)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a").touch()
    Path("d").mkdir()
    return tmp_path


def fails(capsys: pytest.CaptureFixture[str], *call: str) -> str:
    assert main(call) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("。")
    assert "程序出错" not in line
    assert not ENGLISH.search(line)
    return line


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("county.db", "sqlite:///文件"),
        ("mysql://u@h/x", "sqlite:///文件"),
        ("postgresql://u:p@h:abc/x", "sqlite:///文件"),
        ("sqlite:///", "是文件夹"),
        ("sqlite:///d", "d 是文件夹"),
        ("sqlite:///nowhere/x.db", "nowhere 不存在"),
        ("sqlite:///a/x.db", "a 不存在"),
        ("postgresql://u@127.0.0.1:1/x", "连不上数据库服务"),
        ("postgresql://u@nowhere.invalid/x", "找不到数据库服务 nowhere.invalid/x 的主机"),
    ],
)
def test_a_database_that_is_none(url: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in fails(capsys, "devices", "--db", url)


def test_a_database_that_the_service_does_not_have(postgres_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    missing = re.sub(r"/guiyan\d+", "/missing", postgres_url)
    assert "上没有" in fails(capsys, "devices", "--db", missing)
    stranger = re.sub(r"//\w+", "//stranger", postgres_url, count=1)
    assert "不接受这个用户名" in fails(capsys, "devices", "--db", stranger)


@pytest.mark.parametrize(
    "address", ["http://h:1", "https://", "https://[::1", "https://h:abc", "https://h:99999", "https://u@h", "h:1"]
)
def test_an_address_that_no_client_could_use(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = fails(capsys, "enrol", "--db", "sqlite:///c.db", "--address", address, "--office", OFFICE, "--out", "t.json")
    assert "不是服务器地址" in told
    assert not Path("t.json").exists()


@pytest.mark.parametrize(
    ("out", "words"), [("none/t.json", "没有 none 这个文件夹"), ("d", "这是一个文件夹"), ("a/t.json", "不是文件夹")]
)
def test_a_ticket_that_cannot_be_written(out: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    call = ("enrol", "--db", "sqlite:///c.db", "--address", "https://h:1", "--office", OFFICE, "--out", out)
    assert words in fails(capsys, *call)


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_ticket_is_its_owners_alone() -> None:
    call = ("enrol", "--db", "sqlite:///c.db", "--address", "https://h:1", "--office", OFFICE, "--out", "t.json")
    assert main(call) == 0
    assert Path("t.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("ticket", "words"), [("none", "没有这个文件"), ("d", "这是一个文件夹"), ("a", "无法读懂")])
def test_a_citys_ticket_that_is_none(ticket: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert words in fails(capsys, "serve", "--db", "sqlite:///c.db", "--port", "1", "--parent", ticket)


def test_a_taken_port_and_a_foreign_host(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        assert f"端口 {port} 已被占用" in fails(capsys, "serve", "--db", "sqlite:///c.db", "--port", port)
    for host in ("nowhere.invalid", "203.0.113.5"):
        assert f"不能在 {host} 上监听" in fails(capsys, "serve", "--db", "sqlite:///c.db", "--port", port, "--host", host)


def test_a_port_that_only_the_administrator_may_have(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(_host: str, _port: int) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(server.serving, "listen", refused)
    assert "没有权限使用端口 443" in fails(capsys, "serve", "--db", "sqlite:///c.db", "--port", "443")


@pytest.mark.parametrize("folder", ["none", "a"])
def test_a_stick_that_is_not_there(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert f"找不到文件夹 {folder}" in fails(capsys, "stick", folder, "--db", "sqlite:///c.db")
