"""What every workbook of ours is: for its owner alone, read alike by two libraries, shaped as the office's own ledgers."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from models.errors import KnownError
from models.services.ledgers import Column, Written, lines, pages, written

FLAT = (Column("序号", 6), Column("姓名", 10), Column("备注", 20))
DEEP = (Column("序号", 6), Column("姓名", 10, "本人"), Column("电话", 14, "本人"), Column("备注", 20))


def _write(path: Path, columns: Any = FLAT, rows: Any = (), **options: Any) -> Any:
    with written(path, "台账", "机构名称：慈圣镇", columns, fixed=2, **options) as book:
        for row in rows:
            book.add(row)
    sheet = load_workbook(path).active
    assert sheet is not None
    return sheet


@pytest.mark.skipif(os.name != "posix", reason="who may read a file is said by mode bits on POSIX alone")
def test_a_workbook_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"an older one that everybody may read")
    path.chmod(0o644)
    _write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.skipif(os.name != "posix", reason="who may read a file is said by mode bits on POSIX alone")
def test_the_unfinished_sheet_lies_beside_and_nobody_else_may_look_into_its_folder(tmp_path: Path) -> None:
    with written(tmp_path / "a.xlsx", "台账", "", FLAT, fixed=1) as book:
        book.add([Written(1), Written("甲雁"), Written("")])
        (folder,) = tmp_path.iterdir()
        assert [p.name for p in folder.iterdir()] == ["sheet.xml"]
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+8613700000101", "007", "412327198503050028", " 两边有空格 ", "两行\n文字", "<甲>&“乙”", "赵㛃𡋾", "#REF!", "TRUE"],
)
def test_text_comes_back_as_it_was_in_both_libraries(tmp_path: Path, text: str) -> None:
    sheet = _write(tmp_path / "a.xlsx", rows=[[Written(1), Written(text), Written("")]])
    assert (sheet["B4"].value, sheet["B4"].data_type, sheet["B4"].number_format) == (text, "s", "@")
    read = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert read[3][:2] == [1, text]


def test_what_xml_cannot_hold_does_not_break_the_file(tmp_path: Path) -> None:
    _write(tmp_path / "a.xlsx", rows=[[Written(1), Written("竖\x0b\x00\ud800线"), Written("_x0041_")]])
    read = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert read[3][1].startswith("竖")
    assert read[3][1].endswith("线")
    assert read[3][2] == "_x0041_"  # and no A


def test_numbers_can_be_added_up_and_states_are_grey(tmp_path: Path) -> None:
    sheet = _write(tmp_path / "a.xlsx", rows=[[Written(1), Written(12.5), Written("未采集", grey=True)]])
    assert (sheet["A4"].value, sheet["B4"].value, sheet["B4"].number_format) == (1, 12.5, "#,##0.00")
    assert (sheet["C4"].font.color.rgb, sheet["A4"].font.color) == ("00808080", None)


def test_the_head_of_two_rows(tmp_path: Path) -> None:
    sheet = _write(tmp_path / "a.xlsx", DEEP, [[Written(1), Written("甲雁"), Written("13700000101"), Written("")]])
    assert {str(r) for r in sheet.merged_cells.ranges} == {"A1:D1", "A2:D2", "A3:A4", "B3:C3", "D3:D4"}
    assert [c.value for c in sheet[3]] == ["序号", "本人", None, "备注"]
    assert [c.value for c in sheet[4]] == [None, "姓名", "电话", None]
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.print_title_cols) == ("C5", "$3:$4", None)
    assert sheet["A5"].value == 1


def test_the_page(tmp_path: Path) -> None:
    sheet = _write(tmp_path / "a.xlsx", [Column("甲", 10)] * 40)
    setup = sheet.page_setup
    assert (setup.orientation, setup.paperSize, setup.fitToHeight, setup.fitToWidth) == ("landscape", 9, 0, 3)
    assert (setup.pageOrder, sheet.print_title_cols, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("overThenDown", "$A:$B", True)
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert sheet.column_dimensions["A"].width == pytest.approx(10.714, abs=0.001)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode()
        ignored = xml[xml.index("<ignoredError ") : xml.index("</ignoredErrors>")]
        assert 'numberStoredAsText="1"' in ignored  # no green corner in every ID number
        assert 'sqref="A1:XFD1048576"' in ignored
        assert xml.index("<ignoredErrors") > xml.index("<headerFooter")  # in the order of the schema, or Excel repairs the file
        fonts = archive.read("xl/styles.xml").decode().split("<fonts")[1]
    assert fonts.index("宋体") < fonts.index("</font>")  # the first one: widths are counted in its digits


def test_a_bare_table_has_its_head_in_the_first_row(tmp_path: Path) -> None:
    sheet = _write(tmp_path / "a.xlsx", rows=[[Written(1), Written("甲雁"), Written("")]], bare=True)
    assert [c.value for c in sheet[1]] == ["序号", "姓名", "备注"]
    assert (sheet["B2"].value, sheet.freeze_panes, sheet.title) == ("甲雁", "C2", "台账")
    assert not sheet.merged_cells.ranges


def test_lines_and_further_tables_below(tmp_path: Path) -> None:
    with written(tmp_path / "a.xlsx", "台账", "", FLAT, fixed=1) as book:
        book.add([Written(1), Written("甲雁"), Written("")])
        book.table("二、合计", [Column("", 6), Column("项", 10, "组"), Column("数", 20, "组")])
        book.add([Written(""), Written("一般"), Written(3)])
        book.line("填表说明：无。\n又一行。")
    sheet = load_workbook(tmp_path / "a.xlsx").active
    assert sheet is not None
    assert [[c.value for c in row] for row in sheet.iter_rows(min_row=6)] == [
        ["二、合计", None, None], [None, "组", None], [None, "项", "数"], [None, "一般", 3], ["填表说明：无。\n又一行。", None, None],
    ]  # fmt: skip
    assert {"A6:C6", "B7:C7", "A10:C10"} <= {str(r) for r in sheet.merged_cells.ranges}
    assert sheet.row_dimensions[10].height == 32


def test_a_remark_at_a_cell_stays_at_that_cell(tmp_path: Path) -> None:
    rows = [[Written(n), Written("甲雁", note="核对" if n == 2 else ""), Written("")] for n in (1, 2, 3)]
    sheet = _write(tmp_path / "a.xlsx", rows=rows)
    assert [c.comment.text if c.comment else "" for c in sheet["B"][3:]] == ["", "核对", ""]


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    import tracemalloc

    def peak(count: int) -> int:
        tracemalloc.start()
        with written(tmp_path / "a.xlsx", "台账", "", FLAT, fixed=1) as book:
            for n in range(count):
                book.add([Written(n), Written("甲雁"), Written("未采集", True)])
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)  # imports
    assert peak(4000) < peak(400) + 200_000  # what is packed, and no object for a row


def test_a_folder_has_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(KnownError, match="原文件未改动"):
        _write(tmp_path / "a.xlsx")
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


def test_lines_and_pages() -> None:
    assert [lines("未采集", 6), lines("未采集了", 6), lines("a\nb", 8), lines("x" * 17, 8), lines("", 8)] == [1, 2, 2, 3, 1]
    narrow, wide = [Column("甲", 10)] * 5, [Column("甲", 10)] * 60
    assert (pages(narrow, 2), pages(wide, 2), pages(wide, 1)) == (1, 4, 4)
