"""Joining: the county issues a one-time ticket for one device of one office; the device answers with its public key.

Both ends are here: issue() and accept() on the server, Ticket and the link it makes on the device.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import string
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, delete, select, update

from models import scope
from models.base import new_id, stamp
from models.errors import RuleError
from models.store import settings
from models.sync import keys, sealing
from models.sync.parcel import Recipient
from models.tables.office import OFFICE
from models.tables.stick import SEALING
from models.tables.system import DEVICE, TICKET

MOST_FORMER = 50  # devices that a workspace was before
LONGEST_LETTER = 3  # so many stand on the serials: 18,278 devices of an office


class Ticket(msgspec.Struct, frozen=True):
    """What a ticket file holds. address: https://host:port; certificate: PEM, pinned; the keys are base64.

    kind: desk, or server for a county's server that joins the city's.
    """

    version: int
    id: str
    secret: str
    office: str
    office_name: str
    address: str
    certificate: str
    server_id: str
    server_key: str
    recovery_key: str
    kind: str = "desk"


class Joining(msgspec.Struct, frozen=True):
    """What a device sends to join. proof: signature of the ticket's id and secret by the device's key, base64.

    sealing: the age key to which answers on a USB stick are sealed; letter: the one that its serials have borne so far,
    '' when it never joined; former: the devices of this server that this workspace was before, the latest last.
    """

    ticket: str
    secret: str
    device: str
    name: str
    public_key: str
    proof: str
    sealing: str = ""
    letter: str = ""
    kind: str = "desk"
    former: list[str] = []


class Joined(msgspec.Struct, frozen=True):
    """The server's answer. letter tells this office's devices apart on the serials of papers.

    recipients: to whom the device seals what it writes on a USB stick. had: of the former devices that are known here, the
    last change that the server has; None from a server that does not say.
    """

    device: str
    office: str
    letter: str
    recipients: list[Recipient] = []
    had: dict[str, int] | None = None


class ServerKeys(msgspec.Struct, frozen=True):
    """What a server is made of, kept in its database. All but the PEM texts are base64 of 32 bytes."""

    id: str
    private: str
    recovery_private: str
    recovery_public: str
    certificate: str
    certificate_key: str
    host: str

    @property
    def signing(self) -> bytes:
        return base64.b64decode(self.private)

    @property
    def public(self) -> bytes:
        return keys.public_of(self.signing)


def b64(key: bytes) -> str:
    return base64.b64encode(key).decode()


def raw(text: str) -> bytes:
    return base64.b64decode(text)


def server_keys(conn: Connection, host: str = "127.0.0.1") -> ServerKeys:
    """The server's keys, made on first use for the host name that tickets will carry."""
    stored = settings.get(conn, "server.keys")
    if stored:
        return msgspec.convert(stored, ServerKeys)
    private, public = keys.new_exchange_key()
    certificate, key = keys.new_certificate(host)
    made = ServerKeys(new_id(), b64(keys.new_signing_key()), b64(private), b64(public), certificate, key, host)
    settings.put(conn, "server.keys", msgspec.to_builtins(made))
    return made


def issue(conn: Connection, own: ServerKeys, office: str, address: str, kind: str = "desk") -> Ticket:
    """A one-time ticket for one device of an office. Only a hash of its secret is kept. kind: desk, or server."""
    row = conn.execute(select(OFFICE.c.name).where(OFFICE.c.code == office)).first()
    if row is None:
        raise RuleError("office.unknown", f"没有机构 {office}。请核对 12 位区划代码（委办局加后缀，如 411424000000-RS）。")
    if kind == "server" and scope.level_of(office) is not scope.Level.COUNTY:
        raise RuleError("ticket.county", f"只有县级服务器可以接入市级服务器，{row.name}（{office}）不是县级。")
    ticket_id, secret = new_id(), secrets.token_urlsafe(24)
    conn.execute(
        TICKET.insert(),
        {"id": ticket_id, "office": office, "secret_hash": _hash(secret), "issued_at": stamp(), "used_by": None,
         "kind": kind},
    )  # fmt: skip
    return Ticket(
        1, ticket_id, secret, office, row.name, address.rstrip("/"), own.certificate, own.id, b64(own.public), own.recovery_public,
        kind,
    )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def host_of(address: str) -> str:
    """The host of a server's address, '' when it is none that a client could use: https://HOST[:PORT]."""
    try:
        parts = urlsplit(address)
        right = parts.scheme == "https" and parts.port != 0 and not (parts.query or parts.fragment or parts.username)
    except ValueError:  # a port that is no port, half a bracket
        return ""
    return (parts.hostname or "") if right and not re.search(r"\s", address) else ""


def read_ticket(data: bytes) -> Ticket:
    try:
        ticket = msgspec.json.decode(data, type=Ticket)
        base64.b64decode(ticket.server_key, validate=True)
        base64.b64decode(ticket.recovery_key, validate=True)
    except (msgspec.MsgspecError, ValueError, RecursionError) as e:
        raise RuleError("ticket.broken", "加入凭证无法读懂，请向县级重新索取。") from e
    if ticket.version != 1 or not scope.is_office(ticket.office) or not host_of(ticket.address):
        raise RuleError("ticket.broken", "加入凭证的内容不合格式，请向县级重新索取。")
    return ticket


