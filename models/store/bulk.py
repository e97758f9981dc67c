"""Many rows in one statement, past SQLAlchemy's per-row work: at a batch's size that work would cost more than the database.

Values go to the driver as they are: every column here is text, a whole number, a truth or bytes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Boolean, Column, ColumnElement, Connection, Table, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from models.records import canonical


@lru_cache(maxsize=256)
def _insert(table: Table, names: tuple[str, ...], paramstyle: str) -> str:
    mark = "?" if paramstyle == "qmark" else "%s"
    columns = ", ".join(f'"{n}"' for n in names)
    # Names come from our own tables alone.
    return f'INSERT INTO "{table.name}" ({columns}) VALUES ({", ".join([mark] * len(names))})'  # noqa: S608


@lru_cache(maxsize=256)
def _update(table: Table, names: tuple[str, ...], paramstyle: str) -> str:
    mark = "?" if paramstyle == "qmark" else "%s"
    return f'UPDATE "{table.name}" SET {", ".join(f"{chr(34)}{n}{chr(34)} = {mark}" for n in names)} WHERE "id" = {mark}'  # noqa: S608


@contextmanager
def uncollected() -> Iterator[None]:
    """While a batch grows, the collector of cycles would walk all of it again and again; nothing in it is in a cycle.

    Best as a decorator: what the function made is gone before the collector is let in again.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def insert(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, or_else: str = "") -> None:
    """Insert rows that all have the columns of the first. or_else: an ON CONFLICT clause."""
    if not rows:
        return
    names = tuple(rows[0])
    insert_values(conn, table, names, list(map(itemgetter(*names), rows)), or_else=or_else)


def insert_values(
    conn: Connection, table: Table, names: tuple[str, ...], rows: list[tuple[Any, ...]], *, or_else: str = ""
) -> None:
    """The same, for rows that are the values of these columns."""
    if rows:
        conn.exec_driver_sql(f"{_insert(table, names, conn.dialect.paramstyle)} {or_else}".rstrip(), rows)


def update(conn: Connection, table: Table, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the changed columns of rows by their id: {id: {column: value}}. An index of an unchanged column is left alone."""
    alike: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
    for record_id, values in changes.items():
        if values:
            alike.setdefault(tuple(values), []).append((*values.values(), record_id))
    for names, params in alike.items():
        conn.exec_driver_sql(_update(table, names, conn.dialect.paramstyle), params)


def parts(ids: Iterable[str]) -> Iterator[list[str]]:
    """Ids in lists that one query takes."""
    every = list(ids)
    for start in range(0, len(every), 1000):
        yield every[start : start + 1000]


class _Among(ColumnElement[bool]):
    """column IN ids, where all ids are one parameter: SQL with a mark for each of a thousand is made anew every time."""

    inherit_cache = True
    type = Boolean()
    _traverse_internals = [("column", InternalTraversal.dp_clauseelement), ("ids", InternalTraversal.dp_clauseelement)]  # noqa: RUF012

    def __init__(self, column: Column[Any], ids: Sequence[str]) -> None:
        self.column = column
        self.ids = bindparam(None, canonical(list(ids)), type_=Text, unique=True)

    def self_group(self, against: Any = None) -> Any:
        """As it stands: where a truth is no type of its own SQLAlchemy would write "= 1" behind it, which no index serves."""
        return self


@compiles(_Among, "sqlite")
def _in_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} IN (SELECT value FROM json_each({compiler.process(element.ids, **kw)}))"  # noqa: S608


@compiles(_Among, "postgresql")
def _in_postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    ids = f"SELECT jsonb_array_elements_text(CAST({compiler.process(element.ids, **kw)} AS jsonb))"
    return f"{compiler.process(element.column, **kw)} = ANY (ARRAY({ids}))"


def among(column: Column[Any], ids: Sequence[str]) -> ColumnElement[bool]:
    """column IN ids (texts)."""
    return _Among(column, ids)


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of new whose values are not old's."""
    return {k: v for k, v in new.items() if old[k] != v}
