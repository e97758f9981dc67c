"""One line that names a record to a person, whatever its entity."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from models.store import bulk, rules
from models.tables import ENTITIES
from resources import codes


def titles_of(conn: Connection, records: Sequence[tuple[str, str]]) -> dict[str, str]:
    """id → title for (entity, id) pairs; records that are not here any more are left out."""
    by_entity: dict[str, list[str]] = {}
    for entity, record_id in records:
        by_entity.setdefault(entity, []).append(record_id)
    found: dict[str, str] = {}
    for entity, ids in by_entity.items():
        for part in bulk.parts(ids):
            found.update(_titles(conn, entity, part))
    return found


def _titles(conn: Connection, entity: str, ids: list[str]) -> dict[str, str]:
    what = ENTITIES.get(entity)
    if what is None:
        return {}
    table, person = what.table, ENTITIES["person"].table
    if entity in ("person", "account"):
        return {r.id: r.name or "（未填姓名）" for r in conn.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))}
    if entity == "household":
        return {
            r.id: f"{r.head_name or ''}户" for r in conn.execute(select(table.c.id, table.c.head_name).where(table.c.id.in_(ids)))
        }
    if entity in ("contact", "family_member", "request"):
        query = select(table, person.c.name.label("person_name")).join(person, person.c.id == table.c.person_id, isouter=True)
        rows = conn.execute(query.where(table.c.id.in_(ids))).mappings()
        if entity == "contact":
            return {
                r["id"]: f"{r['person_name'] or ''} {codes.table('contact_way').label(r['way'])} {r['on']}".strip() for r in rows
            }
        if entity == "family_member":
            return {r["id"]: f"{r['person_name'] or ''}家 {r['name'] or ''}".strip() for r in rows}
        return {r["id"]: f"{r['person_name'] or ''} {r['number'] or ''}".strip() for r in rows}
    if entity in ("request_event", "referral"):
        request = ENTITIES["request"].table
        query = (
            select(table.c.id, request.c.number, person.c.name)
            .join(request, request.c.id == table.c.request_id)
            .join(person, person.c.id == request.c.person_id, isouter=True)
        )
        rows_ = conn.execute(query.where(table.c.id.in_(ids)))
        return {r.id: f"{r.name or ''} {r.number or ''} {what.label}".strip() for r in rows_}
    if entity == "attachment":
        return {r.id: f"附件 {r.title}" for r in conn.execute(select(table.c.id, table.c.title).where(table.c.id.in_(ids)))}
    if entity == "paper":
        return {r.id: r.serial for r in conn.execute(select(table.c.id, table.c.serial).where(table.c.id.in_(ids)))}
    if entity == "amendment":
        query = select(table.c.id, table.c.county, table.c.item, table.c.valid_from).where(table.c.id.in_(ids))
        editions = conn.execute(query).all()
        names = {county: rules.item_names(conn, county) for county in {r.county for r in editions}}
        return {r.id: f"{names[r.county].get(r.item, r.item)} {r.valid_from} 版" for r in editions}
    if entity == "conflict":
        disputed = conn.execute(select(table.c.id, table.c.entity, table.c.record_id, table.c.field).where(table.c.id.in_(ids))).all()
        of = titles_of(conn, [(r.entity, r.record_id) for r in disputed])
        return {r.id: f"{of.get(r.record_id, '')} {_label(r.entity, r.field)}".strip() for r in disputed}
    if entity == "calendar_day":
        found = conn.execute(select(table.c.id, table.c.on, table.c.workday).where(table.c.id.in_(ids)))
        return {r.id: f"{r.on} {'班' if r.workday else '休'}" for r in found}
    return dict.fromkeys(ids, what.label)


def _label(entity: str, field: str) -> str:
    """What a field is called, its name when a newer release knows it alone."""
    spec = ENTITIES[entity].by_name.get(field) if entity in ENTITIES else None
    return spec.label if spec else field
