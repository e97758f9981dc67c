"""One ledger as a workbook for WPS, Excel and LibreOffice: title, head, frozen panes, pages that can be read on A4.

written() gives a Book to fill row by row, in constant memory. The file appears under its name when it is whole, and
whatever stood there before stays until then; the unfinished one lies beside it, where the user wanted the data to be.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from models.errors import KnownError, reason
from models.store.keyfile import refuse_special
from models.types.text import width as wide_of

HEAD_ROW = 2  # counted from 0: title, subtitle, head
_PIXELS = 7  # of one character of a column's width, and 5 for its edges
_PAGE = 1_494  # pixels across A4 landscape at 70 %: text of 10.5 points is then still 7 points high
_LINE, _TALLEST = 14.0, 409.0  # points; a sheet knows no taller row


class Column(NamedTuple):
    """width: in characters, of which a hanzi takes two."""

    head: str
    width: float


class Written(NamedTuple):
    """What stands in one cell. grey: a state (未采集) in place of a value."""

    value: str | float
    grey: bool = False


def lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of this width."""
    if 2 * len(text) <= width and "\n" not in text:
        return 1
    room = max(int(width) // 2 * 2, 2)
    return sum(max(-(-wide_of(part) // room), 1) for part in text.split("\n"))


def pages(columns: Sequence[Column], fixed: int) -> int:
    """How many pages a row is wide, the first `fixed` columns standing on each of them."""
    wide = [column.width * _PIXELS + 5 for column in columns]
    kept = sum(wide[:fixed])
    return 1 if sum(wide) <= _PAGE else math.ceil((sum(wide) - kept) / (_PAGE - kept))


class Book:
    """The one sheet of a ledger. fixed: so many columns stay in sight, on the screen and on every page."""

    def __init__(self, path: Path, title: str, subtitle: str, columns: Sequence[Column], fixed: int) -> None:
        import xlsxwriter

        options: dict[str, object] = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        # The width of a column is counted in digits of the workbook's own font.
        options["default_format_properties"] = {"font_name": "宋体", "font_size": 10.5}
        # Packed in memory: an archive that a full disk cut off would try once more, and complain, when it is forgotten.
        self._packed, self._path = BytesIO(), path
        self._book = xlsxwriter.Workbook(self._packed, options)
        self._columns = columns
        font = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}
        cell = {**font, "border": 1, "text_wrap": True}
        self._text = self._book.add_format({**cell, "num_format": "@"})
        self._grey = self._book.add_format({**cell, "font_color": "#808080", "num_format": "@"})
        self._whole = self._book.add_format({**cell, "num_format": "0", "align": "center"})
        self._money = self._book.add_format({**cell, "num_format": "#,##0.00"})
        head = self._book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#E8EEF0"})
        big = self._book.add_format({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"})
        self._sheet = self._book.add_worksheet(title[:31])
        # A number that must keep its zeros is text here: no green corner in every cell for it.
        self._sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        self._set_page(fixed)
        self._sheet.freeze_panes(HEAD_ROW + 1, fixed)
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, column.width)
        first, last = self._span_of_title(fixed)
        self._sheet.set_row(0, 30)
        self._sheet.merge_range(0, first, 0, last, title, big)
        self._sheet.merge_range(1, first, 1, last, subtitle, self._book.add_format({**font, "align": "center"}))
        self._sheet.set_row(HEAD_ROW, 4 + _LINE * max(lines(c.head, c.width - 1) for c in columns))
        for place, column in enumerate(columns):
            self._sheet.write_string(HEAD_ROW, place, column.head, head)
        self._row = HEAD_ROW + 1

    def _set_page(self, fixed: int) -> None:
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        self._sheet.center_horizontally()
        self._sheet.repeat_rows(HEAD_ROW)
        self._sheet.set_footer("&C第 &P 页 共 &N 页")
        across = pages(self._columns, fixed)
        self._sheet.fit_to_pages(across, 0)
        if across > 1:
            self._sheet.repeat_columns(0, fixed - 1)
            self._sheet.print_across()

    def _span_of_title(self, fixed: int) -> tuple[int, int]:
        """The first and the last column under the title: of the first page alone, and none that stands on the others."""
        if pages(self._columns, fixed) == 1:
            return 0, len(self._columns) - 1
        used = list(accumulate(column.width * _PIXELS + 5 for column in self._columns))
        return fixed, max(sum(u < _PAGE * 0.8 for u in used) - 1, fixed + 1)

    def add(self, cells: Iterable[Written]) -> int:
        """Write one row; returns its number counted from 0."""
        row = list(cells)
        # The programs that open the file do not all measure wrapped text, so each row says how tall it is.
        texts = ((c.value, column.width) for c, column in zip(row, self._columns, strict=True) if isinstance(c.value, str))
        most = max((lines(text, width) for text, width in texts), default=1)
        self._sheet.set_row(self._row, min(4 + _LINE * most, _TALLEST))
        for place, (value, grey) in enumerate(row):
            if value == "":
                self._sheet.write_blank(self._row, place, None, self._text)
            elif isinstance(value, str):
                self._sheet.write_string(self._row, place, value, self._grey if grey else self._text)
            else:
                self._sheet.write_number(self._row, place, value, self._money if isinstance(value, float) else self._whole)
        self._row += 1
        return self._row - 1

    def comment(self, row: int, column: int, text: str) -> None:
        """A note at one cell, both counted from 0."""
        self._sheet.write_comment(row, column, text, {"x_scale": 2})

    def close(self) -> None:
        self._book.close()
        self._path.write_bytes(self._packed.getbuffer())

    def abandon(self) -> None:
        """Let go of the temporary files, so that they can be removed on Windows too."""
        with contextlib.suppress(OSError, ValueError):
            self._sheet.row_data_fh.close()


@contextmanager
def written(path: Path, title: str, subtitle: str, columns: Sequence[Column], *, fixed: int) -> Iterator[Book]:
    """A Book that becomes the file when the block ends well; else the old file stays and nothing is left beside it.

    Raises KnownError disk.full, disk.locked, disk.folder or disk.write.
    """
    from xlsxwriter.exceptions import XlsxFileError

    try:
        refuse_special(path)
        with tempfile.TemporaryDirectory(prefix=".guiyan-", dir=path.parent, ignore_cleanup_errors=True) as folder:
            beside = Path(folder) / "ledger.xlsx"
            book = Book(beside, title, subtitle, columns, fixed)
            try:
                yield book
                book.close()
            except BaseException:
                book.abandon()
                raise
            with beside.open("rb+") as file:
                os.fsync(file.fileno())
            beside.replace(path)
    except (OSError, XlsxFileError) as e:
        raise _not_written(path, e) from e


def _not_written(path: Path, error: Exception) -> KnownError:
    cause = error if isinstance(error, OSError) else next((a for a in error.args if isinstance(a, OSError)), None)
    number = cause.errno if cause else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return KnownError("disk.full", f"磁盘已满，没有写出 {path}。原文件未改动。请清理磁盘，或换一个位置再导出。")
    if number in (errno.ENOENT, errno.ENOTDIR, errno.ENODEV):
        return KnownError(
            "disk.folder", f"找不到文件夹 {path.parent}，没有写出 {path.name}。U 盘可能已拔出，请换一个位置再导出。"
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EBUSY):
        return KnownError(
            "disk.locked", f"无法写入 {path}：文件可能正在 WPS 中打开，或这个位置不允许写入。原文件未改动，请关闭它或换一个位置。"
        )
    why = reason(cause) if cause else "写到一半出错"
    return KnownError("disk.write", f"无法写入 {path}：{why}。原文件未改动，请检查磁盘或 U 盘，或换一个位置。")
