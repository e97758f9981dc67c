"""The state of a request: a fold over its append-only events by the table resources/catalog/flow.toml.

The same fold runs at both ends of sync. It never raises for what it is given: an event that may not happen where it
stands is kept and reported in CaseState.ignored, with the reason to show.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import resources
from models.base import local_date, parse_stamp
from models.catalog.items import Clock
from models.catalog.workdays import Due, add_workdays, workdays_between
from models.errors import BugError

_FILE = Path(resources.__file__).parent / "catalog" / "flow.toml"
_EFFECTS = ("", "start", "pause", "resume", "stop", "restart")
_LEVELS = ("village", "township", "county", "bureau")


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of event: where it may happen, where it leads, who may write it, what its data must hold."""

    kind: str
    label: str
    from_states: tuple[str, ...]
    to: str
    levels: tuple[str, ...]
    needs: Mapping[str, str]
    clock: str


@dataclass(frozen=True, slots=True)
class Flow:
    """papers: codes of forms by state, and under 'any' and 'delivered'."""

    states: Mapping[str, str]
    rules: Mapping[str, Rule]
    papers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class EventView:
    """One event as the fold sees it. at: a stamp (models.base.stamp); level: of the office that wrote it; data: what
    the event says, its text under 'text'."""

    id: str
    kind: str
    at: str
    office: str
    level: str
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that has no effect, and why (Chinese, for the case's page)."""

    id: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class CaseState:
    """Where a request stands.

    accept_by: until when it must be accepted, rejected or asked to be supplemented. supplement_by: until when they
    should supply. due: when it must be closed, None while the clock has not begun or is paused. deemed: accepted by law
    on the day of receipt, because the office was late. clock: idle, running, paused or stopped. Dates are Chinese legal
    dates; a Due's forecast says that its calendar is not published yet. applied, retracted: event ids.
    """

    state: str = "draft"
    submitted_on: date | None = None
    accept_by: Due | None = None
    accepted_on: date | None = None
    deemed: bool = False
    due: Due | None = None
    clock: str = "idle"
    paused_on: date | None = None
    supplement_by: Due | None = None
    replied_on: date | None = None
    reply: str = ""
    closed_on: date | None = None
    result: str = ""
    satisfaction: str = ""
    dispatched_to: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    retracted: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    # What supplied and resume go back to: the state before the supplement, and the working days still left then.
    before: str = ""
    left: int | None = None

    @property
    def label(self) -> str:
        return flow().states[self.state]

    @property
    def paused(self) -> bool:
        return self.clock == "paused"

    def acceptance_is_late(self, today: date) -> bool:
        """Whether nobody accepted, refused or asked for anything in time; for a licence the law then takes the case
        as accepted on the day of receipt (Clock.deemed)."""
        return self.state == "submitted" and self.accept_by is not None and today > self.accept_by.date


@lru_cache(maxsize=1)
def flow() -> Flow:
    """The shipped flow, checked. BugError flow.* when the file contradicts itself: it is ours, not the county's."""
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    states: dict[str, str] = data["state"]
    rules = {}
    for kind, row in data["event"].items():
        rule = Rule(kind, row["label"], tuple(row["from"]), row["to"], tuple(row["levels"]), row["needs"], row["clock"])
        if not {*rule.from_states} <= states.keys() or rule.to not in (*states, "", "back"):
            raise BugError("flow.state", f"flow.toml 的 {kind} 用了不存在的状态。")
        if rule.clock not in _EFFECTS or not {*rule.levels} <= {*_LEVELS}:
            raise BugError("flow.value", f"flow.toml 的 {kind} 的 clock 或 levels 不对。")
        rules[kind] = rule
    papers = {name: tuple(codes) for name, codes in data["papers"].items()}
    if not papers.keys() <= {*states, "any", "delivered"}:
        raise BugError("flow.papers", "flow.toml 的 papers 用了不存在的状态。")
    return Flow(states, rules, papers)


def label(kind: str) -> str:
    """The Chinese word of an event kind; a kind that this version does not know is shown as it is."""
    rule = flow().rules.get(kind)
    return rule.label if rule else kind


def state_label(state: str) -> str:
    return flow().states.get(state, state)


def papers(state: str, forms: Sequence[str] = ()) -> tuple[str, ...]:
    """Codes of the forms for a request of whatever item: the one due in this state first, then the item's own (forms),
    then those for every state, then those of the other states in the order of the table."""
    said = flow().papers
    others = (code for name, codes in said.items() if name in flow().states for code in codes)
    return tuple(dict.fromkeys((*said.get(state, ()), *forms, *said["any"], *others)))


def delivered() -> tuple[str, ...]:
    """Codes of the papers that are handed to the applicant against a signature."""
    return flow().papers["delivered"]


def may_write(kind: str, level: str) -> bool:
    """Whether an office of this level (village, township, county, bureau) may write this kind of event at all."""
    rule = flow().rules.get(kind)
    return rule is not None and level in rule.levels


def allowed(state: str, level: str) -> tuple[str, ...]:
    """The kinds that this level may write in this state, in the order of the table: the buttons of a case."""
    return tuple(r.kind for r in flow().rules.values() if state in r.from_states and level in r.levels)


def needs(kind: str) -> Mapping[str, str]:
    """The fields that this kind's data must hold, name → Chinese label."""
    return flow().rules[kind].needs


def fold(events: Sequence[EventView], clock: Clock, overrides: Mapping[date, bool] | None = None) -> CaseState:
    """The state after these events, in whatever order they arrived: they are read by (at, id), each id once.

    clock: of the item edition the case was begun under. overrides: the county's calendar.
    """
    steps: list[tuple[EventView, CaseState]] = []  # what applied, each with the state before it
    now = CaseState()
    for event in sorted({event.id: event for event in events}.values(), key=lambda e: (e.at, e.id)):
        reason = _refusal(event, now.state)
        if reason is None and event.kind == "retract":
            reason, now = _retract(event, steps, now)
        elif reason is None:
            steps.append((event, now))
            now = _apply(event, now, clock, overrides)
        if reason is not None:
            now = replace(now, ignored=(*now.ignored, Ignored(event.id, event.kind, reason)))
    return now


def _refusal(event: EventView, state: str) -> str | None:
    rule = flow().rules.get(event.kind)
    if rule is None:
        return f"本版本不认识“{event.kind}”这种办理动作，请升级后查看"
    if event.level not in rule.levels:
        return f"本级机构不能办理“{rule.label}”"
    if state not in rule.from_states:
        return f"“{state_label(state)}”状态下不能“{rule.label}”"
    missing = [words for name, words in rule.needs.items() if not str(event.data.get(name) or "").strip()]
    return f"缺少{'、'.join(missing)}" if missing else None


def _retract(
    event: EventView, steps: list[tuple[EventView, CaseState]], now: CaseState
) -> tuple[str | None, CaseState]:
    """Undo the last event that applied, or any note, when the same office wrote it. Returns (refusal, state)."""
    target = str(event.data["event"])
    place = next((n for n, (done, _) in enumerate(steps) if done.id == target), None)
    if place is None:
        return "要撤回的记录不存在或没有生效", now
    done, before = steps[place]
    if done.office != event.office:
        return "只能撤回本机构自己的记录", now
    if done.kind == "note":
        del steps[place]
        kept = replace(now, applied=tuple(i for i in now.applied if i != target))
        return None, replace(kept, retracted=(*now.retracted, target))
    if any(later.kind != "note" for later, _ in steps[place + 1 :]):
        return "之后已有新的办理动作，不能撤回", now
    notes = steps[place + 1 :]
    del steps[place:]
    back = replace(before, ignored=now.ignored, retracted=(*now.retracted, target))
    for note, _ in notes:
        steps.append((note, back))
        back = replace(back, applied=(*back.applied, note.id))
    return None, back


def _apply(event: EventView, now: CaseState, clock: Clock, overrides: Mapping[date, bool] | None) -> CaseState:
    rule = flow().rules[event.kind]
    day = local_date(parse_stamp(event.at))
    target = {"": now.state, "back": now.before or "submitted"}.get(rule.to, rule.to)
    late = now.state == "submitted" and now.accept_by is not None and day > now.accept_by.date
    if late and clock.deemed and rule.clock in ("start", "pause") and now.submitted_on:
        # 行政许可法 32: who neither accepted nor named all that is missing in time has accepted on the day of receipt.
        start = now.submitted_on
        now = replace(_tick("start", now, start, clock, overrides), state="accepted", deemed=True)
    if not (now.deemed and rule.clock == "start"):
        now = _tick(rule.clock, now, day, clock, overrides)
    # The table does not say this: what each kind leaves behind for lists and papers.
    text = str(event.data.get("text") or "")
    if event.kind == "submit":
        now = replace(now, submitted_on=day, accept_by=add_workdays(day, clock.acceptance, overrides))
    elif event.kind in ("accept", "reject"):
        now = replace(now, accept_by=None, before="")
    elif event.kind == "supplied" and target == "submitted":
        now = replace(now, accept_by=add_workdays(day, clock.acceptance, overrides))
    elif event.kind == "dispatch":
        to = str(event.data["to"])
        now = replace(now, dispatched_to=(*(x for x in now.dispatched_to if x != to), to))
    elif event.kind == "reply":
        now = replace(now, replied_on=day, reply=text)
    elif event.kind == "close":
        now = replace(now, closed_on=day, result=text)
    elif event.kind == "revisit":
        now = replace(now, satisfaction=str(event.data["satisfaction"]))
    elif event.kind == "reopen":
        now = replace(now, closed_on=None, result="", satisfaction="", dispatched_to=(), deemed=False)
    return replace(now, state=target, applied=(*now.applied, event.id))


def _tick(effect: str, now: CaseState, day: date, clock: Clock, overrides: Mapping[date, bool] | None) -> CaseState:
    """The clock after one effect on one day."""
    if effect in ("start", "restart"):
        due = add_workdays(day, clock.days, overrides)
        return replace(now, accepted_on=day, due=due, clock="running", paused_on=None, supplement_by=None, left=None)
    if effect == "pause":
        by = _supplement_by(day, clock, overrides)
        waiting = replace(now, before=now.state, supplement_by=by, accept_by=None)
        if now.due is None:  # not accepted yet: there is no clock to pause
            return waiting
        left = workdays_between(day, now.due.date, overrides)
        # A case that is late already stays late: its due date is kept, whatever is asked for now.
        return replace(waiting, clock="paused", paused_on=day, left=left, due=now.due if left < 0 else None)
    if effect == "resume":
        going = replace(now, supplement_by=None, before="")
        if now.left is None:
            return going
        going = replace(going, clock="running", paused_on=None, left=None)
        return going if now.left < 0 else replace(going, due=add_workdays(day, now.left, overrides))
    if effect == "stop":
        return replace(now, clock="stopped", paused_on=None, supplement_by=None, left=None)
    return now


def _supplement_by(day: date, clock: Clock, overrides: Mapping[date, bool] | None) -> Due:
    if clock.supplement_unit == "work":
        return add_workdays(day, clock.supplement, overrides)
    return Due(day + timedelta(days=clock.supplement), False)
