"""Search as one types: FTS5 over tokens of our own, on the desktop's database only. Derived, rebuilt at will.

Tokens of a person: name, given name, pinyin (full, given, initials, common misreadings), phone suffixes from each
position so that any fragment is a prefix, ID number and its tail, village by characters, pinyin and initials.
A request has its number, its item's name and its person's tokens. rowid is recency: the newest stands first.
Against LIKE over six columns this is about 200 times faster at 300,000 people (./run bench search).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sqlalchemy import Connection, select, text

from models.records import canonical
from models.store import bulk, settings
from models.store.derive import derives
from models.store.rows import Row
from models.tables import ENTITIES
from models.types import pinyin
from resources import divisions

VERSION = 3  # raise it when tokens change: the index is rebuilt at the next start
# Before the token of a record's kind: a private-use character, so that nothing anybody types begins like it.
_KIND = "\ue000"


def enabled(conn: Connection) -> bool:
    return bool(conn.get_execution_options().get("search"))


def stale(conn: Connection) -> bool:
    """Whether the index is missing or older than VERSION."""
    return bool(settings.get(conn, "search.version") != VERSION)


def ensure(conn: Connection) -> None:
    """Make the index when it is stale."""
    if not stale(conn):
        return
    conn.exec_driver_sql("DROP TABLE IF EXISTS search_index")
    conn.exec_driver_sql("DROP TABLE IF EXISTS search_row")
    # 'ascii' parts words at blanks and leaves every non-ASCII character alone, whatever plane it is of.
    conn.exec_driver_sql(
        "CREATE VIRTUAL TABLE search_index USING fts5(tokens, content='', contentless_delete=1, detail=none, "
        "prefix='1 2 3 4', tokenize=\"ascii tokenchars '-'\")"
    )
    conn.exec_driver_sql("CREATE TABLE search_row (n INTEGER PRIMARY KEY, kind TEXT NOT NULL, record_id TEXT NOT NULL UNIQUE)")
    for kind in ("person", "request"):
        table = ENTITIES[kind].table
        _index(conn, kind, conn.execute(select(table.c.id).order_by(table.c.changed)).scalars().all())
    settings.put(conn, "search.version", VERSION)


@lru_cache(maxsize=8192)
def _village_tokens(code: str) -> tuple[str, ...]:
    found = divisions.get(code)
    if found is None:
        return ()
    short = found.short
    full, initials = pinyin.place(short)
    return tuple(dict.fromkeys((found.name, short, full, initials)))


def person_tokens(row: Row) -> list[str]:
    """Every token of a person's row; in lower case, without blanks inside."""
    found: list[str] = []
    name = "".join((row["name"] or "").split())
    if name:
        found += [name, pinyin.split(name)[1], *pinyin.tokens(name).words()]
    for phone in (row["phone"], row["phone2"]):
        digits = (phone or "").replace("-", "")
        found += [digits[i:] for i in range(min(8, len(digits)))]
    number = row["id_number"] or ""
    if number:
        found += [number, number[-4:]]
    found += _village_tokens(row["village"])
    return [t.lower() for t in dict.fromkeys(found) if t]


@derives("person")
def index_people(conn: Connection, ids: Sequence[str]) -> None:
    if enabled(conn):
        _index(conn, "person", ids)
        request = ENTITIES["request"].table
        for part in bulk.parts(ids):
            found = conn.execute(select(request.c.id).where(bulk.among(request.c.person_id, part))).scalars()
            _index(conn, "request", found.all())


@derives("request")
def index_requests(conn: Connection, ids: Sequence[str]) -> None:
    if enabled(conn):
        _index(conn, "request", ids)


_NUMBERS = text("SELECT n FROM search_row WHERE record_id IN (SELECT value FROM json_each(:ids))")
_PERSON_COLUMNS = ("id", "name", "phone", "phone2", "id_number", "village", "deleted")


def _index(conn: Connection, kind: str, ids: Sequence[str]) -> None:
    person, request = ENTITIES["person"].table, ENTITIES["request"].table
    columns = [person.c[c] for c in _PERSON_COLUMNS]
    _drop(conn, ids)
    for part in bulk.parts(ids):
        if kind == "person":
            people = conn.execute(select(*columns).where(bulk.among(person.c.id, part), person.c.deleted.is_(False))).mappings()
            rows = {r["id"]: " ".join(person_tokens(r)) for r in people}
        else:
            query = (
                select(request.c.id.label("rid"), request.c.number, request.c.item, *columns)
                .join(person, person.c.id == request.c.person_id, isouter=True)
                .where(bulk.among(request.c.id, part), request.c.deleted.is_(False))
            )
            rows = {
                r["rid"]: " ".join([*((r["number"] or "").lower().split()), *(person_tokens(r) if r["id"] else [])])
                for r in conn.execute(query).mappings()
            }
        _insert(conn, kind, [(i, rows[i]) for i in part if i in rows])


def _drop(conn: Connection, ids: Sequence[str]) -> None:
    numbers: list[int] = []
    for part in bulk.parts(ids):
        numbers += conn.execute(_NUMBERS, {"ids": canonical(part)}).scalars()
    # In ascending order: FTS5 takes twenty times as long to delete the same rows from the newest on.
    gone = [(n,) for n in sorted(numbers)]
    if gone:
        conn.exec_driver_sql("DELETE FROM search_index WHERE rowid = ?", gone)
        conn.exec_driver_sql("DELETE FROM search_row WHERE n = ?", gone)


def _insert(conn: Connection, kind: str, rows: Sequence[tuple[str, str]]) -> None:
    if not rows:
        return
    first = int(conn.execute(text("SELECT coalesce(max(n), 0) FROM search_row")).scalar_one()) + 1
    # Straight to the driver: an import brings thousands, and the building of named parameters took twice the insert.
    conn.exec_driver_sql(
        "INSERT INTO search_row (n, kind, record_id) VALUES (?, ?, ?)", [(first + i, kind, r[0]) for i, r in enumerate(rows)]
    )
    conn.exec_driver_sql(
        "INSERT INTO search_index (rowid, tokens) VALUES (?, ?)",
        [(first + i, f"{_KIND}{kind} {r[1]}") for i, r in enumerate(rows)],
    )


def words_of(typed: str) -> list[str]:
    """The words of what was typed, as tokens are written: half-width, lower case, quotes and signs out."""
    flat = unicodedata.normalize("NFKC", typed).lower()
    for sign in ('"', "'", "\x00", _KIND):
        flat = flat.replace(sign, " ")
    return [w for w in flat.split() if any(c.isalnum() for c in w)][:6]


def find(conn: Connection, typed: str, *, kinds: Iterable[str] = ("person", "request"), limit: int = 50) -> list[tuple[str, str]]:
    """(kind, id) of the newest records that hold every word: exact tokens first, then those that begin so."""
    words = words_of(typed)
    if not words:
        return []
    found: dict[str, str] = {}
    wanted = list(kinds)
    scope = "" if len(wanted) != 1 else f'"{_KIND}{wanted[0]}" AND '
    for form in ('"{}"', '"{}"*'):
        match = scope + "(" + " AND ".join(form.format(w) for w in words) + ")"
        query = text(
            "SELECT r.kind, r.record_id FROM search_index JOIN search_row AS r ON r.n = search_index.rowid "
            "WHERE search_index MATCH :match ORDER BY search_index.rowid DESC LIMIT :limit"
        )
        for row in conn.execute(query, {"match": match, "limit": limit}):
            if len(found) < limit:
                found.setdefault(row.record_id, row.kind)
        if len(found) >= limit:
            break
    return [(kind, record_id) for record_id, kind in found.items()]
