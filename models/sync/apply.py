"""One event against one record: the server's decision, in memory. Scope, owners, types and the merge are checked here.

Nothing is trusted that a client claims: its office comes from its enrolled key, never from the event.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from models import scope
from models.catalog import flow
from models.fields import Merge
from models.store import rows
from models.store.moving import may_change_owner
from models.sync import merge
from models.sync.clashes import Clashes
from models.sync.columns import Event
from models.sync.registry import OWNERS, SYNCED, may_remove, owns, publishes, settles
from models.sync.saying import beyond, entity_of, new_cells, target_of
from models.sync.wire import Outcome
from models.sync.work import OutOfScope, Refused, Unfit, Work
from models.tables import ENTITIES
from models.tables.base import Entity

_COUNTY = OWNERS[Merge.COUNTY.value]


def apply(work: Work, event: Event, disputes: Clashes) -> Outcome | None:
    """Apply one event to work; None when it stands as sent. disputes: keeps what it clashes with."""
    try:
        what = entity_of(event)
        if event.office:
            raise Refused(("", "只有县级服务器向市级上报时才写明登记机构"))
        if work.kinds.setdefault(event.entity_id, event.entity) != event.entity:
            raise _hidden(event)
        row = work.rows.get(event.entity_id)
        if row is None and event.kind != "create":
            raise _hidden(event)
        _check_scope(work, event, row)
        if row is not None and what.name == "conflict":
            _check_settler(work, event, row, disputes)
        if row is None:
            return _create(work, what, event)
        if event.kind in ("delete", "restore"):
            return _tombstone(work, what, event, row, disputes)
        if event.kind == "move":
            return _move(work, what, event, row)
        return _update(work, what, event, row, disputes)
    except Refused as e:
        if beyond(event, e):
            return Outcome(event.seq, "held")
        row = _shown(work, event) if e.tells else None
        if row is None:
            return Outcome(event.seq, "refused", e.errors)
        wire = rows.to_wire(ENTITIES[event.entity], row)
        return Outcome(event.seq, "refused", e.errors, wire, row["digest"], bool(row["deleted"]))


def _shown(work: Work, event: Event) -> dict[str, Any] | None:
    """The record that an event is about, unless it is not the writer's to see or another thing than the event says:
    an event may be refused before that was looked at."""
    row = work.rows.get(event.entity_id)
    if row is None or work.kinds.get(event.entity_id) != event.entity or not _sees(work, event, row):
        return None
    return row


def _hidden(event: Event) -> OutOfScope:
    """A record that is not here and one that is not the writer's get the same answer: nobody learns which it was."""
    if event.kind == "create":
        return OutOfScope(("", "这个编号已经用过，没有接收"))
    return OutOfScope(("", f"县级没有这条{ENTITIES[event.entity].label}，可能它的登记没有被接收"))


def _sees(work: Work, event: Event, row: Mapping[str, Any]) -> bool:
    """Whether a record that is here is the writer's to see."""
    if SYNCED[event.entity].own and row["office"] == work.office:
        return True
    if work.level is scope.Level.BUREAU:
        return event.entity_id in work.visible or bool(row["office"] == work.office)
    return work.covers(row["village"])


def _check_scope(work: Work, event: Event, row: Mapping[str, Any] | None) -> None:
    """An office writes inside its own subtree; a bureau only on what was referred to it; the city only what it publishes."""
    if row is not None and not _sees(work, event, row):
        raise _hidden(event)
    rule = SYNCED[event.entity]
    if work.level is scope.Level.CITY and work.level not in rule.writers and event.entity != "conflict":
        raise Refused(("", f"市级只能查看{ENTITIES[event.entity].label}，不能登记或修改"))
    if rule.own and (row["office"] == work.office if row is not None else event.village == work.office[:12]):
        return
    if work.level is scope.Level.BUREAU:
        target = target_of(event, rule.parent)
        if row is None and (target not in work.visible or event.village != work.places.get(target)):
            raise OutOfScope(("", "只能在转办给本单位的诉求上办理"))
        return
    if row is None and not work.covers(event.village):
        raise OutOfScope(("", "这条记录不属于本机构的辖区"))
    if name := work.strays(event.seq):
        raise OutOfScope((name, "所指的记录不在本机构的辖区"))


