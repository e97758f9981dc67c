"""A value of any field as people read it, those included that are structures or point to another record."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from models.base import CHINA, parse_stamp
from models.errors import GuiyanError
from models.fields import STATE_LABELS, FieldSpec, Kind, State
from models.records import Cell, Record, parse_json
from models.services import specs
from models.services.titles import titles_of
from models.store import rules
from models.tables import ENTITIES
from models.tables.office import OFFICE
from resources import divisions

_STATED = (State.KNOWN, State.TO_VERIFY)


class Words:
    """Words for cells of one database."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def of(self, entity: str, field: str, cell: Cell, against: Cell, record: Record | None) -> str:
        """against: the value beside it; of a structure only what differs from it is said. record: whose item tells the labels."""
        what = ENTITIES.get(entity)
        spec = what.by_name.get(field) if what else None
        if spec is None:
            return STATE_LABELS[cell.state] if cell.state not in _STATED else str(cell.value or "")
        if cell.state not in _STATED or cell.value is None:
            return specs.show(spec, cell)
        if spec.kind is Kind.JSON:
            return self._structure(field, cell, against, record)
        if spec.kind is Kind.REF:
            return titles_of(self._conn, [(spec.ref, str(cell.value))]).get(str(cell.value), "（已不在本机的记录）")
        if spec.kind is Kind.OFFICE:
            # Bureaus of one county share its division: their own names tell them apart.
            name = self._conn.execute(select(OFFICE.c.name).where(OFFICE.c.code == str(cell.value), OFFICE.c.level == "bureau")).scalar()
            return name or divisions.path(str(cell.value)) or str(cell.value)
        if spec.kind is Kind.MOMENT:
            return parse_stamp(str(cell.value)).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        return specs.show(spec, cell) + (f" {spec.unit}" if spec.unit else "")

    def _structure(self, field: str, cell: Cell, against: Cell, record: Record | None) -> str:
        mine, theirs = _object(cell), _object(against)
        fields = self._fields(record)
        said = []
        for name in [n for n in {**mine, **theirs} if mine.get(n) != theirs.get(n)]:
            spec, value = fields.get(name), mine.get(name)
            if field == "materials":
                said.append(f"{name}：{'已收' if value else '未收'}")
            else:
                words = STATE_LABELS[State.UNCOLLECTED] if value is None else _plain(spec, value)
                said.append(f"{spec.label if spec else name}：{words}")
        return "；".join(said)

    def _fields(self, record: Record | None) -> dict[str, FieldSpec]:
        """The fields that the item of a request asks for, by name."""
        if record is None or record.entity != "request":
            return {}
        try:
            item = rules.catalogue(self._conn, record.county).item(record.item, edition=record.item_edition or "")
        except GuiyanError:  # an item of a newer version: the names must do
            return {}
        return {f.name: f for f in item.fields}


def _plain(spec: FieldSpec | None, value: Any) -> str:
    if spec is None:
        return str(value)
    words = specs.plain(spec, value)
    private = spec.kind in (Kind.ID_NUMBER, Kind.PHONE, Kind.ACCOUNT)
    return f"{specs.hide(spec, words) if private else words} {spec.unit}".strip()


def _object(cell: Cell) -> dict[str, Any]:
    found = parse_json(cell.value) if isinstance(cell.value, str) else None
    return found if isinstance(found, dict) else {}


def differs(one: Cell, other: Cell) -> str:
    """Where two masked values differ, without a digit of either: they may look alike with their stars. '' when one is no text."""
    a, b = one.value, other.value
    if not isinstance(a, str) or not isinstance(b, str) or a == b:
        return ""
    if len(a) != len(b):
        return f"位数不同：{len(a)} 位和 {len(b)} 位"
    places = [str(n) for n, (x, y) in enumerate(zip(a, b, strict=True), 1) if x != y]
    return f"第 {'、'.join(places)} 位不同" if len(places) <= 4 else f"第 {places[0]} 位起不同"
