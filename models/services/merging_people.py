"""Two files of one person become one: what is kept, what comes over, and what came for the other one afterwards.

Whatever hangs on the file that goes is given to the one that stays, as it is and under its own id: a visit, a request
with all its steps, a paper. What belongs to a person or points to one is read from the specs (models.store.moving.links),
so that a new entity comes over without a line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from models import scope
from models.errors import RuleError
from models.fields import Secrecy, State
from models.records import Cell, Origin, Record, parse_json
from models.services import drafts, people, wording
from models.services.desk import Desk
from models.store import bulk, moving, refused
from models.store.unit import Unit
from models.sync import registry
from models.tables import ENTITIES
from models.tables.system import AUDIT
from resources import divisions

VILLAGE = "village"  # in a choice: the village, which is no field
_WITH = {"id_unchecked": "id_number"}  # it says something of the other field, and goes where that one goes
_TYPO = 2  # digits: two ID numbers that differ in more are two people's
_PERSON = ENTITIES["person"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One field of both, in words, masked where it must be. takes: 'kept' or 'gone', whose value stands unless chosen otherwise.

    one_sided: one of the two was never collected. differs: where two masked values differ that may look alike.
    """

    field: str
    label: str
    kept: str
    gone: str
    same: bool
    takes: str
    one_sided: bool = False
    masked: bool = False
    differs: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a merge would do. coming: (label, how many) of what comes over to kept. doubled: both have a family."""

    kept: Record
    gone: Record
    choices: tuple[Choice, ...]
    coming: tuple[tuple[str, int], ...]
    doubled: bool = False


def may(desk: Desk) -> bool:
    """Whether this office merges at all: whoever owns what was entered of a person."""
    return not registry.closed("person", desk.level, entered=False)


def ordered(one: Record, other: Record) -> tuple[Record, Record]:
    """(kept, gone): the one that stands, then the older one. Two offices that merge the same two agree on it; if each
    were to keep the other one, both would be gone."""
    first, second = sorted((one, other), key=lambda r: (bool(r.deleted), r.born, r.id))
    return first, second


def candidates(desk: Desk, person: Record) -> list[Record]:
    """Other files that may be this person's, for an office that may merge them."""
    if not may(desk):
        return []
    found = people.similar(desk, {n: person.cell(n) for n in ("id_number", "name", "born_on")}, person.village, but=person.id)
    return [r for r in found if not _two_people(person.id_number, r.id_number) and scope.covers(desk.office, r.village)]


def _two_people(one: str | None, other: str | None) -> bool:
    """Whether two ID numbers are not one number with a slip of the finger in it."""
    if not one or not other:
        return False
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) > _TYPO


def plan(desk: Desk, kept_id: str, gone_id: str) -> Plan:
    """Both side by side. Raises RuleError when they may not be merged, saying what to do first."""
    kept, gone = people.must_get(desk, kept_id), people.must_get(desk, gone_id)
    with desk.store.read() as conn:
        _refuse(desk, conn, kept, gone)
        coming = _coming(conn, [kept.id, gone.id])
        doubled = all(ENTITIES["family_member"].label in dict(coming.get(i, ())) for i in (kept.id, gone.id))
        return Plan(kept, gone, tuple(_choices(conn, kept, gone)), coming.get(gone.id, ()), doubled)


def _choices(conn: Connection, kept: Record, gone: Record) -> Iterator[Choice]:
    words = wording.Words(conn)
    here, there = (_place(r) for r in (kept, gone))
    yield Choice(VILLAGE, "所在村", here, there, kept.village == gone.village, "kept")
    for spec in _PERSON.specs:
        if spec.name in _WITH or (spec.name == "household_id" and kept.village != gone.village):
            continue  # a household stays where it is: whose village is chosen, that one's household is
        a, b = kept.cell(spec.name), gone.cell(spec.name)
        if a == b == Cell():
            continue
        masked = spec.secrecy is Secrecy.MASKED
        yield Choice(
            spec.name, spec.label, words.of("person", spec.name, a, b, kept), words.of("person", spec.name, b, a, gone), a == b,
            _default(a, b), State.UNCOLLECTED in (a.state, b.state), masked, wording.differs(a, b) if masked else "",
        )  # fmt: skip


def _default(kept: Cell, gone: Cell) -> str:
    return "gone" if kept.state is State.UNCOLLECTED and gone.state is not State.UNCOLLECTED else "kept"


