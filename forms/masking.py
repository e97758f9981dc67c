"""What is put up on a wall or goes round a room names nobody by number: ID numbers, mobile phones, bank accounts and
passports lose their middle.

Applied by forms.render to every text of a sheet of a public form, so that no filler can forget it. The office's own
telephones (cells of office.) are left: people are to call them.
"""

from __future__ import annotations

import re
from dataclasses import replace

from forms.base import Cell, Sheet

_LEAST = 11  # digits of a number that belongs to a person: a mobile phone is the shortest
# Digits as people write them: full-width ones, with a blank, a dot or a hyphen between groups; an ID number may end with X.
_RUN = re.compile(r"(?<![0-9０-９A-Za-z])[0-9０-９](?:[ \u3000\-－—.·]?[0-9０-９])*[XxＸｘ]?")
_GAP = re.compile(r"[ \u3000\-－—.·]")
_LANDLINE = re.compile(r"0[0-9]{2,3}[\-－][0-9]{7,8}")  # an office's: it is nobody's own
_PASSPORT = re.compile(r"(?<![0-9A-Za-z])[EGDSPHegdsph][A-Za-z]?[0-9]{7,8}(?![0-9A-Za-z])")


def mask(text: str) -> str:
    """The text with every number of eleven digits or more, and every passport number, cut to its ends."""
    return _PASSPORT.sub(lambda found: _cut(found.group(), 1, 2), _RUN.sub(_run, text))


def _run(found: re.Match[str]) -> str:
    """A run of digits and gaps. A serial of ours (nine digits, a year, then letters) is none of a person's."""
    said = found.group()
    groups = _GAP.split(said)
    if max(map(len, groups)) >= _LEAST:
        if min(map(len, groups)) >= _LEAST:
            return " ".join(map(_number, groups))
        return _number("".join(groups))
    behind = found.string[found.end() : found.end() + 2]
    if sum(map(len, groups)) < _LEAST or _LANDLINE.fullmatch(said) or re.match("-[A-Za-z]", behind):
        return said
    return _number("".join(groups))


def _number(bare: str) -> str:
    return _cut(bare, *{11: (3, 4), 15: (6, 4), 18: (6, 4)}.get(len(bare), (0, 4)))


def _cut(bare: str, first: int, last: int) -> str:
    return bare[:first] + "*" * (len(bare) - first - last) + bare[len(bare) - last :]


def masked(sheet: Sheet) -> Sheet:
    """The sheet as it may be put up."""
    cells = {name: cell if name.startswith("office.") else _masked(cell) for name, cell in sheet.cells.items()}
    rows = {name: [{key: _masked(cell) for key, cell in row.items()} for row in each] for name, each in sheet.rows.items()}
    return replace(sheet, cells=cells, rows=rows)


def _masked(cell: Cell) -> Cell:
    text = mask(cell.text)
    return cell if text == cell.text else replace(cell, text=text)
