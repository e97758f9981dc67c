"""Sealing what a USB stick carries, with age (X25519): only the named devices and the county's server can open it.

A key is age's own text: 'age1…' to seal to, 'AGE-SECRET-KEY-1…' to open with. Why age: docs/decisions/0007-sticks.md.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyrage
from sqlalchemy import Connection

from models.errors import RuleError
from models.store import settings

SETTING = "sealing"


def own_key(conn: Connection) -> tuple[str, str]:
    """(secret, public) of this database, device or server, made on first use; the transaction must be a writing one."""
    stored = settings.get(conn, SETTING)
    if not stored:
        made = pyrage.x25519.Identity.generate()
        stored = {"secret": str(made), "public": str(made.to_public())}
        settings.put(conn, SETTING, stored)
    return stored["secret"], stored["public"]


def is_key(text: str) -> bool:
    """Whether something can be sealed to it."""
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def seal(data: bytes, keys: Iterable[str]) -> bytes:
    """data for whoever holds one of the keys. The keys have been checked when they were stored."""
    return bytes(pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(k) for k in keys]))


def opened(data: bytes, secret: str) -> bytes:
    """What was sealed. Raises RuleError when it is for others, or not what was sealed."""
    try:
        return bytes(pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(secret)]))
    except pyrage.DecryptError as e:
        raise RuleError("parcel.sealed", "这份文件不是密封给本机的，本机打不开，没有读入任何内容。") from e
