"""Every field of every synced entity can clash; whoever may then settle it does, or is told in a sentence who can."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from models.base import new_id
from models.errors import RuleError
from models.fields import FieldSpec, Kind, Merge
from models.records import Cell, canonical
from models.services import conflicts, people, syncing
from models.services.desk import Desk
from models.store import rows
from models.store.moving import may_change_owner
from models.sync.registry import SYNCED
from models.tables import ENTITIES
from resources import codes
from tests.conftest import BUREAU, COUNTY, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import ask, change, digests, person, server_digests, sync, values

CITY = "411400000000"
Pair = tuple[Desk, Desk]

# Of kinds of text that only certain words fit, and references: which two values clash.
SPECIAL = {
    ("request_event", "kind"): ("submit", "accept"), ("attachment", "owner_entity"): ("person", "contact"),
    ("amendment", "body"): ('{"a":1}', '{"a":2}'),
}  # fmt: skip
PLAIN: dict[Kind, tuple[object, object]] = {
    Kind.DATE: ("2026-01-05", "2026-01-06"), Kind.MOMENT: ("2026-01-05T01:00:00.000Z", "2026-01-06T01:00:00.000Z"),
    Kind.INT: (1, 2), Kind.MONEY: (100, 200), Kind.BOOL: (True, False), Kind.PHONE: ("13900000001", "13900000002"),
    Kind.ID_NUMBER: ("411424198503050015", "411424198503050023"), Kind.ACCOUNT: ("6228480000000000001", "6228480000000000002"),
    Kind.OFFICE: (BUREAU, "411424000000-NY"), Kind.JSON: ('{"a":true}', '{"a":false}'), Kind.REF: ("a" * 32, "b" * 32),
}  # fmt: skip


def two_values(entity: str, spec: FieldSpec) -> tuple[object, object]:
    if (entity, spec.name) in SPECIAL:
        return SPECIAL[entity, spec.name]
    if spec.kind in (Kind.CODE, Kind.CODES):
        found = [c.code for c in codes.table(spec.codes)]
        return found[0], found[1]
    return PLAIN.get(spec.kind, ("甲", "乙"))


def say(desk: Desk, entity: str, record_id: str, cells: dict[str, Cell]) -> None:
    """The record as this desk has it is said as a whole: so comes what a database brings that was elsewhere before."""
    what = ENTITIES[entity]
    with desk.store.transaction() as conn:
        row = dict(conn.execute(select(what.table).where(what.table.c.id == record_id)).mappings().one())
        rows.put_cells(what, row, cells)
        rows.seal(what, row)
        conn.execute(update(what.table).where(what.table.c.id == record_id), row)
    with desk.store.write(desk.account, "再说一次") as unit:
        unit.say_again(entity, record_id)


def clashing(one: Desk, two: Desk, entity: str, merge: Merge, village: str) -> tuple[str, set[str]]:
    """(a record, its fields of this merge rule over which the two desks clash now)."""
    what = ENTITIES[entity]
    linked = {s.name for s in what.specs if may_change_owner(entity, s.name)}
    disputed = [s for s in what.specs if s.merge is merge and s.kind is not Kind.CODES and s.name not in linked]
    first = {s.name: Cell.of(two_values(entity, s)[0]) for s in what.specs if (s.required or s in disputed) and s.travels}
    who = person(one, village=village)
    first |= {n: Cell.of(who) for n in linked & {s.name for s in what.specs if s.required}}
    first |= {n: Cell.of(ask(one, who).id) for n in ("request_id",) if n in first and merge is not Merge.COUNTY}
    with one.store.write(one.account, "登记") as unit:
        made = unit.create(entity, first, village=village)
    assert sync(one, two)[0].exceptions == {}
    say(two, entity, made, {s.name: Cell.of(two_values(entity, s)[1]) for s in disputed})
    sync(two, one)
    return made, {s.name for s in disputed}


CASES = sorted(
    {(e, s.merge) for e in SYNCED if e != "conflict" for s in ENTITIES[e].specs if s.travels}, key=lambda c: (c[0], c[1].value)
)


@pytest.fixture
def level(joined: DeskFactory) -> Callable[[str, Merge], Pair]:
    """Two desks of the office that writes fields of this rule in records of this kind."""

    def make(entity: str, merge: Merge) -> Pair:
        office = COUNTY if merge is Merge.COUNTY or SYNCED[entity].down else TOWNSHIP
        return joined(office, "王芳"), joined(office, "李明")

    return make


@pytest.mark.parametrize(("entity", "merge"), CASES, ids=lambda x: getattr(x, "value", x))
def test_every_clash_is_drawn_and_settled(
    level: Callable[[str, Merge], Pair], county: County, entity: str, merge: Merge
) -> None:
    one, two = level(entity, merge)
    village = VILLAGE if one.office == TOWNSHIP else COUNTY
    made, fields = clashing(one, two, entity, merge, village)
    found = {c.field: c for c in conflicts.open_list(one)}
    assert set(found) == fields
    assert syncing.status(one).conflicts == len(fields)
    unknown = {s.name for s in ENTITIES[entity].specs if s.kind is Kind.REF}  # to records that are nowhere: no two words for them
    for c in found.values():
        assert c.mine
        assert c.kept != c.other or c.differs or c.field in unknown
        assert conflicts.reveal(one, c.id)["other"]
    with one.store.read() as conn:
        assert len(conflicts.history(conn, one, [made])) == len(fields)
    closed = merge is Merge.ONCE or ENTITIES[entity].append_only
    for n, c in enumerate(found.values()):
        assert c.bar == ("once" if closed else "")
        if closed:
            with pytest.raises(RuleError, match="登记后不能修改"):
                conflicts.settle(one, c.id, "other")
        conflicts.settle(one, c.id, "kept" if closed or n % 2 else "other")
    assert [r.exceptions.get("refused", 0) for r in sync(one, two)] == [0, 0]
    assert conflicts.open_list(one) == conflicts.open_list(two) == []
    assert digests(one, entity) == digests(two, entity) == server_digests(county, entity)
    assert digests(one, "conflict") == server_digests(county, "conflict")


def test_over_what_was_written_once_the_county_waits_for_whoever_knows_the_record(joined: DeskFactory) -> None:
    one, two, county = joined(TOWNSHIP, "王芳"), joined(TOWNSHIP, "李明"), joined(COUNTY, "赵立新")
    clashing(one, two, "contact", Merge.ONCE, VILLAGE)
    sync(county)
    found = conflicts.open_list(county)
    assert found
    assert not any(c.mine for c in found)
    assert syncing.status(county).conflicts == 0


def test_a_county_settles_what_it_entered_itself(joined: DeskFactory) -> None:
    """Nobody else would: a person who is entered at the county's own desk stands in no township."""
    one, two = joined(COUNTY, "赵立新"), joined(COUNTY, "钱立新")
    who = person(one, wechat="a", village=COUNTY)
    sync(one, two)
    change(one, who, wechat="b")
    change(two, who, wechat="c")
    sync(one, two)
    (found,) = conflicts.open_list(two)
    assert found.mine
    conflicts.settle(two, found.id, "other")
    assert [r.exceptions for r in sync(two, one)] == [{}, {}]
    assert values(one, who, "wechat") == ["c"]
    assert conflicts.open_list(one) == []


