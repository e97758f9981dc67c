"""The notice that founds a 领导小组: its roster is an annex that goes on with the pages, and the 版记 closes the last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell
from forms.registry import get


def notice(**texts: str) -> bytes:
    sample = get("notice.group").sample()
    return forms.render("notice.group", [replace(sample, cells={**sample.cells, **{f"notice.{n}": Cell(n, t) for n, t in texts.items()}})])


def plain(text: str) -> str:
    return text.replace(" ", "").replace("\n", "")


def test_the_roster_is_an_annex_with_continuous_page_numbers_and_the_imprint_last(read: Any) -> None:
    texts = [plain(t) for t in read.texts(notice())]
    assert len(texts) == 3
    assert "附件：慈圣镇返乡创业工作领导小组成员名单" in texts[1]
    assert "附件慈圣镇返乡创业工作领导小组成员名单" in texts[2]
    assert "1组长李𬭎镇党委副书记、镇长" in texts[2]
    assert [f"—{n}—" in t for n, t in enumerate(texts, 1)] == [True] * 3
    assert ["印发" in t for t in texts] == [False, False, True]


def test_the_annex_begins_as_the_standard_says(read: Any) -> None:
    found = read.glyphs(notice(), 2)
    label, title = next(g for g in found if g.text == "附"), next(g for g in found if abs(g.size - 22) < 0.1)
    pitch = 225 / 22
    assert label.left == pytest.approx(28, abs=0.1)
    assert label.top == pytest.approx(37 + (pitch - 5.644) / 2, abs=0.2)
    assert title.top == pytest.approx(37 + 2 * pitch + (pitch - 7.76) / 2, abs=0.2)


def test_a_long_roster_goes_on_under_its_head_and_stays_above_the_imprint(read: Any) -> None:
    members = "\n".join(f"成员 钱归来 第{n}村党支部书记" for n in range(1, 61))
    pdf = notice(members=members)
    texts = [plain(t) for t in read.texts(pdf)]
    rosters = texts[2:]
    assert len(rosters) > 2
    assert all("组内职务" in t for t in rosters)
    assert all(f"第{n}村党支部书记" in "".join(rosters) for n in range(1, 61))
    assert [f"—{n}—" in t for n, t in enumerate(texts, 1)] == [True] * len(texts)
    last = read.glyphs(pdf, len(texts) - 1)
    imprint = min(g.top for g in last if g.text == "抄")
    assert max(g.top for g in last if g.text == "村") < imprint - 3
    for page in range(2, len(texts)):
        assert max(g.top for g in read.glyphs(pdf, page) if g.text == "村") < 262 - 4


def test_members_may_be_parted_by_bars_and_what_lacks_stays_empty(read: Any) -> None:
    text = plain(read.texts(notice(members="组长｜王𡋾｜镇长\n\n成员 赵㛃"))[2])
    assert "1组长王𡋾镇长2成员赵㛃" in text
    assert "未采集" not in text


def test_without_members_there_is_no_annex(read: Any) -> None:
    texts = read.texts(notice(members=""))
    assert len(texts) == 2
    assert "附件" not in "".join(texts)
    assert "印发" in texts[-1]
