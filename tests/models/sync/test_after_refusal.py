"""After a refusal only what this device typed is said again, from what it had before: what it merely pulled, or never showed to
anybody, is not its to write over, to bring back or to sign."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from models.records import Cell
from models.services import people, syncing, undo
from models.services.desk import Desk
from models.services.refusals import refused_of
from models.tables import ENTITIES
from models.tables.system import EVENT
from tests.conftest import TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, change, come_to_rest, person, server_digests, statuses, sync, values

BAD = "不是代码"
Pair = tuple[Desk, Desk, str]


@pytest.fixture
def pair(either: Field) -> Pair:
    town, village = either.desk(TOWNSHIP), either.desk(VILLAGE, "王村")
    who = person(village)
    sync(village, town)
    return town, village, who


def _types(desk: Desk, who: str, label: str = "修改", **cells: str | None) -> None:
    """Past the window, which would not let a wrong code through."""
    with desk.store.write("王村", label) as unit:
        unit.update("person", who, {k: Cell.of(v) for k, v in cells.items()})


def _conflicts(county: County) -> list[tuple[str, object, object, object, bool]]:
    """(field, what was the base, what stands, what does not, whether it waits for a decision) of every conflict."""
    table = ENTITIES["conflict"].table
    with county.store.read() as conn:
        found = conn.execute(select(table).order_by(table.c.born)).mappings().all()
    return [(r["field"], *(json.loads(r[n]) for n in ("base", "kept", "other")), r["settled"] is None) for r in found]


def _said(desk: Desk, who: str) -> list[dict[str, object]]:
    """What this device's changes of a record say, without its creation."""
    with desk.store.read() as conn:
        query = select(EVENT.c.changes).where(EVENT.c.entity_id == who, EVENT.c.device == desk.store.identity.device)
        return [json.loads(c) for c in conn.execute(query.order_by(EVENT.c.seq)).scalars()][1:]


def test_what_another_office_wrote_meanwhile_is_not_written_over(either: Field, pair: Pair) -> None:
    town, village, who = pair
    change(town, who, wechat="TOWN")
    sync(town)
    _types(village, who, wechat="VILLAGE", sex=BAD)
    sync(village)
    _types(village, who, sex="1")
    sync(village)
    assert _conflicts(either.county) == [("wechat", None, ["k", "TOWN"], ["k", "VILLAGE"], True)]
    come_to_rest(either.county, town, village)
    assert values(village, who, "sex", "wechat") == ["1", "TOWN"]


def test_what_another_office_cleared_meanwhile_does_not_come_back(either: Field, pair: Pair) -> None:
    town, village, who = pair
    _types(village, who, sex=BAD)
    sync(village)
    change(town, who, employer="WRONG")
    sync(town, village)
    assert values(village, who, "employer") == ["WRONG"]
    change(town, who, employer=None)
    sync(town)
    _types(village, who, sex="1")
    sync(village)
    assert _conflicts(either.county) == []
    come_to_rest(either.county, town, village)
    assert values(town, who, "sex", "employer") == ["1", None]


def test_nobody_is_named_for_what_he_only_pulled(either: Field, pair: Pair) -> None:
    town, village, who = pair
    _types(village, who, sex=BAD)
    sync(village)
    change(town, who, employer="A")
    sync(town, village)
    change(town, who, employer="B")
    sync(town)
    _types(village, who, sex="1")
    sync(village)
    assert _conflicts(either.county) == []
    assert all("employer" not in said for said in _said(village, who))
    come_to_rest(either.county, town, village)
    assert values(village, who, "sex", "employer") == ["1", "B"]


def test_the_base_is_what_stood_before_the_first_of_several_refused_changes(either: Field, pair: Pair) -> None:
    town, village, who = pair
    change(village, who, wechat="BEFORE")
    sync(village, town)
    _types(village, who, wechat="ONE", sex=BAD)
    sync(village)
    _types(village, who, wechat="TWO", sex="也不是代码")
    change(town, who, wechat="TOWN")
    sync(town, village)
    _types(village, who, sex="2")
    sync(village)
    assert _conflicts(either.county) == [("wechat", ["k", "BEFORE"], ["k", "TOWN"], ["k", "TWO"], True)]
    come_to_rest(either.county, town, village)


