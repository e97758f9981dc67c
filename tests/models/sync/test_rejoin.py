"""A workspace that comes back as another device: from an old backup, as a copy, shut out, or to another server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.errors import GuiyanError, KnownError
from models.services import conflicts, joining, people, requests, syncing, timeline
from models.services import desk as desks
from models.services.desk import Desk
from models.store import audit, outbox, settings
from models.sync import enrol, position, proving
from models.sync.transports import http
from models.sync.transports.http import HttpTransport
from models.tables import ENTITIES
from models.tables.system import DEVICE, EVENT, TICKET
from server import cli
from tests.conftest import BUREAU, COUNTY, PASSWORD, SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory, enrolled
from tests.models.sync.conftest import ask, change, digests, person, server_digests, statuses, sync, values

Copy = Callable[[Desk], Callable[[], Desk]]


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """copy(desk) keeps the workspace as it is now; what it returns opens the copy."""
    opened: list[Desk] = []

    def take(desk: Desk) -> Callable[[], Desk]:
        folder = tmp_path / f"copy{len(list(tmp_path.glob('copy*')))}"
        desk.store.engine.dispose()
        shutil.copytree(desk.folder, folder)

        def open_it() -> Desk:
            opened.append(desks.unlock(folder, desk.account, PASSWORD))
            return opened[-1]

        return open_it

    yield take
    for desk in opened:
        desk.close()


def _refused(desk: Desk) -> str:
    with pytest.raises(GuiyanError) as told:
        syncing.run(desk)
    return told.value.code


def _whole(desk: Desk, county: County) -> None:
    """Chain and receipts hold on both ends, and both have the same people."""
    for store in (desk.store, county.store):
        with store.read() as conn:
            assert list(audit.verify(conn)) == []
    with desk.store.read() as conn:
        assert proving.verify_receipts(conn, county.own.public) == []
    assert digests(desk) == server_digests(county)


def _lost_replies(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = HttpTransport.push

    def cut(self: HttpTransport, batch: bytes) -> bytes:
        taken(self, batch)
        raise KnownError("net.unreachable", "断线")

    monkeypatch.setattr(HttpTransport, "push", cut)


def test_an_old_backup_joins_anew_and_nothing_is_lost_or_doubled(
    desk_factory: DeskFactory, either_county: County, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = either_county
    town, village = enrolled(desk_factory(), county), enrolled(desk_factory(VILLAGE, "王村"), county)
    one, two = person(town, "甲一", phone="13900000001"), person(town, "乙一")
    sync(town, village)
    change(town, one, wechat="yi")  # waits when the backup is taken, and is sent afterwards
    restore = copy(town)
    change(town, two, phone="13900000002")
    three = person(town, "丙一")
    request = ask(town, one)
    sync(town)
    with monkeypatch.context() as patch:
        _lost_replies(patch)
        change(town, one, phone="13900000009")
        four = person(town, "丁一")
        assert _refused(town) == "net.unreachable"
    town.close()

    old = restore()
    change(old, one, phone="13900000005")  # another number than the one that the county has by now
    change(old, two, wechat="er")
    five = person(old, "戊一")
    assert _refused(old) == "device.rewound"
    assert syncing.status(old).stopped
    before = server_digests(county)
    joining.join(old, county.ticket(TOWNSHIP))
    assert (syncing.status(old).stopped, syncing.status(old).pending) == ("", 4)
    assert server_digests(county) == before
    report = syncing.run(old)
    assert report.exceptions["duplicate"] == 1  # what the county had of the backup's own
    assert report.exceptions["conflict"] == 1
    assert syncing.status(old).pending == 0
    _whole(old, county)
    assert set(digests(old)) == {one, two, three, four, five}
    assert values(old, one, "phone", "wechat") == ["13900000009", "yi"]
    assert values(old, two, "phone", "wechat") == ["13900000002", "er"]
    (clash,) = conflicts.open_list(old)
    assert (clash.record_id, clash.field) == (one, "phone")
    assert clash.other == "139****0005"
    sync(village)
    assert digests(village) == digests(old)
    assert old.store.identity.letter == "B"
    later = ask(old, two)
    assert later.number != request.number
    assert "-B" in later.number
    sync(old)
    _whole(old, county)
    assert syncing.run(old).received == 0


def test_what_was_refused_stays_with_its_reason(joined: DeskFactory, county: County, copy: Copy) -> None:
    town = joined()
    with town.store.write("李经办", "登记") as unit:
        bad = unit.create("person", {"name": people.Cell.of("甲一"), "sex": people.Cell.of("不是代码")}, village=VILLAGE)
    sync(town)
    restore = copy(town)
    person(town, "乙一")
    sync(town)
    old = restore()
    assert _refused(old) == "device.rewound"
    joining.join(old, county.ticket(TOWNSHIP))
    assert syncing.run(old).exceptions == {"refused": 1}
    assert statuses(old, bad) == ["refused"]
    change(old, bad, sex=None)
    sync(old)
    assert bad in server_digests(county)
    _whole(old, county)


def test_two_copies_that_run_as_one_device_are_noticed(joined: DeskFactory, county: County, copy: Copy) -> None:
    town = joined()
    who = person(town, phone="13900000001")
    sync(town)
    other = copy(town)()
    change(town, who, wechat="a")
    change(other, who, address="村东")
    sync(town)
    assert _refused(other) == "device.rewound"
    assert statuses(other, who) == ["applied", "pending"]
    joining.join(other, county.ticket(TOWNSHIP))
    sync(other, town, other)
    assert values(town, who, "wechat", "address") == ["a", "村东"]
    assert digests(town) == digests(other) == server_digests(county)
    with town.store.read() as one, other.store.read() as two:
        assert settings.get(one, "sealing") != settings.get(two, "sealing")
    again = copy(other)()  # copied once more, and both come back from where they were
    person(again, "丙一")
    person(other, "乙一")
    sync(again)
    assert _refused(other) == "device.rewound"
    joining.join(other, county.ticket(TOWNSHIP))
    sync(other, again, town)
    assert len(server_digests(county)) == 3
    for desk in (other, again, town):
        _whole(desk, county)
    assert {d.store.identity.letter for d in (other, again, town)} == {"A", "B", "C"}


def test_a_copy_from_before_the_first_joining(desk_factory: DeskFactory, county: County, copy: Copy) -> None:
    town = desk_factory()
    first = person(town, "甲一")
    restore = copy(town)
    enrolled(town, county)
    second = person(town, "乙一")
    sync(town)
    old = restore()
    change(old, first, phone="13900000001")
    joining.join(old, county.ticket(TOWNSHIP))
    assert syncing.run(old).exceptions == {"duplicate": 2}  # the account and the person
    assert set(digests(old)) == {first, second}
    assert values(old, first, "phone") == ["13900000001"]
    _whole(old, county)


def test_a_lost_answer_to_a_joining_makes_no_second_device(
    joined: DeskFactory, desk_factory: DeskFactory, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, back = desk_factory(), joined(VILLAGE, "王村")
    _revoke(county, back)
    sent = http.join
    for desk in (first, back):
        ticket = county.ticket(desk.office)

        def lost(ticket: enrol.Ticket, asked: enrol.Joining) -> enrol.Joined:
            sent(ticket, asked)
            raise KnownError("net.cut", "断线")

        with monkeypatch.context() as patch:
            patch.setattr(http, "join", lost)
            with pytest.raises(KnownError, match="连接中断，还没有加入"):
                joining.join(desk, ticket)
        joining.join(desk, ticket)
        person(desk)
        sync(desk)
    with county.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(DEVICE)).scalar() == 3  # with the one that was revoked
        assert conn.execute(select(func.count()).select_from(TICKET).where(TICKET.c.used_by.is_(None))).scalar() == 0


def _revoke(county: County, desk: Desk) -> None:
    assert cli.main(["revoke", desk.store.identity.device, "--db", county.url]) == 0


def test_a_revoked_device_reads_on_and_comes_back_with_a_new_ticket(
    joined: DeskFactory, county: County, capsys: pytest.CaptureFixture[str]
) -> None:
    town = joined()
    who = person(town, "甲一")
    sync(town)
    _revoke(county, town)
    assert "停用" in capsys.readouterr().out
    unsent = person(town, "乙一")
    assert _refused(town) == "device.revoked"
    assert "查看" in syncing.status(town).stopped
    assert people.must_get(town, who).name == "甲一"
    assert cli.main(["devices", "--db", county.url]) == 0
    listed = capsys.readouterr().out
    assert town.store.identity.device in listed
    assert "已停用" in listed
    joining.join(town, county.ticket(TOWNSHIP))
    sync(town)
    assert set(server_digests(county)) == {who, unsent}
    _whole(town, county)
    assert cli.main(["revoke", "0" * 32, "--db", county.url]) == 1
    assert "没有" in capsys.readouterr().err


def test_a_server_that_forgot_the_device_is_told_everything_again(joined: DeskFactory, county: County) -> None:
    """Restored from a backup that is older than the joining."""
    town, later = joined(), joined(TOWNSHIP, "张经办")
    who, hers = person(town, "甲一"), person(later, "乙一")
    request = ask(later, hers)
    sync(town, later)
    lost = later.store.identity
    with county.store.transaction() as conn:
        conn.execute(TICKET.delete())
        conn.execute(DEVICE.delete().where(DEVICE.c.id == lost.device))
        for name in ("person", "request", "request_event"):
            t = ENTITIES[name].table
            conn.execute(t.delete().where(t.c.id.in_(select(EVENT.c.entity_id).where(EVENT.c.device == lost.device))))
        conn.exec_driver_sql(f"DELETE FROM feed WHERE entity_id IN (SELECT entity_id FROM event WHERE device = '{lost.device}')")
        conn.execute(EVENT.delete().where(EVENT.c.device == lost.device))
    assert _refused(later) == "device.unknown"
    joining.join(later, county.ticket(TOWNSHIP))
    assert later.store.identity == lost
    sync(later)
    assert set(server_digests(county)) == {who, hers}
    assert set(server_digests(county, "request")) == {request.id}
    assert syncing.status(later).pending == 0
    assert people.must_get(later, hers).name == "乙一"


def test_the_clock_goes_on_under_the_new_number(joined: DeskFactory, county: County) -> None:
    """What is written after a joining anew and a restart stands after what was written before."""
    town = joined()
    with town.store.write("李经办", "登记") as unit:  # the PC's clock was a year fast for a while
        unit.store.clock.seen(f"{(1 << 41) - 1:012x}-0000", max_ahead_ms=1 << 60)
        unit.create("person", {"name": people.Cell.of("甲一")}, village=VILLAGE)
    sync(town)
    with town.store.read() as conn:
        last = conn.execute(select(func.max(EVENT.c.at))).scalar()
    _revoke(county, town)
    joining.join(town, county.ticket(TOWNSHIP))
    town.store.engine.dispose()
    again = desks.unlock(town.folder, town.account, PASSWORD)
    assert again.store.clock.tick() > last
    assert [e.title for e in timeline.of_person(again, next(iter(digests(again))))] == ["建档"]
    again.close()


@pytest.fixture
def second(tmp_path: Path) -> Iterator[County]:
    folder = tmp_path / "second"
    folder.mkdir()
    county = County(folder, f"sqlite:///{folder / 'county.db'}")
    county.start()
    yield county
    county.stop()
    county.store.close()


def test_another_server_is_told_everything_and_nothing_is_claimed_before(
    joined: DeskFactory, county: County, second: County
) -> None:
    town, village, desk = joined(), joined(VILLAGE, "王村"), joined(COUNTY, "赵县")
    mine, theirs = person(town, "甲一", phone="13900000001"), person(village, "乙一", phone="13900000002")
    request = ask(village, theirs)
    sync(town, village, desk, town)
    requests.act(town, request.id, "accept")
    sync(town, desk)
    referral = requests.refer(desk, request.id, BUREAU, "请核实")
    sync(desk, village, town)
    change(town, theirs, wechat="unsent")
    change(village, theirs, phone="13900000009")
    unsent = person(town, "丙一")
    county.stop()

    joining.join(town, second.ticket(TOWNSHIP))
    assert [syncing.record_state(town, i) for i in (mine, theirs, unsent)] == ["pending"] * 3
    assert syncing.status(town).last_receipt_at == ""
    with town.store.read() as conn:
        assert outbox.acked(conn) == 0
        assert proving.verify_receipts(conn, second.own.public) == []  # the old ones, by the server that gave them
    sync(town)
    assert set(server_digests(second)) == {mine, theirs, unsent}
    joining.join(village, second.ticket(VILLAGE))
    sync(village)
    joining.join(desk, second.ticket(COUNTY))
    sync(desk, town, village)
    assert values(town, theirs, "phone", "wechat") == ["13900000009", "unsent"] == values(village, theirs, "phone", "wechat")
    for one in (town, village, desk):
        _whole(one, second)
        assert conflicts.open_list(one) == []
        assert syncing.status(one).pending == 0
        assert people.must_get(one, request.id, "request").state == "dispatched"
        assert people.must_get(one, referral.id, "referral").ask == "请核实"
    assert {d.store.identity.letter for d in (town, village, desk)} == {"A"}
    with town.store.transaction() as conn:
        settings.put(conn, "servers", {})
    with town.store.read() as conn:
        assert proving.verify_receipts(conn, second.own.public)  # nothing vouches for them without their server's key


def _taken(county: County, letters: Sequence[str]) -> None:
    with county.store.transaction() as conn:
        for n, letter in enumerate(letters):
            conn.execute(DEVICE.insert(), {
                "id": f"{n:032x}", "office": TOWNSHIP, "letter": letter, "name": "", "public_key": bytes(32), "enrolled_at": "",
                "last_seq": 0, "revoked_at": "2026",
            })  # fmt: skip


@pytest.mark.parametrize(("taken", "wanted", "given"), [
    ("", "", "A"), ("A", "", "B"), ("AC", "", "D"), ("AC", "B", "B"), ("AB", "B", "C"), ("Z", "", "AA"), ("A", "lower", "B"),
    ("A", "ABCD", "B"), ("A", "B2", "B"), (["ZZ"], "", "AAA"), (["ZZZ"], "", "A"), (["A", "C", "ZZZ"], "", "B"), (["ZZZ"], "ZZZ", "A"),
])  # fmt: skip
def test_a_letter_is_never_given_twice(county: County, taken: Sequence[str], wanted: str, given: str) -> None:
    _taken(county, taken)
    with county.store.read() as conn:
        assert enrol._free_letter(conn, TOWNSHIP, wanted) == given


def test_whatever_letter_was_given_may_come_again(desk_factory: DeskFactory, county: County) -> None:
    """The last one of all was given already: the next device gets one with which it may join another time."""
    _taken(county, ["ZZZ"])
    town = enrolled(desk_factory(), county)
    for _ in range(2):
        _revoke(county, town)
        enrolled(town, county)
    assert town.store.identity.letter == "C"
    assert {"ZZZ", "A", "B", "C"} == set(_letters(county))


def test_when_no_letter_is_left_nobody_joins(monkeypatch: pytest.MonkeyPatch, desk_factory: DeskFactory, county: County) -> None:
    monkeypatch.setattr(enrol, "LONGEST_LETTER", 1)
    _taken(county, [chr(65 + n) for n in range(26)])
    with pytest.raises(GuiyanError, match="用完") as told:
        enrolled(desk_factory(), county)
    assert told.value.code == "device.letters"


def _letters(county: County) -> list[str]:
    with county.store.read() as conn:
        return list(conn.execute(select(DEVICE.c.letter)).scalars())


def test_the_same_number_of_another_change_is_no_proof(joined: DeskFactory, county: County, copy: Copy) -> None:
    """A restored copy gave the numbers of the lost changes a second time, to other changes of the same records."""
    town = joined()
    who = person(town, "甲一")
    sync(town)
    restore = copy(town)
    change(town, who, phone="13900000001")
    sync(town)
    old = restore()
    change(old, who, wechat="b")
    with old.store.read() as conn:
        assert outbox.last(conn) == 3
    joining.join(old, county.ticket(TOWNSHIP))
    assert syncing.run(old).exceptions.get("duplicate", 0) == 0
    assert values(old, who, "phone", "wechat") == ["13900000001", "b"]
    _whole(old, county)


def test_a_move_that_waits_goes_to_another_server_as_a_move(joined: DeskFactory, county: County, second: County) -> None:
    town = joined()
    who = person(town, "甲一")
    sync(town)
    people.move(town, who, SIBLING)
    county.stop()
    joining.join(town, second.ticket(TOWNSHIP))
    sync(town)
    table = ENTITIES["person"].table
    with second.store.read() as conn:
        there = conn.execute(select(table.c.village, table.c.extra).where(table.c.id == who)).one()
    assert (there.village, there.extra) == (SIBLING, None)  # the village is no field of the record
    assert syncing.status(town).pending == syncing.status(town).refused == 0
    _whole(town, second)


def test_what_was_mended_after_a_refusal_is_not_refused_anew(joined: DeskFactory, county: County, second: County) -> None:
    """The server was set back before it heard of either, and the device goes on at another one."""
    town = joined()
    with town.store.read() as conn:
        before = outbox.last(conn)
    with town.store.write("李经办", "登记") as unit:
        bad = unit.create("person", {"name": people.Cell.of("甲一"), "sex": people.Cell.of("不是代码")}, village=VILLAGE)
    sync(town)
    change(town, bad, sex=None)
    sync(town)
    position.meet(town.store, before, "")
    joining.join(town, second.ticket(TOWNSHIP))
    sync(town)
    assert syncing.status(town).refused == 0
    assert bad in server_digests(second)
    _whole(town, second)
