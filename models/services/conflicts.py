"""冲突: both values side by side, and the decision of the office that knows the person. It travels like any event."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from models.base import CHINA, hlc_moment
from models.errors import RuleError
from models.records import Cell, Record, parse_json
from models.services import specs
from models.services.desk import Desk
from models.services.people import must_get
from models.services.titles import titles_of
from models.store import rows
from models.tables import ENTITIES


@dataclass(frozen=True, slots=True)
class Clash:
    """One open conflict, in words. base: what both started from; kept: what stands now; other: what was sent too."""

    id: str
    entity: str
    record_id: str
    title: str
    field: str
    label: str
    base: str
    kept: str
    kept_by: str
    kept_at: str
    other: str
    other_by: str
    other_at: str


def _when(hlc: str | None) -> str:
    return hlc_moment(hlc).astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if hlc else ""


def _words(entity: str, field: str, raw: str | None) -> str:
    cell = Cell.from_wire(parse_json(raw)) if raw else Cell()
    what = ENTITIES.get(entity)
    spec = what.by_name.get(field) if what else None
    return specs.show(spec, cell) if spec else str(cell.value or "")


def open_list(desk: Desk) -> list[Clash]:
    """Conflicts that wait for a decision, oldest first."""
    what = ENTITIES["conflict"]
    with desk.store.read() as conn:
        query = (
            select(what.table).where(what.table.c.settled.is_(None), what.table.c.deleted.is_(False)).order_by(what.table.c.born)
        )
        found = [rows.to_record(what, r) for r in conn.execute(query.limit(500)).mappings()]
        titles = titles_of(conn, [(r.values["entity"], r.record_id) for r in found])
    return [_clash(r, titles.get(r.record_id, "")) for r in found]


def _clash(r: Record, title: str) -> Clash:
    entity, field = r.values["entity"], r.field
    known = entity in ENTITIES and field in ENTITIES[entity].by_name
    return Clash(
        r.id, entity, r.record_id, title, field, ENTITIES[entity].by_name[field].label if known else field,
        _words(entity, field, r.base), _words(entity, field, r.kept), r.kept_by or "", _when(r.kept_at),
        _words(entity, field, r.other), r.other_by or "", _when(r.other_at),
    )  # fmt: skip


def settle(desk: Desk, conflict_id: str, choice: str) -> None:
    """choice: 'kept' leaves the value that stands, 'other' takes the other one. Both stay in the history."""
    if choice not in ("kept", "other"):
        raise RuleError("conflict.choice", "请选择保留哪一个值。")
    clash = must_get(desk, conflict_id, "conflict")
    if clash.settled:
        raise RuleError("conflict.settled", "这个冲突已经处理过了。")
    with desk.store.write(desk.account, "处理冲突") as unit:
        if choice == "other":
            unit.update(clash.values["entity"], clash.record_id, {clash.field: Cell.from_wire(parse_json(clash.other))})
        unit.update("conflict", conflict_id, {"settled": Cell.of(choice), "settled_by": Cell.of(desk.account)})
