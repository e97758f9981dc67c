"""A county server that was set back to a backup of its own: noticed, sent again what it lost, asked again for everything."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from models.errors import KnownError
from models.services import attachments, carrying, conflicts, people, sticks, syncing
from models.services.desk import Desk
from models.store import outbox, settings
from models.sync import client, history, position, proving, wire
from models.sync.transports.http import HttpTransport
from models.tables import ENTITIES
from server.setup import prepare
from server.sticks import take_folder
from tests.conftest import COUNTY, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import change, digests, person, server_digests, statuses, sync, values


def _off(county: County) -> None:
    county.stop()
    county.store.close()


def _on(county: County) -> None:
    county.store, county.own = prepare(county.url, "127.0.0.1")
    county.start()


@pytest.fixture
def backup(county: County) -> Callable[[], Callable[[], None]]:
    """backup() copies the county's database as it is now and returns what puts the copy back in its place."""
    file, kept = Path(county.url.removeprefix("sqlite:///")), county.folder / "backup.db"

    def take() -> Callable[[], None]:
        _off(county)
        shutil.copy(file, kept)
        _on(county)

        def put_back() -> None:
            _off(county)
            shutil.copy(kept, file)
            _on(county)

        return put_back

    return take


def _cursor(desk: Desk) -> int:
    with desk.store.read() as conn:
        return int(settings.get(conn, "cursor", 0))


def test_noticed_when_it_has_passed_the_cursor_again(
    joined: DeskFactory, county: County, backup: Callable[[], Callable[[], None]]
) -> None:
    town, village, desk = joined(), joined(VILLAGE, "王村"), joined(COUNTY, "赵县")
    sync(town, village, desk)
    put_back = backup()
    lost = person(town, "钱一")
    sync(town, desk)
    assert lost in digests(desk)
    put_back()
    for n in range(5):  # its positions go on beyond the cursor of the county's desk, with other records
        person(village, f"孙{n}")
    sync(village)
    before, server_at = _cursor(desk), _server_position(county)
    assert server_at > before
    sync(desk)
    assert server_digests(county).items() <= digests(desk).items()
    assert len(digests(desk)) == 6
    sync(town, desk)
    assert digests(desk) == digests(town) == server_digests(county)
    sync(desk)
    assert syncing.run(desk).received == 0  # once is enough


def _server_position(county: County) -> int:
    with county.store.read() as conn:
        return int(settings.get(conn, "feed.position", 0))


def test_what_it_lost_is_called_received_only_after_it_has_it_again(
    joined: DeskFactory, county: County, backup: Callable[[], Callable[[], None]]
) -> None:
    town = joined()
    first = person(town, "钱一")
    sync(town)
    put_back = backup()
    second = person(town, "钱二")
    change(town, first, phone="13900000001")
    shot = attachments.add(town, "person", first, "照片.pdf", b"%PDF-1.4 " + bytes(50))
    sync(town)
    carrying.transfer(town)
    assert attachments.get(town, shot.id).state == "sent"
    put_back()
    with town.store.read() as conn:
        acked = outbox.acked(conn)
    position.meet(town.store, acked - 3, "")
    assert statuses(town, second) == ["pending"]
    assert statuses(town, first) == ["applied", "pending"]
    assert syncing.status(town).pending == 3
    assert _cursor(town) == 0
    assert attachments.get(town, shot.id).state == "waiting"
    sync(town)
    assert syncing.status(town).pending == 0
    assert digests(town) == server_digests(county)
    assert values(town, first, "phone") == ["13900000001"]
    with town.store.read() as conn:
        assert proving.verify_receipts(conn, county.own.public) == []


def test_a_mark_is_known_only_in_its_own_history(joined: DeskFactory, county: County) -> None:
    town = joined()
    person(town)
    sync(town)
    with county.store.read() as conn:
        mark = history.mark(conn)
        n, _, start = mark.partition(":")
        assert history.known(conn, mark)
        for other in (f"{int(n) + 1}:{start}", f"{n}:{'0' * 32}", f"{n}:{start[:8]}", "", ":", f"x:{start}", "9" * 30 + f":{start}"):
            assert not history.known(conn, other), other
    with town.store.read() as conn:
        assert settings.get(conn, "cursor.mark") == mark


