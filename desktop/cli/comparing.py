"""guiyan compare: whether the office and the county have the same records, and with --repair mending what differs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from desktop.cli.commands import Outcome, opened
from models.base import CHINA, parse_stamp
from models.services import differing, reconciling, specs
from models.services.differing import KINDS, WAITING, Group, Line


def compare(args: argparse.Namespace) -> Outcome:
    if args.last:
        return _last(args)
    with opened(args) as desk:
        r = reconciling.run(desk, mend=args.repair, thorough=args.thorough)
    data: dict[str, Any] = {
        "equal": r.equal, "records": r.records, "faults": r.faults, "waiting": r.waiting,
        "restored": r.restored, "pulled": r.pulled, "said": r.said,
        "questions": r.questions, "bytes_sent": r.sent, "bytes_received": r.received, "lines": [asdict(x) for x in r.lines],
        "county": r.county, "groups": [asdict(g) for g in r.groups],
    }  # fmt: skip
    return data, "\n".join([reconciling.sentence(r), *_listed(r.groups, r.lines)])


def _last(args: argparse.Namespace) -> Outcome:
    """Nobody is asked: what the last comparison said, which may have come on a stick."""
    with opened(args) as desk:
        mending = reconciling.mend_by_stick(desk) if args.repair else 0
        known = reconciling.last_known(desk)
    return asdict(known), "\n".join([_known(known, mending), *_listed(known.groups, known.lines)])


def _known(known: reconciling.Known, mending: int) -> str:
    how = "经 U 盘" if known.by == "stick" else "联网"
    many = f"有 {known.faults} 条不一致。" if known.faults else "差别过多，没有全部列出。" if known.more else "与县级一致。"
    text = f"{_minute(known.at)} {how}核对，{many}" if known.at else "还没有核对过。"
    if known.asked:
        text += f"{_minute(known.asked)} 写入 U 盘的核对还没有县级答复。"
    if mending or known.mending:
        text += "下一次写 U 盘会带上修复。"
    return text


def _minute(when: str) -> str:
    return f"{parse_stamp(when).astimezone(CHINA):%Y-%m-%d %H:%M}"


def _listed(groups: Sequence[Group], lines: Sequence[Line]) -> list[str]:
    """Group by group what is not alike; of the groups that are equal only how many they are."""
    by_group: dict[tuple[str, str], list[Line]] = {}
    for x in lines:
        by_group.setdefault((x.entity, x.code), []).append(x)
    said = []
    for g in (g for g in groups if not g.same or g.faults or g.waiting):
        there = f"县级 {g.county} 条" if g.county >= 0 else "县级条数不详"
        said.append(f"{specs.label(g.entity)}  {g.village}：本机 {g.here} 条，{there}，{differing.state(g)}")
        those = by_group.pop((g.entity, g.code), [])
        said += [f"  {_line(x)}" for x in those]
        left = g.faults + g.waiting - len(those)
        said += [f"  还有 {left} 条没有列出"] if left > 0 else []
    said += [_line(x) for those in by_group.values() for x in those]
    equal = sum(1 for g in groups if g.same)
    return [*said, f"另有 {equal} 组（种类和村）相同。"] if equal and said else said


def _line(x: Line) -> str:
    why = f"（{WAITING[x.why]}）" if x.why else ""
    return f"{KINDS[x.kind]}{why}  {specs.label(x.entity)} {x.title or x.record_id} {x.village}"
