"""What one event says, looked at by itself: its shape, what it points to, its new cells against types and code tables."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from models import scope
from models.fields import FieldSpec, Kind
from models.records import Cell, canonical
from models.store.unit import SCHEMA
from models.sync.columns import Event, EventGroup
from models.sync.registry import SYNCED
from models.sync.work import Refused, Unfit
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.check import checks, column_checks, reason, reason_of_known

ID = re.compile("[0-9a-f]{32}")
_HLC = re.compile("[0-9a-d][0-9a-f]{11}-[0-9a-f]{4}")  # before the year 9775: any other would stop every device that shows it


KINDS = frozenset({"create", "update", "delete", "restore", "move"})
_FLAT = frozenset({str, int, bool, type(None)})  # what a value can be, of whatever field


def beyond(event: Event, refusal: Refused | None = None) -> bool:
    """Whether a newer release says what this one cannot judge yet, a kind of record, of change or of value: it is held
    until this one is upgraded (models.sync.holding). refusal: why it would be refused here, None before that was asked."""
    if event.schema <= SCHEMA:
        return False
    return isinstance(refusal, Unfit) if refusal else event.entity not in SYNCED or event.kind not in KINDS


def target_of(event: Event, name: str) -> str:
    """The new value of a reference that an event sets, '' without one; never raises, whatever was sent."""
    pair = event.changes.get(name) if name else None
    cell = pair[1] if isinstance(pair, list) and len(pair) == 2 else None
    value = cell[1] if isinstance(cell, list) and len(cell) == 2 else None
    return value if isinstance(value, str) else ""


def entity_of(event: Event) -> Entity:
    """What an event is about, if it has the shape of one."""
    if event.vetted:
        return ENTITIES[event.entity]
    if event.entity not in SYNCED:
        raise Refused(("", f"不认识的记录类别“{event.entity[:40]}”"))
    if event.kind not in KINDS:
        raise Refused(("", f"不认识的操作“{event.kind[:40]}”"))
    shaped = ID.fullmatch(event.entity_id) and _HLC.fullmatch(event.at) and 0 < event.schema < 1 << 31
    if not shaped or not scope.is_office(event.village) or not _is_actor(event.actor):
        raise Refused(("", "记录的编号、区划或经办人不合格式"))
    return ENTITIES[event.entity]


@cache
def pointing(entity: str) -> dict[str, str]:
    """Field → entity of the references by which a record hangs on others: nobody reaches a foreign one through them."""
    parent = SYNCED[entity].parent
    found = {s.name: s.ref for s in ENTITIES[entity].specs if s.kind is Kind.REF and s.ref and s.travels}
    return {**found, parent: "request"} if parent else found


def targets(event: Event) -> dict[str, str]:
    """Field → id of the records that an event newly points to; never raises, whatever was sent."""
    found: dict[str, str] = {}
    for name in pointing(event.entity):
        if name in event.changes and (target := target_of(event, name)):
            found[name] = target
    return found


def vet(group: EventGroup) -> bool:
    """Whether all events of a group have the shape of one and all new cells are known values of known fields and right;
    False: each is looked at by itself."""
    if group.entity not in SYNCED or group.kind not in KINDS or not _shaped(group):
        return False
    what, right = ENTITIES[group.entity], column_checks(group.entity)
    if not what.travels.issuperset(group.new) or not all(not c.odd and right[n](c.values) for n, c in group.new.items()):
        return False
    olds = group.old.items() if group.kind != "create" else ()  # a creation has none, whatever was sent
    return all(
        not c.odd
        and _types_of(what.by_name[n]).issuperset(map(type, c.values))
        and (what.by_name[n].kind is not Kind.JSON or right[n](c.values))
        for n, c in olds
    )


def _types_of(spec: FieldSpec) -> frozenset[type]:
    kind = int if spec.kind in (Kind.INT, Kind.MONEY) else bool if spec.kind is Kind.BOOL else str
    return frozenset({kind, type(None)})


def may_have_stood(spec: FieldSpec | None, raw: Any) -> bool:
    """Whether a cell can be what a field held before: of the form that every release gave it, whatever its tables and limits.
    It becomes the base of a merge, and of a conflict that others read."""
    if not _is_cell(raw):
        return False
    value = raw[1] if raw else None
    if spec is not None and spec.kind is Kind.JSON and value is not None:
        return reason_of_known(spec, value) is None
    return type(value) in (_types_of(spec) if spec is not None else _FLAT)


def _shaped(group: EventGroup) -> bool:
    """What entity_of() asks of each event, of all at once: villages and actors of a group are few."""
    return (
        0 < group.schema < 1 << 31
        and all(map(ID.fullmatch, group.entity_id))
        and all(map(_HLC.fullmatch, group.at))
        and all(map(scope.is_office, set(group.village)))
        and all(map(_is_actor, set(group.actor)))
    )


def _is_actor(name: str) -> bool:
    return len(name) <= 60 and "\x00" not in name


def new_cells(what: Entity, event: Event) -> dict[str, Any]:
    """The event's new cells, checked, and its old ones as far as that goes; fields that this version does not know are kept, if
    they are cells at all."""
    if event.vetted:
        return {name: pair[1] for name, pair in event.changes.items()}
    errors, wire, right = [], {}, checks(what.name)
    for name, pair in event.changes.items():
        if not isinstance(pair, list) or len(pair) != 2 or not may_have_stood(what.by_name.get(name), pair[0]):
            raise Refused((name[:60], "变更的格式不对"))
        if name not in what.travels:
            if len(name) > 60 or len(canonical(pair[1])) > 20_000:
                raise Refused((name[:60], "不认识的字段过长"))
            if not _is_cell(pair[1]):  # whoever knows the field one day could read neither it nor the page that it stands in
                raise Refused((name, "变更的格式不对"))
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
        raise Unfit(*errors)
    return wire


def _is_cell(raw: Any) -> bool:
    try:
        Cell.from_wire(raw)
    except ValueError:
        return False
    return True


def _wrong(spec: FieldSpec, raw: Any) -> str | None:
    """Why a cell that is not simply a known value may not stand in its field."""
    try:
        return reason(spec, Cell.from_wire(raw))
    except ValueError:
        return "值的格式不对"