def test_two_desks_of_the_city_settle_over_what_it_publishes(joined: DeskFactory) -> None:
    one, two, county = joined(CITY, "周市"), joined(CITY, "吴市"), joined(COUNTY, "赵立新")
    with one.store.write("周市", "发布") as unit:
        day = {"on": "2027-03-03", "workday": False, "name": "停工", "source": "〔2026〕1号"}
        made = unit.create("calendar_day", {k: Cell.of(v) for k, v in day.items()})
    sync(one, two, county)
    for desk, name in ((one, "甲"), (two, "乙")):
        with desk.store.write(desk.account, "修改") as unit:
            unit.update("calendar_day", made, {"name": Cell.of(name)})
    sync(one, two, county)
    assert conflicts.open_list(county) == [], "what the city publishes is its own business"
    (found,) = conflicts.open_list(two)
    assert found.mine
    conflicts.settle(two, found.id, "other")
    assert [r.exceptions for r in sync(two, one)] == [{}, {}]
    assert people.must_get(one, made, "calendar_day").name == "乙"


def test_the_city_sees_a_countys_conflict_and_leaves_it_to_the_county(joined: DeskFactory) -> None:
    one, two, city = joined(COUNTY, "赵立新"), joined(COUNTY, "钱立新"), joined(CITY, "周市")
    clashing(one, two, "calendar_day", Merge.COUNTY, COUNTY)
    sync(city)
    found = conflicts.open_list(city)
    assert [c.mine for c in found] == [False] * len(found)
    assert syncing.status(city).conflicts == 0
    with pytest.raises(RuleError, match="由发布它的县级或市级选择"):
        conflicts.settle(city, found[0].id, "kept")
    with city.store.write("周市", "越权") as unit:
        unit.update("conflict", found[0].id, {"settled": Cell.of("kept")})
    assert sync(city)[0].exceptions == {"refused": 1}


