"""Attachments between desks and a real server over HTTPS: only what is lacking travels, resumed after any cut, after the
records, and verified at both ends. What is hostile or foreign is in test_files_hostile.py."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from models.base import utc_now
from models.errors import GuiyanError, KnownError, RuleError
from models.services import attachments, carrying, people, requests, syncing
from models.services import desk as desks
from models.services.desk import Desk
from models.store import settings
from models.sync import client, files, parts
from models.sync.files import PART
from models.sync.session import Sessions
from models.sync.transports.http import HttpTransport
from models.tables.system import CHUNK
from tests.conftest import BUREAU, COUNTY, PASSWORD, TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, ask, link_of, person, sync

JPG = b"\xff\xd8\xff"


def photo(size: int = 3 * PART + 1000) -> bytes:
    """A file of random bytes that begins like a photo."""
    return JPG + os.urandom(size - len(JPG))


def attached(desk: Desk, data: bytes, name: str = "身份证.jpg") -> attachments.Attachment:
    return attachments.add(desk, "person", person(desk, village=VILLAGE), name, data)


def chunks(county: County) -> int:
    with county.store.read() as conn:
        return conn.execute(select(func.count()).select_from(CHUNK)).scalar_one()


def test_from_a_village_to_the_county_and_the_bureau(either: Field) -> None:
    village, town, county = either.desk(VILLAGE), either.desk(TOWNSHIP), either.desk(COUNTY, "赵县")
    bureau = either.desk(BUREAU, "孙局")
    request, data = ask(village, person(village)), photo()
    made = attachments.add(village, "request", request.id, "身份证.jpg", data)
    assert attachments.waiting(village) == (1, len(data))
    assert carrying.transfer(village).sent == 0, "its record is not at the county yet"
    sync(village)
    moved = carrying.transfer(village)
    assert (moved.sent, moved.bytes, moved.refused) == (1, len(data), 0)
    assert attachments.waiting(village) == (0, 0)
    assert attachments.get(village, made.id).state == "sent"
    sync(county, town, bureau)
    (seen,) = attachments.of_owner(county, request.id)
    assert (seen.title, seen.state, seen.ours) == ("身份证.jpg", "away", False)
    assert attachments.read(county, seen.id) is None
    assert carrying.fetch(county, seen.id) == data
    assert attachments.get(county, seen.id).state == "here"
    assert attachments.read(county, seen.id) == data
    assert attachments.of_owner(bureau, request.id) == [], "it was not referred to the bureau yet"
    with pytest.raises(RuleError) as told:
        carrying.fetch(bureau, seen.id)
    assert told.value.code == "attachment.unknown"
    requests.act(town, request.id, "accept")
    requests.refer(town, request.id, BUREAU)
    sync(town, bureau)
    (at_bureau,) = attachments.of_owner(bureau, request.id)
    assert carrying.fetch(bureau, at_bureau.id) == data
    answer = attachments.add(bureau, "request", request.id, "办结材料.jpg", photo(10))
    sync(bureau)
    assert carrying.transfer(bureau).sent == 1
    sync(village)
    assert carrying.fetch(village, answer.id) == attachments.read(bureau, answer.id)


def test_a_bureau_gets_what_belongs_to_the_request_alone(field: Field) -> None:
    town, bureau = field.desk(TOWNSHIP), field.desk(BUREAU, "孙局")
    who = person(town)
    before = attachments.add(town, "person", who, "前.jpg", photo(20))
    request = ask(town, who)
    requests.act(town, request.id, "accept")
    requests.refer(town, request.id, BUREAU)
    sync(town)
    after = attachments.add(town, "person", who, "后.jpg", photo(20))
    asked = attachments.add(town, "request", request.id, "材料.jpg", photo(20))
    sync(town)
    carrying.transfer(town)
    sync(bureau)
    assert people.get(bureau, who) is not None
    assert attachments.of_person(bureau, who) == []
    assert [a.id for a in attachments.of_owner(bureau, request.id)] == [asked.id]
    for hidden in (before, after):
        with pytest.raises(RuleError):
            carrying.fetch(bureau, hidden.id)


def test_one_scan_for_three_requests_is_sent_once(field: Field) -> None:
    town, data = field.desk(TOWNSHIP), photo()
    for _ in range(3):
        attachments.add(town, "request", ask(town, person(town)).id, "身份证.jpg", data)
    sync(town)
    moved = carrying.transfer(town)
    assert (moved.sent, moved.bytes) == (3, len(data))
    assert chunks(field.county) == 4


@contextmanager
def _cutting(port: int, after: int) -> Iterator[int]:
    """A line to the server that breaks for good after so many bytes in both directions; yields its port."""
    left, lock, stop = [after], threading.Lock(), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    open_: list[socket.socket] = [listener]
    running: list[threading.Thread] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(4096):
                with lock:
                    data, left[0] = data[: left[0]], left[0] - len(data)
                target.sendall(data)
                if left[0] <= 0:
                    break
        except OSError:
            pass
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        while not stop.is_set():
            try:
                here, _ = listener.accept()
            except OSError:
                return
            if left[0] <= 0:
                here.close()
                continue
            there = socket.create_connection(("127.0.0.1", port))
            open_.extend((here, there))
            for ends in ((here, there), (there, here)):
                running.append(threading.Thread(target=pump, args=ends, daemon=True))
                running[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        # Closed under a thread that waits in it, a socket goes on waiting, and takes one more line that nobody closes.
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join(10)
        for end in open_[1:]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in running:
            thread.join(10)
        for end in open_:
            end.close()


def _through(desk: Desk, port: int) -> None:
    with desk.store.transaction() as conn:
        settings.put(conn, "link", {**settings.get(conn, "link"), "address": f"https://127.0.0.1:{port}"})


@pytest.mark.parametrize("upwards", [True, False], ids=["sending", "fetching"])
def test_cut_at_any_byte_it_goes_on_where_it_was(field: Field, upwards: bool) -> None:
    town, county, data = field.desk(TOWNSHIP), field.desk(COUNTY, "赵县"), photo(6 * PART + 77)
    made, moved, cuts = attached(town, data), 0, list[str]()
    sync(town)
    if not upwards:
        carrying.transfer(town)
        sync(county)
    desk = town if upwards else county
    for after in (900, 2_000, 5_000, PART + 9_000, PART + 200_000, 2 * PART + 30_000, 3 * PART, 1 << 30):
        with _cutting(field.county.port, after) as port:
            _through(desk, port)
            try:
                moved = carrying.transfer(desk).bytes if upwards else len(carrying.fetch(desk, made.id) or b"")
            except KnownError as e:
                cuts.append(e.code)
    assert len(cuts) >= 4
    assert set(cuts) <= {"net.cut", "net.unreachable"}
    assert attachments.get(desk, made.id).state == ("sent" if upwards else "here")
    assert moved < 2 * PART if upwards else moved == len(data), "what was across before the cut did not travel again"
    _through(county, field.county.port)
    sync(county)
    assert carrying.fetch(county, made.id) == data


_KILLED = """
import os, signal, sys
from pathlib import Path
from typing import Any
from models.services import carrying, desk as desks
desk = desks.unlock(Path(sys.argv[1]), "", sys.argv[2])
def progress(done, total):
    if done > total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return True
