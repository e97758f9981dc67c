"""What a forged, broken or curious client may send: each event is refused alone, and nobody learns what is not theirs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import zstandard
from sqlalchemy import func, select, update

from models.base import Clock, new_id
from models.errors import GuiyanError
from models.records import canonical, digest, parse_json
from models.store import audit
from models.sync import columns, enrol, feed, ingest, keys, wire
from models.sync.columns import Event, Item
from models.sync.wire import Outcome, Receipt
from models.tables import ENTITIES
from models.tables.system import DEVICE, EVENT
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE, County

_CLOCK = Clock()


class Pen:
    """A device that writes whatever it likes, with a valid key: it calls the server's own ingest."""

    def __init__(self, county: County, office: str) -> None:
        self.county, self.office = county, office
        self.id, self.private, self.seq = new_id(), keys.new_signing_key(), 0
        with county.store.transaction() as conn:
            ticket = enrol.issue(conn, county.own, office, county.address)
            enrol.accept(conn, enrol.joining(ticket, self.id, "test", self.private))

    def event(self, entity: str, record: str, wire_: dict[str, Any], kind: str = "create", **more: Any) -> Event:
        self.seq += 1
        changes = {k: v if isinstance(v, tuple) else [None, v] for k, v in wire_.items()}
        full: dict[str, Any] = {
            "seq": self.seq, "entity": entity, "entity_id": record, "kind": kind,
            "changes": {k: list(v) for k, v in changes.items()}, "at": _CLOCK.tick(), "actor": "李经办",
            "village": self.office[:12], "schema": 1,
            "digest": digest(entity, record, {k: pair[1] for k, pair in changes.items()}) if kind == "create" else "",
        }  # fmt: skip
        return Event(**{**full, **more})

    def seal(self, *events: Event) -> bytes:
        return wire.pack_batch(self.id, self.private, events)

    def push(self, *events: Event) -> dict[int, Outcome]:
        sealed = ingest.ingest(self.county.store, self.county.own.signing, self.seal(*events))
        receipt: Receipt = wire.read_receipt(sealed, self.county.own.public)
        return {o.seq: o for o in receipt.exceptions}

    def pull(self, after: int = 0) -> list[Item]:
        with self.county.store.read() as conn:
            return columns.to_items(feed.page(conn, self.office, after, 1000)[0])


@pytest.fixture
def town(either_county: County) -> Pen:
    return Pen(either_county, TOWNSHIP)


def person(name: str = "张三") -> dict[str, Any]:
    return {"name": ["k", name], "phone": ["k", "13800001111"]}


def request(person_id: str) -> dict[str, Any]:
    return {
        "person_id": ["k", person_id], "item": ["k", "request_help"], "text": ["k", "求助"], "received_on": ["k", "2026-11-24"],
    }  # fmt: skip


def step(request_id: str, kind: str) -> dict[str, Any]:
    return {"request_id": ["k", request_id], "kind": ["k", kind], "at": ["k", "2026-11-24T08:00:00.000Z"], "by": ["k", "李经办"]}


def stored(county: County, entity: str, record: str) -> dict[str, Any] | None:
    table = ENTITIES[entity].table
    with county.store.read() as conn:
        row = conn.execute(select(table).where(table.c.id == record)).mappings().first()
    return dict(row) if row else None


BROKEN: list[dict[str, Any]] = [
    {"at": "yesterday"},
    {"actor": "李\x00"},
    {"actor": "李" * 61},
    {"village": "不是区划"},
    {"kind": "drop"},
    {"entity": "setting"},
    {"entity": "per\x00son"},
    {"entity_id": "' OR 1=1"},
    {"schema": 1 << 62},
    {"changes": {"name": [None, {"a": 1}]}},
    {"changes": {"name": [None, ["k", 7]]}},
    {"changes": {"name": [None, ["z", "张三"]]}},
    {"changes": {"name": [None, ["k", "张\x00三"]]}},
    {"changes": {"sex": [None, ["k", "不在代码表"]], "name": [None, ["k", "张三"]]}},
    {"changes": {}},
]


