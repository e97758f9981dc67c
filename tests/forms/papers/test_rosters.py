"""Lists of people: heads on every page, no lone row on the last, rows for those who come unannounced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell, Sheet
from forms.papers.roster_sheets import days
from forms.registry import get
from forms.samples import worst

LISTS = (
    "roster.people", "roster.inside", "roster.outside", "roster.contacts", "roster.signin", "roster.attendance", "roster.requests",
    "roster.callbacks",
)  # fmt: skip


def flat(texts: list[str]) -> str:
    return "".join(texts).replace("\n", "").replace(" ", "").replace("\u3000", "")


def many(code: str, count: int) -> Sheet:
    """The sample with so many rows, each with its number and a name of its own."""
    sheet = get(code).sample()
    ((name, rows),) = sheet.rows.items()
    who = "person.name" if "person.name" in rows[0] else "name"
    made = [{**rows[n % len(rows)], "no": Cell("", str(n + 1)), who: Cell("", f"王𡋾{n + 1:03}")} for n in range(count)]
    return replace(sheet, rows={name: made})


@pytest.mark.parametrize("code", LISTS)
def test_each_page_has_the_head_and_says_which_of_how_many_it_is(code: str, read: Any) -> None:
    texts = read.texts(forms.render(code, [many(code, 60)]))
    assert len(texts) > 1
    for n, text in enumerate(texts, 1):
        assert "序号" in flat([text])
        assert f"第{n}页共{len(texts)}页" in flat([text])
    assert all(f"王𡋾{n:03}" in flat(texts) for n in range(1, 61))


@pytest.mark.parametrize("code", LISTS)
def test_no_row_stands_alone_on_the_last_page(code: str, read: Any) -> None:
    for count in range(12, 32):
        texts = read.texts(forms.render(code, [many(code, count)]))
        assert len(texts) == 1 or texts[-1].count("王𡋾") >= 3, count


@pytest.mark.parametrize("code", LISTS)
def test_a_list_is_as_wide_as_its_page_and_holds_long_values(code: str, read: Any) -> None:
    sheet = worst(get(code))
    long = {
        "name": "阿卜杜热合曼·买买提依明江托合提", "person.name": "阿卜杜热合曼·买买提依明江托合提", "address": "柘城县慈圣镇后梁楼村" * 6,
        "employer": "常熟某制衣有限公司" * 5, "text": "需要供电增容。" * 80, "insured": "城镇职工养老保险、城镇职工医疗保险、失业保险、工伤保险",
        "out_place": "新疆维吾尔自治区巴音郭楞蒙古自治州库尔勒市", "phone": "13800000042，0370-0000000", "note": "春节前返乡。" * 30,
    }  # fmt: skip
    rows = {name: [{k: Cell("", long.get(k, c.text)) for k, c in row.items()} for row in rows] for name, rows in sheet.rows.items()}
    pdf = forms.render(code, [replace(sheet, rows=rows)])
    assert flat(read.texts(pdf)).count("托合提") == len(next(iter(rows.values())))
    width, height = read.size(pdf)
    for page in range(len(read.texts(pdf))):
        found = read.glyphs(pdf, page)
        assert max(g.right for g in found) < width - 12
        assert max(g.ink_bottom for g in found) < height - 10


def test_an_unknown_value_is_said_in_its_row(read: Any) -> None:
    sheet = get("roster.people").sample()
    rows = [{**sheet.rows["people"][0], "trade": Cell("行业", "", "u"), "phone": Cell("联系电话", "", "r")}]
    text = flat(read.texts(forms.render("roster.people", [replace(sheet, rows={"people": rows})])))
    assert (text.count("未采集"), text.count("拒绝提供")) == (1, 1)


def test_rows_to_be_signed_go_on_counting_to_the_end_of_the_page(read: Any) -> None:
    (text,) = read.texts(forms.render("roster.signin", [many("roster.signin", 4)]))
    numbers = [int(line.split()[0]) for line in text.split("\n") if line.split() and line.split()[0].isdecimal()]
    assert numbers[:4] == [1, 2, 3, 4]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 18


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("12月8日\n12月9日\n", ["12月8日", "12月9日"]),
        ("12月8日、12月9日，12月10日", ["12月8日", "12月9日", "12月10日"]),
        ("3", ["1", "2", "3"]),
        ("", [""] * 10),
        ("12月8日", ["12月8日"]),
    ],
)
def test_the_days_of_a_class(typed: str, shown: list[str]) -> None:
    assert days(typed) == shown


@pytest.mark.parametrize(("count", "wide"), [(12, 297), (18, 297), (19, 420), (40, 420)])
def test_no_day_of_a_long_class_is_left_out(count: int, wide: int, read: Any) -> None:
    sheet = get("roster.attendance").sample()
    named = [f"{month}月{day}日" for month in (10, 11) for day in range(1, 31)][:count]
    cells = {**sheet.cells, "ask.days": Cell("", "\n".join(named))}
    pdf = forms.render("roster.attendance", [replace(sheet, cells=cells)])
    found = read.glyphs(pdf)
    assert round(read.size(pdf)[0]) == wide
    assert sum(g.text == "月" for g in found) == count
    assert max(g.right for g in found) < wide - 12


def test_more_days_than_a_sheet_holds_are_refused_by_name() -> None:
    sheet = get("roster.attendance").sample()
    with pytest.raises(forms.FormError, match="最多排 40 天"):
        forms.render("roster.attendance", [replace(sheet, cells={**sheet.cells, "ask.days": Cell("", "41")})])


@pytest.mark.parametrize("code", ["roster.signin", "roster.attendance"])
def test_a_list_that_goes_round_shows_nobodys_number_in_full(code: str, read: Any) -> None:
    text = flat(read.texts(forms.render(code, [many(code, 30)])))
    assert text.count("138****00") == 30
    assert "13800000" not in text
