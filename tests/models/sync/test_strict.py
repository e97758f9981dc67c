"""What the county's server does not let anybody write, pass on or see, however well it is signed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event as listening

from models.base import new_id
from models.errors import KnownError
from models.services import people
from models.sync import columns, feed, history, ingest, laying, wire
from models.sync.columns import Event
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.test_hostile import Pen, person, request, step, stored
from tests.models.sync.test_laying import writer

ELSEWHERE = "411422000000-RS"  # a bureau of another county
NEVER_A_CELL: list[Any] = [5, "abc", [], ["k"], [1, 2, 3], ["z", "1"], ["k", ["a"]], ["k", {"a": 1}], {"k": "a"}, [["k"], "a"]]


@pytest.fixture
def town(either_county: County) -> Pen:
    return Pen(either_county, TOWNSHIP)


def visit(who: str) -> dict[str, Any]:
    return {"person_id": ["k", who], "way": ["k", "visit"], "on": ["k", "2026-11-24"], "by": ["k", "王村"], "text": ["k", "走访"]}


def clash(pen: Pen, one: Event, **fields: Any) -> Event:
    return pen.event("person", one.entity_id, fields, "update", village=VILLAGE)


def test_an_old_value_that_is_none_is_refused_alone(town: Pen) -> None:
    who = town.event("person", new_id(), {**person(), "worries": ["k", "school"]}, village=VILLAGE)
    case = town.event("request", new_id(), {**request(who.entity_id), "answers": ["k", "{}"]}, village=VILLAGE)
    town.push(who, case)
    bad = [clash(town, who, worries=(old, ["k", "housing"])) for old in NEVER_A_CELL]
    bad += [clash(town, who, phone=(old, ["k", "13700000000"]), unheard_of=(old, ["k", "x"])) for old in NEVER_A_CELL]
    unreadable = (["k", "["], ["k", '{"a":1}'])
    bad.append(town.event("request", case.entity_id, {"answers": unreadable}, "update", village=VILLAGE))
    good = clash(town, who, worries=(["k", "medical,school"], ["k", "housing"]))
    said = town.push(*bad, good)
    assert {s for s, o in said.items() if o.status == "refused"} == {e.seq for e in bad}
    assert (stored(town.county, "person", who.entity_id) or {})["worries"] == "housing"
    assert not [i for i in town.pull() if i.entity == "conflict"]


def test_what_was_refused_is_no_base_of_a_later_change(town: Pen) -> None:
    other = Pen(town.county, VILLAGE)
    first = other.event("person", new_id(), {**person(), "worries": ["n", None]})
    other.push(first)
    town.push(clash(town, first, worries=(5, ["k", "school"]), sex=(None, ["k", "不在代码表"])))
    said = town.push(clash(town, first, worries=(["k", "school"], ["k", "housing"])))
    assert [o.status for o in said.values()] == ["conflict"]
    kept = next(i for i in town.pull() if i.entity == "conflict")
    assert kept.wire["base"] == ["k", '["k","school"]']


@pytest.mark.parametrize("at", ["ffffffffffff-0000", "e67700000000-0000"])
def test_a_stamp_of_no_year_is_refused(town: Pen, at: str) -> None:
    said = town.push(town.event("person", new_id(), person(), village=VILLAGE, at=at))
    assert [o.status for o in said.values()] == ["refused"]


def test_a_visit_of_another_office_is_not_filled_in(town: Pen) -> None:
    who, village = new_id(), Pen(town.county, VILLAGE)
    made, walked = village.event("person", who, person()), village.event("contact", new_id(), visit(who))
    assert village.push(made, walked) == {}
    whole = {**visit(who), "retracts": ["k", walked.entity_id]}
    said = town.push(
        town.event("contact", walked.entity_id, {"next_on": ["k", "2026-12-01"]}, "restore", village=VILLAGE),
        town.event("contact", walked.entity_id, {"unheard_of": ["k", "x"]}, "restore", village=VILLAGE),
        town.event("contact", walked.entity_id, whole, village=VILLAGE),
    )
    assert {o.status for o in said.values()} == {"refused"}
    assert [n for o in said.values() for n, why in o.errors if "登记后不能修改" in why] == ["next_on", "unheard_of", "retracts"]
    row = stored(town.county, "contact", walked.entity_id)
    assert row is not None
    assert (row["next_on"], row["retracts"], row["extra"], row["digest"]) == (None, None, None, walked.digest)
    # The office itself says it once more, to a server that may have lost it.
    assert village.push(village.event("contact", walked.entity_id, visit(who))) == {}


def test_nobody_fills_in_a_step_of_another_office(town: Pen) -> None:
    who, case, taken, county = new_id(), new_id(), new_id(), Pen(town.county, COUNTY)
    town.push(
        town.event("person", who, person(), village=VILLAGE),
        town.event("request", case, request(who), village=VILLAGE),
        town.event("request_event", new_id(), step(case, "submit"), village=VILLAGE),
    )
    assert county.push(county.event("request_event", taken, step(case, "note"), village=VILLAGE)) == {}
    said = town.push(town.event("request_event", taken, {**step(case, "note"), "text": ["k", "代填"]}, village=VILLAGE))
    assert [o.status for o in said.values()] == ["refused"]
    assert (stored(town.county, "request_event", taken) or {})["text"] is None


@pytest.mark.parametrize("bureau", [ELSEWHERE, COUNTY, VILLAGE, "411400000000-RS"])
def test_a_request_is_referred_to_a_bureau_of_its_own_county_alone(town: Pen, bureau: str) -> None:
    who, case = new_id(), new_id()
    town.push(town.event("person", who, person(), village=VILLAGE), town.event("request", case, request(who), village=VILLAGE))
    there = Pen(town.county, ELSEWHERE)
    sent = {"request_id": ["k", case], "bureau": ["k", bureau], "sent_on": ["k", "2026-11-24"]}
    said = town.push(town.event("referral", new_id(), sent, village=VILLAGE))
    assert [o.errors for o in said.values()] == [[("bureau", "只能转办给本县的承办单位")]]
    assert there.pull() == []
    assert town.push(town.event("referral", new_id(), {**sent, "bureau": ["k", BUREAU]}, village=VILLAGE)) == {}


def test_the_values_of_a_conflict_are_not_rewritten(town: Pen) -> None:
    who, other, base = new_id(), Pen(town.county, VILLAGE), ["k", "13800001111"]
    first = town.event("person", who, person(), village=VILLAGE)
    town.push(first, clash(town, first, phone=(base, ["k", "13900000001"])))
    other.push(clash(other, first, phone=(base, ["k", "13900000002"])))
    open_ = next(i for i in town.pull() if i.entity == "conflict")
    for fields in (
        {"other": (open_.wire["other"], ["k", '["k","0"]'])}, {"other_by": (open_.wire["other_by"], ["k", "某"])},
        {"settled": ["k", "both"]}, {"settled": ["k", "kept"], "other_at": ["k", "x"]},
    ):  # fmt: skip
        said = town.push(town.event("conflict", open_.id, fields, "update"))
        assert [o.errors for o in said.values()] == [[("", "冲突只能选择保留现值或采用另一值，两个值本身不能改")]]
    assert next(i for i in town.pull() if i.entity == "conflict") == open_
    # What a newer release adds to a conflict goes through, and a decision may be taken back.
    said = town.push(
        town.event("conflict", open_.id, {"settled": ["k", "kept"], "settled_why": ["k", "核实过"]}, "update"),
        town.event("conflict", open_.id, {"settled": (["k", "kept"], None)}, "update"),
    )
    assert {o.status for o in said.values()} == {"merged"}


def test_a_decision_over_a_field_of_a_newer_release_waits_for_the_upgrade(town: Pen) -> None:
    one, two, who = Pen(town.county, COUNTY), Pen(town.county, COUNTY), new_id()
    one.push(one.event("account", who, {"name": ["k", "赵"]}))
    for pen, said in ((one, "1"), (two, "2")):
        pen.push(pen.event("account", who, {"later": ["k", said]}, "update", schema=99))
    open_ = next(i for i in one.pull() if i.entity == "conflict")
    # Nobody below sees it, and this server does not know whose the field is.
    assert town.pull() == []
    decided = {"settled": ["k", "kept"], "settled_by": ["k", "赵"]}
    assert [o.status for o in one.push(one.event("conflict", open_.id, decided, "update", schema=99)).values()] == ["held"]
    assert [o.status for o in two.push(two.event("conflict", open_.id, decided, "update")).values()] == ["refused"]


def test_who_lost_a_record_is_not_told_where_it_is_and_what_became_of_it(town: Pen) -> None:
    first = town.event("person", new_id(), person(), village=VILLAGE)
    town.push(first)
    town.push(move(town, first, SIBLING))
    there = Pen(town.county, SIBLING)
    there.push(there.event("person", first.entity_id, {"name": (["k", "张三"], ["k", "张山"])}, "update", actor="赵新"))
    (left,) = Pen(town.county, VILLAGE).pull()
    assert (left.gone, left.id, left.wire) == (True, first.entity_id, {})
    assert (left.village, left.changed_by, left.digest, left.changed) == ("", "", "", left.born)


def move(pen: Pen, event: Event, to: str) -> Event:
    return pen.event(event.entity, event.entity_id, {"village": (["k", event.village], ["k", to])}, "move", village=to)


def test_a_page_is_of_one_moment(town: Pen, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that moves away while a page is made, and is changed there, is not in that page as its new village has it."""
    first, there = town.event("person", new_id(), person(), village=VILLAGE), Pen(town.county, SIBLING)
    town.push(first)
    renamed = there.event("person", first.entity_id, {"name": (["k", "张三"], ["k", "张山"])}, "update")

    def meanwhile() -> None:
        town.push(move(town, first, SIBLING))
        there.push(renamed)

    whole = feed._still_seen

    def late(*args: Any) -> set[str]:
        aside(meanwhile)
        return whole(*args)

    village = Pen(town.county, VILLAGE)
    monkeypatch.setattr(feed, "_still_seen", late)
    with town.county.store.read() as conn:
        groups, at, _more = feed.page(conn, VILLAGE, 0, 1000)
    monkeypatch.undo()
    assert [(i.wire["name"], i.village) for i in columns.to_items(groups)] == [(["k", "张三"], VILLAGE)]
    assert [i.gone for i in village.pull(at)] == [True]


