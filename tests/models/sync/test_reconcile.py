"""An office and its county compared over real HTTPS, and made alike again, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update

from models.records import Cell
from models.services import people, reconciling, syncing, verifying
from models.services.desk import Desk
from models.store import audit, rows
from models.store.unit import New
from models.tables.system import DEVICE, EVENT, FEED
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE
from tests.models.sync.backstage import PERSON, T, drop, put, put_sealed, row_of
from tests.models.sync.conftest import Field, ask, change, digests, person, server_digests, statuses, sync, values


def faults(desk: Desk, **how: bool) -> dict[str, int]:
    return reconciling.run(desk, **how).faults


def mended(desk: Desk, **how: bool) -> reconciling.Result:
    result = reconciling.run(desk, mend=True, **how)
    assert result.faults == {}
    assert reconciling.run(desk, thorough=True).equal
    return result


@pytest.fixture
def town(either: Field) -> Desk:
    """A township's desk with people in two villages and a request, all at the county."""
    desk = either.desk(TOWNSHIP)
    ids = [person(desk, f"王小{n}", village, phone=f"1390000000{n}") for n, village in enumerate([VILLAGE, SIBLING] * 4)]
    ask(desk, ids[0])
    people.delete(desk, ids[7])
    sync(desk)
    return desk


def ids_of(desk: Desk) -> list[str]:
    with desk.store.read() as conn:
        return list(conn.execute(select(T.c.id).where(T.c.deleted.is_(False)).order_by(T.c.id)).scalars())


def test_equal_costs_one_small_question(either: Field, town: Desk) -> None:
    county, bureau = either.desk(COUNTY), either.desk(BUREAU)
    sync(bureau, county, town)
    for desk in (town, county, bureau):
        result = reconciling.run(desk)
        assert (result.equal, result.waiting, result.questions) == (True, {}, 1)
        assert result.sent < 2000
        assert result.received < 2000
    assert reconciling.run(town).records > 10
    assert reconciling.run(town, thorough=True).equal


def test_a_row_lost_here_comes_back_although_the_feed_sends_no_echo(town: Desk) -> None:
    (lost, *_) = ids_of(town)
    drop(town.store, lost)
    sync(town)
    assert people.get(town, lost) is None, "the feed sends a device no state of its own"
    assert faults(town) == {"missing": 1}
    assert mended(town).pulled == 1
    assert values(town, lost, "name") == ["王小0"]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_row_changed_here_becomes_the_countys(town: Desk, sealed: bool) -> None:
    (changed, *_) = ids_of(town)
    (put_sealed if sealed else put)(town.store, changed, name="李代", phone=None)
    assert faults(town) == {"differs": 1}
    mended(town)
    assert values(town, changed, "name", "phone") == ["王小0", "13900000000"]


def test_a_row_changed_there_is_found_by_its_values_and_given_back(either: Field, town: Desk) -> None:
    (changed, *_) = ids_of(town)
    put(either.county.store, changed, name="李代")
    assert faults(town) == {}, "the digest that is kept there still says what it should be"
    assert faults(town, thorough=True) == {"damaged": 1}
    assert mended(town, thorough=True).restored == 1
    assert row_of(either.county.store, changed)["name"] == "王小0"
    assert values(town, changed, "name") == ["王小0"]


def test_a_row_changed_there_with_its_digest_is_the_countys_word(either: Field, town: Desk) -> None:
    (changed, *_) = ids_of(town)
    put_sealed(either.county.store, changed, name="李代")
    assert faults(town) == {"differs": 1}
    mended(town)
    assert values(town, changed, "name") == ["李代"]


def test_values_that_nobody_has_are_taken_and_sealed(either: Field, town: Desk) -> None:
    (changed, *_) = ids_of(town)
    put(either.county.store, changed, name="李代", digest="0" * 32)
    put(town.store, changed, name="赵代")
    assert faults(town) == {"damaged": 1}
    mended(town)
    assert values(town, changed, "name") == ["李代"]
    assert digests(town) == server_digests(either.county)


