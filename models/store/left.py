"""Records that left this office (a person moved to another village) while something typed here had not come into them.

They stay, so that whoever typed can read what the other side did not take, and nothing more is written into them. Once that was
read, or everything has come in after all, they go like every other record that left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, delete, select, update

from models.errors import RuleError
from models.store import bulk, derive, moving, outbox, settings
from models.tables import ENTITIES
from models.tables.system import EVENT

_KEY = "left"  # setting: entity by id of the record
SENTENCE = "它已转到别处，不再归本机构管理"


def known(conn: Connection) -> dict[str, str]:
    """Entity by id of what left and is still here."""
    return dict(settings.get(conn, _KEY, {}))


def leave(conn: Connection, device: str, gone: Mapping[str, str]) -> list[tuple[str, str]]:
    """The other side says that these records (entity by id) left; returns the (entity, id) of those that went from here.

    A change of this device that has no receipt or was refused keeps the whole file that it is in, to be read with it.
    """
    kept = moving.with_file(conn, _waiting(conn, device)) & gone.keys() if gone else set()
    if kept:
        settings.put(conn, _KEY, known(conn) | {i: entity for i, entity in gone.items() if i in kept})
    return _remove(conn, {i: entity for i, entity in gone.items() if i not in kept})


def come_back(conn: Connection, ids: Iterable[str]) -> None:
    """The other side shows these records to this office again."""
    before = known(conn)
    if before and (now := {i: entity for i, entity in before.items() if i not in set(ids)}) != before:
        settings.put(conn, _KEY, now or None)


def forget(conn: Connection) -> None:
    """Everything is heard anew: of a server that was set back, or of another one, a record may not have left."""
    settings.put(conn, _KEY, None)


def settle(conn: Connection, device: str) -> list[tuple[str, str]]:
    """Let go of what left and waits for nothing any more; returns the (entity, id) of what went."""
    before = known(conn)
    if not before:
        return []
    settings.put(conn, _KEY, None)
    touched = leave(conn, device, before)
    derive.refresh(conn, touched)
    return touched


def forbid(conn: Connection, ids: Iterable[str]) -> None:
    """Raises RuleError when one of these records left: the other side would take no change of it, nor what hangs on it."""
    before = known(conn)
    for entity in (before[i] for i in ids if i in before):
        raise RuleError("record.left", f"这条{ENTITIES[entity].label}不能再改：{SENTENCE}。没有作任何改动，请联系现在管辖的机构。")


def let_go(conn: Connection, device: str, entity: str, record_id: str) -> list[tuple[str, str]]:
    """Somebody has read what was not taken of a record that left, and of what hangs on it: all that goes. Returns (entity, id).

    Raises RuleError while something of it was not even sent.
    """
    if known(conn).get(record_id) != entity:
        raise RuleError("record.left.not", f"这条{ENTITIES[entity].label}仍归本机构管理，不能移去。")
    all_ = {i: name for name, ids in moving.with_followers(conn, entity, [record_id]).items() for i in ids}
    for part in bulk.parts(all_):
        mine = (EVENT.c.device == device, bulk.among(EVENT.c.entity_id, part))
        if conn.execute(select(EVENT.c.seq).where(*mine, EVENT.c.seq > outbox.acked(conn)).limit(1)).first():
            raise RuleError("record.left.unsent", "还有改动没有送出，请先同步，看县级是否接收，再移去。")
        conn.execute(update(EVENT).where(*mine, outbox.marked("refused", "held")), {"status": "replaced"})
    come_back(conn, all_)
    went = _remove(conn, all_)  # with what was only ever here: its registration was refused
    return went + settle(conn, device)  # the person too, of whom nothing but this request waited


def _waiting(conn: Connection, device: str) -> list[tuple[str, str]]:
    which = select(EVENT.c.entity, EVENT.c.entity_id).distinct()
    unsent = which.where(EVENT.c.device == device, EVENT.c.seq > outbox.acked(conn), EVENT.c.status != "replaced")
    return [(r.entity, r.entity_id) for query in (unsent, which.where(outbox.marked_of(device, "refused", "held"))) for r in conn.execute(query)]


def _remove(conn: Connection, ids: Mapping[str, str]) -> list[tuple[str, str]]:
    by_entity: dict[str, list[str]] = {}
    for record_id, entity in ids.items():
        by_entity.setdefault(entity, []).append(record_id)
    touched: list[tuple[str, str]] = []
    for entity, some in by_entity.items():
        table = ENTITIES[entity].table
        for part in bulk.parts(some):
            here = conn.execute(select(table.c.id).where(bulk.among(table.c.id, part))).scalars().all()
            conn.execute(delete(table).where(bulk.among(table.c.id, part)))
            touched += [(entity, i) for i in here]
    return touched
