"""What follows a person to another village: everything that hangs on the person, and on the person's requests.

A new entity with a reference to one of these is found by tests/models/test_guards.py until it is named here or excepted.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

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
