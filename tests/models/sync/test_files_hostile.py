"""Parts of attachments from a peer that lies: each is refused with a code and a sentence, and nothing is stored or told."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest
from sqlalchemy import func, select

from models.errors import GuiyanError, KnownError, RuleError
from models.records import Cell
from models.services import attachments, carrying, contacts, syncing
from models.services.desk import Desk
from models.sync import files, parts
from models.sync.files import PART, Held, SignedHeld
from models.sync.transports import http
from models.sync.transports.http import HttpTransport, Server
from models.tables import ENTITIES
from models.tables.system import CHUNK
from tests.conftest import COUNTY, SIBLING, TOWNSHIP, VILLAGE, County
from tests.models.sync.conftest import Field, ask, link_of, person, sync

DATA = b"\xff\xd8\xff" + os.urandom(2 * PART)


@contextmanager
def line(desk: Desk) -> Iterator[HttpTransport]:
    link = link_of(desk)
    private = base64.b64decode(link["private"])
    with HttpTransport(Server(link["address"], link["certificate"]), desk.store.identity.device, private) as transport:
        transport.greet()
        yield transport


def code(call: object, *args: object) -> str:
    """The code that a call is refused with; the sentence is Chinese and ends as one."""
    with pytest.raises(GuiyanError) as told:
        call(*args)  # type: ignore[operator]
    assert told.value.sentence.endswith("。"), told.value.sentence
    return told.value.code


def registered(desk: Desk, data: bytes = DATA, **wrong: object) -> str:
    """An attachment's record as a peer may write it, without any bytes: wrong replaces what it says of itself."""
    who = person(desk, village=VILLAGE)
    hashes = "".join(hashlib.sha256(part).hexdigest() for part in files.cut(data))
    said = {"owner_entity": "person", "owner_id": who, "title": "照片.jpg", "media_type": "image/jpeg", "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(), "parts": hashes, **wrong}  # fmt: skip
    with desk.store.write("李经办", "登记") as unit:
        made = unit.create("attachment", {k: Cell.of(v) for k, v in said.items()}, village=VILLAGE)
    sync(desk)
    return made


def stored(county: County) -> int:
    with county.store.read() as conn:
        return conn.execute(select(func.count()).select_from(CHUNK)).scalar_one()


def test_what_the_record_does_not_say_is_not_taken(either: Field) -> None:
    town = either.desk(TOWNSHIP)
    made, cut = registered(town), list(files.cut(DATA))
    with line(town) as transport:
        assert transport.missing([made, "0" * 32]) == {made: [0, 1, 2]}
        assert code(transport.put_part, made, 0, cut[1]) == "chunk.hash"
        assert code(transport.put_part, made, 0, cut[0][:-1] + b"\x00") == "chunk.hash"
        assert code(transport.put_part, made, 0, cut[0][:-1]) == "chunk.size"
        assert code(transport.put_part, made, 2, cut[2] + b"more") == "chunk.size"
        assert code(transport.put_part, made, 0, cut[0] + b"more") == "chunk.large"
        assert code(transport.put_part, made, 0, b"") == "chunk.size"
        for number in (3, -1, 10**9, 10**30):
            assert code(transport.put_part, made, number, cut[0]) == "chunk.number"
            assert code(transport.get_part, made, number) == "chunk.number"
        assert code(transport.put_part, "0" * 32, 0, cut[0]) == "attachment.unknown"
        assert code(transport.put_part, "x';--", 0, cut[0]) == "attachment.unknown"
        assert code(transport.get_part, made, 0) == "chunk.missing"
        assert code(transport.held, made) == "chunk.missing"
        assert stored(either.county) == 0
        for number in (0, 0, 1, 2):  # the same one twice is no fault
            transport.put_part(made, number, cut[number])
        assert stored(either.county) == 3
        assert transport.missing([made]) == {made: []}
        said = transport.held(made)
    held = files.read_held(said, either.county.own.public)
    assert (held.attachment, held.sha256, held.size) == (made, hashlib.sha256(DATA).hexdigest(), len(DATA))


def test_a_hash_opens_nothing(field: Field) -> None:
    village, sibling, town = field.desk(VILLAGE), field.desk(SIBLING, "孙村"), field.desk(TOWNSHIP)
    made = attachments.add(village, "request", ask(village, person(village)).id, "身份证.jpg", DATA)
    sync(village)
    carrying.transfer(village)
    sync(sibling, town)
    who = person(sibling, village=SIBLING)
    row = village.store.get("attachment", made.id)
    assert row is not None
    with sibling.store.write("孙村", "登记") as unit:  # a record of its own that names the other's hashes
        copy = unit.create(
            "attachment", {**{n: row.cell(n) for n in row}, "owner_entity": Cell.of("person"), "owner_id": Cell.of(who)},
            village=SIBLING,
        )  # fmt: skip
    sync(sibling)
    with line(sibling) as transport:
        assert transport.missing([made.id, copy]) == {copy: [0, 1, 2]}, "it is not told that the bytes are known"
        assert code(transport.get_part, made.id, 0) == "attachment.unknown"
        assert code(transport.put_part, made.id, 0, DATA[:PART]) == "attachment.unknown"
        assert code(transport.held, made.id) == "attachment.unknown"
        assert code(transport.get_part, copy, 0) == "chunk.missing"
        assert code(transport.held, copy) == "chunk.missing"
    with line(town) as transport:  # it sees the attachment, and did not write it
        assert transport.get_part(made.id, 0) == DATA[:PART]
        assert code(transport.put_part, made.id, 0, DATA[:PART]) == "attachment.foreign"
        assert transport.missing([made.id]) == {}
    attachments.remove(village, made.id)
    sync(village)
    with line(town) as transport:
        assert code(transport.get_part, made.id, 0) == "attachment.unknown", "a removed one is given to nobody"


def test_nothing_is_hung_on_a_record_of_another_office(field: Field) -> None:
    village, sibling = field.desk(VILLAGE), field.desk(SIBLING, "孙村")
    theirs = {"person": person(village)}
    theirs["request"] = ask(village, theirs["person"]).id
    theirs["contact"] = contacts.add(
        village, theirs["person"], {"way": Cell.of("visit"), "on": Cell.of("2026-11-24"), "text": Cell.of("谈")}
    ).id
    sync(village)
    for entity, record in theirs.items():
        with sibling.store.write("孙村", "登记") as unit:
            made = unit.create(
                "attachment", {"owner_entity": Cell.of(entity), "owner_id": Cell.of(record), "title": Cell.of("x.jpg"),
                               "sha256": Cell.of("0" * 64)}, village=SIBLING,
            )  # fmt: skip
        sync(sibling)
        assert syncing.record_state(sibling, made) == "refused", entity


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": files.LARGEST + 1}, {"size": 0}, {"size": PART}, {"size": 3 * PART + 1}, {"parts": "ab" * 32}, {"parts": "Z" * 192},
        {"parts": None}, {"sha256": "no hash"},
    ],
)  # fmt: skip
def test_a_record_whose_numbers_do_not_fit(field: Field, wrong: dict[str, object]) -> None:
    town = field.desk(TOWNSHIP)
    made = registered(town, **wrong)
    with line(town) as transport:
        assert code(transport.put_part, made, 0, DATA[:PART]) == "attachment.record"
        assert code(transport.get_part, made, 0) == "attachment.record"
    with town.store.transaction() as conn:
        files.mark(conn, made, "waiting")
    good = attachments.add(town, "person", person(town, "李四"), "好.jpg", DATA)
    sync(town)
    moved = carrying.transfer(town)
    assert (moved.sent, moved.refused) == (1, 1), "one that cannot be sent does not stop the others"
    assert attachments.get(town, made).detail.endswith("。")
    assert attachments.get(town, good.id).state == "sent"


