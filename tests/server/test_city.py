"""A county's server as a device of the city's, over real HTTPS: village desk, county, city, city desk, and down again."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from models.base import local_date, new_id
from models.errors import KnownError, RuleError
from models.fields import Secrecy
from models.records import Cell, digest, parse_json
from models.services import joining, people, publishing, requests
from models.services.desk import Desk
from models.store import audit, outbox, settings
from models.store.unit import Store
from models.sync import ingest, proving, uplink, wire
from models.sync.columns import Event
from models.sync.transports.http import HttpTransport
from models.tables import ENTITIES
from models.tables.system import DEVICE, EVENT
from resources import divisions
from server import cli, uplinking
from server.setup import prepare
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory, enrolled
from tests.models.sync.conftest import ask, change, person, sync

CITY, ELSEWHERE = "411400000000", "411422000000"
ID_NUMBER, PHONE, BANK = "411424198503050015", "13900000001", "6228480000000000001"
TODAY = local_date()


class Realm:
    """A city's server and servers of its counties, each with its desks."""

    def __init__(self, city: County, folder: Path, factory: DeskFactory) -> None:
        self.city, self._folder, self._factory = city, folder, factory
        self.counties: list[County] = []

    def county(self, office: str = COUNTY) -> County:
        folder = self._folder / f"county{len(self.counties)}"
        folder.mkdir()
        made = County(folder, f"sqlite:///{folder / 'county.db'}")
        made.start()
        self.counties.append(made)
        uplinking.join(made.store, made.own, self.city.ticket(office, "server"))
        return made

    def desk(self, server: County, office: str, account: str = "李经办") -> Desk:
        return enrolled(self._factory(office, account), server)

    def up(self, county: County) -> None:
        assert uplinking.once(county.store), uplink.status(county.store)


@pytest.fixture
def realm(either_county: County, tmp_path: Path, desk_factory: DeskFactory) -> Iterator[Realm]:
    made = Realm(either_county, tmp_path, desk_factory)
    yield made
    for county in made.counties:
        county.stop()
        county.store.close()


def status(county: County) -> uplink.Status:
    found = uplink.status(county.store)
    assert found is not None
    return found


def test_a_request_of_a_village_is_seen_by_the_city_and_an_amendment_comes_down(realm: Realm) -> None:
    county = realm.county()
    village, above = realm.desk(county, VILLAGE, "王村"), realm.desk(realm.city, CITY, "周市")
    who = person(village, id_number=ID_NUMBER, phone=PHONE, bank_account=BANK)
    case = ask(village, who)
    requests.act(village, case.id, "accept")
    sync(village)
    assert status(county).unsaid > 0
    assert status(county).receipt == ""
    realm.up(county)
    sync(above)
    seen = people.must_get(above, case.id, "request")
    assert (seen.values["text"], seen.values["state"], seen.village) == ("想办小额贷款", "accepted", VILLAGE)
    told = people.must_get(above, who)
    assert (told.values["name"], told.meta["office"], told.meta["county"]) == ("王小雁", VILLAGE, COUNTY[:6])
    assert [told.values[n] for n in ("id_number", "phone", "bank_account")] == [None, None, None]
    assert (status(county).unsaid, status(county).pending, status(county).refused, status(county).trouble) == (0, 0, 0, "")
    # Down: the city publishes, the county's server takes it over, and its village has it.
    publishing.amend_figures(above, "request.help", TODAY.isoformat(), {"days": 2, "ground": "市专班〔2026〕1号"})
    assert sync(above)[0].exceptions == {}
    realm.up(county)
    sync(village)
    assert next(i.clock.days for i in requests.items(village, TODAY) if i.code == "request.help") == 2
    realm.up(county)
    for store in (county.store, realm.city.store):
        with store.read() as conn:
            assert list(audit.verify(conn)) == []
    with county.store.read() as conn:
        assert proving.verify_receipts(conn, realm.city.own.public) == []


def again(server: County) -> None:
    """The server's process ends and begins anew over its database."""
    server.stop()
    server.store.close()
    server.store, server.own = prepare(server.url, "127.0.0.1")
    server.start()


def set_back(server: County, backup: Path) -> None:
    server.stop()
    server.store.close()
    shutil.copy(backup, server.folder / "county.db")
    server.store, server.own = prepare(server.url, "127.0.0.1")
    server.start()


