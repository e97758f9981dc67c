"""One event against one record: the server's decision, in memory. Scope, owners, types and the merge are checked here.

Nothing is trusted that a client claims: its office comes from its enrolled key, never from the event.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from models import scope
from models.catalog import flow
from models.fields import FieldSpec, Kind, Merge
from models.records import Cell, canonical
from models.store import rows
from models.sync import merge
from models.sync.columns import Event
from models.sync.registry import OWNERS, SYNCED
from models.sync.wire import Outcome
from models.sync.work import OutOfScope, Refused, Work
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.check import checks, reason

_ID = re.compile("[0-9a-f]{32}")
_HLC = re.compile("[0-9a-f]{12}-[0-9a-f]{4}")  # a stamp that is not one would stop every device that pulls it


def target_of(event: Event, name: str) -> str:
    """The new value of a reference that an event sets, '' without one; never raises, whatever was sent."""
    pair = event.changes.get(name) if name else None
    cell = pair[1] if isinstance(pair, list) and len(pair) == 2 else None
    value = cell[1] if isinstance(cell, list) and len(cell) == 2 else None
    return value if isinstance(value, str) else ""


def apply(work: Work, event: Event, open_conflict: Any) -> Outcome | None:
    """Apply one event to work; None when it stands as sent. open_conflict(entity, row, event, field, base) records a clash."""
    try:
        what = entity_of(event)
        if event.office:
            raise Refused(("", "只有县级服务器向市级上报时才写明登记机构"))
        if work.kinds.setdefault(event.entity_id, event.entity) != event.entity:
            raise OutOfScope(("", "这个编号已属于另一类记录"))
        row = work.rows.get(event.entity_id)
        _check_scope(work, event, row)
        if event.kind == "create" and row is None:
            return _create(work, what, event)
        if row is None:
            raise Refused(("", f"县级没有这条{what.label}，可能它的登记没有被接收"))
        if event.kind in ("delete", "restore"):
            return _tombstone(work, what, event, row)
        if event.kind == "move":
            return _move(work, what, event, row)
        return _update(work, what, event, row, open_conflict)
    except Refused as e:
        return refusal(work, event, e)


def refusal(work: Work, event: Event, why: Refused) -> Outcome:
    """The answer to a change that is not taken, with the record as it stands where the writer may see it."""
    row = work.rows.get(event.entity_id) if why.tells else None
    what_is = ENTITIES.get(event.entity)
    return Outcome(
        event.seq, "refused", why.errors,
        rows.to_wire(what_is, row) if row and what_is else None, row["digest"] if row else None,
        bool(row and row["deleted"]),
    )  # fmt: skip


def entity_of(event: Event) -> Entity:
    """What an event is about, if it has the shape of one."""
    if event.entity not in SYNCED:
        raise Refused(("", f"不认识的记录类别“{event.entity[:40]}”"))
    if event.kind not in ("create", "update", "delete", "restore", "move"):
        raise Refused(("", f"不认识的操作“{event.kind[:40]}”"))
    shaped = (
        _ID.fullmatch(event.entity_id) and _HLC.fullmatch(event.at) and 0 < event.schema < 1 << 31
    )
    if not shaped or not scope.is_office(event.village) or len(event.actor) > 60 or "\x00" in event.actor:
        raise Refused(("", "记录的编号、区划或经办人不合格式"))
    return ENTITIES[event.entity]


def _check_scope(work: Work, event: Event, row: Mapping[str, Any] | None) -> None:
    """An office writes inside its own subtree; a bureau only on what was referred to it; the city only what it publishes."""
    rule = SYNCED[event.entity]
    if work.level is scope.Level.CITY and work.level not in rule.writers:
        raise Refused(("", f"市级只能查看{ENTITIES[event.entity].label}，不能登记或修改"))
    if rule.own and (row["office"] == work.office if row is not None else event.village == work.office[:12]):
        return
    target = target_of(event, rule.parent)
    if work.level is scope.Level.BUREAU:
        if row is not None:
            if event.entity_id not in work.visible and row["office"] != work.office:
                raise OutOfScope(("", "这条记录没有转办给本单位，不能修改"))
        elif target not in work.visible or event.village != work.places.get(target):
            raise OutOfScope(("", "只能在转办给本单位的诉求上办理"))
        return
    if not work.covers(row["village"] if row is not None else event.village):
        raise OutOfScope(("", "这条记录不属于本机构的辖区"))
    for name in pointing(event.entity):
        place = work.places.get(target_of(event, name), "")
        if place and not work.covers(place):
            raise OutOfScope((name, "所指的记录不在本机构的辖区"))


@cache
def pointing(entity: str) -> dict[str, str]:
    """Field → entity of the references by which a record hangs on others: nobody reaches a foreign one through them."""
    parent = SYNCED[entity].parent
    found = {s.name: s.ref for s in ENTITIES[entity].specs if s.kind is Kind.REF and s.ref and s.travels}
    return {**found, parent: "request"} if parent else found


def new_cells(what: Entity, event: Event) -> dict[str, Any]:
    """The event's new cells, checked; fields this version does not know pass unchecked and are kept."""
    errors, wire, right = [], {}, checks(what.name)
    for name, pair in event.changes.items():
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused((name, "变更的格式不对"))
        if name not in what.travels:
            if len(name) > 60 or len(canonical(pair[1])) > 20_000:
                raise Refused((name[:60], "不认识的字段过长"))
        else:
            raw = pair[1]
            if raw is None:
                why = None
            elif type(raw) is list and len(raw) == 2 and raw[0] == "k":
                why = right[name](raw[1])
            else:
                why = _wrong(what.by_name[name], raw)
            if why:
                errors.append((name, f"{what.by_name[name].label}：{why}"))
        wire[name] = pair[1]
    if errors:
        raise Refused(*errors)
    return wire


