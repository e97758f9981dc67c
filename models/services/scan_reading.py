"""A scan in sheets: which of them bear a paper's code, and the bytes of each as a file of its own.

A scan is a PDF (as office scanners make them, any number of sheets), a JPG or a PNG. Two papers laid side by side on the
glass are two codes on one sheet. Nothing here knows a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import PurePath

import pypdfium2
import zxingcpp
from PIL import Image, ImageStat

from forms.typeset.codes import read_mark
from models.errors import RuleError
from models.pdfium import PDFIUM
from models.photos import BROKEN, MOST_PIXELS, TOO_LARGE, upright
from models.services import filetypes

MOST_SHEETS = 300
_DPI = (200, 400)  # the second for a small or faint code
_EDGE = 4000  # pixels of a photo that is searched: larger ones are made smaller first
_BLANK = 1.5  # of 255: how much the grey of a sheet may vary without anything being on it

Progress = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a scan, from 1. serials: of the papers on it, none when no code was read; blank: nothing is on it."""

    number: int
    serials: tuple[str, ...]
    blank: bool


def sheets(name: str, data: bytes, progress: Progress) -> list[Sheet]:
    """Every sheet of the scan with what was read on it. progress(done, all) answers whether to go on.

    Raises RuleError for what is no scan, is locked by a password or is too large, and for a stop.
    """
    found = []
    if filetypes.media_type(name, data) == "application/pdf":
        total = _count(name, data)
        pictures = _pdf_pictures(name, data, total)
    else:
        total, pictures = 1, iter([[lambda: _photo(name, data)]])
    for n, tries in enumerate(pictures, 1):
        found.append(_sheet(n, tries))
        if not progress(n, total):
            raise RuleError("scan.stopped", "已停止，没有归档任何一张。")
    return found


def _sheet(number: int, tries: Sequence[Callable[[], Image.Image]]) -> Sheet:
    blank = False
    for n, draw in enumerate(tries):
        image = draw()
        serials = _codes(image)
        if serials:
            return Sheet(number, serials, False)
        blank = ImageStat.Stat(image).stddev[0] < _BLANK if n == 0 else blank
        if blank:
            break
    return Sheet(number, (), blank)


def _codes(image: Image.Image) -> tuple[str, ...]:
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    marks = [read_mark(code.text) for code in found if code.valid]
    return tuple(dict.fromkeys(mark[0] for mark in marks if mark))


def _count(name: str, data: bytes) -> int:
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
            total = len(document)
            document.close()
        except pypdfium2.PdfiumError as e:
            raise RuleError("scan.pdf", f"{name} 打不开：PDF 已损坏，或者设有密码。请重新扫描，或去掉密码后再归档。") from e
    if not 0 < total <= MOST_SHEETS:
        raise RuleError("scan.long", f"{name} 有 {total} 页，一次最多 {MOST_SHEETS} 页。请分成几个文件。")
    return total


def _pdf_pictures(name: str, data: bytes, total: int) -> Iterator[list[Callable[[], Image.Image]]]:
    for n in range(total):
        yield [partial(_drawn, name, data, n, dpi) for dpi in _DPI]


def _drawn(name: str, data: bytes, page: int, dpi: int) -> Image.Image:
    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(data)
            sheet = document[page]
            width, height = sheet.get_size()
            scale = min(dpi / 72, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
            image: Image.Image = sheet.render(scale=scale, grayscale=True).to_pil().copy()
            document.close()
        except pypdfium2.PdfiumError as e:
            raise RuleError("scan.pdf", f"{name} 第 {page + 1} 页打不开，文件可能不完整。请重新扫描。") from e
    return image


def _photo(name: str, data: bytes) -> Image.Image:
    try:
        return upright(data, _EDGE, grey=True)
    except TOO_LARGE as e:
        raise RuleError("scan.large", f"{name} 的像素太多了。请用较低的分辨率（如 300）重新扫描。") from e
    except BROKEN as e:
        raise RuleError("scan.picture", f"{name} 打不开，图片可能不完整。请重新扫描或拍照。") from e


def part(name: str, data: bytes, numbers: Sequence[int]) -> tuple[str, bytes]:
    """(ending, bytes) of these sheets (from 1) as a file: the scan itself when they are all of it, else a PDF of them.

    The sheets are taken over as they were scanned, not drawn again.
    """
    ending = PurePath(name).suffix.lower()
    if not data.startswith(b"%PDF-"):
        return ending, data
    with PDFIUM:
        whole = pypdfium2.PdfDocument(data)
        if len(whole) == len(numbers):
            whole.close()
            return ending, data
        some, out = pypdfium2.PdfDocument.new(), BytesIO()
        some.import_pages(whole, [n - 1 for n in numbers])
        some.save(out)
        some.close()
        whole.close()
    return ending, out.getvalue()
