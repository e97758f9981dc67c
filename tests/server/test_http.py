"""The HTTP face: what is not ours, not signed, too large or not understood gets a code and a sentence, and no more."""

from __future__ import annotations

import base64
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from models.errors import GuiyanError, KnownError
from models.records import Cell
from models.services import joining, people, syncing
from models.services.desk import Desk
from models.store import settings
from models.sync import client, keys, session, wire
from models.tables.system import EVENT, RECEIPT
from server import cli
from tests.conftest import COUNTY, TOWNSHIP, VILLAGE, County, DeskFactory


def _client(county: County) -> httpx.Client:
    context = ssl.create_default_context(cadata=county.own.certificate)
    return httpx.Client(base_url=county.address, verify=context, trust_env=False)


def _add(desk: Desk) -> str:
    return people.save(desk, None, {"name": Cell.of("王小雁"), "phone": Cell.of("13900000001")}, VILLAGE).id


_RECEIPT = wire.pack_receipt("x" * 32, keys.new_signing_key(), wire.Receipt("r", "d", "b", 1, 1, 1, "2026-11-24T00:00:00.000Z"))


def _batch_of(desk: Desk) -> bytes:
    """What a device says first, sealed by it."""
    device = desk.store.identity.device
    with desk.store.read() as conn:
        return wire.pack_batch(device, base64.b64decode(_link(desk)["private"]), client.read_events(conn, device, 1, 1))


def _link(desk: Desk, **changed: str) -> dict[str, str]:
    with desk.store.transaction() as conn:
        link = {**settings.get(conn, "link"), **changed}
        settings.put(conn, "link", link)
    return link


def _events(county: County) -> int:
    with county.store.read() as conn:
        return conn.execute(select(func.count()).select_from(EVENT)).scalar_one()


class Signed:
    """A session of one desk, request by request."""

    def __init__(self, county: County, desk: Desk) -> None:
        self.http, self.device = _client(county), desk.store.identity.device
        self.private = base64.b64decode(_link(desk)["private"])
        nonce = self.http.get("/v1/challenge").json()["nonce"]
        proof = keys.sign(self.private, session.hello_message(nonce, self.device))
        body = {"nonce": nonce, "device": self.device, "signature": base64.b64encode(proof).decode()}
        said = self.http.post("/v1/hello", json=body)
        assert said.status_code == 200, said.text
        self.session, self.count = said.json()["session"], 0

    def call(self, method: str, target: str, body: bytes = b"", *, signs: str = "") -> httpx.Response:
        self.count += 1
        message = session.request_message(self.session, self.count, method, signs or target, body)
        headers = {"X-Session": self.session, "X-Count": str(self.count),
                   "X-Signature": base64.b64encode(keys.sign(self.private, message)).decode()}  # fmt: skip
        return self.http.request(method, target, content=body, headers=headers)


def test_another_certificate_is_refused_before_anything_is_sent(joined: DeskFactory, county: County) -> None:
    desk = joined()
    _add(desk)
    before = _events(county)
    other, _key = keys.new_certificate("127.0.0.1")
    _link(desk, certificate=other)
    with pytest.raises(KnownError) as told:
        syncing.run(desk)
    assert told.value.code == "net.certificate"
    assert _events(county) == before


def test_a_server_that_is_down_says_so_and_loses_nothing(joined: DeskFactory, county: County) -> None:
    desk = joined()
    person_id = _add(desk)
    county.stop()
    with pytest.raises(KnownError) as told:
        syncing.run(desk)
    assert told.value.code == "net.unreachable"
    assert syncing.record_state(desk, person_id) == "pending"
    county.start()
    syncing.run(desk)
    assert syncing.record_state(desk, person_id) == "received"


