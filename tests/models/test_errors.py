"""What the system says of a file becomes a short Chinese reason, in one place."""

from __future__ import annotations

import errno
import os
import re
import socket
from pathlib import Path

import pytest

from models.errors import reason
from models.services import filetypes
from models.store import keyfile

ROOT = Path(__file__).resolve().parents[2]
CHINESE = re.compile("^[一-鿿，]+$")


@pytest.mark.parametrize(
    "name",
    [
        "ENOSPC",
        "EROFS",
        "EACCES",
        "EPERM",
        "ENOENT",
        "EISDIR",
        "ENOTDIR",
        "ENAMETOOLONG",
        "EIO",
        "EBUSY",
        "EEXIST",
        "EDQUOT",
        "EMFILE",
        "ENODEV",
        "ENXIO",
        "ESTALE",
        "EADDRINUSE",
    ],
)
def test_a_known_number_is_a_chinese_phrase(name: str) -> None:
    number = getattr(errno, name)
    said = reason(OSError(number, os.strerror(number), "/some/file"))
    assert CHINESE.match(said), said


def test_other_numbers_are_told_as_numbers() -> None:
    unknown = max(errno.errorcode) + 1000
    assert reason(OSError(unknown, "What is this?")) == f"系统错误 {unknown}"
    assert CHINESE.match(reason(OSError("no number at all")))
    assert reason(socket.gaierror(-2, "Name or service not known")) == "找不到这个主机名"


def test_a_file_that_windows_has_open_elsewhere_is_not_called_forbidden() -> None:
    error = PermissionError(errno.EACCES, "The process cannot access the file")
    error.winerror = 32  # type: ignore[attr-defined,unused-ignore]
    assert reason(error) == reason(OSError(errno.EBUSY, ""))


def test_real_failures_speak_chinese(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="没有这个文件") as missing:
        filetypes.load(tmp_path / "none.jpg")
    with pytest.raises(Exception, match="none 这个文件夹"):
        keyfile.write_atomically(tmp_path / "none" / "x", b"")
    (tmp_path / "folder.new").mkdir()
    with pytest.raises(Exception, match="这是一个文件夹"):
        keyfile.write_atomically(tmp_path / "folder", b"")
    assert "No such" not in str(missing.value)


def test_nobody_else_repeats_the_words_of_the_system() -> None:
    """strerror is English on most machines: take models.errors.reason."""
    sources = [p for top in ("desktop", "models", "server", "forms", "resources") for p in (ROOT / top).rglob("*.py")]
    assert len(sources) > 100
    assert [str(p.relative_to(ROOT)) for p in sources if "strerror" in p.read_text("utf-8")] == []
