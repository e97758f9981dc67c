"""The sync page: conflicts settled by keys, and what was refused opened where it is mended. Over a real county."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.main_window import MainWindow
from desktop.pages.home import LineButton
from desktop.pages.people import PeoplePage
from desktop.pages.requests import RequestsPage
from desktop.pages.sync import SyncPage
from models.errors import RuleError
from models.fields import Kind
from models.records import Cell, canonical
from models.services import conflicts, contacts, drafts, people, requests, settled, syncing, undo
from models.services import desk as desks
from models.services.desk import Desk
from models.sync.client import Report
from resources import divisions
from tests.conftest import PASSWORD, County, enrolled
from tests.desktop.conftest import TOWNSHIP, focused, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


@pytest.fixture
def desk(desk: Desk, county: County) -> Desk:
    return enrolled(desk, county)


@pytest.fixture
def village(county: County, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made, _code = desks.init(tmp_path_factory.mktemp("village") / "workspace", VILLAGE, "村支书", PASSWORD)
    yield enrolled(made, county)
    made.close()


def round_of(desk: Desk) -> Report:
    """A round, once the window's own is over: it begins one by itself when a county can be reached."""
    end = time.monotonic() + 20
    while True:
        try:
            return syncing.run(desk)
        except RuleError as e:
            if e.code != "sync.running" or time.monotonic() > end:
                raise
            time.sleep(0.02)


def clash(town: Desk, village: Desk, field: str, base: str, ours: str, theirs: str) -> str:
    """A person whose field the township and the village have changed from one base; the township's value stands."""
    person = people.save(town, None, {"name": Cell.of("钱䶮"), field: Cell.of(base)}, VILLAGE).id
    round_of(town)
    round_of(village)
    people.save(town, person, {field: Cell.of(ours)})
    people.save(village, person, {field: Cell.of(theirs)})
    for desk in (town, village, town):
        round_of(desk)
    return person


def page_of(window: MainWindow, argument: str = "") -> SyncPage:
    window.open("sync", argument or None)
    page = window.page("sync")
    assert isinstance(page, SyncPage)
    return page


def words(page: SyncPage, row: int) -> Sequence[str]:
    return page._table.rows.words(page._table.rows.rows[row])


def shown(page: SyncPage) -> str:
    return "\n".join(x.text() for x in page.clashes.findChildren(QLabel) if not x.isHidden())


def test_a_conflict_is_chosen_and_settled_by_keys_and_undone(window: MainWindow, desk: Desk, village: Desk) -> None:
    person = clash(desk, village, "phone", "13900000001", "13911110002", "13922220002")
    page = page_of(window, "conflicts")
    until(lambda: page.clashes.isVisible() and page.clashes.hasFocus(), "the desk")
    assert "139****0001" in shown(page)
    assert shown(page).count("139****0002") == 2
    assert "第 4、5、6、7 位不同" in shown(page)
    assert "按 N" not in shown(page), "there is no other"
    assert f"村支书（{desks.office_name(desk, VILLAGE)}）" in shown(page)
    assert f"王芳（{desks.office_name(desk, TOWNSHIP)}）" in shown(page)
    QTest.keyClick(page.clashes, Qt.Key.Key_Return)  # nothing is picked yet, nothing is settled
    assert "请按 1 或 2" in window._toast.text()
    QTest.keyClick(page.clashes, Qt.Key.Key_Right)
    assert page.clashes.choice == "other"
    QTest.keyClick(page.clashes, Qt.Key.Key_Left)
    assert page.clashes.choice == "kept"
    QTest.keyClick(page.clashes, Qt.Key.Key_Right)
    QTest.keyClick(page.clashes, Qt.Key.Key_Return)
    until(lambda: page.clashes.isHidden(), "settled")
    assert people.must_get(desk, person).phone == "13922220002"
    window.undo()
    until(lambda: page.clashes.isVisible(), "the conflict is open again")
    assert people.must_get(desk, person).phone == "13911110002"
    undo.redo(desk)
    for one in (desk, village):
        round_of(one)
    assert people.must_get(village, person).phone == "13922220002"


