"""Undo and redo, for as long as the program runs. An undo is a new event; nothing is erased.

A created record gets a tombstone (an append-only step of a request a retraction), an update gets its old values back
where nobody has changed them since, a deleted record is restored, one that was given to another person goes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Row, select

from models.base import stamp
from models.errors import RuleError
from models.records import Cell, canonical, changes_of
from models.services.desk import Desk
from models.store import bulk, left, moving, rows
from models.store.unit import Step, Store, Unit
from models.tables import ENTITIES
from models.tables.system import EVENT

_UNDONE: WeakKeyDictionary[Store, list[Step]] = WeakKeyDictionary()


def last(desk: Desk) -> Step | None:
    """What Ctrl+Z would undo, or None."""
    return desk.store.steps[-1] if desk.store.steps else None


def next_step(desk: Desk) -> Step | None:
    """What Ctrl+Shift+Z would do again, or None. A new action forgets it."""
    undone = _UNDONE.get(desk.store, [])
    return undone[-1] if undone else None


def undo(desk: Desk) -> list[tuple[str, str]]:
    """Undo the last step; returns (entity, id) of what changed. Raises RuleError when there is none, or when a record of it
    has left this device: then the step cannot be undone any more, and the one before it is the last."""
    step = last(desk)
    if step is None:
        raise RuleError("undo.none", "没有可以撤销的操作。")
    undone = _UNDONE.setdefault(desk.store, [])
    if gone := _gone(desk, step):
        desk.store.steps = [s for s in desk.store.steps if s.operation != step.operation]
        raise RuleError("undo.gone", _left("撤销", step, gone))
    made, touched = _reverse(desk, step, f"撤销{step.label}")
    desk.store.steps = [s for s in desk.store.steps if s.operation not in (step.operation, made)]
    undone.append(Step(made, step.label))
    return touched


def redo(desk: Desk) -> list[tuple[str, str]]:
    """Do again what was undone last. Raises RuleError as undo() does."""
    step = next_step(desk)
    if step is None:
        raise RuleError("redo.none", "没有可以重做的操作。")
    undone = _UNDONE[desk.store]
    if gone := _gone(desk, step):
        undone.remove(step)
        raise RuleError("redo.gone", _left("重做", step, gone))
    made, touched = _reverse(desk, step, f"重做{step.label}")
    undone.remove(step)  # only now: what failed to be saved can be tried again
    desk.store.steps = [Step(s.operation, step.label) if s.operation == made else s for s in desk.store.steps]
    return touched


def forget_redo(desk: Desk) -> None:
    """Called when the user does something new: what was undone before it cannot be redone after it."""
    _UNDONE.pop(desk.store, None)


def _events_of(conn: Connection, desk: Desk, step: Step) -> Sequence[Row[Any]]:
    mine = (EVENT.c.device == desk.store.identity.device, EVENT.c.operation == step.operation)
    return conn.execute(select(EVENT).where(*mine).order_by(EVENT.c.seq.desc())).all()


def _gone(desk: Desk, step: Step) -> str:
    """What kind of record the step changed that has left this device since, with a person who belongs to another office now;
    '' when all are here."""
    wanted: dict[str, set[str]] = {}
    with desk.store.read() as conn:
        for event in _events_of(conn, desk, step):
            wanted.setdefault(event.entity, set()).add(event.entity_id)
        for entity, ids in wanted.items():
            table = ENTITIES[entity].table
            here = {i for part in bulk.parts(sorted(ids)) for i in conn.execute(
                select(table.c.id).where(bulk.among(table.c.id, part))).scalars()}  # fmt: skip
            if ids - here or ids & left.known(conn).keys():
                return ENTITIES[entity].label
    return ""


def _left(doing: str, step: Step, label: str) -> str:
    return (
        f"“{step.label}”不能{doing}：其中的{label}已转到别的机构，不归本机构管理了。没有作任何改动。"
        f"确需更改的，请联系现在管辖的机构；再{doing}一次，轮到它之前的操作。"
    )


@bulk.uncollected()
def _reverse(desk: Desk, step: Step, label: str) -> tuple[str, list[tuple[str, str]]]:
    with desk.store.write(desk.account, label) as unit:
        events = _events_of(unit.conn, desk, step)
        made_here = {e.entity_id for e in events if e.kind == "create"}
        for entity, kind, run in _runs(events):
            _reverse_run(unit, entity, kind, run, made_here)
        return unit.operation, list(unit.touched)


def _runs(events: Sequence[Row[Any]]) -> Iterator[tuple[str, str, list[Row[Any]]]]:
    """The events in their order, those of one kind that follow each other together, no record twice in one run."""
    for (entity, kind), alike in groupby(events, lambda e: (e.entity, e.kind)):
        run: dict[str, Row[Any]] = {}
        for event in alike:
            if event.entity_id in run:
                yield entity, kind, list(run.values())
                run = {}
            run[event.entity_id] = event
        yield entity, kind, list(run.values())


def _reverse_run(unit: Unit, entity: str, kind: str, run: Sequence[Row[Any]], made_here: set[str]) -> None:
    if kind == "create":
        kept = {e.entity_id for e in run if entity == "request_event" and _retract(unit, e, made_here)}
        unit.delete(entity, *(e.entity_id for e in run if e.entity_id not in kept))
    elif kind == "delete":
        unit.restore(entity, *(e.entity_id for e in run))
    elif kind == "restore":
        _take_down(unit, entity, run)
    elif kind == "move":  # what hung on it moved by events of its own, and goes back with it
        for event in run:
            unit.move(entity, event.entity_id, changes_of(event.changes)["village"][0][1])
    else:
        unit.update_many(entity, _still(unit, entity, run))


def _still(unit: Unit, entity: str, run: Sequence[Row[Any]]) -> dict[str, dict[str, Cell]]:
    """By the record's id, the old values of what its event changed and nobody has changed since."""
    what, found = ENTITIES[entity], {}
    pairs = {e.entity_id: changes_of(e.changes) for e in run}
    for part in bulk.parts(pairs):
        for row in unit.conn.execute(select(what.table).where(bulk.among(what.table.c.id, part))).mappings():
            now = rows.to_wire(what, row)
            back = {k: Cell.from_wire(old) for k, (old, new) in pairs[row["id"]].items() if k in what.by_name and now.get(k) == new}
            if back:
                found[row["id"]] = back
    return found


def _take_down(unit: Unit, entity: str, run: Sequence[Row[Any]]) -> None:
    """What was brought back goes again; what was only given to another person goes back to the first."""
    given = [e for e in run if (new := changes_of(e.changes)) and all(moving.may_change_owner(entity, field) for field in new)]
    first = {e.entity_id for e in given}
    unit.delete(entity, *(e.entity_id for e in run if e.entity_id not in first))
    for record_id, back in _still(unit, entity, given).items():
        unit.restore(entity, record_id, cells=back)


def _retract(unit: Unit, event: Any, made_here: set[str]) -> bool:
    """A step of a request that stays is taken back by a step; False when a tombstone is right instead."""
    changes = changes_of(event.changes)
    request_id = changes["request_id"][1][1]
    if request_id in made_here or changes["kind"][1][1] == "retract":
        return False
    unit.create(
        "request_event",
        {"request_id": Cell.of(request_id), "kind": Cell.of("retract"), "at": Cell.of(stamp()), "by": Cell.of(unit.actor),
         "data": Cell.of(canonical({"event": event.entity_id}))},
        village=event.village,
    )  # fmt: skip
    return True
