"""A bad day for the PC: a disk that takes nothing, a plug that is pulled, a key that is pressed twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from PySide6.QtGui import QCloseEvent

from desktop import keeping, messages
from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.pages.people import contact as form
from desktop.pages.requests import RequestsPage
from desktop.pages.requests.intake import Intake
from desktop.widgets.editor import Editor
from models.errors import KnownError
from models.records import Cell, Record
from models.services import contacts, drafts, people, requests
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, rest, until

VILLAGE = divisions.villages(TOWNSHIP)[0].code


class Disk:
    """full: every draft and every visit is refused, as by a disk that takes no more."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.full = False
        for module, name in ((drafts, "put"), (contacts, "add")):
            patch.setattr(module, name, self._guarded(getattr(module, name)))

    def _guarded(self, really: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if self.full:
                raise KnownError("disk.full", "磁盘已满，这一步没有保存。")
            return really(*args, **kwargs)

        return call


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    monkeypatch.setattr(keeping, "AGAIN", 50)
    return Disk(monkeypatch)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(messages, "tell", lambda text, **_how: heard.append(text))
    return heard


@pytest.fixture
def person(desk: Desk) -> Record:
    return people.save(desk, None, {"name": Cell.of("钱䶮")}, VILLAGE)


def _write(editor: Editor, field: str, words: str) -> None:
    """As typed by hand."""
    editor.row(field).input.set_value(words)
    editor._on_edited(field)


def _intake(window: MainWindow, person: Record | None) -> Intake:
    window.open("requests", ("new", person.id if person else ""))
    page = window.page("requests")
    assert isinstance(page, RequestsPage)
    if person is not None:
        wanted = person.id
        until(lambda: page.intake._person == wanted, "the person of the request")
    return page.intake


def _visit(window: MainWindow, person: Record, words: str) -> PeoplePage:
    window.open("person", person.id)
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    until(lambda: page.view._record is not None and page.view._record.id == person.id, "the person")
    page.view.begin_contact()
    _write(page.view.contact.editor, "text", words)
    return page


def test_what_a_full_disk_refused_is_written_when_it_has_room(
    window: MainWindow, desk: Desk, person: Record, disk: Disk, told: list[str]
) -> None:
    disk.full = True
    page = _visit(window, person, "到家里谈了返乡的事")
    page.view.contact.store()
    window.open("requests")  # the form is left, and its next visit begins empty
    rest(0.4)
    assert drafts.all(desk) == []
    assert window._line._saved_at == ""  # nothing is claimed
    assert len([words for words in told if "会自动再存" in words]) == 1
    disk.full = False
    until(lambda: drafts.all(desk), "the draft")
    assert drafts.all(desk)[0].cells["text"].value == "到家里谈了返乡的事"
    until(lambda: any("已经存好" in words for words in told), "the good news")
    assert contacts.of_person(desk, person.id) == []  # a visit is made of it by the clerk, not by us


def test_a_draft_that_was_dropped_meanwhile_does_not_come_back(
    window: MainWindow, desk: Desk, disk: Disk, told: list[str]
) -> None:
    disk.full = True
    keeping.put(window, "d1", "contact", None, {"text": Cell.of("旧")})
    keeping.put(window, "d2", "contact", None, {"text": Cell.of("旧")})
    until(lambda: len(keeping.keeper().held) == 2, "both held")
    keeping.put(window, "d2", "contact", None, {"text": Cell.of("新")})
    keeping.drop(window, "d1")
    disk.full = False
    until(lambda: not keeping.keeper().held, "nothing held")
    rest()
    assert {d.id: d.cells["text"].value for d in drafts.all(desk)} == {"d2": "新"}


def test_the_window_does_not_close_over_what_is_on_no_disk(window: MainWindow, desk: Desk, disk: Disk, told: list[str]) -> None:
    window.show()
    disk.full = True
    keeping.put(window, "d1", "contact", None, {"text": Cell.of("到家里谈了")})
    first, second = QCloseEvent(), QCloseEvent()
    window.closeEvent(first)
    assert not first.isAccepted()
    assert any("还有 1 份内容没有存上" in words for words in told)
    disk.full = False
    window.closeEvent(second)  # there is room now: it is written before the window goes
    assert second.isAccepted()
    assert [d.id for d in drafts.all(desk)] == ["d1"]


def test_a_visit_that_is_stored_twice_is_one_visit(window: MainWindow, desk: Desk, person: Record) -> None:
    page = _visit(window, person, "到家里谈了返乡的事")
    page.view.contact.store()
    page.view.contact.store()
    rest(0.4)
    assert [c.text for c in contacts.of_person(desk, person.id)] == ["到家里谈了返乡的事"]
    assert drafts.all(desk) == []
    _visit(window, person, "又打了电话").view.contact.store()  # the next one is stored as well
    until(lambda: len(contacts.of_person(desk, person.id)) == 2, "the second visit")


def test_a_request_that_is_submitted_twice_is_one_request(window: MainWindow, desk: Desk, person: Record) -> None:
    intake = _intake(window, person)
    intake._item.set_value("request.consult")
    intake._choose_item()
    _write(intake.editor, "text", "咨询社保")
    intake.submit()
    intake.submit()
    rest(0.4)
    assert len(requests.ids(desk)) == 1
    assert drafts.all(desk) == []


def test_ticks_and_the_items_own_fields_are_in_the_draft(window: MainWindow, desk: Desk) -> None:
    """Even while nobody knows yet whose request it is."""
    intake = _intake(window, None)
    intake._item.set_value("money.loan")
    intake._choose_item()
    name = next(iter(intake._ticks))
    intake._ticks[name].setChecked(True)
    assert intake._extra is not None
    _write(intake._extra, "entity", "慈圣服装加工点")
    until(lambda: drafts.all(desk), "the draft")
    intake.leave()
    rest()
    later = RequestsPage(window)  # as the next start builds it
    later.intake.resume(drafts.all(desk)[0].id)
    until(lambda: later.intake._ticks and later.intake._ticks[name].isChecked(), "the tick")
    assert [n for n, tick in later.intake._ticks.items() if tick.isChecked()] == [name]
    assert later.intake._extra is not None
    assert later.intake._extra.row("entity").cell().value == "慈圣服装加工点"
    later.deleteLater()


def test_a_draft_keeps_the_day_it_was_begun(
    window: MainWindow, desk: Desk, person: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power went on the 23rd: on the 24th the visit is still one of the 23rd."""
    monkeypatch.setattr(form, "local_date", lambda: date(2026, 11, 23))
    page = _visit(window, person, "到家里谈了")
    until(lambda: drafts.all(desk), "the draft")
    page.view.contact.editor.untouch()  # the plug
    page.view.contact.hide()
    monkeypatch.setattr(form, "local_date", lambda: date(2026, 11, 24))
    page.view.contact.resume(drafts.all(desk)[0])
    assert page.view.contact.editor.row("on").cell().value == "2026-11-23"


def test_a_bug_does_not_claim_that_anything_was_saved() -> None:
    said = messages.sentence(ZeroDivisionError("secret"))
    assert "这一步没有完成" in said
    assert "已保存" not in said
    assert "secret" not in said
