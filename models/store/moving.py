"""What follows a person to another village: everything that hangs on the person, and on the person's requests.

And what changes its owner when two files turn out to be one person's: the same, and whatever else points to a person.

A new entity with a reference to one of these is found by tests/models/test_guards.py until it is named here or excepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Connection, select

from models.fields import Merge
from models.store import bulk
from models.tables import ENTITIES

# Entity → the fields by which others hang on it.
FOLLOWS: dict[str, tuple[tuple[str, str], ...]] = {
    "person": (
        ("family_member", "person_id"), ("contact", "person_id"), ("request", "person_id"), ("paper", "person_id"),
        ("attachment", "owner_id"),
    ),
    "request": (
        ("request_event", "request_id"), ("referral", "request_id"), ("paper", "request_id"), ("attachment", "owner_id"),
    ),
    "contact": (("attachment", "owner_id"),),
    "paper": (("attachment", "owner_id"),),
}  # fmt: skip


def with_followers(conn: Connection, entity: str, ids: Iterable[str]) -> dict[str, list[str]]:
    """These records and all that hangs on them: entity → ids, tombstones included."""
    found: dict[str, dict[str, None]] = {entity: dict.fromkeys(ids)}
    open_ = [(entity, list(found[entity]))]
    while open_:
        what, those = open_.pop()
        for child, field in FOLLOWS.get(what, ()):
            table, known = ENTITIES[child].table, found.setdefault(child, {})
            fresh: list[str] = []
            for part in bulk.parts(those):
                query = select(table.c.id).where(bulk.among(table.c[field], part))
                fresh += [i for i in conn.execute(query).scalars() if i not in known]
            known.update(dict.fromkeys(fresh))
            if fresh:
                open_.append((child, fresh))
    return {what: list(those) for what, those in found.items() if those}


def with_file(conn: Connection, records: Iterable[tuple[str, str]]) -> set[str]:
    """The ids of these (entity, id) records, of all that they hang on, and of all that hangs on that: of a visit the whole
    file of its person."""
    found: set[tuple[str, str]] = set()
    open_ = set(records)
    while open_:
        found |= open_
        above: set[tuple[str, str]] = set()
        for owner, children in FOLLOWS.items():
            for child, field in children:
                column = ENTITIES[child].table.c
                for part in bulk.parts([i for entity, i in open_ if entity == child]):
                    pointed = conn.execute(select(column[field]).where(bulk.among(column.id, part))).scalars()
                    above |= {(owner, i) for i in pointed if i}  # of a scan whatever it may hang on: ids are never given twice
        open_ = above - found
    below = (with_followers(conn, owner, [i for entity, i in found if entity == owner]) for owner in FOLLOWS)
    return {i for _, i in found} | {i for some in below for ids in some.values() for i in ids}


@cache
def owner_fields(entity: str) -> tuple[str, ...]:
    """The fields of an entity by which a record of it hangs on another."""
    return tuple(dict.fromkeys(field for children in FOLLOWS.values() for child, field in children if child == entity))


@cache
def links(to: str) -> tuple[tuple[str, str], ...]:
    """(entity, field) of everything by which a record belongs to one of this entity or points to it."""
    pointing = [(e.name, s.name) for e in ENTITIES.values() for s in e.specs if s.ref == to and s.travels]
    return tuple(dict.fromkeys((*FOLLOWS.get(to, ()), *pointing)))


def may_change_owner(entity: str, field: str) -> bool:
    """Whether a record that stands may be given to another person by this field, though the field is written once."""
    return (entity, field) in links("person") and ENTITIES[entity].by_name[field].merge is Merge.ONCE