def _check_settler(work: Work, event: Event, row: Mapping[str, Any], disputes: Clashes) -> None:
    """A conflict is settled by whoever may change the field that it is about, and neither taken away nor rewritten."""
    entered, own_county = disputes.entered_by(row) == work.office, row["county"] == work.office[:6]
    if event.kind != "update" or not settles(row["entity"], row["field"], work.level, entered=entered, own_county=own_county):
        about = ENTITIES.get(row["entity"])
        # Whose a field is that a newer release brought is not known here: its decision waits for the upgrade.
        why = Refused if about is not None and row["field"] in about.by_name else Unfit
        raise why(("", "这处冲突由填写这一栏的机构选择，本级不能处理"))
    if not event.changes.keys().isdisjoint(_ABOUT_CONFLICT) or target_of(event, "settled") not in ("", "kept", "other"):
        raise Refused(("", "冲突只能选择保留现值或采用另一值，两个值本身不能改"))


_MOST_UNKNOWN = 200_000  # characters of all fields of a record that only newer releases know
_ABOUT_CONFLICT = ENTITIES["conflict"].travels - {"settled", "settled_by"}  # what the server alone writes


def _create(work: Work, what: Entity, event: Event) -> Outcome | None:
    if work.level not in SYNCED[what.name].writers:
        raise Refused(("", f"{what.label}不能由本级机构登记"))
    wire = new_cells(what, event)
    required, foreign = _at_creation(what.name)
    lacking = [(name, f"缺少{label}") for name, label in required if (wire.get(name) or [None, None])[1] in (None, "")]
    if lacking:
        raise Refused(*lacking)
    if not foreign.keys().isdisjoint(wire) and work.level not in _COUNTY and not publishes(what.name, work.level):
        filled = [(name, f"{label}由县级填写，本级不能填写") for name, label in foreign.items() if wire.get(name)]
        if filled:
            raise Refused(*filled)
    if what.name == "request_event":
        _check_flow(work, wire)
    if what.name == "referral":
        _check_bureau(work, wire)
    row = rows.blank(
        what, event.entity_id, county=work.office[:6], office=work.office, village=event.village, at=event.at, by=event.actor
    )
    if _put(what, row, wire, plain=event.vetted) and (event.vetted or None not in wire.values()):
        work.texts[event.seq] = rows.seal_new(what, row, wire)
    else:
        rows.seal(what, row)
    work.rows[event.entity_id] = row
    work.created[event.entity_id] = what.name
    work.places[event.entity_id] = row["village"]
    return None if row["digest"] == event.digest else as_it_stands("merged", what, event, row)


def _put(what: Entity, row: dict[str, Any], wire: Mapping[str, Any], *, plain: bool = False) -> bool:
    """rows.put_wire; what this release does not know may not grow without end, or a page with the record could not be read."""
    plain = rows.put_wire(what, row, wire, plain=plain)
    if not plain and len(row["extra"] or "") > _MOST_UNKNOWN:
        raise Unfit(("", "不认识的字段过多"))
    return plain


