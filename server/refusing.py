"""What a refusal is over HTTP: a status, a stable code, and a Chinese sentence that tells nothing of what was sent, nor of this machine."""

from __future__ import annotations

import base64
import logging

from sqlalchemy.exc import DataError
from starlette.responses import JSONResponse

from models.errors import BugError, GuiyanError, KnownError, places
from models.sync import parcel

_LOG = logging.getLogger("uvicorn.error")
_STATUS = {
    "device.unknown": 401,
    "device.revoked": 403,
    "device.known": 409,
    "device.rewound": 400,
    "batch.large": 413,
    "chunk.large": 413,
    "compare.large": 413,
    "attachment.unknown": 404,
    "attachment.foreign": 403,
    "chunk.missing": 404,
    "session.over": 401,
    "session.forged": 401,
    "session.replayed": 401,
    "ticket.unknown": 401,
    "ticket.proof": 401,
    "ticket.kind": 403,
    "ticket.used": 409,
}


def refusal(error: GuiyanError) -> JSONResponse:
    """The answer that an error is."""
    if isinstance(error.__cause__, DataError):  # a NUL in a text, say: PostgreSQL takes none
        return malformed()
    if error.code.startswith(("db.", "disk.")):
        return _broken(error)
    status = 500 if isinstance(error, BugError) else _STATUS.get(error.code, 503 if isinstance(error, KnownError) else 400)
    answer = error.answer if isinstance(error, parcel.NotHeard) else b""
    return _said(error.code, error.sentence, status, answer)


def malformed() -> JSONResponse:
    return _said("request.malformed", "请求的格式不对，县级服务器没有接受。", 400)


def failed() -> JSONResponse:
    """A bug of the server: the log has where."""
    return _said("server.failed", "县级服务器出错了，没有接受这个请求。内容仍保存在本机，请联系县级管理员。", 500)


def _broken(error: GuiyanError) -> JSONResponse:
    """The error's own sentence names files of this machine and may hold the database's words: it is for the desk that it happens to."""
    cause = getattr(error.__cause__, "orig", None)
    _LOG.error("%s %s", error.code, type(cause).__name__ if cause else "")
    if isinstance(error, BugError):  # the same request would fail again: nobody is told to wait
        _LOG.error("%s", places(error))
        return failed()
    what = "县级服务器的磁盘已满" if error.code == "disk.full" else "县级服务器的数据库出了问题"
    return _said(error.code, f"{what}，没有接受这个请求。内容仍保存在本机，请稍后再同步；仍不行请联系县级管理员。", 503)


def _said(code: str, sentence: str, status: int, answer: bytes = b"") -> JSONResponse:
    said = {"code": code, "sentence": sentence} | ({"answer": base64.b64encode(answer).decode()} if answer else {})
    return JSONResponse(said, status, {"Retry-After": "5"} if status == 503 else None)
