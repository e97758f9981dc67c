"""How a command line is read and how it ends, for both programs alike. argparse's own words are English; here they are Chinese.

A wrong call ends with status 2 and one line: which command, what is wrong with it, where its usage stands. A command
that fails ends with status 1 and a sentence; no call ends in a trace.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import re
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from models.errors import GuiyanError, places, reason
from models.types.text import width

_VALUES = re.compile(r"'([^']*)'|\"([^\"]*)\"|([^,\s]+)")


def _listed(text: str) -> str:
    """'a', 'b' or a, b → a、b"""
    return "、".join(a or b or c for a, b, c in _VALUES.findall(text))


def _bare(text: str) -> str:
    """A value as it was typed, out of Python's quotation marks."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _choice(name: str, value: str, choices: str) -> str:
    if name == COMMAND:
        return f"没有“{_bare(value)}”这个命令"
    return f"{name} 不能是“{_bare(value)}”，可以是 {_listed(choices)}"


COMMAND = "命令"
# What argparse says (Python 3.11 to 3.14) → what we say. The last one lets the words of our own types through.
_SAID: tuple[tuple[str, Any], ...] = (
    (r"the following arguments are required: (.+)", lambda names: f"缺少 {'、'.join(names.split(', '))}"),
    (r"one of the arguments (.+) is required", lambda names: f"{'、'.join(names.split())} 要写其中一个"),
    (r"unrecognized arguments: (.+)", lambda words: f"不认识 {words}"),
    (r"argument (.+?): not allowed with argument (.+)", lambda one, other: f"{one} 和 {other} 不能同时写"),
    (r"argument (.+?): expected at most one argument", lambda name: f"{name} 后面只能写一个值"),
    (r"argument (.+?): expected (?:one|at least one|\d+) arguments?", lambda name: f"{name} 后面缺少值"),
    (r"argument (.+?): ignored explicit argument (.+)", lambda name, value: f"{name} 后面不写值，现在写了“{_bare(value)}”"),
    (r"argument (.+?): invalid choice: (.+?)(?:, maybe you meant .+\?)? \(choose from (.+)\)", _choice),
    (r"argument (.+?): invalid int value: (.+)", lambda name, value: f"{name} 应是整数，现在是“{_bare(value)}”"),
    (r"ambiguous option: (.+?) could match (.+)", lambda name, names: f"{name} 可能是 {_listed(names)}，请写全"),
    (r"argument (.+?): (.+)", lambda name, words: f"{name} {words}"),
)


def in_chinese(message: str) -> str:
    """What argparse says of a wrong call, as a Chinese clause with no full stop."""
    for pattern, said in _SAID:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return str(said(*found.groups()))
    return "命令写法不对"


def positive(text: str) -> int:
    """The type of an argument that counts something."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"应是大于 0 的整数，现在是“{text}”")
    return int(text)


def port(text: str) -> int:
    """The type of a port's argument."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"应是 1 到 65535 之间的整数，现在是“{text}”")
    return int(text)


class Call(argparse.ArgumentParser):
    """An ArgumentParser whose help and errors are Chinese. Every argument has a help and, where it takes a value, a
    metavar: they are what a person reads."""

    def __init__(self, **given: Any) -> None:
        super().__init__(add_help=False, **given)
        self.add_argument("-h", "--help", action="help", default=argparse.SUPPRESS, help="显示这份说明")
        self._commands: Any = None

    def add_commands(self, *, required: bool) -> Any:
        """The subparsers, of this class as well; the name of the chosen one is args.command."""
        self._commands = self.add_subparsers(dest="command", metavar=COMMAND, required=required, parser_class=Call)
        return self._commands

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]  # its overloads say of a namespace what nobody here gives
        """As argparse does it, and what is not known is told by the command that it stands behind."""
        found, rest = self.parse_known_args(args, namespace)
        if rest:
            name = getattr(found, "command", None)
            option = rest[0].partition("=")[0]
            if name and option in self._option_string_actions:
                self.refuse(f"{option} 要写在命令 {name} 前面")
            at = self._commands.choices[name] if name else self
            at.error(f"unrecognized arguments: {' '.join(rest)}")
        return found

    def error(self, message: str) -> NoReturn:
        self.refuse(in_chinese(message))

    def refuse(self, clause: str) -> NoReturn:
        """End with status 2, saying what is wrong with the call."""
        print(f"{self.prog}：{clause}。用法见 {self.prog} --help。", file=sys.stderr)
        raise SystemExit(2)

    def format_usage(self) -> str:
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups, "用法：")
        return formatter.format_help()

    def format_help(self) -> str:
        positional, options = self._action_groups[:2]
        commands = self._commands._choices_actions if self._commands else ()
        blocks = {
            "命令": [(a.dest, a.help or "") for a in commands],
            "参数": [(str(a.metavar), a.help or "") for a in positional._group_actions if a is not self._commands],
            "选项": [(_option(a), a.help or "") for a in options._group_actions],
        }
        parts = [self.format_usage().rstrip(), self.description or ""]
        parts += [f"{title}：\n" + "\n".join(map(_row, rows)) for title, rows in blocks.items() if rows]
        return "\n\n".join(part for part in parts if part) + "\n"


def _option(action: argparse.Action) -> str:
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    return f"{names} {action.metavar or '|'.join(map(str, action.choices or ()))}"


def _row(row: tuple[str, str]) -> str:
    """The help stands in a column of its own; a Chinese character takes two places."""
    name, words = row
    gap = 28 - 2 - width(name)
    return f"  {name}" + (" " * gap if gap > 1 else "\n" + " " * 28) + words


def ended(run: Callable[[], int | None], log: Path | None) -> int:
    """Run a command to its end; returns the exit status, and every error has become a sentence on stderr.

    log: the file that is told where a bug of ours was (files and lines, never values); None: stderr is.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a rare hanzi that the terminal cannot say stops nothing
    try:
        status = run() or 0
        if sys.stdout is not None:  # None: whoever started us closed it
            sys.stdout.flush()
        return status
    except GuiyanError as e:
        said = [e.sentence]
        said += [f"  {f.reason}" for f in getattr(e, "fields", ()) if f.reason.rstrip("。") not in e.sentence]
    except KeyboardInterrupt:
        said = ["已中断。"]
    except BrokenPipeError:
        _let_go()  # the reader of our output went away; nobody is left to be told
        return 1
    except OSError as e:
        if e.filename is None and not _full(e):
            return _bug(e, log)
        if e.filename is None:
            _let_go()
        said = [f"读写 {e.filename} 时出错：{reason(e)}。" if e.filename else f"结果没有写出来：{reason(e)}。"]
    except Exception as e:
        return _bug(e, log)
    print("\n".join(said), file=sys.stderr)
    return 1


def _full(error: OSError) -> bool:
    """What print() meets when the disk that its output goes to is full."""
    return error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def _let_go() -> None:
    """Nothing more can be written to stdout; without this the interpreter would try once more, and complain."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception, log: Path | None) -> int:
    """Ours: a number and the places go to the log, a sentence to the desk."""
    number = secrets.token_hex(3).upper()
    line = f"bug {number} {places(error)}\n"
    where = "以下几行" if log is None else f" {log}"
    print(f"程序出错（编号 {number}），数据未损坏。请把这个编号告诉县级管理员；详情见{where}。", file=sys.stderr)
    if log is None:
        print(line, end="", file=sys.stderr)
    else:
        with contextlib.suppress(OSError):
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("a", encoding="utf-8") as file:
                file.write(line)
    if os.environ.get("GUIYAN_TRACE"):
        raise error
    return 1
