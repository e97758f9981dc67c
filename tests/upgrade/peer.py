"""A desk or a county's server of another release, in a process of its own: one JSON command a line in, one answer a line out.

`python -m tests.upgrade.peer RELEASE`. It ends when its input does.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.upgrade import overlay

if __name__ == "__main__":
    overlay.become(sys.argv[1])

from sqlalchemy import func, select

from models.errors import GuiyanError
from models.records import Cell, parse_json
from models.services import conflicts, drafts, joining, people, requests, sticks, syncing, verifying
from models.services import desk as desks
from models.services.desk import Desk
from models.store import keyfile, outbox, rows
from models.store.unit import SCHEMA, Store
from models.sync import client, history
from models.tables import ENTITIES, metadata
from models.tables.office import OFFICE
from models.tables.system import DEVICE, EVENT, RECEIPT
from server.sticks import take_folder
from tests.conftest import PASSWORD, County

OPEN: dict[str, Any] = {}


def desk() -> Desk:
    found: Desk = OPEN["desk"]
    return found


def county() -> County:
    found: County = OPEN["county"]
    return found


def store() -> Store:
    return OPEN["desk"].store if "desk" in OPEN else OPEN["county"].store


def _cells(said: dict[str, Any]) -> dict[str, Cell]:
    return {name: Cell.from_wire(raw) for name, raw in said.items()}


def init(folder: str, office: str, account: str) -> None:
    OPEN["desk"] = desks.init(Path(folder), office, account, PASSWORD)[0]


def open_(folder: str) -> None:
    OPEN["desk"] = desks.unlock(Path(folder), "", PASSWORD)


def join(ticket: str) -> None:
    joining.join(desk(), Path(ticket))


def save(id: str | None, village: str, cells: dict[str, Any]) -> str:
    return people.save(desk(), id, _cells(cells), village).id


def create(entity: str, village: str, cells: dict[str, Any]) -> str:
    with desk().store.write(desk().account, "登记") as unit:
        return unit.create(entity, _cells(cells), village=village)


def change(entity: str, id: str, cells: dict[str, Any]) -> None:
    with desk().store.write(desk().account, "修改") as unit:
        unit.update(entity, id, _cells(cells))


def ask(person: str, answers: dict[str, Any]) -> str:
    return requests.submit(desk(), person, "request.help", {"text": Cell.of("想办小额贷款")}, answers=answers).id


def draft(cells: dict[str, Any]) -> str:
    return drafts.put(desk(), "", "person", None, _cells(cells))


def sync() -> dict[str, Any]:
    report = syncing.run(desk())
    return {"sent": report.sent, "received": report.received, "exceptions": report.exceptions}


def row(entity: str, id: str) -> dict[str, Any] | None:
    """A record as it stands: its plain values, what is kept for a newer release, the hash, and what it says on the wire."""
    what = ENTITIES[entity]
    with store().read() as conn:
        found = conn.execute(select(what.table).where(what.table.c.id == id)).mappings().first()
    if found is None:
        return None
    values, again = {s.name: found[s.name] for s in what.specs if found[s.name] is not None}, dict(found)
    rows.seal(what, again)
    return {
        "values": values, "extra": parse_json(found["extra"]), "digest": found["digest"], "sound": again["digest"] == found["digest"],
        "wire": rows.to_wire(what, found),
    }  # fmt: skip


def digests() -> dict[str, str]:
    """id → hash of every record."""
    found: dict[str, str] = {}
    with store().read() as conn:
        for what in ENTITIES.values():
            found.update({r.id: r.digest for r in conn.execute(select(what.table.c.id, what.table.c.digest))})
    return found


def counts() -> dict[str, int]:
    """Rows of every table that this release has."""
    with store().read() as conn:
        return {t.name: int(conn.execute(select(func.count()).select_from(t)).scalar_one()) for t in metadata.sorted_tables}


def state(id: str) -> str:
    return syncing.record_state(desk(), id)


def lines() -> dict[str, str]:
    return {x.record_id: x.state for x in syncing.lines(desk())}


def pending() -> int:
    with store().read() as conn:
        return outbox.pending(conn)


def held() -> int:
    with store().read() as conn:
        return int(conn.execute(select(func.count()).select_from(EVENT).where(outbox.marked("held"))).scalar_one())


def verify() -> list[str]:
    return [fault for finding in verifying.verify(desk()) for fault in finding.faults]


def clashes() -> list[dict[str, Any]]:
    return [
        {"id": c.id, "field": c.field, "label": c.label, "kept": c.kept, "other": c.other} for c in conflicts.open_list(desk())
    ]


def settle(id: str, choice: str) -> None:
    conflicts.settle(desk(), id, choice)


def batch(path: str) -> None:
    """What waits, as the bytes of one envelope."""
    link = syncing.county(desk())[0]
    with desk().store.read() as conn:
        first = outbox.acked(conn) + 1
    made = client._batch(desk().store, link, first, 500)
    assert made is not None
    Path(path).write_bytes(made.body)


def slim() -> None:
    """Without the offices of other counties, which every upgrade fills in again: they are nine tenths of a small database."""
    with store().transaction() as conn:
        conn.execute(OFFICE.delete().where(OFFICE.c.code.not_like("411424%")))
    raw = store().engine.raw_connection()
    raw.cursor().execute("VACUUM")
    raw.close()


def proof(path: str) -> None:
    """The last receipt, in its envelope."""
    with desk().store.read() as conn:
        Path(path).write_bytes(conn.execute(select(RECEIPT.c.body).order_by(RECEIPT.c.last_seq.desc()).limit(1)).scalar_one())


def page(path: str) -> None:
    """What the device that joined first would be sent, in its envelope."""
    with county().store.read() as conn:
        first = conn.execute(select(DEVICE).order_by(DEVICE.c.enrolled_at).limit(1)).mappings().one()
        Path(path).write_bytes(history.page(conn, county().own, first, 0, 1000)[0])


def stick_write(folder: str) -> None:
    Path(folder).mkdir(exist_ok=True)
    sticks.write(desk(), Path(folder))


def stick_read(folder: str) -> None:
    sticks.read(desk(), Path(folder))


def serve(folder: str, port: int) -> int:
    """A county's server over FOLDER/county.db; port 0: a free one."""
    OPEN["county"] = County(Path(folder), f"sqlite:///{Path(folder) / 'county.db'}")
    county().port = port or county().port
    county().start()
    return county().port


def ticket(office: str) -> str:
    return str(county().ticket(office))


def stick(folder: str) -> None:
    take_folder(county().store, county().own, Path(folder))


def schema() -> int:
    return SCHEMA


VERBS: dict[str, Callable[..., Any]] = {
    f.__name__.rstrip("_"): f
    for f in (
        init, open_, join, save, create, change, ask, draft, sync, row, digests, counts, state, lines, pending, held, verify,
        clashes, settle, batch, slim, proof, page, stick_write, stick_read, serve, ticket, stick, schema,
    )
}  # fmt: skip


def main() -> None:
    keyfile.ARGON = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
    platform.node = lambda: "窗口电脑"  # a recording shall not tell where it was made
    for line in sys.stdin:
        verb, said = json.loads(line)
        try:
            answer: dict[str, Any] = {"said": VERBS[verb](**said)}
        except GuiyanError as e:
            answer = {"code": e.code, "sentence": e.sentence}
        print(json.dumps(answer), flush=True)
    if "county" in OPEN:
        county().stop()
        county().store.close()
    if "desk" in OPEN:
        desk().close()


if __name__ == "__main__":
    main()
