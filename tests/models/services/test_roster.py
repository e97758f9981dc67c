"""Messy rosters, as offices really send them. Every person is invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from models.fields import FieldSpec, Kind, State
from models.records import Cell
from models.services.roster import VILLAGE, Roster, read_roster
from models.tables import check
from models.tables.person import HOUSEHOLD, PERSON
from resources import divisions

HERE = Path(__file__).parent
TODAY = date(2026, 11, 24)
SPECS = (*(spec for spec in PERSON.specs), VILLAGE)
GOOD_ID = "412327198503050028"  # a woman born 1985-03-05

Make = Callable[..., Roster]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def build(
        heads: Sequence[str], *rows: Sequence[object], specs: Sequence[FieldSpec] = SPECS, **more: object
    ) -> Roster:
        path = tmp_path / "roster.xlsx"
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd", "strings_to_numbers": False}) as book:
            sheet = book.add_worksheet("名单")
            for number, row in enumerate([heads, *rows]):
                for column, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, column, value)
        return read_roster(path, specs, today=TODAY, **more)  # type: ignore[arg-type]

    return build


def test_old_workbook_with_titles_and_merges() -> None:
    specs = (
        FieldSpec("number", "户编号", aliases=("户号",)), FieldSpec("head_name", "户主姓名", aliases=("户主",)), *SPECS
    )  # fmt: skip
    found = read_roster(HERE / "roster.xls", specs, today=TODAY)
    assert (found.sheet, found.header_row, found.unmapped) == ("务工台帐", 3, ())
    assert [row.row for row in found.rows] == [4, 5, 6]
    first, second, third = (row.values for row in found.rows)
    # 户号 and 户主 are merged over the two people of one household.
    assert [v["number"].value for v in (first, second, third)] == ["1", "1", "2"]
    assert [v["head_name"].value for v in (first, second, third)] == ["周雁归", "周雁归", "李回"]
    assert [v["phone"].value for v in (first, second, third)] == ["13900000001", "13900000002", "0370-3123456"]
    assert [v["born_on"].value for v in (first, second, third)] == ["1985-03-05", "1990-01", "1985-03-05"]
    assert [v["income"].value for v in (first, second, third)] == [3_500_000, 2_000_000, None]
    assert third["id_number"].value[:17] == "41232719850305001"
    assert found.rows[0].problems == ()
    assert ["校验" in p.reason or "不一致" in p.reason for p in found.rows[1].problems] == [True]
    assert [p.severity for p in found.rows[2].problems] == ["warning"]


def test_id_number_stored_as_a_number_is_refused(make: Make) -> None:
    (row,) = make(["姓名", "身份证号码"], ["周雁归", int(GOOD_ID)]).rows
    assert not row.ok
    assert row.values["id_number"] == Cell()
    assert "身份证号在表格里存成了数字，末几位已丢失" in row.problems[0].reason
    assert "请" in row.problems[0].reason


def test_id_numbers(make: Make) -> None:
    found = make(
        ["姓名", "身份证号码", "性别", "出生年月"],
        ["周雁归", GOOD_ID, "女", "1985.3"],
        ["周小雁", "412327198503050029", "女", None],
        ["周大雁", f" {GOOD_ID[:6]} {GOOD_ID[6:]} ", "男", "1985-04"],
    ).rows
    assert found[0].problems == ()
    assert found[1].values["id_number"] == Cell(State.TO_VERIFY, "412327198503050029")
    assert not found[1].ok
    reasons = [problem.reason for problem in found[2].problems]
    assert found[2].ok
    assert len(reasons) == 3
    assert "性别与身份证号不一致" in reasons[0]
    assert "1985-03-05" in reasons[1]
    assert "第 2 行" in reasons[2]


def test_states_of_missing_values(make: Make) -> None:
    heads = ["姓名", "职业", "民族", "联系电话", "年收入", "备注"]
    found = make(
        heads,
        ["甲雁", "不适用", "拒绝提供", "未采集", "/", "无"],
        ["乙雁", "无", "不详", "无", "无", "-"],
        ["丙雁", "拒绝", "  ", "——", "不清楚", "有困难\n需走访"],
    ).rows
    assert [c.state.value for c in found[0].values.values()] == ["k", "n", "r", "u", "u", "k"]
    assert [c.state.value for c in found[1].values.values()] == ["k", "k", "v", "n", "n", "u"]
    assert [c.state.value for c in found[2].values.values()] == ["k", "r", "u", "u", "v", "k"]
    assert found[1].values["occupation"].value == "无"
    assert found[0].values["note"].value == "无"
    assert found[2].values["note"].value == "有困难\n需走访"
    assert all(row.ok for row in found)


def test_codes(make: Make) -> None:
    found = make(
        ["姓名", "学历", "民族", "行业", "参保情况", "外出方式"],
        ["甲雁", "初中", "汉", "居民服务和其他服务业", "失业、工伤保险", "亲友"],
        ["乙雁", "中学三年", "汉族", "制造业", "买过一种", "无"],
    ).rows
    first, second = found[0].values, found[1].values
    assert [first[n].value for n in ("education", "ethnic", "trade", "insured", "out_mode")] == [
        "70", "01", "O", "injury,unemployment", "kin",
    ]  # fmt: skip
    # Unknown words stay as written, to be verified; nothing is guessed and the row may still be imported.
    assert second["education"] == Cell(State.TO_VERIFY, "中学三年")
    assert second["insured"] == Cell(State.TO_VERIFY, "买过一种")
    assert second["out_mode"].state is State.NOT_APPLICABLE
    assert [p.severity for p in found[1].problems] == ["warning", "warning"]
    assert found[1].ok


def test_phones(make: Make) -> None:
    found = make(
        ["姓名", "手机号码"],
        ["甲雁", 13900000001],
        ["乙雁", "13900000001/13900000002"],
        ["丙雁", "13900000001、13900000002、13900000003"],
        ["丁雁", "1390000000"],
    ).rows
    assert found[0].values["phone"].value == "13900000001"
    assert (found[1].values["phone"].value, found[1].values["phone2"].value) == ("13900000001", "13900000002")
    assert "13900000003" in found[2].problems[0].reason
    assert found[3].values["phone"] == Cell(State.TO_VERIFY, "1390000000")
    assert found[3].ok


def test_numbers_and_units(make: Make) -> None:
    found = make(
        ["姓名", "累计外出时间（年）", "年收入（万元）", "是否受过培训", "银行卡号"],
        ["甲雁", 2.5, 3.5, "√", "6210 0000 0000 0000 001"],
        ["乙雁", "3年6个月", "5000元", "否", 6.21e18],
        ["丙雁", "很久", "三万", "也许", "见卡"],
    ).rows
    first, second, third = found
    assert [c.value for c in first.values.values()] == ["甲雁", 30, 3_500_000, True, "6210000000000000001"]
    assert [c.value for c in second.values.values()] == ["乙雁", 42, 500_000, False, None]
    assert "银行账号在表格里存成了数字" in second.problems[0].reason
    assert [p.severity for p in third.problems] == ["error", "error", "error", "warning"]
    # What the field cannot hold is quoted, so that it can be mended without opening the workbook.
    assert "很久" in third.problems[0].reason
    assert third.values["bank_account"] == Cell(State.TO_VERIFY, "见卡")


def test_dates(make: Make) -> None:
    found = make(
        ["姓名", "出生年月", "返乡时间"],
        ["甲雁", 31111, "0205"],
        ["乙雁", date(1990, 5, 1), "腊月二十"],
        ["丙雁", 1985.1, "去年3月"],
    ).rows
    assert [row.values["born_on"].value for row in found] == ["1985-03-05", "1990-05-01", "1985.1"]
    assert [row.values["back_on"].value for row in found] == ["2026-02-05", "腊月二十", "2025-03"]
    assert "农历" in found[1].problems[0].reason
    assert found[2].values["born_on"].state is State.TO_VERIFY


def test_names_keep_rare_characters(make: Make) -> None:
    found = make(
        ["姓名", "联系电话"], ["张　三𪻐", None], ["王\ue863", None], [None, 13900000001], ["雁" * 70, None]
    ).rows
    assert [row.values["name"].value for row in found] == ["张三𪻐", "王\u4dae", None, None]
    assert "缺少姓名" in found[2].problems[0].reason
    assert "最多 60 个字，现有 70 个" in found[3].problems[0].reason
    assert [row.ok for row in found] == [True, True, False, False]


def test_villages_of_the_township(make: Make) -> None:
    town = divisions.townships("411424")[5]
    village = divisions.villages(town.code)[0]
    found = make(
        ["姓名", "村"],
        ["甲雁", village.short],
        ["乙雁", f"{town.name}{village.name}"],
        ["丙雁", "没有这个庄"],
        township=town.township,
    ).rows
    assert [row.values["village"].value for row in found] == [village.code, village.code, None]
    assert "没有这个庄" in found[2].problems[0].reason


def test_what_is_no_person_is_passed_over(make: Make) -> None:
    found = make(
        ["序号", "姓名", "性别", "联系电话"],
        [1, 2, 3, 4],
        [1, "甲雁", "男", 13900000001],
        [2, None, None, None],
        ["序号", "姓名", "性别", "联系电话"],
        [3, "乙雁", "女", None],
        ["合计", None, "2人", None],
        [None, "填表说明：性别填男或女", None, None],
    )
    assert [row.row for row in found.rows] == [3, 6]
    assert set(found.skipped) == {2, 5, 7, 8}
    assert found.unmapped == ("序号",)


def test_section_titles_and_stray_merges(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("名单")
        sheet.merge_range("A1:D1", "示例村外出务工人员花名册")
        sheet.write_row("A2", ["户号", "姓名", "联系电话", "备注"])
        sheet.merge_range("A3:D3", "第一村民组")
        sheet.merge_range("A4:A6", "12")
        sheet.write_row("B4", ["甲雁", 13900000001])
        sheet.write_row("B5", ["乙雁", 13900000002])
        sheet.merge_range("C7:D7", "已去世")
        sheet.write("B7", "丙雁")
        book.add_worksheet("说明").write("A1", "请按样例填写")
    found = read_roster(path, (*HOUSEHOLD.specs, *SPECS), today=TODAY)
    assert [(r.row, r.values["number"].value, r.values["name"].value) for r in found.rows] == [
        (4, "12", "甲雁"), (5, "12", "乙雁"), (7, None, "丙雁"),
    ]  # fmt: skip
    assert found.rows[2].values["phone"] == Cell(State.TO_VERIFY, "已去世")
    assert found.rows[2].values["note"] == Cell()
    assert found.others == ("说明",)


def test_everything_read_may_be_stored(make: Make) -> None:
    """Whatever a roster says, what comes out passes the check of the store, field by field."""
    kinds = {spec.name: spec for spec in PERSON.specs if spec.kind not in (Kind.REF, Kind.JSON, Kind.MOMENT)}
    odd = ["无", "不详", "/", "甲、乙", "1985.3", 3.5, 13900000001, True, "x" * 300, "🦢", "2026-02-30", "是", 1e17]
    found = make([spec.label for spec in kinds.values()], *([value] * len(kinds) for value in odd)).rows
    assert len(found) >= len(odd) - 1
    for row in found:
        assert check.check(PERSON, row.values) == []


def test_a_thousand_people_are_read_quickly(make: Make) -> None:
    import time

    rows = [[f"雁{n}", GOOD_ID[:14] + f"{n:03d}0", "女", "初中", 13900000000 + n] for n in range(1000)]
    start = time.process_time()
    found = make(["姓名", "身份证号码", "性别", "学历", "手机"], *rows)
    assert len(found.rows) == 1000
    # 0.1 s where it was written; ten times that would be felt at 10,000 rows.
    assert time.process_time() - start < 2
