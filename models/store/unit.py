"""Store and Unit: one action, one transaction.

`with store.write(actor, "登记走访") as unit:` takes the writer's lock at the start; what the unit creates, updates or
deletes becomes rows, outbox events and one audit entry together when the block ends, or nothing at all.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, select

from models.base import Clock, new_id
from models.errors import BugError, KnownError
from models.records import Cell, Record, canonical, changes_text
from models.store import audit, bulk, derive, left, moving, refused, rows, settings
from models.store.engine import WriteLock, explained, reading
from models.tables import ENTITIES
from models.tables.base import Entity
from models.tables.system import EVENT

SCHEMA = 3  # what this release knows: raised with each travelling field, entity, code or longer limit (decision 11)
_Change = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]  # a row before and after, and what of it differs on the wire


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this database is. device: 32 hex; office: its division code; letter: distinguishes an office's devices."""

    device: str
    office: str
    letter: str = "A"

    @property
    def county(self) -> str:
        return self.office[:6]

    @property
    def village(self) -> str:
        """The division code of the office without a bureau's suffix: the scope of what the office itself creates."""
        return self.office[:12]


@dataclass(frozen=True, slots=True)
class New:
    """A record to create. cells: by field name; village: the scope it belongs to (the office's own when '')."""

    cells: Mapping[str, Cell]
    village: str = ""
    id: str = ""
    source: str = ""
    verified_at: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One user action that wrote events: their shared operation, and its name for 撤销."""

    operation: str
    label: str


class Unit:
    """One writing transaction. operation: the id that its events share, for undo. touched: what it changed."""

    def __init__(self, store: Store, conn: Connection, actor: str, label: str) -> None:
        self.conn = conn
        self.store = store
        self.actor = actor
        self.label = label
        self.operation = new_id()
        self.touched: list[tuple[str, str]] = []
        self._events: list[dict[str, Any]] = []
        self._refused: bool | None = None

    def create(self, entity: str, cells: Mapping[str, Cell], *, village: str = "", id: str = "", source: str = "") -> str:
        """Create one record; returns its id."""
        return self.create_many(entity, [New(cells, village, id, source)])[0]

    def create_many(self, entity: str, news: Sequence[New]) -> list[str]:
        """Create records of one entity in one statement; returns their ids in order."""
        what, made = ENTITIES[entity], []
        left.forbid(self.conn, (str(new.cells[f].value) for f in moving.owner_fields(entity) for new in news if f in new.cells))
        for new in news:
            at = self.store.clock.tick()
            row = rows.blank(
                what, new.id or new_id(), county=self.store.identity.county, office=self.store.identity.office,
                village=new.village or self.store.identity.village, at=at, by=self.actor,
            )  # fmt: skip
            rows.put_cells(what, row, new.cells, new.source, new.verified_at)
            made.append(row)
            self.touched.append((what.name, row["id"]))
            self._event(what, row, "create", rows.seal_new(what, row, rows.to_wire(what, row)))
        bulk.insert(self.conn, what.table, made)
        return [row["id"] for row in made]

    def update(self, entity: str, record_id: str, cells: Mapping[str, Cell], *, source: str = "", verified_at: str = "") -> bool:
        """Change some cells of one record; False when nothing differs."""
        return bool(self.update_many(entity, {record_id: cells}, source=source, verified_at=verified_at))

    def update_many(
        self, entity: str, changes: Mapping[str, Mapping[str, Cell]], *, source: str = "", verified_at: str = ""
    ) -> list[str]:
        """Change records of one entity; returns the ids that really changed."""
        what = ENTITIES[entity]
        if what.append_only:
            raise BugError("store.append_only", f"{what.label}只能追加，不能修改。")
        changed: list[_Change] = []
        for row in self._rows(what, changes):
            before = rows.to_wire(what, row)
            old = dict(row)
            rows.put_cells(what, row, changes[row["id"]], source, verified_at)
            diff = rows.differences(before, rows.to_wire(what, row))
            if diff or any(row[k] != old[k] for k in changes[row["id"]]):
                changed.append((old, row, diff))
        self._put(what, changed, "update")
        return [row["id"] for _old, row, _diff in changed]

    def delete(self, entity: str, *ids: str) -> None:
        """Tombstones: the rows stay with deleted set, and the events tell the others."""
        what = ENTITIES[entity]
        self._put(what, [(row, {**row, "deleted": True}, {}) for row in self._rows(what, ids)], "delete")

    def restore(self, entity: str, *ids: str, cells: Mapping[str, Cell] | None = None) -> None:
        """Undo of a delete. cells: with what it comes back, one that stands too: so what is written once changes its owner."""
        what, back = ENTITIES[entity], list[_Change]()
        for row in self._rows(what, ids):
            old = dict(row)
            rows.put_cells(what, row, cells or {})
            diff = rows.differences(rows.to_wire(what, old), rows.to_wire(what, row))
            back.append((old, {**row, "deleted": False}, diff))
        self._put(what, back, "restore")

    def say_again(self, entity: str, record_id: str, origin: str = "") -> None:
        """Send a record as it stands, because the other side has lost it. origin: 'device:seq' of the change that made it."""
        for row in self._rows(what := ENTITIES[entity], [record_id]):
            self.touched.append((entity, record_id))
            self._event(what, row, "create", canonical(rows.to_wire(what, row)), origin)

    def move(self, entity: str, record_id: str, village: str) -> None:
        """Give a record, and all that hangs on it, to another village; the old one's scope is told that it left."""
        for name, ids in moving.with_followers(self.conn, entity, [record_id]).items():
            what = ENTITIES[name]
            there, to = [row for row in self._rows(what, ids) if row["village"] != village], ["k", village]
            self._put(what, [(r, {**r, "village": village}, {"village": [["k", r["village"]], to]}) for r in there], "move")

    def audit(self, action: str, entity: str = "", entity_id: str = "", detail: Any = None) -> None:
        """An entry that is not a change: reveal, print, export. detail must hold no personal value."""
        audit.append(self.conn, actor=self.actor, action=action, entity=entity, entity_id=entity_id, detail=detail)

    def next_serial(self, kind: str, year: int) -> int:
        """The next number of a series, from 1; never reused, even when the rest of the transaction is undone later."""
        key = f"serial.{kind}.{year}"
        number = int(settings.get(self.conn, key, 0)) + 1
        settings.put(self.conn, key, number)
        return number

    def _rows(self, what: Entity, ids: Iterable[str]) -> list[dict[str, Any]]:
        wanted = list(ids)
        found: list[dict[str, Any]] = []
        for part in bulk.parts(wanted):
            found += [dict(r) for r in self.conn.execute(select(what.table).where(bulk.among(what.table.c.id, part))).mappings()]
        if len(found) != len(set(wanted)):
            raise BugError("store.missing", f"{what.label}记录不存在：{min(set(wanted) - {r['id'] for r in found})}")
        return found

    def _put(self, what: Entity, changes: Sequence[_Change], kind: str) -> None:
        """Write changes of records of one entity, each record once."""
        for _old, row, _diff in changes:
            row["changed"], row["changed_by"] = self.store.clock.tick(), self.actor
            rows.seal(what, row)
        bulk.update(self.conn, what.table, {row["id"]: bulk.differing(old, row) for old, row, _diff in changes})
        device = self.store.identity.device
        if self._refused is None:
            self._refused = refused.any_refused(self.conn, device)
        told = {row["id"]: [refused.Said(kind, diff)] for _old, row, diff in changes}
        if self._refused or kind == "restore":
            told = refused.said_anew(self.conn, device, what, [(row, diff) for _old, row, diff in changes], kind)
        for _old, row, _diff in changes:
            self.touched.append((what.name, row["id"]))
            for one in told[row["id"]]:
                if one.changes or one.kind != "update":  # a change of local fields alone is nobody else's business
                    self._event(what, row, one.kind, changes_text(one.kind, one.changes), again=one.again)

    def _event(self, what: Entity, row: dict[str, Any], kind: str, changes: str, origin: str = "", again: bool = False) -> None:
        self._events.append({
            "device": self.store.identity.device, "seq": 0, "entity": what.name, "entity_id": row["id"], "kind": kind,
            "changes": changes, "at": row["changed"], "actor": self.actor, "village": row["village"], "schema": SCHEMA,
            "digest": row["digest"], "salt": os.urandom(8).hex(), "mark": None, "status": "", "detail": None,
            "operation": "" if again else self.operation, "origin": origin or None,
        })  # fmt: skip

    def finish(self) -> bool:
        """Write the events, their audit entry and what is derived, once, before the commit; returns whether there are any."""
        if self._events:
            first = self.store.take_seqs(self.conn, len(self._events))
            for i, e in enumerate(self._events):
                e["seq"] = first + i
            bulk.insert(self.conn, EVENT, self._events)
            one = self._events[0] if len({e["entity_id"] for e in self._events}) == 1 else {"entity": "", "entity_id": ""}
            audit.append(
                self.conn, actor=self.actor, action="change", entity=one["entity"], entity_id=one["entity_id"],
                detail={"label": self.label, "operation": self.operation, "count": len(self._events)},
                device=self.store.identity.device, first_seq=first, last_seq=first + len(self._events) - 1,
                marks=[audit.mark_of(e["salt"], e["changes"]) for e in self._events],
            )  # fmt: skip
        derive.refresh(self.conn, self.touched)
        return bool(self._events)