def test_long_records_end_nobodys_pull(town: Pen) -> None:
    """A page is of so many records, whatever is in them: with these it would have more commas than anybody reads."""
    who, long = new_id(), {"answers": ["k", f"[{','.join('0' * 9000)}]"]}
    town.push(town.event("person", who, person(), village=VILLAGE))
    for _ in range(3):
        assert town.push(*[town.event("request", new_id(), request(who) | long, village=VILLAGE) for _ in range(200)]) == {}
    own, seen, after, more = town.county.own, list[str](), 0, True
    reader = Pen(town.county, TOWNSHIP)
    with town.county.store.read() as conn:
        device = ingest.device_row(conn, reader.id)
        while more:
            sealed, after, more = history.page(conn, own, device, after, 1000)
            header, items = wire.read_page(sealed, own.public)
            assert (header.position, header.more) == (after, more)
            seen += [i.id for i in items]
    assert len(seen) == len(set(seen)) == 601


def test_unknown_fields_do_not_grow_without_end(town: Pen) -> None:
    one = town.event("person", new_id(), person(), village=VILLAGE)
    town.push(one)
    for n in range(9):
        town.push(clash(town, one, **{f"later{n}": ["k", "x" * 19_900]}))
    said = town.push(
        clash(town, one, later9=["k", "x" * 19_900], later10=["k", "x" * 19_900]),
        town.event("person", new_id(), person() | {f"later{n}": ["k", "x" * 19_900] for n in range(11)}, village=VILLAGE),
        town.event("person", one.entity_id, {"later9": ["k", "x" * 19_900], "later10": ["k", "x" * 19_900]}, "update", schema=99),
    )
    assert [(o.status, o.errors) for o in said.values()][:2] == [("refused", [("", "不认识的字段过多")])] * 2
    assert [o.status for o in said.values()] == ["refused", "refused", "held"]


