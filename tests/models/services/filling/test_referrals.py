"""A copy for each referral, who has a request in hand, and how late it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forms.base import Sheet
from forms.registry import get
from models.errors import RuleError
from models.records import Cell
from models.services import people, printing, requests, specs
from models.services.desk import Desk
from models.services.filling import referrals as filled
from models.services.people import must_get
from tests.conftest import BUREAU, VILLAGE, DeskFactory

OTHER = "411424000000-ZR"


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def case(desk: Desk) -> str:
    """A request that was accepted."""
    person = people.save(desk, None, {"name": Cell.of("孙𬘫")}, VILLAGE).id
    item = next(i for i in requests.items(desk) if i.code == "request.help")
    one = requests.submit(desk, person, item.code, {"text": Cell.of("请求通电")}, answers=dict(item.sample)).id
    requests.act(desk, one, "accept")
    return one


def sheets(desk: Desk, code: str, *ids: str) -> list[Sheet]:
    form = get(code)
    return [printing.sheet(s, form) for s in printing.subjects(desk, form, ids, {})]


def test_each_referral_that_waits_is_a_copy_with_its_own_words_and_day(desk: Desk, tmp_path: Path) -> None:
    one = case(desk)
    with pytest.raises(RuleError, match="还没有转办") as caught:
        sheets(desk, "slip.referral", one)
    assert caught.value.code == "print.no_referral"
    first = requests.refer(desk, one, BUREAU, "请审核", days=4)
    requests.refer(desk, one, OTHER, "", days=2)
    made = {s.known("referral.bureau"): s for s in sheets(desk, "slip.referral", one)}
    assert len(made) == 2
    copy = made[filled.office_name(desk, BUREAU)]
    assert copy.known("referral.ask") == "请审核"
    assert copy.known("referral.due_on") == specs.long_date(first.due_on)
    other = made[filled.office_name(desk, OTHER)].cell("referral.ask")
    assert (other.text, other.state) == ("", "k")
    assert len(set(printing.issue(desk, "slip.referral", [one], tmp_path / "a.pdf"))) == 2


def test_one_that_was_answered_is_printed_when_none_waits(desk: Desk) -> None:
    one = case(desk)
    first = requests.refer(desk, one, BUREAU, "请审核")
    requests.refer(desk, one, OTHER, "请查勘")
    with desk.store.write(desk.account, "承办答复") as unit:
        said = {"answer": Cell.of("同意"), "answered_on": Cell.of("2026-11-30"), "answered_by": Cell.of("赵立新")}
        unit.update("referral", first.id, said)
    (waiting,) = sheets(desk, "slip.referral", one)
    assert waiting.known("referral.ask") == "请查勘"
    with desk.store.write(desk.account, "承办答复") as unit:
        unit.update("referral", requests.referrals(desk, one)[-1].id, said)
        unit.update("referral", requests.referrals(desk, one)[0].id, said)
    filed = sheets(desk, "slip.referral", one)
    assert [s.known("referral.answer") for s in filed] == ["同意", "同意"]
    assert filed[0].known("referral.answered_on") == "2026年11月30日"


def test_who_has_a_late_request_in_hand_and_how_late_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = case(desk), case(desk)
    requests.refer(desk, two, BUREAU)
    due = date.fromisoformat(must_get(desk, one, "request").due_on)

    def rows(today: date) -> list[dict[str, str]]:
        monkeypatch.setattr(filled, "local_date", lambda: today)
        (made,) = sheets(desk, "slip.supervision", one, two)
        return [{name: cell.text for name, cell in row.items()} for row in made.each("requests")]

    assert [r["overdue"] for r in rows(due)] == ["", ""]
    late = rows(requests.due(desk, due, 3)[0])
    assert [(r["no"], r["overdue"], r["state"]) for r in late] == [("1", "3", "已受理"), ("2", "3", "已转办")]
    assert late[0]["handler"] == filled.office_name(desk)
    assert late[1]["handler"] == filled.office_name(desk, BUREAU)
    assert late[0]["person.name"] == "孙𬘫"
    requests.act(desk, one, "close", "已通电")
    assert rows(requests.due(desk, due, 3)[0])[0]["overdue"] == ""