def test_what_two_offices_settled_at_once_is_told_after_the_round_and_until_it_was_read(
    window: MainWindow, desk: Desk, village: Desk
) -> None:
    person = clash(desk, village, "wechat", "a", "b", "c")
    for one, choice in ((village, "kept"), (desk, "other")):
        conflicts.settle(one, conflicts.open_list(one)[0].id, choice)
    round_of(village)
    window.sync()
    until(lambda: "先选了现值“b”，本机构的选择晚到县级" in window._toast.text(), "the notice of the second office")
    page = page_of(window)
    until(lambda: page.twice.isVisible(), "the card")
    words = [x.text() for x in page.twice.findChildren(QLabel)]
    assert any(f"村支书（{desks.office_name(desk, VILLAGE)}）先选了现值“b”" in w and "现在的值是“c”" in w for w in words)
    opens, known = (next(b for b in page.twice.findChildren(QPushButton) if b.text().strip() == t) for t in ("打开记录", "知道了"))
    known.click()
    until(lambda: page.twice.isHidden() and settled.twice(desk) == [], "it was read")
    opens.click()
    until(lambda: window._current_person() == person, "the record")


def test_one_key_settles_a_conflict_and_the_toast_says_what_was_chosen(window: MainWindow, desk: Desk, village: Desk) -> None:
    person = clash(desk, village, "wechat", "a", "b", "c")
    page = page_of(window, "conflicts")
    until(lambda: page.clashes.isVisible() and page.clashes.hasFocus(), "the desk")
    QTest.keyClick(page.clashes, Qt.Key.Key_2)
    until(lambda: page.clashes.isHidden(), "settled")
    assert people.must_get(desk, person).wechat == "c"
    assert "已采用另一值“c”" in window._toast.text()
    until(focused(page), "the keys: not with the next button, which Enter or space would press")
    until(lambda: [words(page, n)[2] for n in range(page._table.rows.rowCount())].count("钱䶮 微信号") == 1, "its line by name")
    line = next(x for x in page._table.rows.rows if x.entity == "conflict")
    assert line.opens == ("person", person)


def test_today_opens_the_very_conflict(window: MainWindow, desk: Desk, village: Desk) -> None:
    clash(desk, village, "wechat", "a", "b", "c")
    clash(desk, village, "address", "村东", "村西", "村北")
    window.open("home")
    home = window.page("home")
    until(lambda: [x for x in home.findChildren(LineButton) if "户籍住址" in x.accessibleName()], "the lists")
    next(x for x in home.findChildren(LineButton) if "户籍住址" in x.accessibleName()).click()
    page = window.page("sync")
    assert isinstance(page, SyncPage)
    until(lambda: page.clashes.hasFocus(), "the desk")
    assert "“户籍住址”" in shown(page)


def test_two_long_texts_say_where_they_part(window: MainWindow, desk: Desk, village: Desk) -> None:
    same = "本人有意回村办服装加工点，担心流动资金。" * 5
    clash(desk, village, "note", "短", f"{same}已联系人社局。", f"{same}已联系农商行。")
    page = page_of(window, "conflicts")
    until(lambda: page.clashes.isVisible(), "the desk")
    assert f"前 {len(same) + 3} 个字相同，接着现值是“人社局。…”，另一值是“农商行。…”" in shown(page)


def test_alike_masked_values_are_shown_when_asked_for_and_the_asking_is_logged(
    window: MainWindow, desk: Desk, village: Desk
) -> None:
    clash(desk, village, "phone", "13900000001", "13911110002", "13922220002")
    page = page_of(window)
    until(lambda: page.clashes.isVisible(), "the desk")
    assert "13911110002" not in shown(page)
    QTest.mouseClick(page.clashes._eye, Qt.MouseButton.LeftButton)
    until(lambda: "13911110002" in shown(page), "the values")
    assert "13922220002" in shown(page)
    with desk.store.read() as conn:
        assert conn.exec_driver_sql("select count(*) from audit where action = 'reveal'").scalar_one() == 1


def test_the_next_conflict_is_a_key_away(window: MainWindow, desk: Desk, village: Desk) -> None:
    clash(desk, village, "wechat", "a", "b", "c")
    clash(desk, village, "address", "村东", "村西", "村北")
    page = page_of(window, "conflicts")
    until(lambda: page.clashes.hasFocus(), "the desk")
    assert "第 1 个，共 2 个" in shown(page)
    QTest.keyClick(page.clashes, Qt.Key.Key_N)
    assert "第 2 个，共 2 个" in shown(page)
    assert page.clashes.choice == ""
    QTest.keyClick(page.clashes, Qt.Key.Key_N)
    assert "第 1 个" in shown(page)


