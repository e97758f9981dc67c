"""Two villages have entered one person: the township makes one file of both, and whatever the others do meanwhile is not lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.errors import RuleError
from models.records import Cell
from models.services import contacts, merging_people, people, reconciling, refusals, requests, undo
from models.services.desk import Desk
from models.sync import proving
from models.tables import ENTITIES
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, ask, change, digests, person, server_digests, sync
from tests.models.sync.test_hostile import Pen

KINDS = ("person", "family_member", "contact", "request", "request_event", "attachment")


def _visit(desk: Desk, who: str, text: str = "在家") -> str:
    return contacts.add(desk, who, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of(text)}).id


def _both(town: Desk, *others: Desk) -> tuple[str, str]:
    """One person twice, in two villages, with a visit and a request on the second; all the desks know of both."""
    kept = person(town, phone="13800001111", born_on="1990-03-05")
    gone = person(town, village=SIBLING, born_on="1990-03-05", wechat="wxy_0000")
    people.save_member(town, gone, None, {"name": Cell.of("王小禾"), "relation": Cell.of("20")})
    _visit(town, gone)
    ask(town, gone)
    sync(town, *others)
    return kept, gone


def _same_everywhere(field: Field, *desks: Desk) -> None:
    for desk in desks:
        for kind in KINDS:
            assert digests(desk, kind).items() <= server_digests(field.county, kind).items(), kind
        with desk.store.read() as conn:
            assert proving.verify_receipts(conn, field.county.own.public) == []
        assert reconciling.run(desk, thorough=True).equal


def _visits(desk: Desk, who: str) -> set[str]:
    return {c.id for c in contacts.of_person(desk, who)}


def test_all_comes_over_at_every_desk_and_goes_back_by_undo(either: Field) -> None:
    town, old, new = either.desk(TOWNSHIP), either.desk(SIBLING, "赵村"), either.desk(VILLAGE, "王村")
    kept, gone = _both(town, old, new)
    merging_people.merge(town, kept, gone)
    reports = sync(town, new, old)
    assert [r.exceptions for r in reports] == [{}, {}, {}]
    assert len(_visits(new, kept)) == len(people.family(new, kept)) == len(requests.ids(new, person_id=kept)) == 1
    assert people.ids(new) == [kept]
    assert people.ids(old) == []  # the kept file stands in the other village
    assert merging_people.strays(old) == merging_people.strays(new) == []
    _same_everywhere(either, town, new)
    undo.undo(town)
    sync(town, new, old)
    assert (people.ids(new), people.ids(old)) == ([kept], [gone])
    assert len(_visits(old, gone)) == len(requests.ids(old, person_id=gone)) == 1
    assert _visits(new, kept) == set()
    _same_everywhere(either, town, new, old)


def test_an_edit_of_the_file_that_went_is_seen_and_may_be_sent(field: Field) -> None:
    town, old = field.desk(TOWNSHIP), field.desk(SIBLING, "赵村")
    kept, gone = _both(town, old)
    change(old, gone, employer="新厂")
    merging_people.merge(town, kept, gone)
    sync(town)
    assert sync(old)[0].exceptions == {"refused": 1}
    (refusal,) = refusals.refused_of(old, gone)
    assert refusal.restorable
    assert "已被删除" in refusal.errors[0][1]
    refusals.restore(old, "person", gone)
    sync(old, town)
    back = people.get(town, gone)
    assert back is not None
    assert (back.deleted, back.employer) == (False, "新厂")
    asked = people.get(town, kept)
    assert asked is not None
    assert [r.id for r in merging_people.candidates(town, asked)] == [gone]  # and it is offered again, with the change
    assert merging_people.merge(town, kept, gone).employer == "新厂"
    sync(town, old)
    _same_everywhere(field, town)


def test_a_refused_edit_is_settled_by_merging_at_the_desk_that_made_it(field: Field) -> None:
    town, other = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "王芳")
    kept, gone = _both(town, other)
    change(other, gone, employer="新厂")
    merging_people.merge(town, kept, gone)
    sync(town, other)
    assert len(refusals.refused_of(other, gone)) == 1
    assert merging_people.merge(other, kept, gone).employer == "新厂"
    assert refusals.refused_of(other, gone) == []
    assert sync(other, town)[0].exceptions == {}
    there = people.get(town, kept)
    assert there is not None
    assert there.employer == "新厂"
    _same_everywhere(field, town, other)


def test_a_visit_to_the_file_that_went_is_found_at_every_desk(field: Field) -> None:
    town, old, other = field.desk(TOWNSHIP), field.desk(SIBLING, "赵村"), field.desk(TOWNSHIP, "王芳")
    kept, gone = _both(town, old, other)
    merging_people.merge(town, kept, gone)
    made = _visit(old, gone, "路上遇到")
    sync(town, old, other, town)
    for desk in (town, old, other):
        (stray,) = merging_people.strays(desk)
        assert (stray.person.id, stray.coming) == (gone, (("联系走访记录", 1),))
    merging_people.merge(other, kept, gone)
    sync(other, town, old)
    assert made in _visits(town, kept) & _visits(other, kept)
    assert [merging_people.strays(d) for d in (town, old, other)] == [[], [], []]
    _same_everywhere(field, town, other)


def test_two_desks_that_merge_the_same_two_agree(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "王芳")
    kept, gone = _both(one, two)
    late = _visit(two, gone, "第二次")
    merging_people.merge(one, kept, gone)
    merging_people.merge(two, kept, gone)
    sync(one, two, one)
    for desk in (one, two):
        assert people.ids(desk) == [kept]
        assert late in _visits(desk, kept)
        assert len(_visits(desk, kept)) == 2
        assert merging_people.strays(desk) == []
    _same_everywhere(field, one, two)


def test_what_two_desks_gave_to_two_files_is_never_out_of_sight(field: Field) -> None:
    """Three files of one person: one desk makes the second part of the first while another makes the third part of the second."""
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "王芳")
    first, second = _both(one)
    third = person(one, "王小雁", SIBLING, employer="新厂")
    visit = _visit(one, third)
    sync(one, two)
    merging_people.merge(one, first, second)
    merging_people.merge(two, second, third)
    sync(one)
    assert sync(two)[0].exceptions == {"refused": 1}  # the second is gone: what it was to take of the third has no place
    sync(one, two)
    for desk in (one, two):
        (stray,) = merging_people.strays(desk)
        assert (stray.person.id, stray.coming) == (second, (("联系走访记录", 1),))
    assert len(refusals.refused_of(two, second)) == 1
    assert merging_people.merge(two, first, second).employer == "新厂"
    sync(two, one)
    for desk in (one, two):
        assert people.ids(desk) == [first]
        assert visit in _visits(desk, first)
        assert merging_people.strays(desk) == []
    _same_everywhere(field, one, two)


def test_two_desks_that_give_one_visit_away_leave_it_with_the_first(field: Field) -> None:
    one, two = field.desk(TOWNSHIP), field.desk(TOWNSHIP, "王芳")
    first, second = person(one, born_on="1990-03-05"), person(one)
    third = person(one, phone="13800001111")
    visit = _visit(one, third)
    sync(one, two)
    merging_people.merge(one, first, third)
    merging_people.merge(two, second, third)
    sync(one, two, one)
    assert [(_visits(d, first), _visits(d, second)) for d in (one, two)] == [({visit}, set())] * 2
    with two.store.read() as conn:
        assert conn.execute(select(ENTITIES["conflict"].table.c.id)).all() == []
    _same_everywhere(field, one, two)


def test_a_bureau_sees_whose_its_request_is(field: Field) -> None:
    town, county, bureau = field.desk(TOWNSHIP), field.desk(COUNTY, "县专班"), field.desk(BUREAU, "人社局")
    kept, gone = _both(town, county)
    (case,) = requests.ids(town, person_id=gone)
    requests.act(town, case, "accept")
    sync(town, county)
    requests.refer(county, case, BUREAU, "请答复")
    sync(county, bureau)
    assert people.get(bureau, gone) is not None
    assert people.get(bureau, kept) is None
    merging_people.merge(town, kept, gone)
    sync(town, bureau)
    seen, of = bureau.store.get("request", case), people.get(bureau, kept)
    assert seen is not None
    assert of is not None
    assert (seen.person_id, of.name) == (kept, "王小雁")
    assert reconciling.run(bureau, thorough=True).equal


def test_a_village_has_no_say_beyond_itself(field: Field) -> None:
    town, village = field.desk(TOWNSHIP), field.desk(VILLAGE, "王村")
    kept, gone = _both(town, village)
    assert people.get(village, gone) is None
    with pytest.raises(RuleError, match="没有编号"):
        merging_people.merge(village, kept, gone)


def test_only_an_owner_changes_by_a_record_that_comes_back(either_county: County) -> None:
    """What is written once is not rewritten under the name of a restoring, neither its words nor its owner abroad."""
    county, town = Pen(either_county, COUNTY), Pen(either_county, TOWNSHIP)
    one, two, visit = (f"{n:032x}" for n in (1, 2, 3))
    said = {"person_id": ["k", one], "way": ["k", "visit"], "on": ["k", "2026-11-20"], "by": ["k", "张"], "text": ["k", "在家"]}
    people_ = [town.event("person", i, {"name": ["k", "王小雁"]}, village=VILLAGE) for i in (one, two)]
    assert town.push(*people_) == {}
    assert county.push(county.event("contact", visit, said, village=VILLAGE)) == {}
    forged = town.push(town.event("contact", visit, {"text": (["k", "在家"], ["k", "不在家"])}, "restore", village=VILLAGE))
    assert [o.errors for o in forged.values()] == [[("text", "谈话内容登记后不能修改")]]
    given = town.push(town.event("contact", visit, {"person_id": (["k", one], ["k", two])}, "restore", village=VILLAGE))
    assert [o.status for o in given.values()] == ["merged"]  # the digest was not said; the change is taken
    table = ENTITIES["contact"].table
    with either_county.store.read() as conn:
        row = conn.execute(select(table.c.person_id, table.c.text).where(table.c.id == visit)).one()
    assert tuple(row) == (two, "在家")
