"""Entity: a table made from FieldSpecs, with what synced rows share.

To add a synced entity: one `entity(...)` call in a module of this package, one migration, and one line in
models/sync/registry.py. tests/models/test_guards.py fails when one of the three is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

from models.fields import FieldSpec, Kind

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Columns every synced row carries beside its fields. county..village say who may see it; born and changed are
# hybrid stamps; states says of fields [state, source, verified_at], by models.store.rows.marks; extra keeps fields of a newer peer; digest is
# models.records.digest of what travels.
SHARED = ("county", "office", "village", "born", "changed", "changed_by", "states", "extra", "digest", "deleted")


def column_type(spec: FieldSpec) -> TypeEngine[Any]:
    if spec.kind in (Kind.INT, Kind.MONEY):
        return BigInteger()
    return Boolean() if spec.kind is Kind.BOOL else Text()


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record. append_only: its rows are written once and never merged."""

    name: str
    label: str
    specs: tuple[FieldSpec, ...]
    table: Table
    append_only: bool
    by_name: Mapping[str, FieldSpec]
    travelling: tuple[str, ...]
    travels: frozenset[str]  # the same names


ENTITIES: dict[str, Entity] = {}


def entity(name: str, label: str, *specs: FieldSpec, append_only: bool = False, index: tuple[str, ...] = ()) -> Entity:
    """Declare a synced entity and make its table. index: fields (or 'a+b' pairs) the queries need."""
    columns: list[Column[Any]] = [
        Column("id", Text(), primary_key=True),
        Column("county", Text(), nullable=False),
        Column("office", Text(), nullable=False),
        Column("village", Text(), nullable=False),
        Column("born", Text(), nullable=False),
        Column("changed", Text(), nullable=False),
        Column("changed_by", Text(), nullable=False),
        Column("states", Text()),
        Column("extra", Text()),
        Column("digest", Text(), nullable=False),
        Column("deleted", Boolean(), nullable=False, default=False),
    ]
    columns += [Column(s.name, column_type(s), info={"spec": s}) for s in specs]
    table = Table(name, metadata, *columns)
    Index(f"ix_{name}_county_village", table.c.county, table.c.village)
    for fields in index:
        names = fields.split("+")
        Index(f"ix_{name}_{'_'.join(names)}", *(table.c[n] for n in names))
    made = Entity(
        name=name,
        label=label,
        specs=specs,
        table=table,
        append_only=append_only,
        by_name=MappingProxyType({s.name: s for s in specs}),
        travelling=tuple(s.name for s in specs if s.travels),
        travels=frozenset(s.name for s in specs if s.travels),
    )
    ENTITIES[name] = made
    return made
