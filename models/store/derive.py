"""What is computed from what travels, on each side alike: a request's state from its events, the search index.

Called once at the end of every writing transaction, a clerk's save and an applied batch alike. A new derivation is
one function in DERIVATIONS, keyed by the entity whose change calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Connection

Derivation = Callable[[Connection, list[str]], None]
DERIVATIONS: dict[str, list[Derivation]] = {}


def derives(*entities: str) -> Callable[[Derivation], Derivation]:
    """Register a function (conn, ids of changed records) to run when records of these entities change."""

    def register(function: Derivation) -> Derivation:
        for entity in entities:
            DERIVATIONS.setdefault(entity, []).append(function)
        return function

    return register


def refresh(conn: Connection, touched: Iterable[tuple[str, str]]) -> None:
    by_entity: dict[str, dict[str, None]] = {}
    for entity, record_id in touched:
        by_entity.setdefault(entity, {})[record_id] = None
    for entity, ids in by_entity.items():
        for function in DERIVATIONS.get(entity, ()):
            function(conn, list(ids))
