"""What of a sheet is out of sight: rows that a filter leaves out, a folded group holds or somebody hid, and hidden columns.

The reader of the cells does not tell; an .xlsx says it in its parts, which models.services.surveying has been through, an .xls
in its records.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import NamedTuple

from models.services.hidden_xls import hidden_in

_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]*)>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s([^>]*)>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ROW = re.compile(r"<(?:\w+:)?row\b([^>]*)>")
_COLUMN = re.compile(r"<(?:\w+:)?col\s([^>]*)>")
_BOOK = "xl/workbook.xml"
_WIDEST = 16_384


class Hidden(NamedTuple):
    """Numbers from 1."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()


def hidden(path: Path, name: str) -> Hidden:
    """What is out of sight on the sheet of this name; nothing where the file does not say it in the usual place."""
    if not zipfile.is_zipfile(path):
        rows_of_old, columns_of_old = hidden_in(path.read_bytes(), name)
        return Hidden(frozenset(rows_of_old), frozenset(columns_of_old))
    with zipfile.ZipFile(path) as packed:
        part = _part(packed, name)
        text = packed.read(part).decode("utf-8", "replace") if part in packed.namelist() else ""
    if "hidden" not in text:  # in nearly every file
        return Hidden()
    rows, number = set(), 0
    for said in _ROW.findall(text):
        about = _attributes(said)
        number = int(about.get("r", number + 1))
        if _yes(about):
            rows.add(number)
    columns: set[int] = set()
    for said in _COLUMN.findall(text):
        about = _attributes(said)
        if _yes(about):
            columns.update(range(int(about["min"]), min(int(about["max"]), _WIDEST) + 1))
    return Hidden(frozenset(rows), frozenset(columns))


def _part(packed: zipfile.ZipFile, name: str) -> str:
    """Where the sheet of this name lies in the package, '' when it is not said."""
    names = packed.namelist()
    relations = "xl/_rels/workbook.xml.rels"
    if _BOOK not in names or relations not in names:
        return ""
    sheets = [_attributes(said) for said in _SHEET.findall(packed.read(_BOOK).decode("utf-8", "replace"))]
    wanted = next((v for s in sheets if s.get("name") == name for k, v in s.items() if k.endswith(":id")), None)
    for said in _RELATION.findall(packed.read(relations).decode("utf-8", "replace")):
        about = _attributes(said)
        if wanted is not None and about.get("Id") == wanted:
            return posixpath.normpath(posixpath.join("/xl", about.get("Target", ""))).lstrip("/")
    return ""


def _attributes(said: str) -> dict[str, str]:
    return {key: unescape(one or other) for key, one, other in _ATTRIBUTE.findall(said)}


def _yes(about: dict[str, str]) -> bool:
    return about.get("hidden") in ("1", "true")
