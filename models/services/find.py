"""One search for everything: people and requests by characters, pinyin, initials, phone part, ID tail, village."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, select

from models.services.desk import Desk
from models.store import search
from models.tables import ENTITIES
from resources import divisions


@dataclass(frozen=True, slots=True)
class Hit:
    """kind: person or request. id_tail: last 4 of the ID number; phone_tail: last 4 of the telephone; '' when unknown."""

    kind: str
    id: str
    name: str
    village: str
    id_tail: str
    phone_tail: str


# The serial of a paper, as a hand scanner types it from its bar code, or its QR code with what stands around the serial.
_SERIAL = re.compile(r"(?:GY:)?([0-9]{4,12}(?:-[A-Z]{2,4})?-[0-9]{4}-[A-Z]{1,3}P[0-9]{5,})(?::[0-9]+)?")


def _of_paper(conn: Connection, text: str) -> list[tuple[str, str]]:
    """(kind, id) of what a printed paper is about, when that is what was asked for."""
    asked, paper = _SERIAL.fullmatch(text.strip().upper()), ENTITIES["paper"].table
    if asked is None:
        return []
    query = select(paper.c.request_id, paper.c.person_id).where(paper.c.serial == asked[1], paper.c.deleted.is_(False))
    return [("request", r.request_id) if r.request_id else ("person", r.person_id) for r in conn.execute(query) if any(r)]


def find(desk: Desk, text: str, limit: int = 50) -> list[Hit]:
    """The newest first; a name that is exactly what was typed stands before one that begins with it."""
    person, request = ENTITIES["person"].table, ENTITIES["request"].table
    with desk.store.read() as conn:
        found = _of_paper(conn, text) or search.find(conn, text, limit=limit)
        of_person = {i: i for k, i in found if k == "person"}
        requests = [i for k, i in found if k == "request"]
        numbers: dict[str, str] = {}
        for r in conn.execute(select(request.c.id, request.c.person_id, request.c.number).where(request.c.id.in_(requests))):
            of_person[r.id], numbers[r.id] = r.person_id, r.number or ""
        columns = (person.c.id, person.c.name, person.c.village, person.c.id_number, person.c.phone)
        people = {r.id: r for r in conn.execute(select(*columns).where(person.c.id.in_(set(of_person.values()))))}
    hits = []
    for kind, record_id in found:
        who = people.get(of_person.get(record_id, ""))
        if who is None:
            continue
        place = divisions.get(who.village)
        name = who.name if kind == "person" else f"{who.name} {numbers[record_id]}".strip()
        hits.append(Hit(kind, record_id, name, place.name if place else "", (who.id_number or "")[-4:], (who.phone or "")[-4:]))
    return hits