@contextmanager
def _answering(county: County, folder: Path, answers: dict[str, bytes]) -> Iterator[str]:
    """A stranger behind the county's own certificate. answers: by path; b'' for any other."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            body = answers.get(self.path.partition("?")[0], b"")
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    (folder / "c.pem").write_text(county.own.certificate + county.own.certificate_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem")
    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


_HELLO = {
    "/v1/challenge": b'{"nonce": "n", "time": "2026-11-24T00:00:00.000Z"}',
    "/v1/hello": b'{"session": "s", "last_seq": 0, "time": "2026-11-24T00:00:00.000Z", "protocol": 1}',
}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, "net.garbage"),
        ({"/v1/challenge": b"<html>please log in</html>"}, "net.garbage"),
        ({**_HELLO, "/v1/hello": b'{"hello": 1}'}, "net.garbage"),
        ({**_HELLO, "/v1/hello": b'{"session": "s", "last_seq": null, "time": "", "protocol": 1}'}, "net.garbage"),
        ({**_HELLO, "/v1/batches": b"<html>thank you</html>"}, "batch.foreign"),
        ({**_HELLO, "/v1/batches": wire.MAGIC + b"\x01\x00\x00\x00\x02{}" + bytes(64)}, "batch.header"),
        ({**_HELLO, "/v1/batches": _RECEIPT}, "batch.signature"),
    ],
)
def test_an_answer_that_is_not_the_countys_is_no_receipt(
    joined: DeskFactory, county: County, tmp_path: Path, answers: dict[str, bytes], code: str
) -> None:
    desk = joined()
    person_id = _add(desk)
    with _answering(county, tmp_path, answers) as address:
        _link(desk, address=address)
        with pytest.raises(GuiyanError) as told:
            syncing.run(desk)
    assert told.value.code == code
    if code == "net.garbage":
        assert "没有记入任何内容。内容仍保存在本机，下次同步会再发送；仍不行请把这句话告诉县级管理员。" in told.value.sentence
    assert syncing.record_state(desk, person_id) == "pending"
    with desk.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(RECEIPT)).scalar_one() == 0


def test_a_joining_that_is_answered_by_a_stranger_may_be_tried_again(
    desk_factory: DeskFactory, county: County, tmp_path: Path
) -> None:
    desk, path = desk_factory(), county.ticket(TOWNSHIP)
    ticket = json.loads(path.read_text())
    for said in (b"<html>please log in</html>", b"{}"):
        with _answering(county, tmp_path, {"/v1/enrol": said}) as address:
            path.write_text(json.dumps({**ticket, "address": address}))
            with pytest.raises(KnownError, match="还可再用。请稍后再试；仍不行请把这句话告诉县级管理员") as told:
                joining.join(desk, path)
        assert told.value.code == "net.garbage"
    path.write_text(json.dumps(ticket))
    assert joining.join(desk, path)


def test_what_is_malformed_is_not_repeated_in_the_answer(county: County) -> None:
    with _client(county) as http_:
        said = http_.post("/v1/hello", content=b'{"nonce": "411424198503050012", "device": 5}')
        assert (said.status_code, said.json()["code"]) == (400, "request.malformed")
        assert "411424198503050012" not in said.text
        said = http_.post("/v1/hello", json={"nonce": "n", "device": "0" * 32, "signature": ""})
        assert (said.status_code, said.json()["code"]) == (401, "device.unknown")
        assert http_.get("/v1/records?after=0&limit=10").status_code == 401
        assert http_.post("/v1/batches", content=b"x").status_code == 401
        assert http_.get("/v1/records?after=-1&limit=10").status_code == 400


def test_too_much_is_refused_with_and_without_a_length(county: County) -> None:
    with _client(county) as http_:
        said = http_.post("/v1/batches", content=bytes(33 << 20))
        assert (said.status_code, said.json()["code"]) == (413, "batch.large")
        said = http_.post("/v1/batches", content=iter([bytes(1 << 20)] * 33))
        assert (said.status_code, said.json()["code"]) == (413, "batch.large")


def test_a_signature_holds_for_one_request_only(joined: DeskFactory, county: County) -> None:
    signed = Signed(county, joined())
    assert signed.call("GET", "/v1/records?after=0&limit=10").status_code == 200
    said = signed.call("GET", "/v1/records?after=0&limit=11", signs="/v1/records?after=0&limit=10")
    assert (said.status_code, said.json()["code"]) == (401, "session.forged")
    signed.count -= 2
    said = signed.call("GET", "/v1/records?after=0&limit=10")
    assert (said.status_code, said.json()["code"]) == (401, "session.replayed")
    signed.session = "another"
    assert signed.call("GET", "/v1/records?after=0&limit=10").json()["code"] == "session.over"
    signed.http.close()


def test_a_device_pushes_only_its_own_batches(joined: DeskFactory, county: County) -> None:
    one, two = joined(), joined(COUNTY, "县专班")
    signed, before = Signed(county, one), _events(county)
    theirs = _batch_of(two)
    said = signed.call("POST", "/v1/batches", theirs)
    assert (said.status_code, said.json()["code"]) == (400, "batch.sender")
    assert _events(county) == before
    signed.http.close()


def test_a_ticket_is_for_one_device_of_one_office(desk_factory: DeskFactory, county: County, tmp_path: Path) -> None:
    one, two, village = desk_factory(), desk_factory(), desk_factory(VILLAGE)
    ticket = county.ticket(TOWNSHIP)
    joining.join(one, ticket)
    joining.join(one, ticket)  # an answer that was lost: the same device asks again
    for desk, code in ((two, "ticket.used"), (village, "ticket.office")):
        with pytest.raises(GuiyanError) as told:
            joining.join(desk, ticket)
        assert told.value.code == code
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps({**json.loads(county.ticket(TOWNSHIP).read_text()), "secret": "guess"}))
    with pytest.raises(GuiyanError) as told:
        joining.join(two, forged)
    assert told.value.code == "ticket.unknown"
    joining.join(two, county.ticket(TOWNSHIP))
    assert (one.store.identity.letter, two.store.identity.letter) == ("A", "B")


def test_the_command_line_issues_tickets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    db, out = f"sqlite:///{tmp_path / 'c.db'}", tmp_path / "t.json"
    call = ["enrol", "--db", db, "--address", "https://127.0.0.1:1", "--out", str(out), "--office"]
    assert cli.main([*call, TOWNSHIP]) == 0
    assert json.loads(out.read_text())["office"] == TOWNSHIP
    assert out.stat().st_mode & 0o077 == 0
    assert cli.main([*call, "999999999999"]) == 1
    assert "没有机构 999999999999" in capsys.readouterr().err
    assert cli.main(["enrol", "--db", db, "--address", "http://x", "--out", str(out), "--office", TOWNSHIP]) == 1
    assert cli.main(["enrol", "--db", "mysql://x", "--address", "https://x", "--out", str(out), "--office", TOWNSHIP]) == 1
    assert "postgresql://" in capsys.readouterr().err


def test_a_taken_port_is_told(county: County, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--db", county.url, "--port", str(county.port)]) == 1
    assert f"端口 {county.port} 已被占用" in capsys.readouterr().err


def test_a_postgresql_that_is_down_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["serve", "--db", "postgresql://nobody:secret@127.0.0.1:1/none", "--port", "1"]) == 1
    err = capsys.readouterr().err
    assert "连不上数据库服务" in err
    assert "secret" not in err
