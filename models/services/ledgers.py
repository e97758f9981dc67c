"""One ledger as a workbook for WPS, Excel and LibreOffice: title, head, frozen panes, pages that can be read on A4.

written() gives a Book to fill row by row, in constant memory. The file appears under its name when it is whole, and
whatever stood there before stays until then; the unfinished one lies beside it, where the user wanted the data to be.
"""

from __future__ import annotations

import errno
import math
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any, NamedTuple

from models.errors import KnownError, reason
from models.store.keyfile import refuse_special, write_atomically
from models.types.text import width as wide_of

_PIXELS = 7  # of one character of a column's width, and 5 for its edges
_PAGE = 1_494  # pixels across A4 landscape at 70 %: text of 10.5 points is then still 7 points high
_LINE, _TALLEST = 14.0, 409.0  # points; a sheet knows no taller row


class Column(NamedTuple):
    """width: in characters, of which a hanzi takes two. group: the head over this one and its neighbours of the same."""

    head: str
    width: float
    group: str = ""


class Written(NamedTuple):
    """What stands in one cell. grey: a state (未采集) in place of a value. note: a remark that the cell shows when asked."""

    value: str | float
    grey: bool = False
    note: str = ""


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
    """The one sheet of a ledger. fixed: so many columns stay in sight, on the screen and on every page.

    title '': the bare table, for a program to read.
    """

    def __init__(self, folder: Path, name: str, title: str, subtitle: str, columns: Sequence[Column], fixed: int) -> None:
        from models.services.workbooks import Sheet  # openpyxl takes a while, and most sessions write no workbook

        self._sheet = sheet = Sheet(name[:31], folder)
        self._columns, self._first, self._last = columns, *self._span_of_title(columns, fixed)
        self._wide = sum(c.width for c in columns[self._first - 1 : self._last])
        self._text = sheet.style()
        self._grey = sheet.style(colour="808080")
        self._whole = sheet.style(number_format="0", across="center")
        self._money = sheet.style(number_format="#,##0.00")
        self._head = sheet.style(bold=True, across="center", fill="E8EEF0")
        self._bare = sheet.style(boxed=False)
        head_row = 3 if title else 1
        deep = 2 if any(c.group for c in columns) else 1
        # A reader takes the edges of a cell, 5 pixels, from what is written here.
        sheet.widths(c.width + 5 / _PIXELS for c in columns)
        sheet.page(across=pages(columns, fixed), fixed=fixed, heads=(head_row, head_row + deep - 1))
        if title:
            big = sheet.style(across="center", boxed=False, font="黑体", size=16)
            self.line(title, look=big, height=30)
            self.line(subtitle, look=sheet.style(across="center", boxed=False, wrap=False))
        self._heads()

    @staticmethod
    def _span_of_title(columns: Sequence[Column], fixed: int) -> tuple[int, int]:
        """The first and the last column under the title: of the first page alone, and none that stands on the others."""
        if pages(columns, fixed) == 1:
            return 1, len(columns)
        used = list(accumulate(column.width * _PIXELS + 5 for column in columns))
        return fixed + 1, max(sum(u < _PAGE * 0.8 for u in used), fixed + 2)

    def _heads(self) -> None:
        """The head: of two rows where columns have one over them, each cell joined with those that say the same."""
        columns, top = self._columns, self._sheet.row + 1
        deep = any(c.group for c in columns)
        if deep:
            self._sheet.write(((self._head, c.group or c.head, "") for c in columns), 4 + _LINE)
        lower = (("" if deep and not c.group else c.head) for c in columns)
        tall = max(lines(c.head, c.width - 1) for c in columns)
        self._sheet.write(((self._head, text, "") for text in lower), 4 + _LINE * max(tall, 1 if deep else 0))
        left = 1
        for group, run in groupby(columns, key=lambda c: c.group):
            count = len(list(run))
            if group:
                self._sheet.merge(top, left, top, left + count - 1)
            elif deep:
                for place in range(left, left + count):
                    self._sheet.merge(top, place, top + 1, place)
            left += count

    def table(self, title: str, columns: Sequence[Column]) -> None:
        """Another table under the one before, in the same columns: those that it has no head for stay empty."""
        self._sheet.write((), _LINE)
        self.line(title, look=self._sheet.style(bold=True, boxed=False))
        self._columns = columns
        self._heads()

    def add(self, cells: Iterable[Written]) -> None:
        """Write one row."""
        row = list(cells)
        # The programs that open the file do not all measure wrapped text, so each row says how tall it is.
        texts = ((c.value, column.width) for c, column in zip(row, self._columns, strict=True) if isinstance(c.value, str))
        most = max((lines(text, width) for text, width in texts), default=1)
        self._sheet.write(((self._look(c), c.value, c.note) for c in row), min(4 + _LINE * most, _TALLEST))

    def _look(self, cell: Written) -> Any:
        if isinstance(cell.value, str):
            return self._grey if cell.grey else self._text
        return self._money if isinstance(cell.value, float) else self._whole

    def line(self, text: str, *, look: Any = None, height: float = 0) -> None:
        """A text across the table, without a box: the title, an explanation below, the line to sign."""
        before = [(self._bare, None, "")] * (self._first - 1)
        at = self._sheet.write((*before, (look or self._bare, text, "")), height or 4 + _LINE * lines(text, self._wide))
        self._sheet.merge(at, self._first, at, self._last)

    def explain(self, notes: Sequence[str]) -> None:
        """填表说明 below the table; an import that reads the ledger again knows it by this word."""
        said = [f"{n}．{note}" for n, note in enumerate(notes, 1)] if len(notes) > 1 else list(notes)
        if said:
            self.line("填表说明：" + "\n".join(said))

    def packed(self) -> BytesIO:
        return self._sheet.packed()

    def abandon(self) -> None:
        self._sheet.abandon()


@contextmanager
def written(
    path: Path, title: str, subtitle: str, columns: Sequence[Column], *, fixed: int, bare: bool = False
) -> Iterator[Book]:
    """A Book that becomes the file when the block ends well; else the old file stays and nothing is left beside it.

    The file is for its owner alone, as every paper is. bare: without title and subtitle, the head in the first row.
    Raises KnownError disk.full, disk.locked, disk.folder or disk.write.
    """
    try:
        refuse_special(path)
        with tempfile.TemporaryDirectory(prefix=".guiyan-", dir=path.parent, ignore_cleanup_errors=True) as folder:
            book = Book(Path(folder), title, "" if bare else title, subtitle, columns, fixed)
            try:
                yield book
                packed = book.packed()
            finally:
                book.abandon()
    except OSError as e:
        raise _not_written(path, e) from e
    try:
        write_atomically(path, packed.getvalue())
    except KnownError as e:
        raise _not_written(path, e.__cause__ or e) from e


def _not_written(path: Path, error: BaseException) -> KnownError:
    number = error.errno if isinstance(error, OSError) else None
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
    why = reason(error) if isinstance(error, OSError) else "写到一半出错"
    return KnownError("disk.write", f"无法写入 {path}：{why}。原文件未改动，请检查磁盘或 U 盘，或换一个位置。")
