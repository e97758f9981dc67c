"""诉求: intake, the actions of its flow, referrals and answers. State is never set: it is folded from the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from models import catalog, scope
from models.base import local_date, stamp
from models.catalog import flow
from models.catalog.workdays import add_workdays
from models.errors import FieldError, RuleError
from models.records import Cell, Record, canonical, parse_json
from models.services.desk import Desk
from models.services.owners import refuse_foreign
from models.services.people import must_get, refuse_wrong
from models.store import folding, rows, rules, search
from models.store.unit import Unit
from models.tables import ENTITIES
from models.tables.check import missing, reason

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Action:
    """A step that this desk may take now. needs: name → label of what it asks for."""

    kind: str
    label: str
    needs: Mapping[str, str]


def items(desk: Desk, on: date | None = None) -> tuple[catalog.Item, ...]:
    """The items in force, as shipped and amended by the county."""
    with desk.store.read() as conn:
        return rules.catalogue(conn, desk.office).items(on or local_date())


def item_of(desk: Desk, request: Record) -> catalog.Item:
    """The very edition a request was begun under."""
    with desk.store.read() as conn:
        return rules.catalogue(conn, request.county).item(request.item, edition=request.item_edition or "")


def due(desk: Desk | None, start: date, days: int) -> tuple[date, bool]:
    """(the day n working days after start, whether it rests on a forecast calendar). desk None: no county calendar."""
    overrides: Mapping[date, bool] = {}
    if desk is not None:
        with desk.store.read() as conn:
            overrides = rules.calendar(conn, desk.office)
    found = add_workdays(start, days, overrides)
    return found.date, found.forecast


def submit(
    desk: Desk,
    person_id: str,
    item: str,
    cells: Mapping[str, Cell],
    *,
    answers: Mapping[str, Any] | None = None,
    materials: Mapping[str, bool] | None = None,
    on: date | None = None,
) -> Record:
    """Register a request and submit it. cells: text, channel, urgency...; answers: the item's extra fields by name;
    materials: name → given. Raises RuleError naming every field that is missing or wrong; nothing is stored then."""
    person = must_get(desk, person_id)
    on = on or local_date()
    with desk.store.read() as conn:
        what = rules.catalogue(conn, person.county).item(item, on)
    full: dict[str, Cell] = {
        "received_on": Cell.of(on.isoformat()), "urgency": Cell.of("normal"), **cells,
        "person_id": Cell.of(person_id), "item": Cell.of(item), "item_edition": Cell.of(what.edition),
        "answers": Cell.of(canonical(dict(answers or {}))),
        "materials": Cell.of(canonical({m.name: bool((materials or {}).get(m.name)) for m in what.materials})),
    }  # fmt: skip
    refuse_wrong("request", full)
    lacking = missing(ENTITIES["request"], {k: c.value for k, c in full.items()})
    _refuse_lacking([*lacking, *_unanswered(what, answers or {})])
    with desk.store.write(desk.account, "登记诉求") as unit:
        full["number"] = Cell.of(number(desk, unit, on.year))
        request_id = unit.create("request", full, village=person.village)
        _event(unit, request_id, person.village, "submit", "", {})
    return must_get(desk, request_id, "request")


def _unanswered(item: catalog.Item, given: Mapping[str, Any]) -> list[FieldError]:
    return [FieldError(f.name, f"缺少{f.label}") for f in item.fields if f.required and given.get(f.name) in (None, "")]


def _refuse_lacking(lacking: Sequence[FieldError]) -> None:
    if lacking:
        words = "、".join(e.reason.removeprefix("缺少") for e in lacking)
        raise RuleError("request.incomplete", f"还缺：{words}。", tuple(lacking))


def number(desk: Desk, unit: Unit, year: int) -> str:
    """The next number of this device: office, year, device letter, counter; given offline, never reused."""
    identity = desk.store.identity
    return f"{scope.prefix_of(identity.office)}-{year}-{identity.letter}{unit.next_serial('request', year):04d}"


def _event(unit: Unit, request_id: str, village: str, kind: str, text: str, data: Mapping[str, Any]) -> str:
    return unit.create(
        "request_event",
        {"request_id": Cell.of(request_id), "kind": Cell.of(kind), "at": Cell.of(stamp()), "by": Cell.of(unit.actor),
         "text": Cell.of(text), "data": Cell.of(canonical(dict(data)) if data else None)},
        village=village,
    )  # fmt: skip


def update(desk: Desk, request_id: str, cells: Mapping[str, Cell], *, answered: Mapping[str, Any] | None = None) -> Record:
    """Correct the intake fields of a request. answered: of its item's own fields those that have changed, None for no answer."""
    request = must_get(desk, request_id, "request")
    if answered:
        given = {k: v for k, v in {**answers(request), **answered}.items() if v is not None}
        _refuse_lacking(_unanswered(item_of(desk, request), given))
        cells = {**cells, "answers": Cell.of(canonical(given))}
    refuse_wrong("request", cells)
    refuse_foreign(desk, "request", request, cells)
    with desk.store.write(desk.account, "修改诉求") as unit:
        unit.update("request", request_id, cells)
    return must_get(desk, request_id, "request")


