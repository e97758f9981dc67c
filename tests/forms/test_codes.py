"""Codes are read from the printed page by another library than the one that wrote them."""

from __future__ import annotations

from collections.abc import Callable

import pypdfium2
import pytest
import zxingcpp

import forms
from forms.registry import get
from forms.typeset import codes
from forms.typeset.page import Pen, Press

SERIAL = "411424108-2026-AP00001"


def seen(draw: Callable[[Pen], None], dpi: int) -> list[tuple[str, str]]:
    press = Press("")
    draw(press.page())
    with pypdfium2.PdfDocument(press.bytes()) as document:
        picture = document[0].render(scale=dpi / 72).to_pil()
    return [(code.text, str(code.format)) for code in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("dpi", [150, 200, 300, 600])
def test_a_qr_code_of_17_mm_is_read_at_what_offices_scan_with(dpi: int) -> None:
    assert seen(lambda pen: codes.qr(pen, codes.mark(SERIAL, 12), 170, 10, 17), dpi) == [(f"GY:{SERIAL}:12", "QR Code")]


@pytest.mark.parametrize("dpi", [300, 600])
def test_a_bar_code_of_62_mm_is_read(dpi: int) -> None:
    assert seen(lambda pen: codes.code128(pen, SERIAL, 25, 270, 62, 6.5), dpi) == [(SERIAL, "Code 128")]


def test_a_bar_code_has_no_hanzi() -> None:
    with pytest.raises(ValueError, match="慈"):
        codes.code128(Press("").page(), "慈圣", 25, 270, 62, 6.5)


def test_the_receipt_bears_both(read: object) -> None:
    form = get("slip.acceptance")
    pdf = forms.render(form.code, [form.sample()])
    with pypdfium2.PdfDocument(pdf) as document:
        found = zxingcpp.read_barcodes(document[0].render(scale=300 / 72).to_pil())
    serial = form.sample().serial
    assert {code.text for code in found} == {serial, codes.mark(serial, 1)}


@pytest.mark.parametrize("text", ["", "GY", "GY::1", "GY:a", "XX:a:1", "GY:a:b", "GY:a:１", "https://example.com", "GY:a:1:2"])
def test_a_code_of_somebody_else_is_none_of_ours(text: str) -> None:
    assert codes.read_mark(text) is None


def test_a_mark_comes_back() -> None:
    assert codes.read_mark(codes.mark(SERIAL, 3)) == (SERIAL, 3)