def test_one_bad_event_never_stops_its_neighbours(town: Pen) -> None:
    events, good, bad = [], [], []
    for broken in BROKEN:
        event = town.event("person", new_id(), person(), village=VILLAGE)
        events.append(event)
        good.append(event)
        event = msgspec.structs.replace(town.event("person", new_id(), person(), village=VILLAGE), **broken)
        events.append(event)
        bad.append(event)
    said = town.push(*events)
    assert set(said) == {e.seq for e in bad}
    assert {o.status for o in said.values()} == {"refused"}
    assert all(o.errors and o.errors[0][1] for o in said.values())
    assert len(town.pull()) == len(good)
    # A lost reply: the same answer, and nothing twice.
    again = {o.seq: o for o in wire.read_receipt(
        ingest.ingest(town.county.store, town.county.own.signing, town.seal(*events)), town.county.own.public).exceptions}  # fmt: skip
    assert again == said
    with town.county.store.read() as conn:
        assert list(audit.verify(conn)) == []
        assert conn.execute(select(func.count()).select_from(EVENT)).scalar() == len(events)


def test_a_step_that_no_fold_could_read_is_refused_alone(town: Pen) -> None:
    who, case = new_id(), new_id()
    town.push(town.event("person", who, person(), village=VILLAGE), town.event("request", case, request(who), village=VILLAGE))
    unreadable: list[dict[str, Any]] = [
        {"at": ["k", "2026-11-31T08:00:00.000Z"]}, {"at": ["v", "昨天"]}, {"at": ["k", "9999-12-31T23:00:00.000Z"]}, {"data": ["k", "["]},
    ]  # fmt: skip
    bad = [town.event("request_event", new_id(), {**step(case, "submit"), **cells}, village=VILLAGE) for cells in unreadable]
    odd = town.event("request_event", new_id(), {**step(case, "submit"), "data": ["k", "[1]"]}, village=VILLAGE)
    said = town.push(*bad, odd)
    assert [(s, o.status) for s, o in said.items()] == [(e.seq, "refused") for e in bad]
    assert stored(town.county, "request", case)["state"] == "submitted"  # type: ignore[index]


def test_a_change_said_again_by_another_device_counts_once(town: Pen) -> None:
    """A device set back to a backup joins anew and says again what it does not know to have been taken."""
    first = town.event("person", new_id(), person(), village=VILLAGE)
    town.push(first)
    town.push(town.event("person", first.entity_id, {"name": (["k", "张三"], ["k", "张山"])}, "update", village=VILLAGE))
    anew, third = Pen(town.county, TOWNSHIP), Pen(town.county, TOWNSHIP)
    again = msgspec.structs.replace(first, origin=f"{town.id}:{first.seq}")
    anew.seq = again.seq
    lost = anew.event("person", new_id(), person("李四"), village=VILLAGE, origin=f"{town.id}:99")
    assert {k: o.status for k, o in anew.push(again, lost).items()} == {again.seq: "duplicate"}
    twice = msgspec.structs.replace(lost, seq=1)
    third.seq = 1
    # The number alone is no proof: the backup gave it again, to another change.
    other = third.event("person", first.entity_id, {"wechat": (None, ["k", "zs"])}, "update", village=VILLAGE, origin=again.origin)
    assert {k: o.status for k, o in third.push(twice, other).items() if o.status != "merged"} == {1: "duplicate"}
    assert [i.wire["wechat"] for i in town.pull() if i.id == first.entity_id] == [["k", "zs"]]
    assert {i.id: i.wire["name"][1] for i in town.pull() if i.entity == "person"} == {first.entity_id: "张山", lost.entity_id: "李四"}


def test_a_device_is_not_sent_what_stands_as_it_sent_it(town: Pen) -> None:
    mine = town.event("person", new_id(), person(), village=VILLAGE)
    town.push(mine)
    anew = Pen(town.county, TOWNSHIP)

    def sees(pen: Pen) -> list[str]:
        with town.county.store.read() as conn:
            return [i.id for i in columns.to_items(feed.page(conn, TOWNSHIP, 0, 1000, pen.id)[0]) if i.entity == "person"]

    assert (sees(town), sees(anew)) == ([], [mine.entity_id])
    anew.push(anew.event("person", mine.entity_id, {"wechat": (None, ["k", "zs"])}, "update", village=VILLAGE))
    assert sees(town) == [mine.entity_id]


def test_a_refusal_outside_the_scope_tells_nothing(town: Pen) -> None:
    theirs = new_id()
    town.push(town.event("person", theirs, person(), village=SIBLING))
    curious = Pen(town.county, VILLAGE)
    name = {"name": (["k", "甲"], ["k", "乙"])}
    said = curious.push(
        curious.event("person", theirs, name, "update"),
        curious.event("person", theirs, name, "update", village=SIBLING),
        curious.event("person", theirs, {}, "delete"),
        curious.event("household", theirs, {"head_name": ["k", "甲"]}),
        curious.event("person", new_id(), person(), village=SIBLING),
    )
    assert {o.status for o in said.values()} == {"refused"}
    assert len(said) == 5
    assert all(o.wire is None and o.digest is None for o in said.values())
    assert curious.pull() == []
    row = stored(town.county, "person", theirs)
    assert row is not None
    assert (row["name"], row["deleted"]) == ("张三", False)


