"""修改模板…: a clerk changes a standing text, is told what is wrong while typing, and gets the shipped one back."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from desktop.main_window import MainWindow
from desktop.pages.notices import NoticesPage
from desktop.pages.notices.letters import LetterDialog
from models.services import letters
from models.services.desk import Desk
from tests.desktop.conftest import until


@pytest.fixture
def page(window: MainWindow) -> NoticesPage:
    window.open("notices", ("notice.meeting", []))
    found = window.page("notices")
    assert isinstance(found, NoticesPage)
    until(lambda: found._amend.isVisible(), "the texts")
    return found


def opened(page: NoticesPage) -> LetterDialog:
    page.amend()
    return page.findChildren(LetterDialog)[-1]


def test_a_text_is_changed_and_the_page_begins_with_it(page: NoticesPage, desk: Desk) -> None:
    assert "决定召开返乡创业座谈会" in page.asks.value("notice.body")
    dialog = opened(page)
    assert not dialog.restore_button.isEnabled()
    body = dialog.fields["notice.body"]
    assert isinstance(body, QPlainTextEdit)
    body.setPlainText("请【姓名】来坐坐。")
    dialog.save()
    until(lambda: page.asks.value("notice.body") == "请【姓名】来坐坐。", "the new text on the page")
    assert letters.one(desk, "notice.meeting").own
    again = opened(page)
    again.restore()
    until(lambda: "决定召开返乡创业座谈会" in page.asks.value("notice.body"), "the shipped text")
    assert not letters.one(desk, "notice.meeting").own


def test_what_is_wrong_is_said_while_typing_and_cannot_be_saved(page: NoticesPage, desk: Desk) -> None:
    dialog = opened(page)
    body = dialog.fields["notice.body"]
    assert isinstance(body, QPlainTextEdit)
    body.setPlainText("您好\n请带【身份证】")
    until(lambda: "正文第 2 行的【身份证】" in dialog.wrong.text(), "the sentence")
    assert not dialog.save_button.isEnabled()
    dialog.save()
    until(lambda: dialog.wrong.text().endswith("没有保存。"), "the refusal")
    assert not letters.one(desk, "notice.meeting").own
    body.setPlainText("您好")
    until(lambda: dialog.save_button.isEnabled(), "all right again")
    assert dialog.wrong.isHidden()
    dialog.reject()


def test_a_click_inserts_the_word_where_the_cursor_was(page: NoticesPage) -> None:
    dialog = opened(page)
    to, body = dialog.fields["notice.to"], dialog.fields["notice.body"]
    assert isinstance(to, QLineEdit)
    assert isinstance(body, QPlainTextEdit)
    to.setText("尊敬的同志")
    dialog._remember(None, to)
    to.setCursorPosition(3)
    dialog.insert("姓名")
    assert to.text() == "尊敬的【姓名】同志"
    dialog.reject()


def test_a_paper_without_texts_offers_no_template(page: NoticesPage) -> None:
    page._form.setCurrentIndex(page._form.findData("slip.acceptance"))
    assert not page._amend.isVisible()


def test_texts_of_one_paper_do_not_stay_in_another(page: NoticesPage) -> None:
    page._form.setCurrentIndex(page._form.findData("letter.home"))
    assert page.asks.value("notice.title") == "致返乡人员的一封信"
    assert "家乡的变化" in page.asks.value("notice.body")