def _place(person: Record) -> str:
    found = divisions.get(person.village)
    return found.name if found else person.village


def _coming(conn: Connection, ids: list[str]) -> dict[str, tuple[tuple[str, int], ...]]:
    """What belongs to each of these people, by its label; visits that were taken back, and what takes them back, do not count."""
    found: dict[str, list[tuple[str, int]]] = {}
    for entity, field in moving.FOLLOWS["person"]:
        table = ENTITIES[entity].table
        for part in bulk.parts(ids):
            wanted = [bulk.among(table.c[field], part), table.c.deleted.is_(False)]
            if "retracts" in table.c:
                back = select(table.c.retracts).where(bulk.among(table.c[field], part), table.c.retracts.is_not(None))
                wanted += [table.c.retracts.is_(None), table.c.id.not_in(back)]
            query = select(table.c[field].label("person"), func.count().label("many")).where(*wanted)
            for r in conn.execute(query.group_by(table.c[field])):
                found.setdefault(r.person, []).append((ENTITIES[entity].label, int(r.many)))
    return {person: tuple(some) for person, some in found.items()}


def _refuse(desk: Desk, conn: Connection, kept: Record, gone: Record) -> None:
    """Raises RuleError when these two may not be merged by this office, or not yet."""
    name = gone.name or "这个人"
    if kept.id == gone.id:
        raise RuleError("merge.same", "这是同一份档案，不需要合并。")
    if not may(desk):
        raise RuleError(
            "merge.owner",
            "人员档案由登记机构（乡镇或村）合并，本级只能查看。请告知乡镇；两份档案不在同一个乡镇的，请先把其中一份迁到另一个乡镇。",
        )
    for one in (kept, gone):
        if not scope.covers(desk.office, one.village):
            raise RuleError(
                "village.foreign", f"{one.name or '这个人'}的档案在{_place(one)}，不在本机构辖区内，不能由本机构合并。请联系上一级办理。"
            )
    if kept.deleted:
        raise RuleError("merge.deleted", f"要保留的{kept.name or '这个人'}的档案已被删除，请先恢复它再合并。")
    if ordered(kept, gone) != (kept, gone):
        raise RuleError("merge.order", "合并时保留先建立的那一份档案，请把两份调换过来；各栏的值仍可任选。")
    conflict = ENTITIES["conflict"].table
    disputed = (conflict.c.record_id == gone.id, conflict.c.settled.is_(None), conflict.c.deleted.is_(False))
    if not gone.deleted and conn.execute(select(conflict.c.id).where(*disputed).limit(1)).first():
        raise RuleError("merge.disputed", f"{name}的一份档案上还有冲突没有处理，请先到“同步”页选定，再合并。")


def _refuse_drafts(conn: Connection, gone: Record) -> None:
    """Raises RuleError while something is being written under the file that goes. Not a plan's business: what was typed until
    it was asked for may be on its way to the disk."""
    begun = next((d for d in drafts.newest(conn) if gone.id in (d.record_id, d.cells.get("person_id", Cell()).value)), None)
    if begun:
        raise RuleError(
            "merge.draft", f"{begun.account}在{gone.name or '这个人'}的一份档案上有没写完的内容，请先写完或放弃，再合并。"
        )


def merge(desk: Desk, kept_id: str, gone_id: str, chosen: Mapping[str, str] | None = None) -> Record:
    """Make two files one; returns the one that stays. One step, which may be undone.

    chosen: by field, and VILLAGE, whose value stands: 'kept' or 'gone'. A field that is not named keeps its value; where it
    was never collected it takes the other's. Raises RuleError; nothing is changed then.
    """
    kept, gone = people.must_get(desk, kept_id), people.must_get(desk, gone_id)
    chosen = chosen or {}
    village = gone.village if chosen.get(VILLAGE) == "gone" else kept.village
    cells = _cells(kept, gone, village, chosen)
    with desk.store.write(desk.account, f"合并{kept.name or '人员'}的两份档案") as unit:
        _refuse(desk, unit.conn, kept, gone)
        _refuse_drafts(unit.conn, gone)
        people.refuse_wrong("person", cells)
        for origin, some in _by_origin(gone, cells):
            unit.update("person", kept_id, some, source=origin.source, verified_at=origin.verified_at)
        if village != kept.village:
            unit.move("person", kept_id, village)
        _hand_over(unit, kept_id, gone_id, village)
        unit.audit("merge", "person", kept_id, {"from": gone_id})
        unit.audit("merge", "person", gone_id, {"into": kept_id})
        if not gone.deleted or refused.of_record(unit.conn, desk.store.identity.device, gone_id):
            unit.delete("person", gone_id)  # what the county had refused of it is settled by this as well
    return people.must_get(desk, kept_id)


