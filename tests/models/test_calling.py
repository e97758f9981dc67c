"""A wrong call is answered in Chinese, with status 2, by the command that was called; help is Chinese throughout."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from desktop.cli.main import parser as guiyan
from models.calling import Call, in_chinese
from models.types.text import width
from server.cli import parser as guiyan_server

HANZI = re.compile("[一-鿿]")
ENGLISH = re.compile(r"usage|options:|positional|show this|required|expected|invalid|choose|unrecognized|allowed", re.IGNORECASE)


def everyone() -> Iterator[Call]:
    for top in (guiyan(), guiyan_server()):
        yield top
        yield from top._commands.choices.values()


@pytest.mark.parametrize("call", [pytest.param(c, id=c.prog) for c in everyone()])
def test_every_argument_says_in_chinese_what_it_is(call: Call) -> None:
    assert HANZI.search(call.description or "")
    for action in call._actions:
        if action is call._commands:
            continue
        assert HANZI.search(action.help or ""), action.dest
        if action.nargs != 0:
            assert HANZI.search(str(action.metavar)), action.dest
    told = call.format_help()
    assert told.startswith(f"用法：{call.prog} ")
    assert not ENGLISH.search(told)


def test_the_second_column_stands_straight_beside_hanzi() -> None:
    _usage, told = guiyan()._commands.choices["print"].format_help().split("\n\n", 1)
    rows = [line for line in told.splitlines() if line.startswith("  ")]
    assert len(rows) > 5
    columns = {width(re.match(r"  \S.*?\s{2,}", line)[0]) for line in rows}  # type: ignore[index]
    assert columns == {28}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("print", "guiyan print：缺少 文书。用法见 guiyan print --help。"),
        ("print a --id 1", "guiyan print：-o/--out、--each 要写其中一个。用法见 guiyan print --help。"),
        ("print a --id 1 --find 2 -o x", "guiyan print：--find 和 --id 不能同时写。用法见 guiyan print --help。"),
        ("frob", "guiyan：没有“frob”这个命令。用法见 guiyan --help。"),
        ("stick copy x", "guiyan stick：方向 不能是“copy”，可以是 write、read。用法见 guiyan stick --help。"),
        ("due 2026-11-24 many", "guiyan due：天数 应是整数，现在是“many”。用法见 guiyan due --help。"),
        ("init --office", "guiyan init：--office 后面缺少值。用法见 guiyan init --help。"),
        ("--json=3 status", "guiyan：--json 后面不写值，现在写了“3”。用法见 guiyan --help。"),
        ("status --all", "guiyan status：不认识 --all。用法见 guiyan status --help。"),
        ("compare --re --th more", "guiyan compare：不认识 more。用法见 guiyan compare --help。"),
        ("status --workspace=/x", "guiyan：--workspace 要写在命令 status 前面。用法见 guiyan --help。"),
        ("attach --i 3", "guiyan attach：缺少 文件。用法见 guiyan attach --help。"),
    ],
)
def test_a_wrong_call_of_guiyan(call: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        guiyan().parse_args(call.split())
    assert (ended.value.code, capsys.readouterr().err) == (2, told + "\n")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("", "guiyan-server：缺少 命令。用法见 guiyan-server --help。"),
        ("serve", "guiyan-server serve：缺少 --db、--port。用法见 guiyan-server serve --help。"),
        ("serve --db x --port 0x50", "--port 应是 1 到 65535 之间的整数，现在是“0x50”。"),
        ("serve --db x --port 65536", "--port 应是 1 到 65535 之间的整数，现在是“65536”。"),
        ("revoke --db x", "guiyan-server revoke：缺少 设备。"),
    ],
)
def test_a_wrong_call_of_the_server(call: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        guiyan_server().parse_args(call.split())
    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_an_abbreviation_that_could_be_two_is_asked_back(capsys: pytest.CaptureFixture[str]) -> None:
    call = Call(prog="x")
    call.add_argument("--office", metavar="甲", help="甲")
    call.add_argument("--officer", metavar="乙", help="乙")
    with pytest.raises(SystemExit):
        call.parse_args(["--offi", "1"])
    assert capsys.readouterr().err == "x：--offi 可能是 --office、--officer，请写全。用法见 x --help。\n"


def test_what_a_later_argparse_may_say_shows_no_english() -> None:
    assert in_chinese("something altogether new") == "命令写法不对"
    later = "argument 方向: invalid choice: 'wrote', maybe you meant 'write'? (choose from write, read)"
    assert in_chinese(later) == "方向 不能是“wrote”，可以是 write、read"