def back_up(server: County) -> Path:
    again(server)  # nothing is left in a write-ahead log
    return Path(shutil.copy(server.folder / "county.db", server.folder / "backup.db"))


def rows_of(server: County, entity: str = "person") -> dict[str, tuple[str, bool, str]]:
    """(name, whether it is a tombstone, village) by id."""
    table = ENTITIES[entity].table
    with server.store.read() as conn:
        return {r.id: (r.name, r.deleted, r.village) for r in conn.execute(select(table))}


def test_every_kind_of_change_arrives_over_restarts_of_the_county(realm: Realm) -> None:
    county = realm.county()
    town = realm.desk(county, TOWNSHIP)
    kept, moved, gone = person(town, "甲"), person(town, "乙"), person(town, "丙")
    sync(town)
    again(county)
    realm.up(county)
    change(town, kept, name="甲二", phone=PHONE)
    people.move(town, moved, SIBLING)
    with town.store.write("李经办", "删除") as unit:
        unit.delete("person", gone)
    sync(town)
    assert status(county).unsaid == 3
    realm.up(county)
    assert rows_of(realm.city) == {
        kept: ("甲二", False, VILLAGE), moved: ("乙", False, SIBLING), gone: ("丙", True, VILLAGE),
    }  # fmt: skip
    change(town, kept, phone="13900000002")  # a masked field alone is no news for the city
    with town.store.write("李经办", "恢复") as unit:
        unit.restore("person", gone)
    sync(town)
    again(county)
    with county.store.read() as conn:
        before = outbox.last(conn)
    realm.up(county)
    realm.up(county)
    with county.store.read() as conn:
        assert outbox.last(conn) == before + 1
    assert rows_of(realm.city)[gone] == ("丙", False, VILLAGE)


def test_what_is_masked_never_leaves_the_county(realm: Realm) -> None:
    county = realm.county()
    village = realm.desk(county, VILLAGE, "王村")
    who = person(village, id_number=ID_NUMBER, phone=PHONE, phone2="13900000003", bank_account=BANK)
    sync(village)
    change(village, who, phone="13900000004", name="王大雁")
    sync(village)
    realm.up(county)
    masked = {(e.name, s.name) for e in ENTITIES.values() for s in e.specs if s.secrecy is Secrecy.MASKED}
    with county.store.read() as conn:
        own = settings.get(conn, "identity")["device"]
        sent = conn.execute(select(EVENT).where(EVENT.c.device == own)).mappings().all()
    assert {e["entity"] for e in sent} == {"person"}  # accounts stay as well
    assert not {(e["entity"], name) for e in sent for name in parse_json(e["changes"])} & masked
    with realm.city.store.read() as conn:
        there = [str(dict(r)) for t in (EVENT, ENTITIES["person"].table) for r in conn.execute(select(t)).mappings()]
    assert any("王大雁" in line for line in there)
    assert not [n for n in (ID_NUMBER, PHONE, BANK, "13900000003", "13900000004") if any(n in line for line in there)]


def test_two_counties_do_not_see_each_other(realm: Realm) -> None:
    one, two = realm.county(), realm.county(ELSEWHERE)
    here, there = realm.desk(one, TOWNSHIP), realm.desk(two, ELSEWHERE, "赵县")
    where = next(v.code for t in divisions.townships(ELSEWHERE) for v in divisions.villages(t.code))
    mine, theirs = person(here, "甲"), person(there, "乙", where)
    sync(here, there)
    for county in (one, two, one):
        realm.up(county)
    assert set(rows_of(realm.city)) == {mine, theirs}
    assert (set(rows_of(one)), set(rows_of(two))) == ({mine}, {theirs})
    above = realm.desk(realm.city, CITY, "周市")
    assert sync(above)[0].received == 2
    with above.store.write("周市", "修改") as unit:  # the city reads, and writes nothing of a county
        unit.update("person", mine, {"name": Cell.of("市里改的")})
    assert sync(above)[0].exceptions == {"refused": 1}
    assert rows_of(realm.city)[mine][0] == "甲"


