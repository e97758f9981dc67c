"""The print page: for whom, what is typed, numbers taken in the background, and what was printed once more."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from desktop.main_window import MainWindow
from desktop.pages.notices import NoticesPage, asking
from desktop.widgets.inputs import ChoiceInput
from models.errors import KnownError
from models.records import Cell
from models.services import people, printed, printing, requests
from models.services.desk import Desk
from resources import divisions
from tests.desktop.conftest import TOWNSHIP, focused, until

VILLAGES = [v.code for v in divisions.villages(TOWNSHIP)]


@pytest.fixture
def ids(desk: Desk) -> list[str]:
    return [people.save(desk, None, {"name": Cell.of(n)}, VILLAGES[n == "王芳"]).id for n in ("赵㛃", "钱䶮", "王芳")]


def opened(window: MainWindow, code: str, ids: list[str]) -> NoticesPage:
    window.open("notices", (code, ids))
    page = window.page("notices")
    assert isinstance(page, NoticesPage)
    return page


def letters(window: MainWindow, ids: list[str]) -> NoticesPage:
    """The page with a letter that lacks nothing, and its preview."""
    page = opened(window, "notice.meeting", ids)
    until(lambda: page.paper._small.count() == len(ids) or (len(ids) == 1 and page.paper.pdf), "the form, and what it would print")
    page.asks.put("notice.body", "请您参加。")
    return page


def test_print_takes_a_paper_for_what_is_selected(window: MainWindow, ids: list[str]) -> None:
    page = opened(window, "slip.acceptance", [])
    window.open("notices", ("person", ids[:1]))
    assert page._current().subject == "person"
    chosen = page._current().code
    window.open("notices", ("person", ids[:2]))
    assert page._current().code == chosen  # a paper that fits stays


def test_the_paper_that_is_chosen_is_for_pages_of_a4_alone(
    window: MainWindow, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = opened(window, "notice.meeting", ids[:1])
    media = page.printer._media
    media.setCurrentIndex(media.findData("A4"))
    page._form.setCurrentIndex(page._form.findData("envelope.dl"))
    assert not media.isEnabled()
    assert page.printer.job().media == ""
    assert media.currentText() == "DL"
    assert " · DL · " in page.printer._line.text()

    def lacking(job: asking.printer.Job, own: str) -> None:
        raise KnownError("print.size", f"没有{own}。没有取用编号。")

    monkeypatch.setattr(asking.printer, "refuse_size", lacking)
    page._to_printer()
    until(lambda: page.running.trouble.text() == "没有DL。没有取用编号。", "the refusal")
    assert printed.latest(window.desk) == []
    page._form.setCurrentIndex(page._form.findData("notice.meeting"))
    assert media.isEnabled()
    assert page.printer.job().media == "A4"  # what was chosen before


def test_people_are_no_requests_when_the_paper_changes(window: MainWindow, desk: Desk, ids: list[str]) -> None:
    page = letters(window, ids)
    page._form.setCurrentIndex(page._form.findData("slip.acceptance"))
    assert page._ids == []
    assert "诉求" in page._whom.text()
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    case = requests.submit(desk, ids[0], item.code, {"text": Cell.of("咨询")}, answers=answers).id
    window.open("notices", ("slip.acceptance", [case]))
    assert page._ids == [case]
    page._form.setCurrentIndex(page._form.findData("notice.meeting"))
    assert page._ids == ids  # they are chosen still


def test_people_are_chosen_by_village_and_from_the_list(window: MainWindow, ids: list[str]) -> None:
    page = opened(window, "notice.meeting", [])
    page._pick.click()
    assert page.tabs.currentWidget() is page.people
    until(lambda: "3 人" in page.people.all.text(), "everybody")
    page.people.village.set_value(VILLAGES[0])
    page.people.village.edited.emit()
    until(lambda: "2 人" in page.people.all.text(), "the village")
    assert not page.people.some.isEnabled()
    page.people.all.click()
    assert sorted(page._ids) == sorted(ids[:2])
    until(lambda: page.paper._small.count() == 2, "their letters")
    assert page.tabs.currentWidget() is page.paper
    page.choose_people()
    page.people.text.setText("王芳")
    page.people.village.set_value(None)
    page.people.village.edited.emit()
    until(lambda: "1 人" in page.people.all.text(), "one by name")
    page.people.table.selectRow(0)
    assert page.people.some.isEnabled()
    page.people.some.click()
    assert page._ids == ids[2:]
    page._form.setCurrentIndex(page._form.findData("slip.acceptance"))
    assert not page.tabs.isTabVisible(page.tabs.indexOf(page.people))  # a paper about a request


def test_a_paper_for_all_has_no_placeholders_of_one_person(window: MainWindow, ids: list[str]) -> None:
    """The red-headed document proposed 【村】【姓名】同志, and would have printed nobody's name."""
    page = letters(window, ids)
    assert "【姓名】" in page.asks.value("notice.to")
    page._form.setCurrentIndex(page._form.findData("notice.document"))
    assert page.asks.value("notice.to") == ""
    page.asks.put("notice.to", "各村民委员会")
    page._form.setCurrentIndex(page._form.findData("notice.meeting"))
    assert page.asks.value("notice.to") == "各村民委员会"  # what was typed stays


