"""The pull side of a server: every record at the position of its last change, once per scope that may see it.

Positions are given last in a transaction, under a lock that is held until the commit: the order of positions is the
order of commits, so a cursor can never pass a transaction that is not yet visible (on PostgreSQL a plain sequence
would let it).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, text

from models import scope
from models.fields import Merge
from models.store import bulk, settings
from models.store.rows import to_wire, unusual
from models.sync.columns import Column, ItemGroup
from models.sync.registry import SYNCED
from models.tables import ENTITIES
from models.tables.system import FEED

_LOCK = 0x67796E  # any number that only this program uses
_AGAIN = (
    "ON CONFLICT (entity_id, scope) DO UPDATE SET position = excluded.position, gone = excluded.gone, device = excluded.device"
)


def _down(office: str) -> str:
    return f"down:{scope.prefix_of(office)}"


def _at(bureau: str) -> str:
    return f"at:{bureau}"


def visible_to(office: str, *, relay: bool = False) -> ColumnElement[bool]:
    """The feed rows an office may pull: its own subtree, what was referred to it, what was published above it.

    relay: a county's server, which knows its own county better than we do, and pulls only what was published.
    """
    down = [f"down:{office[:n]}" for n in (4, 6, 9, 12)]
    seen: list[ColumnElement[bool]] = [FEED.c.scope.in_(down)]
    if relay:
        return or_(*seen)
    if scope.level_of(office) is scope.Level.BUREAU:
        seen.append(FEED.c.scope == _at(office))
    else:
        prefix = scope.prefix_of(office)
        seen.append(and_(FEED.c.scope >= prefix, FEED.c.scope < scope.next_prefix(prefix)))
    return or_(*seen)


def may_write(conn: Connection, office: str, entity_ids: Iterable[str]) -> set[str]:
    """Which of these records a bureau sees (and so may answer)."""
    ids, found = list(entity_ids), set()
    for part in bulk.parts(ids):
        query = select(FEED.c.entity_id).where(
            bulk.among(FEED.c.entity_id, part), FEED.c.scope == _at(office), FEED.c.gone.is_(False)
        )
        found |= set(conn.execute(query).scalars())
    return found


def kinds(conn: Connection, entity_ids: Iterable[str]) -> dict[str, str]:
    """The entity of each of these records that the server has: an id names one record of one kind."""
    ids, found = list(entity_ids), {}
    for part in bulk.parts(ids):
        query = select(FEED.c.entity_id, FEED.c.entity).where(bulk.among(FEED.c.entity_id, part))
        found.update({r.entity_id: r.entity for r in conn.execute(query)})
    return found


def position(conn: Connection) -> int:
    """The position of the last change."""
    return int(settings.get(conn, "feed.position", 0))


def publish(
    conn: Connection,
    changed: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    created: Collection[str] = (),
    device: str = "",
    own: Collection[str] = (),
) -> int:
    """Give the changed rows (by entity) their new positions; returns the last one. Call it last before the commit.

    created: ids of rows that are new. own: ids of rows that now are as this device has them: it is not sent them again.
    """
    wanted: dict[tuple[str, str], tuple[str, bool]] = {}  # (entity_id, scope) -> (entity, gone)
    for entity, entries in changed.items():
        rule = SYNCED[entity]
        for row in entries:
            wanted[row["id"], _down(row["office"]) if rule.down else row["village"]] = (entity, False)
    _add_bureaus(conn, changed, wanted, created)
    _add_disputes(conn, changed, wanted)
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    at = position(conn)
    rows = [
        {"entity_id": entity_id, "scope": where, "entity": entity, "position": at + i, "gone": gone,
         "device": device if entity_id in own else None}
        for i, ((entity_id, where), (entity, gone)) in enumerate(wanted.items(), start=1)
    ]
    if rows:
        bulk.insert(conn, FEED, rows, or_else=_AGAIN)
        settings.put(conn, "feed.position", at + len(rows))
    return at + len(rows)


def _add_bureaus(
    conn: Connection,
    changed: Mapping[str, Sequence[Mapping[str, Any]]],
    wanted: dict[tuple[str, str], tuple[str, bool]],
    created: Collection[str],
) -> None:
    """Scopes beyond the default one: where a record already stands, what a referral opens, what a move closes."""
    older = [row["id"] for rows in changed.values() for row in rows if row["id"] not in created]
    for entity_id, entity, where in _standing(conn, older):
        if where.startswith("at:"):
            wanted.setdefault((entity_id, where), (entity, False))
        elif (entity_id, where) not in wanted:
            wanted[entity_id, where] = (entity, True)  # it moved: the old scope is told
    for row in changed.get("referral", ()):
        for entity, entity_id in _with_request(conn, row["request_id"]):
            wanted.setdefault((entity_id, _at(row["bureau"])), (entity, False))
        wanted[row["id"], _at(row["bureau"])] = ("referral", False)
    _add_new_owners(conn, changed, wanted)
    for entity, rows in changed.items():
        parent = SYNCED[entity].parent
        if not parent or entity == "referral" or not rows:
            continue
        scopes: dict[str, list[str]] = {}
        for request_id, _, where in _standing(conn, {row[parent] for row in rows if row[parent]}):
            if where.startswith("at:"):
                scopes.setdefault(request_id, []).append(where)
        for row in rows:
            if row.get("owner_entity", "request") != "request":
                continue  # a person's own papers: the bureau sees those of what was referred to it
            for where in scopes.get(row[parent], ()):
                wanted.setdefault((row["id"], where), (entity, False))


def _add_new_owners(
    conn: Connection, changed: Mapping[str, Sequence[Mapping[str, Any]]], wanted: dict[tuple[str, str], tuple[str, bool]]
) -> None:
    """Who was referred a request sees whose it is, also when it was given to another file of the same person."""
    bureaus = [(i, where) for i, where in wanted if where.startswith("at:")]
    owners = {row["id"]: row["person_id"] for row in changed.get("request", ())} if bureaus else {}
    there = {(i, where) for i, _, where in _standing(conn, {owners[i] for i, _ in bureaus if owners.get(i)})}
    for request_id, where in bureaus:
        owner = owners.get(request_id)
        if owner and (owner, where) not in there:
            wanted.setdefault((owner, where), ("person", False))


def _add_disputes(
    conn: Connection, changed: Mapping[str, Sequence[Mapping[str, Any]]], wanted: dict[tuple[str, str], tuple[str, bool]]
) -> None:
    """A bureau sees the conflicts that it may settle, those of the county's fields on what was referred to it: its opinion
    is its own word, and nobody else can know which of two was meant. A clash over a person's telephone is not its business.
    And those over its own accounts."""
    disputes: dict[str, list[str]] = {}
    for row in changed.get("conflict", ()):
        about = ENTITIES.get(row["entity"])
        spec = about.by_name.get(row["field"]) if about else None
        if spec is not None and spec.merge is Merge.COUNTY:
            disputes.setdefault(row["record_id"], []).append(row["id"])
        if about is not None and SYNCED[about.name].own:
            office = conn.execute(select(about.table.c.office).where(about.table.c.id == row["record_id"])).scalar() or ""
            if scope.is_office(office) and scope.level_of(office) is scope.Level.BUREAU:
                wanted.setdefault((row["id"], _at(office)), ("conflict", False))
    for record_id, _, where in _standing(conn, disputes):
        for conflict in disputes[record_id] if where.startswith("at:") else ():
            wanted.setdefault((conflict, where), ("conflict", False))


def _standing(conn: Connection, ids: Iterable[str]) -> list[tuple[str, str, str]]:
    wanted, found = list(ids), []
    for part in bulk.parts(wanted):
        query = select(FEED.c.entity_id, FEED.c.entity, FEED.c.scope).where(
            bulk.among(FEED.c.entity_id, part), FEED.c.gone.is_(False)
        )
        found += [(r.entity_id, r.entity, r.scope) for r in conn.execute(query)]
    return found


def _with_request(conn: Connection, request_id: str) -> list[tuple[str, str]]:
    """A request and what a bureau must see with it: the person, what happened so far, the papers and attachments."""
    request = ENTITIES["request"].table
    found = [("request", request_id)]
    person = conn.execute(select(request.c.person_id).where(request.c.id == request_id)).scalar()
    if person:
        found.append(("person", person))
    for rule in SYNCED.values():
        if rule.parent and rule.entity != "referral":
            table = ENTITIES[rule.entity].table
            ids = conn.execute(select(table.c.id).where(table.c[rule.parent] == request_id)).scalars()
            found += [(rule.entity, i) for i in ids]
    return found


def page(
    conn: Connection, office: str, after: int, limit: int, device: str = "", *, relay: bool = False
) -> tuple[list[ItemGroup], int, bool]:
    """(records, position to ask from next, whether there is more) of what an office may see after a position.

    device: who asks, and is not sent what stands here just as it sent it.
    """
    end = position(conn)  # read first: what commits while we read stands after it and is left for the next page
    query = (
        select(FEED.c.entity_id, FEED.c.entity, FEED.c.position, FEED.c.gone)
        .where(FEED.c.position > after, FEED.c.position <= end, visible_to(office, relay=relay))
        .where(or_(FEED.c.device.is_(None), FEED.c.device != device))
        .order_by(FEED.c.position)
        .limit(limit + 1)
    )
    marks = conn.execute(query).all()
    more, marks = len(marks) > limit, marks[:limit]
    last = marks[-1].position if marks else end
    still = _still_seen(conn, office, [m.entity_id for m in marks if m.gone])
    by_entity: dict[str, dict[str, tuple[int, bool]]] = {}
    for place, m in enumerate(marks):
        if not (m.gone and m.entity_id in still):
            by_entity.setdefault(m.entity, {})[m.entity_id] = (place, m.gone)
    groups = [group(conn, entity, wanted) for entity, wanted in by_entity.items()]
    # With nothing left for this office the cursor moves to the end, past what others may see. An end before the
    # asked position tells the device that this server was restored from a backup.
    return groups, last if more else end, more


def left(conn: Connection, office: str, after: int, device: str = "", *, relay: bool = False) -> int:
    """How many records page() would still give after a position."""
    query = select(func.count()).select_from(FEED).where(FEED.c.position > after, visible_to(office, relay=relay))
    return int(conn.execute(query.where(or_(FEED.c.device.is_(None), FEED.c.device != device))).scalar_one())


def _still_seen(conn: Connection, office: str, gone: list[str]) -> set[str]:
    """Records that left one scope for another that this office sees as well: a move within its own subtree."""
    found: set[str] = set()
    for part in bulk.parts(gone):
        query = select(FEED.c.entity_id).where(bulk.among(FEED.c.entity_id, part), FEED.c.gone.is_(False), visible_to(office))
        found |= set(conn.execute(query).scalars())
    return found


_SHARED = ("id", "county", "office", "village", "born", "changed", "changed_by", "deleted", "digest", "states", "extra")


def group(conn: Connection, entity: str, wanted: Mapping[str, tuple[int, bool]]) -> ItemGroup:
    """The records of one entity by columns; wanted: place in the page and whether it is gone, by id."""
    what = ENTITIES[entity]
    table, names, ids = what.table, (*_SHARED, *what.travelling), list(wanted)
    rows: list[Any] = []
    for part in bulk.parts(ids):
        query = select(*(table.c[n] for n in names)).where(bulk.among(table.c.id, part))
        rows += conn.execute(query).all()
    by_name: dict[str, Sequence[Any]] = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    place, gone = [wanted[i][0] for i in by_name["id"]], [wanted[i][1] for i in by_name["id"]]
    shared: dict[str, Any] = {n: list(by_name[n]) for n in _SHARED[:-2]}
    for i in (i for i, left in enumerate(gone) if left):  # it left: where to, and what has become of it there, is not told
        shared["village"][i] = shared["changed_by"][i] = shared["digest"][i] = ""
        shared["changed"][i], shared["deleted"][i] = shared["born"][i], False
    # A row with states, with fields of a newer peer, or with nothing to say is written cell by cell.
    special = {
        i: {} if gone[i] or by_name["deleted"][i] else to_wire(what, rows[i]._mapping)
        for i in range(len(rows))
        if gone[i] or by_name["deleted"][i] or by_name["extra"][i] or any(unusual(by_name["states"][i]))
    }
    wire = {n: _column(by_name[n], n, special) for n in what.travelling}
    for name in sorted({n for cells in special.values() for n in cells} - set(what.travelling)):
        wire[name] = _column([None] * len(rows), name, special)
    wire = {n: c for n, c in wire.items() if c.odd or any(v is not None for v in c.values)}
    return ItemGroup(entity=entity, place=place, gone=gone, wire=wire, **shared)


def _column(values: Sequence[Any], name: str, special: Mapping[int, Mapping[str, Any]]) -> Column:
    if not special:
        return Column(list(values))
    known, odd = list(values), []
    for i, cells in special.items():
        known[i] = None
        if cells.get(name) is not None:
            odd.append((i, cells[name]))
    return Column(known, odd)
