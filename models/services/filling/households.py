"""The household of a person and those who belong to it: 家庭成员 of the person's file, and others of the same 户."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from forms.base import Cell as Printed
from models.records import Record
from models.services import people as service
from models.services import specs
from models.services.desk import Desk
from models.services.filling import Subject, fills_prefix, fills_rows, of_record
from models.services.filling.people import age, sex
from models.store import rows
from models.tables import ENTITIES

_HEAD = ("01", "02")  # 本人 and 户主: whose relation to the head is the relation to the person


@fills_prefix("household")
def _household(s: Subject, name: str) -> Printed:
    """A field of the household that the person is in."""
    spec = specs.by_name("household", name)
    found = s.desk.store.get("household", s.person.household_id) if s.person and s.person.household_id else None
    return of_record("household", name, found) if found else Printed(spec.label, "", "u")


@fills_rows("family")
def _family(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """The person's family as it is known, then those of the household that the family does not name yet."""
    if s.person is None:
        return []
    members = service.family(s.desk, s.person.id)
    found = [_row("family_member", m, wants, of_record("family_member", "relation", m)) for m in members]
    head = str(s.person.relation or "") in _HEAD
    for mate in _housemates(s.desk, s.person, members):
        relation = of_record("person", "relation", mate)
        if relation.text and not head:
            relation = Printed(relation.label, f"户主之{relation.text.removeprefix('户主')}" if mate.relation not in _HEAD else "户主")
        found.append(_row("person", mate, wants, relation))
    return [_numbered(row, n, wants) for n, row in enumerate(found, 1)]


@fills_rows("family.needs")
def _needs(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """The members of the family for whom a service is wanted."""
    if s.person is None:
        return []
    members = [m for m in service.family(s.desk, s.person.id) if m.needs]
    found = [_row("family_member", m, wants, of_record("family_member", "relation", m)) for m in members]
    return [_numbered(row, n, wants) for n, row in enumerate(found, 1)]


def _numbered(row: dict[str, Printed], n: int, wants: Sequence[str]) -> dict[str, Printed]:
    return {w: Printed("序号", str(n)) if w == "no" else row[w] for w in wants}


def _row(entity: str, record: Record, wants: Sequence[str], relation: Printed) -> dict[str, Printed]:
    made = {"relation": relation, "sex": sex(entity, record), "age": age(entity, record), "where": _where(entity, record)}
    return {w: made[w] if w in made else _field(entity, w, record) for w in wants if w != "no"}


def _field(entity: str, name: str, record: Record) -> Printed:
    """Of a person in the household there is no 服务需求 of a member: what worries them is in their own file."""
    return of_record(entity, "worries" if (entity, name) == ("person", "needs") else name, record)


def _where(entity: str, record: Record) -> Printed:
    """School, else work: where somebody is in the day."""
    at_school = of_record(entity, "school", record) if entity == "family_member" else None
    return at_school if at_school and at_school.text else of_record(entity, "employer", record)


def _housemates(desk: Desk, person: Record, members: Sequence[Record]) -> list[Record]:
    """Other people of the household whom no member of the family stands for, by link, ID number, or name and birth date."""
    if not person.household_id:
        return []
    what = ENTITIES["person"]
    with desk.store.read() as conn:
        query = select(what.table).where(
            what.table.c.household_id == person.household_id, what.table.c.id != person.id, what.table.c.deleted.is_(False)
        )
        found = [rows.to_record(what, r) for r in conn.execute(query.order_by(what.table.c.born)).mappings()]
    linked = {m.linked_person_id for m in members if m.linked_person_id}
    numbers = {m.id_number for m in members if m.id_number}
    known = {(m.name, m.born_on) for m in members}
    return [p for p in found if p.id not in linked and p.id_number not in numbers and (p.name, p.born_on) not in known]
