"""Comparing over sticks: one question there, one answer back, so that an office without a network knows what differs.

A question holds counts and sums so finely divided that the county can list, record by record, every place that differs
(models.sync.reconcile). What is to be mended goes with the next question: records that the county lost are given back, what is
missing or differs here is asked for by id. Decision 9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, true

from models.errors import RuleError
from models.store import bulk, outbox, settings
from models.store.unit import Store
from models.sync import adopt, comparing, enrol, position, reconcile, repairing, returning, wire
from models.sync.columns import Item
from models.sync.comparing import Comparison, Difference
from models.sync.reconcile import LISTED, RANDOM, Hashed, Part, Sum, Told
from models.sync.registry import SYNCED
from models.sync.returning import Returned
from models.tables import ENTITIES

LEAF = 192  # records that one sum covers on average: with chance on top still fewer than LISTED
MOST = 8 << 20  # bytes of a question
MOST_LEAVES = 100_000
MEND, FOUND, ASKED = "compare.mend", "compare.found", "compare.asked"  # settings: see below
_HEX = set("0123456789abcdef")


class Group(msgspec.Struct, frozen=True, array_like=True):
    """The records of an entity in a village, divided by the first `depth` random digits of their ids."""

    village: str
    depth: int
    leaves: list[tuple[str, int, str]]  # digits, count, sum; empty ones are left out


class Question(msgspec.Struct, frozen=True):
    """groups: by entity. wanted: records to send; returned: records that the county may have lost."""

    groups: dict[str, list[Group]]
    wanted: list[tuple[str, str]] = []
    returned: list[Returned] = []


class Word(msgspec.Struct, frozen=True):
    """The county's answer: every part that differs with its records. more: there was no room for all of them.

    statuses: what became of records that were given back (models.sync.returning).
    """

    parts: list[Part]
    told: list[Told]
    more: bool
    statuses: dict[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """The county's word as an answer brought it, about this device as it stands now. items: the records that were wanted."""

    word: Word
    items: Sequence[Item]
    at: str


@dataclass
class Done:
    """found: the comparison. restored: records that the county took back; pulled: brought from it; said: to be sent again."""

    found: Comparison
    more: bool = False
    restored: int = 0
    pulled: int = 0
    said: int = 0
    touched: list[tuple[str, str]] = field(default_factory=list)


# ---- the device asks


