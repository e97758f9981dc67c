"""Search as one types: what is found, what no longer is, and that the index can always be made anew."""

from __future__ import annotations

import time

import pytest

from models.records import Cell
from models.services import people, requests
from models.services.desk import Desk
from models.store import opening, search, settings
from tests.conftest import SIBLING, VILLAGE, DeskFactory


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def _person(desk: Desk, name: str, village: str = VILLAGE, **cells: str) -> str:
    return people.save(desk, None, {"name": Cell.of(name), **{k: Cell.of(v) for k, v in cells.items()}}, village=village).id


def _found(desk: Desk, typed: str, **more: object) -> list[str]:
    with desk.store.read() as conn:
        return [i for _, i in search.find(conn, typed, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    [
        "单桂兰", "单桂", "桂兰", "shanguilan", "shangui", "sgl", "SGL", "danguilan", "guilan",
        "13700000111", "1370000", "0000111", "0111", "412327197007230084", "0084", "sgl 0111", "北村 单", "beicun sgl", "ｓｇｌ",
    ],
)  # fmt: skip
def test_a_person_is_found_by(desk: Desk, typed: str) -> None:
    one = _person(desk, "单桂兰", phone="13700000111", id_number="412327197007230084")
    _person(desk, "赵㛃", SIBLING, phone="13899999999")
    assert _found(desk, typed) == [one]


@pytest.mark.parametrize("typed", ["王𡋾", "wang", "w", "wg", "wx", "wang wg", "wang𡋾"])
def test_a_character_that_no_dictionary_reads_hides_nobody(desk: Desk, typed: str) -> None:
    one = _person(desk, "王𡋾")
    _person(desk, "李明")
    assert _found(desk, typed) == [one]


@pytest.mark.parametrize(
    "typed", ["兰", "k", "xyz", "13700000112", "sgl 9999", "", "  ", '"', "'; --", "*", "NEAR(", "kind", "person", "\ue000person"]
)
def test_what_finds_nobody(desk: Desk, typed: str) -> None:
    _person(desk, "单桂兰", phone="13700000111")
    assert _found(desk, typed) == []


def test_the_newest_stand_first_and_exact_words_before_beginnings(desk: Desk) -> None:
    longer, exact, other = _person(desk, "王小雁儿"), _person(desk, "王小雁"), _person(desk, "王小雁")
    assert _found(desk, "王小雁") == [other, exact, longer]
    assert _found(desk, "王小雁", limit=2) == [other, exact]
    people.save(desk, longer, {"phone": Cell.of("13700000111")})  # a change makes it new
    assert _found(desk, "王小")[0] == longer


def test_the_index_follows_every_change(desk: Desk) -> None:
    one = _person(desk, "赵㛃", phone="13700000111")
    people.save(desk, one, {"name": Cell.of("钱䶮"), "phone": Cell()})
    assert (_found(desk, "赵㛃"), _found(desk, "0111"), _found(desk, "钱䶮")) == ([], [], [one])
    people.delete(desk, one)
    assert _found(desk, "钱䶮") == []
    with desk.store.write("李经办", "恢复") as unit:
        unit.restore("person", one)
    assert _found(desk, "钱䶮") == [one]


def test_a_request_is_found_by_its_number_and_its_person(desk: Desk) -> None:
    one = _person(desk, "赵㛃")
    item = next(i for i in requests.items(desk) if not any(f.required for f in i.fields))
    made = requests.submit(desk, one, item.code, {"text": Cell.of("求助")})
    assert _found(desk, made.number.lower()) == [made.id]
    assert set(_found(desk, "赵㛃")) == {one, made.id}
    assert (_found(desk, "赵㛃", kinds=("person",)), _found(desk, "赵㛃", kinds=("request",))) == ([one], [made.id])
    people.save(desk, one, {"name": Cell.of("钱䶮")})
    assert _found(desk, "钱䶮", kinds=("request",)) == [made.id]  # its person's new name is the request's too
    assert _found(desk, "赵㛃") == []


def test_more_people_than_a_chunk_and_an_index_made_anew(desk: Desk) -> None:
    with desk.store.write("李经办", "很多人") as unit:
        ids = [unit.create("person", {"name": Cell.of(f"雁{n}"), "phone": Cell.of(f"137{n:08d}")}) for n in range(2_100)]
    assert _found(desk, "13700002099") == [ids[-1]]
    assert _found(desk, "雁1000") == [ids[1000]]
    before = _found(desk, "雁2", limit=500)
    with desk.store.transaction() as conn:
        settings.put(conn, "search.version", 0)  # as after an upgrade that changes the tokens
        search.ensure(conn)
        rows = conn.exec_driver_sql("SELECT count(*), count(DISTINCT record_id) FROM search_row").one()
    assert tuple(rows) == (2_100, 2_100)
    assert _found(desk, "雁2", limit=500) == before


def test_an_old_index_is_made_anew_when_the_workspace_is_opened(desk: Desk) -> None:
    one = _person(desk, "赵㛃")
    with desk.store.transaction() as conn:
        settings.put(conn, "search.version", 0)
        conn.exec_driver_sql("DROP TABLE search_row")
    again = opening.open_workspace(desk.folder, desk.key)
    with again.read() as conn:
        assert [i for _, i in search.find(conn, "赵㛃")] == [one]
    again.close()


def test_who_only_reads_opens_beside_a_writer(desk: Desk) -> None:
    one = _person(desk, "赵㛃")
    with desk.store.transaction():  # holds the lock of writers, as another process would
        began = time.monotonic()
        beside = opening.open_workspace(desk.folder, desk.key)
        with beside.read() as conn:
            assert [i for _, i in search.find(conn, "赵㛃")] == [one]
        beside.close()
    assert time.monotonic() - began < 10  # a writer would have waited 15 seconds and failed
