"""What is being written on a request is not lost to what arrives meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from desktop import operations
from desktop.main_window import MainWindow
from desktop.pages.requests import RequestsPage
from models.errors import KnownError
from models.records import Cell, Record
from models.services import drafts, people, requests, syncing
from models.services.desk import Desk
from resources import divisions
from tests.conftest import BUREAU, COUNTY, DeskFactory
from tests.desktop.conftest import TOWNSHIP, focused, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


def submit(desk: Desk, name: str) -> str:
    person = people.save(desk, None, {"name": Cell.of(name)}, VILLAGE)
    item = next(i for i in requests.items(desk) if i.clock.days)
    cells = {"text": Cell.of("咨询"), "channel": Cell.of("window"), "kind": Cell.of("help")}
    return str(requests.submit(desk, person.id, item.code, cells, answers=dict(item.sample), materials={}).id)


@pytest.fixture
def page(window: MainWindow, desk: Desk) -> RequestsPage:
    found = window.page("requests")
    assert isinstance(found, RequestsPage)
    return found


def show(window: MainWindow, page: RequestsPage, request_id: str) -> None:
    window.open("request", request_id)
    until(lambda: page.case._shown is not None and page.case._shown.request.id == request_id, "the case")


def test_words_stay_while_a_step_arrives_and_while_another_case_is_read(
    window: MainWindow, page: RequestsPage, desk: Desk
) -> None:
    first, second = submit(desk, "钱䶮"), submit(desk, "赵㛃")
    show(window, page, first)
    page.case._words.setPlainText("已电话告知")
    before = page.case._words
    window.changed([("request", first)])
    rest(0.2)
    assert page.case._words is before  # nothing has changed: nothing is drawn again
    requests.act(desk, first, "accept")
    window.changed([("request", first)])
    until(lambda: page.case._words is not before, "the case drawn again")
    assert page.case._words.toPlainText() == "已电话告知"
    show(window, page, second)
    assert page.case._words.toPlainText() == ""
    show(window, page, first)
    assert page.case._words.toPlainText() == "已电话告知"
    page.case._act("note")
    until(lambda: any(e.text == "已电话告知" for e in requests.events(desk, first)), "the note")
    until(lambda: page.case._words.toPlainText() == "", "an empty box")


def test_words_are_on_the_disk_when_the_plug_is_pulled(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    request = submit(desk, "钱䶮")
    show(window, page, request)
    page.case._words.setPlainText("已联系县人社局，待回音")
    until(lambda: drafts.get(desk, request) is not None, "the draft")
    draft = drafts.get(desk, request)
    assert draft is not None
    assert draft.cells["text"].value == "已联系县人社局，待回音"
    later = RequestsPage(window)  # as the next start builds it: nothing is remembered but what the disk has
    later.activate(("draft", request))
    until(lambda: later.case.words.boxes.get(request), "the case of the draft")
    assert later.case.words.boxes[request].toPlainText() == "已联系县人社局，待回音"
    later.case._act("note")
    until(lambda: drafts.get(desk, request) is None, "sent, and no draft any more")
    shiboken6.delete(later)


def test_an_emptied_box_leaves_no_draft(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    request = submit(desk, "钱䶮")
    show(window, page, request)
    page.case._words.setPlainText("误打")
    window.open("home")  # leaving the page saves at once
    until(lambda: drafts.get(desk, request) is not None, "the draft")
    show(window, page, request)
    page.case._words.setPlainText("")
    page.leave()
    until(lambda: drafts.get(desk, request) is None, "no draft")


def test_a_redrawn_case_leaves_the_cursor_where_it_was(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    request = submit(desk, "钱䶮")
    show(window, page, request)
    before = page.case._words
    before.setFocus()
    QTest.keyClicks(before, "abcd")
    QTest.keyClick(before, Qt.Key.Key_Left)
    requests.act(desk, request, "accept")  # it arrives while somebody writes
    window.changed([("request", request)])
    until(lambda: page.case._words is not before, "drawn again")
    QTest.keyClicks(page.case._words, "X")
    assert page.case._words.toPlainText() == "abcXd"
    assert window.focusWidget() is page.case._words


def test_words_that_nobody_can_send_any_more_are_shown_and_dropped_by_hand(
    window: MainWindow, page: RequestsPage, desk: Desk
) -> None:
    request = submit(desk, "钱䶮")
    drafts.put(desk, request, "request_event", request, {"text": Cell.of("等回音"), "request_id": Cell.of(request)})
    with desk.store.transaction() as conn:
        conn.exec_driver_sql("update request set state = 'withdrawn' where id = ?", (request,))
    window.open("request_event", ("draft", request))  # as 今日 opens it
    until(lambda: page.case._shown is not None, "the case")
    line = next(x for x in page.case.findChildren(QLabel) if "没有提交的文字：等回音" in x.text())
    until(line.isVisible, "the words")
    next(b for b in page.case.findChildren(QPushButton) if b.text() == "删去").click()
    until(lambda: drafts.get(desk, request) is None, "no draft")
    assert not line.isVisible()


def test_no_answer_and_no_bureau_is_chosen_for_anybody(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    """The call back began with 很满意: whoever pressed the button without looking had said so for the person."""
    request = submit(desk, "钱䶮")
    requests.act(desk, request, "accept")
    requests.act(desk, request, "close", "已办好")

    show(window, page, request)
    until(lambda: page.case._satisfied.count() > 0, "the answers")
    assert page.case._satisfied.currentIndex() == -1
    page.case._act("revisit")
    assert "请先选择满意程度" in window._toast.text()
    until(focused(page.case._satisfied), "the focus on the choice")
    rest(0.2)
    assert [e.kind for e in requests.events(desk, request)][-1] == "close"
    page.case._satisfied.setCurrentIndex(1)
    page.case._act("revisit")
    until(lambda: [e.kind for e in requests.events(desk, request)][-1] == "revisit", "the call back")


def test_a_step_without_its_words_is_refused_where_they_are_written(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    request = submit(desk, "钱䶮")

    show(window, page, request)
    page._text.setFocus()
    page.case._act("supplement")
    until(focused(page.case._words), "the focus in the words")
    assert window._toast.text()


def test_a_note_that_is_sent_twice_is_one_note(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    request = submit(desk, "钱䶮")
    show(window, page, request)
    for words in ("已电话告知", "又去了一趟"):
        page.case._words.setPlainText(words)
        page.case._act("note")
        page.case._act("note")
        until(lambda: page.case._shown is not None and page.case._words.toPlainText() == "", "an empty box")
        rest(0.3)
    assert [e.text for e in requests.events(desk, request) if e.kind == "note"] == ["已电话告知", "又去了一趟"]


@pytest.fixture
def referred(joined: DeskFactory, qapp: object) -> Iterator[tuple[MainWindow, Desk, str, str]]:
    """The county's own window at a request that it has referred to a bureau: (window, desk, request, referral)."""
    town, desk = joined(TOWNSHIP), joined(COUNTY, "赵县")
    request = submit(town, "钱䶮")
    requests.act(town, request, "accept")
    for one in (town, desk):
        syncing.run(one)
    referral = requests.refer(desk, request, BUREAU, "请核实").id
    window = MainWindow(desk)
    window.show()
    yield window, desk, request, referral
    window.close()
    rest()
    shiboken6.delete(window)
    operations.wait()


