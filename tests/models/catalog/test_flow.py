"""The fold of a request's events: states, who may write what, the clock with its pauses, and order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Clock, flow
from models.catalog.flow import EventView, allowed, fold
from models.catalog.workdays import Due

CLOCK = Clock(days=10, acceptance=5, supplement=10)
TOWN, COUNTY, BUREAU, VILLAGE = "411424104000", "411424000000", "411424000000-RS", "411424104201"
_LEVELS = {TOWN: "township", COUNTY: "county", BUREAU: "bureau", VILLAGE: "village"}
_DATA = {
    "supplement": {"text": "缺户口簿"}, "reject": {"text": "不属本乡"}, "dispatch": {"to": BUREAU},
    "reply": {"text": "同意"}, "close": {"text": "已告知本人"}, "revisit": {"satisfaction": "very"},
    "reopen": {"text": "本人不满意"}, "note": {"text": "已打电话"},
}  # fmt: skip


def ev(kind: str, day: str, office: str = TOWN, **data: str) -> EventView:
    """An event of a morning, Chinese time; those of one day follow the order of the table."""
    kinds = list(flow.flow().rules)
    at = f"2026-{day}T01:{kinds.index(kind) if kind in kinds else 59:02d}:00.000Z"
    return EventView(f"{day}-{kind}", kind, at, office, _LEVELS[office], {**_DATA.get(kind, {}), **data})


def test_a_whole_life() -> None:
    events = [
        ev("submit", "11-20", VILLAGE), ev("accept", "11-23"), ev("dispatch", "11-24", COUNTY),
        ev("reply", "11-30", BUREAU), ev("close", "12-01"), ev("revisit", "12-08", VILLAGE),
    ]  # fmt: skip
    states = [fold(events[: n + 1], CLOCK).state for n in range(len(events))]
    assert states == ["submitted", "accepted", "dispatched", "replied", "closed", "revisited"]
    done = fold(events, CLOCK)
    assert (done.label, done.clock, done.due, done.closed_on) == (
        "已回访", "stopped", Due(date(2026, 12, 7), False), date(2026, 12, 1)
    )  # fmt: skip
    assert (done.reply, done.result, done.satisfaction, done.dispatched_to) == ("同意", "已告知本人", "very", (BUREAU,))
    assert done.ignored == ()


def test_acceptance_limit_and_deemed_acceptance() -> None:
    case = fold([ev("submit", "11-24")], CLOCK)
    assert case.accept_by == Due(date(2026, 12, 1), False)
    assert not case.acceptance_is_late(date(2026, 12, 1))
    assert case.acceptance_is_late(date(2026, 12, 2))
    asked = fold([ev("submit", "11-24"), ev("supplement", "11-30")], CLOCK)
    assert asked.accept_by is None
    assert not asked.acceptance_is_late(date(2026, 12, 20))
    assert asked.clock == "idle"
    assert asked.supplement_by == Due(date(2026, 12, 14), False)
    again = fold([ev("submit", "11-24"), ev("supplement", "11-30"), ev("supplied", "12-03")], CLOCK)
    assert (again.state, again.accept_by) == ("submitted", Due(date(2026, 12, 10), False))


def test_a_late_office_has_accepted_a_licence_on_the_day_of_receipt() -> None:
    licence = replace(CLOCK, deemed=True)
    events = [ev("submit", "11-02"), ev("accept", "11-12")]  # acceptance was due on the 9th
    assert fold(events, CLOCK).due == Due(date(2026, 11, 26), False)
    late = fold(events, licence)
    assert (late.deemed, late.accepted_on, late.due) == (True, date(2026, 11, 2), Due(date(2026, 11, 16), False))
    asked = fold([ev("submit", "11-02"), ev("supplement", "11-12"), ev("supplied", "11-20")], licence)
    assert (asked.state, asked.deemed, asked.due) == ("accepted", True, Due(date(2026, 11, 24), False))
    in_time = fold([ev("submit", "11-02"), ev("accept", "11-09")], licence)
    assert (in_time.deemed, in_time.accepted_on) == (False, date(2026, 11, 9))


def test_pause_between_supplement_and_supplied() -> None:
    events = [ev("submit", "11-02"), ev("accept", "11-02")]
    assert fold(events, CLOCK).due == Due(date(2026, 11, 16), False)
    events.append(ev("supplement", "11-05"))  # three days used, seven left
    paused = fold(events, CLOCK)
    assert (paused.paused, paused.due, paused.left) == (True, None, 7)
    events.append(ev("supplied", "11-20"))
    resumed = fold(events, CLOCK)
    assert (resumed.state, resumed.clock) == ("accepted", "running")
    assert resumed.due == Due(date(2026, 12, 1), False)


def test_a_supplement_asked_when_late_already_wins_no_time() -> None:
    events = [ev("submit", "11-02"), ev("accept", "11-02"), ev("supplement", "11-18"), ev("supplied", "12-01")]
    assert fold(events[:3], CLOCK).due == Due(date(2026, 11, 16), False)
    assert fold(events, CLOCK).due == Due(date(2026, 11, 16), False)


def test_a_due_date_past_the_published_calendar_is_a_forecast() -> None:
    case = fold([ev("submit", "12-25"), ev("accept", "12-25")], replace(CLOCK, days=5))
    assert case.due == Due(date(2027, 1, 4), True)
    county = {date(2027, 1, 4): False}
    assert fold([ev("submit", "12-25"), ev("accept", "12-25")], replace(CLOCK, days=5), county).due == Due(
        date(2027, 1, 5), True
    )


def test_natural_days_of_a_supplement() -> None:
    case = fold(
        [ev("submit", "11-02"), ev("supplement", "11-03")], replace(CLOCK, supplement=90, supplement_unit="natural")
    )
    assert case.supplement_by == Due(date(2027, 2, 1), False)


def test_reopened_restarts_the_clock() -> None:
    case = fold(
        [ev("submit", "11-02"), ev("accept", "11-02"), ev("close", "11-03"), ev("reopen", "11-24", COUNTY)], CLOCK
    )
    assert (case.state, case.clock, case.due) == ("reopened", "running", Due(date(2026, 12, 8), False))
    assert case.closed_on is None


def test_evening_in_utc_is_the_next_chinese_day() -> None:
    late = EventView("1", "submit", "2026-11-24T16:30:00.000Z", TOWN, "township")
    assert fold([late], CLOCK).submitted_on == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (ev("close", "11-25"), "“已提交”状态下不能“办结”"),
        (ev("accept", "11-25", COUNTY), "本级机构不能办理“受理”"),
        (ev("supplement", "11-25", text=" "), "缺少需补正的内容"),
        (ev("teleport", "11-25"), "不认识“teleport”"),
        (ev("submit", "11-25"), "状态下不能“提交”"),
        (ev("retract", "11-25", event="nothing"), "不存在"),
        (ev("retract", "11-25", VILLAGE, event="11-24-submit"), "本机构"),
    ],
)
def test_what_may_not_happen_is_kept_and_said(event: EventView, reason: str) -> None:
    case = fold([ev("submit", "11-24"), event, ev("accept", "11-26")], CLOCK)
    assert case.state == "accepted"
    assert [i.id for i in case.ignored] == [event.id]
    assert reason in case.ignored[0].reason


def test_retraction_goes_back_one_step_and_keeps_notes() -> None:
    events = [ev("submit", "11-02"), ev("accept", "11-03"), ev("close", "11-04"), ev("note", "11-05", COUNTY)]
    undone = fold([*events, ev("retract", "11-06", event="11-04-close")], CLOCK)
    assert (undone.state, undone.clock, undone.closed_on) == ("accepted", "running", None)
    assert undone.retracted == ("11-04-close",)
    assert undone.applied == ("11-02-submit", "11-03-accept", "11-05-note")
    deeper = fold([*events, ev("retract", "11-06", event="11-03-accept")], CLOCK)
    assert deeper.state == "closed"
    assert "之后已有" in deeper.ignored[0].reason
    note = fold([*events, ev("retract", "11-06", COUNTY, event="11-05-note")], CLOCK)
    assert (note.state, note.retracted) == ("closed", ("11-05-note",))
    twice = fold(
        [*events, ev("retract", "11-06", event="11-04-close"), ev("retract", "11-07", event="11-03-accept")], CLOCK
    )
    assert (twice.state, twice.due) == ("submitted", None)


def test_buttons() -> None:
    assert allowed("draft", "village") == ("submit",)
    assert allowed("submitted", "township") == ("accept", "supplement", "reject", "note", "retract")
    assert allowed("submitted", "bureau") == ("note", "retract")
    assert "reply" in allowed("dispatched", "bureau")
    assert "close" not in allowed("replied", "county")
    assert flow.may_write("reply", "bureau")
    assert not flow.may_write("reply", "village")
    assert not flow.may_write("teleport", "county")
    assert flow.label("accept") == "受理"
    assert flow.label("teleport") == "teleport"
    assert dict(flow.needs("reply")) == {"text": "答复意见"}


def test_every_state_can_be_reached_and_left() -> None:
    table = flow.flow()
    reached = {rule.to for rule in table.rules.values()}
    left = {state for rule in table.rules.values() if rule.to for state in rule.from_states}
    assert set(table.states) - {"draft"} == reached - {"", "back"}
    assert set(table.states) == left


kinds = st.sampled_from([*_DATA, "submit", "accept", "supplied", "retract", "teleport"])
views = st.builds(
    lambda kind, day, office, target: ev(kind, f"{day // 28 % 12 + 1:02d}-{day % 28 + 1:02d}", office, event=target),
    kinds, st.integers(0, 335), st.sampled_from(list(_LEVELS)), st.sampled_from(["01-01-submit", "01-02-accept", "x"]),
)  # fmt: skip


@given(st.lists(views, max_size=25), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(events: list[EventView], chance: random.Random) -> None:
    first = ev("submit", "01-01", VILLAGE)
    unique = list({e.id: e for e in [*events, first]}.values())
    shuffled = [*unique, *unique[:2]]
    chance.shuffle(shuffled)
    case = fold(unique, CLOCK)
    assert fold(shuffled, CLOCK) == case
    assert case.state in flow.flow().states
    retracts = {e.id for e in unique if e.kind == "retract"}
    said = {*case.applied, *case.retracted, *(i.id for i in case.ignored)}
    assert {e.id for e in unique} - said <= retracts
    assert not {*case.applied} & {*case.retracted}
    assert (case.clock == "paused") == (case.paused_on is not None)
