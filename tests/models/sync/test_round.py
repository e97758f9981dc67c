"""Both ends over real HTTPS: push, receipt, pull; what is said to have arrived has arrived."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from models.errors import RuleError
from models.records import Cell
from models.services import conflicts, people, requests, syncing, verifying
from models.store import audit
from models.store.unit import New
from models.sync import client, wire
from models.sync.transports.http import HttpTransport
from models.tables.system import EVENT, RECEIPT
from tests.conftest import BUREAU, COUNTY, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import Field, ask, change, digests, person, server_digests, statuses, sync, values


def test_push_receipt_pull(either: Field) -> None:
    one, two, county = either.desk(TOWNSHIP), either.desk(TOWNSHIP, "张经办"), either.desk(COUNTY)
    person_id = person(one, phone="13900000001", income=50000)
    asked = ask(one, person_id)
    assert syncing.record_state(one, person_id) == "pending"
    sync(one)
    assert syncing.record_state(one, person_id) == "received"
    assert syncing.status(one).pending == 0
    sync(two, county)
    for desk in (two, county):
        assert values(desk, person_id, "name", "phone", "income") == ["王小雁", "13900000001", 50000]
        assert requests.ids(desk, person_id=person_id) == [asked.id]
        assert people.must_get(desk, asked.id, "request").state == "submitted"
        assert digests(desk) == server_digests(either.county) == digests(one)
    for desk in (one, two, county):
        assert [f for part in verifying.verify(desk) for f in part.faults] == []
    with either.county.store.read() as conn:
        assert list(audit.verify(conn)) == []


def test_a_second_round_sends_and_brings_nothing(field: Field) -> None:
    desk = field.desk(TOWNSHIP)
    person(desk)
    sync(desk)
    sync(desk)
    (again,) = sync(desk)
    assert (again.sent, again.received, again.touched) == (0, 0, [])


def test_many_records_in_many_batches(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    from models.store.unit import New

    with one.store.write("李经办", "导入") as unit:
        unit.create_many("person", [New({"name": Cell.of(f"第{n}人")}, VILLAGE) for n in range(2500)])
    (sent,) = sync(one)
    assert sent.sent >= 2500
    assert sent.exceptions == {}
    (got,) = sync(two)
    assert got.received >= 2500
    assert digests(two) == digests(one)
    assert len(digests(one)) == 2500
    with one.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(RECEIPT)).scalar_one() > 2


def test_different_fields_merge(either: Field) -> None:
    one, two = either.desk(TOWNSHIP), either.desk(VILLAGE, "村支书")
    person_id = person(one, phone="13900000001", wechat="a")
    sync(one, two)
    change(one, person_id, phone="13900000002")
    change(two, person_id, wechat="b", services_wanted="policy")
    sync(one)
    (second,) = sync(two)
    assert second.exceptions == {"merged": 1}
    sync(one)
    for desk in (one, two):
        assert values(desk, person_id, "phone", "wechat") == ["13900000002", "b"]
        assert conflicts.open_list(desk) == []
    assert digests(one) == digests(two) == server_digests(either.county)


def test_the_same_field_becomes_a_conflict_that_a_person_settles(either: Field) -> None:
    one, two, county = either.desk(TOWNSHIP), either.desk(VILLAGE, "村支书"), either.desk(COUNTY)
    person_id = person(one, phone="13900000001")
    sync(one, two, county)
    change(one, person_id, phone="13900000002")
    change(two, person_id, phone="13900000003")
    sync(one)
    (second,) = sync(two)
    assert second.exceptions == {"conflict": 1}
    assert syncing.record_state(two, person_id) == "conflict"
    sync(one)
    for desk in (one, two):
        assert values(desk, person_id, "phone") == ["13900000002"]
        (clash,) = conflicts.open_list(desk)
        assert clash.record_id == person_id
        assert {clash.base[-1], clash.kept[-1], clash.other[-1]} == {"1", "2", "3"}
        assert "村支书" in clash.other_by
    conflicts.settle(two, conflicts.open_list(two)[0].id, "other")
    sync(two, one, county)
    for desk in (one, two, county):
        assert values(desk, person_id, "phone") == ["13900000003"]
        assert conflicts.open_list(desk) == []
    assert digests(one) == digests(two) == digests(county) == server_digests(either.county)
    conflict = digests(one, "conflict")
    assert len(conflict) == 1
    assert conflict == digests(two, "conflict") == server_digests(either.county, "conflict")


def test_repeated_conflicts_fold_into_the_open_one(either: Field) -> None:
    one, two = either.desk(TOWNSHIP), either.desk(VILLAGE, "村支书")
    person_id = person(one, phone="13900000001")
    sync(one, two)
    for last in (4, 6, 8):  # each round the village has not seen the township's newest value
        change(one, person_id, phone=f"1390000000{last}")
        change(two, person_id, phone=f"1390000000{last + 1}")
        sync(one)
        sync(two)
    (clash,) = conflicts.open_list(two)
    assert clash.kept.endswith("8")
    assert clash.other.endswith("9")
    sync(one)
    assert [c.id for c in conflicts.open_list(one)] == [clash.id]
    assert digests(one) == digests(two)
    conflicts.settle(one, clash.id, "kept")
    change(two, person_id, phone="13900000005")
    sync(one, two)  # the settled one stays settled, and this change has a base of its own
    assert conflicts.open_list(two) == []
    assert values(two, person_id, "phone") == ["13900000005"]


def test_one_bad_event_is_refused_and_then_corrected(either: Field) -> None:
    one, two = either.desk(TOWNSHIP), either.desk(TOWNSHIP, "张经办")
    good = person(one, "甲")
    with one.store.write("李经办", "旧版本登记") as unit:  # what a faulty older client could still have in its outbox
        bad = unit.create("person", {"name": Cell.of("乙"), "sex": Cell.of("不明"), "income": Cell.of(1)}, village=VILLAGE)
    later = person(one, "丙")
    (said,) = sync(one)
    assert said.exceptions == {"refused": 1}
    assert [syncing.record_state(one, i) for i in (good, bad, later)] == ["received", "refused", "received"]
    (line,) = syncing.lines(one, only_waiting=True)
    assert line.record_id == bad
    assert [e[0] for e in line.errors] == ["sex"]
    sync(two)
    assert people.get(two, bad) is None
    assert values(two, later, "name") == ["丙"]
    change(one, bad, sex="2")
    (said,) = sync(one)
    assert said.exceptions == {}
    assert syncing.record_state(one, bad) == "received"
    sync(two)
    assert values(two, bad, "name", "sex", "income") == ["乙", "2", 1]
    assert digests(one) == digests(two)


def test_a_refused_change_of_a_known_record_keeps_what_was_typed(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    person_id = person(one, phone="13900000001")
    sync(one, two)
    with one.store.write("李经办", "旧版本修改") as unit:
        unit.update("person", person_id, {"sex": Cell.of("不明")})
    change(two, person_id, wechat="w")
    sync(two, one, one)
    assert values(one, person_id, "sex", "wechat") == ["不明", "w"], "never overwritten, and the other field came in"
    change(one, person_id, sex="1")
    sync(one, two)
    assert values(two, person_id, "sex", "wechat") == ["1", "w"]
    assert digests(one) == digests(two)


def test_an_unsent_change_is_never_overwritten(field: Field) -> None:
    from models.sync import client
    from models.sync.transports.http import HttpTransport, Server

    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    person_id = person(one, phone="13900000001", wechat="a")
    sync(one, two)
    change(two, person_id, phone="13900000002", wechat="b")
    sync(two)
    change(one, person_id, phone="13900000003")
    import base64

    from tests.models.sync.conftest import link_of

    link = link_of(one)
    known = client.Link(link["server_id"], base64.b64decode(link["server_key"]), base64.b64decode(link["private"]))
    with HttpTransport(Server(link["address"], link["certificate"]), one.store.identity.device, known.private) as http:
        http.greet()
        client._pull_all(one.store, known, http, client.Report(), lambda *_: None)
    assert values(one, person_id, "phone", "wechat") == ["13900000003", "b"]
    assert statuses(one, person_id)[-1] == "pending"


def test_a_deletion_travels_and_can_be_undone(field: Field) -> None:
    from models.services import undo

    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "张经办")
    person_id = person(one)
    sync(one, two)
    people.delete(one, person_id)
    sync(one, two)
    assert people.must_get(two, person_id).deleted
    assert people.ids(two) == []
    undo.undo(one)
    sync(one, two)
    assert not people.must_get(two, person_id).deleted
    assert digests(one) == digests(two) == server_digests(field.county)


def test_referral_and_reply_travel_back(either: Field) -> None:
    town, county, bureau = either.desk(TOWNSHIP), either.desk(COUNTY, "县专班"), either.desk(BUREAU, "人社局")
    other = either.desk("411424000000-NY", "农业农村局")
    person_id, unseen = person(town), person(town, "赵无关")
    asked = ask(town, person_id)
    requests.act(town, asked.id, "accept")
    sync(town, county)
    referral = requests.refer(county, asked.id, BUREAU, "请核实贷款条件")
    sync(county, bureau, other)
    assert (people.get(bureau, unseen), people.get(other, person_id)) == (None, None)
    assert people.get(other, asked.id) is None
    assert people.must_get(bureau, asked.id, "request").state == "dispatched"
    assert values(bureau, person_id, "name") == ["王小雁"]
    assert [e.kind for e in requests.events(bureau, asked.id)] == ["submit", "accept", "dispatch"]
    requests.answer_referral(bureau, referral.id, "符合条件，请到窗口办理")
    requests.act(bureau, asked.id, "reply", "可以办理")
    (said,) = sync(bureau)
    assert said.exceptions == {}
    sync(town, county)
    for desk in (town, county, bureau):
        got = people.must_get(desk, asked.id, "request")
        assert (got.state, got.reply) == ("replied", "可以办理")
        assert requests.referrals(desk, asked.id)[0].answer == "符合条件，请到窗口办理"
    requests.act(town, asked.id, "close", "已放款")
    sync(town, bureau)
    assert people.must_get(bureau, asked.id, "request").state == "closed"


def test_a_township_refers_without_a_county_desk(field: Field) -> None:
    town, bureau = field.desk(TOWNSHIP), field.desk(BUREAU, "人社局")
    asked = ask(town, person(town))
    requests.act(town, asked.id, "accept")
    requests.refer(town, asked.id, BUREAU, "请核实")
    (said,) = sync(town)
    assert said.exceptions == {}
    sync(bureau)
    assert people.must_get(bureau, asked.id, "request").state == "dispatched"


def test_every_device_counts_gapless(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(VILLAGE, "村支书")
    for n in range(3):
        person(one, f"甲{n}")
        person(two, f"乙{n}")
        sync(one, two)
    with field.county.store.read() as conn:
        for desk in (one, two):
            seqs = list(conn.execute(select(EVENT.c.seq).where(EVENT.c.device == desk.store.identity.device).order_by(EVENT.c.seq)).scalars())
            assert seqs == list(range(1, len(seqs) + 1))


def test_a_slow_line_is_sent_fewer_bytes(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, bodies = field.desk(TOWNSHIP), list[bytes]()
    real = HttpTransport.push
    sync(desk)
    monkeypatch.setattr(HttpTransport, "push", lambda self, body: bodies.append(body) or real(self, body))
    monkeypatch.setattr(client, "FIRST_BATCH", 300)
    monkeypatch.setattr(client, "LARGEST_BATCH", 300)

    def second_batch(slow: int) -> int:
        """Bytes of the same 300 requests that are packed after a batch whose line was slower than this, or not."""
        monkeypatch.setattr(client, "SLOW", slow)
        with desk.store.write("李经办", "登记") as unit:
            unit.create_many("person", [New({"name": Cell.of("王小雁"), "note": Cell.of(f"在外务工，来信第 {i} 封" * 20)}) for i in range(900)])
        bodies.clear()
        sync(desk)
        assert len(bodies) == 3
        return len(bodies[2])

    quick, thorough = second_batch(0), second_batch(1 << 40)
    assert thorough < 0.95 * quick


@pytest.mark.parametrize("wrong", [{"last_seq": 99}, {"first_seq": 1}, {"exceptions": [wire.Outcome(99, "refused")]}])
def test_a_signed_receipt_speaks_of_its_batch_alone(
    joined: DeskFactory, county: County, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    """What it says of other changes would call received, or refused, what was never sent."""
    town = joined()
    sync(town)
    who = person(town)
    push = HttpTransport.push

    def nonsense(line: HttpTransport, batch: bytes) -> bytes:
        said = wire.read_receipt(push(line, batch), county.own.public)
        return wire.pack_receipt(county.own.id, county.own.signing, msgspec.structs.replace(said, **wrong))

    with monkeypatch.context() as patch:
        patch.setattr(HttpTransport, "push", nonsense)
        with pytest.raises(RuleError):
            sync(town)
    assert syncing.record_state(town, who) == "pending"
    later = person(town, "李四")
    sync(town)
    assert {who, later} <= set(server_digests(county))
    assert syncing.record_state(town, who) == "received"