def give(desk: Desk, request_id: str, material: str, given: bool) -> Record:
    """Tick one material as received or not."""
    now = materials(must_get(desk, request_id, "request"))
    return update(desk, request_id, {"materials": Cell.of(canonical({**now, material: given}))})


def materials(request: Record) -> dict[str, bool]:
    """Name → given."""
    return dict(parse_json(request.materials) or {})


def answers(request: Record) -> dict[str, Any]:
    """The item's extra fields: name → value as its FieldSpec's kind stores it."""
    return dict(parse_json(request.answers) or {})


def blamed(item: catalog.Item, request: Record, why: str) -> tuple[tuple[str, str], ...]:
    """(field, reason): in which of the item's own fields it is mended that their answers were refused as a whole (why): those
    that hold what cannot stand there, else the longest, for nothing but the length of a whole is refused."""
    given = answers(request)
    wrong = tuple((f.name, said) for f in item.fields if (said := reason(f, Cell.of(given.get(f.name)))))
    longest = max((f.name for f in item.fields), key=lambda name: len(str(given.get(name, ""))), default="")
    return wrong or (((longest, why),) if longest else ())


def allowed(desk: Desk, request: Record) -> tuple[Action, ...]:
    """What this desk may do with a request now: the buttons of its page."""
    kinds = flow.allowed(request.state or "draft", desk.level.value)
    return tuple(Action(k, flow.label(k), flow.needs(k)) for k in kinds if k not in ("submit", "retract"))


def act(desk: Desk, request_id: str, kind: str, text: str = "", data: Mapping[str, Any] | None = None) -> Record:
    """Take one step (accept, supplement, reply, close, ...). Raises RuleError when the state or the level forbids it."""
    request = must_get(desk, request_id, "request")
    data = dict(data or {})
    step = next((a for a in allowed(desk, request) if a.kind == kind), None)
    if step is None and kind != "retract":
        raise RuleError("request.step", f"“{flow.state_label(request.state)}”状态下，本级机构不能办理“{flow.label(kind)}”。")
    lacking = [
        FieldError(n, f"缺少{label}") for n, label in flow.needs(kind).items() if not (text if n == "text" else data.get(n))
    ]
    if lacking:
        raise RuleError("request.lacking", lacking[0].reason + "。", tuple(lacking))
    with desk.store.write(desk.account, flow.label(kind)) as unit:
        _event(unit, request_id, request.village, kind, text, data)
    return must_get(desk, request_id, "request")


def refer(desk: Desk, request_id: str, bureau: str, ask: str = "", days: int = 4) -> Record:
    """Refer a request to a bureau: a 转办单 with its own clock, and the step on the request. Returns the referral."""
    request = must_get(desk, request_id, "request")
    if not scope.is_office(bureau) or scope.level_of(bureau) is not scope.Level.BUREAU:
        raise RuleError("bureau.unknown", "请选择承办单位。", (FieldError("bureau", "请选择承办单位"),))
    if not any(a.kind == "dispatch" for a in allowed(desk, request)):
        raise RuleError("request.step", f"“{flow.state_label(request.state)}”状态下，本级机构不能转办。")
    today = local_date()
    until, forecast = due(desk, today, days)
    with desk.store.write(desk.account, "转办") as unit:
        _event(unit, request_id, request.village, "dispatch", ask, {"to": bureau})
        made = unit.create(
            "referral",
            {"request_id": Cell.of(request_id), "bureau": Cell.of(bureau), "sent_on": Cell.of(today.isoformat()),
             "due_on": Cell.of(until.isoformat()), "due_forecast": Cell.of(forecast), "ask": Cell.of(ask)},
            village=request.village,
        )  # fmt: skip
    return must_get(desk, made, "referral")


