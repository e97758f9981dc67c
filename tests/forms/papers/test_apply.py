"""The application papers: as many pages as the real ones, every opinion on them, nothing lost that is long."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell, Sheet
from forms.registry import all_forms, get

PAGES = {
    "apply.opening": 1, "apply.operating": 1, "apply.loan": 2, "apply.fund": 1, "apply.exemplar": 2, "apply.land": 1,
    "apply.facility": 1, "apply.park": 1, "apply.title": 2,
}  # fmt: skip
OPINIONS = {
    "apply.opening": ("村两委意见", "乡镇意见", "县级意见"),
    "apply.operating": ("园区运营单位意见", "乡镇（街道）意见", "县级意见"),
    "apply.loan": ("村居意见", "乡镇劳保所意见", "县就业机构意见", "担保机构意见", "经办银行意见"),
    "apply.fund": ("村两委意见", "乡镇推荐意见", "县级意见"),
    "apply.exemplar": ("乡镇意见", "领导小组办公室意见", "领导小组意见"),
    "apply.land": ("村（居）委会意见", "自然资源所意见", "农业中心意见", "乡镇（街道）意见"),
    "apply.facility": ("农村集体经济组织意见", "自然资源所意见", "农业中心意见", "乡镇人民政府备案意见"),
    "apply.park": ("园区运营单位意见", "行业主管部门意见", "乡镇意见"),
    "apply.title": ("村两委意见", "乡镇初审意见", "县级主管部门意见", "评审委员会意见", "核准意见"),
}


def plain(texts: list[str]) -> str:
    return "".join(texts).replace("\n", "").replace(" ", "").replace("\u3000", "")


def changed(code: str, **cells: str) -> Sheet:
    sample = get(code).sample()
    return replace(sample, cells={**sample.cells, **{f"field.{k}": Cell(k, v) for k, v in cells.items()}})


def test_every_application_is_looked_at_here() -> None:
    assert {form.code for form in all_forms() if form.code.startswith("apply.")} == set(PAGES) == set(OPINIONS)


@pytest.mark.parametrize("code", PAGES)
def test_a_paper_has_the_pages_of_the_real_one_filled_or_empty(code: str, read: Any) -> None:
    for sheet in (get(code).sample(), Sheet({})):
        texts = read.texts(forms.render(code, [sheet]))
        assert len(texts) == PAGES[code]
        shown = plain(texts)
        assert all(opinion in shown for opinion in OPINIONS[code])
        assert shown.count("（盖章）") >= len(OPINIONS[code])
        assert "承诺：" in shown


@pytest.mark.parametrize("code", PAGES)
def test_the_last_page_is_filled_to_its_foot(code: str, read: Any) -> None:
    pdf = forms.render(code, [get(code).sample()])
    for page in range(PAGES[code]):
        found, (_, height) = read.glyphs(pdf, page), read.size(pdf, page)
        assert max(g.top for g in found if g.top < height - 20) > height - 45, page  # above the number of the page


@pytest.mark.parametrize("code", PAGES)
def test_what_nobody_asked_is_said_and_what_the_hand_fills_in_is_not(code: str, read: Any) -> None:
    shown = plain(read.texts(forms.render(code, [Sheet({})])))
    assert shown.count("未采集") > 10
    for label in ("楼栋房号", "协议编号", "签字）："):
        assert f"{label}未采集" not in shown


def test_the_record_of_facility_land_is_one_a3_wide_in_three_copies_without_corrections(read: Any) -> None:
    pdf = forms.render("apply.facility", [get("apply.facility").sample()])
    width, height = read.size(pdf)
    assert (round(width), round(height)) == (420, 297)
    shown = plain(read.texts(pdf))
    assert "一式三份" in shown
    assert "禁止涂改" in shown
    tops = {g.top for g in read.glyphs(pdf) if g.text == "章" and g.top > 240}
    assert max(tops) - min(tops) < 1  # the four seals stand side by side


def test_the_back_of_the_loan_holds_the_five_opinions_and_the_front_none(read: Any) -> None:
    front, back = read.texts(forms.render("apply.loan", [get("apply.loan").sample()]))
    assert "盖章" not in front
    assert "盖章" in back
    assert "一式三份" in plain([front])
    assert "李𬭎" in front


def test_an_introduction_of_two_thousand_characters_is_printed_whole_before_the_back(read: Any) -> None:
    text = "带动周边六村发展服装配套加工项目。" * 117
    texts = read.texts(forms.render("apply.exemplar", [changed("apply.exemplar", intro=text)]))
    assert len(texts) == 3
    assert plain(texts).count("配套加工项目。") == 117
    assert "扶持政策" in plain(texts[-1:])
    assert "项目简介" in plain(texts[1:2])  # its heading comes again where it goes on


def test_an_empty_list_of_policies_has_one_row_that_says_so(read: Any) -> None:
    sample = get("apply.exemplar").sample()
    bare = replace(sample, rows={"apply.policies": []})
    with_rows, without = (plain(read.texts(forms.render("apply.exemplar", [s]))) for s in (sample, bare))
    assert "一次性开业补贴" in with_rows
    assert without.count("未采集") == with_rows.count("未采集") + 3


def test_the_title_has_room_for_a_photo(read: Any) -> None:
    (front, _) = read.texts(forms.render("apply.title", [get("apply.title").sample()]))
    assert "照片" in front
    found = [g for g in read.glyphs(forms.render("apply.title", [get("apply.title").sample()])) if g.text in "寸照"]
    assert all(g.left > 150 and g.top < 80 for g in found)


@pytest.mark.parametrize(("answer", "ticked"), [("标准厂房", 1), ("玻璃温室", 0)])
def test_a_kind_of_room_that_is_on_no_list_is_written_behind(answer: str, ticked: int, read: Any) -> None:
    shown = plain(read.texts(forms.render("apply.park", [changed("apply.park", room_kind=answer)])))
    assert shown.count(answer) == 1
    assert ("玻璃温室" in shown) == (not ticked)
