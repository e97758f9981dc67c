"""What the county publishes is whole or not stored at all, can be undone, and never changes a case that is there."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from models.base import local_date
from models.catalog import items, reading, writing
from models.catalog.days import Day
from models.errors import RuleError
from models.records import Cell, canonical
from models.services import calendars, publishing, requests, undo
from models.services.desk import Desk
from models.services.verifying import verify
from models.store import rules
from models.tables.system import AUDIT
from tests.conftest import COUNTY, DeskFactory
from tests.desktop.cli.test_publishing import NOTICE

HELP = (items.FOLDER / "request_help.toml").read_text(encoding="utf-8")
SOON = local_date() + timedelta(days=30)


def amended(days: str = "3", valid_from: str = SOON.isoformat()) -> str:
    return HELP.replace("valid_from = 2026-01-01", f"valid_from = {valid_from}").replace("days = 5", f"days = {days}", 1)


@pytest.fixture
def county(desk_factory: DeskFactory) -> Desk:
    return desk_factory(COUNTY, "赵立新")


def state_of(desk: Desk) -> list[tuple[str, int, str]]:
    return [(e.item.edition, e.item.clock.days, e.state) for e in publishing.editions(desk) if e.item.code == "request.help"]


@pytest.mark.parametrize("item", items.shipped(), ids=lambda i: str(i.code))
def test_what_is_written_of_an_edition_reads_as_the_same(item: items.Item) -> None:
    (again,) = reading.read_data(writing.to_data(item), "x")
    assert again == item
    assert again.sample == item.sample


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ('code = "request.help"', 'code = "request.hlep"', "publish.unknown", "request.hlep"),
        (f"valid_from = {SOON}\n", "", "catalog.missing", "valid_from"),
        (f"valid_from = {SOON}", "valid_from = 2025-12-31", "publish.past", "不晚于“求助、意见、建议”已有的"),
        (f"valid_from = {SOON}", "valid_from = 2026-01-01", "publish.past", "更晚的生效日期"),
        ("days = 3", 'days = "三"', "catalog.value", "不加引号的整数"),
        ("days = 3", "days = 三", "catalog.toml", "列不合 TOML 写法"),
        ('"slip.acceptance"', '"slip.none"', "publish.forms", "slip.acceptance"),
        ('group = "general"', 'group = "none"', "catalog.value", "group"),
    ],
)
def test_a_broken_amendment_is_refused_with_file_place_and_remedy(
    county: Desk, old: str, new: str, code: str, words: str
) -> None:
    before, text = state_of(county), amended()
    assert old in text
    with pytest.raises(RuleError) as told:
        # The right edition before it is not published either.
        publishing.amend(county, amended(valid_from=(SOON - timedelta(days=1)).isoformat()) + text.replace(old, new), "求助.toml")
    assert told.value.code == code
    assert "求助.toml" in told.value.sentence
    assert words in told.value.sentence
    assert "没有改动" in told.value.sentence
    assert state_of(county) == before
    assert undo.last(county).label == "建立工作区"  # type: ignore[union-attr]


def test_a_new_item_must_be_meant(county: Desk) -> None:
    text = amended().replace("request.help", "request.legal").replace('name = "求助"', 'name = "法律援助"')
    with pytest.raises(RuleError, match="确是新增"):
        publishing.amend(county, text, "新.toml")
    publishing.amend(county, text, "新.toml", new=True)
    assert "request.legal" in {i.code for i in requests.items(county, SOON)}
    assert "request.legal" not in {i.code for i in requests.items(county)}


def test_publishing_is_undone_redone_withdrawn_and_audited(county: Desk) -> None:
    (record,) = publishing.amend(county, amended(), "求助.toml")
    there = [(SOON.isoformat(), 3, "later"), ("2026-01-01", 5, "now")]
    assert state_of(county) == there
    newest = next(e for e in publishing.editions(county) if e.item.code == "request.help")
    assert (newest.record_id, newest.by) == (record.id, "赵立新")
    assert newest.at[:10] == local_date().isoformat()
    undo.undo(county)
    assert ("2026-01-01", 5, "now") in state_of(county)
    assert requests.items(county, SOON) == requests.items(county)
    undo.redo(county)
    assert state_of(county) == there
    publishing.withdraw(county, record.id)
    assert (SOON.isoformat(), 3, "withdrawn") in state_of(county)
    publishing.amend(county, amended("4"), "求助.toml")  # nobody worked under it yet: its day may be used again
    assert (SOON.isoformat(), 4, "later") in state_of(county)
    with county.store.read() as conn:
        actions = list(conn.execute(select(AUDIT.c.action).where(AUDIT.c.entity == "amendment")).scalars())
    assert actions.count("publish") == 2
    assert actions.count("withdraw") == 1
    assert actions.count("change") == 5
    assert not any(f.faults for f in verify(county))


def test_a_year_in_parts_stops_being_a_forecast_when_it_is_whole(county: Desk) -> None:
    lines = NOTICE.splitlines(keepends=True)
    first = calendars.publish(county, calendars.read(county, "".join(lines[:5]), "上半年", source="国办").days)
    assert len(first.lacking[2027]) == 7
    assert requests.due(county, date(2026, 12, 25), 5) == (date(2027, 1, 4), True)
    assert [y.state for y in calendars.years(county) if y.year == 2027] == ["part"]
    rest = calendars.publish(county, calendars.read(county, "".join(lines[:2] + lines[5:]), "下半年").days)
    assert rest.lacking == {}
    assert requests.due(county, date(2026, 12, 25), 5) == (date(2027, 1, 4), False)
    calendars.withdraw(county, 2027)
    assert requests.due(county, date(2026, 12, 25), 5) == (date(2027, 1, 4), True)
    with pytest.raises(RuleError, match="没有发布过"):
        calendars.withdraw(county, 2027)


def test_a_day_published_again_gets_the_newer_word(county: Desk) -> None:
    for kind, name in (("休", "县庆"), ("班", "县庆取消")):
        plan = calendars.publish(county, calendars.read(county, f"2026-12-08 {kind} {name} 县政府", "粘贴的文字").days)
    assert (plan.new, plan.changed, plan.same) == (0, 1, 0)
    (year,) = (y for y in calendars.years(county) if y.year == 2026)
    assert [(d.workday, d.name, d.source) for d in year.days if d.on == date(2026, 12, 8)] == [(True, "县庆取消", "县政府")]
    undo.undo(county)
    with county.store.read() as conn:
        assert rules.calendar(conn, COUNTY) == {date(2026, 12, 8): False}


def test_a_calendar_from_a_workbook_a_toml_and_a_text_of_wps(county: Desk, tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "表.xlsx")) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["2027年放假安排"])
        sheet.write_row(1, 0, ["序号", "日期", "类型", "名称", "依据"])
        sheet.write_row(2, 0, [1])
        sheet.write_datetime(2, 1, date(2027, 2, 8), day)  # type: ignore[arg-type]
        sheet.write_row(2, 2, ["休", "春节", "国办7号"])
    (tmp_path / "旧.txt").write_bytes("2027-02-08 休 春节 国办7号".encode("gb18030"))
    expected = [Day(date(2027, 2, 8), False, "春节", "国办7号")]
    for name in ("表.xlsx", "旧.txt"):
        assert list(calendars.read(county, calendars.text_of(tmp_path / name), name).days) == expected
    shipped = Path(str(items.FOLDER)).parents[1] / "calendar" / "2026.toml"
    assert len(calendars.read(county, calendars.text_of(shipped), shipped.name).days) == 39


def test_only_the_county_publishes(desk_factory: DeskFactory) -> None:
    town = desk_factory()
    for act in (
        lambda: publishing.amend(town, amended(), "求助.toml"),
        lambda: publishing.amend_figures(town, "request.help", SOON.isoformat(), {"days": 1}),
        lambda: calendars.publish(town, calendars.read(town, NOTICE, "通知").days),
        lambda: calendars.withdraw(town, 2027),
    ):
        with pytest.raises(RuleError) as told:
            act()
        assert told.value.code == "publish.level"


def test_a_day_or_an_edition_that_cannot_be_read_stops_nobody(county: Desk) -> None:
    """What a faulty newer county could have sent: the rest of the rules stay in force."""
    with county.store.write("赵立新", "旧版本发布") as unit:
        for on in ("2027-02-31", "2027-02"):
            unit.create("calendar_day", {"on": Cell.of(on), "workday": Cell.of(False), "source": Cell.of(os.devnull)})
        unit.create(
            "amendment", {"item": Cell.of("x.y"), "valid_from": Cell.of("2026-01-01"), "body": Cell.of(canonical({"code": 1}))}
        )
    assert requests.due(county, date(2026, 11, 24), 5) == (date(2026, 12, 1), False)
    assert state_of(county) == [("2026-01-01", 5, "now")]
    publishing.amend(county, amended(), "求助.toml")
    assert state_of(county)[0] == (SOON.isoformat(), 3, "later")
