"""What a newer release says and the county's server cannot judge yet: held, kept in order, tried again after the upgrade."""

from __future__ import annotations

import msgspec
import pytest
from sqlalchemy import select, update

from models.base import new_id
from models.records import canonical
from models.services import joining, syncing
from models.services.desk import Desk
from models.store import audit, opening, outbox, rows
from models.store import unit as units
from models.store.unit import Store
from models.sync import columns, holding, ingest, returning, wire
from models.tables.system import AUDIT, EVENT
from server import devices
from tests.conftest import TOWNSHIP, VILLAGE
from tests.models.sync.backstage import PERSON, put, row_of
from tests.models.sync.conftest import Field, change, digests, link_of, person, server_digests, statuses, sync, values

NEWER = units.SCHEMA + 1


def _unknown(store: Store, record_id: str, kind: str = "register") -> None:
    """The first change of a record, as the next release would have said it in its own way."""
    first = (EVENT.c.entity_id == record_id, EVENT.c.kind == "create")
    with store.transaction() as conn:
        conn.execute(update(EVENT).where(*first), {"kind": kind, "schema": NEWER})


def _upgraded(*stores: Store) -> None:
    """As if these programs knew now what was held."""
    for store in stores:
        with store.transaction() as conn:
            conn.execute(update(EVENT).where(EVENT.c.kind == "register"), {"kind": "create", "schema": units.SCHEMA})
            conn.execute(update(EVENT).where(EVENT.c.schema == NEWER), {"schema": units.SCHEMA})


def _faults(store: Store) -> list[audit.Fault]:
    with store.read() as conn:
        return list(audit.verify(conn))


def test_the_held_ones_are_applied_in_order_and_get_their_receipt(either: Field) -> None:
    one, two = either.desk(TOWNSHIP), either.desk(TOWNSHIP, "张经办")
    first = person(one, phone="13900000001")
    _unknown(one.store, first)
    change(one, first, phone="13900000002")  # made on top of it: it waits behind it
    other = person(one, "后一人", VILLAGE)
    (said,) = sync(one)
    assert said.exceptions == {"held": 2}
    change(one, first, wechat="w")
    (said,) = sync(one)
    assert said.exceptions == {"held": 1}, "in a later batch as well"
    assert statuses(one, first) == ["held"] * 3
    assert statuses(one, other) == ["applied"]
    assert holding.release(either.county.store) == 0, "it is no nearer to knowing"

    _upgraded(one.store, either.county.store)
    assert holding.release(either.county.store) == 3
    assert holding.release(either.county.store) == 0
    assert statuses(one, first) == ["held"] * 3, "not called received before the receipt is here"
    sync(one, two)
    assert statuses(one, first) == ["applied"] * 3
    assert values(two, first, "phone", "wechat") == ["13900000002", "w"]
    assert digests(one) == digests(two) == server_digests(either.county)
    with either.county.store.read() as conn:
        kept = dict(conn.execute(select(PERSON.table).where(PERSON.table.c.id == first)).mappings().one())
        assert returning.last_words(conn, [first])[first].digest == kept["digest"], "the history knows which one came last"
        runs = conn.execute(select(AUDIT.c.first_seq, AUDIT.c.last_seq).where(AUDIT.c.action == holding.RELEASED)).all()
    assert sum(r.last_seq - r.first_seq + 1 for r in runs) == 3
    assert _faults(either.county.store) == _faults(one.store) == []
    with one.store.read() as conn:
        assert outbox.held_runs(conn, one.store.identity.device, NEWER, 100) == []


def test_what_a_device_says_under_a_number_of_its_own_is_no_repetition_of_itself(either: Field) -> None:
    """It bears the number that it had on the device which was shut out, and stands in the history before it is tried again."""
    desk = either.desk(TOWNSHIP)
    sync(desk)
    first = person(desk, phone="13900000001")
    _unknown(desk.store, first)
    devices.revoke(either.county.store, desk.store.identity.device)
    joining.join(desk, either.county.ticket(TOWNSHIP))
    (said,) = sync(desk)
    assert said.exceptions == {"held": 1}
    _upgraded(desk.store, either.county.store)
    assert holding.release(either.county.store) == 1
    sync(desk)
    assert statuses(desk, first) == ["applied"]
    assert digests(desk) == server_digests(either.county)


def test_what_does_not_fit_is_held_from_a_newer_release_and_refused_from_this_one(either: Field) -> None:
    desk = either.desk(TOWNSHIP)
    there = {}
    for schema in (units.SCHEMA, NEWER):
        there[schema] = person(desk)
        text = canonical({"name": ["k", "王小雁"], "sex": ["k", "不在表中"]})
        with desk.store.transaction() as conn:
            conn.execute(update(EVENT).where(EVENT.c.entity_id == there[schema]), {"changes": text, "schema": schema})
    sync(desk)
    assert (statuses(desk, there[units.SCHEMA]), statuses(desk, there[NEWER])) == (["refused"], ["held"])
    assert {x.record_id: x.state for x in syncing.lines(desk)} == {
        there[units.SCHEMA]: "refused", there[NEWER]: "held", **_accounts(desk)
    }  # fmt: skip
    _upgraded(desk.store, either.county.store)
    holding.release(either.county.store)
    sync(desk)
    assert statuses(desk, there[NEWER]) == ["refused"], "it fits no better after all: a person is told why"
    assert next(x.errors for x in syncing.lines(desk) if x.record_id == there[NEWER])[0][0] == "sex"


