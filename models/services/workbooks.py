"""A sheet that openpyxl writes row by row, in memory that does not grow with the rows.

What openpyxl leaves open is settled here: its unfinished sheet lies in a folder that the caller names and not in the
system's, text is text whatever it begins with, and numbers that are kept as text get no green corner.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.indexed_list import IndexedList
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.errors import IgnoredError, IgnoredErrors
from openpyxl.worksheet.page import PageMargins, PrintPageSetup
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter

_FONT, _SIZE = "宋体", 10.5
# XML has no way to write these; a workbook spells them _x000B_, and so a text that looks like such a spelling too.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_MARGINS = {"left": 0.4, "right": 0.4, "top": 0.5, "bottom": 0.6, "header": 0.3, "footer": 0.3}  # inches
_A4 = 9
_NOTE = (320, 90)  # pixels of the box of a note

Value = str | int | float | None


def _spelt(text: str) -> str:
    return _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _filled(cells: Iterable[tuple[Any, Value, str]]) -> Iterator[Any]:
    for look, value, note in cells:
        # The type is said, not guessed: what begins with = would be a formula.
        if isinstance(value, str):
            look._value, look.data_type = _spelt(value) or None, "s"
        else:
            look._value, look.data_type = value, "n"
        if note:
            look.comment = Comment(_spelt(note), "归雁", height=_NOTE[1], width=_NOTE[0])
        yield look
        if note:
            look.comment = None


class _Writer(WorksheetWriter):  # type: ignore[misc]  # openpyxl has no types
    """The file is opened here, so that it can be closed whatever fails, and that a full disk is told in the system's own error
    by either of the writers of XML that openpyxl knows."""

    def __init__(self, sheet: WriteOnlyWorksheet, path: Path) -> None:
        self._path, self.file = path, path.open("wb")
        super().__init__(sheet, self.file)

    def close(self) -> None:
        """The sheet is whole: what packs it reads it by its name."""
        super().close()
        self.file.close()
        self.out = str(self._path)

    def write_drawings(self) -> None:
        """What must stand before the drawings and openpyxl never writes: a number that keeps its zeros is text here."""
        ignored = IgnoredErrors([IgnoredError(numberStoredAsText=True)]).to_tree()
        ignored[0].set("sqref", "A1:XFD1048576")  # which openpyxl forgets
        self.xf.send(ignored)
        super().write_drawings()

    def cleanup(self) -> None:
        self._path.unlink()


class _Rows(WriteOnlyWorksheet):  # type: ignore[misc]  # openpyxl has no types
    _writer: Any = None

    def __init__(self, book: Workbook, name: str, out: Path) -> None:
        super().__init__(book, name)
        self._out = out

    def _get_writer(self) -> None:
        if self._writer is None:
            self._writer = _Writer(self, self._out)
            self._writer.write_top()

    def _values_to_row(self, values: Iterable[Any], row_idx: int) -> Iterator[Any]:
        """Cells only: openpyxl's own asks of each whether it is a value first, which takes a quarter of the time."""
        for column, cell in enumerate(values, 1):
            cell.row, cell.column = row_idx, column
            yield cell

    def let_go(self) -> None:
        """Close what is open without a word: on a full disk each of these fails once more, each in its own kind of error."""
        for part in (self._rows, *((self._writer.xf, self._writer.file) if self._writer else ())):
            if part is not None:
                with contextlib.suppress(Exception):
                    part.close()


class Sheet:
    """The one sheet of a workbook. Its widths and its page must be said before the first row; rows and columns are counted
    from 1."""

    def __init__(self, name: str, folder: Path) -> None:
        self._book = Workbook(write_only=True)
        # The width of a column is counted in digits of the workbook's own font.
        font = Font(name=_FONT, sz=_SIZE)
        self._book._fonts = IndexedList([font])
        self._book._named_styles["Normal"].font = font
        self._sheet = _Rows(self._book, name, folder / "sheet.xml")
        self._book._add_sheet(self._sheet)
        self.row = 0  # how many are written

    def widths(self, widths: Iterable[float]) -> None:
        """Of the columns, in characters and with the edges of a cell."""
        for place, width in enumerate(widths, 1):
            self._sheet.column_dimensions[get_column_letter(place)].width = width

    def page(self, *, across: int, fixed: int, heads: tuple[int, int]) -> None:
        """A4 on its side, so many pages wide, each with the rows of heads and the first columns; these stay on the screen."""
        sheet = self._sheet
        sheet.freeze_panes = f"{get_column_letter(fixed + 1)}{heads[1] + 1}"
        sheet.print_title_rows = f"{heads[0]}:{heads[1]}"
        sheet.page_setup = PrintPageSetup(orientation="landscape", paperSize=_A4, fitToWidth=across, fitToHeight=0)
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_margins = PageMargins(**_MARGINS)
        sheet.print_options.horizontalCentered = True
        sheet.HeaderFooter.oddFooter.center.text = "第 &P 页 共 &N 页"
        if across > 1:
            sheet.page_setup.pageOrder = "overThenDown"
            sheet.print_title_cols = f"A:{get_column_letter(fixed)}"

    def style(
        self, *, number_format: str = "@", bold: bool = False, colour: str = "", fill: str = "", across: str = "",
        boxed: bool = True, wrap: bool = True, font: str = _FONT, size: float = _SIZE,
    ) -> Any:  # fmt: skip
        """A look for cells. across: left (''), center or right; colour and fill: RRGGBB."""
        # One cell stands for all of its look: each is written before the next is asked for, and to make one is slow.
        cell = WriteOnlyCell(self._sheet)
        cell.font = Font(name=font, sz=size, b=bold, color=colour or None)
        cell.alignment = Alignment(horizontal=across or None, vertical="center", wrap_text=wrap)
        cell.number_format = number_format
        if fill:
            cell.fill = PatternFill("solid", start_color=fill)
        if boxed:
            thin = Side(style="thin")
            cell.border = Border(left=thin, right=thin, top=thin, bottom=thin)
        return cell

    def write(self, cells: Iterable[tuple[Any, Value, str]], height: float) -> int:
        """One row of (look, value, note), its height in points; returns its number."""
        self.row += 1
        self._sheet.row_dimensions[self.row].height = height
        self._sheet.append(_filled(cells))
        del self._sheet.row_dimensions[self.row]
        return self.row

    def merge(self, top: int, left: int, bottom: int, right: int) -> None:
        """One cell alone stays as it is."""
        if (top, left) != (bottom, right):
            self._sheet.merged_cells.add(f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}")

    def packed(self) -> BytesIO:
        """The workbook. In memory: an archive that a full disk cut off would try once more, and complain, when it is forgotten."""
        made = BytesIO()
        # Closed here whatever happens: openpyxl leaves its archive open when it fails, and an archive that is forgotten so
        # writes its end into what is closed by then.
        with ZipFile(made, "w", ZIP_DEFLATED) as archive:
            ExcelWriter(self._book, archive).save()
        return made

    def abandon(self) -> None:
        """Let go of the unfinished file, so that it can be removed on Windows too."""
        self._sheet.let_go()
