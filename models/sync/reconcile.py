"""Comparing an office with the county: what both ends count and hash, and the county's answers about what it may see.

A group is the records of one entity in one village, tombstones included. Its sum: each digest's two halves, read as
little-endian 64-bit numbers, added modulo 2^64 each; no order takes part. Groups that differ are narrowed down by the
random part of the ids (the first twelve digits are time, and would put a village's import into one place).
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from models import scope
from models.errors import RuleError
from models.records import canonical
from models.store import bulk, rows
from models.sync import feed
from models.sync.columns import ItemGroup
from models.sync.registry import SYNCED
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.system import FEED

RANDOM = 17  # the id's digits from here on are random
DEEPEST = 14  # digits of a prefix
LISTED = 256  # a part of at most so many records is answered record by record
HASHED = 5_000  # a part of at most so many is hashed from the values themselves, a larger one from the kept digests
MOST_HASHED, MOST_READ = 20_000, 400_000  # records a question may cost; what is beyond is left for the next one
MOST_PARTS, MOST_IDS = 256, 500
MOST_ASKED = 256 << 10  # bytes of a question

Sum = tuple[int, str]  # count, 32 hex digits
NONE: Sum = (0, "0" * 32)
Hashed = tuple[str, str, str]  # id, digest of its values, digest that is kept with it


class Part(msgspec.Struct, frozen=True, array_like=True):
    """The records of an entity in a village whose ids' random part begins with prefix."""

    entity: str
    village: str
    prefix: Annotated[str, msgspec.Meta(pattern=f"^[0-9a-f]{{0,{DEEPEST}}}$")] = ""


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """totals: {entity: total() of its groups}."""

    totals: dict[str, str] = {}
    parts: list[Part] = []


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A record as the county has it. kept: the digest stored with it, when its values have another.

    position: of its last change that the feed has for this device, 0 when it is as this device sent it.
    """

    id: str
    digest: str
    kept: str = ""
    position: int = 0


class Told(msgspec.Struct, frozen=True, array_like=True):
    """Of one part: [(one more digit, count, sum)], or every record. Beside buckets only damaged records stand."""

    buckets: list[tuple[str, int, str]]
    records: list[Seen]


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """asked: SHA-256 of the question. groups: {entity: [(village, count, sum)]} where the totals differ.

    parts: in the order in which they were asked, perhaps fewer: the rest is asked again.
    """

    asked: str
    groups: dict[str, list[tuple[str, int, str]]] = {}
    parts: list[Told] = []


def sum_of(digests: str, count: int) -> Sum:
    """The sum of digests that stand one after the other. One that is none makes a sum that no other end has."""
    try:
        halves = array("Q", bytes.fromhex(digests))
    except ValueError:
        return count, "damaged"
    if len(halves) != 2 * count:
        return count, "damaged"
    if sys.byteorder == "big":
        halves.byteswap()
    return count, f"{sum(halves[::2]) % (1 << 64):016x}{sum(halves[1::2]) % (1 << 64):016x}"


def total(groups: Mapping[str, Sum]) -> str:
    """One hash over an entity's groups, {village: sum}."""
    listed = [[village, *groups[village]] for village in sorted(groups) if groups[village][0]]
    return hashlib.sha256(canonical(listed).encode()).hexdigest()


def random_part(record: Hashed) -> str:
    return record[0][RANDOM:]


def within(group: Sequence[Hashed], prefix: str) -> Sequence[Hashed]:
    """The records of a group, in the order of their random parts, that a prefix means."""
    first = bisect_left(group, prefix, key=random_part)
    return group[first : bisect_left(group, prefix + "g", key=random_part)]


def buckets(part: Sequence[Hashed], prefix: str, which: int) -> dict[str, Sum]:
    """{one more digit: sum} of a part. which: 1 by the values' digests, 2 by the kept ones."""
    found: dict[str, list[str]] = {}
    for record in part:
        found.setdefault(record[0][RANDOM + len(prefix) : RANDOM + len(prefix) + 1], []).append(record[which])
    return {digits: sum_of("".join(those), len(those)) for digits, those in found.items()}


def hashed(conn: Connection, what: Entity, condition: ColumnElement[bool]) -> Iterator[tuple[str, Hashed]]:
    """(village, record) of every row of a condition, hashed anew from its values."""
    t = what.table
    names = (*what.travelling, "states", "extra", "deleted", "digest", "village", "id")
    fields = len(what.travelling)
    query = select(*(t.c[n] for n in names)).where(condition).execution_options(yield_per=2000)
    for row in conn.execute(query):
        states, extra, deleted, kept, village, record_id = row[fields:]
        if states or extra or deleted:
            wire = None
        else:
            wire = {n: ["k", v] for n, v in zip(what.travelling, row, strict=False) if v is not None}
        now = {"id": record_id, "deleted": deleted}
        rows.seal(what, now, rows.to_wire(what, row._mapping) if wire is None else wire)
        yield village, (record_id, now["digest"], kept)


def sums(conn: Connection, entity: str, condition: ColumnElement[bool]) -> dict[str, Sum]:
    """{village: sum} by the kept digests, in one statement."""
    t = ENTITIES[entity].table
    query = select(t.c.village, func.count(), func.aggregate_strings(t.c.digest, "")).where(condition).group_by(t.c.village)
    return {village: sum_of(digests, count) for village, count, digests in conn.execute(query)}


