"""amend and calendar as the county desk calls them: JSON, sentences, exit statuses, nothing half published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import sample
from desktop.cli.main import main
from models.catalog.items import FOLDER

LOAN = (FOLDER / "money_loan.toml").read_text(encoding="utf-8")
NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
国办发明电〔2026〕7号
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月20日（周六）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日放假，共1天。
六、中秋节：9月15日放假，共1天。
七、国庆节：10月1日至7日放假调休，共7天。10月9日（周六）上班。
"""


@pytest.fixture
def county(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIYAN_PASSWORD", "ceshi-2026")
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))
    assert main(["init", "--office", sample.COUNTY, "--account", "赵立新"]) == 0
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *call: str) -> Any:
    capsys.readouterr()
    assert main([*call, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_an_edition_is_checked_published_and_listed(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = county / "贷款.toml"
    path.write_text(LOAN.replace("2026-01-01", "2027-03-01").replace("days = 18", "days = 12"), encoding="utf-8")
    dry = said(capsys, "amend", str(path), "--dry-run")
    assert dry == {
        "published": [],
        "editions": [{"code": "money.loan", "name": "创业担保贷款", "valid_from": "2027-03-01", "days": 12}],
    }
    assert {e["state"] for e in said(capsys, "amend", "list")} == {"now"}, "a dry run publishes nothing"
    assert len(said(capsys, "amend", str(path))["published"]) == 1
    newest, before = (e for e in said(capsys, "amend", "list") if e["code"] == "money.loan")
    assert (newest["valid_from"], newest["days"], newest["state"], newest["by"]) == ("2027-03-01", 12, "later", "赵立新")
    assert (before["valid_to"], before["days"], before["state"], before["by"]) == ("2027-02-28", 18, "now", "")
    assert main(["amend", str(path)]) == 1, "the same edition twice"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("没有.toml", "没有.toml"),
        ("坏.toml", "坏.toml 第 12 行"),
        ("日历.txt", "日历.txt 第 2 行"),
        ("表.xlsx", "表.xlsx 第 3 行"),
    ],
)
def test_what_is_wrong_names_file_and_line_and_publishes_nothing(
    county: Path, file: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import xlsxwriter

    (county / "坏.toml").write_text(
        LOAN.replace("2026-01-01", "2027-03-01").replace("days = 18", "days = 一八"), encoding="utf-8"
    )
    (county / "日历.txt").write_text("依据：国办\n2027-02-30 休\n2027-03-01 休\n", encoding="gb18030")
    with xlsxwriter.Workbook(str(county / "表.xlsx")) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate((["日期", "类型"], ["2027-02-08", "休"], ["2027-02-09", "加班"])):
            sheet.write_row(n, 0, row)
    verb = "amend" if file.endswith(".toml") else "calendar"
    capsys.readouterr()
    assert main([verb, str(county / file)]) == 1
    assert words in capsys.readouterr().err
    assert not any(y["by"] for y in said(capsys, "calendar", "list"))
    assert not any(e["by"] for e in said(capsys, "amend", "list"))


def test_a_year_is_published_from_the_notice_and_counts_at_once(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = county / "2027.txt"
    path.write_text(NOTICE, encoding="utf-8")
    assert said(capsys, "due", "2026-12-25", "5") == {"date": "2027-01-04", "forecast": True}
    dry = said(capsys, "calendar", str(path), "--dry-run")
    assert (dry["new"], dry["lacking"]) == (31, {})
    assert dry["days"][0] == {"date": "2027-01-01", "kind": "rest", "name": "元旦", "source": "国办发明电〔2026〕7号"}
    assert said(capsys, "due", "2026-12-25", "5")["forecast"], "a dry run publishes nothing"
    said(capsys, "calendar", str(path))
    assert said(capsys, "due", "2026-12-25", "5") == {"date": "2027-01-04", "forecast": False}
    assert said(capsys, "due", "2027-02-19", "1") == {"date": "2027-02-20", "forecast": False}, "a Saturday that is worked"
    again = said(capsys, "calendar", str(path))
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 31)
    (year,) = said(capsys, "calendar", "list", "--year", "2027")
    assert (year["state"], year["by"], len(year["days"])) == ("county", "赵立新", 31)


def test_a_few_days_say_what_the_year_still_lacks(county: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = county / "一天.txt"
    path.write_text("2027-02-08 休 春节\n", encoding="utf-8")
    made = said(capsys, "calendar", str(path), "--source", "县政府通知")
    assert made["days"] == [{"date": "2027-02-08", "kind": "rest", "name": "春节", "source": "县政府通知"}]
    assert len(made["lacking"]["2027"]) == 12
    assert said(capsys, "due", "2027-02-05", "1")["forecast"]


def test_a_township_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", "ceshi-2026")
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "town"))
    assert main(["init", "--office", sample.TOWNSHIP, "--account", "王芳"]) == 0
    path = tmp_path / "2027.txt"
    path.write_text(NOTICE, encoding="utf-8")
    assert main(["calendar", str(path)]) == 1
    assert "本机构不能发布" in capsys.readouterr().err
    assert said(capsys, "due", "2026-12-25", "5")["forecast"]
