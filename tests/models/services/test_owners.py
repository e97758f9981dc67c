"""What another level fills is not typed here; what was deleted elsewhere while it was changed here can come back."""

from __future__ import annotations

import pytest

from models.errors import RuleError
from models.records import Cell
from models.scope import Level
from models.services import owners, people, refusals, requests, syncing
from models.services.desk import Desk
from models.sync import registry
from models.tables import ENTITIES
from tests.conftest import BUREAU, COUNTY, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import ask, change, digests, person, server_digests, statuses, sync, values


def test_the_county_reads_intake_fields_of_others_and_writes_its_own(joined: DeskFactory, county: County) -> None:
    town, desk = joined(), joined(COUNTY, "赵县")
    theirs, mine = person(town, "甲一", phone="13900000001"), person(desk, "乙一", village=VILLAGE)
    request = ask(town, theirs)
    sync(town, desk)
    with pytest.raises(RuleError) as told:
        people.save(desk, theirs, {"phone": Cell.of("13900000002"), "wechat": Cell.of("w")})
    assert told.value.code == "field.foreign"
    assert {e.field for e in told.value.fields} == {"phone", "wechat"}
    assert "登记机构" in told.value.sentence
    people.save(desk, theirs, {"phone": Cell.of("13900000001")})  # nothing is changed by it
    with pytest.raises(RuleError):
        requests.give(desk, request.id, "身份证", True)
    requests.update(desk, request.id, {"county_note": Cell.of("已阅")})
    change(desk, mine, phone="13900000003")
    with pytest.raises(RuleError) as told:
        requests.update(town, request.id, {"county_note": Cell.of("x")})
    assert "县级填写" in told.value.sentence
    assert syncing.run(desk).exceptions == {}
    record = people.must_get(desk, theirs)
    assert "phone" in owners.read_only(desk, "person", record)
    assert owners.read_only(desk, "person", people.must_get(desk, mine)) == frozenset()
    assert owners.read_only(town, "person", people.must_get(town, theirs)) == frozenset()
    assert owners.read_only(desk, "person", None) == frozenset()


def test_what_is_closed_is_what_the_county_would_refuse(joined: DeskFactory, county: County) -> None:
    """A value typed before it was forbidden, and refused, stays open: it has to be set right."""
    town, desk = joined(), joined(COUNTY, "赵县")
    who = person(town, "甲一", phone="13900000001", wechat="w")
    sync(town, desk)
    with desk.store.write("赵县", "修改") as unit:
        unit.update("person", who, {"phone": Cell.of("13900000002")})
    assert syncing.run(desk).exceptions == {"refused": 1}
    closed = owners.read_only(desk, "person", people.must_get(desk, who))
    assert "phone" not in closed
    assert "wechat" in closed
    change(desk, who, phone="13900000001")
    sync(desk)
    assert syncing.status(desk).refused == 0
    assert digests(desk) == server_digests(county)


@pytest.mark.parametrize("entity", sorted(registry.SYNCED))
def test_closed_fields_follow_the_merge_rules(entity: str) -> None:
    specs = ENTITIES[entity].specs
    for level in Level:
        closed = registry.closed(entity, level, entered=False)
        if level in (Level.VILLAGE, Level.TOWNSHIP):
            assert closed == {s.name for s in specs if s.merge == "county"}
        elif level in (Level.COUNTY, Level.BUREAU):
            assert closed == {s.name for s in specs if s.merge == "intake"}
            assert registry.closed(entity, level, entered=True) == frozenset()


@pytest.mark.parametrize("entered_by", [TOWNSHIP, VILLAGE])
def test_a_change_of_what_was_deleted_elsewhere_can_come_back_with_it(joined: DeskFactory, county: County, entered_by: str) -> None:
    town, village = joined(), joined(VILLAGE, "王村")
    who = person(town if entered_by == TOWNSHIP else village, "甲一", phone="13900000001")
    sync(village, town, village)
    people.delete(town, who)
    sync(town)
    change(village, who, wechat="typed", phone="13900000002")
    assert syncing.run(village).exceptions == {"refused": 1}
    assert people.must_get(village, who).deleted
    (refusal,) = refusals.refused_of(village, who)
    assert refusal.restorable
    assert "恢复这条记录" in refusal.errors[0][1]
    refusals.restore(village, "person", who)
    assert syncing.run(village).exceptions == {}
    assert statuses(village, who)[-1] == "applied"
    sync(town)
    for desk in (town, village):
        assert not people.must_get(desk, who).deleted
        assert values(desk, who, "phone", "wechat") == ["13900000002", "typed"]
    assert digests(town) == digests(village) == server_digests(county)


def test_a_restoring_change_is_merged_with_one_that_came_before(joined: DeskFactory, county: County) -> None:
    """Deleted by one office, restored and changed by it again, and only then restored by the other with its own change."""
    town, village = joined(), joined(VILLAGE, "王村")
    who = person(town, "甲一", phone="13900000001")
    sync(town, village)
    people.delete(town, who)
    sync(town)
    change(village, who, wechat="typed")
    assert syncing.run(village).exceptions == {"refused": 1}
    with town.store.write("李经办", "恢复") as unit:
        unit.restore("person", who)
    change(town, who, phone="13900000003")
    sync(town)
    refusals.restore(village, "person", who)
    assert syncing.run(village).exceptions.get("refused", 0) == 0
    sync(town)
    assert values(town, who, "phone", "wechat") == ["13900000003", "typed"] == values(village, who, "phone", "wechat")
    assert digests(town) == digests(village) == server_digests(county)


def test_who_may_not_restore_is_told_whom_to_ask(joined: DeskFactory, county: County) -> None:
    town, bureau, desk = joined(), joined(BUREAU, "钱局"), joined(COUNTY, "赵县")
    who = person(town, "甲一")
    request = ask(town, who)
    requests.act(town, request.id, "accept")
    sync(town, desk)
    referral = requests.refer(desk, request.id, BUREAU, "请核实")
    sync(desk, bureau)
    with desk.store.write("赵县", "删除") as unit:
        unit.delete("referral", referral.id)
    sync(desk)
    requests.answer_referral(bureau, referral.id, "已办")
    assert syncing.run(bureau).exceptions == {"refused": 1}
    (refusal,) = [r for r in _refused(bureau) if r[0] == referral.id]
    assert "请登记这条记录的机构先恢复" in refusal[1]
    assert not refusals.may_restore(bureau, "referral", referral.id)
    with pytest.raises(RuleError) as told:
        refusals.restore(bureau, "referral", referral.id)
    assert told.value.code == "record.foreign"


def _refused(desk: Desk) -> list[tuple[str, str]]:
    return [(line.record_id, line.errors[0][1]) for line in syncing.lines(desk) if line.state == "refused"]
