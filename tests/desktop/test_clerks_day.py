"""A clerk's day in the window: a new person with a rare name, found again, visited, seen on the time line, undone."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop import messages, operations
from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.unlock import UnlockWindow
from models.errors import BugError, RuleError
from models.fields import State
from models.records import Cell
from models.services import contacts, drafts, people
from models.services import desk as desks
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import PASSWORD, TOWNSHIP, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0]


def write(field: QWidget, text: str) -> None:
    """Commit text as an input method does; key events cannot carry it."""
    event = QInputMethodEvent()
    event.setCommitString(text)
    field.setFocus()
    QCoreApplication.sendEvent(field, event)


def people_page(window: MainWindow) -> PeoplePage:
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    return page


def new_person(window: MainWindow, name: str) -> PeoplePage:
    window.open("people", "new")
    page = people_page(window)
    page.view.village.set_value(VILLAGE.code)
    write(page.view.editor.rows["name"].input, name)
    return page


def add(desk: Desk, name: str, **more: object) -> str:
    return people.save(desk, None, {"name": Cell.of(name), **{k: Cell.of(v) for k, v in more.items()}}, VILLAGE.code).id


@pytest.mark.parametrize("name", ["孙𡋾", "钱䶮", "阿卜杜·买买提"])
def test_a_person_is_entered_found_by_initials_visited_and_undone(window: MainWindow, qtbot: QtBot, name: str) -> None:
    page = new_person(window, name)
    page.view.editor.rows["phone"].input.setText("139 1234 5678")  # type: ignore[attr-defined]
    page.view.editor.touch(["phone"])
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until(lambda: page.current, "the stored person")
    stored = people.must_get(window.desk, page.current)
    assert (stored.name, stored.phone, stored.village) == (name, "13912345678", VILLAGE.code)
    until(lambda: drafts.all(window.desk) == [], "the end of the draft")

    window.search.setText(name[0])
    until(lambda: window.search._list.isVisible() and window.search._list.count() > 0, "what the search found")
    assert name in window.search._list.item(0).text()
    qtbot.keyClick(window.search, Qt.Key.Key_Return)
    assert window.current_code() == "people"

    window.open("people", ("contact", stored.id))
    page.view.contact.editor.rows["text"].input.setPlainText("本人有意回村办厂。")  # type: ignore[attr-defined]
    page.view.submit()
    until(lambda: contacts.of_person(window.desk, stored.id), "the stored visit")
    until(lambda: any(e.kind == "contact" for e in page.view.timeline.entries), "the visit on the time line")

    window.undo()
    until(lambda: not contacts.of_person(window.desk, stored.id), "the visit taken back")
    until(lambda: not any(e.kind == "contact" for e in page.view.timeline.entries), "the time line without it")
    window.redo()
    until(lambda: contacts.of_person(window.desk, stored.id), "the visit again")


@pytest.mark.parametrize("typed", ["1370000", "13700000101/13700000102"])
def test_a_telephone_that_cannot_be_stored_is_told_under_its_field(desk: Desk, typed: str) -> None:
    """Half a number, and a second one that would have been dropped in silence."""
    with pytest.raises(RuleError) as refused:
        add(desk, "赵㛃", phone=typed)
    assert [e.field for e in refused.value.fields] == ["phone"]
    assert people.ids(desk) == []


def test_initials_find_a_person(window: MainWindow) -> None:
    add(window.desk, "赵㛃")
    window.search.setText("zj")
    until(lambda: window.search._list.count() > 0, "hits")
    assert "赵㛃" in window.search._list.item(0).text()


def test_what_was_typed_survives_an_abrupt_end(window: MainWindow, desk: Desk, tmp_path: Path) -> None:
    """Nothing is closed in good order: the workspace is opened again from the disk, as after a pulled plug."""
    new_person(window, "孙𡋾").view.editor.rows["note"].input.setPlainText("还没写完")  # type: ignore[attr-defined]
    until(lambda: drafts.all(desk), "a draft within a second of typing", 1.5)
    after = desks.unlock(tmp_path / "workspace", "王芳", PASSWORD)
    try:
        kept = drafts.all(after)
        assert len(kept) == 1
        assert kept[0].cells["name"] == Cell(State.KNOWN, "孙𡋾")
        assert kept[0].cells["note"].value == "还没写完"
        assert people.ids(after) == []  # a draft is no record
    finally:
        after.close()


def test_a_draft_is_taken_up_again_and_becomes_the_record_it_was_meant_to_be(window: MainWindow, desk: Desk) -> None:
    kept = drafts.put(
        desk,
        "",
        "person",
        None,
        {"name": Cell.of("李䶮"), "born_on": Cell(State.TO_VERIFY, "大概八几年"), "village": Cell.of(VILLAGE.code)},
    )
    window.open("person", ("draft", kept))
    page = people_page(window)
    until(lambda: page.view.editor.rows["name"].input.value() == "李䶮", "the draft in the form")  # type: ignore[attr-defined]
    page.view.editor.rows["born_on"].input.setText("1985")  # type: ignore[attr-defined]
    page.view.submit()
    until(lambda: page.current, "the record")
    assert people.must_get(desk, page.current).cell("born_on") == Cell(State.KNOWN, "1985")
    until(lambda: not drafts.all(desk), "no draft left")


def test_typing_while_a_save_is_under_way_is_not_overwritten(window: MainWindow, desk: Desk) -> None:
    page = new_person(window, "周正")
    page.view.submit()
    write(page.view.editor.rows["employer"].input, "服装厂")  # before the answer
    until(lambda: page.current, "the stored person")
    rest(0.3)
    assert page.view.editor.rows["employer"].input.value() == "服装厂"  # type: ignore[attr-defined]
    page.leave()
    until(lambda: people.must_get(desk, page.current).employer == "服装厂", "the second save")
    assert len(people.ids(desk)) == 1


def test_leaving_a_complete_form_saves_it_and_an_incomplete_one_stays_a_draft(window: MainWindow, desk: Desk) -> None:
    new_person(window, "吴整")
    window.open("home")
    until(lambda: len(people.ids(desk)) == 1, "the record")
    page = people_page(window)
    window.open("people", "new")
    write(page.view.editor.rows["phone"].input, "13900000000")
    window.open("home")
    until(lambda: len(drafts.all(desk)) == 1, "the draft")
    assert len(people.ids(desk)) == 1


def test_an_id_number_fills_birth_and_sex_and_a_wrong_check_digit_can_be_confirmed(window: MainWindow, desk: Desk) -> None:
    page = new_person(window, "郑核")
    rows, confirm = page.view.editor.rows, page.view.identity.confirm
    write(rows["id_number"].input, "411424199001011236")  # the right last digit is not 6
    wrong = not confirm.isHidden()
    for digit in "0123456789X":
        try:
            people.told_by_id("41142419900101123" + digit)
            right = "41142419900101123" + digit
        except RuleError:
            continue
    assert wrong == (right[-1] != "6")
    rows["id_number"].input.setText("")  # type: ignore[attr-defined]
    write(rows["id_number"].input, right)
    assert confirm.isHidden()
    assert (rows["born_on"].cell().value, rows["sex"].cell().value) == ("1990-01-01", "1")
    bad = right[:-1] + ("0" if right[-1] != "0" else "1")
    rows["id_number"].input.setText("")  # type: ignore[attr-defined]
    write(rows["id_number"].input, bad)
    assert not confirm.isHidden()
    page.view.submit()
    rest(0.3)
    assert people.ids(desk) == []  # refused, until the clerk says that the card reads so
    confirm.setChecked(True)
    page.view.submit()
    until(lambda: page.current, "the record")
    stored = people.must_get(desk, page.current)
    assert (stored.id_number, stored.id_unchecked) == (bad, True)


def test_a_masked_value_shows_only_when_asked_for(window: MainWindow, desk: Desk) -> None:
    who = add(desk, "冯隐", phone="13912345678")
    window.open("person", who)
    row = people_page(window).view.editor.rows["phone"]
    until(lambda: row._said.text() == "139****5678", "the masked number")
    assert row.input.isHidden()
    row._eye.click()
    until(lambda: row.input.value() == "13912345678", "the number in full")  # type: ignore[attr-defined]
    with desk.store.read() as conn:
        actions = [r[0] for r in conn.exec_driver_sql("select action from audit")]
    assert "reveal" in actions


def test_states_are_one_key_away_and_not_values(window: MainWindow, desk: Desk, qtbot: QtBot) -> None:
    page = new_person(window, "陈态")
    row = page.view.editor.rows["employer"]
    row.input.setFocus()
    qtbot.keyClick(row.input, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    assert (row._said.text(), row.input.isHidden()) == ("拒绝提供", True)
    page.view.submit()
    until(lambda: page.current, "the record")
    assert people.must_get(desk, page.current).cell("employer") == Cell(State.REFUSED)


def test_every_control_has_a_name_and_no_field_is_cut(window: MainWindow) -> None:
    page = new_person(window, "褚名")
    rest()
    nameless = [f for f in page.findChildren(QLineEdit) if f.isVisible() and not (f.accessibleName() or _parent_name(f))]
    assert nameless == []
    assert [f for f in page.findChildren(QLineEdit) if f.maxLength() != 32767] == []


def _parent_name(field: QLineEdit) -> str:
    above = field.parentWidget()
    return above.accessibleName() if above else ""


def test_the_first_window_unlocks_and_says_a_wrong_password(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    opened: list[Desk] = []
    first = UnlockWindow(tmp_path / "workspace", opened.append)
    qtbot.addWidget(first)
    first.show()
    first.activateWindow()
    until(lambda: first._stack.count() > 0, "the accounts")
    first._secret.setText("not this one")
    qtbot.keyClick(first._secret, Qt.Key.Key_Return)
    told = first._under["password.wrong"]
    until(lambda: "密码不对" in told.said(), "the sentence")
    assert told.field is first._secret  # it stands under the password, where the eyes are
    assert first._said.text() == ""
    until(first._secret.hasFocus, "the focus in the password")
    assert first._secret.selectedText() == "not this one"  # typing takes its place
    assert opened == []
    qtbot.keyClick(first._secret, Qt.Key.Key_A)
    assert told.said() == ""
    first._secret.setText(PASSWORD)
    qtbot.keyClick(first._secret, Qt.Key.Key_Return)
    until(lambda: opened, "the desk")
    assert opened[0].account == "王芳"
    opened[0].close()


def test_a_bug_is_logged_under_a_number_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "guiyan")
    for error in (BugError("x.y", "internal words"), ValueError("secret 411424")):
        said = messages.sentence(error)
        number = said.split("编号 ")[1][:6]
        assert number in caplog.text
        assert "internal" not in said
        assert "411424" not in said
    assert messages.sentence(RuleError("a.b", "请选择村。")) == "请选择村。"


def test_answers_to_a_window_that_is_gone_are_dropped(qtbot: QtBot) -> None:
    gone: list[object] = []
    owner = QWidget()
    operations.run(owner, lambda: 1, on_done=gone.append)
    owner.deleteLater()
    QCoreApplication.sendPostedEvents(None, 52)  # DeferredDelete
    rest()
    assert gone == []


def test_saves_keep_their_order(qtbot: QtBot) -> None:
    owner, order = QWidget(), []  # type: ignore[var-annotated]
    qtbot.addWidget(owner)
    for n in range(50):
        operations.run(owner, order.append, n, writes=True)
    rest()
    assert order == list(range(50))


def test_the_first_run_finds_the_township_by_initials_and_shows_the_recovery_code(tmp_path: Path, qtbot: QtBot) -> None:
    opened: list[Desk] = []
    first = UnlockWindow(tmp_path / "new", opened.append)
    qtbot.addWidget(first)
    first.show()
    until(lambda: first._stack.count() > 0, "the set-up")
    first._make()
    assert "请选择" in first._places[1][1].said()  # no office is guessed
    line = first._town.lineEdit()
    assert line is not None
    qtbot.keyClicks(line, "csz")
    line.editingFinished.emit()
    assert first._town.value() == "411424104000"
    first._name.setText("王芳")
    first._first.setText(PASSWORD)
    first._second.setText(PASSWORD + "x")
    first._make()
    assert "不一样" in first._under["password.differs"].said()
    first._second.setText("")
    first._first.setText("1234567")
    first._second.setText("1234567")
    first._make()
    until(lambda: "至少 8 个字符" in first._under["password.short"].said(), "the sentence under the password")
    for field in (first._first, first._second):
        field.setText(PASSWORD)
    first._make()
    until(lambda: first._stack.count() == 2, "the recovery code")
    go = next(b for b in first._stack.currentWidget().findChildren(QPushButton) if b.text() == "开始使用")
    assert not go.isEnabled()  # not before it is written down
    first._stack.currentWidget().findChild(QCheckBox).click()
    go.click()
    assert opened[0].office == "411424104000"
    opened[0].close()
