"""冲突 that two offices settled at once: which decision came first, and what stands now. Told at both, until it was read.

The first decision is the conflict's; where the second office took the other value, that value was written into the record
all the same, as any change that nobody contradicts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from models.fields import Secrecy
from models.records import Cell, Record, changes_of
from models.services import conflicts, wording
from models.services.desk import Desk
from models.services.titles import titles_of
from models.store import bulk, rows, settings
from models.tables import ENTITIES
from models.tables.system import EVENT

_READ = "conflicts.read"  # setting: ids of those that were read here


@dataclass(frozen=True, slots=True)
class Twice:
    """One such conflict, as a sentence. entity, record_id: the record that it is about."""

    id: str
    entity: str
    record_id: str
    sentence: str


def twice(desk: Desk) -> list[Twice]:
    """Those that this desk may settle and nobody has read here yet, the newest first."""
    with desk.store.read() as conn:
        read = frozenset(settings.get(conn, _READ, []))
        mine = _late(conn, desk.store.identity.device)
        found = [r for r in _settled(conn, mine) if r.id not in read]
        now = conflicts.records_of(conn, found)
        found = [r for r in found if _twice(r, now.get(r.record_id), mine.get(r.id, "")) and conflicts.mine(desk, r, now.get(r.record_id))]
        titles = titles_of(conn, [(r.values["entity"], r.record_id) for r in found])
        words, names = wording.Words(conn), conflicts.offices_of(desk, found)
        return [
            Twice(
                r.id, r.values["entity"], r.record_id,
                _sentence(r, now[r.record_id], titles.get(r.record_id, ""), mine.get(r.id, ""), words, names),
            )
            for r in found
        ]  # fmt: skip


def read(desk: Desk, ids: Collection[str]) -> None:
    """These have been read: they are not told again on this computer."""
    with desk.store.transaction() as conn:
        before = settings.get(conn, _READ, [])
        settings.put(conn, _READ, [*(i for i in before if i not in ids), *ids][-500:])


def _late(conn: Connection, device: str) -> dict[str, str]:
    """The choices of this device that came after another's, by conflict."""
    e = EVENT.c
    query = select(e.entity_id, e.changes).where(e.device == device, e.status == "merged", e.entity == "conflict").order_by(e.seq)
    said = {r.entity_id: changes_of(r.changes).get("settled") for r in conn.execute(query)}
    return {i: pair[1][1] for i, pair in said.items() if pair and pair[1]}


def _settled(conn: Connection, mine: Mapping[str, str]) -> list[Record]:
    """Settled conflicts in which two choices may have met: what was kept, and where this device's choice came late."""
    what = ENTITIES["conflict"]
    c = what.table.c
    wanted = (c.settled == "kept") | bulk.among(c.id, list(mine))
    query = select(what.table).where(wanted, c.settled.is_not(None), c.deleted.is_(False)).order_by(c.changed.desc()).limit(500)
    return [rows.to_record(what, r) for r in conn.execute(query).mappings()]


def _twice(r: Record, now: Record | None, chosen: str) -> bool:
    """chosen: what this device chose too late, '' when it did not."""
    what = ENTITIES.get(r.values["entity"])
    if now is None or now.deleted or what is None or r.field not in what.by_name:
        return False
    if chosen:
        return bool(chosen != r.settled)
    written = r.settled == "kept" and now.cell(r.field) == conflicts.cell_of(r.other)
    return written and bool(now.changed_by != conflicts.who(r.settled_by))  # who changes his own mind knows it


def _sentence(r: Record, now: Record, title: str, chosen: str, words: wording.Words, names: Mapping[str, str]) -> str:
    entity, field = r.values["entity"], r.field
    spec, stands = ENTITIES[entity].by_name[field], now.cell(field)
    cells = {"kept": conflicts.cell_of(r.kept), "other": conflicts.cell_of(r.other)}

    def said(cell: Cell, against: Cell) -> str:
        return words.of(entity, field, cell, against, now) or "空"

    first, second = cells[r.settled], cells["other" if r.settled == "kept" else "kept"]
    who = conflicts.named(r.settled_by, names) or "另一机构"
    text = f"{title} 的“{spec.label}”：{who}先选了{'现值' if r.settled == 'kept' else '另一值'}“{said(first, second)}”"
    text += "，本机构的选择晚到县级。" if chosen else "，随后又填成了另一值。"
    text += f"现在的值是“{said(stands, first)}”"
    if spec.secrecy is Secrecy.MASKED and (where := wording.differs(first, stands)):
        text += f"（与先选的相比，{where}）"
    return text + ("。" if stands == first else "；如不对，请打开记录修改。")
