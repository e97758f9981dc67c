"""Shapes a title of several lines into a trapezoid or a diamond without parting a word (GB/T 9704-2012 7.3.1).

There is no dictionary here: it knows the words that titles of a township's papers are made of, and where they may be
parted well; a newline in the title overrules it.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from math import comb
from typing import Protocol

from forms.typeset.breaker import NO_END, NO_START

# Words that must stay whole, longest first; a single character between them is a unit of its own.
_WORDS = re.compile(
    "《[^》]*》|“[^”]*”|（[^）]*）|[!-~]+|领导小组|人民政府|工作机制|返乡创业|返乡入乡|务工人员|创业担保|担保贷款|开业补贴|"
    "第[0-9一二三四五六七八九十]+(?:季度|批次|批|期|届|次)|一次性|设施农业|农业用地|社会保险|领导干部|"
    "座谈会|恳谈会|见面会|观摩会|办公室|委员会|产业园|孵化园|示范园|"
    "关于|印发|转发|成立|召开|开展|举办|做好|加强|推进|调整|申报|组织|建立|健全|落实|进一步|若干|措施|"
    "返乡|入乡|创业|就业|人员|人才|工作|工程|项目|资金|贷款|补贴|培训|服务|平台|信息|春节|期间|摸排|走访|慰问|"
    "诉求|申请|登记|受理|办理|办结|督办|发放|对象|人选|候选|用地|土地|职称|报名|政策|会议|纪要|重点|典型|季度|月份|"
    "乡镇|县级|全县|全镇|全乡|农民工|大学生|毕业生|退役|军人|年度|[0-9〇一二三四五六七八九十]+年|[0-9]+月|"
    "通知|通告|公告|公示|通报|报告|请示|批复|意见|方案|办法|制度|决定|函|实施|管理|考核|评价|专项|行动|计划|名单|情况|经验|"
    "[\u4e00-\u9fff](?:县|镇|乡|村)|.",
    re.DOTALL,
)
# Good to end a line on: 的 binds to what stands before it.
_GOOD_END = ("的", "、", "》", "”", "和", "及", "与", "印发", "关于")


_MOST = 20_000  # ways of parting that are weighed: a fifth of a second


class Measure(Protocol):
    def width(self, text: str) -> float: ...


def shape_title(title: str, setting: Measure, measure: float) -> list[str]:
    """The lines of a title, none wider than measure (points) unless one word alone is."""
    if "\n" in title:
        return [line.strip() for line in title.split("\n") if line.strip()]
    title = title.strip()
    if setting.width(title) <= measure:
        return [title] if title else []
    words = _WORDS.findall(title)
    cuts = [
        i
        for i in range(1, len(words))
        if words[i][0] not in NO_START and words[i] != "的" and words[i - 1][-1] not in NO_END
    ]
    count = max(2, -int(-setting.width(title) // (measure * 0.95)))
    for lines in (count, count + 1):
        many = comb(len(cuts), lines - 1) > _MOST  # of five lines and more: they are filled one after the other
        found = [] if many else [_join(words, at) for at in combinations(cuts, lines - 1)]
        fitting = [f for f in found if max(map(setting.width, f)) <= measure]
        if fitting:
            return min(fitting, key=lambda f: _badness(f, setting, measure))
    return _fill(words, setting, measure)


def _join(words: list[str], at: tuple[int, ...]) -> list[str]:
    ends = (0, *at, len(words))
    return ["".join(words[a:b]) for a, b in pairwise(ends)]


def _badness(lines: list[str], setting: Measure, measure: float) -> float:
    """Even lines are good, an hourglass (a middle line shorter than both its neighbours) is bad."""
    widths = [setting.width(line) / measure for line in lines]
    mean = sum(widths) / len(widths)
    total = sum((w - mean) ** 2 for w in widths)
    # A trapezoid is wanted, not a block: neighbours that are exactly as wide cost a little.
    total += sum(0.02 for a, b in pairwise(widths) if abs(a - b) < 0.02)
    total += sum(1.0 for a, b, c in zip(widths, widths[1:], widths[2:], strict=False) if b < a and b < c)
    return total - sum(0.03 for line in lines[:-1] if line.endswith(_GOOD_END))


def _fill(words: list[str], setting: Measure, measure: float) -> list[str]:
    lines = [""]
    for word in words:
        if lines[-1] and setting.width(lines[-1] + word) > measure and word[0] not in NO_START:
            lines.append("")
        lines[-1] += word
    return lines