def _wrong(spec: FieldSpec, raw: Any) -> str | None:
    """Why a cell that is not simply a known value may not stand in its field."""
    try:
        return reason(spec, Cell.from_wire(raw))
    except ValueError:
        return "值的格式不对"


def _create(work: Work, what: Entity, event: Event) -> Outcome | None:
    if work.level not in SYNCED[what.name].writers:
        raise Refused(("", f"{what.label}不能由本级机构登记"))
    wire = new_cells(what, event)
    required, foreign = _at_creation(what.name)
    lacking = [(s.name, f"缺少{s.label}") for s in required if (wire.get(s.name) or [None, None])[1] in (None, "")]
    if lacking:
        raise Refused(*lacking)
    if not _owns(work, what, Merge.COUNTY):
        filled = [(s.name, f"{s.label}由县级填写，本级不能填写") for s in foreign if wire.get(s.name)]
        if filled:
            raise Refused(*filled)
    if what.name == "request_event":
        _check_flow(work, wire)
    row = rows.blank(
        what, event.entity_id, county=work.office[:6], office=work.office, village=event.village, at=event.at, by=event.actor
    )
    plain = rows.put_wire(what, row, wire)
    rows.seal(what, row, wire if plain else None)
    work.rows[event.entity_id] = row
    work.created[event.entity_id] = what.name
    work.places[event.entity_id] = row["village"]
    return None if row["digest"] == event.digest else as_it_stands("merged", what, event, row)


@cache
def _at_creation(entity: str) -> tuple[list[FieldSpec], list[FieldSpec]]:
    """(fields that a new record must have, fields that only the county and its bureaus may fill in it)."""
    specs = [s for s in ENTITIES[entity].specs if s.travels]
    opens = SYNCED[entity].opens
    return [s for s in specs if s.required], [s for s in specs if s.merge is Merge.COUNTY and s.name not in opens]


def _check_flow(work: Work, wire: Mapping[str, Any]) -> None:
    """Whether this level may write this kind of event; whether the state allows it is the fold's business."""
    kind = wire["kind"][1]
    if not flow.may_write(kind, work.level.value):
        raise Refused(("kind", f"本级机构不能办理“{flow.label(kind)}”"))


def _tombstone(work: Work, what: Entity, event: Event, row: dict[str, Any]) -> Outcome | None:
    gone = event.kind == "delete"
    if bool(row["deleted"]) == gone:
        return None if row["digest"] == event.digest else as_it_stands("merged", what, event, row)
    others = row["office"] != work.office
    if others and (what.append_only or work.level is scope.Level.BUREAU or work.level not in SYNCED[what.name].writers):
        raise Refused(("", f"这条{what.label}是别的机构登记的，本级不能删除或恢复"))
    new = {**row, "deleted": gone, "changed": event.at, "changed_by": event.actor}
    return _store(work, what, event, new, "merged")


