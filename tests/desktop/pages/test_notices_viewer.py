"""The preview: every page of the very file, small and large, sharp at every size, and words found in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from desktop import look
from desktop.pages.notices import drawing
from desktop.pages.notices.large import WHOLE, WIDE
from desktop.pages.notices.viewer import PaperView
from models.records import Cell
from models.services import people, printing
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, focused, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code
LETTER = {"notice.to": "【姓名】同志", "notice.title": "关于座谈会的通知", "notice.body": "请您参加。"}
NAMES = ("赵㛃", "钱䶮", "郑𠅤")


@pytest.fixture
def pdf(desk: Desk) -> bytes:
    ids = [people.save(desk, None, {"name": Cell.of(n)}, VILLAGE).id for n in NAMES]
    return printing.preview(desk, "notice.meeting", ids, LETTER)


@pytest.fixture
def view(pdf: bytes, qapp: QApplication) -> Iterator[PaperView]:
    look.dress(qapp)
    made = PaperView()
    made.resize(800, 640)
    made.show()
    made.show_pdf(pdf)
    until(lambda: made._small.count() == 3 and not picture(made).pixmap().isNull(), "the pages")
    yield made
    rest()
    made.close()


def picture(view: PaperView) -> QLabel:
    return view._large.sheet


def test_the_file_tells_its_copies_and_where_words_stand(pdf: bytes) -> None:
    paper = drawing.read(pdf)
    assert paper.copies == tuple((n, i) for i, n in enumerate(NAMES))
    assert [round(w) for w, _h in paper.sizes] == [595] * 3
    assert [p.page for p in drawing.find(pdf, "郑𠅤")] == [2]  # above U+FFFF too
    assert [p.page for p in drawing.find(pdf, "同志")] == [0, 1, 2]
    assert drawing.find(pdf, "没有这几个字") == []
    assert [p.page for p in drawing.find(pdf, "同志", lambda done, _all: done < 2)] == [0, 1]  # stopped


def test_every_place_is_marked_and_the_one_in_front_has_an_edge(pdf: bytes) -> None:
    box = drawing.find(pdf, "钱䶮")[0].boxes[0]
    plain, marked, current = (drawing.draw(pdf, [1], 400, 1.0, *boxes)[0] for boxes in ((), ([box],), ([box], [box])))
    left, _bottom, right, top = box
    scale = 400 / 595.3
    x, y = round((left + right) / 2 * scale), round(plain.height() - top * scale)
    just_above, far = (x, y - 1), (5, 5)
    assert plain.pixelColor(*just_above) != marked.pixelColor(*just_above)
    assert marked.pixelColor(x, y - 3) != current.pixelColor(x, y - 3)
    assert plain.pixelColor(*far) == marked.pixelColor(*far) == current.pixelColor(*far)


def test_words_are_gone_through_forwards_and_backwards(view: PaperView) -> None:
    view.search.setText("郑𠅤")
    until(lambda: view._page == 2, "the third letter")
    assert view.said.text() == "第 1 / 1 处"
    assert view._whose.text() == "郑𠅤（第 3 / 3 份）"
    view.search.setText("没有这几个字")
    until(lambda: view.said.text() == "没有找到", "nothing")
    assert view._after.isHidden()
    view.search.setText("同志")
    until(lambda: view.said.text() == "第 3 / 3 处", "all three, from this page on")
    view._after.click()
    assert view._page == 0
    view._before.click()
    assert view._page == 2
    view.search.clear()
    until(lambda: view.said.text() == "", "none")


def test_keys_go_through_the_pages(view: PaperView) -> None:
    view._large.set_zoom(WHOLE)
    until(lambda: view._large.verticalScrollBar().maximum() == 0, "the whole page")
    view._large.setFocus()
    until(focused(view._large), "the focus")
    for key, page in ((Qt.Key.Key_End, 2), (Qt.Key.Key_Home, 0), (Qt.Key.Key_PageDown, 1), (Qt.Key.Key_PageUp, 0)):
        QTest.keyClick(view._large, key)
        until(lambda page=page: view._page == page, f"page {page + 1}")
    view._large.set_zoom(200)
    until(lambda: view._large.verticalScrollBar().maximum() > 0, "a page higher than the window")
    QTest.keyClick(view._large, Qt.Key.Key_PageDown)
    assert view._page == 0  # the rest of the page comes first
    assert view._large.verticalScrollBar().value() > 0
    view._typed.setText("3")
    view._go_to_typed()
    assert view._page == 2
    view._typed.setText("99")
    view._go_to_typed()
    assert (view._page, view._typed.text()) == (2, "3")


def test_a_page_is_drawn_anew_at_each_size(view: PaperView) -> None:
    def width() -> int:
        return picture(view).pixmap().width()

    view._large.set_zoom(100)
    until(lambda: width() == round(595.28 * 96 / 72), "a page of its true size")
    view._large.step(True)
    until(lambda: width() == round(595.28 * 96 / 72 * 1.25), "a larger one, drawn so")
    wheel = QWheelEvent(
        QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.ControlModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view._large.viewport(), wheel)
    assert (view._large.zoom, view._size.text()) == (100, "100 %")
    view._large.set_zoom(WIDE)
    room = view._large.maximumViewportSize().width()
    until(lambda: room - 60 < width() < room, "as wide as there is room")
    view.resize(1000, 640)
    until(lambda: width() > room, "and with more room, wider")
    view._large.set_zoom(WHOLE)
    until(lambda: picture(view).pixmap().height() <= view._large.viewport().height(), "all of it")


def test_a_page_seen_a_moment_ago_is_not_drawn_again(view: PaperView, monkeypatch: pytest.MonkeyPatch) -> None:
    view.show_page(1)
    until(lambda: len(view._large._drawn) == 2, "the second")
    monkeypatch.setattr(drawing, "draw", None)  # would fail
    view.show_page(0)
    assert picture(view).pixmap().cacheKey() == next(p.cacheKey() for k, p in view._large._drawn.items() if k[0] == 0)


def test_small_pages_are_drawn_where_one_looks(desk: Desk, view: PaperView) -> None:
    one = people.save(desk, None, {"name": Cell.of("赵㛃")}, VILLAGE).id
    view.show_pdf(printing.preview(desk, "notice.meeting", [one] * 120, LETTER))
    until(lambda: view._small.count() == 120 and not view._small.item(0).icon().isNull(), "the first small ones")
    rest()
    drawn = [n for n in range(120) if not view._small.item(n).icon().isNull()]
    assert len(drawn) < 20
    view._small.setCurrentRow(119)
    until(lambda: not view._small.item(119).icon().isNull(), "the last ones")
    assert view._small.item(60).icon().isNull()


def test_an_answer_about_an_earlier_file_is_not_shown(desk: Desk, view: PaperView, pdf: bytes) -> None:
    one = people.save(desk, None, {"name": Cell.of("王芳")}, VILLAGE).id
    later = printing.preview(desk, "notice.meeting", [one], LETTER)
    view.show_pdf(pdf)
    view.show_pdf(later)
    until(lambda: view.pdf == later, "the later one")
    rest()
    assert view.pdf == later
    assert (view._small.isHidden(), view._of.text()) == (True, "/ 1 页")
