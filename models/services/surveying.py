"""A look at a workbook before it is read: whether it can be read in the memory there is.

The reader holds a sheet as one dense table, so that a single cell at XFD1048576 would ask for 17 thousand million
places and end the whole program. The sizes are therefore counted here first, in the archive itself.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from models.errors import KnownError

MOST_CELLS = 12_000_000  # 200,000 people of 60 columns, about half a gigabyte while they are read
MOST_BYTES = 400_000_000  # of a part unpacked, and of all parts together

_FEEDBACK = "原文件没有改动。"
# As every office program writes a cell; only one in column AA or beyond, or in row 100,000 or below, is looked at.
_FAR = re.compile(rb'<c r="([A-Z]{2,})(\d+)"|<c r="[A-Z](\d{6,})"')
_ANY = re.compile(rb'<c r="([A-Z]+)(\d+)"')
_BARE = re.compile(rb"<c[\s/>]")
_PREFIXED = re.compile(rb":c[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]*)(\d+)["']""")


def survey(path: Path) -> None:
    """Raises KnownError sheet.huge, .foreign or .broken for a packed workbook that must not be read; OSError."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = set(packed.namelist())
            if "mimetype" in names or "xl/workbook.bin" in names:
                raise KnownError(
                    "sheet.foreign", f"文件“{path.name}”不是 xlsx 格式，请用 WPS 打开，另存为 xlsx 后再导入。{_FEEDBACK}"
                )
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                raise _huge(path, "解开后的内容太多")
            for part in packed.infolist():
                # Read to the end with its checksum: a size that lies would unpack without a bound in the reader.
                content = packed.read(part)
                if b"sheetData" in content[:100_000]:
                    _measure(path, content)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise broken(path) from error


def broken(path: Path) -> KnownError:
    return KnownError(
        "sheet.broken", f"文件“{path.name}”已损坏或没有传完整，读不出来。请在 WPS 中打开后另存为新的 xlsx 再导入。{_FEEDBACK}"
    )


def _huge(path: Path, what: str) -> KnownError:
    return KnownError(
        "sheet.huge",
        f"文件“{path.name}”{what}，没有读取。请在 WPS 中只保留名单所在的行和列，复制到新的表格里另存后再导入。{_FEEDBACK}",
    )


def _measure(path: Path, sheet: bytes) -> None:
    if sheet.count(b'<c r="') == len(_BARE.findall(sheet)) and not _PREFIXED.search(sheet):
        across, down = 26, 99_999
        for letters, row, low in _FAR.findall(sheet):
            across, down = max(across, _number(letters)), max(down, int(row or low))
        if across * down > MOST_CELLS:
            said = set(_ANY.findall(sheet))
            across, down = max(_number(letters) for letters, _ in said), max(int(row) for _, row in said)
    else:  # some cells do not say where they are: they follow one another
        places = _PLACE.findall(sheet)
        across = max([_number(letters) for letters, _ in places] + [len(_CELL.findall(row)) for row in _ROW.split(sheet)])
        down = max([int(row) for _, row in places] + [len(_ROW.findall(sheet))])
    if across * down > MOST_CELLS or across > 16_384 or down > 1_048_576:
        raise _huge(path, f"里的内容一直到第 {down} 行、第 {across} 列，其中多半是误填的")


def _number(letters: bytes) -> int:
    """1 for A, 27 for AA; more letters than a sheet has are beyond every limit anyway."""
    found = 0
    for letter in letters[:4]:
        found = found * 26 + letter - 64
    return found
