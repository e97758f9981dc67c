"""The command line as its callers see it: exit statuses, JSON keys, sentences on stderr."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import xlsxwriter

from desktop.cli import commands, sample
from desktop.cli.main import main, parser
from desktop.clock import clock_words
from models.services import syncing
from resources import divisions

PASSWORD = "ceshi-2026"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "ws"
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(folder))
    assert main(["init", "--office", sample.TOWNSHIP, "--account", "王芳"]) == 0
    return folder


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "花名册.xlsx"
    sample.write_roster(path, divisions.villages(sample.TOWNSHIP)[2].name)
    return path


def said(capsys: pytest.CaptureFixture[str], *call: str) -> Any:
    capsys.readouterr()
    assert main([*call, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_wrong_call_exits_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["frob"])
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("start", "days", "due", "forecast"),
    [("2026-02-12", 5, "2026-02-26", False), ("2025-12-31", 1, "2026-01-04", False), ("2026-12-25", 5, "2027-01-04", True)],
)
def test_due(capsys: pytest.CaptureFixture[str], tmp_path: Path, start: str, days: int, due: str, forecast: bool) -> None:
    assert main(["--workspace", str(tmp_path / "none"), "due", start, str(days), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"date": due, "forecast": forecast}


def test_a_dry_run_stores_nothing_and_an_import_twice_changes_nothing(
    workspace: Path, roster: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dry = said(capsys, "import", str(roster), "--dry-run")
    assert (dry["rows"], dry["new"], dry["changed"], dry["same"]) == (17, 15, 0, 0)
    assert [(r["row"], r["field"]) for r in dry["refused"]] == [(19, "id_number"), (20, "id_number")]
    assert "数字" in dry["refused"][1]["reason"]
    assert said(capsys, "find", "钱䶮") == []
    said(capsys, "import", str(roster))
    again = said(capsys, "import", str(roster))
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 15)


def test_hidden_rows_and_people_without_a_village_are_told(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "无村.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([["姓名", "备注"], ["甲雁", "一"], ["乙雁", "二"]]):
            sheet.write_row(n, 0, row)
        sheet.set_row(2, None, None, {"hidden": True})
    assert main(["import", str(path), "--dry-run"]) == 0
    told = capsys.readouterr().out
    assert "另有 1 行在表中是隐藏的" in told
    assert "1 人没有写所在村" in told
    village = divisions.villages(sample.TOWNSHIP)[2]
    taken = said(capsys, "import", str(path), "--hidden", "--village", village.code)
    assert (taken["new"], taken["hidden"], taken["without_village"]) == (2, 1, 0)
    assert said(capsys, "find", "乙雁")[0]["village"] == village.name


def test_find_tells_tails_and_never_whole_numbers(workspace: Path, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "import", str(roster))
    for typed in ("赵㛃", "zj", "0103", "zhaojie"):
        hits = said(capsys, "find", typed)
        assert "赵㛃" in [h["name"] for h in hits], typed
    hit = next(h for h in said(capsys, "find", "赵㛃"))
    assert set(hit) == {"kind", "id", "name", "village", "id_tail", "phone_tail"}
    assert hit["phone_tail"] == "0103"
    assert len(hit["id_tail"]) == 4


def test_print_export_and_verify(workspace: Path, roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "import", str(roster))
    letter, ledger = tmp_path / "letter.pdf", tmp_path / "people.xlsx"
    made = said(capsys, "print", "notice.meeting", "--find", "王𡋾", "-o", str(letter), "--set", "notice.to=【村】【姓名】同志")
    assert letter.read_bytes().startswith(b"%PDF")
    assert made["serials"] == [f"411424104-{made['serials'][0][10:14]}-AP00001"]
    assert said(capsys, "export", "people", "-o", str(ledger))["rows"] == 15
    assert said(capsys, "verify") == {"database": "ok", "audit": "ok", "receipts": "ok", "attachments": "ok"}
    assert {f["code"] for f in said(capsys, "forms")} >= {"slip.acceptance", "register.request", "notice.meeting"}


def test_everybody_of_a_village_has_a_letter_in_one_file_or_in_a_file_each(
    workspace: Path, roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(roster))
    whole, each = tmp_path / "all.pdf", tmp_path / "each"
    told = ["print", "notice.meeting", "--village", "411424104000", "--set", "notice.body=请于1月28日参加。"]
    made = said(capsys, *told, "-o", str(whole))
    assert len(made["serials"]) == len(pypdfium2.PdfDocument(whole)) == 15
    run = said(capsys, *told, "--each", str(each))
    assert sorted(f.name for f in each.iterdir()) == sorted(run["files"])
    assert len({*made["serials"], *run["serials"]}) == 30
    assert any(name.startswith("赵㛃_411424104-") for name in run["files"])
    empty = divisions.villages("411424104000")[-1]
    for village, word in (("411424104299", "没有代码为"), ("411424102000", "没有代码为"), (empty.code, f"{empty.name}还没有登记人员")):
        assert main([*told[:3], village, *told[4:], "-o", str(whole)]) == 1
        assert word in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*told, "-o", str(whole), "--each", str(each)])
    capsys.readouterr()


def test_a_notice_of_which_nothing_is_said_bears_its_office_and_its_addressee(
    workspace: Path, roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(roster))
    for at, told in enumerate(([], ["--set", "notice.sign=慈圣镇返乡办"])):
        said(capsys, "print", "notice.meeting", "--find", "钱䶮", "-o", str(tmp_path / f"{at}.pdf"), *told)
    plain, signed = (pypdfium2.PdfDocument(tmp_path / f"{at}.pdf")[0].get_textpage().get_text_range() for at in range(2))
    assert plain.count("柘城县慈圣镇人民政府") == 2  # the red head and the signature
    assert "白庄村钱䶮同志" in plain
    assert "会议时间" in plain
    assert "慈圣镇返乡办" in signed


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["print", "notice.meeting", "--find", "没有这个人", "-o", "x.pdf"], "没有找到"),
        (["print", "no.such", "--find", "王", "-o", "x.pdf"], "没有代码为"),
        (["import", "nowhere.xlsx"], "nowhere.xlsx"),
        (["sync"], "还没有加入县级"),
        (["due", "2026-13-01", "1"], "不是日期"),
        (["due", "9999-12-30", "5"], "2099 年以前"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_1(
    workspace: Path, call: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(call) == 1
    assert words in capsys.readouterr().err


def test_every_command_of_the_parser_runs_something() -> None:
    """move was offered, and ended in a bug number."""
    offered = next(a for a in parser()._actions if a.dest == "command").choices
    assert sorted(offered or ()) == sorted(commands.COMMANDS)


def test_a_person_moves_by_village_code(workspace: Path, roster: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "import", str(roster))
    person = said(capsys, "find", "钱䶮")[0]["id"]
    village = divisions.villages(sample.TOWNSHIP)[3].code
    assert said(capsys, "move", "--id", person, "--village", village) == {"id": person, "village": village}
    assert main(["move", "--id", person, "--village", "411424999"]) == 1
    assert "没有村" in capsys.readouterr().err


def test_a_paper_of_a_request_says_that_the_person_has_none(
    workspace: Path, roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(roster))
    assert main(["print", "slip.acceptance", "--find", "钱䶮", "-o", str(tmp_path / "x.pdf")]) == 1
    assert "还没有诉求" in capsys.readouterr().err


def test_an_unknown_placeholder_stops_the_print(
    workspace: Path, roster: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "import", str(roster))
    out = tmp_path / "x.pdf"
    assert main(["print", "notice.meeting", "--find", "解长乐", "-o", str(out), "--set", "notice.body=您好【身份证】"]) == 1
    assert "占位符" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(("off", "words"), [(-31535966, "慢了 365 天"), (5 * 3600, "快了 5 小时"), (900, "快了 15 分钟")])
def test_a_clock_that_is_off_is_told_as_in_the_window(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], off: int, words: str
) -> None:
    monkeypatch.setattr(syncing, "_clock_off", lambda _conn, _receipt: off)
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert clock_words(off) in shown
    assert f"本机时钟{words}，请校准" in shown
    assert " 秒" not in shown
    assert said(capsys, "status")["clock_off"] == off  # a program counts seconds


def test_a_wrong_password_changes_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {p.name: p.read_bytes() for p in workspace.iterdir() if p.is_file()}
    monkeypatch.setenv("GUIYAN_PASSWORD", "bu-dui-de-mima")
    assert main(["status"]) == 1
    assert "密码不对" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in workspace.iterdir() if p.is_file()} == before


def test_a_paper_for_all_alike_is_about_nobody(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = tmp_path / "card.pdf"
    for item in ("money.loan", "创业担保贷款"):
        said(capsys, "print", "card.policy", "-o", str(card), "--set", f"ask.item={item}")
        with pypdfium2.PdfDocument(card) as document:
            assert "创业担保贷款" in document[0].get_textpage().get_text_range()
    for wrong, sentence in (
        (["card.policy", "--find", "钱䶮"], "政策明白卡整份印发，不针对个人"),
        (["notice.meeting"], "请用 --id、--find 或 --village 写明"),
        (["card.policy", "--set", "ask.item=贷款"], "没有名为“贷款”的事项"),
    ):
        assert main(["print", *wrong, "-o", str(card)]) == 1
        assert sentence in capsys.readouterr().err
