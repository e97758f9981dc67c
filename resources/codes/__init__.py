"""Code tables: a code, its label, other words for it, and the initials a clerk types to find it.

To add a table: 1. put NAME.csv here (code,label,parent,aliases,initials,note; aliases joined by '|'); 2. add a line to
sources.csv; 3. name it in FieldSpec.codes. tests/models/types/test_codes.py checks the initials, the aliases and the
source of every table here. A code is stable for ever: rename the label, never the code.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

HERE = Path(__file__).parent
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a table. parent: the code above it ('' at the top). note: a remark of whoever compiled the table."""

    code: str
    label: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    initials: str = ""
    note: str = ""


def fold(text: str) -> str:
    """What two spellings of one label have in common: width, case, blanks and the kind of comma do not count."""
    flat = _BLANKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return flat.replace(",", "、").replace("/", "、").replace("，", "、")


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table in its printed order. edition and source say which list it is and where it was copied from."""

    name: str
    title: str
    edition: str
    source: str
    rows: tuple[Code, ...]
    _codes: Mapping[str, Code] = field(repr=False)
    _words: Mapping[str, str] = field(repr=False)

    def __iter__(self) -> Iterator[Code]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, code: object) -> bool:
        return code in self._codes

    def get(self, code: str) -> Code | None:
        return self._codes.get(code)

    def label(self, code: str) -> str:
        """The label of a code; a code this table does not know is shown as it is, for it may be a newer one."""
        row = self._codes.get(code)
        return row.label if row else code

    def find(self, text: str) -> str | None:
        """The code whose label, alias or code is text (width, case and blanks apart), or None; never a guess."""
        key = fold(text)
        found = self._words.get(key)
        if found is None and text.strip() in self._codes:
            return text.strip()
        return found

    def filter(self, typed: str, limit: int = 50) -> tuple[Code, ...]:
        """What a picker shows for typed letters: exact code or word first, then initials, code or label that begin
        with it, then labels and aliases that hold it; the table's order inside each. Everything for an empty text."""
        key = fold(typed)
        if not key:
            return self.rows[:limit]
        ranked: list[tuple[int, int, Code]] = []
        for place, row in enumerate(self.rows):
            label = fold(row.label)
            code = row.code.casefold()
            if key in (code, label) or self._words.get(key) == row.code:
                ranked.append((0, place, row))
            elif row.initials.startswith(key) or label.startswith(key) or code.startswith(key):
                ranked.append((1, place, row))
            elif key in label or key in row.initials or any(key in fold(alias) for alias in row.aliases):
                ranked.append((2, place, row))
        ranked.sort(key=lambda item: item[:2])
        return tuple(row for _, _, row in ranked[:limit])

    def children(self, parent: str = "") -> tuple[Code, ...]:
        return tuple(row for row in self.rows if row.parent == parent)


@lru_cache(maxsize=1)
def _sources() -> dict[str, tuple[str, str, str]]:
    with (HERE / "sources.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: (row["title"], row["edition"], row["source"]) for row in csv.DictReader(file)}


def names() -> tuple[str, ...]:
    """Every table's name."""
    return tuple(_sources())


@cache
def table(name: str) -> CodeTable:
    """The table of that name, read once. KeyError for a name that is not shipped."""
    title, edition, source = _sources()[name]
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        rows = tuple(
            Code(code, label, parent, tuple(aliases.split("|")) if aliases else (), initials, note)
            for code, label, parent, aliases, initials, note in reader
        )
    words: dict[str, str] = {}
    # In GB/T 4754 a class may repeat the words of the group above it: the wider one is found, being said first.
    for row in rows:
        words.setdefault(fold(row.label), row.code)
    for row in rows:
        for alias in row.aliases:
            words.setdefault(fold(alias), row.code)
    return CodeTable(name, title, edition, source, rows, {row.code: row for row in rows}, words)
