"""Two files of one person, side by side: found, compared, chosen by keys and made one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, QSize, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from sqlalchemy import select

from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.pages.people.merging import MergeDialog
from models.records import Cell
from models.services import contacts, drafts, merging_people, people, undo
from models.services.desk import Desk
from models.tables.system import AUDIT
from resources import divisions
from tests.desktop.conftest import focused, rest, until

SAME = {"name": "钱䶮", "born_on": "1988-03-05"}


@pytest.fixture
def two(desk: Desk) -> tuple[str, str]:
    here, there = (v.code for v in divisions.villages(desk.office)[:2])

    def person(village: str, **more: str) -> str:
        return people.save(desk, None, {k: Cell.of(v) for k, v in {**SAME, **more}.items()}, village).id

    one = person(here, phone="13700000103", address="王庄三组")
    other = person(there, phone="13700000108", wechat="qy_0000")
    contacts.add(desk, other, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of("在家")})
    return one, other


def _page(window: MainWindow) -> PeoplePage:
    found = window.page("people")
    assert isinstance(found, PeoplePage)
    return found


def _offered(page: PeoplePage, words: str) -> QPushButton:
    until(lambda: any(b.isVisible() and words in b.text() for b in page.view.alike.findChildren(QPushButton)), words)
    return next(b for b in page.view.alike.findChildren(QPushButton) if b.isVisible() and words in b.text())


def _dialog(window: MainWindow) -> MergeDialog:
    until(lambda: any(d.isVisible() for d in window.findChildren(MergeDialog)), "the dialogue")
    return next(d for d in window.findChildren(MergeDialog) if d.isVisible())


@pytest.fixture
def dialog(window: MainWindow, two: tuple[str, str], qtbot: QtBot) -> MergeDialog:
    """Opened from the newer of the two."""
    window.open("person", two[1])
    qtbot.mouseClick(_offered(_page(window), "与这条合并"), Qt.MouseButton.LeftButton)
    return _dialog(window)


def test_the_older_file_stands_left_and_what_differs_first(dialog: MergeDialog, two: tuple[str, str]) -> None:
    assert (dialog._plan.kept.id, dialog._plan.gone.id) == two
    assert [(r.choice.field, r.takes) for r in dialog.rows] == [
        ("village", "kept"), ("phone", "kept"), ("wechat", "gone"), ("address", "kept"),
    ]  # fmt: skip
    assert "2 栏" in dialog._fold.text()
    assert not dialog._folded.isVisible()
    dialog._fold.click()
    assert dialog._folded.isVisible()
    assert "联系走访记录 1" in dialog._words()


def test_keys_choose_and_make_one(window: MainWindow, desk: Desk, dialog: MergeDialog, two: tuple[str, str], qtbot: QtBot) -> None:
    kept, gone = two
    until(focused(dialog.rows[0]), "the keys go to the first field")
    qtbot.keyClick(dialog.rows[0], Qt.Key.Key_Down)
    until(focused(dialog.rows[1]), "the next field")
    qtbot.keyClick(dialog.rows[1], Qt.Key.Key_Right)
    assert dialog.rows[1].takes == "gone"
    qtbot.mouseClick(dialog.rows[2].values["kept"], Qt.MouseButton.LeftButton)
    assert dialog.rows[2].takes == "kept"
    qtbot.keyClick(dialog.rows[2], Qt.Key.Key_Return)  # Enter in a row is no answer to the whole
    rest()
    assert dialog.isVisible()
    qtbot.keyClick(dialog.rows[2], Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until(lambda: people.must_get(desk, gone).deleted, "the merge")
    made = people.must_get(desk, kept)
    assert (made.phone, made.wechat, made.address) == ("13700000108", None, "王庄三组")
    page = _page(window)
    until(lambda: page.current == kept and not dialog_is_open(window), "the one that stays is shown")
    until(lambda: page._model.ids == [kept], "the list has one")
    window.undo()
    until(lambda: not people.must_get(desk, gone).deleted, "both are back")
    assert people.must_get(desk, kept).phone == "13700000103"


def dialog_is_open(window: MainWindow) -> bool:
    return any(d.isVisible() for d in window.findChildren(MergeDialog))


def test_masked_values_stay_masked_until_asked_for(desk: Desk, dialog: MergeDialog) -> None:
    phone = dialog.rows[1]
    assert [v.text.text() for v in phone.values.values()] == ["137****0103", "137****0108"]
    dialog._eye.click()
    until(lambda: phone.values["kept"].text.text() == "13700000103", "in full")
    assert phone.values["gone"].text.text() == "13700000108"
    with desk.store.read() as conn:
        asked = conn.execute(select(AUDIT.c.entity_id).where(AUDIT.c.action == "reveal")).scalars().all()
    assert set(asked) == {dialog._plan.kept.id, dialog._plan.gone.id}


def test_a_refusal_is_said_in_the_window(desk: Desk, dialog: MergeDialog, two: tuple[str, str]) -> None:
    drafts.put(desk, "", "contact", None, {"text": Cell.of("说了一半"), "person_id": Cell.of(two[1])})
    dialog.merge_button.click()
    until(lambda: "没写完的内容" in dialog._wrong.text(), "why not")
    assert dialog.isVisible()
    assert not people.must_get(desk, two[1]).deleted
    drafts.drop(desk, drafts.all(desk)[0].id)
    dialog.merge_button.click()
    until(lambda: people.must_get(desk, two[1]).deleted, "the second time")


def test_what_is_being_typed_is_stored_first(window: MainWindow, desk: Desk, two: tuple[str, str], qtbot: QtBot) -> None:
    window.open("person", two[1])
    page = _page(window)
    button = _offered(page, "与这条合并")
    page.view.show_tab(1)
    page.view.editor.rows["employer"].input.setText("新厂")  # type: ignore[attr-defined]
    page.view.editor.rows["employer"].input.edited.emit()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    shown = {r.choice.field: r.choice.gone for r in _dialog(window).rows}
    assert shown["employer"] == "新厂"


def test_it_fits_a_low_screen(dialog: MergeDialog) -> None:
    assert dialog.height() <= 768 - 32
    assert dialog.minimumSizeHint().height() <= 480
    assert dialog.minimumSizeHint().width() <= 910


def test_the_lines_about_others_do_not_push_the_window_off_a_low_screen(window: MainWindow, desk: Desk, two: tuple[str, str]) -> None:
    low = QSize(910, 480)
    window.resize(low)
    window.open("person", two[0])
    _offered(_page(window), "与这条合并")
    rest()
    assert window.minimumSizeHint().width() <= low.width()
    merging_people.merge(desk, *two)
    late = contacts.add(desk, two[1], {"on": Cell.of("2026-11-22"), "way": Cell.of("visit"), "text": Cell.of("路上遇到")})
    window.open("person", two[1])
    window.changed([("contact", late.id)])
    _offered(_page(window), "转过去")
    rest()
    assert window.size() == low
    assert window.minimumSizeHint().width() <= low.width()
    assert window.minimumSizeHint().height() <= low.height()


def test_two_that_are_selected_may_be_merged(window: MainWindow, desk: Desk, qtbot: QtBot) -> None:
    """Names that differ are no likely duplicates; whoever knows better chooses both."""
    village = divisions.villages(desk.office)[0].code
    ids = [people.save(desk, None, {"name": Cell.of(n)}, village).id for n in ("赵㛃", "赵洁")]
    window.open("people")
    page = _page(window)
    until(lambda: len(page._model.ids) == 2, "the list")
    assert not page._both.isVisible()
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (0, 1):
        page.table.selectionModel().select(page._model.index(row, 0), flags)
    qtbot.mouseClick(page._both, Qt.MouseButton.LeftButton)
    assert [_dialog(window)._plan.kept.id, _dialog(window)._plan.gone.id] == ids


def test_what_came_for_the_one_that_went_is_shown_and_goes_over(
    window: MainWindow, desk: Desk, two: tuple[str, str], qtbot: QtBot
) -> None:
    kept, gone = two
    merging_people.merge(desk, kept, gone)
    window.open("people")
    page = _page(window)
    until(lambda: page._found == [], "nobody is astray")
    late = contacts.add(desk, gone, {"on": Cell.of("2026-11-22"), "way": Cell.of("visit"), "text": Cell.of("路上遇到")})
    window.changed([("contact", late.id)])  # as after a round with the county
    until(page._strays.isVisible, "it is said above the list")
    assert "联系走访记录 1" in page._stray_words.text()
    page._open_stray()
    qtbot.mouseClick(_offered(page, "转过去"), Qt.MouseButton.LeftButton)
    assert not page.view._visit.isVisible()
    _dialog(window).merge_button.click()
    until(lambda: late.id in {c.id for c in contacts.of_person(desk, kept)}, "the visit came over")
    until(lambda: not page._strays.isVisible(), "nothing is astray any more")


def test_a_deleted_file_may_be_brought_back_where_it_is_shown(window: MainWindow, desk: Desk, two: tuple[str, str]) -> None:
    people.delete(desk, two[1])
    window.open("person", two[1])
    page = _page(window)
    _offered(page, "恢复").click()
    until(lambda: not people.must_get(desk, two[1]).deleted, "it is back")
    until(page.view._visit.isVisible, "and may be worked on")
    step = undo.last(desk)
    assert step is not None
    assert step.label == "恢复被删除的记录"