def _move(work: Work, what: Entity, event: Event, row: dict[str, Any]) -> Outcome | None:
    """To another village. Only an office that has both in its subtree may say so; where it stood is what the writer saw."""
    here, there = row["village"], event.village
    if event.changes.get("village") != [["k", here], ["k", there]]:
        if here == there:
            return None if row["digest"] == event.digest else as_it_stands("merged", what, event, row)
        raise Refused(("village", f"这条{what.label}已在别处改过所在村，请同步后再看"))
    if not work.covers(there):
        raise OutOfScope(("village", "要迁入的村不属于本机构的辖区，请由上一级办理"))
    new = {**row, "village": there, "changed": event.at, "changed_by": event.actor}
    work.changed.setdefault(event.entity_id, what.name)
    work.moved[event.entity_id] = work.places[event.entity_id] = there
    return _store(work, what, event, new, "merged")


def _update(work: Work, what: Entity, event: Event, row: dict[str, Any], open_conflict: Any) -> Outcome | None:
    if row["deleted"]:
        raise Refused(("", f"这条{what.label}在县级已被删除，修改没有生效"))
    if what.append_only and event.kind == "update":
        raise Refused(("", f"{what.label}只能追加，不能修改"))
    wire, ours = new_cells(what, event), rows.to_wire(what, row)
    result, errors, clashes = {}, [], []
    for name, theirs in wire.items():
        spec = what.by_name.get(name)
        base = event.changes[name][0]
        verdict, value = merge.merge(spec, base, ours.get(name), theirs)
        if verdict is merge.Verdict.SAME:
            continue
        if spec and not _owns(work, what, _rule(what, spec, row), row["office"]):
            errors.append((name, f"{spec.label}由{'县级' if spec.merge is Merge.COUNTY else '登记机构'}填写，本级不能修改"))
        elif spec and spec.merge is Merge.ONCE and event.kind == "update" and ours.get(name) is not None:
            errors.append((name, f"{spec.label}登记后不能修改"))
        elif verdict is merge.Verdict.CONFLICT:
            clashes.append((name, base))
        else:
            result[name] = value
    if errors:
        raise Refused(*errors)
    new = {**row}
    if result:
        new["changed"], new["changed_by"] = event.at, event.actor
        rows.put_wire(what, new, result)
    if what.name == "conflict":  # settled by two offices at once: the first decision stands, the other one is told
        clashes.clear()
    for name, base in clashes:
        open_conflict(what, row, event, name, base)
    return _store(work, what, event, new, "conflict" if clashes else "merged")


def _rule(what: Entity, spec: FieldSpec, row: Mapping[str, Any]) -> Merge:
    """Whose a field is; a conflict is settled by whoever owns the field that it is about."""
    about = ENTITIES.get(row["entity"]) if what.name == "conflict" and spec.merge is Merge.INTAKE else None
    disputed = about.by_name.get(row["field"]) if about else None
    return disputed.merge if disputed else spec.merge


def _owns(work: Work, what: Entity, rule: Merge, office: str = "") -> bool:
    """Whether a field of this rule is the writer's, in a record that this office entered."""
    owners = OWNERS.get(rule.value)
    if owners is None or work.level in owners or (rule is Merge.INTAKE and office == work.office):
        return True
    return SYNCED[what.name].down and work.level in SYNCED[what.name].writers  # who publishes it says all of it


def _store(work: Work, what: Entity, event: Event, new: dict[str, Any], otherwise: str) -> Outcome | None:
    rows.seal(what, new)
    if new["digest"] != work.rows[event.entity_id]["digest"]:
        work.changed.setdefault(event.entity_id, what.name)
    work.rows[event.entity_id] = new
    if otherwise != "conflict" and new["digest"] == event.digest:
        return None
    return as_it_stands(otherwise, what, event, new)


def as_it_stands(status: str, what: Entity, event: Event, row: Mapping[str, Any]) -> Outcome:
    return Outcome(event.seq, status, [], rows.to_wire(what, row), row["digest"], bool(row["deleted"]))
