"""What a curious or broken client learns and changes by comparing: nothing that is not its office's; and what a bomb does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest

from models.errors import GuiyanError, RuleError
from models.services import people, reconciling, requests, syncing
from models.services.desk import Desk
from models.store import rows
from models.sync import comparing, reconcile, returning, wire
from models.sync.client import Link
from models.sync.reconcile import Answer, Ask, Part
from models.sync.returning import Returned
from models.sync.transports.http import HttpTransport, Server
from models.tables import ENTITIES
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE
from tests.models.sync.backstage import PERSON, drop, put, row_of
from tests.models.sync.conftest import Field, ask, change, person, sync


@contextmanager
def line(desk: Desk) -> Iterator[tuple[HttpTransport, bytes]]:
    """An open session of a desk, and the county's key."""
    link, address, certificate = syncing.county(desk)
    with HttpTransport(Server(address, certificate), desk.store.identity.device, link.private) as transport:
        transport.greet()
        yield transport, link.server_key


def asked(desk: Desk, *parts: Part, totals: dict[str, str] | None = None) -> Answer:
    with line(desk) as (transport, key):
        return wire.read_word(transport.compare(msgspec.json.encode(Ask(totals or {}, list(parts)))), key, Answer)


def wanted(desk: Desk, *records: tuple[str, str]) -> list[str]:
    with line(desk) as (transport, key):
        return [i.id for i in wire.read_page(transport.wanted(msgspec.json.encode(records)), key)[1]]


def given(desk: Desk, *records: Returned) -> dict[str, str]:
    with line(desk) as (transport, key):
        return wire.read_word(transport.give_back(msgspec.json.encode(records)), key, dict[str, str])


def as_it_is(row: dict[str, Any], **other: object) -> Returned:
    return Returned("person", row["id"], rows.to_wire(PERSON, row | other), bool(row["deleted"]))


def code(work: Any, *what: Any) -> str:
    with pytest.raises(GuiyanError) as told:
        work(*what)
    return told.value.code


def test_a_neighbour_learns_and_changes_nothing(either: Field) -> None:
    village, neighbour = either.desk(VILLAGE, "村支书"), either.desk(SIBLING, "邻村支书")
    record_id = person(village)
    sync(village, neighbour)
    totals = {"person": reconcile.total({})}
    assert asked(neighbour, Part("person", VILLAGE), totals=totals) == Answer(
        asked(neighbour, Part("person", VILLAGE), totals=totals).asked, {}, [reconcile.Told([], [])]
    )
    assert wanted(neighbour, ("person", record_id)) == []
    row = row_of(either.county.store, record_id)
    assert given(neighbour, as_it_is(row)) == {record_id: "unknown"} == given(neighbour, as_it_is(row, name="别人"))
    drop(either.county.store, record_id)
    assert given(neighbour, as_it_is(row)) == {record_id: "unknown"}
    assert wanted(neighbour, ("person", record_id)) == []
    assert given(village, as_it_is(row)) == {record_id: "restored"}
    assert row_of(either.county.store, record_id) == row


def test_a_bureau_compares_what_was_referred_to_it(either: Field) -> None:
    town, bureau = either.desk(TOWNSHIP), either.desk(BUREAU, "局经办")
    known, other = person(town), person(town, "李无关")
    case = ask(town, known)
    requests.act(town, case.id, "accept")
    sync(town, bureau)
    assert wanted(bureau, ("person", known), ("request", case.id)) == []
    requests.refer(town, case.id, BUREAU)
    sync(town, bureau)
    assert reconciling.run(bureau).equal
    assert set(wanted(bureau, ("person", known), ("person", other), ("request", case.id))) == {known, case.id}
    listed = asked(bureau, Part("person", VILLAGE)).parts[0].records
    assert [seen.id for seen in listed] == [known]
    row, stranger = row_of(either.county.store, known), row_of(either.county.store, other)
    drop(either.county.store, known)
    drop(either.county.store, other)
    assert given(bureau, as_it_is(row), as_it_is(stranger)) == {known: "restored", other: "unknown"}
    drop(bureau.store, known)
    result = reconciling.run(bureau, mend=True)
    assert (result.faults, result.pulled) == ({}, 1)
    assert people.get(bureau, known) is not None


def test_published_records_are_compared_by_every_office_below(either: Field) -> None:
    from models.records import Cell

    county, village = either.desk(COUNTY), either.desk(VILLAGE, "村支书")
    with county.store.write("县经办", "发布") as unit:
        day = unit.create("calendar_day", {"on": Cell.of("2027-02-08"), "workday": Cell.of(False), "source": Cell.of("国办")})
    sync(county, village)
    table = ENTITIES["calendar_day"].table
    with village.store.transaction() as conn:
        conn.execute(table.delete())
    assert reconciling.run(village).faults == {"missing": 1}
    assert reconciling.run(village, mend=True).pulled == 1
    assert wanted(village, ("calendar_day", day)) == [day]


