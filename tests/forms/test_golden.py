"""The words of every paper as pdftotext reads them: what a change moves or loses is seen in the diff of tests/forms/golden/.

After a wanted change: `GUIYAN_GOLDEN=1 .venv/bin/python -m pytest tests/forms/test_golden.py`, and read the diff.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

import forms
from forms.base import Form
from forms.registry import all_forms

GOLDEN = Path(__file__).with_name("golden")


def words(form: Form, folder: Path) -> str:
    """The sample's text in its layout, as poppler gives it; blanks at the ends of lines are of no account."""
    pdf = folder / "paper.pdf"
    pdf.write_bytes(forms.render(form.code, [form.sample()]))
    out = subprocess.run(["pdftotext", "-layout", "-enc", "UTF-8", str(pdf), "-"], capture_output=True, check=True, timeout=60)
    return "\n".join(line.rstrip() for line in out.stdout.decode().splitlines()) + "\n"


@pytest.mark.parametrize("form", all_forms(), ids=lambda f: f.code)
def test_the_words_of_a_paper_are_what_they_were(form: Form, tmp_path: Path) -> None:
    now, golden = words(form, tmp_path), GOLDEN / f"{form.code}.txt"
    if os.environ.get("GUIYAN_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(now, encoding="utf-8")
    assert golden.is_file(), f"{form.code} has no golden text yet"
    assert now == golden.read_text(encoding="utf-8")


def test_no_golden_text_is_left_of_a_paper_that_is_gone() -> None:
    assert {p.stem for p in GOLDEN.glob("*.txt")} == {f.code for f in all_forms()}
