"""guiyan print: a paper for one, or for everybody of a village; one PDF, or one for each."""

from __future__ import annotations

import argparse

from desktop.cli.commands import Outcome, opened
from models.errors import RuleError
from models.services import print_runs, printed, printing


def print_(args: argparse.Namespace) -> Outcome:
    extra = {}
    for pair in args.set:
        name, sign, value = pair.partition("=")
        if not sign:
            raise RuleError("print.set", f"--set 应写成 名=值，现在是“{pair}”。")
        extra[name] = value.replace("\\n", "\n")
    form = printing.form(args.form)
    named, asks = bool(args.id or args.find or args.village), form.asks
    if named and form.subject == "list":
        raise RuleError("print.nobody", f"{form.title}整份印发，不针对个人，不用写 --id、--find、--village。")
    if not named and form.subject != "list":
        raise RuleError("print.nobody", f"请用 --id、--find 或 --village 写明{form.title}印给谁。")
    asked = [a.name for a in asks]
    for name in extra.keys() - set(asked):
        raise RuleError("print.set", f"文书 {args.form} 没有“{name}”这一项。可以写的有：{'、'.join(asked) or '无'}。")
    with opened(args) as desk:
        if not named:
            about: list[str] = []
        elif args.village:
            about = print_runs.of_village(desk, args.form, args.village)
        else:
            about = printing.find_one(desk, args.form, args.id, args.find)
        extra = printing.proposed(desk, args.form) | extra
        lacking = [a.name for a in asks if a.required and not extra.get(a.name, "").strip()]
        if lacking:  # a blank sheet would use up a serial
            raise RuleError(
                "print.blank", f"{args.form} 的内容要用 --set 写出，如 --set {lacking[0]}=…。可以写的有：{'、'.join(asked)}。"
            )
        if args.each:
            run = print_runs.issue_each(desk, args.form, about, args.each, extra)
            names, text = [f.name for f in run.files], f"已在 {args.each} 生成 {len(run.files)} 个文件，编号 {printed.range_of(run.serials)}。"
            return {"out": str(args.each), "files": names, "serials": list(run.serials)}, text
        serials = printing.issue(desk, args.form, about, args.out, extra)
    return {"out": str(args.out), "serials": serials}, f"已生成 {args.out}，编号 {'、'.join(serials)}。"
