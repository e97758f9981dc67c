"""人员: save, find, list, reveal; family members and what an ID number tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from models import scope
from models.base import local_date
from models.errors import FieldError, RuleError
from models.fields import Secrecy, State
from models.records import Cell, Record
from models.services.desk import Desk
from models.services.owners import refuse_foreign
from models.store import rows, search
from models.tables import ENTITIES
from models.tables.check import check, missing
from models.types import idnumber, names, phone
from resources import divisions

_CHUNK = 500
MOST_FOUND = 5000  # people that a text may find: with one letter it would be half a county


def save(
    desk: Desk, person_id: str | None, cells: Mapping[str, Cell], village: str = "", *, source: str = "", verified_at: str = ""
) -> Record:
    """Create (person_id None) or change a person; cells by field name. village: registered village, kept when ''.

    Raises RuleError whose fields say what to mend; nothing is stored then. source says where the values came from.
    """
    cells = normalise(cells)
    refuse_wrong("person", cells)
    if person_id is not None:
        refuse_foreign(desk, "person", must_get(desk, person_id), cells)
    with desk.store.write(desk.account, "登记人员" if person_id is None else "修改人员") as unit:
        if person_id is None:
            lacking = missing(ENTITIES["person"], {k: c.value for k, c in cells.items()})
            if lacking:
                raise RuleError(
                    "person.incomplete",
                    "还缺：" + "、".join(e.reason.removeprefix("缺少") for e in lacking) + "。",
                    tuple(lacking),
                )
            in_scope(desk, village)
            person_id = unit.create("person", cells, village=village, source=source)
        else:
            unit.update("person", person_id, cells, source=source, verified_at=verified_at)
    return must_get(desk, person_id)


def in_scope(desk: Desk, village: str) -> None:
    """Raises RuleError for a village that is not this office's."""
    if village and not scope.covers(desk.office, village):
        raise RuleError("village.foreign", "所选的村不在本机构辖区内。", (FieldError("village", "不在本机构辖区内"),))


def refuse_wrong(entity: str, cells: Mapping[str, Cell]) -> None:
    errors = check(ENTITIES[entity], cells)
    number = cells.get("id_number")
    if (
        number
        and number.state is State.KNOWN
        and number.value
        and not (cells.get("id_unchecked") and cells["id_unchecked"].value)
    ):
        try:
            idnumber.parse(str(number.value), today=local_date())
        except RuleError as e:
            errors = [x for x in errors if x.field != "id_number"] + [FieldError("id_number", e.sentence)]
    if errors:
        raise RuleError(f"{entity}.wrong", errors[0].reason.rstrip("。") + "。", tuple(errors))