@cache
def _at_creation(entity: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """(name and label of what a new record must have, name → label of what only the county and its bureaus may fill in it)."""
    specs = [s for s in ENTITIES[entity].specs if s.travels]
    opens = SYNCED[entity].opens
    foreign = {s.name: s.label for s in specs if s.merge is Merge.COUNTY and s.name not in opens}
    return [(s.name, s.label) for s in specs if s.required], foreign


def _check_flow(work: Work, wire: Mapping[str, Any]) -> None:
    """Whether this level may write this kind of event; whether the state allows it is the fold's business."""
    kind = wire["kind"][1]
    if not flow.may_write(kind, work.level.value):
        raise Refused(("kind", f"本级机构不能办理“{flow.label(kind)}”"))


def _check_bureau(work: Work, wire: Mapping[str, Any]) -> None:
    """A referral opens the request and its person to the bureau that it names: to one of this county alone."""
    bureau = str(wire["bureau"][1])
    if scope.level_of(bureau) is not scope.Level.BUREAU or bureau[:6] != work.office[:6]:
        raise Refused(("bureau", "只能转办给本县的承办单位"))


def _tombstone(work: Work, what: Entity, event: Event, row: dict[str, Any], disputes: Clashes) -> Outcome | None:
    gone = event.kind == "delete"
    new = {**row, "deleted": gone, "changed": event.at, "changed_by": event.actor}
    if bool(row["deleted"]) == gone:
        new = row
    elif not may_remove(what.name, work.level, entered=row["office"] == work.office):
        raise Refused(("", f"这条{what.label}是别的机构登记的，本级不能删除或恢复"))
    if not gone and event.changes:  # brought back for the sake of a change
        return _update(work, what, event, new, disputes)
    if new is row:
        return None if row["digest"] == event.digest else as_it_stands("merged", what, event, row)
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


def _update(work: Work, what: Entity, event: Event, row: dict[str, Any], disputes: Clashes) -> Outcome | None:
    if row["deleted"]:
        raise Refused(("", f"这条{what.label}在县级已被删除，修改没有生效。{_way_back(work, what, row)}"))
    if what.append_only and event.kind == "update":
        raise Refused(("", f"{what.label}只能追加，不能修改"))
    wire, ours = new_cells(what, event), rows.to_wire(what, row)
    result, errors, clashes, agreed = {}, [], [], []
    for name, theirs in wire.items():
        spec = what.by_name.get(name)
        base = seen = event.changes[name][0]
        verdict, value = merge.merge(spec, base, ours.get(name), theirs)
        if verdict is merge.Verdict.CONFLICT and what.name != "conflict":
            base = disputes.base(event, name)
            verdict, value = merge.merge(spec, base, ours.get(name), theirs)
        if verdict is not merge.Verdict.CONFLICT and seen != ours.get(name) and event.kind != "create":
            agreed.append(name)  # what the writer saw is not here: it may be its own that was not taken
        if verdict is merge.Verdict.SAME or (verdict is merge.Verdict.CONFLICT and may_change_owner(what.name, name)):
            continue  # a record that two offices gave to two files stays with the first: one of the two will be merged again
        if spec and what.name != "conflict" and not _owns(work, what, spec.merge, row):
            errors.append((name, f"{spec.label}由{'县级' if spec.merge is Merge.COUNTY else '登记机构'}填写，本级不能修改"))
        elif (what.append_only or (spec and spec.merge is Merge.ONCE and ours.get(name))) and not _given(work, event, row, name):
            errors.append((name, f"{spec.label if spec else name}登记后不能修改"))  # nor is what was left empty there filled in
        elif verdict is merge.Verdict.CONFLICT:
            clashes.append((name, base))
        else:
            result[name] = value
    if errors:
        raise Refused(*errors)
    new = {**row}
    if what.name == "conflict":  # settled by two offices at once: the first decision stands, the other one is told
        clashes.clear()
        if event.entity_id in work.reopened:  # decided before the value came that stands now: it is asked again
            result.clear()
    if result:
        new["changed"], new["changed_by"] = event.at, event.actor
        _put(what, new, result)
    for name in agreed:
        disputes.give_up(event, name)
    for name, base in clashes:
        disputes.record(what, row, event, name, base)
    return _store(work, what, event, new, "conflict" if clashes else "merged")


def _given(work: Work, event: Event, row: Mapping[str, Any], name: str) -> bool:
    """Whether what is written once may be written again: by a creation that is said anew, which is merged (of what is only
    ever added, by the office that wrote it), and where two files of one person become one, by the record that comes back
    under the other."""
    if event.kind == "create":
        return not ENTITIES[event.entity].append_only or bool(row["office"] == work.office)
    return event.kind == "restore" and may_change_owner(event.entity, name)


def _way_back(work: Work, what: Entity, row: Mapping[str, Any]) -> str:
    """What to do with a change of a record that was deleted in the meantime."""
    if may_remove(what.name, work.level, entered=row["office"] == work.office):
        return "确需保留的，请恢复这条记录，修改会一并送出"
    return "确需保留的，请登记这条记录的机构先恢复"


def _owns(work: Work, what: Entity, rule: Merge, row: Mapping[str, Any]) -> bool:
    return publishes(what.name, work.level) or owns(work.level, rule, entered=row["office"] == work.office)


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
