"""Who is speaking: a nonce signed by the device opens a session; every request in it is signed and counted.

No clock takes part, so a PC whose clock is a year off still syncs. A replayed request carries an old count.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from dataclasses import dataclass

from models.errors import KnownError, RuleError
from models.sync import keys

NONCE_LIFE, SESSION_LIFE, MOST = 120.0, 1800.0, 20_000


def hello_message(nonce: str, device: str) -> bytes:
    return f"guiyan hello {nonce} {device}".encode()


def request_message(session: str, count: int, method: str, target: str, body: bytes) -> bytes:
    return f"{session} {count} {method} {target} {hashlib.sha256(body).hexdigest()}".encode()


@dataclass
class _Session:
    device: str
    office: str
    public_key: bytes
    count: int
    until: float


class Sessions:
    """A server's open sessions, in memory: a restarted server makes its devices say hello again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._nonces: dict[str, float] = {}
        self._sessions: dict[str, _Session] = {}

    def challenge(self) -> str:
        nonce, now = secrets.token_urlsafe(24), time.monotonic()
        with self._lock:
            if len(self._nonces) >= MOST:
                self._nonces = {k: v for k, v in self._nonces.items() if v > now}
            if len(self._nonces) >= MOST:
                raise KnownError("server.busy", "县级服务器正忙，请稍后再试。")
            self._nonces[nonce] = now + NONCE_LIFE
        return nonce

    def open(self, nonce: str, device: str, office: str, public_key: bytes, signature: str) -> str:
        now = time.monotonic()
        with self._lock:
            until = self._nonces.pop(nonce, 0.0)
        if until < now or not keys.verified(public_key, hello_message(nonce, device), _raw(signature)):
            raise RuleError("session.forged", "设备签名不符，县级服务器没有接受。请再试一次；仍不行请联系县级管理员。")
        session = secrets.token_urlsafe(24)
        with self._lock:
            if len(self._sessions) >= MOST:
                self._sessions = {k: s for k, s in self._sessions.items() if s.until > now}
            self._sessions[session] = _Session(device, office, public_key, 0, now + SESSION_LIFE)
        return session

    def alive(self, session: str) -> bool:
        """Whether somebody may speak in a session: what a stranger sends is not kept."""
        with self._lock:
            found = self._sessions.get(session)
        return found is not None and found.until >= time.monotonic()

    def check(self, session: str, count: int, signature: str, method: str, target: str, body: bytes) -> tuple[str, str]:
        """(device, office) of a request that is signed and not replayed."""
        with self._lock:
            found = self._sessions.get(session)
        if found is None or found.until < time.monotonic():
            raise RuleError("session.over", "会话已结束，请重新同步。")
        if not keys.verified(found.public_key, request_message(session, count, method, target, body), _raw(signature)):
            raise RuleError("session.forged", "请求的签名不符，县级服务器没有接受。")
        with self._lock:
            if count <= found.count:
                raise RuleError("session.replayed", "重复的请求，县级服务器没有接受。")
            found.count = count
        return found.device, found.office


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