def test_a_village_cannot_act_on_a_siblings_request(town: Pen) -> None:
    someone, case = new_id(), new_id()
    town.push(
        town.event("person", someone, person(), village=SIBLING),
        town.event("request", case, request(someone), village=SIBLING),
        town.event("request_event", new_id(), step(case, "submit"), village=SIBLING),
    )
    curious = Pen(town.county, VILLAGE)
    said = curious.push(curious.event("request_event", new_id(), step(case, "close")))
    assert said[1].status == "refused"
    assert said[1].wire is None


def test_a_bureau_works_only_on_what_was_referred_to_it(town: Pen) -> None:
    someone, case, other, referral = (new_id() for _ in range(4))
    town.push(
        town.event("person", someone, person(), village=VILLAGE),
        town.event("request", case, request(someone), village=VILLAGE),
        town.event("request", other, request(someone), village=VILLAGE),
    )
    bureau, desk = Pen(town.county, BUREAU), Pen(town.county, COUNTY)
    assert bureau.pull() == []
    sent = {"request_id": ["k", case], "bureau": ["k", BUREAU], "sent_on": ["k", "2026-11-24"]}
    assert desk.push(desk.event("referral", referral, sent, village=VILLAGE)) == {}
    assert {i.id for i in bureau.pull()} == {someone, case, referral}
    answer = {"answer": ["k", "已办"]}
    account, note, stray, elsewhere = new_id(), new_id(), new_id(), new_id()
    said = bureau.push(
        bureau.event("account", account, {"name": ["k", "赵"], "active": ["k", True]}),
        bureau.event("referral", referral, answer, "update", village=VILLAGE),
        bureau.event("request_event", note, step(case, "note"), village=VILLAGE),
        bureau.event("request_event", stray, step(other, "note"), village=VILLAGE),
        bureau.event("request_event", elsewhere, step(case, "note"), village=SIBLING),
        bureau.event("person", someone, {"name": (["k", "张三"], ["k", "改名"])}, "update"),
        bureau.event("account", new_id(), {"name": ["k", "赵"]}, village=VILLAGE),
    )
    assert {s for s, o in said.items() if o.status == "refused" and s > 3} == {4, 5, 6, 7}
    assert 1 not in said
    assert said.get(2) is None or said[2].status == "merged"
    assert stored(town.county, "request_event", stray) is None
    assert stored(town.county, "request_event", elsewhere) is None
    assert any(i.id == referral and i.wire["answer"] == ["k", "已办"] for i in town.pull())


def test_the_countys_fields_are_the_countys(town: Pen) -> None:
    someone, case = new_id(), new_id()
    town.push(town.event("person", someone, person(), village=VILLAGE))
    noted = {**request(someone), "county_note": ["k", "冒充"]}
    said = town.push(town.event("request", case, noted, village=VILLAGE))
    assert said[2].errors[0][0] == "county_note"
    town.push(town.event("request", case, request(someone), village=VILLAGE))
    said = town.push(town.event("request", case, {"county_note": ["k", "冒充"]}, "update", village=VILLAGE))
    assert said[4].errors[0][0] == "county_note"


def test_repeated_clashes_fold_and_a_settled_one_stays_settled(town: Pen) -> None:
    who, other, third = new_id(), Pen(town.county, VILLAGE), Pen(town.county, TOWNSHIP)
    town.push(town.event("person", who, person(), village=VILLAGE))
    base = ["k", "13800001111"]
    assert town.push(town.event("person", who, {"phone": (base, ["k", "13900000001"])}, "update")) != {}
    for n in (2, 3, 4):
        said = other.push(other.event("person", who, {"phone": (base, ["k", f"1390000000{n}"])}, "update"))
        assert next(iter(said.values())).status == "conflict"
    clashes = [i for i in town.pull() if i.entity == "conflict"]
    assert len(clashes) == 1
    assert parse_json(clashes[0].wire["other"][1]) == ["k", "13900000004"]
    assert parse_json(clashes[0].wire["kept"][1]) == ["k", "13900000001"]
    third.push(third.event("person", who, {"phone": (base, ["k", "13900000005"])}, "update"))
    clashes = [i for i in town.pull() if i.entity == "conflict"]
    assert len(clashes) == 2  # another office's value is not lost
    # The decision: the record and its conflict in one operation; no new clash comes of it.
    mine = next(c for c in clashes if parse_json(c.wire["other"][1]) == ["k", "13900000004"])
    said = town.push(
        town.event("person", who, {"phone": (["k", "13900000001"], ["k", "13900000004"])}, "update"),
        town.event("conflict", mine.id, {"settled": ["k", "other"], "settled_by": ["k", "李经办"]}, "update"),
    )
    assert not [o for o in said.values() if o.status in ("conflict", "refused")]
    assert len([i for i in town.pull() if i.entity == "conflict"]) == 2
    seen = other.pull()
    assert next(i for i in seen if i.id == who).wire["phone"] == ["k", "13900000004"]
    # A second decision on the same conflict is told, and opens no conflict about a conflict.
    late = other.push(other.event("conflict", mine.id, {"settled": ["k", "kept"]}, "update"))
    assert next(iter(late.values())).status == "merged"
    assert len([i for i in town.pull() if i.entity == "conflict"]) == 2
    # A clash after the decision is a new question.
    other.push(other.event("person", who, {"phone": (base, ["k", "13900000009"])}, "update"))
    assert len([i for i in town.pull() if i.entity == "conflict"]) == 3


