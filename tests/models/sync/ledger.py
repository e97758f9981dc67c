"""What the model of test_stateful.py remembers of everything typed, and what must hold of it after each step and at the end.

A typed value is used once, so that it names its edit: (record, field, value). Only a computer or a server that was set back
to an old copy may lose one, and only when no other database had it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, case, select

from models.records import changes_of
from models.services import reconciling, syncing, verifying
from models.store import audit, left, moving, outbox, rows
from models.store.unit import Store
from models.sync import laying, reconcile
from models.sync.registry import SYNCED
from models.tables import ENTITIES
from models.tables.check import checks
from models.tables.system import EVENT
from tests.models.sync.inprocess import Device, World

MARK = "值"  # every typed value that is followed begins so
MOST_ROUNDS = 8  # of all devices, until nothing is sent or received any more
Key = tuple[str, str, str]  # record, field, value
NOT_TAKEN = ("refused", "held")


def keys_of(event: Any, side: int) -> Iterator[Key]:
    """The followed values of an event: the old ones (0) or the new ones (1)."""
    for name, pair in changes_of(event.changes).items():
        cell = pair[side]
        if cell and isinstance(cell[1], str) and cell[1].startswith(MARK):
            yield event.entity_id, name, cell[1]


def keys_in(store: Store) -> set[Key]:
    with store.read() as conn:
        return {key for event in conn.execute(select(EVENT)) for key in keys_of(event, 1)}


def numbers_in(store: Store) -> set[tuple[str, int]]:
    with store.read() as conn:
        return {(e.device, e.seq) for e in conn.execute(select(EVENT.c.device, EVENT.c.seq))}


@dataclass
class Ledger:
    """typed: every edit; burned: those that no database has any more, since one was set back; forgotten: those that no
    device has any more, so that what the county refused of them stands in its history alone.

    promised: events whose receipts stand although the server was set back behind them, until the device meets it again.
    authors: whose edit each is; seen: what a computer has shown to whoever wrote at it; both by the computer, whatever device
    it is, as devices says.
    """

    world: World
    typed: set[Key] = field(default_factory=set)
    burned: set[Key] = field(default_factory=set)
    forgotten: set[Key] = field(default_factory=set)
    promised: set[tuple[str, int]] = field(default_factory=set)
    authors: dict[Key, int] = field(default_factory=dict)
    seen: dict[int, set[Key]] = field(default_factory=dict)
    devices: dict[str, int] = field(default_factory=dict)
    set_back: bool = False
    _count: int = 0

    def value(self) -> str:
        self._count += 1
        return f"{MARK}{self._count}"

    def look(self, device: Device) -> None:
        """What somebody who is about to write sees here."""
        with device.store.read() as conn:
            self.seen.setdefault(self._computer(device), set()).update(_standing(conn))

    def _computer(self, device: Device) -> int:
        """Which computer a device is; it may have become another device since."""
        return self.devices.setdefault(device.id, self.world.devices.index(device))

    def _sign(self, device: Device) -> None:
        """Nobody is named for a value that he has neither typed, nor taken back, nor decided on."""
        computer = self._computer(device)
        with device.store.read() as conn:
            events = conn.execute(select(EVENT).where(EVENT.c.kind != "create")).all()
            table = ENTITIES["conflict"].table
            decided = {(r.record_id, r.field) for r in conn.execute(select(table))}
        had = {key for event in events for key in keys_of(event, 0)}
        for key in {key for event in events for key in keys_of(event, 1)}:
            if self.authors.setdefault(key, computer) != computer and key[:2] not in decided:
                assert key in had, f"{device.desk.account} has only pulled {key}, and said it as its own"

    def note(self, device: Device, wanted: Key | None = None) -> None:
        """Take down what a device has typed. wanted: it was told that this is saved."""
        found = keys_in(device.store)
        assert wanted is None or wanted in found, f"{wanted} was called saved and is not in the events"
        self.typed |= found
        self._sign(device)

    def burn(self, before: set[Key]) -> None:
        """A database was set back; before: what it held."""
        self.set_back = True
        stores = [self.world.server, *(d.store for d in self.world.devices)]
        self.burned |= before - set().union(*map(keys_in, stores))
        self.forgotten |= before - set().union(*(keys_in(d.store) for d in self.world.devices))

    # After every step.

    def check(self, device: Device) -> None:
        """Receipts say no more than what the server has, and what has none stands here as it was typed."""
        self._computer(device)
        with device.store.read() as here, self.world.server.read() as there:
            self._claims(here, there, device)
            _as_typed(here, device)

    def _claims(self, here: Connection, there: Connection, device: Device) -> None:
        columns = (EVENT.c.seq, EVENT.c.entity_id, EVENT.c.at, EVENT.c.status)
        query = select(*columns).where(EVENT.c.device == device.id).order_by(EVENT.c.seq)
        got, acked = {e.seq: e for e in there.execute(query)}, outbox.acked(here)
        mine = here.execute(query).all()
        assert [e.seq for e in mine] == list(range(1, outbox.last(here) + 1)), "the numbers have gaps"
        for event in mine:
            if event.seq > acked or (device.id, event.seq) in self.promised:
                continue
            other = got.get(event.seq)
            assert other is not None, f"{device.desk.account}: change {event.seq} is called received, the server has none"
            assert (event.entity_id, event.at) == (other.entity_id, other.at), f"change {event.seq} is another one there"
            same = event.status == other.status or (event.status == "replaced" and other.status in NOT_TAKEN)
            assert same, f"change {event.seq}: {event.status or 'applied'} here, {other.status or 'applied'} there"

    # At the end.

    def settle(self) -> None:
        """Round after round until all is quiet: every line holds, and whoever was shut out has joined again."""
        for _ in range(MOST_ROUNDS):
            moved = 0
            for device in self.world.devices:
                with self.world.acting(device) as desk:
                    report = syncing.run(desk)
                moved += report.sent + report.received
                self.promised = {p for p in self.promised if p[0] != device.id}
                self.check(device)
            if not moved:
                return
        raise AssertionError("the devices never come to rest")

    def let_go(self, device: Device, what: Callable[[], None]) -> None:
        """What was refused is read, and goes with the record that left."""
        before = _told(device)
        what()
        self.forgotten |= before - _told(device)

    def compare(self) -> None:
        """What a set back database lost for good is found by comparing, and brought back or named."""
        for device in self.world.devices:
            with self.world.acting(device) as desk:
                reconciling.run(desk, mend=True)
            self.note(device)

    def all_equal(self) -> None:
        for device in self.world.devices:
            with self.world.acting(device) as desk:
                wrong = [fault for part in verifying.verify(desk) for fault in part.faults]
                different = {line.record_id for line in reconciling.run(desk).lines if not line.why}
            assert wrong == [], (device.desk.account, wrong)
            with device.store.read() as here, self.world.server.read() as there:
                assert outbox.pending(here) == 0
                assert laying.waiting(here) == 0
                lost = self._lost(there)
                assert different <= lost, f"{device.desk.account}: comparing finds {different - lost}"
                kept = _kept(here, device)
                for entity in SYNCED:
                    _equal(here, there, device, entity, lost | kept)
        with self.world.server.read() as there:
            assert list(audit.verify(there)) == []
            _right(there)
            self._once(there)

    def _lost(self, there: Connection) -> set[str]:
        """Records that a server which was set back has lost, and that their writer has lost as well or may not enter any more,
        since the person has moved meanwhile: they stay where they came to, and a comparison names them."""
        events = there.execute(select(EVENT.c.entity_id, EVENT.c.status)).all() if self.set_back else ()
        taken = {e.entity_id for e in events if e.status not in NOT_TAKEN}
        return ({e.entity_id for e in events} | {record for record, _, _ in self.burned}) - taken

    def _once(self, there: Connection) -> None:
        """No name and no visit is there twice."""
        for entity, column in (("person", "name"), ("contact", "text")):
            table = ENTITIES[entity].table
            found = list(there.execute(select(table.c[column]).where(table.c[column].startswith(MARK))).scalars())
            assert len(found) == len(set(found)), (entity, found)

    def nothing_lost(self) -> None:
        """Every edit stands, was followed by one that knew it, lost in a conflict that is shown, or was refused visibly."""
        with self.world.server.read() as conn:
            events = conn.execute(select(EVENT)).all()
            # A deletion takes along what had been refused: whoever typed it let it go with the record.
            taken = {k for e in events if e.status not in NOT_TAKEN and e.kind != "delete" for k in keys_of(e, 1)}
            refused = {k for e in events if e.status in NOT_TAKEN for k in keys_of(e, 1)}
            # An old value proves something only where the computer that says it has shown it.
            known = {
                k for e in events if e.status not in NOT_TAKEN for k in keys_of(e, 0)
                if k in self.seen.get(self.devices.get(e.device, -1), ())
            }  # fmt: skip
            table = ENTITIES["conflict"].table
            shown = {(r.record_id, r.field) for r in conn.execute(select(table).where(table.c.deleted.is_(False)))}
            stands = _standing(conn)
        told = set().union(*(_told(d) for d in self.world.devices))
        for key in sorted(self.typed - self.burned):
            if key in taken:
                assert key in stands or key in known or key[:2] in shown, f"{key} was written over by what did not know it"
            else:
                assert key in refused, f"{key} never came to the server"
                assert key in told or key in self.forgotten, f"{key} was refused, and nobody is told"


def _as_typed(here: Connection, device: Device) -> None:
    """The last word of this device on a field, where it is unsent or refused, is what stands here."""
    unsettled = set(here.execute(select(EVENT.c.seq).where(outbox.unsettled(here, device.id))).scalars())
    mine = select(EVENT).where(EVENT.c.device == device.id, EVENT.c.status != "replaced", EVENT.c.kind != "move")
    typed: dict[tuple[str, str], dict[str, Any]] = {}
    for event in here.execute(mine.order_by(EVENT.c.seq)) if unsettled else ():
        cells = typed.setdefault((event.entity, event.entity_id), {})
        for name, pair in changes_of(event.changes).items():
            cells.pop(name, None)
            if event.seq in unsettled:
                cells[name] = pair[1]
    for (entity, record_id), cells in typed.items():
        if not cells:
            continue
        what = ENTITIES[entity]
        row = here.execute(select(what.table).where(what.table.c.id == record_id)).mappings().one()
        now = rows.to_wire(what, row)
        assert {name: now.get(name) for name in cells} == cells, (entity, "an unsent change was written over")


def _told(device: Device) -> set[Key]:
    """What this device shows as refused, what a later change of the record has taken along, and what was deleted with it."""
    with device.store.read() as conn:
        tables = [ENTITIES[entity].table for entity in SYNCED]
        let_go = {i for t in tables for i in conn.execute(select(t.c.id).where(t.c.deleted)).scalars()}
        events = conn.execute(select(EVENT).order_by(EVENT.c.device, EVENT.c.seq)).all()
    anew = {(e.entity_id, name) for e in events if e.status != "replaced" for name in changes_of(e.changes)}
    return {
        key for e in events for key in keys_of(e, 1)
        if e.status in NOT_TAKEN or (e.status == "replaced" and (key[:2] in anew or key[0] in let_go))
    }  # fmt: skip


def _standing(conn: Connection) -> set[Key]:
    found: set[Key] = set()
    for entity in SYNCED:
        what = ENTITIES[entity]
        for row in conn.execute(select(what.table)).mappings():
            cells = {k: v[1] for k, v in rows.to_wire(what, row).items() if v}
            found |= {(row["id"], k, v) for k, v in cells.items() if isinstance(v, str) and v.startswith(MARK)}
    return found


def _equal(here: Connection, there: Connection, device: Device, entity: str, lost: set[str]) -> None:
    """What the office may see is the same at both ends, but for what was refused: that stays as typed until it is mended."""
    table = ENTITIES[entity].table
    columns = [table.c.id, table.c.digest, table.c.deleted, table.c.village]
    if entity == "request":  # folded at each end alike, where it stands
        columns += [case((table.c.deleted, None), else_=table.c[n]) for n in ("state", "due_on", "reply")]
    unsettled = set(here.execute(select(EVENT.c.entity_id).where(outbox.unsettled(here, device.id))).scalars())
    but = unsettled | lost
    theirs = (
        here.execute(select(*columns)).all(),
        there.execute(select(*columns).where(reconcile.visible(device.desk.office, entity))).all(),
    )
    mine, yours = ({r.id: tuple(r)[1:] for r in some if r.id not in but} for some in theirs)
    # Refused from the first and then deleted: nobody else has heard of it.
    taken = set(there.execute(select(EVENT.c.entity_id).where(EVENT.c.status.not_in(NOT_TAKEN))).scalars())
    mine = {i: said for i, said in mine.items() if i in taken or not said[1]}
    assert mine == yours, (device.desk.account, entity)


def _kept(here: Connection, device: Device) -> set[str]:
    """What left and still stands, because something of the same file was not taken and nobody has read that."""
    kept = set(left.known(here))
    open_ = here.execute(select(EVENT.c.entity, EVENT.c.entity_id).where(outbox.unsettled(here, device.id))).all()
    assert kept <= moving.with_file(here, [(e.entity, e.entity_id) for e in open_]), (device.desk.account, "it waits for nothing")
    return kept


def _right(there: Connection) -> None:
    """The server has let nothing in that may not stand in its field, and every row has the digest of its values."""
    for entity in SYNCED:
        what, right = ENTITIES[entity], checks(entity)
        for row in there.execute(select(what.table)).mappings():
            wire = {} if row["deleted"] else rows.to_wire(what, row)
            wrong = {k: v for k, v in wire.items() if v and v[0] == "k" and k in right and right[k](v[1])}
            assert wrong == {}, (entity, wrong)
            again = dict(row)
            rows.seal(what, again)
            assert again["digest"] == row["digest"], (entity, row["id"])
