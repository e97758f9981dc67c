"""Workbooks of any office: .xlsx and .xls read into plain rows, and the table's head found under titles and merges.

Pure: no database. The row numbers are those of the workbook, so that a message can say 第 17 行.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import KnownError, RuleError, reason
from models.fields import FieldSpec, Kind
from models.services.surveying import broken, survey

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Value = str | int | float | bool | date | datetime | None

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NO_CELL = 100_000  # a merged range of more places is a slip of the mouse, not one cell of a table
_FEEDBACK = "原文件没有改动。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. rows: from the workbook's row 1 on, each a list from column A on; an empty cell is None.

    merged: (first row, first column, last row, last column), all counted from 1.
    """

    name: str
    rows: Sequence[Sequence[Value]]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False

    def value(self, row: int, column: int) -> Value:
        """The value of a cell, rows and columns counted from 1; None outside the sheet."""
        cells = self.rows[row - 1] if 0 < row <= len(self.rows) else ()
        return cells[column - 1] if 0 < column <= len(cells) else None

    def owners(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Each covered cell of a merged range → the cell that holds its value."""
        found = {}
        width = max(map(len, self.rows), default=0)
        for top, left, bottom, right in self.merged:
            # A range over whole columns of an empty sheet would be a million cells: only those that exist count.
            bottom, right = min(bottom, len(self.rows)), min(right, max(width, left))
            if (bottom - top) * (right - left) > _NO_CELL:
                continue
            for row in range(top, bottom + 1):
                for column in range(left, right + 1):
                    found[row, column] = (top, left)
        return found

    def filled(self, owners: Mapping[tuple[int, int], tuple[int, int]], row: int, column: int) -> Value:
        """value(), what is merged downwards filled in; a note merged across columns belongs to its first column."""
        home = owners.get((row, column), (row, column))
        return self.value(*home) if home[1] == column else None


def read(path: Path) -> list[Sheet]:
    """The sheets of a workbook that hold anything, in its order; stray empty ones are left out.

    Raises KnownError sheet.missing, .encrypted, .html, .foreign, .broken, .huge or .unreadable, with what to do.
    """
    # Imported late: only an import reads workbooks.
    import python_calamine as calamine

    _refuse_foreign(path)
    try:
        with _opened(path) as book:
            found = []
            for about in book.sheets_metadata:
                if about.typ is not calamine.SheetTypeEnum.WorkSheet:
                    continue
                raw = book.get_sheet_by_name(about.name)
                rows = [_values(row) for row in raw.to_python(skip_empty_area=False)]
                merged = tuple((a + 1, b + 1, c + 1, d + 1) for (a, b), (c, d) in raw.merged_cell_ranges or ())
                hidden = about.visible is not calamine.SheetVisibleEnum.Visible
                if any(cell is not None for row in rows for cell in row):
                    found.append(Sheet(about.name, rows, merged, hidden))
    except calamine.PasswordError:
        raise _encrypted(path) from None
    except calamine.CalamineError as error:
        raise broken(path) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a fault in the reader's own code arrives
            raise
        raise broken(path) from error
    if not found:
        raise KnownError("sheet.empty", f"文件“{path.name}”里没有任何内容，请确认选对了文件。")
    return found


def _opened(path: Path) -> CalamineWorkbook:
    """By what the file is: a download or a rename often leaves .xlsx on an old workbook and .xls on a new one."""
    import python_calamine as calamine

    with path.open("rb") as file:
        old = file.read(len(_OLE)) == _OLE
    if old == (path.suffix.lower() not in (".xlsx", ".xlsm")):
        return calamine.CalamineWorkbook.from_path(str(path))
    return calamine.CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))


def _refuse_foreign(path: Path) -> None:
    """Files that only bear the name of a workbook get a sentence of their own."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
            whole = head + file.read() if head.startswith(_OLE) and path.stat().st_size < 200_000_000 else head
    except FileNotFoundError:
        raise KnownError("sheet.missing", f"找不到文件“{path.name}”，可能已被移动或 U 盘已拔出。") from None
    except OSError as error:
        raise _unreadable(path, error) from error
    if not head:
        raise KnownError("sheet.broken", f"文件“{path.name}”是空的（0 字节），可能没有复制完整，请重新复制。")
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head")):
        raise KnownError(
            "sheet.html",
            f"文件“{path.name}”其实是网页，只是改名成了表格。请用 WPS 打开，另存为 xlsx 后再导入。{_FEEDBACK}",
        )
    if head.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in whole:
        raise _encrypted(path)
    if not head.startswith((_OLE, b"PK")):
        raise KnownError("sheet.foreign", f"文件“{path.name}”不是 Excel 或 WPS 表格，请选择 xlsx 或 xls 文件。")
    if head.startswith(b"PK"):
        try:
            survey(path)
        except OSError as error:
            raise _unreadable(path, error) from error


def _encrypted(path: Path) -> KnownError:
    return KnownError("sheet.encrypted", f"文件“{path.name}”设了打开密码。请在 WPS 中打开，取消密码并另存后再导入。{_FEEDBACK}")


def _unreadable(path: Path, error: OSError) -> KnownError:
    return KnownError("sheet.unreadable", f"文件“{path.name}”打不开：{reason(error)}。若它正在 WPS 中打开，请关闭后再试。")


def _values(row: Sequence[object]) -> list[Value]:
    """The cells of a row, blank ones None; nearly all of them are text."""
    return [(cell if cell.strip() else None) if isinstance(cell, str) else _value(cell) for cell in row]


def _value(cell: object) -> Value:
    if isinstance(cell, time | timedelta):
        return str(cell)
    if isinstance(cell, bool | int | float | date):
        return cell
    return None


_MARKS = re.compile("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793*＊★☆:：]")
_BRACKET = re.compile(r"[(\[{【〔《<](.*?)[)\]}】〕》>]")
_NUMBERED = re.compile(r"^(\d{1,2}[.、]|[一二三四五六七八九十]{1,2}、)")


@lru_cache(maxsize=4096)
def heading_key(text: str) -> str:
    """What two writings of one heading share: no blanks, line breaks, marks ①, stars or numbering; 台帐 is 台账."""
    plain = _MARKS.sub("", text)
    plain = "".join(unicodedata.normalize("NFKC", plain).split()).casefold().replace("帐", "账")
    plain = _NUMBERED.sub("", plain)
    return plain.replace("号码", "号").replace("/", "").replace("、", "")


@lru_cache(maxsize=4096)
def heading_parts(text: str) -> tuple[str, str, str]:
    """(key, key without its brackets, what stood in the last bracket): '年收入\\n（万元）' → …, '年收入', '万元'."""
    key = heading_key(text)
    inside = _BRACKET.findall(key)
    return key, _BRACKET.sub("", key) or key, inside[-1] if inside else ""


# Kinds that a roster cannot hold: they point into this program's own records.
_NEVER = (Kind.REF, Kind.JSON, Kind.MOMENT)


def vocabulary(specs: Sequence[FieldSpec]) -> dict[str, FieldSpec]:
    """Heading key → spec, from labels and then from aliases; the first to claim a heading keeps it."""
    words: dict[str, FieldSpec] = {}
    usable = [spec for spec in specs if spec.kind not in _NEVER]
    for spec in usable:
        words.setdefault(heading_key(spec.label), spec)
    for spec in usable:
        for alias in spec.aliases:
            words.setdefault(heading_key(alias), spec)
    return words


@dataclass(frozen=True, slots=True)
class Header:
    """The head of a table. row: its last row; mapping: column → spec; units: column → unit in the heading's brackets
    (万元) or in a line 单位：万元 above; unmapped: column → heading nobody asked for. Columns count from 1."""

    row: int
    mapping: Mapping[int, FieldSpec]
    units: Mapping[int, str] = field(default_factory=dict)
    unmapped: Mapping[int, str] = field(default_factory=dict)


def find_header(sheet: Sheet, specs: Sequence[FieldSpec], *, within: int = 40, deepest: int = 3) -> Header | None:
    """The head that names most of the specs, of one to three rows, under whatever titles; None when two are not named.

    Of equally good ones the flattest and topmost wins, so that a title is not taken for a level of the head.
    """
    words = vocabulary(specs)
    owners = sheet.owners()
    best: tuple[int, Header] | None = None
    for depth in range(1, deepest + 1):
        for top in range(1, min(len(sheet.rows), within) - depth + 2):
            header = _read_header(sheet, owners, words, top, depth)
            if len(header.mapping) >= 2 and (best is None or len(header.mapping) > best[0]):
                best = (len(header.mapping), header)
    return best[1] if best else None


def _read_header(
    sheet: Sheet,
    owners: Mapping[tuple[int, int], tuple[int, int]],
    words: Mapping[str, FieldSpec],
    top: int,
    depth: int,
) -> Header:
    mapping: dict[int, FieldSpec] = {}
    units: dict[int, str] = {}
    unmapped: dict[int, str] = {}
    common = _common_unit(sheet, top)
    width = max((len(row) for row in sheet.rows[top - 1 : top - 1 + depth]), default=0)
    for column in range(1, width + 1):
        levels = list(_levels(sheet, owners, top, depth, column))
        if not levels:
            continue
        spec = next((words[key] for key in _candidates(levels) if key in words), None)
        if spec is None or spec in mapping.values():
            unmapped[column] = "/".join("".join(level.split()) for level in levels)
            continue
        mapping[column] = spec
        unit = next((inside for level in reversed(levels) if (inside := heading_parts(level)[2])), "")
        if unit or common:
            units[column] = unit or common
    return Header(top + depth - 1, mapping, units, unmapped)


def _levels(sheet: Sheet, owners: Mapping[tuple[int, int], tuple[int, int]], top: int, depth: int, column: int) -> Iterator[str]:
    """The texts above one column, a merged one once; a number or a date is no heading."""
    seen: set[tuple[int, int]] = set()
    for row in range(top, top + depth):
        home = owners.get((row, column), (row, column))
        value = sheet.value(*home)
        if home not in seen and isinstance(value, str):
            yield value
        seen.add(home)


def _candidates(levels: Sequence[str]) -> Iterator[str]:
    """Keys to try, surest first: all levels joined, the last two, the last; each with and without its brackets."""
    for part in dict.fromkeys((tuple(levels), tuple(levels[-2:]), tuple(levels[-1:]))):
        yield "".join(heading_key(level) for level in part)
        yield "".join(heading_parts(level)[1] for level in part)


def _common_unit(sheet: Sheet, top: int) -> str:
    """万元 or 千元 of a line 单位：人、万元 above the head."""
    for row in sheet.rows[: top - 1]:
        for cell in row:
            if isinstance(cell, str) and "单位" in cell and (found := re.search(r"单位[:：].*?(万元|千元|亿元)", cell)):
                return found[1]
    return ""


def choose(sheets: Sequence[Sheet], specs: Sequence[FieldSpec], name: str | None = None) -> tuple[Sheet, Header]:
    """The sheet (the named one, or that whose head names most specs, then the longest) and its head.

    Raises RuleError roster.sheet for an unknown name, roster.header when no head is found.
    """
    wanted = [sheet for sheet in sheets if name is None or sheet.name == name]
    if not wanted:
        raise RuleError("roster.sheet", f"文件里没有名为“{name}”的工作表。")
    found = [(sheet, header) for sheet in wanted if (header := find_header(sheet, specs))]
    if not found:
        some = "、".join(spec.label for spec in specs[:6])
        raise RuleError("roster.header", f"没有找到表头。表中应有一行写着各列的名称，至少认得其中两列，例如：{some}。")
    return max(found, key=lambda pair: (not pair[0].hidden, len(pair[1].mapping), len(pair[0].rows)))
