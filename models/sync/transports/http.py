"""HTTPS to the county server: the ticket's certificate is the only one trusted, whatever the system trusts."""

from __future__ import annotations

import base64
import random
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

import httpx
import msgspec

from models.errors import BugError, KnownError, RuleError
from models.sync import enrol, keys, session, wire
from models.sync.client import Greeting
from models.sync.files import Question, SignedHeld
from models.sync.parcel import NotHeard

_T = TypeVar("_T")
_JSON = {"Content-Type": "application/json"}
MOST_ANSWER = 80 << 20  # bytes: more than any page or parcel has; memory is not the server's to fill
BUSY_FIRST, BUSY_LONGEST, BUSY_PATIENCE = 0.5, 8.0, 120.0  # seconds: first and longest wait, and how long in all
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the county server is. address: https://host:port; certificate: PEM of the ticket."""

    address: str
    certificate: str


def _context(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False  # the pinned certificate is the identity; its address may change
    try:
        context.load_verify_locations(cadata=certificate)
    except ssl.SSLError as e:
        raise RuleError("ticket.broken", "加入凭证中的证书无法读懂，请向县级重新索取。") from e
    return context


def _open(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.address, verify=_context(server.certificate), timeout=TIMEOUT, trust_env=False)


def _network(error: httpx.HTTPError, address: str) -> NoReturn:
    text = str(error)
    if "CERTIFICATE" in text.upper():
        raise KnownError(
            "net.certificate", f"{address} 出示的证书不是加入凭证里的那一张，没有发送任何内容。请联系县级管理员核实。"
        ) from error
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        raise KnownError("net.unreachable", f"连不上县级服务器 {address}。内容已保存在本机，联网后会再发送。") from error
    raise KnownError("net.cut", f"与县级服务器 {address} 的连接中断，没有收到回执的内容会再次发送，不会重复。") from error


def _garbage(address: str, what: str) -> KnownError:
    """An answer that no server of ours gives: a log-in page of the network, say, or another release."""
    return KnownError(
        "net.garbage",
        f"{address} 的回答{what}，没有记入任何内容。内容仍保存在本机，下次同步会再发送；仍不行请把这句话告诉县级管理员。",
    )


def _answer(status: int, content: bytes, address: str) -> bytes:
    if status == 200:
        return content
    try:
        if status == 503 and not content.startswith(b"{"):  # uvicorn's own word, when it holds as many lines as it can
            raise KnownError("server.busy", "县级服务器正忙，请稍后再同步。内容仍保存在本机。")
        said = msgspec.json.decode(content)
        code, sentence = str(said["code"]), str(said["sentence"])
        answer = base64.b64decode(said.get("answer") or "")
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError) as e:
        raise _garbage(address, f"无法读懂（{status}），可能不是归雁的县级服务器") from e
    if status >= 500:
        raise KnownError(code, sentence)
    if answer:
        raise NotHeard(code, sentence, answer)
    raise RuleError(code, sentence)


