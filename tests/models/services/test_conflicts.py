"""What a conflict says, who settles it, and that every device ends alike; the clock that is told to be off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from models import base
from models.base import stamp, utc_now
from models.errors import RuleError
from models.fields import State
from models.records import Cell, canonical
from models.services import conflicts, people, requests, syncing, timeline, undo, wording
from models.services import desk as desks
from models.services.desk import Desk
from models.store import settings
from models.sync import client
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE, DeskFactory
from tests.models.sync.conftest import ask, change, digests, person, sync, values

Clashing = Callable[..., str]


@pytest.fixture
def pair(joined: DeskFactory) -> tuple[Desk, Desk]:
    return joined(TOWNSHIP, "王芳"), joined(VILLAGE, "村支书")


@pytest.fixture
def clash(pair: tuple[Desk, Desk]) -> Clashing:
    """make(field, base, town's, village's) → the person; the town's value stands, the village's is the other one."""
    town, village = pair

    def make(field: str, old: object, ours: object, theirs: object) -> str:
        who = person(town, **({field: old} if old is not None else {}))
        sync(town, village)
        change(town, who, **{field: ours})
        change(village, who, **{field: theirs})
        sync(town, village, town)
        return who

    return make


def only(desk: Desk) -> conflicts.Clash:
    (found,) = conflicts.open_list(desk)
    return found


def test_values_are_said_as_people_read_them(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    town, village = pair
    clash("sex", None, "1", Cell(State.REFUSED))
    found = only(town)
    assert (found.base, found.kept, found.other) == ("未采集", "男性", "拒绝提供")
    assert found.label == "性别"
    assert found.kept_by == f"王芳（{desks.office_name(town)}）"
    assert found.other_by == f"村支书（{desks.office_name(village)}）"
    assert found.kept_at
    assert found.other_at
    assert not found.masked


def test_whose_the_standing_value_is_is_not_told_by_the_last_change_of_another_field(pair: tuple[Desk, Desk]) -> None:
    town, village = pair
    who = person(town, wechat="a")
    sync(town, village)
    change(town, who, wechat="b")
    sync(town)
    change(town, who, wechat="b", address="村东")
    town2 = Desk(town.store, "别人", town.folder, town.key)
    change(town2, who, address="村西")
    sync(town)
    change(village, who, wechat="c")
    sync(village)
    assert only(village).kept_by.startswith("王芳（")


def test_the_value_as_it_is_now_is_said_when_it_changed_after_the_conflict(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    town, village = pair
    who = clash("wechat", "a", "b", "c")
    change(town, who, wechat="d")
    found = only(town)
    assert (found.kept, found.before, found.other) == ("d", "b", "c")
    sync(town, village)
    assert only(village).kept == "d"
    change(town, who, wechat="c")
    assert only(town).same
    conflicts.settle(town, found.id, "kept")
    sync(town, village)
    assert values(village, who, "wechat") == ["c"]
    assert conflicts.open_list(village) == []


def test_masked_values_that_look_alike_are_told_apart_without_a_digit(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    clash("phone", "13900000001", "13911110002", "13911230002")
    found = only(pair[0])
    assert found.kept == found.other == "139****0002"
    assert found.differs == "第 6、7 位不同"
    assert conflicts.reveal(pair[0], found.id) == {"base": "13900000001", "kept": "13911110002", "other": "13911230002"}
    assert wording.differs(Cell.of("12345678"), Cell.of("87654321")) == "第 1 位起不同"
    assert wording.differs(Cell.of("123"), Cell.of("1234")) == "位数不同：3 位和 4 位"
    assert wording.differs(Cell(State.REFUSED), Cell.of("1234")) == ""


@pytest.mark.parametrize("choice", ["kept", "other"])
def test_a_decision_is_undone_travels_and_all_end_alike(
    pair: tuple[Desk, Desk], clash: Clashing, joined: DeskFactory, choice: str
) -> None:
    town, village = pair
    county = joined(COUNTY, "赵立新")
    who = clash("wechat", "a", "b", "c")
    conflicts.settle(town, only(town).id, choice)
    assert conflicts.open_list(town) == []
    sync(town, village, county)
    undo.undo(town)
    assert only(town).kept == "b"
    sync(town, village, county)
    assert only(village).other == "c"
    conflicts.settle(village, only(village).id, choice)
    sync(village, town, county)
    for desk in (town, village, county):
        assert values(desk, who, "wechat") == ["b" if choice == "kept" else "c"]
        assert conflicts.open_list(desk) == []
        assert digests(desk) == digests(town)
        assert digests(desk, "conflict") == digests(town, "conflict")


def test_two_offices_that_settle_at_once_end_alike(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    town, village = pair
    who = clash("wechat", "a", "b", "c")
    conflicts.settle(town, only(town).id, "kept")
    conflicts.settle(village, only(village).id, "other")
    sync(town, village, town, village)
    assert values(town, who, "wechat") == values(village, who, "wechat")
    assert conflicts.open_list(town) == conflicts.open_list(village) == []
    assert digests(town, "conflict") == digests(village, "conflict")


def test_a_settled_conflict_is_none_on_the_page_any_more(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    town, village = pair
    who = clash("wechat", "a", "b", "c")
    assert syncing.record_state(village, who) == "conflict"
    assert syncing.status(village).conflicts == 1
    conflicts.settle(town, only(town).id, "kept")
    sync(town, village)
    assert syncing.record_state(village, who) != "conflict"
    assert who not in {x.record_id for x in syncing.lines(village, only_waiting=True)}
    assert {x.state for x in syncing.lines(village) if x.record_id == who} == {"merged"}
    change(village, who, wechat="e")  # a change of its own waits, whatever was settled before
    assert {x.state for x in syncing.lines(village, only_waiting=True)} == {"pending"}


def test_what_was_not_taken_is_on_the_time_line_of_everybody(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    town, village = pair
    who = clash("phone", "13900000001", "13911110002", "13922220003")
    assert "139****0003" in next(e.text for e in timeline.of_person(town, who) if e.kind == "conflict")
    conflicts.settle(town, only(town).id, "other")
    sync(town, village)
    for desk in pair:
        entry = next(e for e in timeline.of_person(desk, who) if e.kind == "conflict")
        assert entry.title == "冲突已处理：联系电话"
        assert entry.text.startswith(f"没有采用：139****0002，王芳（{desks.office_name(town)}）")
        assert "13911110002" not in entry.text
        assert entry.by == "王芳"


def test_the_county_sees_a_clash_over_intake_and_leaves_it_to_the_township(
    pair: tuple[Desk, Desk], clash: Clashing, joined: DeskFactory
) -> None:
    county = joined(COUNTY, "赵立新")
    clash("wechat", "a", "b", "c")
    sync(county)
    found = only(county)
    assert not found.mine
    assert syncing.status(county).conflicts == 0
    with pytest.raises(RuleError, match="由登记机构填写"):
        conflicts.settle(county, found.id, "other")


def test_a_bureau_settles_its_own_opinions_and_sees_no_other_conflict(
    pair: tuple[Desk, Desk], clash: Clashing, joined: DeskFactory
) -> None:
    town, county = pair[0], joined(COUNTY, "赵立新")
    one, two, other = joined(BUREAU, "孙明"), joined(BUREAU, "孙亮"), joined("411424000000-NY", "周农")
    who = clash("wechat", "a", "b", "c")
    asked = ask(town, who)
    requests.act(town, asked.id, "accept")
    sync(town, county)
    for office in (BUREAU, "411424000000-NY"):
        requests.refer(county, asked.id, office, "请答复")
    sync(county, one, two, other)
    mine = next(r for r in requests.referrals(one, asked.id) if r.bureau == BUREAU)
    requests.answer_referral(one, mine.id, "同意")
    requests.answer_referral(two, mine.id, "不同意")
    sync(one, two, one, other)
    for desk in (one, two):
        assert {c.field for c in conflicts.open_list(desk)} == {"answer", "answered_by"}
        assert all(c.mine for c in conflicts.open_list(desk))
    assert "wechat" not in {c.field for c in conflicts.open_list(other)}
    for found in conflicts.open_list(two):
        conflicts.settle(two, found.id, "other")
    assert sync(two)[0].exceptions == {}
    sync(one, county)
    for desk in (one, two, county):
        assert people.must_get(desk, mine.id, "referral").answer == "不同意"
        assert {c.field for c in conflicts.open_list(desk)} <= {"wechat"}


def test_a_record_that_is_gone_can_only_keep(pair: tuple[Desk, Desk], clash: Clashing) -> None:
    town = pair[0]
    who = clash("wechat", "a", "b", "c")
    people.delete(town, who)
    found = only(town)
    assert found.bar == "gone"
    with pytest.raises(RuleError, match="不能采用另一值"):
        conflicts.settle(town, found.id, "other")
    conflicts.settle(town, found.id, "kept")
    assert conflicts.open_list(town) == []


def test_of_a_structure_only_what_differs_is_said(pair: tuple[Desk, Desk]) -> None:
    town = pair[0]
    asked = ask(town, person(town))
    with town.store.read() as conn:
        words = wording.Words(conn)
        one, two = (Cell.of(canonical({"身份证": True, "照片": given})) for given in (True, False))
        assert words.of("request", "materials", one, two, asked) == "照片：已收"
        assert words.of("request", "materials", two, one, asked) == "照片：未收"
        assert words.of("request", "person_id", Cell.of(asked.person_id), Cell(), asked) == "王小雁"
        assert words.of("person", "no-such", Cell.of("x"), Cell(), None) == "x"


@pytest.mark.parametrize("days", [365, -365, 0])
def test_a_clock_a_year_off_still_syncs_and_is_told(
    pair: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    town = pair[0]
    there = client.sync

    def round_(*args: object) -> client.Report:
        """The server's clock is days behind this PC's."""
        report = there(*args)  # type: ignore[arg-type]
        report.server_time = stamp(utc_now() - timedelta(days=days))
        with town.store.transaction() as conn:
            last = settings.get(conn, "sync.last")
            settings.put(conn, "sync.last", {**last, "server_time": report.server_time})
        return report

    monkeypatch.setattr(syncing, "sync", round_)
    person(town)
    sync(town)
    assert syncing.status(town).pending == 0
    assert abs(syncing.status(town).clock_off - days * 86400) < 60
    if days > 0:  # set right again: nothing is said until the next round measures anew
        monkeypatch.setattr(syncing, "utc_now", lambda: base.utc_now() - timedelta(days=days))
        monkeypatch.setattr(syncing, "stamp", lambda m=None: stamp(m or syncing.utc_now()))
        assert syncing.status(town).clock_off >= -days * 86400
        assert syncing.status(town).clock_off <= 0


def test_a_sibling_village_sees_nothing(pair: tuple[Desk, Desk], clash: Clashing, joined: DeskFactory) -> None:
    beside = joined(SIBLING, "邻村")
    clash("wechat", "a", "b", "c")
    sync(beside)
    assert conflicts.open_list(beside) == []
