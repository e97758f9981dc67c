"""The commands: each takes the parsed call and returns (what --json prints, what a person reads)."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from desktop.cli.main import password, workspace
from models.errors import RuleError
from models.services import desk as desks
from models.services import joining
from models.services.desk import Desk

Outcome = tuple[Any, str]


@contextlib.contextmanager
def opened(args: argparse.Namespace) -> Iterator[Desk]:
    """The workspace, unlocked as the account of the call."""
    folder = workspace(args)
    desks.accounts(folder)  # say that it is missing before asking for a password
    desk = desks.unlock(folder, args.account or "", password(args))
    try:
        yield desk
    finally:
        desk.close()


def init(args: argparse.Namespace) -> Outcome:
    folder = workspace(args)
    desk, code = desks.init(folder, args.office, args.account, password(args, "设置密码（至少 8 个字符）："))
    name = desks.office_name(desk)
    desk.close()
    text = (
        f"已在 {folder} 为{name}建立工作区，账号：{args.account}。\n"
        f"恢复码：{code}\n请抄写或打印恢复码，与电脑分开保管：忘记密码时只有它（或县级恢复密钥）能打开数据。"
    )
    return {"workspace": str(folder), "office": args.office, "recovery_code": code}, text


def enrol(args: argparse.Namespace) -> Outcome:
    with opened(args) as desk:
        name = joining.join(desk, args.ticket)
        return {"office": desk.office, "name": name, "letter": desk.store.identity.letter}, f"已作为 {name} 加入县级。"


def import_(args: argparse.Namespace) -> Outcome:
    from models.services import exporting, importing
    from resources import divisions

    if args.village and divisions.get(args.village) is None:
        raise RuleError("village.unknown", f"没有代码为 {args.village} 的村。请核对 12 位区划代码。")
    with opened(args) as desk:
        shown = importing.preview(desk, args.file, village=args.village, hidden=args.hidden)
        refused = [
            {"row": r.row, "field": f, "reason": reason} for r in shown.rows if r.state == "refused" for f, reason in r.reasons
        ]
        if args.refused and refused:  # first: where it cannot be written, nothing has been stored
            exporting.refused(shown, args.refused)
        if not args.dry_run:
            importing.accept(desk, shown)
    counts = {name: shown.count(name) for name in ("new", "changed", "same")}
    lines = [f"第 {r['row']} 行：{r['reason']}" for r in refused]
    verb = "预览" if args.dry_run else "导入"
    text = f"{verb} {args.file.name}：共 {len(shown.rows)} 行，新增 {counts['new']}，修改 {counts['changed']}，相同 {counts['same']}，未导入 {shown.count('refused')}。"
    if shown.hidden and not shown.with_hidden:
        text += f"\n另有 {shown.hidden} 行在表中是隐藏的（筛选、折叠或手工隐藏），没有导入；要一并导入，请加 --hidden。"
    if shown.unplaced:
        text += f"\n{shown.unplaced} 人没有写所在村，记在本机构名下；要指定所在村，请加 --village 代码。"
    beside = {"hidden": shown.hidden, "without_village": shown.unplaced}
    return {"rows": len(shown.rows), **counts, **beside, "refused": refused}, "\n".join([text, *lines])


def find(args: argparse.Namespace) -> Outcome:
    from models.services.find import find as search

    with opened(args) as desk:
        hits = search(desk, args.text, args.limit)
    data = [
        {"kind": h.kind, "id": h.id, "name": h.name, "village": h.village, "id_tail": h.id_tail, "phone_tail": h.phone_tail}
        for h in hits
    ]
    lines = [
        f"{'诉求' if h.kind == 'request' else '人员'}  {h.name}  {h.village}  证尾 {h.id_tail or '—'}  机尾 {h.phone_tail or '—'}  {h.id}"
        for h in hits
    ]
    return data, "\n".join(lines) or f"没有找到“{args.text}”。"


def forms(_args: argparse.Namespace) -> Outcome:
    from models.services.printing import menu

    choices = menu()
    return [{"code": c.code, "title": c.title, "subject": c.subject} for c in choices], "\n".join(
        f"{c.code}  {c.title}" for c in choices
    )


def print_(args: argparse.Namespace) -> Outcome:
    from desktop.cli.papers import print_ as run

    return run(args)


def export(args: argparse.Namespace) -> Outcome:
    from desktop.cli.exports import export as run

    return run(args)


def file(args: argparse.Namespace) -> Outcome:
    from desktop.cli import filing

    return filing.file(args)


def due(args: argparse.Namespace) -> Outcome:
    """With a workspace and its password at hand the county's calendar counts; else the published one."""
    from models.services import requests

    try:
        start = date.fromisoformat(args.date)
    except ValueError as e:
        raise RuleError("date.wrong", f"“{args.date}”不是日期，请写成 2026-11-24。") from e
    if start.year > 2099:
        raise RuleError("date.wrong", "日期应在 2099 年以前。")
    if not 0 <= args.days <= 3660:
        raise RuleError("days.wrong", "工作日数应在 0 到 3660 之间。")
    folder = workspace(args)
    if desks.exists(folder) and _has_password(args):
        with opened(args) as desk:
            day, forecast = requests.due(desk, start, args.days)
    else:
        day, forecast = requests.due(None, start, args.days)
    return {"date": day.isoformat(), "forecast": forecast}, day.isoformat() + ("（按预测日历）" if forecast else "")


def _has_password(args: argparse.Namespace) -> bool:
    import os

    return bool(args.password_file or os.environ.get("GUIYAN_PASSWORD"))


def move(args: argparse.Namespace) -> Outcome:
    from models.services import people
    from resources import divisions

    with opened(args) as desk:
        person = people.move(desk, args.id, args.village)
    return {"id": person.id, "village": person.village}, f"{person.name or args.id} 已迁往 {divisions.path(person.village)}。"