class HttpTransport:
    """One session with the server. Made in a worker thread, used there, closed there."""

    def __init__(self, server: Server, device: str, private: bytes) -> None:
        self._server, self._device, self._private = server, device, private
        self._client = _open(server)
        self._session, self._count = "", 0

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def greet(self) -> Greeting:
        nonce = self._json(self._patiently(lambda: self._plain("GET", "/v1/challenge", b"")))["nonce"]
        signature = keys.sign(self._private, session.hello_message(str(nonce), self._device))
        body = msgspec.json.encode({"nonce": nonce, "device": self._device, "signature": base64.b64encode(signature).decode()})
        said = self._json(self._patiently(lambda: self._plain("POST", "/v1/hello", body, _JSON)))
        try:
            wire.same_protocol(int(said.get("protocol", wire.PROTOCOL)))
            self._session, self._count = str(said["session"]), 0
            return Greeting(
                int(said["last_seq"]), str(said["time"]), str(said.get("sealing", "")), str(said.get("mark", "")),
                int(said.get("schema", 0)),
            )  # fmt: skip
        except (KeyError, ValueError, TypeError, OverflowError) as e:  # 1e999 is a number of JSON as well
            raise _garbage(self._server.address, "不完整") from e

    def push(self, batch: bytes) -> bytes:
        return self._signed("POST", "/v1/batches", batch)

    def pull(self, after: int, limit: int, mark: str | None = None, *, own: bool = False) -> bytes:
        """mark: of the history that after is a position in, brought with the first page of a round ('' without one). own: with
        what stands there just as this device sent it."""
        also = ("" if mark is None else f"&mark={mark}") + ("&own=true" if own else "")
        return self._signed("GET", f"/v1/records?after={after}&limit={limit}{also}", b"")

    def carry(self, parcel: bytes) -> bytes:
        """Hand over a sealed parcel, one's own or another's; returns the sealed answer to its writer."""
        return self._lasting("POST", "/v1/parcels", parcel)

    def compare(self, question: bytes) -> bytes:
        return self._lasting("POST", "/v1/compare", question)

    def wanted(self, records: bytes) -> bytes:
        return self._lasting("POST", "/v1/compare/wanted", records)

    def give_back(self, records: bytes) -> bytes:
        return self._lasting("POST", "/v1/compare/returned", records)

    def missing(self, ids: Sequence[str]) -> dict[str, list[int]]:
        said = self._lasting("POST", "/v1/attachments/missing", msgspec.json.encode(Question(list(ids))))
        return self._typed(said, dict[str, list[int]])

    def put_part(self, attachment: str, number: int, body: bytes) -> None:
        self._lasting("PUT", f"/v1/attachments/{attachment}/parts/{number}", body)

    def get_part(self, attachment: str, number: int) -> bytes:
        return self._lasting("GET", f"/v1/attachments/{attachment}/parts/{number}", b"")

    def held(self, attachment: str) -> SignedHeld:
        return self._typed(self._lasting("GET", f"/v1/attachments/{attachment}/receipt", b""), SignedHeld)

    def _lasting(self, method: str, target: str, body: bytes) -> bytes:
        """A signed request that says hello again when the session has run out: parts may take longer than it lasts."""
        try:
            return self._signed(method, target, body)
        except RuleError as e:
            if e.code != "session.over":
                raise
        self.greet()
        return self._signed(method, target, body)

    def _typed(self, body: bytes, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as e:
            raise _garbage(self._server.address, "无法读懂") from e

    def _signed(self, method: str, target: str, body: bytes) -> bytes:
        """A signed request; a server that is busy is asked again, later each time, under a new count."""
        if not self._session:
            raise BugError("sync.order", "还没有与县级建立会话。")
        return self._patiently(lambda: self._once(method, target, body))

    def _once(self, method: str, target: str, body: bytes) -> bytes:
        self._count += 1
        message = session.request_message(self._session, self._count, method, target, body)
        return self._plain(
            method, target, body,
            {"X-Session": self._session, "X-Count": str(self._count),
             "X-Signature": base64.b64encode(keys.sign(self._private, message)).decode()},
        )  # fmt: skip

    def _patiently(self, ask: Callable[[], bytes]) -> bytes:
        """Waits are drawn by chance, so that devices which were sent away together do not come back together."""
        start, longest = time.monotonic(), BUSY_FIRST
        while True:
            try:
                return ask()
            except KnownError as e:
                wait = longest * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing
                if e.code != "server.busy" or time.monotonic() - start + wait > BUSY_PATIENCE:
                    raise
            time.sleep(wait)
            longest = min(longest * 2, BUSY_LONGEST)

    def _plain(self, method: str, target: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
        said = bytearray()
        try:
            with self._client.stream(method, target, content=body, headers=headers) as response:
                for some in response.iter_bytes():
                    said += some
                    if len(said) > MOST_ANSWER:
                        raise _garbage(self._server.address, "过长")
        except httpx.HTTPError as e:
            _network(e, self._server.address)
        return _answer(response.status_code, bytes(said), self._server.address)

    def _json(self, body: bytes) -> dict[str, Any]:
        try:
            return msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError as e:
            raise _garbage(self._server.address, "无法读懂，可能不是归雁的县级服务器") from e


def join(ticket: enrol.Ticket, asked: enrol.Joining) -> enrol.Joined:
    """Answer a ticket online; returns what the county calls this device."""
    server = Server(ticket.address, ticket.certificate)
    body = msgspec.json.encode(asked)
    with _open(server) as client:
        try:
            response = client.post("/v1/enrol", content=body, headers=_JSON)
        except httpx.HTTPError as e:
            _network(e, server.address)
    try:
        return msgspec.json.decode(_answer(response.status_code, response.content, server.address), type=enrol.Joined)
    except (msgspec.MsgspecError, KnownError) as e:
        if isinstance(e, KnownError) and e.code != "net.garbage":
            raise
        raise KnownError(
            "net.garbage",
            f"{server.address} 的回答无法读懂，没有加入，这张凭证在本机还可再用。请稍后再试；仍不行请把这句话告诉县级管理员。",
        ) from e
