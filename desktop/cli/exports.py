"""guiyan export: a ledger, the monthly report, or the list of what has no receipt, as a workbook."""

from __future__ import annotations

import argparse

from desktop.cli.commands import Outcome, opened
from models.errors import RuleError


def export(args: argparse.Namespace) -> Outcome:
    from models.services import exporting, reconciling, reporting

    if args.month and args.what != "month":
        raise RuleError("export.month", "--month 只用于月报（export month）。")
    with opened(args) as desk:
        if args.what == "month":
            count = reporting.export(desk, args.out, args.month)
        elif args.what == "waiting":
            count = reconciling.without_receipt(desk, args.out)
        else:
            count = exporting.export(desk, args.what, args.out)
    return {"out": str(args.out), "rows": count}, f"已导出 {count} 行到 {args.out}。"