def test_no_number_is_taken_for_a_paper_without_a_text(
    window: MainWindow, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: asked.append(1) or ("", ""))
    page = letters(window, ids)
    page.asks.put("notice.body", "  ")
    window.activateWindow()
    for attempt in (page._issue, page._issue_each, page._to_printer):
        attempt()
    assert asked == []
    assert "请先填写正文" in window._toast.text()
    until(focused(page.asks.asked["notice.body"]), "the focus in the text")
    page.asks.put("notice.body", "请您参加。")
    page._issue()
    assert asked == [1]


def test_a_pdf_of_all_and_one_for_each(
    window: MainWindow, desk: Desk, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = letters(window, ids)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(tmp_path / "全部.pdf"), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(tmp_path / "每人"))
    page._issue()
    assert page.running.busy
    assert not page._save.isEnabled()  # nobody prints it twice
    until(lambda: not page.running.busy, "the file")
    assert "编号 411424102-" in window._toast.text()
    page._issue_each()
    until(lambda: not page.running.busy, "the files")
    assert "已保存 3 个文件" in window._toast.text()
    assert sorted(f.name.split("_")[0] for f in (tmp_path / "每人").iterdir()) == ["王芳", "赵㛃", "钱䶮"]
    assert len(printed.latest(desk)) == 6
    assert page._save.isEnabled()


def test_a_long_print_is_stopped_and_tells_what_it_did(
    window: MainWindow, desk: Desk, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = letters(window, ids)
    monkeypatch.setattr("desktop.widgets.running._PATIENCE", 0.0)
    fill, pressed = printing.sheet, []

    def pressing(*args: object) -> object:
        if not pressed:
            ends = time.monotonic() + 10
            while not page.running.busy:  # the worker may be here before the window knows that it has begun
                assert time.monotonic() < ends
                time.sleep(0.001)
            handle = page.running._handle
            assert handle is not None
            handle.cancel()  # as the button does, in the middle of the first copy
            pressed.append(1)
        return fill(*args)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(printing, "sheet", pressing)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(tmp_path / "全部.pdf"), ""))
    page._issue()
    until(lambda: not page.running.busy, "the stop")
    assert "没有取用编号" in window._toast.text()
    assert page.running.isHidden()
    assert page.running.trouble.text() == window._toast.text()  # and it stands there when the toast is gone
    assert page.running.trouble.isVisible()
    assert not (tmp_path / "全部.pdf").exists()
    assert printed.latest(desk) == []


