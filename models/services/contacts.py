"""联系走访: append-only; a wrong one is retracted, never erased."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from models.errors import RuleError
from models.records import Cell, Record
from models.services.desk import Desk
from models.services.people import must_get, refuse_wrong
from models.store import rows
from models.tables import ENTITIES
from models.tables.check import missing


def add(desk: Desk, person_id: str, cells: Mapping[str, Cell]) -> Record:
    """Record a visit, call or meeting. cells: way, on, by, text, and as known outcome and next_on."""
    person = must_get(desk, person_id)
    full = {"by": Cell.of(desk.account), **cells, "person_id": Cell.of(person_id)}
    refuse_wrong("contact", full)
    lacking = missing(ENTITIES["contact"], {k: c.value for k, c in full.items()})
    if lacking:
        raise RuleError("contact.incomplete", lacking[0].reason + "。", tuple(lacking))
    with desk.store.write(desk.account, "登记走访") as unit:
        made = unit.create("contact", full, village=person.village)
        outcome = cells.get("outcome")
        if outcome and outcome.value and outcome.value != person.return_intent:
            unit.update(
                "person", person_id, {"return_intent": outcome}, source="走访记录", verified_at=str(full["on"].value or "")
            )
    return must_get(desk, made, "contact")


def retract(desk: Desk, contact_id: str) -> Record:
    """A new record that takes an earlier one back; both stay in the history."""
    old = must_get(desk, contact_id, "contact")
    with desk.store.write(desk.account, "撤回走访") as unit:
        made = unit.create(
            "contact",
            {"person_id": Cell.of(old.person_id), "way": Cell.of(old.way), "on": Cell.of(old.on), "by": Cell.of(desk.account),
             "text": Cell.of("撤回"), "retracts": Cell.of(contact_id)},
            village=old.village,
        )  # fmt: skip
    return must_get(desk, made, "contact")


def of_person(desk: Desk, person_id: str) -> list[Record]:
    """Newest first; those that were retracted, and the retractions, are left out."""
    what = ENTITIES["contact"]
    with desk.store.read() as conn:
        query = (
            select(what.table)
            .where(what.table.c.person_id == person_id, what.table.c.deleted.is_(False))
            .order_by(what.table.c.on.desc(), what.table.c.born.desc())
        )
        found = [rows.to_record(what, r) for r in conn.execute(query).mappings()]
    gone = {r.retracts for r in found if r.retracts}
    return [r for r in found if r.id not in gone and not r.retracts]
