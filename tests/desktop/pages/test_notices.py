"""The preview: every page of the very file, small and large, and words found in it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop.main_window import MainWindow
from desktop.pages.notices import NoticesPage, drawing
from models.records import Cell
from models.services import people, printing
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, focused, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code
LETTER = {"notice.to": "【姓名】同志", "notice.title": "关于座谈会的通知", "notice.body": "请您参加。"}


@pytest.fixture
def ids(desk: Desk) -> list[str]:
    return [people.save(desk, None, {"name": Cell.of(n)}, VILLAGE).id for n in ("赵㛃", "钱䶮", "王芳")]


def test_words_are_found_on_their_page_and_marked_there(desk: Desk, ids: list[str]) -> None:
    pdf = printing.preview(desk, "notice.meeting", ids, LETTER)
    assert drawing.count(pdf) == 3
    places = drawing.find(pdf, "钱䶮")
    assert [p.page for p in places] == [1]
    assert [p.page for p in drawing.find(pdf, "同志")] == [0, 1, 2]
    assert drawing.find(pdf, "没有这几个字") == []
    plain = drawing.draw(pdf, [1], 400)[0]
    marked = drawing.draw(pdf, [1], 400, 1.0, places[0].boxes)[0]
    left, _bottom, right, top = places[0].boxes[0]
    scale = 400 / 595.3
    x, y = round((left + right) / 2 * scale), round(plain.height() - top * scale) - 1  # just above the letters
    assert plain.pixelColor(x, y) != marked.pixelColor(x, y)
    assert plain.pixelColor(5, 5) == marked.pixelColor(5, 5)


def test_the_view_goes_to_the_page_where_words_stand(window: MainWindow, ids: list[str]) -> None:
    window.open("notices", ("notice.meeting", ids))
    page = window.page("notices")
    assert isinstance(page, NoticesPage)
    paper = page.paper
    until(lambda: paper._small.count() == 3 and not paper._large.pixmap().isNull(), "three pages")
    until(lambda: not paper._small.item(2).icon().isNull(), "the small pages")
    paper.search.setText("王芳")
    until(lambda: paper._page == 2, "the third letter")
    assert paper.said.text() == "第 1 处，共 1 处"
    paper.search.setText("没有这几个字")
    until(lambda: paper.said.text() == "没有找到", "nothing")
    paper.search.setText("同志")
    until(lambda: paper.said.text().endswith("共 3 处"), "all three")
    at = paper._page
    paper.next_place()
    until(lambda: paper._page == (at + 1) % 3, "the next letter")


def test_print_takes_a_paper_for_what_is_selected(window: MainWindow, ids: list[str]) -> None:
    page = window.page("notices")
    assert isinstance(page, NoticesPage)
    page._form.setCurrentIndex(page._form.findData("slip.acceptance"))
    window.open("notices", ("person", ids[:1]))
    assert page._current().subject == "person"
    chosen = page._current().code
    window.open("notices", ("person", ids[:2]))
    assert page._current().code == chosen  # a paper that fits stays


def test_a_paper_for_all_has_no_placeholders_of_one_person(window: MainWindow, ids: list[str]) -> None:
    """The red-headed document proposed 【村】【姓名】同志, and would have printed nobody's name."""
    window.open("notices", ("notice.meeting", ids))
    page = window.page("notices")
    assert isinstance(page, NoticesPage)
    until(lambda: page.paper._small.count() == 3, "the form, and what it would print")
    assert "【姓名】" in page._value(page._asked["notice.to"])
    page._form.setCurrentIndex(page._form.findData("notice.document"))
    assert page._value(page._asked["notice.to"]) == ""
    page._asked["notice.to"].setText("各村民委员会")
    page._form.setCurrentIndex(page._form.findData("notice.meeting"))
    assert page._value(page._asked["notice.to"]) == "各村民委员会"  # what was typed stays


def test_no_number_is_taken_for_a_paper_without_a_text(
    window: MainWindow, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: asked.append(1) or ("", ""))
    window.open("notices", ("notice.meeting", ids))
    page = window.page("notices")
    assert isinstance(page, NoticesPage)
    until(lambda: page.paper._small.count() == 3, "the form, and what it would print")
    window.activateWindow()
    page._issue()
    page._to_printer()
    assert asked == []
    assert "请先填写正文" in window._toast.text()
    until(focused(page._asked["notice.body"]), "the focus in the text")
    page._asked["notice.body"].setPlainText("请您参加。")
    page._issue()
    assert asked == [1]