def test_the_button_stops_and_the_bar_says_how_far_it_is(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened(window, "notice.meeting", [])
    told: list[str] = []
    monkeypatch.setattr(page.running, "keep", lambda error: told.append(str(error)))

    def work(progress: object) -> None:
        done = 0
        while progress(done := min(done + 1, 99), 100):  # type: ignore[operator]  # operations gives one
            pass
        raise KnownError("x", "停了")

    monkeypatch.setattr("desktop.widgets.running._PATIENCE", 0.0)
    page.running.run(50, work, then=lambda _r: told.append("done"))
    until(lambda: "/ 50 份" in page.running.said.text(), "the bar")
    assert page.running.bar.maximum() == 100
    page.running.run(1, work, then=lambda _r: None)  # a second one waits
    assert "上一批还在打印" in window._toast.text()
    page.running.findChild(QPushButton).click()
    until(lambda: not page.running.busy, "the stop")
    assert told == ["停了"]


def test_a_preview_gives_way_to_the_next(window: MainWindow, ids: list[str]) -> None:
    page = letters(window, ids)
    page._take(ids[:2])
    page._take(ids[2:])
    assert not page.running.busy
    until(lambda: "王芳" in page.paper._paper.copies[0][0], "the last one chosen")
    assert "停止" not in window._toast.text()


def test_what_was_printed_is_printed_again_as_it_was(
    window: MainWindow, desk: Desk, ids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serials = printing.issue(desk, "notice.meeting", ids, tmp_path / "a.pdf", {"notice.body": "文"})
    page = opened(window, "notice.meeting", [])
    page.tabs.setCurrentWidget(page.reprints)
    table = page.reprints.table
    until(lambda: table.topLevelItemCount() == 3, "the log")
    assert not page.reprints._send.isEnabled()
    table.topLevelItem(0).setSelected(True)
    assert page.reprints._send.isEnabled()
    sent: list[tuple[Path, bytes]] = []
    monkeypatch.setattr(asking.printer, "send_and_forget", lambda pdf, _job: sent.append((pdf, pdf.read_bytes())) or "在排队")
    page.reprints._print_again()
    until(lambda: table.topLevelItemCount() == 3 and "1 次" in table.topLevelItem(0).text(4), "its count")
    assert serials[2] in window._toast.text()
    assert window._toast.text().endswith("在排队")
    assert len(sent) == 1
    page.reprints._look_again()
    until(lambda: page.paper.pdf == sent[0][1], "the same paper on the screen")
    assert page.tabs.currentWidget() is page.paper
    page.tabs.setCurrentWidget(page.sources)
    assert page.sources.table.topLevelItemCount() == 0  # nothing of today is said of it


def test_a_paper_that_was_not_printed_is_told_with_its_file_and_stands_in_the_log(
    window: MainWindow, desk: Desk, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = letters(window, ids[:1])
    files: list[Path] = []

    def broken(pdf: Path, _job: object) -> str:
        files.append(pdf)
        raise KnownError("print.gone", f"打印机“Old”不在了。文书已编号并保存在 {pdf}。")

    monkeypatch.setattr(asking.printer, "send_and_forget", broken)
    page._to_printer()
    until(lambda: page.running.trouble.isVisible(), "what went wrong")
    assert str(files[0]) in page.running.trouble.text()
    assert files[0].read_bytes().startswith(b"%PDF")
    assert [p.whom for p in printed.latest(desk)] == ["赵㛃"]
    page._preview()
    assert page.running.trouble.isHidden()  # the next thing begins


def test_papers_of_two_forms_and_papers_that_were_not_kept_are_not_offered(
    window: MainWindow, desk: Desk, ids: list[str], tmp_path: Path
) -> None:
    printing.issue(desk, "notice.meeting", ids[:1], tmp_path / "a.pdf", {"notice.body": "文"})
    printing.issue(desk, "notice.document", [], tmp_path / "b.pdf", {"notice.body": "文"})
    with desk.store.write("王芳", "旧的") as unit:
        unit.create("paper", {"serial": Cell.of("旧-1"), "form": Cell.of("座谈会通知")})
    page = opened(window, "notice.meeting", [])
    page.tabs.setCurrentWidget(page.reprints)
    table = page.reprints.table
    until(lambda: table.topLevelItemCount() == 3, "the log")
    for chosen, word in (((1, 2), "同一种文书"), ((0, 2), "本机没有存下")):
        table.clearSelection()
        for n in chosen:
            table.topLevelItem(n).setSelected(True)
        assert word in page.reprints._why.text()
        assert not page.reprints._send.isEnabled()
    page.reprints.search.setText("红头")
    until(lambda: table.topLevelItemCount() == 1, "the one")


def test_where_the_words_come_from_and_the_way_to_the_record(window: MainWindow, desk: Desk, ids: list[str]) -> None:
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    case = requests.submit(desk, ids[0], item.code, {"text": Cell.of("咨询")}, answers=answers).id
    page = opened(window, "register.request", [case])
    until(lambda: page.paper.pdf, "the preview")
    page.tabs.setCurrentWidget(page.sources)
    table = page.sources.table
    until(lambda: table.topLevelItemCount() > 5, "its words")
    rows = [table.topLevelItem(n) for n in range(table.topLevelItemCount())]
    lacking = [r for r in rows if r.text(2) == "未采集"]
    assert rows[: len(lacking)] == lacking
    phone = next(r for r in lacking if r.text(0) == "联系电话")
    table.itemWidget(phone, 5).click()
    until(lambda: window.page("people").isVisible(), "the person")  # type: ignore[union-attr]  # the page is there


def test_the_sources_follow_the_copy_in_front(window: MainWindow, ids: list[str]) -> None:
    page = letters(window, ids)
    page.tabs.setCurrentWidget(page.sources)

    def to() -> str:
        table = page.sources.table
        found = [table.topLevelItem(n) for n in range(table.topLevelItemCount())]
        return next((r.text(1) for r in found if r.text(0) == "主送"), "")

    until(lambda: "赵㛃" in to(), "of the first")
    page.paper._small.setCurrentRow(1)
    until(lambda: "钱䶮" in to(), "of the second")


def test_the_item_of_a_card_is_chosen_from_the_catalogue(window: MainWindow, desk: Desk) -> None:
    page = opened(window, "card.policy", [])
    until(lambda: page.asks.options, "the lists")
    field = page.asks.asked["ask.item"]
    assert isinstance(field, ChoiceInput)
    assert [field.itemText(n) for n in range(1, field.count())] == [i.name for i in requests.items(desk)]
    line = field.lineEdit()
    assert line is not None
    line.setText("cydbdk")  # its initials
    line.editingFinished.emit()
    assert page.asks.extra()["ask.item"] == "创业担保贷款"
    page._see.click()
    until(lambda: page.paper.pdf, "the card")
    page._choose()
    assert page.asks.value("ask.item") == "创业担保贷款"  # what was chosen stays as what was typed does


def test_the_words_that_a_text_may_hold_are_those_of_its_paper(window: MainWindow, ids: list[str]) -> None:
    page = letters(window, ids)

    def said() -> str:
        return "".join(w.text() for w in page.asks.findChildren(QLabel) if not w.isHidden()).replace("\u2060", "")

    until(lambda: "【称谓】" in said() and "【窗口电话】" in said(), "those of a letter")
    page._form.setCurrentIndex(page._form.findData("notice.document"))
    until(lambda: "【窗口电话】" in said() and "【称谓】" not in said(), "those of a paper for all")


def test_where_it_comes_from_is_read_whole(window: MainWindow, ids: list[str]) -> None:
    page = letters(window, ids)
    page.tabs.setCurrentWidget(page.sources)
    table, header = page.sources.table, page.sources.table.header()
    until(lambda: table.topLevelItemCount() > 3, "its words")
    until(lambda: header.sectionSize(3) >= table.sizeHintForColumn(3), "the width of the source")
    until(lambda: header.length() == table.viewport().width(), "no column beyond the edge, and none short of it")
    window.resize(800, 600)
    until(lambda: header.length() > table.viewport().width(), "a table that scrolls")
    assert header.sectionSize(1) >= 140
