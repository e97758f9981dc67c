"""The letter home and the invitation with its 回执: one page each, whose slip comes back with the paper's own code."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pypdfium2 as pdfium
import pytest
import zxingcpp
from PIL import Image

import forms
from forms.base import Cell, Sheet
from forms.registry import get
from forms.typeset import codes


def paper(code: str, **texts: str) -> tuple[Sheet, bytes]:
    sample = get(code).sample()
    sheet = replace(sample, cells={**sample.cells, **{f"notice.{n}": Cell(n, t) for n, t in texts.items()}})
    return sheet, forms.render(code, [sheet])


def image(pdf: bytes, page: int = 0) -> Image.Image:
    with pdfium.PdfDocument(pdf) as document:
        out = io.BytesIO()
        document[page].render(scale=3).to_pil().save(out, "PNG")
    return Image.open(out)


@pytest.mark.parametrize("code", ["letter.home", "letter.invitation"])
def test_a_letter_is_one_page_and_its_code_says_which_paper_it_is(code: str, read: Any) -> None:
    sheet, pdf = paper(code)
    assert len(read.texts(pdf)) == 1
    (found,) = zxingcpp.read_barcodes(image(pdf))
    assert codes.read_mark(found.text) == (sheet.serial, 1)


def test_the_slip_that_is_cut_off_holds_code_name_and_questions(read: Any) -> None:
    sheet, pdf = paper("letter.invitation")
    cut = min(g.top for g in read.glyphs(pdf) if g.text == "剪")
    picture = image(pdf)
    below = picture.crop((0, round(cut / 297 * picture.height), picture.width, picture.height))
    (found,) = zxingcpp.read_barcodes(below)
    assert codes.read_mark(found.text) == (sheet.serial, 1)
    slip = "".join(g.text for g in read.glyphs(pdf) if g.top > cut + 2).replace("\u3000", "")
    for words in ("回执", "钱䶮", "白庄村", "13800000042", "是否参加", "参加人数", "是否住宿", "诉求和建议"):
        assert words in slip, words


@pytest.mark.parametrize(("code", "some"), [("letter.home", 22), ("letter.invitation", 9)])
def test_letters_shrink_to_stay_on_a_page_and_then_go_on(code: str, some: int, read: Any) -> None:
    sizes, pages = [], []
    for count in (1, some, 80):
        _sheet, pdf = paper(code, body="\n".join(["家乡欢迎您回来看看，也欢迎您回来干一番事业。"] * count))
        pages.append(len(read.texts(pdf)))
        sizes.append(max(g.size for g in read.glyphs(pdf) if g.text == "您"))
        assert "2027年1月18日" in read.texts(pdf)[-1].replace(" ", "")
    assert pages[0] == pages[1] == 1
    assert pages[2] > 2
    assert sizes[0] == 16
    assert 12 <= sizes[1] < 16


def test_a_signature_takes_text_with_it_to_another_page(read: Any) -> None:
    for count in range(20, 48):
        _sheet, pdf = paper("letter.home", body="\n".join(["家乡欢迎您。"] * count))
        assert "家乡欢迎您" in read.texts(pdf)[-1], count


def test_an_office_without_a_letterhead_prints_none(read: Any) -> None:
    _sheet, pdf = paper("letter.home", mark="")
    assert read.texts(pdf)[0].count("慈圣镇人民政府") == 1  # the signature