def test_what_is_set_back_gives_way_to_what_another_office_wrote(either: Field, pair: Pair) -> None:
    """The clerk takes the refused value back: the county's value, kept away from this device until then, is shown."""
    town, village, who = pair
    _types(village, who, sex=BAD)
    sync(village)
    change(town, who, sex="2")
    sync(town, village)
    assert values(village, who, "sex") == [BAD]
    _types(village, who, sex=None)
    sync(village)
    assert _conflicts(either.county) == []
    assert values(village, who, "sex") == ["2"]
    assert "refused" not in statuses(village, who)
    come_to_rest(either.county, town, village)


def test_a_wrong_field_does_not_hold_back_the_others(either: Field, pair: Pair) -> None:
    """Neither those that were refused with it nor those that are written later; it alone stays refused, and is shown as such."""
    town, village, who = pair
    _types(village, who, sex=BAD, employer="第一家")
    sync(village)
    _types(village, who, wechat="新号")
    sync(village, town)
    assert values(town, who, "wechat", "employer", "sex") == ["新号", "第一家", None]
    assert values(village, who, "wechat", "employer", "sex") == ["新号", "第一家", BAD]
    assert syncing.record_state(village, who) == "refused"
    assert [[f for f, _ in r.errors] for r in refused_of(village, who)] == [["sex"]]
    _types(village, who, sex="1")
    sync(village)
    assert "refused" not in statuses(village, who)
    come_to_rest(either.county, town, village)


def test_a_creation_that_was_refused_is_said_whole(either: Field) -> None:
    village = either.desk(VILLAGE, "王村")
    with village.store.write("王村", "登记") as unit:
        who = unit.create("person", {"name": Cell.of("王小雁"), "sex": Cell.of(BAD), "wechat": Cell.of("号")})
    sync(village)
    _types(village, who, sex="1")
    sync(village)
    assert who in server_digests(either.county)
    assert "refused" not in statuses(village, who)
    come_to_rest(either.county, village)
    undo.undo(village)  # of the correction, not of the registration
    assert people.must_get(village, who).deleted is False


def test_what_was_deleted_while_it_was_refused_comes_back_with_it(either: Field, pair: Pair) -> None:
    town, village, who = pair
    _types(village, who, sex=BAD, wechat="号")
    sync(village)
    with village.store.write("王村", "删除") as unit:
        unit.delete("person", who)
    sync(village)
    assert "refused" not in statuses(village, who)
    with village.store.write("王村", "恢复") as unit:
        unit.restore("person", who)
    sync(village, town)
    assert values(town, who, "wechat", "sex") == ["号", None]
    assert values(village, who, "wechat", "sex") == ["号", BAD]
    assert syncing.record_state(village, who) == "refused"


def test_a_refused_registration_that_was_deleted_is_said_when_it_is_restored(either: Field) -> None:
    village = either.desk(VILLAGE, "王村")
    with village.store.write("王村", "登记") as unit:
        who = unit.create("person", {"name": Cell.of("王小雁"), "sex": Cell.of(BAD)})
    sync(village)
    with village.store.write("王村", "删除") as unit:
        unit.delete("person", who)
    sync(village)
    assert who not in server_digests(either.county)
    with village.store.write("王村", "恢复") as unit:
        unit.restore("person", who, cells={"sex": Cell.of("1")})
    sync(village)
    come_to_rest(either.county, village)


def test_undoing_a_later_step_leaves_what_was_refused_before(either: Field, pair: Pair) -> None:
    _town, village, who = pair
    _types(village, who, sex=BAD, employer="第一家")
    sync(village)
    _types(village, who, wechat="新号")
    sync(village)
    undo.undo(village)
    assert values(village, who, "wechat", "employer", "sex") == [None, "第一家", BAD]
