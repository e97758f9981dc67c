"""The HTTP routes. They are thin and do not change when an entity is added."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from fastapi import FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from models.base import stamp
from models.errors import BugError, GuiyanError, KnownError, RuleError
from models.store.unit import SCHEMA, Store
from models.sync import answering, enrol, files, freight, history, ingest, parcel, parts, sealing, unloading, wire
from models.sync.session import Sessions
from server import comparing
from server.describing import ENVELOPE, Described, signed_route
from server.patience import Patient
from server.refusing import failed, malformed, refusal
from server.telling import Refusals

MOST_BODY = 32 << 20  # bytes on the wire: a batch of 2,000 events packs to about half a megabyte
MOST_SAID = 64 << 10  # bytes of what a stranger may say, a greeting or a joining
AT_ONCE = 4  # batches applied at a time; the others are told to come back
PARTS_AT_ONCE = 4  # parts of attachments at a time, apart from the batches: a photo takes no record's place
PATIENCE = 20.0  # seconds that a part waits for its turn

_T = TypeVar("_T")


class Challenge(BaseModel):
    nonce: str
    time: str


class Hello(BaseModel):
    """signature: Ed25519 of 'guiyan hello NONCE DEVICE', base64."""

    nonce: str = Field(max_length=100)
    device: str = Field(pattern="^[0-9a-f]{32}$")
    signature: str = Field(max_length=100)


class Greeting(BaseModel):
    """last_seq: the last event of this device that the server has; time: the server's clock, UTC.

    sealing: the age key to which parcels for the server are sealed; mark: which event bears last_seq here. protocol,
    schema: what this release speaks and knows.
    """

    session: str
    last_seq: int
    time: str
    protocol: int
    schema_: int = Field(serialization_alias="schema")
    sealing: str
    mark: str


class Fault(BaseModel):
    """code: stable, for programs; sentence: Chinese, for people. answer: with a parcel whose writer is heard no more, base64
    of the parcel that tells it so."""

    code: str
    sentence: str
    answer: str | None = None


class Joining(BaseModel):
    ticket: str = Field(max_length=40)
    secret: str = Field(max_length=100)
    device: str = Field(pattern="^[0-9a-f]{32}$")
    name: str = Field(max_length=60)
    public_key: str = Field(max_length=60)
    proof: str = Field(max_length=100)
    sealing: str = Field("", max_length=100)
    kind: str = Field("desk", pattern="^(desk|server)$")
    letter: str = Field("", pattern=f"^[A-Z]{{0,{enrol.LONGEST_LETTER}}}$")
    former: list[str] = Field([], max_length=enrol.MOST_FORMER)


class Recipient(BaseModel):
    office: str
    device: str
    key: str


class Joined(BaseModel):
    device: str
    office: str
    letter: str
    recipients: list[Recipient]
    had: dict[str, int]


class SignedHeld(BaseModel):
    """held: JSON text {attachment, sha256, size, at}; signature: base64, Ed25519 of 'guiyan held ' and that text."""

    held: str
    signature: str


def make_app(store: Store, own: enrol.ServerKeys) -> FastAPI:
    """The application over an open database. own: the server's keys."""
    faults: dict[int | str, dict[str, Any]] = {s: {"model": Fault} for s in (400, 401, 403, 404, 413, 500, 503)}
    # Its own pages of documentation would fetch their scripts from a public network.
    app = Described(title="归雁县级服务器", version="1", responses=faults, docs_url=None, redoc_url=None)
    app.add_middleware(Patient, most=MOST_BODY, fewer=dict.fromkeys(("/v1/hello", "/v1/enrol"), MOST_SAID))
    sessions, refusals = Sessions(), Refusals()
    with store.transaction() as conn:
        key = sealing.own_key(conn)[1]
    places, berths = threading.BoundedSemaphore(AT_ONCE), asyncio.Semaphore(PARTS_AT_ONCE)

    @app.exception_handler(GuiyanError)
    async def told(request: Request, error: GuiyanError) -> JSONResponse:
        if not isinstance(error, BugError):
            refusals.tell(error.code, request)
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, _error: RequestValidationError) -> JSONResponse:
        refusals.tell("request.malformed", request)
        # The details would repeat what was sent, perhaps personal: they are not returned and not logged.
        return malformed()

    @app.exception_handler(ClientDisconnect)
    async def cut(_request: Request, _error: ClientDisconnect) -> JSONResponse:
        # A line that breaks half-way through a request is everyday: no fault of the server's, and nobody reads this.
        return JSONResponse({"code": "request.cut", "sentence": "请求没有收全，县级服务器没有接受。"}, 400)

    @app.exception_handler(HTTPException)
    async def elsewhere(request: Request, error: HTTPException) -> JSONResponse:
        refusals.tell("request.unknown", request)
        headers = {"Allow": app.allowed(request)} if error.status_code == 405 else error.headers
        return JSONResponse({"code": "request.unknown", "sentence": "县级服务器没有这个地址。"}, error.status_code, headers)

    @app.exception_handler(Exception)
    async def unexpected(_request: Request, _error: Exception) -> JSONResponse:  # the log has the trace
        return failed()

    async def signed(request: Request, most: int = MOST_BODY, code: str = "batch.large") -> tuple[str, str, bytes]:
        taken, size, h = bytearray(), 0, request.headers
        known = sessions.alive(h.get("x-session", ""))
        async for part in request.stream():  # the header that tells the length may be absent, or lie
            size += len(part)
            if size > most:
                raise RuleError(code, "内容过大，没有接收。")
            taken += part if known else b""  # hundreds of strangers could fill the memory with what they may not say
        body = bytes(taken)
        query = request.scope["query_string"]  # both as they went over the line, escapes and all
        target = (request.scope["raw_path"] + (b"?" + query if query else b"")).decode("latin-1")
        count = h.get("x-count", "0")
        device, office = sessions.check(
            h.get("x-session", ""), int(count) if count.isdecimal() and len(count) < 16 else 0, h.get("x-signature", ""),
            request.method, target, body,
        )  # fmt: skip
        request.state.device = device
        return device, office, body

    @app.get("/v1/challenge")
    def challenge() -> Challenge:
        return Challenge(nonce=sessions.challenge(), time=stamp())

    @app.post("/v1/hello")
    def hello(asked: Hello, request: Request) -> Greeting:
        request.state.device = asked.device
        with store.read() as conn:
            device = ingest.device_row(conn, asked.device)
            last = device["last_seq"]
            mark = parcel.mark_of(conn, asked.device, last)
        session = sessions.open(asked.nonce, asked.device, device["office"], device["public_key"], asked.signature)
        return Greeting(
            session=session, last_seq=last, time=stamp(), protocol=wire.PROTOCOL, schema_=SCHEMA, sealing=key, mark=mark
        )

    @app.post("/v1/enrol", responses={409: {"model": Fault}})
    def join(asked: Joining) -> Joined:
        with store.transaction() as conn:
            joined = enrol.accept(conn, enrol.Joining(**asked.model_dump()))
            to = answering.recipients(conn, own, joined.office)
        return Joined(**msgspec.to_builtins(msgspec.structs.replace(joined, recipients=to)))

    @app.post("/v1/batches", **signed_route(bytes, gives_bytes=True))
    async def batches(request: Request) -> Response:
        """A signed envelope of events in, a signed receipt out."""
        device, _office, body = await signed(request)
        if wire.peek(body)[0].sender != device:
            raise RuleError("batch.sender", "数据包不是这台设备的，没有接收。")
        if not places.acquire(blocking=False):
            raise KnownError("server.busy", "县级服务器正忙，请稍后再同步。内容仍保存在本机。")
        try:
            receipt = await run_in_threadpool(ingest.ingest, store, own.signing, body)
        finally:
            places.release()
        return Response(receipt, media_type=ENVELOPE)

    @app.post("/v1/parcels", **signed_route(bytes, gives_bytes=True))
    async def parcels(request: Request) -> Response:
        """A sealed parcel of any device, whoever carries it; out comes the answer, sealed to its writer."""
        device, _office, body = await signed(request)
        if not places.acquire(blocking=False):
            raise KnownError("server.busy", "县级服务器正忙，请稍后再同步。内容仍保存在本机。")
        try:
            return Response(await run_in_threadpool(_parcel, device, body), media_type=ENVELOPE)
        finally:
            places.release()

    def _parcel(carrier: str, body: bytes) -> bytes:
        with store.read() as conn:
            ingest.device_row(conn, carrier)
        if parcel.peek(body).kind == freight.UP:
            return unloading.carried(store, own, body)
        try:
            return answering.take(store, own, body).answer
        except GuiyanError as e:
            answer = answering.refusal(store, own, parcel.peek(body), e)
            if answer:
                raise parcel.NotHeard(e.code, e.sentence, answer) from e
            raise

    @app.get("/v1/records", **signed_route(gives_bytes=True))
    async def records(
        request: Request,
        after: int = Query(ge=0, lt=1 << 63),  # beyond, no database can look
        limit: int = Query(ge=1, le=5000),
        mark: str | None = Query(None, pattern="^([0-9]{1,15}:[0-9a-f]{32})?$"),
        own: bool = False,
    ) -> Response:
        """What the device's office may see and that changed after a position: a signed envelope."""
        device, _office, _body = await signed(request)
        return Response(await run_in_threadpool(_page, device, after, limit, mark, own), media_type=ENVELOPE)

    def _page(device: str, after: int, limit: int, mark: str | None, whole: bool) -> bytes:
        with store.read() as conn:
            row = ingest.device_row(conn, device)  # it may have been revoked since it said hello
            return history.page(conn, own, row, after, limit, mark, whole=whole)[0]

    def _with_office(device: str, work: Callable[[Connection, str], _T], *, writes: bool = False) -> _T:
        """Run work for the office of a device that may still talk to us."""
        with store.transaction() if writes else store.read() as conn:
            return work(conn, ingest.device_row(conn, device)["office"])

    async def _for_device(request: Request, work: Callable[[Connection, str, bytes], _T], *, writes: bool = False) -> _T:
        device, _office, body = await signed(request, files.PART, "chunk.large")
        try:  # whoever waits here holds no thread, so that a batch always finds one
            await asyncio.wait_for(berths.acquire(), PATIENCE)
        except TimeoutError as e:
            raise KnownError("server.busy", "县级服务器正忙，附件请稍后再传。记录不受影响。") from e
        try:
            return await run_in_threadpool(_with_office, device, lambda c, office: work(c, office, body), writes=writes)
        finally:
            berths.release()

    @app.post("/v1/attachments/missing", **signed_route(files.Question))
    async def missing(request: Request) -> dict[str, list[int]]:
        """Which parts the server lacks, of attachments that are this office's to send."""

        def look(conn: Connection, office: str, body: bytes) -> dict[str, list[int]]:
            return parts.missing(conn, office, files.read_question(body))

        return await _for_device(request, look)

    @app.put("/v1/attachments/{attachment}/parts/{number}", **signed_route(bytes))
    async def put_part(request: Request, attachment: str, number: int) -> dict[str, int]:
        """One part of an attachment that this office registered."""
        await _for_device(request, lambda c, office, body: parts.take(c, office, attachment, number, body), writes=True)
        return {"number": number}

    @app.get("/v1/attachments/{attachment}/parts/{number}", **signed_route(gives_bytes=True))
    async def get_part(request: Request, attachment: str, number: int) -> Response:
        """One part of an attachment that this office sees."""
        body = await _for_device(request, lambda c, office, _body: parts.give(c, office, attachment, number))
        return Response(body, media_type=ENVELOPE)

    @app.get("/v1/attachments/{attachment}/receipt", **signed_route())
    async def receipt(request: Request, attachment: str) -> SignedHeld:
        """The server's signed word that it holds the whole file."""
        said = await _for_device(request, lambda c, office, _body: parts.held(c, own.signing, office, attachment))
        return SignedHeld(held=said.held, signature=said.signature)

    comparing.add_routes(app, own, signed, _with_office)
    return app
