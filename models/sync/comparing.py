"""The device's side of a comparison: hash what is here, narrow down what differs, and say of each record why.

Here everything is hashed from the values, whatever digest is kept with them: a row changed behind the program's back is
found. Nothing is written while comparing; repair() is apart.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec
from sqlalchemy import Connection, and_, func, select, true

from models.errors import RuleError
from models.records import digest
from models.store import bulk, left, outbox, settings
from models.store.rows import TOMBSTONE
from models.store.unit import Store
from models.sync import reconcile, wire
from models.sync.client import Link, Progress
from models.sync.reconcile import NONE, Answer, Ask, Hashed, Part, Seen, Sum, Told
from models.sync.registry import SYNCED
from models.tables import ENTITIES
from models.tables.stick import LAID
from models.tables.system import EVENT

AT_ONCE = 64  # parts in a question
MOST_QUESTIONS = 5_000  # a server that always finds something to differ is not followed for ever


class Line(Protocol):
    """The questions of a comparison over a session: models/sync/transports/."""

    def compare(self, question: bytes) -> bytes: ...
    def wanted(self, records: bytes) -> bytes: ...
    def give_back(self, records: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One record that is not alike. kind: missing here, extra here, differs, moved (another village), damaged there.

    why: unsent, refused, held, laid (from a stick, before the county's word), left (it is another office's, and is kept until it
    was read): it waits, and is no fault; coming: the next round will bring it; '' for what has to be repaired. here, there: digests, '' where there is none.
    """

    entity: str
    id: str
    village: str
    kind: str
    why: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one entity in one village: how many are here and at the county; same: whether their sums are equal."""

    entity: str
    village: str
    here: int
    there: int
    same: bool


@dataclass
class Comparison:
    """records: how many were hashed here; groups: every one that has records at either end. questions, sent, received: what
    the comparison cost on the line."""

    records: int = 0
    questions: int = 0
    sent: int = 0
    received: int = 0
    differences: list[Difference] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    @property
    def faults(self) -> list[Difference]:
        return [d for d in self.differences if not d.why]


@dataclass(frozen=True, slots=True)
class _Place:
    entity: str
    village: str
    record: Hashed


def compare(store: Store, link: Link, line: Line, progress: Progress, *, thorough: bool = False) -> Comparison:
    """What differs between here and the county. thorough: the county hashes everything from its values as well.

    Raises KnownError or RuleError as the line does.
    """
    found = Comparison()
    with bulk.uncollected(), store.read() as conn:
        here = {entity: _sums(conn, entity) for entity in SYNCED}
    found.records = sum(count for groups in here.values() for count, _ in groups.values())
    looking = _Looking(store, link, line, found, progress)
    looking.start(here, thorough=thorough)
    while looking.parts:
        looking.ask_parts()
    with store.read() as conn:
        found.differences = _differences(conn, store, looking.here, looking.there)
    return found


def listed(store: Store, told: Iterable[tuple[Part, Told]]) -> Comparison:
    """What differs in parts that the county has listed, without asking anything."""
    sides, found = _Sides(store), Comparison()
    for part, said in told:
        sides.put(part, said)
    with store.read() as conn:
        found.differences = _differences(conn, store, sides.here, sides.there)
        found.groups = _counted(conn, sides)
    return found


def _counted(conn: Connection, sides: _Sides) -> list[Group]:
    """The groups by what was listed of them: the county has what is here, but for the records that differ."""
    mine = Counter((key[0], place.village) for key, place in sides.here.items())
    theirs = Counter((key[0], village) for key, (village, _seen) in sides.there.items())
    here: dict[tuple[str, str], int] = {}
    for entity in SYNCED:
        table = ENTITIES[entity].table
        for row in conn.execute(select(table.c.village, func.count().label("n")).group_by(table.c.village)):
            here[entity, row.village] = row.n
    return [
        Group(*key, here.get(key, 0), here.get(key, 0) - mine[key] + theirs[key], key not in mine and key not in theirs)
        for key in sorted({*here, *theirs})
    ]


def _sums(conn: Connection, entity: str) -> dict[str, Sum]:
    digests: dict[str, list[str]] = {}
    for village, record in reconcile.hashed(conn, ENTITIES[entity], true()):
        digests.setdefault(village, []).append(record[1])
    return {village: reconcile.sum_of("".join(those), len(those)) for village, those in digests.items()}


class _Sides:
    """here, there: the records of the parts that turned out to differ, by (entity, id)."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._groups: dict[tuple[str, str], list[Hashed]] = {}
        self.here: dict[tuple[str, str], _Place] = {}
        self.there: dict[tuple[str, str], tuple[str, Seen]] = {}

    def put(self, part: Part, told: Told) -> None:
        """Beside each other what stands here and what the county has said of a part."""
        here = reconcile.within(self.group(part.entity, part.village), part.prefix)
        if told.buckets:
            damaged = {seen.id for seen in told.records}
            here = [record for record in here if record[0] in damaged]
        theirs = {seen.id: seen.digest for seen in told.records if not seen.kept}
        for record in here:
            if theirs.get(record[0]) != record[1]:
                self.here[part.entity, record[0]] = _Place(part.entity, part.village, record)
        mine = {record[0]: record[1] for record in here}
        for seen in told.records:
            if seen.kept or mine.get(seen.id) != seen.digest:
                self.there[part.entity, seen.id] = (part.village, seen)

    def group(self, entity: str, village: str) -> list[Hashed]:
        if (entity, village) not in self._groups:
            if len(self._groups) > 2 * AT_ONCE:
                self._groups.clear()
            what = ENTITIES[entity]
            with self._store.read() as conn:
                found = [record for _village, record in reconcile.hashed(conn, what, what.table.c.village == village)]
            self._groups[entity, village] = sorted(found, key=reconcile.random_part)
        return self._groups[entity, village]