def question(store: Store) -> bytes:
    """What to ask on a stick. With the setting MEND it also asks to mend what the last comparison found (FOUND); ASKED
    remembers what was asked for."""
    with bulk.uncollected(), store.read() as conn:
        groups = {entity: _groups(conn, entity) for entity in SYNCED}
        faults = last_found(conn) if settings.get(conn, MEND, False) else []
        given = [f for f in faults if f.kind in repairing.GIVEN and f.here][: returning.MOST // 2]
        asked = Question(
            {entity: those for entity, those in groups.items() if those},
            [(f.entity, f.id) for f in faults[: reconcile.MOST_IDS]], repairing.returned(conn, given),
        )  # fmt: skip
    records = sum(leaf[1] for those in groups.values() for g in those for leaf in g.leaves)
    with store.transaction() as conn:
        settings.put(conn, ASKED, {"records": records, "wanted": [list(w) for w in asked.wanted]})
    return msgspec.json.encode(asked)


def _groups(conn: Connection, entity: str) -> list[Group]:
    found: dict[str, list[Hashed]] = {}
    for village, record in reconcile.hashed(conn, ENTITIES[entity], true()):
        found.setdefault(village, []).append(record)
    return [Group(village, *_leaves(found[village], 1)) for village in sorted(found)]


def _leaves(records: Sequence[Hashed], which: int, depth: int = -1) -> tuple[int, list[tuple[str, int, str]]]:
    """(depth, leaves) of a group; which: as in reconcile.buckets."""
    while depth < 0 or (depth < reconcile.DEEPEST and len(records) > LEAF * 16**depth and which == 1):
        depth += 1
    by_digits: dict[str, list[str]] = {}
    for record in records:
        by_digits.setdefault(record[0][RANDOM : RANDOM + depth], []).append(record[which])
    sums = {digits: reconcile.sum_of("".join(those), len(those)) for digits, those in by_digits.items()}
    return depth, [(digits, *sums[digits]) for digits in sorted(sums)]


# ---- the county answers


def answer(conn: Connection, own: enrol.ServerKeys, office: str, device: str, asked: Question) -> list[bytes]:
    """Take back what is given, and say what differs: a word and a page of what was wanted."""
    statuses = returning.take(conn, office, device, msgspec.json.encode(asked.returned)) if asked.returned else {}
    parts, told, more = _differing(conn, office, device, asked.groups)
    wanted = reconcile.wanted(conn, office, msgspec.json.encode(asked.wanted)) if asked.wanted else []
    word = wire.pack_word(own.id, own.signing, Word(parts, told, more, statuses))
    return [word, wire.pack_page(own.id, own.signing, wanted, 0, more=False)]


def read_question(body: bytes) -> Question:
    """Raises RuleError for a question that is none, or asks for too much."""
    if len(body) > MOST:
        raise RuleError("compare.large", "一次核对的内容过多，县级没有接受。")
    asked: Question = reconcile.decoded(body, Question)
    groups = [g for those in asked.groups.values() for g in those]
    leaves = sum(len(g.leaves) for g in groups)
    if len(asked.wanted) > reconcile.MOST_IDS or len(asked.returned) > returning.MOST:
        raise RuleError("compare.large", "一次核对的内容过多，县级没有接受。")
    if leaves > MOST_LEAVES or any(not 0 <= g.depth <= reconcile.DEEPEST for g in groups):
        raise RuleError("compare.large", "一次核对的内容过多，县级没有接受。")
    if any(len(d) != g.depth or set(d) - _HEX for g in groups for d, _count, _sum in g.leaves):
        raise RuleError("compare.malformed", "核对的内容无法读懂，县级没有接受。")
    return asked


def _differing(
    conn: Connection, office: str, device: str, theirs: Mapping[str, Sequence[Group]]
) -> tuple[list[Part], list[Told], bool]:
    looking = reconcile.Looking(conn, office, device)
    parts: list[Part] = []
    told: list[Told] = []
    for entity in SYNCED:
        here = reconcile.sums(conn, entity, reconcile.visible(office, entity))
        asked = {g.village: g for g in theirs.get(entity, ())}
        for village in sorted({*here, *asked}):
            group = asked.get(village, Group(village, 0, []))
            if _added(group) == here.get(village, reconcile.NONE):
                continue
            for prefix in _prefixes(looking, entity, group):
                if looking.spent() or len(parts) >= reconcile.MOST_PARTS:
                    return parts, told, True
                parts.append(Part(entity, village, prefix))
                told.append(looking.at(parts[-1]))
    return parts, told, False


def _added(group: Group) -> Sum:
    """The sum of a whole group: sums are additive."""
    count, low, high = 0, 0, 0
    try:
        for _digits, many, digest in group.leaves:
            count, low, high = count + many, low + int(digest[:16], 16), high + int(digest[16:], 16)
    except ValueError:
        return count, "damaged"
    return count, f"{low % (1 << 64):016x}{high % (1 << 64):016x}"


def _prefixes(looking: reconcile.Looking, entity: str, group: Group) -> Iterable[str]:
    """The parts of a group that differ, each small enough to be listed."""
    records = looking.group(entity, group.village)
    here = {d: (n, s) for d, n, s in _leaves(records, 2, group.depth)[1]}
    theirs = {d: (n, s) for d, n, s in group.leaves}
    for digits in sorted({*here, *theirs}):
        if here.get(digits) != theirs.get(digits):
            yield from _small(records, digits)


def _small(records: Sequence[Hashed], prefix: str) -> Iterable[str]:
    found = reconcile.within(records, prefix)
    if len(found) <= LISTED or len(prefix) >= reconcile.DEEPEST:
        yield prefix
    else:
        for digit in "0123456789abcdef":
            yield from _small(found, prefix + digit)


# ---- the device takes the answer


def read(parts: Sequence[bytes], public: bytes, at: str) -> Said:
    """Raises RuleError for a word that is none."""
    word = wire.read_word(parts[0], public, Word)
    if len(word.parts) != len(word.told):
        raise RuleError("compare.answer", "县级对核对的回答不完整，没有改动任何内容。请再写一次 U 盘。")
    return Said(word, wire.read_page(parts[1], public)[1], at)


def is_about_now(conn: Connection, last_seq: int, ends_at: int) -> bool:
    """Whether this device stands where the county's word was given: it has all receipts and all pages of that answer and
    none of a later one. Otherwise what was listed would be compared with another state."""
    return outbox.acked(conn) == last_seq and position.cursor(conn) == ends_at


def take(store: Store, said: Said, actor: str) -> Done:
    """Mend what was asked for, then say what differs. The caller has asked is_about_now()."""
    done = Done(Comparison(), said.word.more)
    with store.transaction() as conn:
        faults = {(f.entity, f.id): f for f in last_found(conn)}
        remembered = settings.get(conn, ASKED) or {}
        asked = {(e, i) for e, i in remembered.get("wanted", ())}
        items = [i for i in said.items if (i.entity, i.id) in asked]
        if items:
            repairing.seal(conn, [f for key, f in faults.items() if key in asked])
            done.touched = adopt.adopt(conn, store, items, position.cursor(conn))
    done.pulled, done.restored = len(done.touched), list(said.word.statuses.values()).count("restored")
    came = {i.id for i in said.items}
    done.found = comparing.listed(store, zip(said.word.parts, said.word.told, strict=True))
    done.found.records = int(remembered.get("records", 0))
    lost = [
        f for f in done.found.faults
        if f.kind == "extra" and said.word.statuses.get(f.id) == "unknown" and f.id not in came and (f.entity, f.id) in asked
    ]  # fmt: skip
    done.said = repairing.say_again(store, lost, actor)
    if done.said:
        done.found = comparing.listed(store, zip(said.word.parts, said.word.told, strict=True))
        done.found.records = int(remembered.get("records", 0))
    with store.transaction() as conn:
        keep_found(conn, done.found.faults)
        if said.word.statuses or items or not done.found.faults:
            settings.put(conn, MEND, None)
    return done


def last_found(conn: Connection) -> list[Difference]:
    """What the last comparison found amiss, as far as one repair goes."""
    found: list[Difference] = msgspec.convert(settings.get(conn, FOUND, []), list[Difference])
    return found


def keep_found(conn: Connection, faults: Sequence[Difference]) -> None:
    settings.put(conn, FOUND, [msgspec.to_builtins(f) for f in faults[: reconcile.MOST_IDS]] or None)