def visible(office: str, entity: str) -> ColumnElement[bool]:
    """The records of an entity that an office may see: what the feed would ever send it, and its own."""
    t, rule = ENTITIES[entity].table, SYNCED[entity]
    if rule.down:
        return t.c.office.in_([office[:n].ljust(12, "0") for n in (4, 6, 9, 12)])
    if scope.level_of(office) is scope.Level.BUREAU:
        referred = select(FEED.c.entity_id).where(FEED.c.scope == f"at:{office}", FEED.c.entity == entity, FEED.c.gone.is_(False))
        return or_(t.c.id.in_(referred), t.c.office == office) if rule.own else t.c.id.in_(referred)
    prefix = scope.prefix_of(office)
    return and_(t.c.village >= prefix, t.c.village < scope.next_prefix(prefix))


def read_ask(body: bytes) -> Ask:
    """Raises RuleError for a question that is none or asks for too much."""
    ask: Ask = decoded(body, Ask)
    if len(ask.parts) > MOST_PARTS or len(ask.totals) > 100:
        raise _large()
    return ask


def decoded(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise _malformed() from e


def _large() -> RuleError:
    return RuleError("compare.large", "一次核对的内容过多，县级服务器没有接受。")


def _malformed() -> RuleError:
    return RuleError("compare.malformed", "核对的内容无法读懂，县级服务器没有接受。")


def answer(conn: Connection, office: str, device: str, body: bytes) -> Answer:
    """The county's answer to a question. Entities that it does not know, and what the office may not see, do not exist."""
    ask = read_ask(body)
    groups = {}
    for entity, theirs in ask.totals.items():
        if entity in SYNCED:
            here = sums(conn, entity, visible(office, entity))
            if total(here) != theirs:
                groups[entity] = [(village, *here[village]) for village in sorted(here)]
    looking = Looking(conn, office, device)
    told: list[Told] = []
    for part in ask.parts:
        if looking.spent():
            break
        told.append(looking.at(part))
    return Answer(hashlib.sha256(body).hexdigest(), groups, told)


class Looking:
    """Answering the parts of one question: each village is read once, and what it costs is counted."""

    def __init__(self, conn: Connection, office: str, device: str) -> None:
        self._conn, self._office, self._device = conn, office, device
        # What was referred to a bureau is little, and found by a walk through the feed: once for all villages.
        self._by_village = scope.level_of(office) is not scope.Level.BUREAU
        self._groups: dict[tuple[str, str], dict[str, list[Hashed]]] = {}
        self._read = self._hashed = 0

    def spent(self) -> bool:
        return self._read >= MOST_READ or self._hashed >= MOST_HASHED

    def at(self, part: Part) -> Told:
        if part.entity not in SYNCED:
            return Told([], [])
        found = within(self.group(part.entity, part.village), part.prefix)
        exact = len(found) <= HASHED
        if exact:
            found = self._from_values(part.entity, found)
        if len(found) > LISTED and len(part.prefix) < DEEPEST:
            parts = buckets(found, part.prefix, 1 if exact else 2)
            damaged = [r for r in found if r[1] != r[2]] if exact else []
            return Told([(digits, *parts[digits]) for digits in sorted(parts)], self._seen(damaged))
        return Told([], self._seen(found))

    def group(self, entity: str, village: str) -> list[Hashed]:
        """The records of a village with their kept digests, in the order of their random parts."""
        key = (entity, village if self._by_village else "")
        if key not in self._groups:
            t = ENTITIES[entity].table
            query = select(t.c.id, t.c.digest, t.c.village).where(visible(self._office, entity))
            found: dict[str, list[Hashed]] = {}
            for row in self._conn.execute(query.where(t.c.village == village) if self._by_village else query):
                found.setdefault(row.village, []).append((row.id, "", row.digest))
            self._groups[key] = {where: sorted(those, key=random_part) for where, those in found.items()}
            self._read += sum(map(len, found.values()))
        return self._groups[key].get(village, [])

    def _from_values(self, entity: str, part: Sequence[Hashed]) -> list[Hashed]:
        what, found = ENTITIES[entity], []
        for ids in bulk.parts(map(itemgetter(0), part)):
            found += [record for _village, record in hashed(self._conn, what, bulk.among(what.table.c.id, ids))]
        self._hashed += len(found)
        return sorted(found, key=random_part)

    def _seen(self, records: Sequence[Hashed]) -> list[Seen]:
        positions: dict[str, int] = {}
        for ids in bulk.parts(map(itemgetter(0), records)):
            query = select(FEED.c.entity_id, FEED.c.position).where(
                bulk.among(FEED.c.entity_id, ids), FEED.c.gone.is_(False), feed.visible_to(self._office),
                or_(FEED.c.device.is_(None), FEED.c.device != self._device),
            )  # fmt: skip
            for mark in self._conn.execute(query):
                positions[mark.entity_id] = max(mark.position, positions.get(mark.entity_id, 0))
        return [Seen(i, digest, kept if kept != digest else "", positions.get(i, 0)) for i, digest, kept in records]


def wanted(conn: Connection, office: str, body: bytes) -> list[ItemGroup]:
    """The records that a device asks for, [[entity, id]], as far as its office sees them or is told that they left it."""
    asked: list[tuple[str, str]] = decoded(body, list[tuple[str, str]])
    if len(asked) > MOST_IDS:
        raise _large()
    groups = []
    for entity in sorted({e for e, _ in asked} & set(SYNCED)):
        t, ids = ENTITIES[entity].table, [i for e, i in asked if e == entity]
        seen = set(conn.execute(select(t.c.id).where(bulk.among(t.c.id, ids), visible(office, entity))).scalars())
        left = select(FEED.c.entity_id).where(bulk.among(FEED.c.entity_id, ids), FEED.c.gone.is_(True), feed.visible_to(office))
        gone = set(conn.execute(left).scalars()) - seen
        places = {record_id: (0, record_id in gone) for record_id in seen | gone}
        groups.append(feed.group(conn, entity, places))
    return groups
