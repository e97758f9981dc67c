"""When a round begins, how long it waits after a failure, and what it says: with a clock that the test moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from PySide6.QtTest import QTest

from desktop import rounds
from desktop.main_window import MainWindow
from desktop.pages.people import PeoplePage
from desktop.rounds import Pace, Rounds
from desktop.status_line import StatusLine, clock_words
from models.base import CHINA
from models.errors import KnownError
from models.services import desk as desks
from models.services import syncing
from models.services.desk import Desk
from models.sync.client import Report
from tests.desktop.conftest import rest, until


class Wall:
    """The clock on the wall."""

    def __init__(self) -> None:
        self.at = datetime(2027, 1, 20, 14, 30, tzinfo=CHINA)

    def __call__(self) -> datetime:
        return self.at


class Line:
    """Stands for the network: what the next round meets, and how many there were."""

    def __init__(self) -> None:
        self.error: KnownError | None = None
        self.rounds = 0

    def run(self, _desk: Desk) -> Report:
        self.rounds += 1
        if self.error:
            raise self.error
        return Report()


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    made = Line()
    monkeypatch.setattr(rounds.syncing, "run", made.run)
    monkeypatch.setattr(rounds.transfers, "begin", lambda *_a: None)
    return made


@pytest.fixture
def going(window: MainWindow, line: Line, wall: Wall) -> Rounds:
    desks.put_setting(window.desk, "link", {"address": "https://127.0.0.1"})
    window.changed([])
    until(lambda: window._line._known is not None and window._line._known.joined, "the window to know that it has joined")
    made = Rounds(window, wall)
    made._pace = Pace(lambda: 0.5)
    window._rounds = made
    made._joined = True
    return made


def once(going: Rounds, line: Line, quietly: bool = True) -> None:
    before = line.rounds
    going.begin(quietly=quietly)
    until(lambda: line.rounds > before and not going._running, "the end of a round")


def offline() -> KnownError:
    return KnownError("net.unreachable", "连不上县级服务器。")


def test_the_pause_doubles_to_half_an_hour_and_starts_anew() -> None:
    pace = Pace(lambda: 0.5)
    assert [pace.after_failure() for _ in range(7)] == [60, 120, 240, 480, 960, 1800, 1800]
    assert pace.after_success() == 300
    assert pace.after_failure() == 60


def test_no_two_pcs_call_at_the_same_moment_and_none_outside_the_bounds() -> None:
    for chance in (0.0, 0.3, 0.99):
        pace = Pace(lambda c=chance: c)  # type: ignore[misc]
        waits = [pace.after_failure() for _ in range(8)]
        assert all(60 <= w <= 1800 for w in waits)
        assert abs(waits[3] - 480) <= 96
    assert Pace(lambda: 0.0).after_success() != Pace(lambda: 0.99).after_success()


def test_a_failure_says_what_failed_and_when_the_next_try_is(going: Rounds, line: Line, window: MainWindow) -> None:
    line.error = offline()
    once(going, line)
    assert going.said == "连不上县级服务器。下次自动再试 14:31。"
    assert going._timer.interval() == 60_000
    once(going, line)
    assert going.said.endswith("14:32。")
    assert window._line.text().count("离线") == 1
    until(lambda: window._line.toolTip() == going.said, "the sentence at the quiet line")
    assert going.said not in window._toast.text()  # nobody asked
    once(going, line, quietly=False)
    assert window._toast.text() == going.said
    line.error = None
    once(going, line)
    assert (going.said, going._timer.interval()) == ("", 300_000)
    assert "已连接" in window._line.text()


def test_a_fault_that_is_not_the_network_is_told_once(going: Rounds, line: Line, window: MainWindow) -> None:
    line.error = KnownError("protocol.new", "县级的程序较旧。")
    once(going, line)
    assert window._toast.text().startswith("县级的程序较旧。下次自动再试")
    window._toast.show_text("别的事", "info", None)
    once(going, line)
    assert window._toast.text() == "别的事"
    assert "同步没有完成" in window._line.text()


def test_where_only_a_ticket_helps_no_next_try_is_promised(going: Rounds, line: Line) -> None:
    line.error = KnownError("device.revoked", "县级已停用这台设备。")
    once(going, line)
    assert going.said == "县级已停用这台设备。"


def test_a_round_that_finds_the_line_taken_leaves_the_quiet_line_as_it_was(going: Rounds, line: Line, window: MainWindow) -> None:
    once(going, line)
    assert "已连接" in window._line.text()
    line.error = KnownError("sync.running", "正在同步，请等这一轮结束。")
    once(going, line)
    assert "正在同步" not in window._line.text()
    assert "已连接" in window._line.text()
    assert "U 盘" not in window._toast.text(), "nobody asked"
    once(going, line, quietly=False)
    assert "完成后自动同步" in window._toast.text()


def test_what_was_refused_is_said_alone_when_nothing_waits(qapp: object) -> None:
    said = StatusLine()
    status = syncing.Status(True, "https://127.0.0.1", 0, 1, 0, "", "")
    said.know(status)
    assert said.text() == "离线 · 1 条未被接收"
    said.know(replace(status, refused=0))
    assert said.text() == "离线 · 没有待发送"


def test_the_network_comes_back_and_a_round_begins_at_once(going: Rounds, line: Line, window: MainWindow) -> None:
    line.error = offline()
    for _ in range(4):
        once(going, line)
    line.error = None
    going.network(there=True)
    until(lambda: line.rounds == 5 and not going._running, "a round")
    going.network(there=False)
    assert "离线" in window._line.text()
    assert "已连接" not in window._line.text()


def test_edits_go_when_they_have_rested_and_not_later_than_three_minutes(going: Rounds, wall: Wall) -> None:
    going.edited()
    assert going._rest.interval() == 20_000
    for _ in range(10):  # a clerk who never rests
        wall.at += timedelta(seconds=17)
        going.edited()
    assert going._rest.interval() == 10_000
    wall.at += timedelta(seconds=30)
    wall.at -= timedelta(days=365)  # the clock was put right: nothing waits for a year
    going.edited()
    assert going._rest.interval() == 20_000


def test_what_is_written_during_a_round_goes_after_it(going: Rounds, line: Line) -> None:
    going.begin(quietly=True)
    going.edited()
    until(lambda: not going._running, "the end")
    assert going._rest.isActive()


def test_a_round_that_is_asked_for_during_another_begins_after_it(going: Rounds, line: Line) -> None:
    """A ticket was used while a round of the old device was under way and failed: the next one came a minute later."""
    line.error = KnownError("device.revoked", "已停用。")
    before = line.rounds
    going.begin(quietly=True)
    going.begin()
    line.error = None
    until(lambda: line.rounds == before + 2 and not going._running, "the second round")
    rest(0.1)
    assert line.rounds == before + 2
    assert not going.said


def test_no_round_begins_by_itself_before_the_county_is_known(going: Rounds, line: Line) -> None:
    going._joined = False
    going.network(there=True)
    going.edited()
    rest()
    assert line.rounds == 0
    assert not going._rest.isActive()


def test_a_round_takes_no_focus(going: Rounds, line: Line, window: MainWindow) -> None:
    window.open("people", "new")
    page = window.page("people")
    assert isinstance(page, PeoplePage)
    field = page.view.editor.row("name").input
    window.activateWindow()
    field.setFocus()
    until(field.hasFocus, "the focus")
    QTest.keyClicks(field, "Qian")
    once(going, line)
    QTest.keyClicks(field, "Yan")
    rest()
    assert field.hasFocus()
    assert field.raw() == "QianYan"


@pytest.mark.parametrize(
    ("off", "words"),
    [(600, "本机时钟快了 10 分钟，请校准"), (-5 * 3600, "本机时钟慢了 5 小时，请校准"), (365 * 86400, "本机时钟快了 365 天，请校准")],
)
def test_a_clock_that_is_off_is_told_in_a_fitting_measure(off: int, words: str) -> None:
    assert clock_words(off) == words
