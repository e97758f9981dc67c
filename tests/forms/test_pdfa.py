"""PDF/A-2b: asked of a validator, and of the one rule that it does not look at."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pdf_oxide
import pytest
from reportlab.pdfgen.canvas import Canvas

import forms
from forms.base import Form
from forms.registry import all_forms


def verdict(pdf: bytes) -> dict[str, Any]:
    found: dict[str, Any] = pdf_oxide.PdfDocument.from_bytes(pdf).validate_pdf_a("2b")
    return found


@pytest.mark.parametrize("form", all_forms(), ids=lambda f: f.code)
def test_every_paper_is_pdf_a_2b(form: Form) -> None:
    pdf = forms.render(form.code, [form.sample()])
    assert verdict(pdf)["errors"] == []
    ends = [pdf[at.start() - 1 : at.start()] for at in re.finditer(rb"(?<!\w)endstream|endstream(?=\n)", pdf)]
    assert set(ends) == {b"\n"}


def test_the_validator_can_say_no() -> None:
    out = BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 100, "Helvetica is not embedded")
    canvas.save()
    assert verdict(out.getvalue())["errors"]