def test_a_row_lost_there_is_given_back_with_its_office_and_village(either: Field, town: Desk) -> None:
    village = either.desk(VILLAGE, "村支书")
    sync(village)
    lost = person(village, "赵归", phone="13911112222")
    sync(village, town)
    change(town, lost, phone="13933334444")
    sync(town)
    before = row_of(either.county.store, lost)
    drop(either.county.store, lost)
    assert faults(town) == {"extra": 1}
    assert mended(town).restored == 1
    assert row_of(either.county.store, lost) == before
    sync(village)
    assert values(village, lost, "phone") == ["13933334444"]
    assert mended(village).restored == 0


def test_an_older_state_is_not_taken_for_a_lost_row(either: Field, town: Desk) -> None:
    village = either.desk(VILLAGE, "村支书")
    sync(village)
    (lost, *_) = ids_of(village)
    change(town, lost, phone="13933334444")
    sync(town)
    drop(either.county.store, lost)
    result = reconciling.run(village, mend=True)
    assert (result.faults, result.restored, result.said) == ({"extra": 1}, 0, 0)
    assert mended(town).restored == 1
    sync(village)
    assert mended(village).restored == 0
    assert values(village, lost, "phone") == ["13933334444"]


def test_a_row_and_its_history_lost_there_is_said_again_under_its_first_number(either: Field, town: Desk) -> None:
    (lost, *_) = [i for i in ids_of(town) if people.must_get(town, i, "person").meta["village"] == SIBLING]
    drop(either.county.store, lost)
    with either.county.store.transaction() as conn:
        conn.execute(delete(EVENT).where(EVENT.c.entity_id == lost))
        conn.execute(delete(FEED).where(FEED.c.entity_id == lost))
    result = mended(town)
    assert (result.restored, result.said) == (0, 1)
    assert statuses(town, lost) == ["applied", "applied"]
    device = town.store.identity.device
    with either.county.store.read() as conn:
        kept = conn.execute(select(EVENT.c.origin, EVENT.c.kind).where(EVENT.c.entity_id == lost)).one()
        assert kept.kind == "create"
        assert kept.origin.startswith(f"{device}:")
    assert town.store.steps[-1].label != "核对后再次送出", "nothing that could be undone"


def test_extra_rows_go_the_other_way(either: Field, town: Desk) -> None:
    (pattern, *_) = ids_of(town)
    for store, record_id in ((town.store, "a" * 32), (either.county.store, "b" * 32)):
        row = row_of(store, pattern) | {"id": record_id, "name": "钱多"}
        rows.seal(PERSON, row)
        with store.transaction() as conn:
            conn.execute(insert(T), row)
    assert faults(town) == {"extra": 1, "missing": 1}
    result = mended(town)
    assert (result.said, result.pulled) == (1, 1)
    assert digests(town) == server_digests(either.county)


def test_a_tombstone_lost_on_either_end_comes_back(either: Field, town: Desk) -> None:
    with town.store.read() as conn:
        buried = conn.execute(select(T.c.id).where(T.c.deleted.is_(True))).scalar_one()
    put_sealed(town.store, buried, deleted=False)
    assert faults(town) == {"differs": 1}
    mended(town)
    assert row_of(town.store, buried)["deleted"]
    put(either.county.store, buried, deleted=False)
    mended(town, thorough=True)
    assert row_of(either.county.store, buried)["deleted"]
    drop(either.county.store, buried)
    assert faults(town) == {"extra": 1}
    mended(town)
    assert row_of(either.county.store, buried)["deleted"]
    drop(town.store, buried)
    assert faults(town) == {"missing": 1}
    mended(town)


def test_a_village_moved_on_either_end_is_put_right(either: Field, town: Desk) -> None:
    (moved, *_) = ids_of(town)
    put(town.store, moved, village=SIBLING)
    assert faults(town) == {"moved": 1}
    mended(town)
    assert row_of(town.store, moved)["village"] == VILLAGE
    for wrong, kind in ((SIBLING, "moved"), ("411424105201", "extra")):
        put(either.county.store, moved, village=wrong)
        assert faults(town) == {kind: 1}
        assert mended(town).restored == 1
    assert row_of(either.county.store, moved)["village"] == VILLAGE