def test_only_what_the_county_once_had_is_taken(either: Field) -> None:
    town = either.desk(TOWNSHIP)
    record_id = person(town, phone="13900000001")
    sync(town)
    change(town, record_id, phone="13900000002")
    sync(town)
    row = row_of(either.county.store, record_id)
    assert given(town, as_it_is(row, name="别人")) == {record_id: "known"}
    drop(either.county.store, record_id)
    assert given(town, as_it_is(row, name="别人"), as_it_is(row, phone="13900000001")) == {record_id: "other"}
    broken = [
        Returned("person", record_id, w)
        for w in ({"name": 1}, {"name": ["k"]}, {"name": ["x", 1]}, {"zz": [{}, 1 << 70]}, {"name": None})
    ]
    for one in broken:
        assert given(town, one) == {record_id: "other"}
    assert given(town, Returned("request", record_id, {}), Returned("nothing", record_id, {}), Returned("person", "x", {})) == {
        record_id: "unknown"
    }
    assert given(town, as_it_is(row)) == {record_id: "restored"}


def test_a_tombstone_brings_no_values(either: Field) -> None:
    town = either.desk(TOWNSHIP)
    record_id = person(town, phone="13900000001")
    sync(town)
    people.delete(town, record_id)
    sync(town)
    put(either.county.store, record_id, deleted=False)
    stained = Returned("person", record_id, {"name": ["k", "冒名"], "phone": ["k", "13999999999"]}, True)
    assert given(town, stained) == {record_id: "restored"}
    row = row_of(either.county.store, record_id)
    assert (row["deleted"], row["name"], row["phone"]) == (True, "王小雁", "13900000001")
    drop(either.county.store, record_id)
    assert given(town, stained) == {record_id: "restored"}
    row = row_of(either.county.store, record_id)
    assert (row["deleted"], row["name"], row["phone"]) == (True, None, None)


def test_bombs_are_refused(field: Field) -> None:
    town = field.desk(TOWNSHIP)
    sync(town)
    with line(town) as (transport, _key):
        for body in (
            b"",
            b"{",
            b"[" * 200_000,
            b'{"totals":' + b'{"a":' * 30_000,
            b"\xff\xfe",
            b'{"parts":[["person"]]}',
            b"[1]",
        ):
            assert code(transport.compare, body) == "compare.malformed"
        for prefix in ("g", "A", "%", "0" * 15):
            assert (
                code(transport.compare, msgspec.json.encode(Ask(parts=[Part("person", VILLAGE, prefix)]))) == "compare.malformed"
            )
        many = [Part("person", VILLAGE)] * (reconcile.MOST_PARTS + 1)
        assert code(transport.compare, msgspec.json.encode(Ask(parts=many))) == "compare.large"
        assert code(transport.compare, b" " * (reconcile.MOST_ASKED + 1)) == "compare.large"
        totals = {str(n): "" for n in range(101)}
        assert code(transport.compare, msgspec.json.encode(Ask(totals=totals))) == "compare.large"
        ids = [("person", "a" * 32)] * (reconcile.MOST_IDS + 1)
        assert code(transport.wanted, msgspec.json.encode(ids)) == "compare.large"
        assert code(transport.wanted, b'[["person", 1]]') == "compare.malformed"
        given_ = [Returned("person", "a" * 32, {})] * (returning.MOST + 1)
        assert code(transport.give_back, msgspec.json.encode(given_)) == "compare.large"
        assert code(transport.give_back, b" " * (returning.MOST_BYTES + 1)) == "compare.large"
        assert code(transport.give_back, b'[["person","' + b"a" * 32 + b'",' + b'{"a":' * 50_000) == "compare.malformed"
        assert wire.read_word(transport.compare(b'{"parts":[["nothing","x"]],"new":1}'), _key, Answer).parts == [
            reconcile.Told([], [])
        ]


def test_a_question_costs_no_more_than_its_bound(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is beyond is left unanswered and asked again."""
    monkeypatch.setattr(reconcile, "MOST_HASHED", 3)
    town = field.desk(TOWNSHIP)
    for n in range(8):
        person(town, f"王小{n}", VILLAGE if n % 2 else SIBLING)
    sync(town)
    assert len(asked(town, Part("person", VILLAGE), Part("person", SIBLING)).parts) == 1
    result = reconciling.run(town, thorough=True)
    assert result.equal
    assert result.questions > 2


class Liar:
    """A line that answers whatever it is told to answer."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers

    def compare(self, question: bytes) -> bytes:
        return self.answers[0]

    wanted = give_back = compare


def test_an_answer_to_another_question_is_not_believed(field: Field) -> None:
    town = field.desk(TOWNSHIP)
    person(town)
    sync(town)
    link: Link = syncing.county(town)[0]
    with line(town) as (transport, _key):
        old = transport.compare(msgspec.json.encode(Ask(totals={"person": ""})))
    for answer, why in ((old, "compare.answer"), (old[:-1] + b"x", "batch.checksum"), (b"", "batch.foreign")):
        with pytest.raises(RuleError) as told:
            comparing.compare(town.store, link, Liar(answer), lambda *_: None)
        assert told.value.code == why
