"""The county publishes in its window; a township's open window works by it after the next round."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton

from desktop import look, messages
from desktop.main_window import MainWindow
from desktop.pages.requests import RequestsPage
from desktop.pages.rules import RulesPage
from models.base import local_date
from models.catalog import items, writing
from models.records import Cell, canonical
from models.services import calendars, drafts, publishing, requests, syncing
from models.services.desk import Desk
from tests.conftest import COUNTY, TOWNSHIP, DeskFactory
from tests.desktop.cli.test_publishing import NOTICE
from tests.desktop.conftest import rest, until

SOON = (local_date() + timedelta(days=30)).isoformat()


def shown(desk: Desk) -> Iterator[MainWindow]:
    made = MainWindow(desk)
    made.resize(1366, 768)
    made.show()
    yield made
    made.close()
    rest()
    shiboken6.delete(made)


@pytest.fixture
def county_window(desk_factory: DeskFactory, qapp: object) -> Iterator[MainWindow]:
    look.dress(qapp)  # type: ignore[arg-type]
    yield from shown(desk_factory(COUNTY, "赵立新"))


def rules_page(window: MainWindow, argument: str = "") -> RulesPage:
    window.open("rules", argument)
    page = window.page("rules")
    assert isinstance(page, RulesPage)
    until(lambda: page.items.model().rowCount() and (not argument or page.shown == argument), "the rules")
    return page


def said(widget: object) -> str:
    return "\n".join(x.text() for x in widget.findChildren(QLabel) if not x.isHidden())  # type: ignore[attr-defined]


def test_only_a_county_desk_has_the_page(county_window: MainWindow, window: MainWindow) -> None:
    assert county_window.has("rules")
    assert not window.has("rules")


def test_an_edition_is_written_refused_published_and_undone(county_window: MainWindow) -> None:
    page, desk = rules_page(county_window, "money.loan"), county_window.desk
    page.item.begin()
    editor = page.item.editor
    assert editor is not None
    editor.rows["days"].input.setText("12")  # type: ignore[attr-defined]
    told: list[str] = []
    county_window.show_message = lambda text, **_: told.append(text)  # type: ignore[method-assign]
    page.item.publish()
    assert told == ["还缺：生效日期"]
    editor.rows["valid_from"].input.setText("2025-12-31")  # type: ignore[attr-defined]
    page.item.publish()
    until(lambda: len(told) > 1, "the refusal")
    assert "不晚于“创业担保贷款”已有的 2026-01-01 版" in told[1]
    assert page.item.editor is editor, "what is typed stays"
    assert {e.state for e in publishing.editions(desk)} == {"now"}
    editor.rows["valid_from"].input.setText(SOON)  # type: ignore[attr-defined]
    materials = editor.rows["materials"].input
    assert isinstance(materials, QPlainTextEdit)
    materials.setPlainText(materials.toPlainText() + "\n担保人材料（可缺）｜没有担保人的不用交")
    page.item.publish()
    until(lambda: f"自 {SOON} 起" in said(page.item), "the card of the new edition")
    words = said(page.item)
    assert "赵立新" in words
    assert "待发送" in words
    assert "承诺时限由“18 个工作日”改为“12 个工作日”" in words
    assert "材料增加“担保人材料”" in words
    newest = next(e for e in publishing.editions(desk) if e.item.code == "money.loan")
    assert drafts.all(desk) == []
    assert newest.item.materials[-1] == items.Material("担保人材料", False, "没有担保人的不用交")
    county_window.undo()
    until(lambda: "已撤回" in said(page.item), "the withdrawn edition")
    assert requests.items(desk, local_date() + timedelta(days=60)) == requests.items(desk)


def test_what_is_written_is_a_draft_that_another_start_goes_on_with(county_window: MainWindow) -> None:
    page, desk = rules_page(county_window, "money.loan"), county_window.desk
    page.item.begin()
    assert page.item.editor is not None
    page.item.editor.rows["days"].input.setText("9")  # type: ignore[attr-defined]
    page.item.editor.touch(["days"])
    page.item._pause.start()
    rules_page(county_window, "request.help")  # another item is looked at in between
    until(lambda: drafts.all(desk), "the draft")
    for again in shown(desk):
        county_window.open("home")
        again.open("amendment", ("draft", drafts.all(desk)[0].id))
        other = again.page("rules")
        assert isinstance(other, RulesPage)
        until(lambda other=other: other.item.editor and other.item.editor.is_touched, "the resumed draft")  # type: ignore[misc]
        assert other.shown == "money.loan"
        assert other.item.editor is not None
        assert other.item.editor.rows["days"].cell().value == 9
        other.item._give_up()
        until(lambda: drafts.all(desk) == [], "the end of the draft")
    assert {e.state for e in publishing.editions(desk)} == {"now"}


def test_a_pasted_notice_is_read_as_it_is_typed_and_published(county_window: MainWindow) -> None:
    page, desk = rules_page(county_window, "2027"), county_window.desk
    assert "按预测日历" in said(page.year)
    page.year.text.setPlainText(NOTICE.replace("（周五）至3日", "（周六）至3日"))
    until(lambda: "请核对年份" in said(page.year), "what is wrong")
    page.year.publish()
    page.year.text.setPlainText(NOTICE)
    until(lambda: "新增 31" in said(page.year), "what would be published")
    assert not any(y.by for y in calendars.years(desk)), "nothing is published by typing"
    page.year.publish()
    until(lambda: "01-01 至 01-03" in said(page.year), "the published year")
    assert "县级已发布" in said(page.year)
    assert page.year.text.toPlainText() == ""
    county_window.undo()
    until(lambda: "按预测日历" in said(page.year), "the forecast again")


def test_a_file_with_a_new_item_must_say_so(county_window: MainWindow, tmp_path: Path) -> None:
    page, path = rules_page(county_window), tmp_path / "新事项.toml"
    text = (items.FOLDER / "request_help.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("request.help", "request.legal").replace("求助、意见、建议", "法律援助"), encoding="utf-8")
    told: list[str] = []
    county_window.show_message = lambda text, **_: told.append(text)  # type: ignore[method-assign]
    page.publish_file(path)
    until(lambda: told, "the refusal")
    assert "新事项.toml" in told[0]
    page._new.setChecked(True)
    page.publish_file(path)
    until(lambda: page.shown == "request.legal", "the new item")
    assert "法律援助" in said(page.item)


def test_an_open_intake_of_a_township_asks_by_the_new_edition_after_sync(joined: DeskFactory, qapp: object) -> None:
    look.dress(qapp)  # type: ignore[arg-type]
    county, town = joined(COUNTY, "赵立新"), joined(TOWNSHIP, "王芳")
    for window in shown(town):
        window.open("requests", ("new", ""))
        page = window.page("requests")
        assert isinstance(page, RequestsPage)
        page.intake._item.set_value("request.help")
        page.intake._choose_item()
        page.intake.editor.row("text").input.setPlainText("想办小额贷款")  # type: ignore[attr-defined]
        assert "承诺 5 个工作日" in said(page.intake)
        materials = [{"name": "佐证材料", "required": False, "note": ""}, {"name": "委托书", "required": True, "note": ""}]
        publishing.amend_figures(county, "request.help", local_date().isoformat(), {"days": 2, "materials": materials})
        syncing.run(county)
        window.sync()
        until(lambda page=page: "承诺 2 个工作日" in said(page.intake), "the amended rule in the editor")  # type: ignore[misc]
        assert list(page.intake._ticks) == ["佐证材料", "委托书"]
        assert page.intake.editor.row("text").input.toPlainText() == "想办小额贷款"  # type: ignore[attr-defined]
    messages._WAITING.clear()


def test_what_the_city_published_is_told_as_such_and_not_taken_back_here(joined: DeskFactory, qapp: QApplication) -> None:
    look.dress(qapp)
    city, county = joined("411400000000", "周市"), joined(COUNTY, "赵立新")
    publishing.amend_figures(city, "money.loan", SOON, {"days": 12})
    calendars.publish(city, calendars.read(city, NOTICE, "通知").days)
    for desk in (city, county):
        syncing.run(desk)
    for window in shown(county):
        page = rules_page(window, "money.loan")
        until(lambda page=page: f"自 {SOON} 起" in said(page.item), "the city's edition")
        assert "市级 周市" in said(page.item)
        assert not any(b.text() == "撤回" for b in page.item.findChildren(QPushButton) if not b.isHidden())
        page = rules_page(window, "2027")
        assert page.year._state.text() == "市级已发布"
        assert page.year._take_back.isHidden()


def test_a_window_left_open_overnight_asks_by_the_rules_of_the_day(window: MainWindow) -> None:
    window.open("requests", ("new", ""))
    page = window.page("requests")
    assert isinstance(page, RequestsPage)
    item = next(i for i in requests.items(window.desk) if i.code == "request.help")
    body = {**writing.to_data(item), "valid_from": local_date().isoformat(), "clock": {"days": 2}}
    with window.desk.store.write("赵立新", "县级发布") as unit:
        cells = {"item": item.code, "valid_from": local_date().isoformat(), "body": canonical(body)}
        unit.create("amendment", {k: Cell.of(v) for k, v in cells.items()})
    page._items_on = local_date() - timedelta(days=1)
    window.open("home")
    window.open("requests", ("new", ""))
    until(lambda: page.intake._items["request.help"].clock.days == 2, "the rule of the day")
