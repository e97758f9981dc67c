"""guiyan compare: whether the office and the county have the same records, and with --repair mending what differs."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from desktop.cli.commands import Outcome, opened
from models.services import reconciling, specs


def compare(args: argparse.Namespace) -> Outcome:
    with opened(args) as desk:
        r = reconciling.run(desk, mend=args.repair, thorough=args.thorough)
    data: dict[str, Any] = {
        "equal": r.equal, "records": r.records, "faults": r.faults, "waiting": r.waiting,
        "restored": r.restored, "pulled": r.pulled, "said": r.said,
        "questions": r.questions, "bytes_sent": r.sent, "bytes_received": r.received, "lines": [asdict(x) for x in r.lines],
    }  # fmt: skip
    return data, "\n".join([said(r), *map(_line, r.lines)])


def said(r: reconciling.Result) -> str:
    """The result in one paragraph."""
    many = "、".join(f"{reconciling.KINDS[kind]} {n} 条" for kind, n in r.faults.items())
    text = f"核对了 {r.records} 条记录，" + (f"{many}。" if many else "与县级一致。")
    if r.waiting:
        text += "另有 " + "、".join(f"{reconciling.WAITING[why]} {n} 条" for why, n in r.waiting.items()) + "，不算差别。"
    mended = [(r.restored, "送还县级"), (r.pulled, "从县级取回"), (r.said, "再次送出")]
    done = "、".join(f"{words} {n} 条" for n, words in mended if n)
    return text + (f"已修复：{done}。" if done else "")


def _line(x: reconciling.Line) -> str:
    why = f"（{reconciling.WAITING[x.why]}）" if x.why else ""
    return f"{reconciling.KINDS[x.kind]}{why}  {specs.label(x.entity)} {x.title or x.record_id} {x.village}"
