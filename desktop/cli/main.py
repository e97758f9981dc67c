"""Reads the call, opens the workspace, runs one command, prints what it returns.

To add a command: a function in commands.py and its arguments in parser() below.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.calling import Call, ended, positive
from models.errors import KnownError, RuleError, reason


class PartlyError(RuleError):
    """A command did its work, but for some of it: outcome is printed as ever, then the sentence on stderr, with status 1."""

    def __init__(self, code: str, sentence: str, outcome: tuple[Any, str]) -> None:
        super().__init__(code, sentence)
        self.outcome = outcome


def parser() -> Call:
    top = Call(prog="guiyan", description="归雁：返乡创业服务窗口。不带命令时打开窗口。")
    top.add_argument("--workspace", type=Path, metavar="文件夹", help="工作区（也可用环境变量 GUIYAN_WORKSPACE）")
    top.add_argument("--account", metavar="姓名", help="账号；只有一个账号时可省")
    top.add_argument("--password-file", type=Path, metavar="文件", help="从文件的第一行读密码（也可用环境变量 GUIYAN_PASSWORD）")
    top.add_argument("--json", action="store_true", help="输出 JSON")
    commands = top.add_commands(required=False)

    def command(name: str, words: str) -> Call:
        made: Call = commands.add_parser(name, help=words, description=f"{words}。")
        # --json may stand before or behind the command; a default here would undo what stood before it.
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="输出 JSON")
        return made

    init = command("init", "建立工作区，打印恢复码")
    init.add_argument("--office", required=True, metavar="代码", help="机构代码，12 位区划代码，委办局加后缀")
    init.add_argument("--account", required=True, default=argparse.SUPPRESS, metavar="姓名", help="第一个账号的姓名")
    command("enrol", "用加入凭证加入县级").add_argument("ticket", type=Path, metavar="凭证", help="县级签发的凭证文件")
    load = command("import", "导入花名册（.xlsx、.xls）")
    load.add_argument("file", type=Path, metavar="文件", help="花名册")
    load.add_argument("--dry-run", action="store_true", help="只预览，不保存")
    load.add_argument("--village", default="", metavar="代码", help="花名册没有村名一列时，人员所在村的代码")
    load.add_argument("--hidden", action="store_true", help="连同表中隐藏的行（筛选、折叠或手工隐藏的）一起导入")
    load.add_argument("--refused", type=Path, metavar="文件", help="把未导入的行写入这个工作簿（.xlsx）")
    find = command("find", "查找人员和诉求")
    find.add_argument("text", metavar="文字", help="姓名、拼音首字母、身份证号或电话的几位、诉求编号")
    find.add_argument("--limit", type=positive, default=50, metavar="条数", help="最多列出多少条，默认 50")
    command("forms", "列出可打印的文书")
    fonts = command("fonts", "列出或更换文书用的字体")
    fonts.add_argument("chain", nargs="?", default="", metavar="字体", help="仿宋、楷体、黑体、小标宋或宋体；不写则列出")
    fonts.add_argument("file", nargs="?", type=Path, metavar="文件", help="本单位的字体文件（TrueType）")
    fonts.add_argument("--reset", action="store_true", help="改回自带字体")
    paper = command("print", "打印文书为 PDF")
    paper.add_argument("form", metavar="文书", help="文书代码，见 guiyan forms")
    which = paper.add_mutually_exclusive_group()  # a paper that goes to all alike is about nobody
    which.add_argument("--id", default="", metavar="编号", help="诉求或人员的编号，见 guiyan find")
    which.add_argument("--find", default="", metavar="文字", help="查找的文字，只应找到一个人或一件诉求")
    which.add_argument("--village", default="", metavar="代码", help="一个村或乡镇的区划代码：其中每个人（每件诉求）一份")
    where = paper.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--out", type=Path, metavar="文件", help="写成的 PDF")
    where.add_argument("--each", type=Path, metavar="文件夹", help="每份一个 PDF，名为 姓名_编号.pdf")
    paper.add_argument("--set", action="append", default=[], metavar="名=值", help="通知的标题、正文等，如 notice.title=…；从事项目录中选的写名称或代码，如 ask.item=money.loan")
    export = command("export", "导出台账")
    export.add_argument("what", choices=tuple(LEDGERS), metavar="台账", help="，".join(f"{n} {w}" for n, w in LEDGERS.items()))
    export.add_argument("-o", "--out", type=Path, required=True, metavar="文件", help="写成的工作簿（.xlsx）")
    export.add_argument("--month", default="", metavar="月份", help="月报是哪一个月的，如 2026-11；不写则是本月")
    move = command("move", "把一个人（连同家庭成员、走访、诉求）迁往本辖区的另一个村")
    move.add_argument("--id", required=True, metavar="编号", help="人员的编号，见 guiyan find")
    move.add_argument("--village", required=True, metavar="代码", help="村的 12 位区划代码")
    attach = command("attach", "给诉求、人员、走访或打印记录添加照片、扫描件（JPG、PNG、PDF）")
    attach.add_argument("file", type=Path, metavar="文件", help="照片或扫描件")
    attach.add_argument("--id", required=True, metavar="编号", help="诉求、人员、走访或打印记录的编号")
    attach.add_argument("--shrink", action="store_true", help="添加前压缩照片")
    attach.add_argument("--portrait", action="store_true", help="作为这个人的证件照，印在有照片框的文书上")
    attachments = command("attachments", "列出一条记录的附件；给出文件夹时取回内容")
    attachments.add_argument("--id", required=True, metavar="编号", help="诉求、人员、走访或打印记录的编号")
    attachments.add_argument("-o", "--out", type=Path, metavar="文件夹", help="取回的内容写在这里")
    scan = command("file", "把扫描的文书按二维码归档到各自的诉求或人员")
    scan.add_argument("scans", type=Path, nargs="+", metavar="扫描件", help="PDF、JPG 或 PNG，一个文件里可以有许多张")
    due = command("due", "计算工作日期限")
    due.add_argument("date", metavar="日期", help="起算的那一天，如 2026-11-24")
    due.add_argument("days", type=int, metavar="天数", help="工作日数")
    amend = command("amend", "发布事项修订（县级），或列出各版")
    amend.add_argument("file", metavar="文件", help="修订文件（TOML）；list 列出各事项的版本")
    amend.add_argument("--new", action="store_true", help="文件中目录没有的代码是新增的事项")
    amend.add_argument("--dry-run", action="store_true", help="只核对，不发布")
    calendar = command("calendar", "发布放假和调休（县级），或列出工作日历")
    calendar.add_argument(
        "file", metavar="文件", help="通知全文或“2027-02-08 休 春节”各行（.txt、.xlsx、.toml，- 为标准输入）；list 列出"
    )
    calendar.add_argument("--year", type=int, metavar="年份", help="日期没写年份时的年份；list 时只列这一年")
    calendar.add_argument("--source", default="", metavar="依据", help="如 国办发明电〔2026〕7号")
    calendar.add_argument("--dry-run", action="store_true", help="只核对，不发布")
    command("sync", "与县级同步一次")
    stick = command("stick", "用 U 盘与县级往来；有文件没有读入或没有写成时，退出状态为 1")
    stick.add_argument("what", choices=("write", "read"), metavar="方向", help="write 写入 U 盘，read 读入 U 盘")
    stick.add_argument("folder", type=Path, metavar="文件夹", help="U 盘的文件夹")
    stick.add_argument("--max-mb", type=positive, metavar="数", help="write 时最多写多少 MB 附件；不写则放得下就写")
    compare = command("compare", "与县级核对记录，列出差别")
    compare.add_argument("--repair", action="store_true", help="核对后修复差别")
    compare.add_argument("--thorough", action="store_true", help="县级也逐条重算校验值（慢）")
    compare.add_argument("--last", action="store_true", help="不联网，列出上一次核对（可能经 U 盘）；加 --repair 由下一个 U 盘修复")
    command("status", "同步状态")
    command("verify", "核验数据库、审计记录和回执")
    demo = command("demo", "不用屏幕，把整个主流程走一遍")
    demo.add_argument("--out", type=Path, default=Path("demo-out"), metavar="文件夹", help="结果写在这里，默认 demo-out")
    bench = command("bench", "测速（只在源代码目录里）")
    bench.add_argument("name", nargs="?", default="all", metavar="名称", help="测什么；不写则全部")
    return top


# What `guiyan export` can write. The ledgers are those of models/services/registers.py, which a mere --help need not load.
LEDGERS = {
    "people": "人员台账", "requests": "诉求台账", "visits": "走访台账", "venturers": "返乡创业人员台账", "transfer-in": "转移就业台账（县内）",
    "transfer-out": "转移就业台账（县外）", "labour": "劳动力资源登记台帐", "province": "省级导入模板", "month": "月报",
    "waiting": "没有县级回执的记录",
}  # fmt: skip


def workspace(args: argparse.Namespace) -> Path:
    if args.workspace:
        return Path(args.workspace)
    from models.services.desk import default_folder

    return default_folder()


def password(args: argparse.Namespace, prompt: str = "密码：") -> str:
    """From --password-file, GUIYAN_PASSWORD or a prompt; never from an argument, which others could read."""
    if args.password_file:
        try:
            lines = args.password_file.read_text(encoding="utf-8-sig").splitlines()
        except OSError as e:
            raise RuleError("password.file", f"无法读取密码文件 {args.password_file}：{reason(e)}。") from e
        except UnicodeDecodeError as e:
            raise RuleError("password.file", f"密码文件 {args.password_file} 不是 UTF-8 文本。") from e
        if not lines or not lines[0]:
            raise RuleError("password.file", f"密码文件 {args.password_file} 的第一行是空的。")
        return str(lines[0])
    from_environment = os.environ.get("GUIYAN_PASSWORD")
    if from_environment is not None:
        return from_environment
    if sys.stdin is None or not sys.stdin.isatty():
        raise RuleError("password.none", "没有给出密码。请用 --password-file、环境变量 GUIYAN_PASSWORD，或在终端里输入。")
    try:
        return getpass.getpass(prompt)
    except EOFError:  # Ctrl+D
        raise KeyboardInterrupt from None


def _run(args: argparse.Namespace) -> int:
    if args.command is None:
        from desktop import app

        if not app.has_screen():
            words = "没有屏幕，打不开窗口（DISPLAY 和 WAYLAND_DISPLAY 都没有设置）。请在桌面上打开归雁，或在 guiyan 后面写命令，见 guiyan --help。"
            raise KnownError("screen.none", words)
        return app.run(workspace(args), [])
    from desktop.cli import commands

    command: Callable[[argparse.Namespace], tuple[Any, str]] = commands.COMMANDS[args.command]
    partly = None
    try:
        data, text = command(args)
    except PartlyError as e:
        partly, (data, text) = e, e.outcome
    if args.json:  # in an encoding that lacks some hanzi it is still JSON
        text = json.dumps(data, ensure_ascii=getattr(sys.stdout, "encoding", "") != "utf-8", indent=1)
    if text:
        print(text)
    if partly:
        raise partly
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    args = parser().parse_args(argv)
    return ended(lambda: _run(args), workspace(args) / "logs" / "guiyan.log")


if __name__ == "__main__":
    sys.exit(main())
