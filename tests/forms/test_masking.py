"""What is put up on a wall never names anybody by number, whoever fills the sheet."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forms
from forms import registry
from forms.base import Cell, Form, Sheet
from forms.masking import mask, masked

SECRETS = ("412327198603150022", "41232719860315002X", "412327860315002", "13800000042", "6217000000000000123", "E12345678")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("412327198603150022", "412327********0022"),
        ("41232719860315002x", "412327********002x"),
        ("电话13800000042。", "电话138****0042。"),
        ("138 0000 0042", "138****0042"),
        ("１３８００００００４２", "１３８****００４２"),
        ("6217 0000 0000 0000 123", "***************0123"),
        ("护照E12345678", "护照E******78"),
        ("2026年12月25日 0370-0000000 第18号", "2026年12月25日 0370-0000000 第18号"),
        ("411424108-2026-AP00017", "411424108-2026-AP00017"),
    ],
)
def test_a_number_keeps_its_ends_only(text: str, shown: str) -> None:
    assert mask(text) == shown


@given(st.lists(st.one_of(st.sampled_from(SECRETS), st.text(max_size=6)), max_size=6), st.sampled_from(("", " ", "，", "号")))
def test_no_number_of_a_person_comes_through(parts: list[str], between: str) -> None:
    shown = mask(between.join(parts))
    assert not [s for s in SECRETS if re.search(rf"(?<![0-9A-Za-z]){s}(?![0-9A-Za-z])", shown)]


def test_a_public_form_masks_every_cell_but_the_offices_own(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form below prints whatever it is given, in full: it is render that masks."""

    def draw(press: Any, sheet: Sheet) -> None:
        from forms.typeset.chains import SONG

        pen = press.page()
        texts = [cell.text for cell in sheet.cells.values()] + [cell.text for row in sheet.each("people") for cell in row.values()]
        for n, text in enumerate(texts):
            pen.text(press.setting(SONG, 12), text, 20, 20 + 8 * n)

    cells = {f"x.{n}": Cell("", text) for n, text in enumerate(SECRETS)} | {"office.phone": Cell("", "13800000001")}
    sheet = Sheet(cells, {"people": [{"id_number": Cell("", SECRETS[0])}]})
    form = Form("public.sample", "样", "", "2026-01-01", "people", tuple(cells), {}, draw, lambda: sheet, public=True)
    monkeypatch.setattr(registry, "get", lambda _code, _on="": form)
    (text,) = read.texts(forms.render("public.sample", [sheet]))
    assert not [s for s in SECRETS if s in text]
    assert "13800000001" in text
    monkeypatch.setattr(registry, "get", lambda _code, _on="": replace(form, public=False))
    (text,) = read.texts(forms.render("public.sample", [sheet]))
    assert all(s in text for s in SECRETS)  # the test can fail


def test_what_is_not_a_number_is_left_as_it_is() -> None:
    sheet = Sheet({"a": Cell("", "慈圣镇后梁楼村")})
    assert masked(sheet).cells["a"] is sheet.cells["a"]
