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


@cache
def links(to: str) -> tuple[tuple[str, str], ...]:
    """(entity, field) of everything by which a record belongs to one of this entity or points to it."""
    pointing = [(e.name, s.name) for e in ENTITIES.values() for s in e.specs if s.ref == to and s.travels]
    return tuple(dict.fromkeys((*FOLLOWS.get(to, ()), *pointing)))


def may_change_owner(entity: str, field: str) -> bool:
    """Whether a record that stands may be given to another person by this field, though the field is written once."""
    return (entity, field) in links("person") and ENTITIES[entity].by_name[field].merge is Merge.ONCE
