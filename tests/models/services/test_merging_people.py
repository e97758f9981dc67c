"""Two files of one person become one: values by choice, everything that belongs to the other, and back again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.errors import RuleError
from models.fields import Kind, Merge, State
from models.records import Cell, Record
from models.services import attachments, contacts, drafts, merging_people, people, requests, timeline, undo
from models.services.desk import Desk
from models.store import audit, moving, rows
from models.tables import ENTITIES
from models.tables.system import AUDIT, EVENT
from tests.conftest import COUNTY, SIBLING, VILLAGE, DeskFactory

KEPT: dict[str, Any] = {"name": "王小雁", "phone": "13800001111", "born_on": "1990-03-05", "marital": "10"}
GONE: dict[str, Any] = {"name": "王小燕", "phone": "13800002222", "born_on": "1990-03-05", "wechat": "wxy_0000"}


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def _person(desk: Desk, values: dict[str, Any], village: str = VILLAGE) -> str:
    cells = {k: v if isinstance(v, Cell) else Cell.of(v) for k, v in values.items()}
    return people.save(desk, None, cells, village, source="花名册").id


@pytest.fixture
def two(desk: Desk) -> tuple[str, str]:
    return _person(desk, KEPT), _person(desk, GONE, SIBLING)


def _family(desk: Desk, who: str) -> dict[str, str]:
    """One of everything that belongs to a person: entity → id."""
    member = people.save_member(desk, who, None, {"name": Cell.of("王小禾"), "relation": Cell.of("20")})
    visit = contacts.add(desk, who, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of("在家")})
    item = next(i for i in requests.items(desk) if i.code == "request.help")
    needed = {f.name: item.sample[f.name] for f in item.fields if f.required}
    request = requests.submit(desk, who, item.code, {"text": Cell.of("想办小额贷款")}, answers=needed)
    paper = attachments.add(desk, "person", who, "身份证.pdf", b"%PDF-1.4 invented")
    photo = attachments.add(desk, "contact", visit.id, "门前.pdf", b"%PDF-1.4 invented too")
    return {"family_member": member.id, "contact": visit.id, "request": request.id, "attachment": paper.id, "of_visit": photo.id}


def _rows(desk: Desk) -> dict[str, dict[str, Any]]:
    """Every record by id, without what any change of it moves."""
    found: dict[str, dict[str, Any]] = {}
    with desk.store.read() as conn:
        for what in ENTITIES.values():
            for r in conn.execute(select(what.table)).mappings():
                found[r["id"]] = {"wire": rows.to_wire(what, r), "village": r["village"], "deleted": r["deleted"], "digest": r["digest"]}
    return found


def _get(desk: Desk, entity: str, record_id: str) -> Record:
    found = desk.store.get(entity, record_id)
    assert found is not None
    return found


def test_what_belongs_to_the_one_belongs_to_the_other(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    theirs = _family(desk, gone)
    steps = [e.id for e in requests.events(desk, theirs["request"])]
    state = _get(desk, "request", theirs["request"]).state
    plan = merging_people.plan(desk, kept, gone)
    assert dict(plan.coming) == {"家庭成员": 1, "联系走访记录": 1, "诉求": 1, "附件": 1}
    merging_people.merge(desk, kept, gone)
    assert [m.id for m in people.family(desk, kept)] == [theirs["family_member"]]
    assert [c.id for c in contacts.of_person(desk, kept)] == [theirs["contact"]]
    assert requests.ids(desk, person_id=kept) == [theirs["request"]]
    assert {a.id for a in attachments.of_person(desk, kept)} == {theirs["attachment"], theirs["of_visit"]}
    assert [e.id for e in requests.events(desk, theirs["request"])] == steps
    assert _get(desk, "request", theirs["request"]).state == state
    assert {_get(desk, e, i).village for e, i in theirs.items() if e in ENTITIES} == {VILLAGE}
    assert _get(desk, "attachment", theirs["of_visit"]).village == VILLAGE
    assert _get(desk, "person", gone).deleted
    assert people.ids(desk) == [kept]
    assert any(e.title == "合并" and "王小燕" in e.text for e in timeline.of_person(desk, kept))


def test_a_value_stays_unless_it_was_chosen_or_never_collected(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    plan = merging_people.plan(desk, kept, gone)
    by_field = {c.field: c for c in plan.choices}
    assert (by_field["wechat"].takes, by_field["phone"].takes, by_field["born_on"].same) == ("gone", "kept", True)
    assert "*" in by_field["phone"].kept
    assert "*" in by_field["phone"].gone
    assert by_field["phone"].differs
    made = merging_people.merge(desk, kept, gone, {"phone": "gone", "name": "kept"})
    assert (made.name, made.phone, made.wechat, made.marital) == ("王小雁", "13800002222", "wxy_0000", "10")
    assert made.origin("wechat").source == "花名册"
    assert (made.id, made.village) == (kept, VILLAGE)


def test_a_field_may_stay_uncollected(desk: Desk, two: tuple[str, str]) -> None:
    made = merging_people.merge(desk, *two, {"wechat": "kept"})
    assert made.cell("wechat") == Cell()


def test_the_state_of_a_value_comes_with_it(desk: Desk) -> None:
    kept = _person(desk, {"name": "王小雁", "income": Cell(State.REFUSED)})
    theirs = {"income": 5_000_000, "employer": Cell(State.TO_VERIFY, "某厂"), "trade": Cell(State.NOT_APPLICABLE)}
    gone = _person(desk, {"name": "王小雁", **theirs})
    made = merging_people.merge(desk, kept, gone)
    assert made.cell("income") == Cell(State.REFUSED)
    assert made.cell("employer") == Cell(State.TO_VERIFY, "某厂")
    assert made.cell("trade") == Cell(State.NOT_APPLICABLE)


def test_undo_brings_both_back_as_they_were(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    theirs, own = _family(desk, gone), _family(desk, kept)
    linked = people.save_member(desk, kept, own["family_member"], {"linked_person_id": Cell.of(gone)})
    before = _rows(desk)
    for village in ("kept", "gone"):
        merging_people.merge(desk, kept, gone, {"phone": "gone", merging_people.VILLAGE: village})
        after = _rows(desk)
        assert after[theirs["contact"]]["wire"]["person_id"] == ["k", kept]
        assert after[linked.id]["wire"]["linked_person_id"] == ["k", kept]
        assert {after[i]["village"] for i in (*theirs.values(), *own.values())} == {VILLAGE if village == "kept" else SIBLING}
        undo.undo(desk)
        assert _rows(desk) == before
        undo.redo(desk)
        assert _rows(desk) == after
        undo.undo(desk)
    assert not any(e.title == "合并" for e in timeline.of_person(desk, kept))


def test_it_is_one_step_and_one_reason(desk: Desk, two: tuple[str, str]) -> None:
    _family(desk, two[1])
    steps = len(desk.store.steps)
    merging_people.merge(desk, *two)
    assert len(desk.store.steps) == steps + 1
    assert desk.store.steps[-1].label == "合并王小雁的两份档案"
    with desk.store.read() as conn:
        last = conn.execute(select(EVENT.c.operation).order_by(EVENT.c.seq.desc()).limit(1)).scalar_one()
        assert last == desk.store.steps[-1].operation
        entries = conn.execute(select(AUDIT.c.detail).where(AUDIT.c.detail.contains(last))).scalars().all()
        assert len(entries) == 1
        assert list(audit.verify(conn)) == []


def test_a_household_is_the_chosen_villages(desk: Desk) -> None:
    def household(village: str) -> str:
        with desk.store.write(desk.account, "建户") as unit:
            return unit.create("household", {"head_name": Cell.of("王大")}, village=village)

    here, there = household(VILLAGE), household(SIBLING)
    kept = _person(desk, {**KEPT, "household_id": here})
    gone = _person(desk, {**GONE, "household_id": there}, SIBLING)
    assert merging_people.merge(desk, kept, gone).household_id == here
    undo.undo(desk)
    moved = merging_people.merge(desk, kept, gone, {merging_people.VILLAGE: "gone"})
    assert (moved.household_id, moved.village) == (there, SIBLING)


def test_whatever_points_to_a_person_is_given_over(desk: Desk, two: tuple[str, str]) -> None:
    """A new entity with a reference to a person comes over without being named anywhere."""
    kept, gone = two
    made: list[tuple[str, str, str]] = []
    with desk.store.write(desk.account, "试") as unit:
        for entity, field in moving.links("person"):
            needed = {s.name: Cell.of("2026-11-24" if s.kind is Kind.DATE else "x") for s in ENTITIES[entity].specs if s.required}
            made.append((entity, unit.create(entity, {**needed, field: Cell.of(gone)}, village=SIBLING), field))
    assert {(e, f) for e, _, f in made} >= {(e.name, s.name) for e in ENTITIES.values() for s in e.specs if s.ref == "person"}
    merging_people.merge(desk, kept, gone)
    assert [_get(desk, e, i).values[f] for e, i, f in made] == [kept] * len(made)
    for row_id, row in _rows(desk).items():
        assert row_id == gone or ["k", gone] not in row["wire"].values()


def test_a_reference_that_names_no_entity_is_known() -> None:
    """Such a one may point to a person as well: models.store.moving has to say so where it does."""
    unnamed = {(e.name, s.name) for e in ENTITIES.values() for s in e.specs if s.kind is Kind.REF and not s.ref}
    assert unnamed == {("attachment", "owner_id"), ("conflict", "record_id")}
    assert ("attachment", "owner_id") in moving.links("person")
    for entity, field in moving.links("person"):  # what may only be added to is given over by its owner, never by an update
        what = ENTITIES[entity]
        assert not what.append_only or what.by_name[field].merge is Merge.ONCE


def test_what_is_deleted_stays_where_it_was(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    member = people.save_member(desk, gone, None, {"name": Cell.of("王小禾"), "relation": Cell.of("20")})
    with desk.store.write(desk.account, "删除家庭成员") as unit:
        unit.delete("family_member", member.id)
    merging_people.merge(desk, kept, gone)
    assert people.family(desk, kept) == []
    assert (_get(desk, "family_member", member.id).person_id, _get(desk, "family_member", member.id).deleted) == (gone, True)


@pytest.mark.parametrize(("office", "sentence"), [(COUNTY, "由登记机构"), (SIBLING, "不在本机构辖区内"), (f"{COUNTY}-RS", "由登记机构")])
def test_who_may_not_is_told(desk_factory: DeskFactory, office: str, sentence: str) -> None:
    desk = desk_factory(office)
    with desk.store.write(desk.account, "试") as unit:  # as a pull brings them
        kept, gone = (unit.create("person", {"name": Cell.of("王小雁")}, village=VILLAGE) for _ in range(2))
    with pytest.raises(RuleError, match=sentence):
        merging_people.merge(desk, kept, gone)
    assert not _get(desk, "person", gone).deleted
    assert merging_people.candidates(desk, _get(desk, "person", kept)) == []


def test_what_is_not_finished_is_finished_first(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    draft = drafts.put(desk, "", "contact", None, {"text": Cell.of("说了一半"), "person_id": Cell.of(gone)})
    with pytest.raises(RuleError, match="没写完的内容"):
        merging_people.merge(desk, kept, gone)
    drafts.drop(desk, draft)
    with desk.store.write(desk.account, "试") as unit:
        cells = {"entity": "person", "record_id": gone, "field": "phone"}
        clash = unit.create("conflict", {k: Cell.of(v) for k, v in cells.items()}, village=SIBLING)
    with pytest.raises(RuleError, match="冲突没有处理"):
        merging_people.plan(desk, kept, gone)
    with desk.store.write(desk.account, "试") as unit:
        unit.update("conflict", clash, {"settled": Cell.of("kept")})
    with pytest.raises(RuleError, match="先建立的那一份"):
        merging_people.merge(desk, gone, kept)
    with pytest.raises(RuleError, match="同一份档案"):
        merging_people.merge(desk, kept, kept)
    with pytest.raises(RuleError, match="选择的栏目不对"):
        merging_people.merge(desk, kept, gone, {"phone": "both"})
    with desk.store.write(desk.account, "试") as unit:
        unit.update("person", gone, {"id_number": Cell.of("411424199003050000")})
    with pytest.raises(RuleError, match="身份证号"):
        merging_people.merge(desk, kept, gone)
    assert not _get(desk, "person", gone).deleted


def test_an_unchecked_number_keeps_its_mark(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    people.save(desk, gone, {"id_number": Cell.of("411424199003050000"), "id_unchecked": Cell.of(True)})
    made = merging_people.merge(desk, kept, gone)
    assert (made.id_number, made.id_unchecked) == ("411424199003050000", True)


def test_who_may_be_one_person(desk: Desk) -> None:
    here = _person(desk, {"name": "王小雁", "born_on": "1990-03-05", "id_number": "41142419900305002X", "id_unchecked": True})
    slip = _person(desk, {"name": "王小雁", "born_on": "1990-03-05", "id_number": "411424199003050127", "id_unchecked": True}, SIBLING)
    _person(desk, {"name": "王小雁", "born_on": "1990-03-05", "id_number": "411424199003057777", "id_unchecked": True})
    unknown = _person(desk, {"name": "王小雁", "born_on": "1990-03-05"})
    found = {r.id for r in merging_people.candidates(desk, _get(desk, "person", here))}
    assert unknown in found
    assert found <= {slip, unknown}


def test_the_older_file_stays_whoever_asks(desk: Desk, two: tuple[str, str]) -> None:
    one, other = (_get(desk, "person", i) for i in two)
    assert merging_people.ordered(one, other) == merging_people.ordered(other, one) == (one, other)
    people.delete(desk, one.id)
    one = _get(desk, "person", one.id)
    assert merging_people.ordered(one, other) == (other, one)
    with pytest.raises(RuleError, match="已被删除"):
        merging_people.merge(desk, one.id, other.id)


def test_what_came_later_for_the_one_that_went_is_found_and_comes_over(desk: Desk, two: tuple[str, str]) -> None:
    kept, gone = two
    merging_people.merge(desk, kept, gone)
    assert merging_people.strays(desk) == []
    made = contacts.add(desk, gone, {"on": Cell.of("2026-11-21"), "way": Cell.of("phone"), "text": Cell.of("电话里说")})
    (stray,) = merging_people.strays(desk)
    assert (stray.person.id, stray.coming) == (gone, (("联系走访记录", 1),))
    assert merging_people.strays(desk, [("contact", made.id)]) == [stray]
    assert merging_people.strays(desk, [("person", kept)]) == []
    into = merging_people.went_to(desk, gone)
    assert into is not None
    assert into.id == kept
    merging_people.merge(desk, kept, gone)
    assert [c.id for c in contacts.of_person(desk, kept)] == [made.id]
    assert merging_people.strays(desk) == []
    undo.undo(desk)
    assert _get(desk, "person", gone).deleted
    assert len(merging_people.strays(desk)) == 1