class _Looking(_Sides):
    """Narrowing down by questions. parts: what is still to be asked."""

    def __init__(self, store: Store, link: Link, line: Line, found: Comparison, progress: Progress) -> None:
        super().__init__(store)
        self._link, self._line, self._found, self._progress = link, line, found, progress
        self.parts: list[Part] = []

    def start(self, here: Mapping[str, Mapping[str, Sum]], *, thorough: bool) -> None:
        said = self._ask(Ask(totals={entity: reconcile.total(groups) for entity, groups in here.items()}))
        for entity, groups in here.items():
            theirs = {village: (count, digest) for village, count, digest in said.groups.get(entity, ())}
            for village in sorted({*groups, *theirs} if entity in said.groups else groups):
                mine = groups.get(village, NONE)
                their = theirs.get(village, NONE) if entity in said.groups else mine
                self._found.groups.append(Group(entity, village, mine[0], their[0], mine == their))
                if thorough:
                    self.parts += [Part(entity, village, prefix) for prefix in _prefixes(mine[0])]
                elif mine != their:
                    self.parts.append(Part(entity, village))

    def ask_parts(self) -> None:
        asked = self.parts[:AT_ONCE]
        said = self._ask(Ask(parts=asked))
        if not said.parts or len(said.parts) > len(asked):
            raise RuleError("compare.answer", "县级对核对的回答不完整，没有改动任何内容。请稍后再试。")
        self.parts = self.parts[len(said.parts) :]
        for part, told in zip(asked, said.parts, strict=False):
            self._compare(part, told)

    def _compare(self, part: Part, told: Told) -> None:
        if told.buckets:
            here = reconcile.within(self.group(part.entity, part.village), part.prefix)
            self._narrow(part, told, reconcile.buckets(here, part.prefix, 1))
        self.put(part, told)

    def _narrow(self, part: Part, told: Told, here: Mapping[str, Sum]) -> None:
        theirs = {digits: (count, digest) for digits, count, digest in told.buckets}
        for digits in sorted({*here, *theirs}):
            if here.get(digits) != theirs.get(digits) and len(digits) == 1 and len(part.prefix) < reconcile.DEEPEST:
                self.parts.append(Part(part.entity, part.village, part.prefix + digits))

    def _ask(self, ask: Ask) -> Answer:
        question = msgspec.json.encode(ask)
        if self._found.questions >= MOST_QUESTIONS:
            raise RuleError("compare.endless", "与县级核对的差别过多，没有核对完。请先同步一次再核对。")
        data = self._line.compare(question)
        said = wire.read_word(data, self._link.server_key, Answer)
        if said.asked != hashlib.sha256(question).hexdigest():
            raise RuleError("compare.answer", "县级的回答不是对这一次核对的，没有改动任何内容。请稍后再试。")
        self._found.questions += 1
        self._found.sent += len(question)
        self._found.received += len(data)
        self._progress("核对", self._found.questions, self._found.questions + -(-len(self.parts) // AT_ONCE))
        return said


def _prefixes(count: int) -> list[str]:
    """Parts that the county hashes from its values: small enough ones for a village of so many records."""
    digits = 0
    while count > reconcile.HASHED // 2 * 16**digits:
        digits += 1
    return [f"{n:0{digits}x}" for n in range(16**digits)] if digits else [""]


def _differences(
    conn: Connection, store: Store, here: Mapping[tuple[str, str], _Place], there: Mapping[tuple[str, str], tuple[str, Seen]]
) -> list[Difference]:
    waiting = _waiting(conn, store, [record_id for _, record_id in {*here, *there}])
    cursor = int(settings.get(conn, "cursor", 0))
    let_go = _let_go(conn, [record_id for _, record_id in {*here} - {*there}])
    found = []
    for key in sorted({*here, *there}):
        if key[1] in let_go and here[key].record[1] == digest(*key, TOMBSTONE):
            continue
        mine, (village, seen) = here.get(key), there.get(key, ("", None))
        kind = _kind(mine, village, seen)
        why = waiting.get(key[1], "") if mine else ""
        if not why and seen is not None and seen.position > cursor:
            why = "coming"
        theirs = seen.digest if seen else ""
        found.append(Difference(*key, mine.village if mine else village, kind, why, mine.record[1] if mine else "", theirs))
    return found


def _let_go(conn: Connection, ids: Sequence[str]) -> set[str]:
    """Records of which the county took nothing that was said here: one that was deleted then is nobody's business."""
    found: set[str] = set()
    for part in bulk.parts(ids):
        query = select(EVENT.c.entity_id).where(bulk.among(EVENT.c.entity_id, part)).group_by(EVENT.c.entity_id)
        every = (func.min(EVENT.c.status) == "replaced", func.max(EVENT.c.status) == "replaced")
        found |= set(conn.execute(query.having(and_(*every))).scalars())
    return found


def _kind(mine: _Place | None, village: str, seen: Seen | None) -> str:
    if seen is None:
        return "extra"
    if seen.kept:
        return "damaged"
    if mine is None:
        return "missing"
    return "moved" if mine.record[1] == seen.digest and mine.village != village else "differs"


def _waiting(conn: Connection, store: Store, ids: Sequence[str]) -> dict[str, str]:
    """Why these records are not at the county, or not as they are here, through no fault."""
    found: dict[str, str] = {}
    unsettled = outbox.unsettled(conn, store.identity.device)
    for part in bulk.parts(ids):
        laid = select(LAID.c.entity_id).where(bulk.among(LAID.c.entity_id, part))
        found.update(dict.fromkeys(conn.execute(laid).scalars(), "laid"))
        query = select(EVENT.c.entity_id, EVENT.c.status).where(bulk.among(EVENT.c.entity_id, part), unsettled)
        for event in conn.execute(query.order_by(EVENT.c.seq)):
            if found.get(event.entity_id) != "refused":
                found[event.entity_id] = event.status or "unsent"
    return found | dict.fromkeys(left.known(conn).keys() & set(ids), "left")
