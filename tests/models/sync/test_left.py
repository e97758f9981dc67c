"""A record that left an office while it was changed there: what was typed can be read under the true reason, and then it goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from models.errors import RuleError
from models.records import Cell
from models.services import contacts, importing, people, reconciling, refusals, requests, syncing, undo
from models.services.desk import Desk
from models.store import audit, left
from models.sync import client, position
from models.tables import ENTITIES
from tests.conftest import SIBLING, TOWNSHIP, VILLAGE
from tests.models.sync.conftest import Field, ask, change, come_to_rest, person, statuses, sync, values

OTHER = SIBLING
Pair = tuple[Desk, Desk, str]


@pytest.fixture
def pair(either: Field) -> Pair:
    """A township, a village, and a person of it whom the township has moved away, which the village does not know yet."""
    town, village = either.desk(TOWNSHIP), either.desk(VILLAGE, "王村")
    who = person(village)
    ask(village, who)
    sync(village, town)
    people.move(town, who, OTHER)
    sync(town)
    return town, village, who


def _visit(desk: Desk, who: str, words: str = "在家门口谈了半小时") -> str:
    return contacts.add(desk, who, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of(words)}).id


def _here(desk: Desk, entity: str) -> set[str]:
    with desk.store.read() as conn:
        return set(conn.execute(select(ENTITIES[entity].table.c.id)).scalars())


def test_the_true_reason_is_said_nothing_more_is_written_and_reading_it_ends_it(either: Field, pair: Pair) -> None:
    town, village, who = pair
    change(village, who, wechat="wx_1")
    sync(village)
    (refusal,) = refusals.refused_of(village, who)
    assert refusals.has_left(village, who)
    assert refusal.errors == (("", left.SENTENCE),)
    (line,) = [x for x in syncing.lines(village, only_waiting=True) if x.record_id == who]
    assert (line.state, line.errors) == ("refused", (("", left.SENTENCE),))
    assert values(village, who, "wechat") == ["wx_1"]  # what was typed can be read
    compared = reconciling.run(village)
    assert compared.equal
    assert set(compared.waiting) == {"left"}
    said = {"wechat": "wx_2"}
    for doing in (
        lambda: change(village, who, **said), lambda: people.delete(village, who), lambda: ask(village, who),
        lambda: _visit(village, who), lambda: people.save_member(village, who, None, {"name": Cell.of("王小禾"), "relation": Cell.of("20")}),
    ):  # fmt: skip
        with pytest.raises(RuleError) as told:
            doing()
        assert told.value.code == "record.left"
        assert "不再归本机构管理" in told.value.sentence
    with pytest.raises(RuleError, match="不归本机构管理"):
        undo.undo(village)
    assert statuses(village, who)[-1] == "refused"
    refusals.let_go(village, "person", who)
    assert people.get(village, who) is None
    assert not _here(village, "request")
    assert syncing.status(village).refused == 0
    assert not syncing.lines(village, only_waiting=True)
    sync(village, town)
    assert reconciling.run(village).equal
    with village.store.read() as conn:
        assert list(audit.verify(conn)) == []
    assert values(town, who, "wechat") == [None]


def test_a_roster_with_somebody_who_left_is_taken_but_for_that_row(pair: Pair, tmp_path: Path) -> None:
    _town, village, who = pair
    change(village, who, wechat="wx_1")
    sync(village)
    book = Workbook()
    for line in (("姓名", "手机号码"), ("王小雁", "13800001111"), ("赵新", "13800002222")):
        book.active.append(line)
    book.save(tmp_path / "花名册.xlsx")
    found = importing.preview(village, tmp_path / "花名册.xlsx", village=VILLAGE)
    assert [(r.state, r.reasons) for r in found.rows] == [
        ("refused", (("name", f"不能修改这个人的档案：{left.SENTENCE}"),)), ("new", ()),
    ]  # fmt: skip
    assert importing.accept(village, found).new == 1


def test_where_everything_is_heard_anew_a_record_is_open_until_it_is_said_again_to_have_left(pair: Pair) -> None:
    """A server that was set back to before the move would never say that the record is here: the device sent it itself."""
    _town, village, who = pair
    change(village, who, wechat="wx_1")
    sync(village)
    with village.store.transaction() as conn:
        position.start_over(conn)
    change(village, who, employer="砖厂")
    sync(village)
    assert refusals.has_left(village, who)
    assert statuses(village, who)[-1] == "refused"


def test_a_person_stays_for_a_visit_that_was_refused_and_goes_with_it(either: Field, pair: Pair) -> None:
    _town, village, who = pair
    visit = _visit(village, who)
    sync(village)
    assert people.get(village, who) is not None
    assert _here(village, "request"), "the file stays whole until it was read"
    (refusal,) = refusals.refused_of(village, who)
    assert refusal.record_id == visit
    assert refusals.has_left(village, who)
    refusals.let_go(village, "person", who)
    assert not _here(village, "person")
    assert not _here(village, "contact")
    assert syncing.status(village).refused == 0


def test_a_request_that_left_with_a_refused_step_is_let_go_by_itself(either: Field, pair: Pair) -> None:
    _town, village, who = pair
    (request,) = _here(village, "request")
    requests.act(village, request, "note", "家里没人")
    sync(village)
    assert refusals.has_left(village, request)
    refusals.let_go(village, "request", request)
    sync(village)
    assert not _here(village, "request_event")
    assert syncing.status(village).refused == 0
    assert people.get(village, who) is None, "nothing of the person waits any more"


def test_what_comes_back_is_written_into_again_and_the_refused_change_goes_with_it(either: Field, pair: Pair) -> None:
    town, village, who = pair
    change(village, who, wechat="wx_1")
    sync(village)
    people.move(town, who, VILLAGE)
    sync(town, village)
    assert len(refusals.refused_of(village, who)) == 1
    assert not refusals.has_left(village, who)
    change(village, who, employer="砖厂")
    come_to_rest(either.county, village, town)
    assert values(town, who, "wechat") == ["wx_1"]
    assert syncing.status(village).refused == 0


def test_what_was_taken_before_it_left_goes_when_the_receipt_comes_late(either: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    """The receipt is lost, the record moves away, the page is taken from elsewhere before the batch is sent again."""
    town, village = either.desk(TOWNSHIP), either.desk(VILLAGE, "王村")
    who = person(village)
    sync(village, town)
    change(village, who, wechat="wx_1")
    keep = client.keep_receipt
    with monkeypatch.context() as lost:
        lost.setattr(client, "keep_receipt", lambda *_a, **_k: [])
        sync(village)
    people.move(town, who, OTHER)
    sync(town)
    with monkeypatch.context() as lost:
        lost.setattr(client, "keep_receipt", lambda *_a, **_k: [])
        sync(village)
    assert people.get(village, who) is not None, "it waits for a receipt"
    monkeypatch.setattr(client, "keep_receipt", keep)
    sync(village)
    assert people.get(village, who) is None
    assert values(town, who, "wechat") == ["wx_1"]


def test_nothing_is_let_go_that_was_not_sent_or_has_not_left(either: Field, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    _town, village, who = pair
    with pytest.raises(RuleError) as still:
        refusals.let_go(village, "person", who)
    assert still.value.code == "record.left.not"
    change(village, who, wechat="wx_1")
    with monkeypatch.context() as lost:
        lost.setattr(client, "keep_receipt", lambda *_a, **_k: [])
        sync(village)
    with pytest.raises(RuleError) as unsent:
        refusals.let_go(village, "person", who)
    assert unsent.value.code == "record.left.unsent"
    assert people.get(village, who) is not None
