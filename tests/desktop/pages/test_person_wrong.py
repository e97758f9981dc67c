"""What a clerk types wrong on a person's page: said under the field when it is left, and gone to when it is refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop.main_window import MainWindow
from desktop.pages.people.person import PersonView
from models.records import Cell
from models.services import drafts, people
from models.services.desk import Desk
from models.types.idnumber import check_digit
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, focused, rest, until
from tests.desktop.test_clerks_day import write

VILLAGE, OTHER = divisions.villages(TOWNSHIP)[:2]
RIGHT = "41142420010103123" + check_digit("41142420010103123")
LAST = "0" if RIGHT[-1] != "0" else "1"


@pytest.fixture
def view(window: MainWindow) -> PersonView:
    window.activateWindow()
    return new(window)


def new(window: MainWindow) -> PersonView:
    window.open("people", "new")
    view: PersonView = window.page("people").view
    rest()
    return view


def type_in(qtbot: QtBot, view: PersonView, field: str, text: str, *, leave: bool = True) -> None:
    line = view.editor.rows[field].input
    line.setFocus()
    until(focused(line), f"the focus in {field}")
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    write(line, text)
    if leave:
        qtbot.keyClick(line, Qt.Key.Key_Tab)


def is_seen(widget: QWidget) -> bool:
    """Whether the whole of it stands in the visible part of its scroll area."""
    above = widget.parentWidget()
    while not isinstance(above, QScrollArea):
        above = above.parentWidget()
    top = widget.mapTo(above.viewport(), widget.rect().topLeft()).y()
    return top >= 0 and top + widget.height() <= above.viewport().height()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (RIGHT[:17], "现在是 17 位"),
        ("411424200113031234", "出生日期 20011303 不存在"),
        ("41142429990103123" + check_digit("41142429990103123"), "不合理"),
        (RIGHT[:-1] + LAST, "校验位不对"),
        ("41142420010103A23X", "只能是数字"),
    ],
)
def test_a_wrong_id_number_is_told_under_its_field_when_it_is_left(
    view: PersonView, qtbot: QtBot, typed: str, words: str
) -> None:
    type_in(qtbot, view, "id_number", typed)
    row = view.editor.rows["id_number"]
    assert words in row.error()
    assert row._error.isVisible()
    assert row.input.property("invalid") is True
    assert [view.editor.rows[n].cell() for n in ("sex", "born_on")] == [Cell(), Cell()]  # nothing comes from a wrong number
    assert not row.input.hasFocus()  # and one goes on elsewhere


def test_a_number_half_typed_fills_nothing_and_says_nothing(view: PersonView, qtbot: QtBot) -> None:
    """The first 15 of these 18 digits are an old number of another day: they filled 1920 for 2001."""
    for end in range(1, len(RIGHT)):
        type_in(qtbot, view, "id_number", RIGHT[:end], leave=False)
        assert view.editor.rows["born_on"].cell() == Cell(), end
        assert view.editor.rows["id_number"].error() == ""
    type_in(qtbot, view, "id_number", RIGHT, leave=False)
    assert view.editor.rows["born_on"].cell() == Cell.of("2001-01-03")


def test_what_a_number_filled_goes_when_the_number_becomes_wrong(view: PersonView, qtbot: QtBot) -> None:
    type_in(qtbot, view, "id_number", RIGHT)
    assert view.editor.rows["sex"].cell() == Cell.of("1")
    type_in(qtbot, view, "id_number", RIGHT[:-1] + LAST)
    assert [view.editor.rows[n].cell() for n in ("sex", "born_on")] == [Cell(), Cell()]
    type_in(qtbot, view, "id_number", RIGHT)
    assert view.editor.rows["born_on"].cell() == Cell.of("2001-01-03")
    assert view.editor.rows["id_number"].error() == ""
    assert view.editor.rows["id_number"].input.property("invalid") is False


def test_what_was_typed_by_hand_stays_and_is_compared(view: PersonView, qtbot: QtBot) -> None:
    type_in(qtbot, view, "born_on", "1985")
    type_in(qtbot, view, "id_number", RIGHT)
    assert view.editor.rows["born_on"].cell() == Cell.of("1985")
    assert "出生日期与身份证号不一致" in view.identity.note.text()
    type_in(qtbot, view, "id_number", RIGHT[:-1] + LAST)
    assert view.editor.rows["born_on"].cell() == Cell.of("1985")
    assert view.identity.note.isHidden()


def test_a_half_telephone_is_told_under_its_field_when_it_is_left(view: PersonView, qtbot: QtBot) -> None:
    type_in(qtbot, view, "phone", "1391234")
    assert "现在是 7 位" in view.editor.rows["phone"].error()


def test_a_refusal_names_the_field_has_the_focus_there_and_scrolls_to_it(
    window: MainWindow, desk: Desk, view: PersonView, qtbot: QtBot
) -> None:
    """From the foot of the form: what is wrong stands far above it, or far below its head."""
    view.village.set_value(VILLAGE.code)
    type_in(qtbot, view, "name", "赵安")
    type_in(qtbot, view, "phone2", "1391234/13912345678")
    view.editor.rows["note"].input.setFocus()
    view.submit()
    row = view.editor.rows["phone2"]
    until(focused(row.input), "the focus on the field")
    until(lambda: is_seen(row), "the field on the screen")
    assert "其他电话" in window._toast.text()
    assert people.ids(desk) == []
    type_in(qtbot, view, "phone2", "")
    type_in(qtbot, view, "filled_on", "前几天吧")  # the window itself cannot read it
    view.editor.rows["name"].input.setFocus()
    view.submit()
    row = view.editor.rows["filled_on"]
    until(focused(row.input), "the focus on the other field")
    until(lambda: is_seen(row), "the other field on the screen")
    assert "填报日期" in window._toast.text()


def test_an_unknown_village_is_told_under_its_field_and_gone_to(window: MainWindow, view: PersonView, qtbot: QtBot) -> None:
    line = view._village_line
    view.village.setFocus()
    view.village.setEditText("没有的村")
    view.editor.rows["name"].input.setFocus()
    until(line._error.isVisible, "the sentence under the field")
    assert "没有“没有的村”这个村" in line._error.text()
    type_in(qtbot, view, "name", "赵安")
    view.editor.rows["note"].input.setFocus()
    view.submit()
    until(focused(view.village), "the focus on the village")
    until(lambda: is_seen(view.village), "the village on the screen")
    assert "没有的村" in window._toast.text()
    view.village.setEditText("")
    view.submit()
    assert "请选择所在村" in line._error.text()


def test_the_village_of_the_last_person_is_proposed_for_the_next(
    window: MainWindow, desk: Desk, view: PersonView, qtbot: QtBot
) -> None:
    assert view.village.value() is None  # the first time nothing is proposed
    view.village.set_value(OTHER.code)
    type_in(qtbot, view, "name", "赵安")
    view.submit()
    until(lambda: len(people.ids(desk)) == 1, "the first person")
    until(lambda: OTHER.name in window._toast.text(), "the village in what is said")
    new(window)
    assert view.village.value() == OTHER.code
    assert view._village_line._proposed.isVisible()
    until(focused(view.editor.rows["name"].input), "the focus where typing goes on")
    window.open("home")
    rest()
    assert drafts.all(desk) == []  # a proposal is about nobody
    new(window)
    view.village.set_value(VILLAGE.code)
    view._village_line._on_edited()
    assert view._village_line._proposed.isHidden()


def test_the_proposal_is_each_accounts_own(window: MainWindow, view: PersonView) -> None:
    view._village_line.remember(OTHER.code)
    view._village_line._desk = type(window.desk)(window.desk.store, "孙明", window.desk.folder, window.desk.key)
    view._village_line.propose()
    assert view.village.value() is None


def test_a_name_typed_and_taken_out_again_leaves_no_draft(window: MainWindow, desk: Desk, view: PersonView, qtbot: QtBot) -> None:
    view._village_line.remember(OTHER.code)
    view._village_line.propose()
    type_in(qtbot, view, "name", "赵安")
    until(lambda: drafts.all(desk), "the draft")
    type_in(qtbot, view, "name", "")
    until(lambda: not drafts.all(desk), "no draft")


def test_a_new_form_begins_at_its_head_and_nobody_is_selected_beside_it(window: MainWindow, desk: Desk, qtbot: QtBot) -> None:
    """The form stood where the last one was scrolled to, and a click on the person selected last did nothing."""
    who = people.save(desk, None, {"name": Cell.of("赵安")}, VILLAGE.code).id
    window.open("person", who)
    page = window.page("people")
    until(lambda: page.selected() == [who], "the person in the list")
    view = new(window)
    view._area.verticalScrollBar().setValue(400)
    view = new(window)
    assert is_seen(view.village)
    assert page.selected() == []
    page.table.selectRow(0)
    until(lambda: view.person_id == who, "the person again")
