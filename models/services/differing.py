"""What a comparison found, as a person reads it: groups of records (a kind in a village), and the records that are not alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from models.records import changes_of
from models.services.desk import Desk
from models.services.refusals import owners_of
from models.services.titles import titles_of
from models.store import bulk, settings
from models.sync.comparing import Comparison, Difference
from models.tables.system import EVENT
from resources import divisions

MOST_OF_GROUP = 200  # lines of one group; its count tells how many more there are
KINDS = {"missing": "县级有，本机没有", "extra": "本机有，县级没有", "differs": "两边内容不同", "moved": "两边所在的村不同",
         "damaged": "县级的内容与它的校验值不符"}  # fmt: skip
WAITING = {"unsent": "还没有发送", "refused": "县级没有接收", "held": "县级暂存", "laid": "来自下级 U 盘，县级还没有说明",
           "left": "已转到别处，看过后移去", "coming": "下次同步会收到"}  # fmt: skip
_GROUPS = "compare.groups"  # setting: the groups of the last comparison
_NAMES = ("name", "head_name", "number", "serial", "title")  # fields that name a record


@dataclass(frozen=True, slots=True)
class Line:
    """One record that is not alike. kind: of KINDS; why: of WAITING, '' for a fault; village: its name, code: its code; opens:
    (kind, id) of the person or the request whose page shows it, ('', '') when that is not here."""

    entity: str
    record_id: str
    title: str
    village: str
    kind: str
    why: str
    code: str = ""
    opens: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one kind in one village. village: its name, code: its code; here, county: how many there are, -1 when the
    county did not say; same: whether the sums of their digests are equal; faults, waiting: records that are not alike."""

    entity: str
    code: str
    village: str
    here: int
    county: int
    same: bool
    faults: int
    waiting: int


def groups_of(found: Comparison, *, whole: bool) -> list[Group]:
    """Those with faults first, then those where something waits. whole: the county has listed all; else only what it listed
    is known, and no counts of its own."""
    faults, waiting = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for d in found.differences:
        (waiting if d.why else faults)[d.entity, d.village] += 1
    made = [
        Group(
            g.entity, g.village, place(g.village), g.here, g.there if whole else -1, g.same,
            faults[g.entity, g.village], waiting[g.entity, g.village],
        )
        for g in found.groups if whole or not g.same
    ]  # fmt: skip
    return sorted(made, key=lambda g: (not g.faults, not g.waiting, g.same))


def state(group: Group) -> str:
    """What is to be said of a group in a few words."""
    said = [f"{group.faults} 条不一致" if group.faults else "", f"{group.waiting} 条等待" if group.waiting else ""]
    return "、".join(x for x in said if x) or ("相同" if group.same else "没有另外的差别")


def keep_groups(conn: Connection, found: Comparison, *, whole: bool) -> None:
    rows = [[g.entity, g.code, g.here, g.county, g.same, g.faults, g.waiting] for g in groups_of(found, whole=whole)]
    settings.put(conn, _GROUPS, rows or None)


def kept_groups(conn: Connection) -> list[Group]:
    """Those of the last comparison."""
    return [Group(entity, code, place(code), *rest) for entity, code, *rest in settings.get(conn, _GROUPS) or ()]


def lines_of(desk: Desk, those: Sequence[Difference]) -> list[Line]:
    """Faults before what waits, of each group at most MOST_OF_GROUP."""
    seen, chosen = Counter[tuple[str, str]](), list[Difference]()
    for d in sorted(those, key=lambda d: bool(d.why)):
        seen[d.entity, d.village] += 1
        if seen[d.entity, d.village] <= MOST_OF_GROUP:
            chosen.append(d)
    keys = [(d.entity, d.id) for d in chosen]
    with desk.store.read() as conn:
        titles, owners = titles_of(conn, keys), owners_of(conn, keys)
        here = {i for entity, i in keys if i in titles and entity in ("person", "request")}
        titles |= _remembered(conn, [i for _, i in keys if i not in titles])
    opens = {i: o for i, o in owners.items() if o[1] != i or i in here}
    return [
        Line(d.entity, d.id, titles.get(d.id, ""), place(d.village), d.kind, d.why, d.village, opens.get(d.id, ("", "")))
        for d in chosen
    ]


def _remembered(conn: Connection, ids: Sequence[str]) -> dict[str, str]:
    """The names of records that are gone from here, by what was once entered of them on this computer."""
    found: dict[str, str] = {}
    for part in bulk.parts(ids):
        query = select(EVENT.c.entity_id, EVENT.c.changes).where(bulk.among(EVENT.c.entity_id, part)).order_by(EVENT.c.seq)
        for row in conn.execute(query):
            changes = changes_of(row.changes)
            for _old, cell in (changes[n] for n in _NAMES if n in changes):
                if cell and cell[0] == "k":
                    found[row.entity_id] = str(cell[1])
    return found


def place(code: str) -> str:
    found = divisions.get(code)
    return found.name if found else code