def test_a_decision_that_a_newer_value_overtook_is_asked_again(town: Pen) -> None:
    who, village = new_id(), Pen(town.county, VILLAGE)
    values = [["k", f"1390000000{n}"] for n in range(4)]
    town.push(town.event("person", who, {**person(), "phone": values[0]}, village=VILLAGE))
    town.push(town.event("person", who, {"phone": (values[0], values[1])}, "update"))
    village.push(village.event("person", who, {"phone": (values[0], values[2])}, "update"))
    clash = next(i for i in village.pull() if i.entity == "conflict")
    town.push(town.event("person", who, {"phone": (values[1], values[3])}, "update"))
    said = village.push(  # one action of a village that has not heard of the last change
        village.event("person", who, {"phone": (values[1], values[2])}, "update"),
        village.event("conflict", clash.id, {"settled": ["k", "other"], "settled_by": ["k", "王村"]}, "update"),
    )
    assert [o.status for o in said.values()] == ["conflict", "merged"]
    row, there = stored(town.county, "conflict", clash.id), next(i for i in town.pull() if i.id == clash.id)
    assert row is not None
    assert (row["settled"], parse_json(row["kept"]), parse_json(row["other"])) == (None, values[3], values[2])
    assert row["digest"] == digest("conflict", clash.id, there.wire)  # what stands in the row is what the digest is of


def test_a_move_inside_the_township_takes_nothing_from_it(town: Pen) -> None:
    who = new_id()
    town.push(town.event("person", who, person(), village=VILLAGE))
    old, new = Pen(town.county, VILLAGE), Pen(town.county, SIBLING)
    table = ENTITIES["person"].table
    with town.county.store.transaction() as conn:
        conn.execute(update(table).where(table.c.id == who), {"village": SIBLING})
        row = conn.execute(select(table).where(table.c.id == who)).mappings().one()
        feed.publish(conn, {"person": [row]})
    assert [(i.id, i.gone) for i in town.pull()] == [(who, False)]
    assert [(i.id, i.gone, i.wire) for i in old.pull()] == [(who, True, {})]
    assert [(i.id, i.gone) for i in new.pull()] == [(who, False)]


def test_a_bomb_is_refused_unread(town: Pen) -> None:
    event = town.event("person", new_id(), person(), village=VILLAGE)
    lines = canonical(msgspec.to_builtins(event)).encode()
    body = zstandard.ZstdCompressor().compress(b"\0" * (256 << 20))
    head = msgspec.json.encode(
        wire.Header("batch", town.id, 1, 1, len(lines), keys.fingerprint(body), first_seq=1, last_seq=1)
    )
    front = wire.MAGIC + b"\x01" + len(head).to_bytes(4, "big") + head
    import hashlib

    sealed = front + keys.sign(town.private, hashlib.sha256(front + body).digest()) + body
    with pytest.raises(GuiyanError) as told:
        ingest.ingest(town.county.store, town.county.own.signing, sealed)
    assert told.value.code == "batch.size"


def test_a_revoked_device_is_refused_whole(town: Pen) -> None:
    with town.county.store.transaction() as conn:
        conn.execute(update(DEVICE).where(DEVICE.c.id == town.id), {"revoked_at": "2026-11-24T00:00:00.000Z"})
    with pytest.raises(GuiyanError) as told:
        town.push(town.event("person", new_id(), person(), village=VILLAGE))
    assert told.value.code == "device.revoked"
    assert stored(town.county, "person", town.id) is None
