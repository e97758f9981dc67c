"""docs/specimens.pdf shows the papers as they are today: whoever changes one makes the book anew."""

from __future__ import annotations

import re
import zlib
from hashlib import sha256

from tests.specimens import BOOK, book

_STREAM = re.compile(rb"/FlateDecode \](?: /FormType 1)? /Length ([0-9]+)(?:(?!endobj).)*?\nstream\n", re.DOTALL)


def contents(pdf: bytes) -> list[str]:
    """What is drawn and with which letters, a digest each; another zlib may pack it otherwise."""
    packed = [pdf[m.end() : m.end() + int(m[1])] for m in _STREAM.finditer(pdf)]
    return [sha256(zlib.decompress(each)).hexdigest() for each in packed]


def test_the_book_shows_every_paper_as_it_is_drawn_today() -> None:
    made, kept = contents(book()), contents(BOOK.read_bytes())
    assert len(kept) == BOOK.read_bytes().count(b"/FlateDecode") > 200
    assert made == kept, "a paper is drawn otherwise than docs/specimens.pdf shows it: look at it, and run ./run specimens"


def test_another_letter_on_one_page_is_noticed() -> None:
    assert contents(book(("slip.receipt",))) != contents(book(("slip.closing",)))
    assert contents(book(("slip.receipt",))) == contents(book(("slip.receipt",)))
