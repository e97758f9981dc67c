"""The visit, the family's slip and the entry for a class: what is empty is for the hand, a photo stands in its frame."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image

import forms
from forms.base import Cell
from forms.registry import get


def flat(texts: list[str]) -> str:
    return "".join(texts).replace("\n", "").replace(" ", "").replace("\u3000", "")


def test_a_first_visit_is_a_sheet_to_take_along(read: Any) -> None:
    """What nobody has said yet stays white, what the register lacks is said to be lacking."""
    sheet = get("register.visit").sample()
    cells = {n: Cell("", "") if n.startswith("contact.") else c for n, c in sheet.cells.items()}
    cells["person.trade"] = Cell("行业", "", "u")
    (text,) = read.texts(forms.render("register.visit", [replace(sheet, cells=cells, rows={"contact.earlier": []})]))
    assert text.count("未采集") == 1
    assert "2026年11月22日" not in text


def test_a_history_of_visits_has_its_headings_on_each_page(read: Any) -> None:
    sheet = get("register.visit").sample()
    rows = [*sheet.rows["contact.earlier"]] * 15
    texts = read.texts(forms.render("register.visit", [replace(sheet, rows={"contact.earlier": rows})]))
    assert len(texts) > 1
    assert all("下次联系" in text for text in texts)
    assert flat(texts).count("国庆前不回") == 15


def test_a_slip_without_members_has_rows_for_the_hand(read: Any) -> None:
    sheet = get("slip.family").sample()
    (text,) = read.texts(forms.render("slip.family", [replace(sheet, rows={"family.needs": []})]))
    assert "具" in text
    assert "孙𬘫" not in text


@pytest.mark.parametrize("size", [(250, 350), (600, 200)])
def test_a_photo_takes_the_place_of_the_words(size: tuple[int, int], read: Any) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, "grey").save(out, "PNG")
    sheet = get("register.training").sample()
    with_photo = forms.render("register.training", [replace(sheet, pictures={"photo": out.getvalue()})])
    assert "免冠" not in flat(read.texts(with_photo)).replace("免冠一寸照片两张", "")
    without = forms.render("register.training", [sheet])
    assert flat(read.texts(without)).count("免冠") == 2
    assert read.picture(with_photo) != read.picture(without)