def answer_referral(desk: Desk, referral_id: str, text: str) -> Record:
    """A bureau's (or, for it, the county's) opinion on one referral."""
    if not text.strip():
        raise RuleError("referral.empty", "请填写承办意见。", (FieldError("answer", "请填写承办意见"),))
    cells = {"answer": Cell.of(text), "answered_on": Cell.of(local_date().isoformat()), "answered_by": Cell.of(desk.account)}
    refuse_foreign(desk, "referral", must_get(desk, referral_id, "referral"), cells)
    with desk.store.write(desk.account, "承办答复") as unit:
        unit.update("referral", referral_id, cells)
    return must_get(desk, referral_id, "referral")


def _children(desk: Desk, entity: str, request_id: str, order: str) -> list[Record]:
    what = ENTITIES[entity]
    with desk.store.read() as conn:
        query = select(what.table).where(what.table.c.request_id == request_id, what.table.c.deleted.is_(False))
        return [rows.to_record(what, r) for r in conn.execute(query.order_by(what.table.c[order])).mappings()]


def events(desk: Desk, request_id: str) -> list[Record]:
    return _children(desk, "request_event", request_id, "at")


def referrals(desk: Desk, request_id: str) -> list[Record]:
    return _children(desk, "referral", request_id, "sent_on")


def case(desk: Desk, request: Record, until: Record | None = None) -> flow.CaseState:
    """The folded case, with what it ignored and why. until: as it stood right after that step, whatever came later."""
    event = ENTITIES["request_event"].table
    said = select(event).where(event.c.request_id == request.id, event.c.deleted.is_(False))
    if until is not None:
        said = said.where(or_(event.c.at < until.at, and_(event.c.at == until.at, event.c.id <= until.id)))
    with desk.store.read() as conn:
        found = conn.execute(said).mappings().all()
        return folding.fold_request(conn, request, found)


def ids(
    desk: Desk,
    *,
    text: str = "",
    states: Sequence[str] = (),
    item: str = "",
    village: str = "",
    person_id: str = "",
    overdue_on: date | None = None,
    sort: str = "due_on",
    descending: bool = False,
) -> list[str]:
    """Ids of requests, sorted and filtered in SQL. overdue_on: only those still open whose due date lies before it."""
    table = ENTITIES["request"].table
    wanted: list[ColumnElement[bool]] = [table.c.deleted.is_(False)]
    if states:
        wanted.append(table.c.state.in_(list(states)))
    if item:
        wanted.append(table.c.item == item)
    if person_id:
        wanted.append(table.c.person_id == person_id)
    if village:
        prefix = scope.prefix_of(village)
        wanted += [table.c.county == village[:6], table.c.village >= prefix, table.c.village < scope.next_prefix(prefix)]
    if overdue_on:
        wanted += [table.c.due_on < overdue_on.isoformat(), table.c.state.in_(OPEN)]
    column = table.c.get(sort, table.c.due_on)
    order = column.desc().nulls_last() if descending else column.asc().nulls_last()
    with desk.store.read() as conn:
        if text.strip():
            hits = [i for _, i in search.find(conn, text, kinds=("request",), limit=1000)]
            wanted.append(or_(*[table.c.id.in_(hits[s : s + _CHUNK]) for s in range(0, max(len(hits), 1), _CHUNK)]))
        return list(conn.execute(select(table.c.id).where(*wanted).order_by(order, table.c.id)).scalars())


# Requests that somebody still has to work on.
OPEN = ("submitted", "supplement", "accepted", "dispatched", "replied", "reopened")