def refused_person(desk: Desk) -> str:
    with desk.store.write("王芳", "旧版本登记") as unit:  # what a faulty older client could still have in its outbox
        return unit.create("person", {"name": Cell.of("赵㛃"), "sex": Cell.of("不明")}, village=VILLAGE)


def row_of(page: SyncPage, record_id: str) -> int:
    model = page._table.rows
    return next((n for n in range(model.rowCount()) if model.rows[n].record_id == record_id), -1)


def press_enter(page: SyncPage, record_id: str) -> None:
    until(lambda: row_of(page, record_id) >= 0, "the line")
    page._table.setCurrentIndex(page._table.rows.index(row_of(page, record_id), 0))
    QTest.keyClick(page._table, Qt.Key.Key_Return)


def test_enter_on_a_refused_line_goes_to_the_field_and_the_line_goes_with_the_receipt(window: MainWindow, desk: Desk) -> None:
    person = refused_person(desk)
    round_of(desk)
    page = page_of(window)
    press_enter(page, person)
    view = window.page("people")
    assert isinstance(view, PeoplePage)
    row = view.view.editor.row("sex")
    until(lambda: window.focusWidget() in (row.input, row.input.focusProxy()), "the field")
    assert "县级未接收" in row._error.text()
    row.input.set_value("2")
    row.input.edited.emit()
    view.view.commit()
    until(lambda: people.must_get(desk, person).sex == "2", "stored")
    assert syncing.record_state(desk, person) == "pending"
    round_of(desk)
    assert syncing.record_state(desk, person) == "received"
    page = page_of(window)
    page._waiting.setChecked(True)
    until(lambda: row_of(page, person) < 0 and not page._table.isVisible(), "no line")


def test_a_record_that_was_deleted_elsewhere_is_brought_back_by_the_one_button_there(
    window: MainWindow, desk: Desk, village: Desk
) -> None:
    other = people.save(desk, None, {"name": Cell.of("孙雁")}, VILLAGE).id
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE).id
    round_of(desk)
    round_of(village)
    people.delete(village, person)
    round_of(village)
    people.save(desk, person, {"wechat": Cell.of("y")})
    round_of(desk)
    window.open("person", other)
    view = window.page("people")
    assert isinstance(view, PeoplePage)
    until(lambda: view.selected() == [other], "another person")
    page = page_of(window)
    press_enter(page, person)
    until(lambda: window.focusWidget() is view.view.refused._buttons.get(person), "the button")
    assert view.selected() == [], "what is printed now is not the other one"
    there = [b.text().strip() for b in view.view.findChildren(QPushButton) if b.isVisible()]
    assert "恢复并送出我的修改" in there
    assert not {"改正", "恢复"} & set(there)
    QTest.keyClick(view.view.refused._buttons[person], Qt.Key.Key_Space)
    until(lambda: not people.must_get(desk, person).deleted, "it is back")
    assert people.must_get(desk, person).wechat == "y"


def test_a_reason_is_read_whole(window: MainWindow, desk: Desk) -> None:
    refused_person(desk)
    round_of(desk)
    page = page_of(window)
    heights = lambda: {page._table.rowHeight(n) for n in range(page._table.rows.rowCount())}  # noqa: E731
    until(lambda: page._table.rows.rowCount() == 2 and heights() == {page._table.verticalHeader().defaultSectionSize()}, "the lines")
    usual = page._table.rowHeight(0)
    tall = page._table.sizeHint().height()
    one = page._table.rows.rows[0]
    page._table.put([replace(one, errors=[("sex", "不在代码表中，" * 20)]), page._table.rows.rows[1]])
    assert page._table.rowHeight(0) > usual * 1.5
    assert page._table.rowHeight(1) == usual
    assert page._table.sizeHint().height() - tall == page._table.rowHeight(0) - usual


def test_today_opens_a_refused_record_at_its_field_too(window: MainWindow, desk: Desk) -> None:
    refused_person(desk)
    round_of(desk)
    window.open("home")
    home = window.page("home")
    until(lambda: getattr(home, "_refused", ()), "the list")
    home._open(home._refused[0])  # type: ignore[attr-defined]
    view = window.page("people")
    assert isinstance(view, PeoplePage)
    row = view.view.editor.row("sex")
    until(lambda: window.focusWidget() in (row.input, row.input.focusProxy()), "the field")