class Store:
    """One open database. clock: the device's hybrid clock; identity: set by init or the server."""

    def __init__(self, engine: Engine, where: str, *, identity: Identity | None = None, clock: Clock | None = None) -> None:
        self.engine, self._reading = engine, reading(engine)
        self.where = where
        self.file: Path | None = None  # a workspace's database, once it is open
        self.clock = clock or Clock()
        self.lock = WriteLock()
        self._identity = identity
        self._writing = threading.local()
        self.steps: list[Step] = []  # what may be undone, as long as the program runs

    @property
    def identity(self) -> Identity:
        if self._identity is None:
            raise KnownError("workspace.empty", f"{self.where} 还没有初始化。请先执行 init。")
        return self._identity

    @identity.setter
    def identity(self, value: Identity) -> None:
        self._identity = value

    def load_identity(self) -> None:
        """Read who this database is, and move the clock past everything it has written."""
        with self.read() as conn:
            self._recognise(conn)

    def _recognise(self, conn: Connection) -> None:
        raw = settings.get(conn, "identity")
        if not raw or Identity(**raw) == self._identity:
            return
        self._identity = Identity(**raw)
        self.steps.clear()  # their events bear the numbers of the device that it was
        mine = select(EVENT.c.at).where(EVENT.c.device == raw["device"]).order_by(EVENT.c.seq.desc()).limit(1)
        for at in filter(None, (conn.execute(mine).scalar(), settings.get(conn, "clock"))):  # clock: of an earlier device
            self.clock.seen(at, max_ahead_ms=1 << 60)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction: one consistent view, beside whatever is being written."""
        with explained(self.where, self.file), self._reading.begin() as conn:
            yield conn

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A bare writing transaction, for local tables and for sync; records go through write()."""
        if getattr(self._writing, "on", False):
            raise BugError("store.nested", "一次保存之中不能再开始另一次保存。")
        with self.lock.held(), explained(self.where, self.file), self.engine.connect() as conn:
            self._writing.on = True
            try:
                with conn.execution_options(writes=True).begin():
                    if self.file is not None:  # a workspace, which another program may have let join anew meanwhile
                        self._recognise(conn)
                    yield conn
            finally:
                self._writing.on = False

    @contextmanager
    def write(self, actor: str, label: str) -> Iterator[Unit]:
        """A unit of work: committed when the block ends well, undone entirely when it raises."""
        with self.transaction() as conn:
            unit = Unit(self, conn, actor, label)
            yield unit
            wrote = unit.finish()
        if wrote and not (self.steps and self.steps[-1].operation == unit.operation):
            self.steps.append(Step(unit.operation, label))

    def take_seqs(self, conn: Connection, count: int) -> int:
        """Reserve count sequence numbers of this device, gapless because they commit with their events."""
        last = int(settings.get(conn, "seq", 0))
        settings.put(conn, "seq", last + count)
        return last + 1

    def get(self, entity: str, record_id: str) -> Record | None:
        """One record by id, or None; tombstones are returned too (Record.deleted)."""
        what = ENTITIES[entity]
        with self.read() as conn:
            row = conn.execute(select(what.table).where(what.table.c.id == record_id)).mappings().first()
        return rows.to_record(what, row) if row else None

    def close(self) -> None:
        self.engine.dispose()