def test_a_first_pull_says_how_many_are_left_and_goes_on_where_it_was_cut(
    joined: DeskFactory, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, new = joined(), joined(TOWNSHIP, "新机")
    for n in range(40):
        person(town, f"王{'一二三四五六七八九十'[n % 10]}")
    sync(town)
    monkeypatch.setattr(client, "FIRST_PAGE", 8)
    monkeypatch.setattr(client, "LARGEST_PAGE", 8)
    said: list[tuple[int, int]] = []

    def progress(what: str, done: int, total: int) -> None:
        if what == "接收":
            said.append((done, total))
            if len(said) == 3:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        syncing.run(new, progress)
    every = 40 + 1  # with the account
    assert said == [(8, every), (16, every), (24, every)]
    with new.store.read() as conn:
        there = len(conn.execute(select(ENTITIES["person"].table.c.id)).all())
    assert there >= 23
    said.clear()
    syncing.run(new, lambda what, done, total: said.append((done, total)) if what == "接收" else None)
    assert said[0] == (8, every - 24)  # what is here is not counted again
    assert said[-1] == (every - 24, every - 24)
    assert digests(new) == digests(town)


@pytest.mark.parametrize("said", ["conflict", "refused"])
def test_a_stick_hears_what_becomes_of_what_was_lost(
    joined: DeskFactory, county: County, backup: Callable[[], Callable[[], None]], tmp_path: Path, said: str
) -> None:
    """What is sent again by stick may be judged otherwise than the first time: it waits for that, and keeps what was typed."""
    village, town = joined(VILLAGE, "王村"), joined()
    who = person(village, phone="13900000001")

    def post() -> list[str]:
        sticks.write(village, tmp_path)
        take_folder(county.store, county.own, tmp_path)
        return [line.code for line in sticks.read(village, tmp_path).lines]

    assert post() == ["answer.taken", "own.received"]
    put_back = backup()
    change(village, who, phone="13900000002")
    post()
    assert statuses(village, who) == ["applied", "applied"]
    put_back()
    sync(town)
    if said == "refused":
        people.delete(town, who)
    else:
        change(town, who, phone="13900000009")
    sync(town)
    assert post() == ["answer.missing", "own.waiting"]
    assert statuses(village, who) == ["applied", "pending"]
    assert values(village, who, "phone") == ["13900000002"]
    assert post()[0] == "answer.taken"
    assert statuses(village, who) == ["applied", said]
    assert values(village, who, "phone") == ["13900000002" if said == "refused" else "13900000009"]
    assert [c.other for c in conflicts.open_list(village)] == ([] if said == "refused" else ["139****0002"])
    with village.store.read() as conn:
        assert proving.verify_receipts(conn, county.own.public) == []


Clashed = tuple[Desk, Desk, str, Callable[[], None]]


@pytest.fixture
def clashed(joined: DeskFactory, backup: Callable[[], Callable[[], None]]) -> Clashed:
    """A township and a village that wrote one field of a person, the township first, after the backup that is put back."""
    town, village = joined(TOWNSHIP), joined(VILLAGE, "王村")
    who = person(town)
    sync(town, village)
    put_back = backup()
    change(town, who, wechat="TOWN")
    change(village, who, wechat="VILLAGE")
    sync(town, village, town)
    return town, village, who, put_back


def test_both_ends_are_alike_without_a_comparison_where_two_had_written_one_field(clashed: Clashed, county: County) -> None:
    """The second comes first this time: what it had been given in place of its own was not told to it again, as its own stood there."""
    town, village, who, put_back = clashed
    assert values(village, who, "wechat") == ["TOWN"]
    put_back()
    sync(village, town, village, town)
    for desk in (town, village):
        assert values(desk, who, "wechat") == ["VILLAGE"]
        assert digests(desk) == server_digests(county)
        assert digests(desk, "conflict") == server_digests(county, "conflict")
    assert len(server_digests(county, "conflict")) == 1
    assert (statuses(village, who)[-1], statuses(town, who)[-1]) == ("applied", "conflict")


def test_every_change_is_asked_about_once_more_though_the_line_cuts_what_is_long(
    joined: DeskFactory, county: County, backup: Callable[[], Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    town = joined(TOWNSHIP)
    for n in range(9):
        person(town, f"王{'一二三四五六七八九'[n]}")
    sync(town)
    put_back = backup()
    person(town, "王十")
    sync(town)
    put_back()
    asked, push = list[int](), HttpTransport.push

    def cut(self: HttpTransport, batch: bytes) -> bytes:
        header = wire.peek(batch)[0]
        asked.append(header.last_seq - header.first_seq + 1)
        if asked[-1] > 3:
            raise KnownError("net.cut", "断了")
        return push(self, batch)

    monkeypatch.setattr(HttpTransport, "push", cut)
    with town.store.read() as conn:
        waiting = outbox.last(conn)
    sync(town)
    assert sum(n for n in asked if n <= 3) == waiting
    assert len(server_digests(county)) == 10
    with town.store.read() as conn:
        assert outbox.pending(conn) == 0
        assert proving.verify_receipts(conn, county.own.public) == []
    asked.clear()
    sync(town)
    assert asked == []


def test_a_decision_on_a_conflict_that_was_lost_leaves_no_refusal(clashed: Clashed, county: County) -> None:
    town, village, _who, put_back = clashed
    (clash,) = conflicts.open_list(town)
    conflicts.settle(town, clash.id, "other")
    sync(town)
    put_back()
    sync(town, village, town, village)
    assert syncing.status(town).refused == 0
    assert digests(town, "conflict") == server_digests(county, "conflict")