carrying.transfer(desk, progress)
"""


def test_killed_in_the_middle_it_sends_the_rest(field: Field) -> None:
    town, data = field.desk(TOWNSHIP), photo(6 * PART)
    made = attached(town, data)
    sync(town)
    town.close()
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", _KILLED, str(town.folder), PASSWORD], cwd=root, timeout=60, check=False)
    assert done.returncode == -9
    before = chunks(field.county)
    assert 3 <= before < 6
    again = desks.unlock(town.folder, "", PASSWORD)
    assert attachments.waiting(again) == (1, len(data))
    assert carrying.transfer(again).bytes == (6 - before) * PART
    assert attachments.get(again, made.id).state == "sent"
    assert attachments.read(again, made.id) == data
    again.close()


def test_a_photo_never_stands_in_the_way_of_a_record(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    town = field.desk(TOWNSHIP)
    attached(town, photo(8 * PART))
    sync(town)
    said: list[str] = []
    begun, put, inner = threading.Event(), HttpTransport.put_part, client.sync

    def put_part(self: HttpTransport, attachment: str, number: int, body: bytes) -> None:
        put(self, attachment, number, body)
        said.append("part")
        if len(said) == 2:
            begun.set()

    def slow_round(*args: object) -> object:
        said.append("records")
        time.sleep(0.5)
        report = inner(*args)  # type: ignore[arg-type]
        said.append("over")
        return report

    monkeypatch.setattr(HttpTransport, "put_part", put_part)
    monkeypatch.setattr(syncing, "sync", slow_round)
    thread = threading.Thread(target=carrying.transfer, args=(town,))
    thread.start()
    assert begun.wait(20)
    person(town, "李四")
    assert syncing.run(town).sent == 1
    thread.join(20)
    records, over = said.index("records"), said.index("over")
    assert over - records <= 2, "one part was on the line when the round began, and no other went before its end"
    assert said.count("part") == 8
    assert attachments.waiting(town) == (0, 0)


def test_stopped_by_the_clerk_and_gone_on(field: Field) -> None:
    town, data = field.desk(TOWNSHIP), photo(5 * PART)
    attached(town, data)
    sync(town)
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        seen.append((done, total))
        return done < 3 * PART

    assert carrying.transfer(town, progress).stopped
    assert attachments.waiting(town)[0] == 1
    moved = carrying.transfer(town, lambda d, t: seen.append((d, t)) is None)
    assert (moved.sent, moved.bytes) == (1, 2 * PART)
    assert seen[-1] == (len(data), len(data))
    assert all(0 <= done <= total == len(data) for done, total in seen)


def test_a_session_that_runs_out_between_parts(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    town, opened, inner = field.desk(TOWNSHIP), list[Sessions](), Sessions.open

    def open_(self: Sessions, *said: Any) -> str:
        opened.append(self)
        return inner(self, *said)

    monkeypatch.setattr(Sessions, "open", open_)
    made = attached(town, photo())
    sync(town)

    def progress(_done: int, _total: int) -> bool:
        for sessions in opened:
            sessions._sessions.clear()  # as after a restart of the server, or half an hour
        return True

    assert carrying.transfer(town, progress).sent == 1
    assert attachments.get(town, made.id).state == "sent"


def test_a_server_that_went_back_is_sent_again_what_it_lost(field: Field) -> None:
    town, data = field.desk(TOWNSHIP), photo()
    made = attached(town, data)
    sync(town)
    carrying.transfer(town)
    with field.county.store.transaction() as conn:
        conn.execute(delete(CHUNK))
    with town.store.transaction() as conn:
        settings.put(conn, "cursor", 1_000)  # the server's positions lie before what this desk has pulled
    sync(town)
    assert attachments.waiting(town) == (1, len(data))
    assert carrying.transfer(town).bytes == len(data)
    assert attachments.get(town, made.id).state == "sent"


def test_fetched_without_asking_where_the_setting_says_so(field: Field) -> None:
    town, county = field.desk(TOWNSHIP), field.desk(COUNTY, "赵县")
    found = [attached(town, photo(PART + n)) for n in range(3)]
    sync(town)
    for n in range(2):  # the third one has not come to the county yet
        with town.store.transaction() as conn:
            files.mark(conn, found[2].id, "refused")
        carrying.transfer(town)
        sync(county)
        moved = carrying.transfer(county)
        assert (moved.received, moved.bytes > 0) == ((0, False) if n == 0 else (2, True))
        desks.put_setting(county, carrying.AUTOMATIC, True)
    assert [attachments.get(county, a.id).state for a in found] == ["here", "here", "away"]
    attachments.retry(town, found[2].id)
    carrying.transfer(town)
    assert carrying.transfer(county).received == 1


def test_without_a_county_it_says_so(desk_factory: object, field: Field) -> None:
    town = field.desk(TOWNSHIP)
    attached(town, photo())
    sync(town)
    field.county.stop()
    with pytest.raises(GuiyanError) as told:
        carrying.transfer(town)
    assert told.value.code == "net.unreachable"
    assert attachments.waiting(town)[0] == 1
    assert link_of(town)["address"].endswith(str(field.county.port))


def test_the_server_lets_go_of_what_was_removed_long_ago(either: Field) -> None:
    town, village, scan = either.desk(TOWNSHIP), either.desk(VILLAGE), photo()
    kept, removed, other = attached(town, scan), attached(town, scan), attached(town, photo(2 * PART))
    of_village = attachments.add(village, "person", person(village), "同.jpg", attachments.read(town, other.id) or b"")
    for desk in (town, village):
        sync(desk)
        carrying.transfer(desk)
    for made in (removed, other):
        attachments.remove(town, made.id)
    sync(town)
    before, now = chunks(either.county), utc_now()
    with either.county.store.transaction() as conn:
        assert parts.sweep(conn, now - files.KEPT) == 0, "removing it may still be undone"
        assert parts.sweep(conn, now + timedelta(minutes=1)) == 2, "the two parts that nobody else of that office holds"
    assert chunks(either.county) == before - 2
    sync(village)
    for desk, made in ((town, kept), (village, of_village)):
        for path in (desk.folder / "files").rglob("*"):
            if path.is_file():
                path.unlink()
        assert carrying.fetch(desk, made.id)


def test_twelve_desks_send_at_once(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    towns = [field.desk(TOWNSHIP, f"经办{n}") for n in range(12)]
    monkeypatch.setattr(carrying, "_MOVING", _Free())  # one process stands for twelve PCs here
    for town in towns:
        attached(town, photo())
        sync(town)
    threads = [threading.Thread(target=carrying.transfer, args=(town,)) for town in towns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [attachments.waiting(town) for town in towns] == [(0, 0)] * 12
    assert chunks(field.county) == 4 * 12


class _Free:
    """A lock that is always free."""

    def acquire(self, *, blocking: bool = True) -> bool:
        return True

    def release(self) -> None:
        return None
