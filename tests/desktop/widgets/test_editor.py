"""A long form is made in slices, and whole for whoever asks; what is shown in it does not depend on when."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.editor import Editor
from desktop.widgets.inputs import ChoiceInput
from desktop.widgets.slices import Slices
from models.fields import FieldSpec, Kind, State
from models.records import Cell
from models.services import specs
from tests.desktop.conftest import until

FIELDS = [s for s in specs.of("person") if s.name not in ("household_id", "id_unchecked")]
CHOICES = [s for s in FIELDS if s.kind is Kind.CODE][:3]


@pytest.fixture
def editor(qtbot: QtBot) -> Editor:
    made = Editor(FIELDS, in_slices=True)
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_long_form_is_not_made_at_once_and_comes_by_itself(editor: Editor) -> None:
    assert len(editor._rows) < len(FIELDS) / 2
    until(lambda: len(editor._rows) == len(FIELDS), "all rows")
    assert list(editor.rows) == [s.name for s in FIELDS]  # in the order of the fields, which is that of the Tab key


def test_a_record_set_before_its_rows_are_made_stands_in_them(editor: Editor) -> None:
    editor.set_cells({"name": Cell.of("赵㛃"), "note": Cell.of("最后一栏"), "employer": Cell(State.REFUSED)})
    assert editor.rows["note"].cell() == Cell.of("最后一栏")
    assert editor.rows["employer"].cell() == Cell(State.REFUSED)
    assert not editor.is_touched
    editor.set_cells({})
    assert editor.rows["note"].cell() == Cell()


def test_one_row_can_be_had_before_the_others(editor: Editor) -> None:
    name = editor.row("name")
    assert len(editor._rows) < len(FIELDS)
    name.choose_state(State.TO_VERIFY)
    assert editor.is_touched
    assert editor.rows["name"] is name


def test_what_is_missing_is_known_before_the_rows_are(editor: Editor) -> None:
    editor.set_cells({"phone": Cell.of("13912345678")})
    assert "姓名" in editor._foot.text()
    editor.set_cells({"name": Cell.of("赵㛃")})
    assert "姓名" not in editor._foot.text()


def test_fields_of_one_group_stand_together(qtbot: QtBot) -> None:
    fields = [FieldSpec(n, n, group=g) for n, g in (("a", "甲"), ("b", "乙"), ("c", "甲"))]
    editor = Editor(fields)
    qtbot.addWidget(editor)
    assert list(editor.rows) == ["a", "c", "b"]


@pytest.mark.parametrize(("typed", "keys", "value"), [("bz", [], "1"), ("zc", [Qt.Key.Key_Down] * 2, "2")])
def test_enter_moves_on_from_a_choice_once_and_with_its_list_open(
    qtbot: QtBot, typed: str, keys: list[Qt.Key], value: str
) -> None:
    """The village stands outside the editor, and Enter stayed in it."""
    page = QWidget()
    column = QVBoxLayout(page)
    choice, editor = ChoiceInput([("1", "白庄村", "bzc"), ("2", "关庄村", "gzc")]), Editor([FIELDS[0], *CHOICES])
    column.addWidget(choice)
    column.addWidget(editor)
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    choice.setFocus()
    picker = choice.completer()
    assert picker is not None
    until(choice.hasFocus, "the focus on the first choice")
    for letter in typed:
        qtbot.keyClick(choice, letter)
    until(lambda: picker.popup().isVisible(), "the list below")
    for key in [*keys, Qt.Key.Key_Return]:
        qtbot.keyClick(picker.popup(), key)
    until(lambda: editor.rows[FIELDS[0].name].input.hasFocus(), "the focus on the field after it")
    assert choice.value() == value
    assert not picker.popup().isVisible()
    page.activateWindow()  # offscreen, nobody gives the focus back to it when the list is gone
    until(page.isActiveWindow, "the window in front again")
    qtbot.keyClick(editor.rows[FIELDS[0].name].input, Qt.Key.Key_Return)
    for spec in CHOICES:
        until(editor.rows[spec.name].input.hasFocus, f"the focus on {spec.name}")
        if spec is not CHOICES[-1]:
            qtbot.keyClick(editor.rows[spec.name].input, Qt.Key.Key_Return)


def test_new_steps_take_the_place_of_those_under_way(qtbot: QtBot) -> None:
    owner, done = QObject(), []  # type: ignore[var-annotated]
    slices = Slices(owner)
    slices.begin((done.append(n) for n in range(10)), at_once=False)
    slices.begin((done.append(n) for n in range(100, 103)), at_once=False)
    assert done == []
    for _ in range(20):
        QCoreApplication.processEvents()
    assert done == [100, 101, 102]
