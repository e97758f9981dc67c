"""Visits and calls: the latest of a person in full, the earlier ones as rows, and those of many people as a ledger."""

from __future__ import annotations

from collections.abc import Sequence

from forms.base import Cell as Printed
from models.records import Record
from models.services import contacts, specs
from models.services.filling import Subject, about, cell, fills_prefix, fills_rows, of_record


@fills_prefix("contact")
def _latest(s: Subject, name: str) -> Printed:
    """A field of the latest contact. With none yet it is known to be empty: the paper goes along on the first visit."""
    found = contacts.of_person(s.desk, s.person.id) if s.person else []
    return of_record("contact", name, found[0]) if found else Printed(specs.by_name("contact", name).label, "")


@fills_rows("contact.earlier")
def _earlier(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """Newest first, without the latest, which stands above in full."""
    if s.person is None:
        return []
    return [_row(s, found, wants, n) for n, found in enumerate(contacts.of_person(s.desk, s.person.id)[1:], 1)]


@fills_rows("contacts")
def _contacts(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """One row a contact of the people chosen: in their order, each person's newest first. person.… is the person's own.

    Whom nobody has contacted yet has a row that says so: who was left out is what the ledger is read for.
    """
    out: list[dict[str, Printed]] = []
    for person in s.people:
        one = Subject(s.desk, person, None, s.extra)
        found = contacts.of_person(s.desk, person.id)
        out += [_row(one, each, wants, n) | about(person) for n, each in enumerate(found, len(out) + 1)]
        if not found:
            blank = {"no": str(len(out) + 1), "text": "尚无联系记录"}
            out.append({w: cell(one, w) if "." in w else Printed(w, blank.get(w, "")) for w in wants} | about(person))
    return out


def _row(s: Subject, contact: Record, wants: Sequence[str], n: int) -> dict[str, Printed]:
    return {
        w: Printed("序号", str(n)) if w == "no" else cell(s, w) if "." in w else of_record("contact", w, contact) for w in wants
    }