def aside(work: Callable[[], None]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()


def test_what_a_township_cannot_read_on_a_stick_is_not_laid(town: Pen, desk_factory: DeskFactory) -> None:
    desk, village, who = desk_factory(TOWNSHIP), desk_factory(VILLAGE, "王村"), new_id()
    pen = Pen(town.county, VILLAGE)
    made = pen.event("person", who, {**person(), "worries": ["k", "school"]})
    odd = [
        pen.event("person", new_id(), {"name": ["z", "张三"]}), pen.event("person", new_id(), {"name": ["k", 7]}),
        clash(pen, made, worries=(5, ["k", "housing"])), pen.event("person", new_id(), person(), at="yesterday"),
        pen.event("person", new_id(), person(), "drop"), pen.event("person", "' OR 1=1", person()),
    ]  # fmt: skip
    last = pen.event("person", who, {"name": (["k", "张三"], ["k", "张山"])}, "update")
    assert laying.lay(desk.store, writer(village), [made, *odd, last]) == [("person", who)]
    assert people.must_get(desk, who).name == "张山"


def test_a_full_disk_in_the_middle_of_a_batch_is_said_as_one(county: County) -> None:
    pen = Pen(county, TOWNSHIP)
    with county.store.read() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    county.store.engine.dispose()

    def limit(made: Any, _record: object) -> None:
        made.cursor().execute(f"PRAGMA max_page_count = {pages + 20}")

    listening.listen(county.store.engine, "connect", limit)
    many = [pen.event("person", new_id(), person(), village=VILLAGE) for _ in range(2000)]
    with pytest.raises(KnownError) as told:
        pen.push(*many)
    assert told.value.code == "disk.full"
    assert pen.pull() == []
    listening.remove(county.store.engine, "connect", limit)
    county.store.engine.dispose()
    assert pen.push(*many) == {}
    assert len(pen.pull()) == 1000