def test_parts_that_do_not_make_the_file(field: Field) -> None:
    town, county = field.desk(TOWNSHIP), field.desk(COUNTY, "赵县")
    made = registered(town, sha256="0" * 64)
    with line(town) as transport:
        for number, part in enumerate(files.cut(DATA)):
            transport.put_part(made, number, part)
        assert code(transport.held, made) == "attachment.hash"
    sync(county)
    with pytest.raises(RuleError) as told:
        carrying.fetch(county, made)
    assert told.value.code == "attachment.hash"
    assert attachments.get(county, made).state == "away"
    assert attachments.read(county, made) is None


def test_a_server_that_lies_is_not_believed(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    town, county = field.desk(TOWNSHIP), field.desk(COUNTY, "赵县")
    made = attachments.add(town, "person", person(town, village=VILLAGE), "身份证.jpg", DATA)
    sync(town)
    true, other = HttpTransport.held, attachments.add(town, "person", person(town), "另一个.jpg", DATA[:-1])
    lies = [
        lambda self, i: SignedHeld(true(self, i).held.replace(made.id, "0" * 32), true(self, i).signature),
        lambda self, i: SignedHeld("{}", "AAAA"),
        lambda self, i: files.sign_held(b"1" * 32, Held(i, made.sha256, made.size, "2026-11-24T00:00:00.000Z")),
        lambda self, i: files.sign_held(field.county.own.signing, Held(i, made.sha256, 1, "2026-11-24T00:00:00.000Z")),
    ]
    for lie in lies:
        monkeypatch.setattr(HttpTransport, "held", lie)
        assert carrying.transfer(town).sent == 0
        assert attachments.get(town, made.id).state == "waiting", "nothing is claimed without the county's word"
    monkeypatch.setattr(HttpTransport, "held", true)
    monkeypatch.setattr(HttpTransport, "missing", lambda self, ids: {i: [7, -1, 10**9] for i in ids})
    assert carrying.transfer(town).sent == 1, "numbers that are none of the file's are passed over"
    assert attachments.get(town, other.id).state == "waiting"
    sync(county)
    for body in (b"", DATA[:PART], DATA[PART : 2 * PART] + b"x", os.urandom(PART)):
        monkeypatch.setattr(HttpTransport, "get_part", lambda self, i, n, body=body: DATA[:PART] if n == 0 else body)
        with pytest.raises(KnownError) as told:
            carrying.fetch(county, made.id)
        assert told.value.code == "chunk.hash"
    assert attachments.read(county, made.id) is None


def test_an_answer_without_end_fills_no_memory(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    town = field.desk(TOWNSHIP)
    made = attachments.add(town, "person", person(town, village=VILLAGE), "身份证.jpg", DATA)
    sync(town)
    carrying.transfer(town)
    monkeypatch.setattr(http, "MOST_ANSWER", PART - 1)
    with line(town) as transport:
        assert code(transport.get_part, made.id, 0) == "net.garbage"
        assert transport.get_part(made.id, 2) == DATA[2 * PART :]


def test_limits_of_counts(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    town = field.desk(TOWNSHIP)
    made = registered(town)
    with line(town) as transport:
        monkeypatch.setattr(parts, "MOST_PARTS", 1)
        transport.put_part(made, 0, DATA[:PART])
        assert code(transport.put_part, made, 1, DATA[PART : 2 * PART]) == "chunk.full"
        transport.put_part(made, 0, DATA[:PART])  # it is there already
        monkeypatch.undo()
        monkeypatch.setattr(parts, "MOST_ON_ONE", 0)
        assert code(transport.put_part, made, 1, DATA[PART : 2 * PART]) == "attachment.many"
        assert code(transport.missing, ["0" * 32] * (files.ASKED_AT_ONCE + 1)) == "request.malformed"
        assert code(transport.missing, ["0" * 33]) == "request.malformed"
        for body in (b"", b"[]", b'{"ids": "x"}', b'{"ids": [1]}', b"\xff"):
            assert code(transport._signed, "POST", "/v1/attachments/missing", body) == "request.malformed"
        assert code(transport._signed, "PUT", f"/v1/attachments/{made}/parts/one", b"") == "request.malformed"
        assert stored(field.county) == 1
    transport._session = "nobody's"
    with line(town) as transport:
        transport._private = os.urandom(32)
        assert code(transport.get_part, made, 0) == "session.forged"


def test_a_revoked_device_moves_no_part(field: Field) -> None:
    from models.tables.system import DEVICE

    town = field.desk(TOWNSHIP)
    made = registered(town)
    with line(town) as transport:
        transport.put_part(made, 0, DATA[:PART])
        with field.county.store.transaction() as conn:
            conn.execute(DEVICE.update().values(revoked_at="2026-11-24T00:00:00.000Z"))
        for call, args in (
            (transport.get_part, (made, 0)),
            (transport.put_part, (made, 0, DATA[:PART])),
            (transport.held, (made,)),
        ):
            assert code(call, *args) == "device.revoked"


def test_the_record_names_no_longer_list_than_its_limit(field: Field) -> None:
    """The largest file's list of hashes fits into its field, and one that is longer is refused with the record."""
    assert ENTITIES["attachment"].by_name["parts"].limit == 64 * files.LARGEST // PART
    town = field.desk(TOWNSHIP)
    made = registered(town, parts="ab" * 32 * (files.LARGEST // PART + 1))
    assert syncing.record_state(town, made) == "refused"
    with line(town) as transport:
        assert transport.missing([made]) == {}


def test_a_receipt_is_read_as_it_was_signed() -> None:
    with pytest.raises(RuleError) as told:
        files.read_held(SignedHeld(msgspec.json.encode(Held("a", "b", 1, "c")).decode(), "not base64!"), b"0" * 32)
    assert told.value.code == "attachment.receipt"
