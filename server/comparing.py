"""The routes of a comparison between an office and the county: a question, records by id, records given back."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Request, Response
from msgspec import Meta
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from models.errors import KnownError
from models.sync import enrol, reconcile, returning, wire
from server.describing import ENVELOPE, signed_route

AT_ONCE = 2  # questions at a time: they read much and hurry nobody
_Asked = Annotated[list[tuple[str, str]], Meta(max_length=reconcile.MOST_IDS)]
_Given = Annotated[list[returning.Returned], Meta(max_length=returning.MOST)]


class Signed(Protocol):
    """(device, office, body) of a signed request of at most so many bytes; code: of the refusal of a longer one."""

    def __call__(self, request: Request, most: int, code: str) -> Awaitable[tuple[str, str, bytes]]: ...


class WithOffice(Protocol):
    """Run work for the office of a device that may still talk to us."""

    def __call__(self, device: str, work: Callable[[Connection, str], Any], *, writes: bool = False) -> Any: ...


def add_routes(app: FastAPI, own: enrol.ServerKeys, signed: Signed, with_office: WithOffice) -> None:
    desks = threading.BoundedSemaphore(AT_ONCE)

    async def answered(request: Request, most: int, work: Callable[[str, bytes], bytes]) -> Response:
        device, _office, body = await signed(request, most, "compare.large")
        if not desks.acquire(blocking=False):
            raise KnownError("server.busy", "县级服务器正忙，请稍后再核对。")
        try:
            return Response(await run_in_threadpool(work, device, body), media_type=ENVELOPE)
        finally:
            desks.release()

    def word(said: Any) -> bytes:
        return wire.pack_word(own.id, own.signing, said)

    @app.post("/v1/compare", **signed_route(reconcile.Ask, gives_bytes=True))
    async def compare(request: Request) -> Response:
        """What differs between a device's counts and hashes and the county's, of what its office may see."""

        def told(device: str, body: bytes) -> bytes:
            return word(with_office(device, lambda c, office: reconcile.answer(c, office, device, body)))

        return await answered(request, reconcile.MOST_ASKED, told)

    @app.post("/v1/compare/wanted", **signed_route(_Asked, gives_bytes=True))
    async def wanted(request: Request) -> Response:
        """Records by their ids, as far as the device's office may see them: a page."""

        def given(device: str, body: bytes) -> bytes:
            groups = with_office(device, lambda c, office: reconcile.wanted(c, office, body))
            return wire.pack_page(own.id, own.signing, groups, 0, more=False)

        return await answered(request, reconcile.MOST_ASKED, given)

    @app.post("/v1/compare/returned", **signed_route(_Given, gives_bytes=True))
    async def returned(request: Request) -> Response:
        """Records that the county lost, and takes back when its own history vouches for them."""

        def taken(device: str, body: bytes) -> bytes:
            return word(with_office(device, lambda c, office: returning.take(c, office, device, body), writes=True))

        return await answered(request, returning.MOST_BYTES, taken)
