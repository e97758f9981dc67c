"""What render adds to a copy: the name it is listed under, and the mark of a paper that is printed again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import pytest

import forms
from forms.base import Form
from forms.masking import masked
from forms.registry import all_forms, get


def titles(pdf: bytes) -> list[tuple[str, int]]:
    with pdfium.PdfDocument(pdf) as document:
        return [(item.get_title(), item.get_dest().get_index()) for item in document.get_toc()]


def test_each_copy_is_listed_under_its_name_at_its_first_page() -> None:
    letter = get("notice.meeting").sample()
    pages = len(forms_pages(forms.render("notice.meeting", [letter])))
    pdf = forms.render("notice.meeting", [replace(letter, name=n) for n in ("赵㛃", "", "郑𠅤")])
    assert titles(pdf) == [("赵㛃", 0), ("郑𠅤", 2 * pages)]


def forms_pages(pdf: bytes) -> list[int]:
    with pdfium.PdfDocument(pdf) as document:
        return list(range(len(document)))


@pytest.mark.parametrize("form", all_forms(), ids=lambda f: f.code)
def test_a_reprint_differs_by_its_mark_alone(form: Form, read: Any) -> None:
    first = forms.render(form.code, [form.sample()])
    again = forms.render(form.code, [replace(form.sample(), reprint=True)])
    assert len(forms_pages(first)) == len(forms_pages(again))
    for page in forms_pages(first):
        before, after = read.glyphs(first, page), read.glyphs(again, page)
        mark = [g for g in after if g.text in "重打" and g.left < 17 and g.top < 12]
        assert "".join(g.text for g in mark) == "重打"
        assert all(g.left >= 9 and g.ink_top >= 7 for g in mark)  # inside what a printer can print
        rest = [g for g in after if g not in mark]
        assert rest == before
        assert not [g for g in before if g.left < 18 and g.top < 13]  # nothing of the form lies under it


def test_what_is_put_up_keeps_its_name_and_its_mark() -> None:
    sheet = replace(get("slip.acceptance").sample(), name="孙𬘫", reprint=True)
    for changed in (masked(sheet), sheet.cleaned()):
        assert (changed.name, changed.reprint) == ("孙𬘫", True)
