"""Whose field it is: what the county would refuse from this office is not typed here in the first place."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from models.errors import FieldError, RuleError
from models.fields import Merge
from models.records import Cell, Record, parse_json
from models.services.desk import Desk
from models.store.refused import of_record
from models.sync import registry
from models.tables import ENTITIES


def read_only(desk: Desk, entity: str, record: Record | None) -> frozenset[str]:
    """Names of the fields that this office may only read in a record; none of a new one (None).

    A field that the county has refused stays open: it has to be set right again.
    """
    if record is None:
        return frozenset()
    with desk.store.read() as conn:
        return closed_of(conn, desk, entity, record.id, record.office)


def closed_of(conn: Connection, desk: Desk, entity: str, record_id: str, office: str) -> frozenset[str]:
    """The same of a record that the office has entered, for whoever is reading already."""
    closed = registry.closed(entity, desk.level, entered=office == desk.office)
    if not closed:
        return closed
    details = of_record(conn, desk.store.identity.device, record_id)
    return closed - {e[0] for detail in details for e in (parse_json(detail) or {}).get("errors", ())}


def of_others(entity: str, name: str) -> FieldError:
    """Why this office may not write a field."""
    spec = ENTITIES[entity].by_name[name]
    writer = "县级" if spec.merge is Merge.COUNTY else "登记机构（乡镇或村）"
    return FieldError(name, f"{spec.label}由{writer}填写，本级只能查看")


def refuse_foreign(desk: Desk, entity: str, record: Record, cells: Mapping[str, Cell]) -> None:
    """Raises RuleError, naming each field, when cells would change what another level writes."""
    names = [n for n in sorted(read_only(desk, entity, record) & set(cells)) if cells[n] != record.cell(n)]
    if not names:
        return
    errors = tuple(of_others(entity, name) for name in names)
    raise RuleError("field.foreign", f"{errors[0].reason}。需要改动的，请告知对方修改。", errors)