def _cells(kept: Record, gone: Record, village: str, chosen: Mapping[str, str]) -> dict[str, Cell]:
    """What changes in the file that stays."""
    wrong = set(chosen) - set(_PERSON.by_name) - {VILLAGE}
    if wrong or not set(chosen.values()) <= {"kept", "gone"}:
        raise RuleError("merge.choice", "选择的栏目不对，没有合并。请重新打开合并窗口。")
    found: dict[str, Cell] = {}
    for name in _PERSON.by_name:
        a, b = kept.cell(name), gone.cell(name)
        said = _WITH.get(name, name)
        takes = chosen.get(said) or _default(kept.cell(said), gone.cell(said))
        if name == "household_id" and kept.village != gone.village:
            takes = "kept" if village == kept.village else "gone"
        if takes == "gone" and a != b:
            found[name] = b
    return found


def _by_origin(gone: Record, cells: Mapping[str, Cell]) -> Iterator[tuple[Origin, dict[str, Cell]]]:
    """The cells by where their values came from: that is still where they came from."""
    for origin in dict.fromkeys(gone.origin(name) for name in cells):
        yield origin, {name: cell for name, cell in cells.items() if gone.origin(name) == origin}


def _hand_over(unit: Unit, kept_id: str, gone_id: str, village: str) -> None:
    """Give everything to the other person, and take to that village what belongs to a person. Tombstones stay as they are."""
    for entity, field in moving.links("person"):
        table = ENTITIES[entity].table
        query = select(table.c.id).where(table.c[field] == gone_id, table.c.deleted.is_(False)).order_by(table.c.born)
        for record_id in unit.conn.execute(query).scalars().all():
            if moving.may_change_owner(entity, field):
                unit.restore(entity, record_id, cells={field: Cell.of(kept_id)})
            else:
                unit.update(entity, record_id, {field: Cell.of(kept_id)})
            if (entity, field) in moving.FOLLOWS["person"]:
                unit.move(entity, record_id, village)


def went_to(desk: Desk, person_id: str) -> Record | None:
    """The file that a deleted one was merged into, as far as this database did it; the last one of a chain."""
    seen, found = {person_id}, None
    with desk.store.read() as conn:
        query = select(AUDIT.c.detail).where(AUDIT.c.entity == "person", AUDIT.c.action == "merge").order_by(AUDIT.c.n.desc())
        here = person_id
        while True:
            said = [parse_json(d).get("into") for d in conn.execute(query.where(AUDIT.c.entity_id == here)).scalars()]
            here = next((i for i in said if i), "")
            if not here or here in seen:
                break
            seen.add(here)
            found = here
    person = people.get(desk, found) if found else None
    return person if person is not None and not person.deleted else None


@dataclass(frozen=True, slots=True)
class Stray:
    """A deleted person to whom something still belongs: it was written elsewhere before that was known. coming: as in Plan."""

    person: Record
    coming: tuple[tuple[str, int], ...]


def strays(desk: Desk, touched: Iterable[tuple[str, str]] | None = None) -> list[Stray]:
    """Deleted people with records that stand. touched: look only at these (entity, id) records, and at whose they are."""
    person = _PERSON.table
    with desk.store.read() as conn:
        query = select(person.c.id).where(person.c.deleted.is_(True))
        if touched is None:
            gone = list(conn.execute(query).scalars())
        else:
            asked = sorted(_owners(conn, list(touched)))
            gone = [i for part in bulk.parts(asked) for i in conn.execute(query.where(bulk.among(person.c.id, part))).scalars()]
        coming = _coming(conn, gone)
    found = people.records(desk, list(coming))
    return [Stray(found[i], some) for i, some in coming.items() if i in found and scope.covers(desk.office, found[i].village)]


def _owners(conn: Connection, touched: list[tuple[str, str]]) -> set[str]:
    """The people among these records, and those to whom the others belong."""
    found = {i for entity, i in touched if entity == "person"}
    for entity, field in moving.FOLLOWS["person"]:
        table = ENTITIES[entity].table
        for part in bulk.parts([i for e, i in touched if e == entity]):
            found |= set(conn.execute(select(table.c[field]).where(bulk.among(table.c.id, part))).scalars())
    return found - {None}
