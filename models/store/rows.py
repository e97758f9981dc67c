"""Rows and cells: how a record's cells stand in its row, on the wire, and in its digest. Pure but for the SQL types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import RowMapping

from models.fields import State
from models.records import Cell, Record, canonical, digest, digest_and_text, parse_json
from models.tables.base import ENTITIES, SHARED, Entity
from models.tables.check import reason

Row = Mapping[str, Any] | RowMapping  # RowMapping is a Mapping, but its keys are typed wider
Wire = dict[str, Any]


def to_record(entity: Entity, row: Row) -> Record:
    return Record(
        entity=entity.name,
        id=row["id"],
        values=MappingProxyType({s.name: row[s.name] for s in entity.specs}),
        states=MappingProxyType(marks(row["states"])),
        meta=MappingProxyType({k: row[k] for k in SHARED if k not in ("states", "extra")}),
    )


def to_wire(entity: Entity, row: Row) -> Wire:
    """The travelling cells of a row that are not null, unknown fields of newer peers included."""
    wire: Wire = {}
    for name in entity.travelling:
        value = row[name]
        if value is not None:
            wire[name] = ["k", value]
    for name, state in unusual(row["states"]):
        if name in entity.travels:
            wire[name] = [state, row[name]]
    if row["extra"]:
        wire.update(parse_json(row["extra"]))
    return wire


def differences(before: Wire, after: Wire) -> dict[str, list[Any]]:
    """{field: [old cell, new cell]} of what differs: the changes of an event."""
    return {k: [before.get(k), after.get(k)] for k in sorted({*before, *after}) if before.get(k) != after.get(k)}


def marks(text: str | None) -> dict[str, list[str]]:
    """{field: [state, source, verified_at]} of a row's states. They are stored by the mark, [state, source, verified_at,
    [fields]] each: a roster fills thirty fields from one source, and would say so thirty times in every row."""
    return {name: mark for *mark, names in parse_json(text) or () for name in names}


def unusual(text: str | None) -> Iterator[tuple[str, str]]:
    """(field, state) of the fields of a row that are not simply known."""
    for state, _source, _verified, names in parse_json(text) or ():
        if state != "k":
            for name in names:
                yield name, state


def _packed(states: Mapping[str, list[str]]) -> str | None:
    alike: dict[tuple[str, ...], list[str]] = {}
    for name, mark in states.items():
        alike.setdefault(tuple(mark), []).append(name)
    return canonical([[*mark, sorted(names)] for mark, names in sorted(alike.items())]) if alike else None


def put_cells(entity: Entity, row: dict[str, Any], cells: Mapping[str, Cell], source: str = "", verified_at: str = "") -> None:
    """Write cells into a row in place: value, state and origin. Names must be fields of the entity."""
    states = marks(row.get("states"))
    if cells and row.get("extra"):
        _no_longer_extra(row, cells)
    for name, cell in cells.items():
        if name not in entity.by_name:
            raise KeyError(f"{entity.name} has no field {name}")
        row[name] = cell.value
        if cell.state is State.UNCOLLECTED:
            states.pop(name, None)
        elif cell.state is not State.KNOWN or source or verified_at:
            states[name] = [cell.state.value, source, verified_at]
        else:
            states.pop(name, None)
    row["states"] = _packed(states)


def put_wire(entity: Entity, row: dict[str, Any], wire: Mapping[str, Any], *, plain: bool = False) -> bool:
    """Write wire cells into a row in place; fields this version does not know are kept in extra and passed on.

    True when nothing but known values of known fields was written, as in most rows. plain: it is known that there is nothing else.
    """
    if not row["states"] and not row["extra"] and (plain or _plain(entity, wire)):
        for name, raw in wire.items():
            row[name] = None if raw is None else raw[1]
        return True
    known: dict[str, Cell] = {}
    unknown: Wire = {}
    for name, raw in wire.items():
        if name in entity.by_name and entity.by_name[name].travels:
            known[name] = Cell.from_wire(raw)
        else:
            unknown[name] = raw
    put_cells(entity, row, known)
    if unknown:
        extra = parse_json(row.get("extra")) or {}
        extra.update(unknown)
        extra = {k: v for k, v in extra.items() if v is not None}
        row["extra"] = canonical(extra) if extra else None
    return False


def _plain(entity: Entity, wire: Mapping[str, Any]) -> bool:
    travels = entity.travels
    for name, raw in wire.items():  # noqa: SIM110 - a generator would double the time of a batch's most frequent check
        if name not in travels or (raw is not None and raw[0] != "k"):
            return False
    return True


def take_known(entity: Entity, row: dict[str, Any]) -> bool:
    """Move what a newer peer had sent into the columns that an upgrade has brought; False when there is nothing.

    Nobody could check it when it came. What does not fit its column stays where it is, and still travels, until somebody
    writes that field: a database that one wrong value kept from being upgraded would be worse.
    """
    extra = parse_json(row["extra"]) or {}
    known = {k: v for k, v in extra.items() if k in entity.travels and _fits(entity, k, v)}
    if not known:
        return False
    put_wire(entity, row, known)
    return True


def _fits(entity: Entity, name: str, raw: Any) -> bool:
    try:
        return reason(entity.by_name[name], Cell.from_wire(raw)) is None
    except ValueError:
        return False


def _no_longer_extra(row: dict[str, Any], written: Mapping[str, Cell]) -> None:
    """A field has one value: what is written into its column takes the place of what was kept for it."""
    rest = {k: v for k, v in parse_json(row["extra"]).items() if k not in written}
    row["extra"] = canonical(rest) if rest else None


TOMBSTONE: Wire = {"deleted": ["k", True]}


def seal(entity: Entity, row: dict[str, Any], wire: Wire | None = None) -> Wire:
    """Put the row's digest in its place; returns its wire cells, which may be given when they are at hand.

    A tombstone has a digest of its own.
    """
    wire = to_wire(entity, row) if wire is None else wire
    row["digest"] = digest(entity.name, row["id"], TOMBSTONE if row["deleted"] else wire)
    return wire


def seal_new(entity: Entity, row: dict[str, Any], wire: Wire) -> str:
    """Put the digest of a new row in its place; returns the text of its creation, which is made once for both."""
    row["digest"], text = digest_and_text(entity.name, row["id"], wire)
    return text


def blank(entity: Entity, record_id: str, *, county: str, office: str, village: str, at: str, by: str) -> dict[str, Any]:
    """A new row with every column present, so that rows of one entity can be inserted together."""
    row = dict(_empty(entity.name))
    row["id"], row["county"], row["office"], row["village"] = record_id, county, office, village
    row["born"] = row["changed"] = at
    row["changed_by"] = by
    return row


@cache
def _empty(entity: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": "", **dict.fromkeys(SHARED), "digest": "", "deleted": False}
    return row | {s.name: s.initial for s in ENTITIES[entity].specs}