def test_a_lost_reply_and_a_revoked_county(realm: Realm, monkeypatch: pytest.MonkeyPatch) -> None:
    county = realm.county()
    town = realm.desk(county, TOWNSHIP)
    who = person(town, "甲")
    sync(town)
    push = HttpTransport.push

    def cut(self: HttpTransport, batch: bytes) -> bytes:
        push(self, batch)
        raise KnownError("net.lost", "与县级服务器的连接中断")

    with monkeypatch.context() as patch:
        patch.setattr(HttpTransport, "push", cut)
        assert not uplinking.once(county.store)
    assert (status(county).pending, status(county).receipt) == (1, "")
    assert "市级服务器的连接中断" in status(county).trouble
    assert set(rows_of(realm.city)) == {who}
    with realm.city.store.transaction() as conn:
        conn.execute(update(DEVICE).where(DEVICE.c.kind == "server").values(revoked_at="2026-11-24T00:00:00.000Z"))
    assert not uplinking.once(county.store)
    assert "已被市级停用" in status(county).trouble
    assert status(county).pending == 1
    # A new ticket makes it another device, which says everything again; the record that is there is not doubled.
    uplinking.join(county.store, county.own, realm.city.ticket(COUNTY, "server"))
    change(town, who, name="甲二")
    sync(town)
    realm.up(county)
    assert rows_of(realm.city) == {who: ("甲二", False, VILLAGE)}
    assert (status(county).pending, status(county).trouble) == (0, "")


def test_a_city_set_back_is_told_again_and_a_county_set_back_joins_anew(
    county: County, tmp_path: Path, desk_factory: DeskFactory
) -> None:
    realm = Realm(county, tmp_path, desk_factory)
    below = realm.county()
    town, city = realm.desk(below, TOWNSHIP), realm.city
    first = person(town, "甲")
    sync(town)
    realm.up(below)
    old_city, old_county = back_up(city), back_up(below)
    second = person(town, "乙")
    change(town, first, name="甲二")
    sync(town)
    realm.up(below)
    whole = rows_of(city)
    assert set(whole) == {first, second}
    set_back(city, old_city)
    assert set(rows_of(city)) == {first}
    realm.up(below)
    assert rows_of(city) == whole
    set_back(below, old_county)
    person(town, "丙")
    sync(town)  # which says again what its county lost
    assert not uplinking.once(below.store)
    assert "请用新的加入凭证" in status(below).trouble
    uplinking.join(below.store, below.own, city.ticket(COUNTY, "server"))
    realm.up(below)
    assert {k: rows_of(city)[k] for k in whole} == whole
    assert len(rows_of(city)) == 3
    below.stop()
    below.store.close()


