"""Who stands in which ledger, what each cell says, and that no cell says more than somebody has recorded."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from models.errors import RuleError
from models.fields import State
from models.records import Cell
from models.services import contacts, exporting, people, registers
from models.services.desk import Desk
from models.services.ledgers import pages
from models.services.registers import LEDGERS
from tests.conftest import SIBLING, VILLAGE, DeskFactory

ON = date(2026, 11, 24)
EMPLOYED = {"kind": "migrant", "employer": "常熟服装厂"}


@pytest.fixture
def desk(desk_factory: DeskFactory, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(registers, "local_date", lambda: ON)
    monkeypatch.setattr(exporting, "local_date", lambda: ON)
    return desk_factory()


def _person(desk: Desk, name: str, village: str = VILLAGE, **cells: Any) -> str:
    given = {k: v if isinstance(v, Cell) else Cell.of(v) for k, v in cells.items()}
    return people.save(desk, None, {"name": Cell.of(name), **given}, village=village).id


def _sheet(desk: Desk, tmp_path: Path, name: str) -> Any:
    exporting.export(desk, name, tmp_path / f"{name}.xlsx")
    sheet = load_workbook(tmp_path / f"{name}.xlsx").active
    assert sheet is not None
    return sheet


def _lines(sheet: Any) -> list[dict[str, Any]]:
    """The rows of a ledger by the lower of its heads."""
    rows = [[c.value for c in r] for r in sheet.iter_rows()]
    first = next(n for n, row in enumerate(rows) if isinstance(row[0], int))
    upper = [h or "" for h in rows[first - 2]] if first > 3 else [""] * len(rows[0])
    heads = [low or up for low, up in zip(rows[first - 1], upper, strict=True)]
    return [dict(zip(heads, row, strict=True)) for row in rows[first:] if isinstance(row[0], int)]


def _names(desk: Desk, tmp_path: Path, name: str) -> list[str]:
    exporting.export(desk, name, tmp_path / "a.xlsx")
    rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    return [str(row[2]) for row in rows if isinstance(row[0], float | int)]


@pytest.mark.parametrize("name", sorted(LEDGERS))
def test_each_ledger_fits_and_says_its_columns_once(name: str) -> None:
    ledger = LEDGERS[name]
    heads = [(c.group, c.head) for c in ledger.columns]
    assert len(heads) == len(set(heads))
    assert all(c.head and c.width > 0 for c in ledger.columns)
    assert ledger.title
    if name not in ("people", "requests"):  # those hold notes and answers: their head stands on each page
        assert pages([exporting._SERIAL, *ledger.columns], ledger.fixed) == 1


@pytest.mark.parametrize("name", sorted(LEDGERS))
def test_an_empty_ledger_is_a_whole_workbook(desk: Desk, tmp_path: Path, name: str) -> None:
    assert exporting.export(desk, name, tmp_path / "a.xlsx") == 0
    rows = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    words = [str(c) for row in rows for c in row]
    if LEDGERS[name].bare:
        assert words[0] == "序号"
    else:
        assert LEDGERS[name].title in words
        assert any(w == "机构名称：柘城县慈圣镇        填报日期：2026年11月24日        填报人：李经办" for w in words)
        assert any(w.startswith("填表说明：") for w in words)


def test_an_unknown_ledger_names_those_there_are(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="people、requests") as told:
        exporting.export(desk, "persons", tmp_path / "a.xlsx")
    assert told.value.code == "ledger.unknown"


def test_within_the_county_and_out_of_it(desk: Desk, tmp_path: Path) -> None:
    near = {"甲": "柘城县产业集聚区", "乙": "慈圣镇", "丙": "本县", "丁": "河南柘城"}
    far = {"戊": "江苏常熟", "己": "上海", "庚": "河北安平县"}  # 安平镇 is one of ours, 安平县 is not
    for name, place in (near | far).items():
        _person(desk, name, out_place=place, **EMPLOYED)
    _person(desk, "辛", **EMPLOYED)
    _person(desk, "壬", out_place="在家", kind="local")
    _person(desk, "癸", out_place="上海", kind="returnee")  # where he was before
    _person(desk, "子", out_place="上海", kind="migrant", employment_form="none")
    _person(desk, "丑", SIBLING, out_place="柘城县", kind="local")
    assert _names_of(desk, tmp_path, "transfer-in") == {*near, "丑"}
    assert _names_of(desk, tmp_path, "transfer-out") == set(far)
    sheet = load_workbook(tmp_path / "transfer-out.xlsx").active
    assert sheet is not None
    assert "1．另有 1 名外出务工人员没有登记务工地点，县内、县外两本台账都没有列入。" in str(sheet.cell(sheet.max_row, 1).value)


def _names_of(desk: Desk, tmp_path: Path, name: str) -> set[str]:
    return {str(line["姓名"]) for line in _lines(_sheet(desk, tmp_path, name))}


def test_the_cells_of_a_transfer_ledger(desk: Desk, tmp_path: Path) -> None:
    _person(desk, "赵㛃", out_place="江苏常熟", born_on="1985-11-25", sex="2", marital="20", insured=Cell(State.REFUSED),
            income=3_500_000, occupation="缝纫工", address="慈圣镇甲村", **EMPLOYED)  # fmt: skip
    _person(desk, "钱䶮", out_place="上海", kind="migrant")
    sheet = _sheet(desk, tmp_path, "transfer-out")
    first, second = _lines(sheet)
    assert (first["年龄"], first["性别"], first["单位"], first["工种"], first["收入（元）"]) == (40, "女性", "常熟服装厂", "缝纫工", 35000)
    assert first["参保"] == "拒绝提供"
    assert [second[h] for h in ("性别", "年龄", "学历", "婚姻", "地址", "单位", "工种", "参保", "收入（元）")] == ["未采集"] * 9
    assert [c.value for c in sheet[3] if c.value] == ["序号", "所在村", "基本情况", "就业情况"]
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.page_setup.fitToWidth) == ("D5", "$3:$4", 1)


@pytest.mark.parametrize(
    ("born", "shown"),
    [("1985-11-24", 41), ("1985-11-25", 40), ("1985-10", 41), ("1985-12", 40), ("1985-11", "1985年生"), ("1985", "1985年生")],
)
def test_an_age_is_said_where_it_is_sure(desk: Desk, tmp_path: Path, born: str, shown: object) -> None:
    _person(desk, "赵㛃", born_on=born)
    assert _lines(_sheet(desk, tmp_path, "labour"))[0]["年龄"] == shown


def test_who_is_of_an_age_to_work(desk: Desk, tmp_path: Path) -> None:
    for name, sex, born in (
        ("满十六", "1", "2010-11-24"), ("差一天", "1", "2010-11-25"), ("男六十", "1", "1965-11-25"), ("男六十一", "1", "1965-11-24"),
        ("女五十五", "2", "1970-11-25"), ("女五十六", "2", "1970-11-24"), ("女六十", "2", "1966-01-01"), ("不知男女", None, "1966-01-01"),
        ("只知年份", "1", "1965"), ("不知年份", "1", None), ("太早", "1", "1964"),
    ):  # fmt: skip
        _person(desk, name, sex=sex, born_on=born)
    assert _names_of(desk, tmp_path, "labour") == {"满十六", "男六十", "女五十五", "不知男女", "只知年份", "不知年份"}


def test_visits_that_were_taken_back_are_not_listed(desk: Desk, tmp_path: Path) -> None:
    one = _person(desk, "赵㛃", phone="13700000101")
    cells = {"way": Cell.of("visit"), "on": Cell.of("2026-11-20"), "text": Cell.of("想回村办厂")}
    contacts.add(desk, one, cells | {"outcome": Cell.of("willing"), "next_on": Cell.of("2026-12-01")})
    contacts.add(desk, one, cells | {"text": Cell.of("没有问意愿"), "by": Cell.of("王村干")})
    contacts.retract(desk, contacts.add(desk, one, cells | {"text": Cell.of("写错了")}).id)
    first, second = _lines(_sheet(desk, tmp_path, "visits"))
    assert (first["姓名"], first["联系电话"], first["联系日期"], first["走访人"]) == ("赵㛃", "13700000101", "2026-11-20", "李经办")
    assert (first["联系方式"], first["反映问题和谈话内容"], first["返乡创业意愿"]) == ("走访", "想回村办厂", "愿意")
    assert first["下次联系日期"] == "2026-12-01"
    assert (second["走访人"], second["返乡创业意愿"], second["下次联系日期"]) == ("王村干", "未采集", None)


def test_venturers_and_what_nobody_records(desk: Desk, tmp_path: Path) -> None:
    _person(desk, "赵㛃", kind="venturer", id_number="412327198503050028", venture_plan="服装加工", out_months=120, back_on="2026-03")
    _person(desk, "钱䶮", kind="returnee", venture_plan="还在想")
    sheet = _sheet(desk, tmp_path, "venturers")
    (line,) = _lines(sheet)
    assert (line["身份证号"], line["创业项目"], line["返乡时间"], line["累计外出时间（月）"]) == ("412327198503050028", "服装加工", "2026-03", 120)
    assert [line[h] for h in ("实体名称", "统一社会信用代码", "带动就业人数")] == ["未采集"] * 3
    numbers = [c for c in sheet[5] if c.value == "412327198503050028"]
    assert [c.number_format for c in numbers] == ["@"]


def test_the_template_of_the_province(desk: Desk, tmp_path: Path) -> None:
    _person(desk, "赵㛃", id_number="412327198503050028", employment_form="unit", hardship=Cell(State.NOT_APPLICABLE), sector="2",
            out_since="2009-03", phone=Cell(State.TO_VERIFY, "1370000010"), **EMPLOYED)  # fmt: skip
    _person(desk, "钱䶮", employer="甲厂", hardship="old")
    _person(desk, "孙𬘫", kind="migrant")  # nobody knows whether he has work
    _person(desk, "李𬭎", employer="旧厂", employment_form="none")
    exporting.export(desk, "province", tmp_path / "a.xlsx")
    head, first, second = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0).to_python()
    assert head == [
        "序号", "市", "机构名称", "姓名", "身份证号", "联系电话", "学历", "登记就业时间", "就业单位", "就业方式", "就业类型", "统一社会信用代码",
        "组织机构代码", "所属行业", "单位具体地址", "从事产业类型", "是否登记失业人员", "是否就业困难人员",
    ]  # fmt: skip
    said = dict(zip(head, first, strict=True))
    assert (said["市"], said["机构名称"], said["就业单位"], said["就业方式"]) == ("商丘市", "柘城县", "常熟服装厂", "单位就业")
    assert (said["从事产业类型"], said["是否就业困难人员"]) == ("第二产业", "否")
    # A program reads this: a state in words would be stored as a value, and a doubted number as a right one.
    assert (said["学历"], said["联系电话"], said["登记就业时间"]) == ("", "", "")
    assert (second[3], second[17]) == ("钱䶮", "是")


def test_which_ledger_it_was_is_in_the_audit_log(desk: Desk, tmp_path: Path) -> None:
    from sqlalchemy import select

    from models.tables.system import AUDIT

    _person(desk, "赵㛃", kind="venturer")
    exporting.export(desk, "venturers", tmp_path / "a.xlsx")
    with desk.store.read() as conn:
        last = conn.execute(select(AUDIT).order_by(AUDIT.c.n.desc()).limit(1)).one()
    assert (last.action, last.entity, last.detail) == ("export", "person", '{"count":1,"ledger":"venturers"}')
