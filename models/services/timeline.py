"""Everything about a person on one time line: visits, requests and their steps, papers, changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from models.base import CHINA, hlc_moment, parse_stamp
from models.catalog import flow
from models.records import changes_of, parse_json
from models.services import conflicts, printed
from models.services.desk import Desk
from models.store import rules
from models.tables import ENTITIES
from models.tables.system import AUDIT, EVENT
from resources import codes, divisions


@dataclass(frozen=True, slots=True)
class Entry:
    """at: ISO day or minute in Chinese time, sorts as text; kind: contact, request, step, referral, paper, list (a paper that
    names them among others), attachment, conflict, change."""

    at: str
    kind: str
    title: str
    text: str
    entity: str
    record_id: str
    by: str


def _minute(stamp: str) -> str:
    return parse_stamp(stamp).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def of_person(desk: Desk, person_id: str) -> list[Entry]:
    """Newest first."""
    contact, request, step = (ENTITIES[n].table for n in ("contact", "request", "request_event"))
    referral, paper = ENTITIES["referral"].table, ENTITIES["paper"].table
    found: list[Entry] = []
    with desk.store.read() as conn:
        # What was said again under another number is the same change. They come before whatever else has their minute:
        # nothing can happen to somebody who is not entered yet.
        events = select(EVENT).where(EVENT.c.entity == "person", EVENT.c.entity_id == person_id, EVENT.c.origin.is_(None))
        found.extend(_change(ev) for ev in conn.execute(events.order_by(EVENT.c.at)))
        contacts = conn.execute(select(contact).where(contact.c.person_id == person_id, contact.c.deleted.is_(False))).all()
        retracted = {c.retracts for c in contacts if c.retracts}
        for c in contacts:
            if not c.retracts and c.id not in retracted:
                found.append(
                    Entry(c.on, "contact", codes.table("contact_way").label(c.way), c.text or "", "contact", c.id, c.by or "")
                )
        requests = conn.execute(select(request).where(request.c.person_id == person_id, request.c.deleted.is_(False))).all()
        names = rules.item_names(conn, desk.office)
        of_request = {r.id: names.get(r.item, r.item) for r in requests}
        for r in requests:
            found.append(Entry(r.received_on, "request", f"诉求 {of_request[r.id]}", r.text or "", "request", r.id, r.changed_by))
        for e in conn.execute(select(step).where(step.c.request_id.in_(of_request), step.c.deleted.is_(False))):
            title = f"{flow.label(e.kind)} {of_request[e.request_id]}"
            found.append(Entry(_minute(e.at), "step", title, e.text or "", "request", e.request_id, e.by or ""))
        for f in conn.execute(select(referral).where(referral.c.request_id.in_(of_request), referral.c.answer.is_not(None))):
            found.append(
                Entry(f.answered_on or f.sent_on, "referral", "承办答复", f.answer, "request", f.request_id, f.answered_by or "")
            )
        of_list: dict[str, str] = {}
        lists = printed.lists_of(conn, [*_files(conn, person_id), *of_request])
        query = select(paper).where(
            (paper.c.person_id == person_id) | paper.c.request_id.in_(of_request) | paper.c.id.in_(lists), paper.c.deleted.is_(False)
        )
        for p in conn.execute(query):
            # Its minute, as a step's: with the day alone it would stand below what came before it on that day.
            minute = hlc_moment(p.born).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
            at = minute if minute.startswith(p.on or "") else p.on
            kind, title = ("list", f"打印 {p.form}（列在其中）") if p.id in lists else ("paper", f"打印 {p.form}")
            found.append(Entry(at, kind, title, p.serial, "paper", p.id, p.by or ""))
            if kind == "list":
                of_list[p.id] = p.form
        visits = {c.id for c in contacts if not c.retracts} - retracted
        found += _attachments(conn, [person_id, *visits], of_request | of_list)
        found += [_conflict(p) for p in conflicts.history(conn, desk, [person_id, *of_request])]
        found += _merged(conn, person_id)
    found.reverse()  # of one minute, too, the later one first
    return sorted(found, key=lambda e: e.at, reverse=True)


def _attachments(conn: Connection, plain: Sequence[str], named: Mapping[str, str]) -> list[Entry]:
    """What was attached to these records, to those of named (id → name) by that name: one entry for those of one record and
    minute."""
    table = ENTITIES["attachment"].table
    query = select(table.c.owner_entity, table.c.owner_id, table.c.title, table.c.born, table.c.changed_by)
    owners = [*plain, *named]
    found: dict[tuple[str, str], Entry] = {}
    for a in conn.execute(query.where(table.c.owner_id.in_(owners), table.c.deleted.is_(False)).order_by(table.c.born)):
        at = hlc_moment(a.born).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
        before = found.get((at, a.owner_id))
        text = f"{before.text}、{a.title}" if before else a.title
        title = f"附件 {named.get(a.owner_id, '')}".strip()
        found[at, a.owner_id] = Entry(at, "attachment", title, text, a.owner_entity, a.owner_id, a.changed_by)
    return list(found.values())


def _merges(conn: Connection, person_id: str) -> Iterator[tuple[Any, Any]]:
    """(entry of the audit log, the other file) of each merge into this file, unless it was undone."""
    person = ENTITIES["person"].table
    query = select(AUDIT).where(AUDIT.c.entity == "person", AUDIT.c.entity_id == person_id, AUDIT.c.action == "merge")
    for e in conn.execute(query.order_by(AUDIT.c.n)).all():
        wanted = (person.c.id == parse_json(e.detail).get("from"), person.c.deleted.is_(True))
        gone = conn.execute(select(person.c.id, person.c.name, person.c.village).where(*wanted)).first()
        if gone:
            yield e, gone


def _files(conn: Connection, person_id: str) -> list[str]:
    """The ids under which the person was known: this file's, and those of the files that were merged into it."""
    return [person_id, *(i for _entry, gone in _merges(conn, person_id) for i in _files(conn, gone.id))]


def _merged(conn: Connection, person_id: str) -> list[Entry]:
    """Which other files of the same person were merged into this one."""
    found = []
    for e, gone in _merges(conn, person_id):
        place = divisions.get(gone.village)
        text = f"{gone.name or '（未填姓名）'}（{place.name if place else gone.village}）的另一份档案并入这一份"
        found.append(Entry(_minute(e.at), "change", "合并", text, "person", person_id, e.actor))
    return found


def _conflict(past: conflicts.Past) -> Entry:
    at = hlc_moment(past.at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return Entry(at, "conflict", past.title, past.text, past.entity, past.record_id, past.by)


def _change(event: Any) -> Entry:
    """A change names its fields; the values themselves are on the page, masked where they must be."""
    specs = ENTITIES["person"].by_name
    changes = changes_of(event.changes)
    labels = "、".join(specs[name].label if name in specs else name for name in changes)
    kinds = {"create": "建档", "update": "修改", "delete": "删除", "restore": "恢复", "move": "迁移"}
    at = hlc_moment(event.at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    return Entry(at, "change", kinds.get(event.kind, event.kind), labels, "person", event.entity_id, event.actor)