def joining(
    ticket: Ticket,
    device: str,
    name: str,
    private: bytes,
    sealing_key: str = "",
    letter: str = "",
    kind: str = "desk",
    former: Sequence[str] = (),
) -> Joining:
    proof = keys.sign(private, f"{ticket.id}{ticket.secret}".encode())
    return Joining(
        ticket.id,
        ticket.secret,
        device,
        name[:60],
        b64(keys.public_of(private)),
        b64(proof),
        sealing_key,
        letter,
        kind,
        list(former)[-MOST_FORMER:],
    )


def accept(conn: Connection, asked: Joining) -> Joined:
    """Enrol a device by its ticket. Raises RuleError for a used, unknown or forged one."""
    row = conn.execute(select(TICKET).where(TICKET.c.id == asked.ticket).with_for_update()).mappings().first()
    if row is None or not secrets.compare_digest(row["secret_hash"], _hash(asked.secret)):
        raise RuleError("ticket.unknown", "县级服务器不认识这张加入凭证，请重新索取。")
    if row["used_by"] not in (None, asked.device):
        raise RuleError("ticket.used", "这张加入凭证已被另一台设备使用过，请重新索取一张。")
    if row["kind"] != asked.kind:
        raise wrong_kind(row["kind"])
    try:
        public, proof = base64.b64decode(asked.public_key), base64.b64decode(asked.proof)
    except ValueError as e:
        raise RuleError("ticket.proof", "设备公钥的格式不对，没有加入。") from e
    if len(asked.device) != 32 or not keys.verified(public, f"{asked.ticket}{asked.secret}".encode(), proof):
        raise RuleError("ticket.proof", "设备的签名不符，没有加入。")
    known = conn.execute(select(DEVICE).where(DEVICE.c.id == asked.device)).mappings().first()
    if known is None:
        letter = _free_letter(conn, row["office"], asked.letter)
        conn.execute(
            DEVICE.insert(),
            {"id": asked.device, "office": row["office"], "letter": letter, "name": asked.name,
             "public_key": public, "enrolled_at": stamp(), "last_seq": 0, "kind": row["kind"]},
        )  # fmt: skip
    elif known["public_key"] != public or known["office"] != row["office"]:
        raise RuleError("device.known", "这台设备已用另一把密钥加入过，没有改动。请联系县级管理员。")
    conn.execute(update(TICKET).where(TICKET.c.id == asked.ticket), {"used_by": asked.device})
    if sealing.is_key(asked.sealing):
        put_sealing(conn, asked.device, asked.sealing)
    letter = conn.execute(select(DEVICE.c.letter).where(DEVICE.c.id == asked.device)).scalar_one()
    return Joined(asked.device, row["office"], letter, had=_had(conn, row["office"], asked.former))


def _had(conn: Connection, office: str, former: Sequence[str]) -> dict[str, int]:
    """What this server has of devices of the same office: it may have been set back since they heard of it."""
    query = select(DEVICE.c.id, DEVICE.c.last_seq).where(DEVICE.c.office == office, DEVICE.c.id.in_(former[:MOST_FORMER]))
    return {r.id: r.last_seq for r in conn.execute(query)}


def wrong_kind(kind: str) -> RuleError:
    """kind: what the ticket is for."""
    return RuleError(
        "ticket.kind",
        "这张凭证是给县级服务器接入市级用的，不能用于电脑上的程序。没有加入，请索取本机构的加入凭证。"
        if kind == "server"
        else "这张凭证是给电脑上的程序用的，服务器不能用它接入。没有加入，请市级用 guiyan-server enrol --server 另行签发。",
    )


def put_sealing(conn: Connection, device: str, key: str) -> None:
    """Keep the key to which is sealed what is for a device."""
    if conn.execute(select(SEALING.c.key).where(SEALING.c.device == device)).scalar() != key:
        conn.execute(delete(SEALING).where(SEALING.c.device == device))
        conn.execute(SEALING.insert(), {"device": device, "key": key})


def _free_letter(conn: Connection, office: str, wanted: str) -> str:
    """The letter that a device comes with, when nobody has it: a server that lost its memory gives none away twice.

    Else one that was never given: A, B, ... Z, AA, AB, ... ZZZ; after that one those that were passed over. A revoked device
    keeps its own.
    """
    taken = set(conn.execute(select(DEVICE.c.letter).where(DEVICE.c.office == office)).scalars())
    if wanted.isascii() and wanted.isupper() and wanted.isalpha() and len(wanted) <= LONGEST_LETTER and wanted not in taken:
        return wanted
    last = _number("Z" * LONGEST_LETTER)
    for n in (max(map(_number, taken), default=0) + 1, *range(1, last + 1)):
        if n <= last and (letter := _letter(n)) not in taken:
            return letter
    raise RuleError("device.letters", f"机构 {office} 的设备字母已全部用完，没有加入。请联系县级管理员。")


def _number(letter: str) -> int:
    """1 for A, 26 for Z, 27 for AA."""
    found = 0
    for one in letter:
        found = found * 26 + string.ascii_uppercase.index(one) + 1
    return found


def _letter(n: int) -> str:
    return (_letter((n - 1) // 26) if n > 26 else "") + string.ascii_uppercase[(n - 1) % 26]
