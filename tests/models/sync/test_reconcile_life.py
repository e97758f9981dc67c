"""After a county's ordinary day every office compares equal: whatever the program does itself is no difference."""

from __future__ import annotations

from models.records import Cell
from models.services import attachments, conflicts, contacts, people, reconciling, requests, undo
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE
from tests.models.sync.conftest import Field, ask, change, person, statuses, sync


def test_an_ordinary_day_leaves_no_difference(either: Field) -> None:
    town, village = either.desk(TOWNSHIP), either.desk(VILLAGE, "村支书")
    county, bureau = either.desk(COUNTY, "县专班"), either.desk(BUREAU, "人社局")
    every = (town, village, county, bureau)

    def equal(**waiting: dict[str, int]) -> None:
        sync(*every, *every)
        for name, desk in zip(("town", "village", "county", "bureau"), every, strict=True):
            for thorough in (False, True):
                result = reconciling.run(desk, thorough=thorough)
                assert (name, result.faults, result.waiting) == (name, {}, waiting.get(name, {}))

    one, two, three = person(town, phone="13900000001"), person(village, "李归"), person(town, "钱多", SIBLING)
    people.save_member(town, one, None, {"name": Cell.of("王小小"), "relation": Cell.of("20")})
    contacts.add(village, two, {"way": Cell.of("visit"), "on": Cell.of("2026-11-20"), "text": Cell.of("想回来")})
    case = ask(town, one)
    attachments.add(town, "request", case.id, "合影.png", b"\x89PNG\r\n\x1a\n drawing")
    equal()

    requests.act(town, case.id, "accept")
    sync(town, county)
    referral = requests.refer(county, case.id, BUREAU, "请核实贷款条件")
    equal()
    requests.answer_referral(bureau, referral.id, "符合条件")
    requests.act(bureau, case.id, "reply", "可以办理")
    equal()

    for desk, phone in ((town, "13900000002"), (village, "13900000003")):
        change(desk, one, phone=phone, wechat=desk.account)
    sync(town, village, town)
    assert conflicts.open_list(town)
    equal()
    for clash in conflicts.open_list(town):
        conflicts.settle(town, clash.id, "other")
    equal()

    people.delete(town, three)
    sync(town)
    undo.undo(town)
    equal()
    people.delete(village, two)
    equal()
    people.move(town, one, SIBLING)
    equal()
    assert people.get(village, one) is None
    with town.store.write("李经办", "登记") as unit:
        refused = unit.create("person", {"name": Cell.of("周外")}, village="411424105201")
    equal(town={"refused": 1})
    assert statuses(town, refused) == ["refused"]