def _accounts(desk: Desk) -> dict[str, str]:
    return dict.fromkeys(digests(desk, "account"), "received")


def test_what_is_no_cell_is_refused_whoever_may_know_the_field_one_day(either: Field) -> None:
    desk = either.desk(TOWNSHIP)
    cells: list[object] = [7, ["q", 1], ["k"], {"k": 1}, ["k", 1]]
    own, store = either.county.own, either.county.store
    first = outbox_end(desk) + 1
    said = [
        columns.Event(
            first + i, entity, new_id(), "create", {"name": [None, ["k", "王"]], "talent_points": [None, cell]},
            desk.store.clock.tick(), "李经办", VILLAGE, NEWER, "0" * 32,
        )
        for i, (entity, cell) in enumerate((entity, cell) for entity in ("person", "mentorship") for cell in cells)
    ]  # fmt: skip
    sync(desk)
    batch = wire.pack_batch(desk.store.identity.device, syncing.county(desk)[0].private, said)
    receipt = wire.read_receipt(ingest.ingest(store, own.signing, batch), own.public)
    assert [o.status for o in receipt.exceptions] == ["refused"] * 4 + ["merged"] + ["held"] * 5
    with store.transaction() as conn:  # the upgrade knows the kind of record, and looks at what it could not look at
        conn.execute(update(EVENT).where(EVENT.c.entity == "mentorship"), {"entity": "person", "schema": units.SCHEMA})
    assert holding.release(store) == 5
    answer = wire.read_receipt(ingest.ingest(store, own.signing, batch), own.public)
    assert [o.status for o in answer.exceptions] == (["refused"] * 4 + ["merged"]) * 2


def outbox_end(desk: Desk) -> int:
    with desk.store.read() as conn:
        return outbox.last(conn)


def test_a_value_that_does_not_fit_its_new_column_does_not_stop_the_upgrade(field: Field) -> None:
    desk = field.desk(TOWNSHIP)
    person_id = person(desk)
    said = canonical({"later": ["k", 1], "out_months": ["k", "三"], "sex": ["q", 1], "wechat": ["k", "w"]})
    row = row_of(desk.store, person_id) | {"extra": said}
    rows.seal(PERSON, row)
    put(desk.store, person_id, extra=said, digest=row["digest"])
    with desk.store.transaction() as conn:
        opening.fill_columns(conn)
    after = row_of(desk.store, person_id)
    assert after["extra"] == canonical({"later": ["k", 1], "out_months": ["k", "三"], "sex": ["q", 1]})
    assert (after["wechat"], after["out_months"]) == ("w", None)
    again = dict(after)
    rows.seal(PERSON, again)
    assert again["digest"] == row["digest"]
    change(desk, person_id, out_months=3)
    assert row_of(desk.store, person_id)["extra"] == canonical({"later": ["k", 1], "sex": ["q", 1]})
    assert rows.to_wire(PERSON, row_of(desk.store, person_id))["out_months"] == ["k", 3]


def test_a_newer_server_says_more_and_an_older_desk_reads_it(field: Field) -> None:
    desk = field.desk(TOWNSHIP)
    person(desk)
    sync(desk)
    own = field.county.own
    # Longer arrays, further keys, and a word for an event that this release has not heard of.
    group = [*msgspec.to_builtins(columns._event_group("person", "create", NEWER, (), [_event()])), ["further"], 7]
    assert columns.to_events(msgspec.json.decode(msgspec.json.encode([group]), type=list[columns.EventGroup]))[0].seq == 1
    receipt = {
        "id": "r", "device": desk.store.identity.device, "batch": "b", "first_seq": 1, "last_seq": 1, "position": 1, "at": "2026",
        "exceptions": [{"seq": 1, "status": "postponed", "until": "2027"}], "further": {},
    }  # fmt: skip
    sealed = wire._pack("receipt", own.id, own.signing, msgspec.json.encode(receipt), 1)
    assert [o.status for o in wire.read_receipt(sealed, own.public).exceptions] == ["held"]
    assert link_of(desk)["server_id"] == own.id


def _event() -> columns.Event:
    return columns.Event(1, "person", "a" * 32, "create", {"name": [None, ["k", "王"]]}, "0", "a", VILLAGE, NEWER, "d")


@pytest.mark.parametrize(("there", "word"), [(wire.PROTOCOL + 1, "升级本程序"), (wire.PROTOCOL - 1, "升级发出它的一方的程序")])
def test_an_envelope_of_another_protocol_says_who_must_upgrade(
    field: Field, monkeypatch: pytest.MonkeyPatch, there: int, word: str
) -> None:
    own = field.county.own
    monkeypatch.setattr(wire, "PROTOCOL", there)
    sealed = wire.pack_word(own.id, own.signing, {})
    monkeypatch.undo()
    with pytest.raises(Exception, match=word) as told:
        wire.peek(sealed)
    assert getattr(told.value, "code", "") == "batch.protocol"
