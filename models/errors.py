"""The three kinds of error, each with a stable code and a Chinese sentence for the person at the desk.

RuleError   the user can mend it: the sentence says what is wrong and where.
KnownError  nobody's mistake (disk full, no network, file in use): it says whose fault it is and what to do now.
BugError    ours: it is logged with a number that support can look up.
Nothing is swallowed; whatever is not one of these is a bug.
"""

from __future__ import annotations

import errno
import re
import socket
import traceback
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that was refused. field is the FieldSpec name ('' for the record as a whole), reason is Chinese."""

    field: str
    reason: str


class GuiyanError(Exception):
    """code: lower-case words joined by dots, stable for programs; sentence: Chinese, complete, for people."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class RuleError(GuiyanError):
    """The user can mend it. fields names what to mend, when it is known."""

    def __init__(self, code: str, sentence: str, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(code, sentence)
        self.fields = fields


class KnownError(GuiyanError):
    """Something outside the program failed in a way we know how to speak about."""


class BugError(GuiyanError):
    """A promise of our own code was broken."""


_REASONS = {
    "ENOENT": "没有这个文件或文件夹",
    "EACCES": "没有权限",
    "EPERM": "没有权限",
    "EROFS": "磁盘是只读的",
    "ENOSPC": "磁盘空间不足",
    "EDQUOT": "磁盘配额已用完",
    "EFBIG": "文件太大，这个磁盘存不下",
    "EISDIR": "这是一个文件夹",
    "ENOTDIR": "路径当中有一段不是文件夹",
    "ENOTEMPTY": "文件夹里还有内容",
    "EEXIST": "已有同名的文件或文件夹",
    "ENAMETOOLONG": "文件名或路径太长",
    "EINVAL": "文件名或位置无效",
    "ELOOP": "链接互相指向，没有尽头",
    "EXDEV": "不能移到另一个磁盘",
    "EIO": "磁盘读写出错",
    "EBUSY": "正被别的程序占用",
    "ETXTBSY": "正被别的程序占用",
    "EMFILE": "打开的文件太多",
    "ENFILE": "打开的文件太多",
    "ENOMEM": "内存不足",
    "ENODEV": "设备不存在或已拔出",
    "ENXIO": "设备不存在或已拔出",
    "ESTALE": "网络文件夹已断开",
    "ENOTCONN": "连接已断开",
    "EPIPE": "连接已断开",
    "ECONNRESET": "连接已断开",
    "ECONNREFUSED": "对方没有应答",
    "ETIMEDOUT": "等待超时",
    "ENETUNREACH": "网络不通",
    "EHOSTUNREACH": "网络不通",
    "EADDRINUSE": "已被别的程序占用",
    "EADDRNOTAVAIL": "本机没有这个地址",
}
_BY_NUMBER = {getattr(errno, name): words for name, words in _REASONS.items() if hasattr(errno, name)}
_IN_USE = (32, 33)  # Windows: another program has the file open, or a part of it; its errno says only "not allowed"


def reason(error: OSError) -> str:
    """Why the system refused, as a short Chinese phrase to stand behind a colon; its own words are English."""
    if isinstance(error, socket.gaierror):  # numbers of its own
        return "找不到这个主机名"
    if getattr(error, "winerror", None) in _IN_USE:
        return _REASONS["EBUSY"]
    if error.errno is None:
        return "系统没有说明原因"
    return _BY_NUMBER.get(error.errno, f"系统错误 {error.errno}")


def toml_place(error: ValueError) -> str:
    """Where a text is not TOML, out of the English words of tomllib's error."""
    place = re.search(r"line (\d+), column (\d+)", str(error))
    return f"第 {place[1]} 行第 {place[2]} 列" if place else "末尾"


def places(error: BaseException) -> str:
    """Where an error came from, for the log: its class, files, lines and functions. Never its text or any value, which
    may hold a name or an ID number."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    cause = error.__cause__ or error.__context__
    above = [f"after {type(cause).__name__}"] if cause is not None else []
    return "\n  ".join([type(error).__name__, *above, *frames])