def test_a_refused_answer_is_mended_in_the_very_field_of_its_item(window: MainWindow, desk: Desk) -> None:
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)
    item = next(i for i in requests.items(desk) if len([f for f in i.fields if f.kind is Kind.TEXT]) > 1)
    request = requests.submit(desk, person.id, item.code, {"text": Cell.of("咨询")}, answers=dict(item.sample))
    round_of(desk)
    longer = next(f for f in item.fields if f.kind is Kind.TEXT)
    with desk.store.write("王芳", "旧版本修改") as unit:  # as a faulty older client could have it in its outbox
        answers = {**requests.answers(request), longer.name: "雁" * 21_000}
        unit.update("request", request.id, {"answers": Cell.of(canonical(answers))})
    round_of(desk)
    assert syncing.record_state(desk, request.id) == "refused"
    press_enter(page_of(window), request.id)
    view = window.page("requests")
    assert isinstance(view, RequestsPage)
    until(lambda: view.case._mend is not None, "the card")
    card = view.case._mend
    assert card is not None
    row = card.answers.row(longer.name)
    until(lambda: window.focusWidget() in (row.input, row.input.focusProxy()), "the field")
    assert f"最多 {longer.limit} 个字" in row._error.text()
    row.input.set_value("改短了")
    row.input.edited.emit()
    card.store()
    until(lambda: requests.answers(people.must_get(desk, request.id, "request"))[longer.name] == "改短了", "stored")
    assert requests.answers(people.must_get(desk, request.id, "request")) == {**item.sample, longer.name: "改短了"}
    round_of(desk)
    assert syncing.record_state(desk, request.id) == "received"


def test_the_words_of_a_refused_step_come_back_as_a_draft(window: MainWindow, desk: Desk) -> None:
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)
    item = next(i for i in requests.items(desk) if i.clock.days)
    cells = {"text": Cell.of("咨询"), "channel": Cell.of("window"), "kind": Cell.of("help")}
    request = requests.submit(desk, person.id, item.code, cells, answers=dict(item.sample), materials={})
    with desk.store.write("王芳", "旧版本办理") as unit:
        step = unit.create("request_event", {"request_id": Cell.of(request.id), "kind": Cell.of("旧步骤"), "at": Cell.of("2027-01-20T00:00:00.000Z"), "text": Cell.of("已请县人社局核实")}, village=VILLAGE)  # fmt: skip
    round_of(desk)
    assert syncing.record_state(desk, step) == "refused"
    press_enter(page_of(window), step)
    cases = window.page("requests")
    assert isinstance(cases, RequestsPage)
    until(lambda: step in cases.case._again and window.focusWidget() is cases.case._again[step], "its button")
    cases.case._again[step].click()
    until(lambda: "已请县人社局核实" in cases.case._words.toPlainText(), "the words")
    until(lambda: drafts.get(desk, request.id) is not None, "the draft")
    assert step not in [e.id for e in requests.events(desk, request.id)]
    round_of(desk)
    assert not [x for x in syncing.lines(desk) if x.state != "received"]


def test_a_refused_visit_is_taken_back_and_written_anew(window: MainWindow, desk: Desk) -> None:
    person = people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE).id
    with desk.store.write("王芳", "旧版本走访") as unit:
        visit = unit.create("contact", {"person_id": Cell.of(person), "way": Cell.of("不明"), "on": Cell.of("2027-01-20"), "text": Cell.of("入户")}, village=VILLAGE)  # fmt: skip
    round_of(desk)
    assert syncing.record_state(desk, visit) == "refused"
    press_enter(page_of(window), visit)
    view = window.page("people")
    assert isinstance(view, PeoplePage)
    until(lambda: window.focusWidget() is view.view.refused._buttons.get(visit), "its button")
    view.view.refused._buttons[visit].click()
    until(lambda: view.view.contact.isVisible(), "the form")
    assert view.view.contact.editor.rows["text"].cell().value == "入户"
    assert people.must_get(desk, visit, "contact").deleted
    contacts.add(desk, person, {"way": Cell.of("visit"), "on": Cell.of("2027-01-20"), "text": Cell.of("入户")})
    round_of(desk)
    assert not [x for x in syncing.lines(desk) if x.state == "refused"]
