"""The slips of the handling course: what each must say, what is left for the hand, and that nothing is made up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell, Sheet
from forms.registry import get

ONE_PAGE = (
    "slip.supplement", "slip.refusal", "slip.once", "slip.referral", "slip.closing", "slip.receipt", "slip.delivery",
    "slip.proxy", "slip.supervision", "register.callback", "letter.reply",
)  # fmt: skip


def shown(code: str, sheet: Sheet, read: Any) -> str:
    return "".join(read.texts(forms.render(code, [sheet]))).replace("\n", "").replace(" ", "").replace("\u3000", "")


def with_cells(code: str, **texts: str) -> Sheet:
    sample = get(code).sample()
    said = {name.replace("__", "."): Cell(name, text) for name, text in texts.items()}
    return replace(sample, cells={**sample.cells, **said})


@pytest.mark.parametrize("code", ONE_PAGE)
def test_a_case_as_it_comes_is_one_page_with_a_date_or_room_for_one(code: str, read: Any) -> None:
    (text,) = read.texts(forms.render(code, [get(code).sample()]))
    assert "年" in text


@pytest.mark.parametrize("code", ["slip.supplement", "slip.refusal", "slip.once", "slip.closing"])
def test_what_is_handed_over_has_two_signatures_and_a_seal(code: str, read: Any) -> None:
    text = shown(code, get(code).sample(), read)
    assert text.count("（签字）：") == 2
    assert "（印章）" in text
    assert "监督电话：0370-0000001" in text


def test_a_refusal_says_to_whom_and_for_how_long_one_may_go(read: Any) -> None:
    text = shown("slip.refusal", get("slip.refusal").sample(), read)
    for words in ("六十日内", "向柘城县人民政府申请行政复议", "六个月内", "向示例市示例区人民法院提起行政诉讼"):
        assert words in text
    assert "向有管辖权的人民法院提起" in shown("slip.refusal", with_cells("slip.refusal", ask__court=""), read)


def test_a_supplement_lists_what_is_missing_apart_from_what_is_here(read: Any) -> None:
    text = shown("slip.supplement", get("slip.supplement").sample(), read)
    assert text.index("缺少的") < text.index("经营场所证明") < text.index("居民身份证") < text.index("告知事项")
    assert "2026年12月10日前" in text
    marked = shown("slip.supplement", with_cells("slip.supplement", supplement__forecast="按预测日历"), read)
    assert "2026年12月10日前（按预测日历）" in marked
    nothing = replace(get("slip.supplement").sample(), rows={"request.materials": []})
    assert "尚未收到材料" in shown("slip.supplement", nothing, read)


def test_a_day_that_is_not_known_is_not_given_a_word_of_a_deadline(read: Any) -> None:
    sample = get("slip.supplement").sample()
    unknown = replace(sample, cells={**sample.cells, "supplement.by": Cell("补齐期限", "", "u")})
    text = shown("slip.supplement", unknown, read)
    assert "未采集前" not in text
    assert "补齐期限未采集" in text


def test_what_fits_on_a_once_slip_is_ticked_by_the_hand_alone(read: Any) -> None:
    """Ticks are drawn and not text: the picture changes with a material that came, and with nothing else of its row."""
    sample = get("slip.once").sample()
    row = sample.rows["request.materials"][2]
    came = replace(sample, rows={"request.materials": [{**row, "given": Cell("", "是")}]})
    missing = replace(sample, rows={"request.materials": [row]})
    pictures = [read.picture(forms.render("slip.once", [s])) for s in (came, missing)]
    assert pictures[0] != pictures[1]
    assert shown("slip.once", came, read) == shown("slip.once", missing, read)


def test_an_item_without_materials_says_so(read: Any) -> None:
    none = replace(get("slip.once").sample(), rows={"request.materials": []})
    assert "本事项不需要提交材料" in shown("slip.once", none, read)


def test_a_referral_has_room_for_the_opinion_until_there_is_one(read: Any) -> None:
    assert "负责人（签字、盖章）：" in shown("slip.referral", get("slip.referral").sample(), read)
    said = {"referral__answer": "同意增容", "referral__answered_by": "周𫖯", "referral__answered_on": "2026年12月3日"}
    text = shown("slip.referral", with_cells("slip.referral", **said), read)
    assert "负责人（签字、盖章）：" not in text
    assert "同意增容答复人：周𫖯2026年12月3日" in text


def test_a_receipt_has_lines_for_what_is_written_in_by_hand(read: Any) -> None:
    text = shown("slip.receipt", get("slip.receipt").sample(), read)
    assert text.count("复印件") == 1 + 2  # the heading, and the two materials that are here
    assert "经营场所证明" not in text
    assert "登记已收2项" in text


def test_a_delivery_without_printed_papers_leaves_lines(read: Any) -> None:
    none = replace(get("slip.delivery").sample(), rows={"request.delivered": []})
    assert shown("slip.delivery", none, read).count("年月日时") == 3


def test_a_proxy_that_nobody_filled_in_is_a_blank_to_be_written_on(read: Any) -> None:
    sample = get("slip.proxy").sample()
    blanks = {name: Cell("", "") for name in sample.cells if name.startswith("ask.")}
    text = shown("slip.proxy", replace(sample, cells={**sample.cells, **blanks}), read)
    assert "自年月日起，至年月日止" in text
    assert "未采集" not in text
    assert text.count("捺印") == 2


def test_a_supervision_counts_its_cases_and_heads_every_page(read: Any) -> None:
    sample = get("slip.supervision").sample()
    many = replace(sample, rows={"requests": [*sample.rows["requests"]] * 8})
    pages = read.texts(forms.render("slip.supervision", [many]))
    assert len(pages) > 1
    assert all("慈圣镇自然资源所" in page and "督办期限" in page and "诉求人及诉求编号" in page for page in pages)
    assert "共 32 件" in "".join(pages)


def test_a_call_back_that_has_not_been_is_not_reported(read: Any) -> None:
    none = replace(get("register.callback").sample(), rows={"request.callbacks": []})
    assert "尚未回访" in shown("register.callback", none, read)


def test_the_letter_takes_what_was_typed_before_what_was_recorded(read: Any) -> None:
    text = shown("letter.reply", get("letter.reply").sample(), read)
    assert "关于返乡创业综合诉求办理情况的答复" in text
    assert "后梁楼村孙𬘫同志：" in text
    assert "供电所已于12月2日现场查勘" in text
    typed = shown("letter.reply", with_cells("letter.reply", ask__reply="经核实，暂不具备条件。"), read)
    assert "现答复如下：经核实，暂不具备条件。" in typed
    assert "现场查勘" not in typed


def test_a_letter_leaves_room_for_a_telephone_it_does_not_know(read: Any) -> None:
    sample = get("letter.reply").sample()
    silent = replace(sample, cells={**sample.cells, "office.phone": Cell("窗口电话", "", "u")})
    assert "未采集" not in shown("letter.reply", silent, read)
