"""Reading of workbooks: what is no workbook gets its own sentence, and heads are found under titles and merges."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from models.errors import KnownError, RuleError
from models.fields import FieldSpec, Kind
from models.services.sheets import Sheet, choose, find_header, heading_key, heading_parts, read
from models.tables.person import PERSON

HERE = Path(__file__).parent
NAME, PHONE, INCOME = (
    FieldSpec("name", "姓名"),
    FieldSpec("phone", "联系电话", Kind.PHONE, aliases=("手机号码",)),
    FieldSpec("income", "年收入", Kind.MONEY, unit="元"),
)
BACK, OUT = FieldSpec("back_on", "返乡时间", Kind.DATE), FieldSpec("out_on", "外出时间", Kind.DATE)
SPECS = (NAME, PHONE, INCOME, BACK, OUT)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("name", "content", "code", "word"),
    [
        ("a.xlsx", b"", "sheet.broken", "0 字节"),
        ("a.xlsx", b"PK\x03\x04 cut off", "sheet.broken", "损坏"),
        ("a.xls", OLE, "sheet.broken", "损坏"),
        ("a.xls", "\ufeff<html><table>姓名".encode(), "sheet.html", "网页"),
        ("a.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "sheet.encrypted", "密码"),
        ("a.xlsx", b"%PDF-1.7", "sheet.foreign", "不是 Excel"),
        ("a.csv", "姓名,电话".encode(), "sheet.foreign", "xlsx"),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, name: str, content: bytes, code: str, word: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(KnownError, match=word) as caught:
        read(path)
    assert caught.value.code == code
    assert name in caught.value.sentence
    assert path.read_bytes() == content


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(KnownError) as caught:
        read(tmp_path / "none.xlsx")
    assert caught.value.code == "sheet.missing"
    with pytest.raises(KnownError) as caught:
        read(tmp_path)
    assert caught.value.code == "sheet.unreadable"


def test_empty_workbook(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet()
    with pytest.raises(KnownError) as caught:
        read(tmp_path / "a.xlsx")
    assert caught.value.code == "sheet.empty"


def test_rows_keep_their_numbers_and_stray_sheets_are_left_out(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("LQOPAIZLSYYVNT")
        sheet = book.add_worksheet("名单")
        sheet.write(6, 2, "姓名")
        sheet.write(7, 2, "  ")
        sheet.merge_range(8, 1, 9, 2, "周雁归")
        book.add_worksheet("藏").hide()
    (found,) = read(tmp_path / "a.xlsx")
    assert found.name == "名单"
    assert found.value(7, 3) == "姓名"
    assert found.value(8, 3) is None
    assert found.value(99, 99) is None
    assert found.merged == ((9, 2, 10, 3),)
    assert found.owners()[9, 3] == (9, 2)  # rows below the last value do not exist


def test_biff_workbook() -> None:
    (found,) = read(HERE / "roster.xls")
    assert found.name == "务工台帐"
    assert found.value(3, 3) == "姓 名"
    assert (4, 1, 5, 1) in found.merged


def test_a_workbook_is_read_by_what_it_is_not_by_its_name(tmp_path: Path) -> None:
    old, new = tmp_path / "旧表.xlsx", tmp_path / "新表.xls"
    old.write_bytes((HERE / "roster.xls").read_bytes())
    assert read(old) == read(HERE / "roster.xls")
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        book.add_worksheet("名单").write_row(0, 0, ["姓名", "电话"])
    (tmp_path / "a.xlsx").rename(new)
    assert [(sheet.name, sheet.rows) for sheet in read(new)] == [("名单", [["姓名", "电话"]])]


def test_heading_writings() -> None:
    same = ["身份证号", "身份证\n号码", " 身 份 证 号 ", "身份证号①", "*身份证号：", "3.身份证号", "二、身份证号码★"]
    assert {heading_key(text) for text in same} == {"身份证号"}
    assert heading_key("务工台帐") == heading_key("务工台账")
    assert heading_parts("年收入\n（万元）") == ("年收入(万元)", "年收入", "万元")


def test_head_under_titles_with_levels() -> None:
    sheet = Sheet(
        "a",
        [
            ["外出务工人员登记台帐", None, None, None, None],
            ["单位：人、万元", None, None, None, None],
            ["序号", "姓 名①", "务工情况", None, "返乡"],
            [None, None, "年收入", "备用", "时间"],
            [1, "周雁归", 3.5, "x", "1月"],
        ],
        ((1, 1, 1, 5), (3, 1, 4, 1), (3, 2, 4, 2), (3, 3, 3, 4)),
    )
    header = find_header(sheet, SPECS)
    assert header is not None
    assert header.row == 4
    assert {column: spec.name for column, spec in header.mapping.items()} == {2: "name", 3: "income", 5: "back_on"}
    assert header.units[3] == "万元"
    assert header.unmapped == {1: "序号", 4: "务工情况/备用"}


def test_one_known_heading_is_no_head() -> None:
    assert find_header(Sheet("a", [["姓名", "颜色"], ["周雁归", "红"]]), SPECS) is None
    with pytest.raises(RuleError, match="姓名") as caught:
        choose([Sheet("a", [["颜色"]])], SPECS)
    assert caught.value.code == "roster.header"
    with pytest.raises(RuleError, match="没有名为"):
        choose([Sheet("a", [["颜色"]])], SPECS, "b")


def test_the_second_column_of_one_name_stays_unmapped() -> None:
    header = find_header(Sheet("a", [["姓名", "手机号码", "联系电话"]]), SPECS)
    assert header is not None
    assert header.unmapped == {3: "联系电话"}


def test_the_fuller_sheet_is_chosen() -> None:
    few, more = Sheet("a", [["姓名", "联系电话"]] * 9), Sheet("b", [["姓名", "联系电话", "年收入"]])
    assert choose([few, more], SPECS)[0] is more
    assert choose([few, more], SPECS, "a")[0] is few


def test_every_label_and_alias_of_a_person_is_recognised() -> None:
    usable = [spec for spec in PERSON.specs if spec.kind not in (Kind.REF, Kind.JSON, Kind.MOMENT)]
    for spec in usable:
        header = find_header(Sheet("a", [["姓名" if spec.name != "name" else "联系电话", spec.label]]), usable)
        assert header is not None
        assert header.mapping[2].name == spec.name
