"""./run specimens: the book of every paper, on its sample and on the hardest that may come (docs/specimens.pdf).

With --pictures FOLDER every page is also drawn as a picture, to be looked at. Everybody in it is invented.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import pypdfium2

from forms.base import Form, Sheet
from forms.masking import masked
from forms.registry import all_forms
from forms.samples import worst
from forms.typeset.page import Press

BOOK = Path(__file__).resolve().parents[1] / "docs" / "specimens.pdf"


def _put(press: Press, form: Form, sheet: Sheet, words: str) -> None:
    sheet = sheet.cleaned()
    form.render(press, masked(sheet) if form.public else sheet)
    press.listed(f"{form.title}（{form.code}）{words}")
    press.end_copy()


def book(codes: tuple[str, ...] = ()) -> bytes:
    """One PDF with a bookmark a copy; the forms of these codes, or all of them."""
    press = Press("归雁文书样本")
    for form in all_forms():
        if not codes or form.code in codes:
            _put(press, form, form.sample(), "样例")
            _put(press, form, worst(form), "最长的内容")
    return press.bytes()


def draw(pdf: bytes, folder: Path) -> int:
    """Every page as a PNG at 96 dpi; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    with pypdfium2.PdfDocument(pdf) as document:
        for n, page in enumerate(document, 1):
            page.render(scale=96 / 72).to_pil().save(folder / f"{n:03}.png")
        return len(document)


def main() -> int:
    call = argparse.ArgumentParser(description=__doc__)
    call.add_argument("codes", nargs="*", help="only these forms; then the book itself is left alone")
    call.add_argument("--pictures", type=Path)
    args = call.parse_args()
    made = book(tuple(args.codes))
    if not args.codes:
        BOOK.write_bytes(made)
        print(f"{BOOK}: {len(made) >> 10} KiB")
    if args.pictures:
        print(f"{draw(made, args.pictures)} pages in {args.pictures}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