def attach(args: argparse.Namespace) -> Outcome:
    from desktop.cli.attachments import attach as run

    return run(args)


def attachments(args: argparse.Namespace) -> Outcome:
    from desktop.cli.attachments import listed

    return listed(args)


def sync(args: argparse.Namespace) -> Outcome:
    from desktop.cli.attachments import after_records
    from models.services import syncing

    with opened(args) as desk:
        report = syncing.run(desk)
        waiting = syncing.status(desk).pending
        files, files_text = after_records(desk)
    said = "、".join(f"{_WORDS.get(k, k)} {n}" for k, n in report.exceptions.items())
    text = f"发送 {report.sent} 条，接收 {report.received} 条" + (f"；其中 {said}" if said else "") + f"。仍待发送 {waiting} 条。"
    data = {"sent": report.sent, "received": report.received, "exceptions": report.exceptions, "pending": waiting}
    return {**data, "attachments": files}, text + files_text


_WORDS = {"merged": "合并", "conflict": "冲突", "refused": "未被接收", "held": "暂存", "duplicate": "重复"}


def stick(args: argparse.Namespace) -> Outcome:
    from desktop.cli.sticks import stick as run

    return run(args)


def compare(args: argparse.Namespace) -> Outcome:
    from desktop.cli.comparing import compare as run

    return run(args)


def status(args: argparse.Namespace) -> Outcome:
    from desktop.clock import clock_words
    from models.base import CHINA, parse_stamp
    from models.services import syncing
    from models.services.attachments import waiting

    with opened(args) as desk:
        s, (files, size) = syncing.status(desk), waiting(desk)
    data = {
        "joined": s.joined, "address": s.address, "pending": s.pending, "refused": s.refused, "conflicts": s.conflicts,
        "last_sync": s.last_at, "last_receipt": s.last_receipt_at, "clock_off": s.clock_off,
        "held": s.held, "stopped": s.stopped, "trouble": s.trouble, "trouble_since": s.trouble_since,
        "attachments_waiting": files, "attachments_waiting_bytes": size,
    }  # fmt: skip
    last = f"{parse_stamp(s.last_receipt_at).astimezone(CHINA):%Y-%m-%d %H:%M}" if s.last_receipt_at else "无"
    text = f"{'已加入县级 ' + s.address if s.joined else '未加入县级'}；待发送 {s.pending}，未被接收 {s.refused}，冲突 {s.conflicts}{f'，县级暂存 {s.held}' if s.held else ''}；上次回执 {last}。"
    if s.stopped:
        text += f"\n县级不再接受这台设备：{s.stopped}"
    elif s.trouble:
        text += f"\n{parse_stamp(s.trouble_since).astimezone(CHINA):%Y-%m-%d %H:%M} 起同步没有完成：{s.trouble}"
    if files:
        text += f"\n另有 {files} 个附件待发送（{size} 字节）。"
    if s.clock_off:
        text += f"\n{clock_words(s.clock_off)}：日期和时限会因此算错。"
    return data, text


def verify(args: argparse.Namespace) -> Outcome:
    from models.services.verifying import verify as check

    with opened(args) as desk:
        findings = check(desk)
    faults = [fault for f in findings for fault in f.faults]
    if faults:
        raise RuleError("verify.faults", "核验发现问题，数据未改动，请联系县级管理员：\n" + "\n".join(faults[:50]))
    return {f.part: "ok" for f in findings}, "核验通过：数据库完整，审计记录相连，回执签名有效。"


def amend(args: argparse.Namespace) -> Outcome:
    from desktop.cli.publishing import amend as run

    return run(args)


def calendar(args: argparse.Namespace) -> Outcome:
    from desktop.cli.publishing import calendar as run

    return run(args)


def fonts(args: argparse.Namespace) -> Outcome:
    from models.services import own_fonts

    with opened(args) as desk:
        if args.chain:
            if args.file is None and not args.reset:
                raise RuleError("font.file", f"请给出{args.chain}的字体文件，或用 --reset 改回自带字体。")
            own_fonts.choose(desk, args.chain, None if args.reset else args.file)
        names = own_fonts.names(desk)
    return names, "\n".join(f"{chain}  {name or '自带字体'}" for chain, name in names.items())


def demo(args: argparse.Namespace) -> Outcome:
    from desktop.cli.demo import run

    return run(args.out)


def bench(args: argparse.Namespace) -> Outcome:
    """The benchmarks live with the tests and run from a checkout."""
    import importlib

    if not (Path.cwd() / "tests" / "bench").is_dir():
        raise RuleError("bench.checkout", "测速只能在源代码目录里运行（其中有 tests/bench）。")
    sys.path.insert(0, str(Path.cwd()))  # tests are no installed package
    runner = importlib.import_module("tests.bench.runner")
    rows: list[dict[str, Any]] = runner.run(args.name)
    lines = [
        f"{r['name']:<14}{r['value']:>12} {r['unit']:<10}{r['peer'] or '—':<34}{r['peer_value'] if r['peer_value'] is not None else '—':>10}  {r['ratio'] if r['ratio'] is not None else '—'}"
        for r in rows
    ]
    return rows, "\n".join(lines)


COMMANDS: dict[str, Callable[[argparse.Namespace], Outcome]] = {
    "init": init, "enrol": enrol, "import": import_, "find": find, "forms": forms, "fonts": fonts, "print": print_, "export": export,
    "move": move, "attach": attach, "attachments": attachments, "file": file, "due": due, "amend": amend, "calendar": calendar, "sync": sync, "compare": compare, "stick": stick, "status": status, "verify": verify, "demo": demo, "bench": bench,
}  # fmt: skip