def test_what_waits_is_listed_as_waiting_and_left_alone(either: Field, town: Desk) -> None:
    first, second, *_ = ids_of(town)
    change(town, first, phone="13955556666")
    new = person(town, "孙新")
    other = either.desk(TOWNSHIP, "张经办")
    sync(other)
    change(other, second, phone="13977778888")
    sync(other)
    result = reconciling.run(town, mend=True)
    assert (result.faults, result.waiting) == ({}, {"unsent": 2, "coming": 2})
    assert (result.restored, result.pulled, result.said) == (0, 0, 0)
    assert statuses(town, new) == ["pending"]
    assert {(x.record_id, x.kind, x.why) for x in result.lines if x.entity == "person"} == {
        (first, "differs", "unsent"), (new, "extra", "unsent"), (second, "differs", "coming"),
    }  # fmt: skip
    sync(town)
    assert reconciling.run(town).waiting == {}
    assert values(town, first, "phone") == ["13955556666"]


def test_a_refused_change_is_never_overwritten(either: Field, town: Desk) -> None:
    with town.store.write("李经办", "登记") as unit:
        foreign = unit.create("person", {"name": Cell.of("周外")}, village="411424105201")
    sync(town)
    assert statuses(town, foreign) == ["refused"]
    result = reconciling.run(town, mend=True)
    assert (result.faults, result.waiting) == ({}, {"refused": 1})
    assert values(town, foreign, "name") == ["周外"]


def test_a_record_that_left_this_office_leaves_here_too(either: Field, town: Desk) -> None:
    (left, *_) = ids_of(town)
    with either.county.store.transaction() as conn:
        conn.execute(update(FEED).where(FEED.c.entity_id == left), {"gone": True, "position": 0})
        conn.execute(update(T).where(T.c.id == left), {"village": "411424105201"})
        conn.execute(insert(FEED), {"entity_id": left, "scope": "411424105201", "entity": "person", "position": 0, "gone": False})
    assert faults(town) == {"extra": 1}
    result = mended(town)
    assert (result.restored, result.said) == (0, 0)
    assert people.get(town, left) is None
    assert row_of(either.county.store, left)["village"] == "411424105201"


def test_many_differences_are_narrowed_down(either: Field) -> None:
    desk = either.desk(TOWNSHIP)
    with desk.store.write("李经办", "导入") as unit:
        made = unit.create_many("person", [New({"name": Cell.of(f"第{n}人")}, VILLAGE) for n in range(3000)])
    sync(desk)
    drop(either.county.store, made[7])
    drop(desk.store, made[1500])
    put(desk.store, made[2999], name="改了")
    result = reconciling.run(desk)
    assert result.faults == {"extra": 1, "missing": 1, "differs": 1}
    assert result.questions == 3
    assert {x.record_id for x in result.lines} == {made[7], made[1500], made[2999]}
    assert result.received < 40_000
    mended(desk)


def test_a_revoked_device_is_told_nothing(either: Field, town: Desk) -> None:
    from models.errors import RuleError

    with either.county.store.transaction() as conn:
        conn.execute(update(DEVICE), {"revoked_at": "2026-01-01T00:00:00.000Z"})
    with pytest.raises(RuleError, match="停用"):
        reconciling.run(town)
    assert syncing.status(town).joined


def test_everything_lost_on_either_end_comes_back(either: Field) -> None:
    desk = either.desk(TOWNSHIP)
    with desk.store.write("李经办", "导入") as unit:
        unit.create_many("person", [New({"name": Cell.of(f"第{n}人")}, SIBLING if n % 3 else VILLAGE) for n in range(1200)])
    sync(desk)
    before = digests(desk)
    for store in (desk.store, either.county.store):
        with store.transaction() as conn:
            conn.execute(delete(T))
        result = mended(desk)
        assert result.pulled + result.restored == 1200
        assert digests(desk) == server_digests(either.county) == before
    assert [f for part in verifying.verify(desk) for f in part.faults] == []
    with either.county.store.read() as conn:
        assert list(audit.verify(conn)) == []
