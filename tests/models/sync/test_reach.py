"""How far an office reaches: whose records it may take away, and on whose it may hang its own."""

from __future__ import annotations

import pytest

from models.records import Cell
from models.services import conflicts, people, requests, syncing
from models.services.desk import Desk
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE
from tests.models.sync.conftest import Field, ask, person, sync, values


def _delete(desk: Desk, entity: str, record_id: str) -> None:
    with desk.store.write("李经办", "删除") as unit:
        unit.delete(entity, record_id)


def test_a_bureau_cannot_take_away_what_was_referred_to_it(field: Field) -> None:
    town, bureau = field.desk(TOWNSHIP), field.desk(BUREAU, "人社局")
    person_id = person(town)
    asked = ask(town, person_id)
    requests.act(town, asked.id, "accept")
    requests.refer(town, asked.id, BUREAU)
    sync(town, bureau)
    step = requests.events(bureau, asked.id)[0].id
    for entity, record_id in (("person", person_id), ("request", asked.id), ("request_event", step)):
        _delete(bureau, entity, record_id)
    (said,) = sync(bureau)
    assert said.exceptions == {"refused": 3}
    sync(town)
    assert not people.must_get(town, person_id).deleted
    assert people.must_get(town, asked.id, "request").state == "dispatched"


def test_a_step_of_another_office_cannot_be_taken_away(field: Field) -> None:
    town, village = field.desk(TOWNSHIP), field.desk(VILLAGE, "村支书")
    asked = ask(town, person(town))
    requests.act(town, asked.id, "accept")
    sync(town, village)
    steps = {e.kind: e.id for e in requests.events(village, asked.id)}
    _delete(village, "request_event", steps["accept"])
    (said,) = sync(village)
    assert said.exceptions == {"refused": 1}
    sync(town)
    assert people.must_get(town, asked.id, "request").state == "accepted"


@pytest.mark.parametrize("entity", ["contact", "family_member", "request"])
def test_nothing_is_hung_on_a_siblings_person(field: Field, entity: str) -> None:
    town, village = field.desk(TOWNSHIP), field.desk(VILLAGE, "村支书")
    foreign = person(town, "邻村人", SIBLING)
    sync(town)
    cells = {
        "contact": {"way": "phone", "on": "2026-11-01", "by": "村支书", "text": "聊"},
        "family_member": {"name": "小孩", "relation": "20"},
        "request": {"item": "request.help", "text": "冒名", "received_on": "2026-11-01"},
    }[entity]
    with village.store.write("村支书", "登记") as unit:
        made = unit.create(entity, {"person_id": Cell.of(foreign), **{k: Cell.of(v) for k, v in cells.items()}})
    (said,) = sync(village)
    assert said.exceptions == {"refused": 1}
    assert syncing.lines(village, only_waiting=True)[0].errors[0][0] == "person_id"
    sync(town)
    assert town.store.get(entity, made) is None


def test_a_village_reads_and_writes_only_its_own(field: Field) -> None:
    town, village, sibling = field.desk(TOWNSHIP), field.desk(VILLAGE, "村支书"), field.desk(SIBLING, "邻村支书")
    mine, theirs = person(town, "本村人"), person(town, "邻村人", SIBLING)
    sync(town, village, sibling)
    assert (people.get(village, theirs), people.get(sibling, mine)) == (None, None)
    with village.store.write("村支书", "越界") as unit:
        unit.create("person", {"name": Cell.of("冒名")}, village=SIBLING)
    (said,) = sync(village)
    assert said.exceptions == {"refused": 1}
    sync(sibling)
    assert [values(sibling, i, "name") for i in people.ids(sibling)] == [["邻村人"]]


def test_a_conflict_is_settled_by_the_owner_of_its_field(field: Field) -> None:
    town, county, bureau = field.desk(TOWNSHIP), field.desk(COUNTY, "县专班"), field.desk(BUREAU, "人社局")
    asked = ask(town, person(town))
    requests.act(town, asked.id, "accept")
    sync(town, county)
    referral = requests.refer(county, asked.id, BUREAU)
    sync(county, bureau)
    requests.answer_referral(county, referral.id, "县级意见")
    requests.answer_referral(bureau, referral.id, "局里意见")
    sync(county)
    sync(bureau, county, town)
    (clash,) = [c for c in conflicts.open_list(county) if c.field == "answer"]
    conflicts.settle(county, clash.id, "other")
    (said,) = sync(county)
    assert said.exceptions == {}
    sync(town)
    assert requests.referrals(town, asked.id)[0].answer == "局里意见"
    assert [c for c in conflicts.open_list(town) if c.field == "answer"] == []


def test_a_change_of_the_countys_field_is_not_the_townships(field: Field) -> None:
    town, county = field.desk(TOWNSHIP), field.desk(COUNTY, "县专班")
    asked = ask(town, person(town))
    sync(town, county)
    with county.store.write("县专班", "备注") as unit:
        unit.update("request", asked.id, {"county_note": Cell.of("重点关注")})
    (said,) = sync(county)
    assert said.exceptions == {}
    sync(town)
    assert people.must_get(town, asked.id, "request").county_note == "重点关注"
    with county.store.write("县专班", "修改") as unit:  # past the window, which does not let it
        unit.update("person", asked.values["person_id"], {"wechat": Cell.of("县里改的")})
    (said,) = sync(county)
    assert said.exceptions == {"refused": 1}
