"""Labels, envelope, policy card and minutes: what stands where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell
from forms.registry import get


def test_a_sheet_of_labels_is_filled_before_another_begins(read: Any) -> None:
    for code, each in (("label.address", 14), ("label.address.small", 24)):
        sample = get(code).sample()
        one = sample.rows["people"][0]
        for count, pages in ((each, 1), (each + 1, 2)):
            pdf = forms.render(code, [replace(sample, rows={"people": [one] * count})])
            texts = read.texts(pdf)
            assert len(texts) == pages
            assert "".join(texts).count("收") == count


@pytest.mark.parametrize(("code", "high", "across"), [("label.address", 38.1, 2), ("label.address.small", 33.9, 3)])
def test_a_long_address_stays_on_its_label(code: str, high: float, across: int, read: Any) -> None:
    sample = get(code).sample()
    long = {**sample.rows["people"][0], "address": Cell("", "慈圣镇后梁楼村民委员会后梁楼东组" * 4)}
    pdf = forms.render(code, [replace(sample, rows={"people": [long] * (across + 1)})])
    found = read.glyphs(pdf)
    first = min(g.top for g in found)
    below = [g.top for g in found if g.text == "收"]
    assert below[0] - first < high - 5
    assert below[-1] - below[0] == pytest.approx(high, abs=0.5)


def test_an_envelope_is_dl_and_its_postcode_stands_in_the_boxes(read: Any) -> None:
    pdf = forms.render("envelope.dl", [get("envelope.dl").sample()])
    assert read.size(pdf) == pytest.approx((220, 110), abs=0.1)
    digits = [g for g in read.glyphs(pdf) if g.text == "0" and g.top < 25]
    assert len(digits) == 6
    for n, digit in enumerate(digits):
        assert (digit.left + digit.right) / 2 == pytest.approx(17.5 + 9 * n, abs=0.5)


def test_a_card_is_one_page_and_says_days_only_where_there_are_some(read: Any) -> None:
    sample = get("card.policy").sample()
    for limit, said in (("18", "受理后18个工作日内办结"), ("当场办结", "当场办结")):
        (text,) = read.texts(forms.render("card.policy", [replace(sample, cells={**sample.cells, "policy.limit": Cell("", limit)})]))
        assert said in text
        assert ("个工作日" in text) == (limit == "18")


def test_minutes_by_hand_have_two_pages_of_lines(read: Any) -> None:
    sample = get("minutes.meeting").sample()
    assert len(read.texts(forms.render("minutes.meeting", [sample]))) == 1
    empty = replace(sample, cells={**sample.cells, "ask.record": Cell("", "")})
    texts = read.texts(forms.render("minutes.meeting", [empty]))
    assert len(texts) == 2
    assert "签字" in texts[-1]


@pytest.mark.parametrize("state", ["u", "n", "r"])
def test_an_address_that_nobody_knows_is_no_line_of_an_envelope_or_label(state: str, read: Any) -> None:
    lacking = Cell("", "", state)
    for code in ("label.address", "label.address.small", "envelope.dl"):
        sample = get(code).sample()
        cells = {n: lacking if n.endswith(".address") else c for n, c in sample.cells.items()}
        rows = {"people": [{**row, "address": lacking} for row in sample.rows.get("people", ())]}
        (text,) = read.texts(forms.render(code, [replace(sample, cells=cells, rows=rows)]))
        assert "柘城县慈圣镇白庄村委会" in text
        assert "赵㛃" in text
        assert not [word for word in ("未采集", "不适用", "拒绝提供") if word in text]
