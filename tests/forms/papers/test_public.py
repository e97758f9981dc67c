"""The publicity at the village: one page for a few, its signature never alone, its columns those that say something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell, Sheet
from forms.papers.public import one_line
from forms.registry import get


def flat(texts: list[str]) -> str:
    return "".join(texts).replace("\n", "").replace(" ", "").replace("\u3000", "")


def many(count: int, **cells: str) -> Sheet:
    sheet = get("public.notice").sample()
    row = sheet.rows["public.people"][0]
    rows = [{**row, "no": Cell("", str(n)), "name": Cell("", f"王𡋾{n:03}")} for n in range(1, count + 1)]
    changed = {name.replace("__", "."): Cell("", text) for name, text in cells.items()}
    return replace(sheet, cells={**sheet.cells, **changed}, rows={"public.people": rows})


@pytest.mark.parametrize("total", ["20,000.00元（大写：贰万元整）", ""])
def test_the_signature_never_stands_without_people(total: str, read: Any) -> None:
    for count in range(1, 32):
        texts = read.texts(forms.render("public.notice", [many(count, public__total=total)]))
        assert flat(texts[-1:]).endswith("2026年11月24日") or "2026年11月24日第" in flat(texts[-1:])
        assert texts[-1].count("王𡋾") >= min(count, 3), count
        assert all(f"王𡋾{n:03}" in flat(texts) for n in range(1, count + 1))


def test_nothing_lies_on_anything_or_beside_the_paper_with_long_names(read: Any) -> None:
    long = {"public__sign": "慈圣镇后梁楼第二村村民委员会返乡创业服务联络工作领导小组办公室", "ask__matter": "返乡创业担保贷款贴息" * 9}
    pdf = forms.render("public.notice", [many(3, **long)])
    found = read.glyphs(pdf)
    assert max(g.right for g in found) <= 210 - 20
    assert min(g.left for g in found) >= 20
    assert max(g.ink_bottom for g in found) < 297 - 10  # the number of the page stands there


def test_columns_of_which_nothing_is_known_are_left_out(read: Any) -> None:
    sheet = many(3, public__total="")
    bare = [{**row, "words": Cell("", ""), "sum": Cell("", "")} for row in sheet.rows["public.people"]]
    text = flat(read.texts(forms.render("public.notice", [replace(sheet, rows={"public.people": bare})])))
    assert "金额" not in text
    assert "标准" not in text
    partly = [{**bare[0], "sum": Cell("", "5,000.00")}, {**bare[1], "sum": Cell("", "", "u")}]
    text = flat(read.texts(forms.render("public.notice", [replace(sheet, rows={"public.people": partly})])))
    assert "金额（元）" in text
    assert "未采集" in text


def test_a_title_that_says_what_it_is_says_it_once(read: Any) -> None:
    text = flat(read.texts(forms.render("public.notice", [many(1, ask__matter="返乡创业之星推荐人选公示")])))
    assert "公示的公示" not in text
    assert text.startswith("返乡创业之星推荐人选公示")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("补贴\n对象", "补贴对象"),
        ("412327198\n603150026", "412327********0026"),
        ("412327  19860315  0026", "412327********0026"),
        ("2026年第四季度", "2026年第四季度"),
    ],
)
def test_a_number_that_lines_or_blanks_part_is_masked_as_one(text: str, shown: str) -> None:
    assert one_line(text) == shown
