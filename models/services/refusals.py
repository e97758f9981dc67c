"""What the county has refused: of which person or request, why, and how it is written anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, literal, select

from models.errors import RuleError
from models.records import Record, parse_json
from models.services.desk import Desk
from models.services.people import must_get
from models.services.titles import titles_of
from models.store import bulk, left
from models.sync import registry
from models.tables import ENTITIES
from models.tables.system import EVENT

# The field by which a record hangs on the person or the request whose page shows it, and which of the two.
_OWNER = {
    "contact": ("person_id", "person"), "family_member": ("person_id", "person"), "request_event": ("request_id", "request"),
    "referral": ("request_id", "request"), "attachment": ("owner_id", ""),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """errors: (field, Chinese reason) pairs; the field is '' for a reason that concerns the whole record.

    restorable: it was deleted in the meantime, and this office may bring it back.
    """

    entity: str
    record_id: str
    title: str
    errors: tuple[tuple[str, str], ...]
    restorable: bool = False


def owners_of(conn: Connection, records: Sequence[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """id → (person or request, its id): whose page shows each of these (entity, id) records."""
    found = {i: (entity, i) for entity, i in records if entity in ("person", "request")}
    for entity in {e for e, _ in records} & set(_OWNER):
        name, kind = _OWNER[entity]
        table = ENTITIES[entity].table
        which = literal(kind) if kind else table.c.owner_entity
        for part in bulk.parts([i for e, i in records if e == entity]):
            query = select(table.c.id, table.c[name].label("owner"), which.label("kind")).where(bulk.among(table.c.id, part))
            found.update({r.id: (r.kind, r.owner) for r in conn.execute(query) if r.kind in ("person", "request")})
    clashes = [i for e, i in records if e == "conflict"]
    if clashes:
        table, disputed = ENTITIES["conflict"].table, dict[str, tuple[str, str]]()
        for part in bulk.parts(clashes):
            query = select(table.c.id, table.c.entity, table.c.record_id).where(bulk.among(table.c.id, part))
            disputed.update({r.id: (r.entity, r.record_id) for r in conn.execute(query) if r.entity != "conflict"})
        owners = owners_of(conn, list(disputed.values()))
        found.update({i: owners[record_id] for i, (_, record_id) in disputed.items() if record_id in owners})
    return found


def errors_in(detail: str | None, away: bool = False) -> tuple[tuple[str, str], ...]:
    """The errors of a stored outcome. away: the record left this office, which the county does not say to whoever it left."""
    return (("", left.SENTENCE),) if away else tuple((e[0], e[1]) for e in (parse_json(detail) or {}).get("errors", ()))


def refused_of(desk: Desk, owner: str) -> list[Refusal]:
    """What the county has refused of a person or a request (its id), and of the visits, members and steps that hang on it."""
    e, found = EVENT.c, dict[str, Refusal]()
    with desk.store.read() as conn:
        query = select(e.entity, e.entity_id, e.detail).where(e.status == "refused", e.device == desk.store.identity.device)
        refused = conn.execute(query.order_by(e.seq)).all()
        owners = owners_of(conn, [(r.entity, r.entity_id) for r in refused])
        mine = [r for r in refused if owners.get(r.entity_id, ("", ""))[1] == owner]
        titles, away = titles_of(conn, [(r.entity, r.entity_id) for r in mine]), left.known(conn)
    for r in mine:
        errors = errors_in(r.detail, r.entity_id in away) or (("", "县级未接收，没有说明原因"),)
        gone = bool((parse_json(r.detail) or {}).get("deleted")) and may_restore(desk, r.entity, r.entity_id)
        found[r.entity_id] = Refusal(r.entity, r.entity_id, titles.get(r.entity_id, ""), errors, gone)
    return list(found.values())


def has_left(desk: Desk, record_id: str) -> bool:
    """Whether this person or request is another office's by now, and here only for what was typed and not taken."""
    with desk.store.read() as conn:
        return record_id in left.known(conn)


def let_go(desk: Desk, entity: str, record_id: str) -> None:
    """A person or a request that left was read: it goes, with all that hangs on it and what the county refused of it."""
    with desk.store.write(desk.account, "移去已转走的档案") as unit:
        unit.audit("left", entity, record_id)
        unit.touched += left.let_go(unit.conn, desk.store.identity.device, entity, record_id)


def may_restore(desk: Desk, entity: str, record_id: str) -> bool:
    """Whether this office may bring a deleted record back; else whoever entered it has to."""
    record = desk.store.get(entity, record_id)
    return record is not None and registry.may_remove(entity, desk.level, entered=record.office == desk.office)


def restore(desk: Desk, entity: str, record_id: str) -> Record:
    """Bring back a record that was deleted elsewhere while it was changed here: the change goes with it."""
    if not may_restore(desk, entity, record_id):
        raise RuleError("record.foreign", "这条记录是别的机构登记的，请登记它的机构先恢复，再修改。")
    with desk.store.write(desk.account, "恢复被删除的记录") as unit:
        unit.restore(entity, record_id)
    return must_get(desk, record_id, entity)


def take_back(desk: Desk, entity: str, record_id: str) -> Record:
    """A refused visit or step cannot be changed, but it can be written anew: it is taken out here, and its line with it.

    Returns what was written, which the caller has put into a draft before. Raises RuleError unless the county refused it.
    """
    record = must_get(desk, record_id, entity)
    with desk.store.read() as conn:
        owner = owners_of(conn, [(entity, record_id)]).get(record_id, ("", ""))[1]
    if not ENTITIES[entity].append_only or record_id not in {x.record_id for x in refused_of(desk, owner)}:
        raise RuleError("sync.taken", "县级没有退回这条记录，不能取回。")
    with desk.store.write(desk.account, "取回未被接收的记录") as unit:
        unit.delete(entity, record_id)
    return record