def test_tickets_are_for_what_they_say(realm: Realm, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    county = realm.county()
    desk = realm.desk(county, COUNTY, "赵县")
    for join in (
        lambda: joining.join(desk, realm.city.ticket(COUNTY, "server")),
        lambda: uplinking.join(county.store, county.own, realm.city.ticket(COUNTY)),
    ):
        with pytest.raises(RuleError) as told:
            join()
        assert told.value.code == "ticket.kind"
    with pytest.raises(RuleError) as told:
        realm.city.ticket(TOWNSHIP, "server")
    assert told.value.code == "ticket.county"
    ticket = realm.city.ticket(COUNTY, "server")
    with realm.city.store.read() as conn:
        device_count = len(conn.execute(select(DEVICE.c.id)).all())
    for _ in range(2):  # the same ticket stays in the service's command line
        uplinking.join(county.store, county.own, ticket)
    with realm.city.store.read() as conn:
        assert len(conn.execute(select(DEVICE.c.id)).all()) == device_count + 1
    assert cli.main(["status", "--db", county.url]) == 0
    said = capsys.readouterr().out
    assert f"作为 {COUNTY} 接入市级服务器 {realm.city.address}" in said
    assert "最近一次回执：还没有" in said
    assert cli.main(["status", "--db", f"sqlite:///{tmp_path / 'alone.db'}"]) == 0
    assert "没有接入市级" in capsys.readouterr().out
    assert cli.main(["serve", "--db", county.url, "--port", "1", "--parent", str(tmp_path / "none.json")]) == 1
    assert "无法读取接入凭证" in capsys.readouterr().err


def test_the_thread_keeps_up_and_tries_again(realm: Realm) -> None:
    county = realm.county()
    town = realm.desk(county, TOWNSHIP)
    realm.city.stop()
    with uplinking.kept_up(county.store, every=0.05):
        who = person(town, "甲")
        sync(town)  # a desk's round does not wait for the city
        assert _until(lambda: "连不上市级服务器" in status(county).trouble)
        realm.city.start()
        assert _until(lambda: who in rows_of(realm.city))
        assert _until(lambda: status(county).trouble == "")


@pytest.mark.parametrize("wrong", [KnownError("db.unreachable", "断了。"), ZeroDivisionError("a bug")], ids=["database", "bug"])
def test_a_database_that_is_away_for_a_minute_does_not_end_the_thread(
    realm: Realm, monkeypatch: pytest.MonkeyPatch, wrong: Exception
) -> None:
    county = realm.county()
    who = person(town := realm.desk(county, TOWNSHIP), "甲")
    sync(town)
    away, rounds = threading.Event(), list[bool]()
    away.set()

    class Away(Store):
        @contextmanager
        def read(self) -> Iterator[Connection]:
            if away.is_set():
                rounds.append(False)
                raise wrong
            with super().read() as conn:
                yield conn

        @contextmanager
        def transaction(self) -> Iterator[Connection]:
            if away.is_set():
                raise KnownError("db.unreachable", "断了。")
            with super().transaction() as conn:
                yield conn

    store = Away(county.store.engine, county.store.where, identity=county.store.identity, clock=county.store.clock)
    store.lock = county.store.lock
    keeper = uplinking.Keeper(store, every=0.05)
    keeper.start()
    assert _until(lambda: len(rounds) > 1)
    away.clear()
    assert _until(lambda: who in rows_of(realm.city))
    keeper.stop()


def _until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_a_county_says_nothing_for_another_and_nothing_that_is_not_to_be_sent(realm: Realm) -> None:
    county, other = realm.county(), realm.county(ELSEWHERE)
    there = realm.desk(other, ELSEWHERE, "赵县")
    where = next(v.code for t in divisions.townships(ELSEWHERE) for v in divisions.villages(t.code))
    theirs = person(there, "乙", where)
    sync(there)
    realm.up(other)
    found = uplink.parent(county.store)
    assert found is not None
    device, parent = found[0].identity.device, found[1]
    masked, household = new_id(), new_id()
    named: dict[str, Any] = {"name": [None, ["k", "甲"]], "phone": [None, ["k", PHONE]], "unheard_of": [None, ["k", BANK]]}
    said = [
        ("person", theirs, "update", {"name": [["k", "乙"], ["k", "丙"]]}, VILLAGE, VILLAGE),
        ("person", theirs, "delete", {}, where, VILLAGE),
        ("person", new_id(), "create", named, where, VILLAGE),
        ("person", new_id(), "create", named, VILLAGE, where),
        ("person", new_id(), "create", named, VILLAGE, ""),
        ("request", new_id(), "create", {"person_id": [None, ["k", theirs]], "item": [None, ["k", "request.help"]],
         "text": [None, ["k", "求助"]], "received_on": [None, ["k", "2026-11-24"]]}, VILLAGE, VILLAGE),
        ("household", household, "create", {"head_name": [None, ["k", "甲"]]}, VILLAGE, VILLAGE),
        ("person", masked, "create", named, VILLAGE, VILLAGE),
    ]  # fmt: skip
    events = [
        Event(n, entity, record, kind, changes, "019a0b0c0d0e-0000", "李经办", village, 2, digest(entity, record, {}), office=office)
        for n, (entity, record, kind, changes, village, office) in enumerate(said, start=1)
    ]
    answer = ingest.ingest(realm.city.store, realm.city.own.signing, wire.pack_batch(device, parent.link.private, events))
    receipt = wire.read_receipt(answer, realm.city.own.public)
    assert [o.status for o in receipt.exceptions] == ["refused"] * 7 + ["merged"]
    assert all(o.wire is None for o in receipt.exceptions[:7])
    assert rows_of(realm.city) == {theirs: ("乙", False, where), masked: ("甲", False, VILLAGE)}
    with realm.city.store.read() as conn:
        kept = [str(dict(r)) for t in (EVENT, ENTITIES["person"].table) for r in conn.execute(select(t)).mappings()]
        assert not [line for line in kept if PHONE in line or BANK in line]
        assert list(audit.verify(conn)) == []
    assert realm.city.store.get("household", household) is None


def test_a_desk_speaks_for_no_other_office(realm: Realm) -> None:
    town = realm.desk(realm.city, TOWNSHIP)
    person(town, "甲")
    with town.store.transaction() as conn:
        conn.execute(update(EVENT).where(EVENT.c.entity == "person").values(office=VILLAGE))
    assert sync(town)[0].exceptions == {"refused": 1}
    assert rows_of(realm.city) == {}
