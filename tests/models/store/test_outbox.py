"""What is asked in every round is answered from the few changes that have a status, not from all that were ever made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, select

from models.store import bulk, outbox
from models.tables import ENTITIES
from models.tables.system import EVENT
from tests.conftest import DeskFactory


def test_no_question_of_a_round_reads_every_change(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    device, asked = desk.store.identity.device, list[tuple[str, Any]]()
    with desk.store.read() as conn:
        top = outbox.last(conn)

        def seen(_conn: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            asked.append((statement, parameters))

        event.listen(conn, "before_cursor_execute", seen)
        outbox.held_records(conn, device)
        outbox.held_runs(conn, device, 99, 100)
        outbox.held_of(conn, device, 1, top)
        outbox.unsettled_of(conn, device, ["0" * 32], (EVENT.c.entity_id,))
        event.remove(conn, "before_cursor_execute", seen)
        events = [(s, p) for s, p in asked if "FROM event" in s]
        assert len(events) >= 4
        for statement, parameters in events:
            plan = [r[3] for r in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not [step for step in plan if step.endswith("(device=?)") or step.startswith("SCAN event")], (statement, plan)


def test_a_list_of_ids_is_looked_up_by_the_key(desk_factory: DeskFactory) -> None:
    person = ENTITIES["person"].table
    query = select(person.c.id).where(bulk.among(person.c.id, ["0" * 32]), person.c.deleted.is_(False))
    with desk_factory().store.read() as conn:
        sql = str(query.compile(conn, compile_kwargs={"literal_binds": True}))
        plan = [r[3] for r in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert "(id=?)" in plan[0], plan
