"""Ledgers as files: every cell read back, pages that fit, and a disk that is full at the wrong moment."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from models.errors import KnownError, RuleError
from models.fields import State
from models.records import Cell
from models.services import exporting, importing, people, printed, printing, requests
from models.services.desk import Desk
from models.services.ledgers import Column, Written, written
from tests.conftest import SIBLING, VILLAGE, DeskFactory

LONG = "想回村办一个服装加工点，带动十来户就业。\n厂房已谈好，缺流动资金。" * 5


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def _person(desk: Desk, name: str, village: str = VILLAGE, **cells: Any) -> str:
    given = {k: v if isinstance(v, Cell) else Cell.of(v) for k, v in cells.items()}
    return people.save(desk, None, {"name": Cell.of(name), **given}, village=village).id


def _read(path: Path) -> tuple[Any, list[str], list[dict[str, Any]]]:
    sheet = load_workbook(path).active
    assert sheet is not None
    rows = [list(r) for r in sheet.iter_rows(values_only=True)]
    while not isinstance(rows[-1][0], int) and len(rows) > 3:  # what is explained below the table
        rows.pop()
    heads = [str(h) for h in rows[2]]
    return sheet, heads, [dict(zip(heads, r, strict=True)) for r in rows[3:]]


def test_every_cell_of_the_people_ledger(desk: Desk, tmp_path: Path) -> None:
    _person(
        desk, "赵㛃", id_number="412327198503050028", phone="13700000101", income=3_512_345, born_on="1985-03-05", sex="2",
        out_since="2008", employer="=1+1", occupation="http://a.b/c", note=LONG, worries="school", education=Cell(State.REFUSED),
    )  # fmt: skip
    _person(desk, "钱䶮", SIBLING, phone=Cell(State.TO_VERIFY, "1390000000"), trade=Cell(State.NOT_APPLICABLE))
    assert exporting.people(desk, tmp_path / "a.xlsx") == 2
    sheet, heads, (first, second) = _read(tmp_path / "a.xlsx")
    assert heads[:3] == ["序号", "所在村", "姓名"]
    assert first["序号"] == 1
    assert (first["身份证号"], first["联系电话"], first["出生日期"]) == ("412327198503050028", "13700000101", "1985-03-05")
    assert first["年收入（元）"] == 35_123.45  # a number: it can be added up
    assert (first["外出时间"], first["务工单位"], first["职业"], first["备注"]) == ("2008", "=1+1", "http://a.b/c", LONG)
    assert (first["受教育程度"], second["行业"], second["身份证号"]) == ("拒绝提供", "不适用", "未采集")
    assert second["联系电话"] == "1390000000（待核实）"
    assert second["所在村"] != first["所在村"]
    kinds = {c.coordinate: c.data_type for r in sheet.iter_rows(min_row=4) for c in r}
    assert "f" not in kinds.values()  # what a person typed is never a formula
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.print_title_cols == "$A:$C"  # the ledger is several pages wide, and the name stands on each of them
    assert (sheet.freeze_panes, sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("D4", "landscape", 9)
    assert sheet.row_dimensions[4].height > 100 > sheet.row_dimensions[5].height


def test_an_exported_ledger_is_the_same_when_it_comes_back(desk: Desk, tmp_path: Path) -> None:
    _person(
        desk,
        "赵㛃",
        id_number="412327198503050028",
        phone="13700000101",
        income=3_512_345,
        sex="2",
        born_on="1985-03-05",
        note=LONG,
    )
    _person(
        desk, "钱䶮", phone=Cell(State.TO_VERIFY, "1390000000"), education=Cell(State.REFUSED), trade=Cell(State.NOT_APPLICABLE)
    )
    exporting.people(desk, tmp_path / "a.xlsx")
    shown = importing.preview(desk, tmp_path / "a.xlsx")
    assert [(r.name, r.state, r.changes, r.reasons) for r in shown.rows] == [("赵㛃", "same", (), ()), ("钱䶮", "same", (), ())]
    assert shown.unmapped == ("序号",)


def test_the_ledger_of_requests(desk: Desk, tmp_path: Path) -> None:
    one = _person(desk, "赵㛃")
    item = next(i for i in requests.items(desk) if not any(f.required for f in i.fields))
    made = requests.submit(desk, one, item.code, {"text": Cell.of(LONG)})
    accepted = requests.submit(desk, one, item.code, {"text": Cell.of("求助")})
    accepted = requests.act(desk, accepted.id, "accept")
    assert exporting.requests(desk, tmp_path / "a.xlsx") == 2
    _, _, (first, second) = _read(tmp_path / "a.xlsx")
    assert (first["诉求人"], first["事项"], first["编号"], first["诉求内容"]) == ("赵㛃", item.name, made.number, LONG)
    assert (first["状态"], first["受理日期"], first["应办结日期"]) == ("已提交", None, None)  # not yet, and not 未采集
    assert second["受理日期"] == accepted.accepted_on
    assert str(second["应办结日期"]).startswith(accepted.due_on)
    assert exporting.requests(desk, tmp_path / "b.xlsx", [made.id]) == 1
    assert len(_read(tmp_path / "b.xlsx")[2]) == 1


def test_what_is_exported_is_in_the_audit_log(desk: Desk, tmp_path: Path) -> None:
    from sqlalchemy import select

    from models.tables.system import AUDIT

    _person(desk, "赵㛃")
    exporting.people(desk, tmp_path / "a.xlsx")
    with desk.store.read() as conn:
        last = conn.execute(select(AUDIT).order_by(AUDIT.c.n.desc()).limit(1)).one()
    assert (last.action, last.entity, last.detail) == ("export", "person", '{"count":1,"ledger":"people"}')


def test_an_export_that_is_stopped_keeps_the_old_file(desk: Desk, tmp_path: Path) -> None:
    with desk.store.write("李经办", "很多人") as unit:
        for n in range(501):
            unit.create("person", {"name": Cell.of(f"雁{n}")}, village=VILLAGE)
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(RuleError) as told:
        exporting.people(desk, path, progress=lambda done, total: False)
    assert told.value.code == "export.stopped"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 KB; the tests that need one are left out where it cannot be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if os.name != "posix" or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk(desk: Desk, tiny: Path, tmp_path: Path) -> None:
    for n in range(40):
        _person(desk, f"雁{n}", note=os.urandom(900).hex())
    old = tiny / "台账.xlsx"
    exporting.people(desk, old, [])
    before = old.read_bytes()
    with pytest.raises(KnownError, match=r"磁盘已满.*原文件未改动") as told:
        exporting.people(desk, old)
    assert told.value.code == "disk.full"
    assert (old.read_bytes(), list(tiny.iterdir())) == (before, [old])
    assert exporting.people(desk, tmp_path / "台账.xlsx") == 40


@pytest.mark.filterwarnings("error::ResourceWarning")  # they come to the hook as well
def test_nothing_of_a_workbook_that_was_cut_off_is_left_open(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", late.append)
    monkeypatch.setattr(zipfile.ZipFile, "__del__", lambda archive: late.append("an open archive") if archive.fp else None)
    (tiny / "fill").write_bytes(bytes(128 * 1024 - 4096))
    for count in (1, 20, 200):  # cut off at the end, while it is packed, and among the rows
        with pytest.raises(KnownError, match="磁盘已满"):
            _cut_off(tiny / "a.xlsx", count)
        gc.collect()
    assert [p.name for p in tiny.iterdir()] == ["fill"]
    assert late == []


def _cut_off(path: Path, count: int) -> None:
    with written(path, "台账", "", [Column("甲", 8), Column("乙", 8)], fixed=1) as book:
        for n in range(count):
            book.add([Written(os.urandom(2000).hex()), Written(n)])


def test_a_full_disk_while_refused_rows_and_papers_are_written(desk: Desk, tiny: Path, tmp_path: Path) -> None:
    shown = importing.preview(desk, _roster(tmp_path / "名册.xlsx"))
    one = _person(desk, "赵㛃")
    (tiny / "fill").write_bytes(bytes(128 * 1024 - 4096))
    old = tiny / "a.xlsx"
    old.write_bytes(b"old")
    with pytest.raises(KnownError, match="磁盘已满"):
        exporting.refused(shown, old)
    form = next(f.code for f in printing.menu("person"))
    with pytest.raises(KnownError) as told:
        printing.issue(desk, form, [one], old)
    assert told.value.code in ("disk.full", "disk.write")
    assert "原文件未改动" in told.value.sentence
    assert "没有取用编号" in told.value.sentence
    assert printed.take(desk, 1)[0].endswith("P00001")  # what could be known before took no number
    assert old.read_bytes() == b"old"
    assert {p.name for p in tiny.iterdir()} == {"fill", "a.xlsx"}
    with desk.store.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM paper").scalar_one() == 0  # a paper that is not there is not logged


def _roster(path: Path) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:A2", "序号")
        sheet.merge_range("B1:B2", "姓名")
        sheet.merge_range("C1:C2", "身份证号码")
        sheet.merge_range("D1:D2", "户编号")
        sheet.merge_range("E1:F1", "外出")
        sheet.write_row("E2", ["年收入（万元）", "颜色"])
        sheet.write_row("A3", [1, "甲雁", 412327198503050028, None, 3.5, "红"])
        sheet.write_row("A4", [2, "乙雁", "412327198503050029", None, 2, "蓝"])
        sheet.merge_range("D3:D4", "12")
    return path


def test_refused_rows_can_be_mended_and_imported(desk: Desk, tmp_path: Path) -> None:
    shown = importing.preview(desk, _roster(tmp_path / "名册.xlsx"), village=VILLAGE)
    assert exporting.refused(shown, tmp_path / "未导入.xlsx") == 2
    sheet, heads, (first, second) = _read(tmp_path / "未导入.xlsx")
    assert heads == ["原行号", "未导入原因", "序号", "姓名", "身份证号", "户编号", "年收入（万元）", "颜色"]
    # Spelt out, the number that has lost its end would look whole, and one in eleven would pass the check digit.
    assert (first["原行号"], first["身份证号"]) == (3, "4.12327E+17")
    assert "末几位已丢失" in first["未导入原因"]
    assert "末几位已丢失" in sheet["E4"].comment.text
    assert (second["户编号"], second["年收入（万元）"], second["颜色"]) == ("12", "2", "蓝")
    sheet["E5"] = "412327198503050028"
    sheet.parent.save(tmp_path / "改好.xlsx")
    again = importing.preview(desk, tmp_path / "改好.xlsx", village=VILLAGE)
    assert [(r.name, r.state) for r in again.rows] == [("甲雁", "refused"), ("乙雁", "new")]
    assert again.rows[1].cells["income"] == Cell.of(2_000_000)
    assert again.rows[1].cells["household.number"] == Cell.of("12")


def test_refused_rows_of_a_file_that_has_changed_since(desk: Desk, tmp_path: Path) -> None:
    path = _roster(tmp_path / "名册.xlsx")
    shown = importing.preview(desk, path, village=VILLAGE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exporting.sheets, "read", lambda file: [])
        with pytest.raises(KnownError) as told:
            exporting.refused(shown, tmp_path / "a.xlsx")
    assert told.value.code == "sheet.changed"
    assert not (tmp_path / "a.xlsx").exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "disk.full"), (errno.EACCES, "disk.locked"), (errno.EROFS, "disk.locked"), (errno.EIO, "disk.write")],
)
@pytest.mark.parametrize("place", ["os.fsync", "pathlib.Path.replace"])
def test_a_disk_that_fails_at_the_last_step(tmp_path: Path, number: int, code: str, place: str) -> None:
    def fail(*args: object) -> None:
        raise OSError(number, "no")

    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")

    def export() -> None:
        with written(path, "台账", "", [Column("甲", 8), Column("乙", 8)], fixed=1) as book:
            book.add([Written("a"), Written(1)])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, fail)
        with pytest.raises(KnownError, match="原文件未改动") as told:
            export()
    assert told.value.code == code
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])


def test_a_folder_that_has_gone(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="U 盘可能已拔出") as told:
        exporting.people(desk, tmp_path / "gone" / "a.xlsx")
    assert told.value.code == "disk.folder"
