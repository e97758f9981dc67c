"""Workbooks that would harm: each gets a sentence, the program lives, and nothing is changed."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from models.errors import KnownError
from models.services import surveying
from models.services.sheets import Sheet, read

Part = Callable[[str, bytes], bytes | None]


def _book(path: Path, *cells: tuple[int, int, str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名单")
        sheet.write_row(0, 0, ["姓名", "身份证号"])
        sheet.write_row(1, 0, ["甲雁", "412327198503050028"])
        for row, column, text in cells:
            sheet.write(row, column, text)
    return path


def _changed(path: Path, change: Part) -> Path:
    """The workbook with its parts changed; a part for which None comes is left out."""
    made = path.with_name("changed.xlsx")
    with zipfile.ZipFile(_book(path)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return made


def _sheet(function: Callable[[bytes], bytes]) -> Part:
    return lambda name, content: function(content) if name.endswith("sheet1.xml") else content


def _code(path: Path) -> str:
    before = path.read_bytes()
    with pytest.raises(KnownError, match="没有改动") as told:
        read(path)
    assert path.name in told.value.sentence
    assert path.read_bytes() == before
    return told.value.code


def test_one_cell_in_the_far_corner(tmp_path: Path) -> None:
    far = _book(tmp_path / "a.xlsx", (1_048_575, 16_383, "x"))
    assert _code(far) == "sheet.huge"  # the reader would ask for half a terabyte, and end the program
    with pytest.raises(KnownError, match="第 1048576 行、第 16384 列"):
        read(far)


@pytest.mark.parametrize(("row", "column"), [(1_048_575, 0), (1, 16_383), (99_999, 50)])
def test_a_cell_far_down_or_far_across_is_read(tmp_path: Path, row: int, column: int) -> None:
    (sheet,) = read(_book(tmp_path / "a.xlsx", (row, column, "备注")))
    assert sheet.value(row + 1, column + 1) == "备注"
    assert sheet.value(2, 1) == "甲雁"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'r="A2"', b'r="ZZZZZZZ2"'),
        (b'r="A2"', b'r="A99999999999"'),
        (b'<c r="A2"', b"<c\nr = 'XFD1048576'"),
        (b'<c r="A2" t="s"><v>2</v></c>', b'<x:c xmlns:x="y" r="XFD1048576"><v>2</v></x:c>'),
        (b"</sheetData>", b"<row/>" * 1_000_000 + b"<row>" + b"<c><v>1</v></c>" * 2_000 + b"</row></sheetData>"),
    ],
)
def test_places_written_oddly_are_counted_too(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = _changed(tmp_path / "a.xlsx", _sheet(lambda content: content.replace(old, new)))
    assert _code(path) == "sheet.huge"


def test_cells_that_do_not_say_where_they_are(tmp_path: Path) -> None:
    plain = b'<row><c t="inlineStr"><is><t>1</t></is></c><c><v>2</v></c></row>' * 1000
    path = _changed(tmp_path / "a.xlsx", _sheet(lambda content: content.replace(b"</sheetData>", plain + b"</sheetData>")))
    assert len(read(path)[0].rows) == 1002


def test_a_bomb(tmp_path: Path) -> None:
    """A few kilobytes that unpack to more than is allowed; the rest is not even unpacked."""
    cell = b'<c r="A3" t="inlineStr"><is><t>' + b"A" * 20_000_000 + b"</t></is></c>"
    path = _changed(tmp_path / "a.xlsx", _sheet(lambda content: content.replace(b"</sheetData>", cell + b"</sheetData>")))
    assert path.stat().st_size < 100_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surveying, "MOST_BYTES", 10_000_000)
        assert _code(path) == "sheet.huge"


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    cell = b"<!--" + b"A" * 3_000_000 + b"-->"
    path = _changed(tmp_path / "a.xlsx", _sheet(lambda content: content.replace(b"</sheetData>", cell + b"</sheetData>")))
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    while not data[entry + 46 :].startswith(b"xl/worksheets/sheet1.xml"):
        entry = data.index(b"PK\x01\x02", entry + 4)
    data[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert _code(path) == "sheet.broken"


@pytest.mark.parametrize(
    "change",
    [
        lambda name, content: None if name.endswith("sheet1.xml") else content,
        lambda name, content: None if "sharedStrings" in name else content,
        lambda name, content: None,
        _sheet(lambda content: content[: len(content) // 2]),
        _sheet(lambda content: content.replace(b"<v>0</v>", b"<v>99</v>")),
    ],
    ids=["no sheet", "no strings", "nothing", "half a sheet", "a string that is not there"],
)
def test_parts_that_are_missing(tmp_path: Path, change: Part) -> None:
    assert _code(_changed(tmp_path / "a.xlsx", change)) == "sheet.broken"


def test_one_byte_wrong(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsx")
    data = bytearray(path.read_bytes())
    data[data.index(b"sheet1.xml") + 40] ^= 0xFF
    path.write_bytes(data)
    assert _code(path) == "sheet.broken"


def test_a_fault_in_the_reader_itself(tmp_path: Path) -> None:
    """Its panics are no Exception: one must not pass through everything that catches errors."""
    path = _changed(tmp_path / "a.xlsx", _sheet(lambda content: content.replace(b'r="A2"', b'r="ZZZZZZZ99999999999"')))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.services.sheets.survey", lambda path: None)
        assert _code(path) == "sheet.broken"


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    laugh = b'?><!DOCTYPE l [<!ENTITY a "' + b"A" * 1000 + b'"><!ENTITY b "' + b"&a;" * 1000 + b'">]>'

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"?>", laugh, 1).replace("甲雁".encode(), b"&b;") if "sharedStrings" in name else content

    assert _code(_changed(tmp_path / "a.xlsx", change)) == "sheet.broken"


def test_macros_are_carried_and_never_run(tmp_path: Path) -> None:
    path = _book(tmp_path / "a.xlsm")
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("xl/vbaProject.bin", bytes(1000))
    assert read(path)[0].value(2, 1) == "甲雁"


@pytest.mark.parametrize(
    ("name", "content"), [("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("xl/workbook.bin", b"")]
)
def test_other_packed_formats(tmp_path: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as packed:
        packed.writestr(name, content)
    assert _code(tmp_path / "a.xlsx") == "sheet.foreign"


def test_a_merged_range_over_everything() -> None:
    rows = [["姓名"] + [None] * 59 for _ in range(60_000)]
    assert Sheet("a", rows, ((1, 1, 1_048_576, 16_384),)).owners() == {}
    assert len(Sheet("a", rows, ((3, 1, 60_000, 1),)).owners()) == 59_998


def test_limits_are_those_of_a_county() -> None:
    assert surveying.MOST_CELLS >= 60_000 * 100