def test_a_bureau_settles_over_its_own_account(joined: DeskFactory) -> None:
    """Two computers of one workspace that was copied: the bureau alone knows what its clerk is called."""
    one, two = joined(BUREAU, "孙明"), joined(BUREAU, "孙亮")
    made = new_id()
    for desk, name in ((one, "孙明"), (two, "孙亮")):
        with desk.store.write(desk.account, "账号") as unit:
            unit.create("account", {"name": Cell.of("孙")}, village=COUNTY, id=made)
        sync(desk)
        with desk.store.write(desk.account, "账号") as unit:
            unit.update("account", made, {"name": Cell.of(name)})
    sync(one, two)
    (found,) = conflicts.open_list(two)
    assert (found.mine, found.kept, found.other) == (True, "孙明", "孙亮")
    conflicts.settle(two, found.id, "other")
    assert sync(two)[0].exceptions == {}
    assert conflicts.open_list(two) == []


@pytest.mark.parametrize(("entity", "field"), [("person", "shoe_size"), ("talent", "name")])
def test_what_a_newer_release_says_is_shown_and_left_to_it(joined: DeskFactory, county: County, entity: str, field: str) -> None:
    town, about = joined(TOWNSHIP, "王芳"), ENTITIES["conflict"]
    who = person(town)
    sync(town)
    row = rows.blank(about, new_id(), county=COUNTY[:6], office=CITY, village=VILLAGE, at="0" * 12 + "-0001", by="新")
    said = {"entity": entity, "record_id": who, "field": field, "kept": canonical(["k", "41"]), "other": canonical(["k", "42"])}
    row.update(said, other_by=f"新（{VILLAGE}）", other_at=row["born"], kept_by="旧", kept_at=row["born"])
    rows.seal(about, row)
    with town.store.transaction() as conn:
        conn.execute(about.table.insert(), row)
    (found,) = conflicts.open_list(town)
    assert (found.label, found.kept, found.other, found.bar, found.mine) == (field, "41", "42", "newer", False)
    assert syncing.status(town).conflicts == 0
    for settle in (lambda: conflicts.settle(town, found.id, "kept"), lambda: conflicts.reveal(town, found.id)):
        with pytest.raises(RuleError, match="请先升级本机程序"):
            settle()
    with town.store.transaction() as conn:
        conn.execute(update(about.table), {"settled": "kept"})
    with town.store.read() as conn:
        assert [p.title for p in conflicts.history(conn, town, [who])] == [f"冲突已处理：{field}"]


def test_a_conflict_cannot_be_taken_away(joined: DeskFactory, county: County) -> None:
    one, two = joined(TOWNSHIP, "王芳"), joined(TOWNSHIP, "李明")
    clashing(one, two, "household", Merge.INTAKE, VILLAGE)
    found = conflicts.open_list(one)
    with one.store.write("王芳", "越权") as unit:
        unit.delete("conflict", found[0].id)
    assert sync(one)[0].exceptions == {"refused": 1}
    with county.store.read() as conn:
        table = ENTITIES["conflict"].table
        assert conn.execute(select(table.c.id).where(table.c.deleted)).all() == []