def normalise(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """Cells as they are stored: names tidied, ID numbers with 18 characters, telephones as digits.

    An ID number that cannot be read is left as typed, for the check to name; a telephone raises RuleError.
    """
    tidy = dict(cells)
    for name, cell in cells.items():
        if not isinstance(cell.value, str) or cell.state not in (State.KNOWN, State.TO_VERIFY):
            continue
        if name in ("name", "bank_name"):
            tidy[name] = Cell(cell.state, names.normalise(cell.value))
        elif name == "id_number" and cell.state is State.KNOWN:
            try:
                tidy[name] = Cell(cell.state, idnumber.parse(cell.value).text)
            except RuleError:
                tidy[name] = Cell(cell.state, cell.value.strip().upper())
        elif name in ("phone", "phone2") and cell.state is State.KNOWN:
            tidy[name] = Cell(cell.state, _one_phone(name, cell.value))
    return tidy


def _one_phone(field: str, typed: str) -> str:
    """The one number of a field. Raises RuleError under the field's name; a second number is never dropped."""
    try:
        return phone.single(typed)
    except RuleError as e:
        raise RuleError(e.code, e.sentence, (FieldError(field, e.sentence),)) from e


def normalise_quietly(cells: Mapping[str, Cell]) -> dict[str, Cell]:
    """normalise() for what is half typed: a number that cannot be read yet is left out, and nothing is raised."""
    found: dict[str, Cell] = {}
    for name, cell in cells.items():
        try:
            found.update(normalise({name: cell}))
        except RuleError:
            continue
    return found


def told_by_id(text: str) -> tuple[dict[str, Cell], tuple[str, ...]]:
    """(cells that an ID number fills: birth date and sex, warnings). Raises RuleError for a number that is wrong."""
    found = idnumber.parse(text, today=local_date())
    return {"born_on": Cell.of(found.birth.isoformat()), "sex": Cell.of(found.sex)}, tuple(found.warnings)


def get(desk: Desk, person_id: str) -> Record | None:
    return desk.store.get("person", person_id)


def must_get(desk: Desk, person_id: str, entity: str = "person") -> Record:
    found = desk.store.get(entity, person_id)
    if found is None:
        raise RuleError("record.unknown", f"没有编号为 {person_id} 的{ENTITIES[entity].label}记录。")
    return found


def _sorting(column: str, descending: bool) -> ColumnElement[object]:
    table = ENTITIES["person"].table
    chosen = table.c.get(column, table.c.changed)
    return chosen.desc().nulls_last() if descending else chosen.asc().nulls_last()


def ids(
    desk: Desk,
    *,
    text: str = "",
    village: str = "",
    kind: str = "",
    intent: str = "",
    sort: str = "changed",
    descending: bool = True,
) -> list[str]:
    """Ids of people, sorted and filtered in SQL. village: a village's or a township's code; text: as in find, and then
    MOST_FOUND at most, the newest."""
    table = ENTITIES["person"].table
    wanted: list[ColumnElement[bool]] = [table.c.deleted.is_(False)]
    if village:
        prefix = scope.prefix_of(village)
        wanted += [table.c.county == village[:6], table.c.village >= prefix, table.c.village < scope.next_prefix(prefix)]
    if kind:
        wanted.append(table.c.kind == kind)
    if intent:
        wanted.append(table.c.return_intent == intent)
    with desk.store.read() as conn:
        if text.strip():
            hits = [i for _, i in search.find(conn, text, kinds=("person",), limit=MOST_FOUND)]
            wanted.append(or_(*[table.c.id.in_(hits[s : s + _CHUNK]) for s in range(0, max(len(hits), 1), _CHUNK)]))
        query = select(table.c.id).where(*wanted).order_by(_sorting(sort, descending), table.c.id)
        return list(conn.execute(query).scalars())


def records(desk: Desk, wanted: Sequence[str], entity: str = "person") -> dict[str, Record]:
    """Records by id; what is not there is left out."""
    what, found = ENTITIES[entity], {}
    with desk.store.read() as conn:
        for start in range(0, len(wanted), _CHUNK):
            query = select(what.table).where(what.table.c.id.in_(list(wanted[start : start + _CHUNK])))
            found.update({r["id"]: rows.to_record(what, r) for r in conn.execute(query).mappings()})
    return found


def reveal(desk: Desk, entity: str, record_id: str, field: str) -> str:
    """A masked value in full; the asking is logged in the audit chain."""
    spec = ENTITIES[entity].by_name[field]
    value = must_get(desk, record_id, entity).cell(field).value
    if spec.secrecy is Secrecy.MASKED:
        with desk.store.write(desk.account, "查看原值") as unit:
            unit.audit("reveal", entity, record_id, {"field": field})
    return str(value or "")


def similar(desk: Desk, cells: Mapping[str, Cell], village: str = "", *, but: str = "") -> list[Record]:
    """People who may be the same: equal ID number, else equal name and birth date, or name in one village."""
    table = ENTITIES["person"].table
    number, name, born = (cells.get(k, Cell()).value for k in ("id_number", "name", "born_on"))
    either: list[ColumnElement[bool]] = []
    if number:
        either.append(table.c.id_number == number)
    if name and born:
        either.append((table.c.name == name) & (table.c.born_on == born))
    elif name and village:
        either.append((table.c.name == name) & (table.c.village == village))
    if not either:
        return []
    with desk.store.read() as conn:
        query = select(table).where(table.c.deleted.is_(False), table.c.id != but, or_(*either)).limit(20)
        return [rows.to_record(ENTITIES["person"], r) for r in conn.execute(query).mappings()]


def move(desk: Desk, person_id: str, village: str) -> Record:
    """Give a person, with the family, visits and requests, to another village of this office's subtree.

    Raises RuleError for a village outside it, or when the person stands outside. The household stays where it is.
    """
    person = must_get(desk, person_id)
    place = divisions.get(village)
    if place is None or place.level != "village":
        raise RuleError("village.unknown", f"没有村（社区）{village}。请从名单中选择要迁入的村。", (FieldError("village", "没有这个村"),))
    if not scope.covers(desk.office, village) or not scope.covers(desk.office, person.village):
        raise RuleError(
            "village.foreign", f"{place.name}不在本机构辖区内，不能由本机构迁移。请联系上一级（乡镇或县专班）办理。",
            (FieldError("village", "不在本机构辖区内"),),
        )  # fmt: skip
    with desk.store.write(desk.account, f"迁移{person.name or '人员'}") as unit:
        if person.household_id and village != person.village:
            unit.update("person", person_id, {"household_id": Cell()})
        unit.move("person", person_id, village)
    return must_get(desk, person_id)


def delete(desk: Desk, person_id: str) -> None:
    """A tombstone; undo restores it."""
    with desk.store.write(desk.account, "删除人员") as unit:
        unit.delete("person", person_id)


def family(desk: Desk, person_id: str) -> list[Record]:
    what = ENTITIES["family_member"]
    with desk.store.read() as conn:
        query = (
            select(what.table)
            .where(what.table.c.person_id == person_id, what.table.c.deleted.is_(False))
            .order_by(what.table.c.born)
        )
        return [rows.to_record(what, r) for r in conn.execute(query).mappings()]


def save_member(desk: Desk, person_id: str, member_id: str | None, cells: Mapping[str, Cell]) -> Record:
    cells = normalise(cells)
    refuse_wrong("family_member", cells)
    person = must_get(desk, person_id)
    if member_id is not None:
        refuse_foreign(desk, "family_member", must_get(desk, member_id, "family_member"), cells)
    with desk.store.write(desk.account, "登记家庭成员" if member_id is None else "修改家庭成员") as unit:
        if member_id is None:
            full = {**cells, "person_id": Cell.of(person_id)}
            lacking = missing(ENTITIES["family_member"], {k: c.value for k, c in full.items()})
            if lacking:
                raise RuleError("family_member.incomplete", lacking[0].reason + "。", tuple(lacking))
            member_id = unit.create("family_member", full, village=person.village)
        else:
            unit.update("family_member", member_id, cells)
    return must_get(desk, member_id, "family_member")


def age(born_on: str | None, today: date) -> int | None:
    """Full years, or None when the day is not known to the year."""
    if not born_on:
        return None
    year, month, day = (int(x) for x in (born_on + "-01-01").split("-")[:3])
    return today.year - year - ((today.month, today.day) < (month, day))