def test_an_opinion_that_is_sent_twice_is_one_opinion(
    referred: tuple[MainWindow, Desk, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    window, desk, request, referral = referred
    page, sent, go, really = window.page("requests"), list[str](), threading.Event(), requests.answer_referral
    assert isinstance(page, RequestsPage)

    def slow(of: Desk, referral_id: str, text: str) -> Record:
        sent.append(text)
        assert go.wait(10)
        if text == "满":
            raise KnownError("disk.full", "磁盘已满，这一步没有保存。")
        return really(of, referral_id, text)

    monkeypatch.setattr(requests, "answer_referral", slow)
    show(window, page, request)
    box, button = page.case.words.boxes[referral], next(b for b in page.case.findChildren(QPushButton) if b.text() == "提交承办意见")
    for words, again in (("满", "满"), ("同意", "不同意")):
        sent.clear()
        go.clear()
        box.setPlainText(words)
        button.click()
        box.setPlainText(again)
        button.click()
        until(lambda: sent, "the worker")
        go.set()
        rest(0.3)
        assert sent == [words]  # and what was refused may be pressed again
    until(lambda: requests.referrals(desk, request)[0].answer, "the opinion")
    assert requests.referrals(desk, request)[0].answer == "同意"


def test_a_step_that_was_refused_can_be_tried_again(
    window: MainWindow, page: RequestsPage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    request, really = submit(desk, "钱䶮"), requests.act

    def full(*_given: object) -> Record:
        raise KnownError("disk.full", "磁盘已满，这一步没有保存。")

    show(window, page, request)
    page.case._words.setPlainText("已电话告知")
    monkeypatch.setattr(requests, "act", full)
    page.case._act("note")
    rest(0.3)
    assert page.case._words.toPlainText() == "已电话告知"
    monkeypatch.setattr(requests, "act", really)
    page.case._act("note")
    until(lambda: any(e.text == "已电话告知" for e in requests.events(desk, request)), "the note")


def test_all_that_a_new_request_lacks_is_named_at_once(window: MainWindow, page: RequestsPage, desk: Desk) -> None:
    window.activateWindow()
    window.open("requests", ("new", ""))
    page.intake.submit()
    assert "请先选择诉求人和事项" in window._toast.text()
    until(focused(page.intake._who), "the focus on the first")
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)
    page.intake._set_person(person)
    page.intake.submit()
    assert window._toast.text() == "请选择事项。"
    until(focused(page.intake._item), "the focus on what is left")


def test_an_item_is_found_by_its_initials_although_the_form_was_there_before_them(page: RequestsPage) -> None:
    item = page.intake._item
    until(lambda: any("cydbdk" in str(item.itemData(n)) for n in range(item.count())), "the initials")
    item.setEditText("cydbdk")
    item._tidy()
    assert item.currentText() == "创业担保贷款"
