"""Joining the county by a ticket, for the first time or again: moved, restored from a backup, copied, shut out, elsewhere."""

from __future__ import annotations

import base64
import platform
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection

from models.base import new_id
from models.errors import GuiyanError, KnownError, RuleError, reason
from models.services import syncing
from models.services.desk import Desk, office_name
from models.store import keyfile, opening, settings
from models.store.unit import Identity, Store
from models.sync import asking, enrol, keys, position, rebase, sealing


def join(desk: Desk, ticket_file: Path) -> str:
    """Answer an enrolment ticket online; returns the name of the office as the county knows it.

    A workspace that joined before goes on as it is where the server still knows it (it has only moved), and else as a
    new device: what has no receipt is said again under it, and everything is pulled anew.
    """
    with syncing.alone(desk):
        ticket = _read_ticket(desk, ticket_file)
        try:
            return _join(desk, ticket)
        except KnownError as e:
            if e.code not in ("net.unreachable", "net.cut"):
                raise
            # Nothing tries again by itself, as a round does; and the same device may use the ticket again.
            where = f"县级服务器 {ticket.address}"
            what = f"连不上{where}" if e.code == "net.unreachable" else f"与{where} 的连接中断"
            raise KnownError(e.code, f"{what}，还没有加入。请接通网络，再打开这张加入凭证。") from e


def _join(desk: Desk, ticket: enrol.Ticket) -> str:
    from models.sync.transports import http

    own = desk.store.identity
    with desk.store.transaction() as conn:
        link, sealed_to = settings.get(conn, "link"), sealing.own_key(conn)[1]
    elsewhere = link is not None and link["server_id"] != ticket.server_id
    known = _known_there(desk, ticket, link) if link is not None and not elsewhere else ""
    with desk.store.read() as conn:
        former = rebase.former(conn, ticket.server_id)
    if known == "yes":
        with desk.store.transaction() as conn:
            settings.put(conn, "link", {**link, "address": ticket.address, "certificate": ticket.certificate})
            settings.put(conn, "stopped", None)
        return ticket.office_name
    # Kept before the question: should the answer be lost, the same device asks again.
    # A server that forgot this device may have lost what an earlier one had sent as well: then all is numbered anew.
    same = known == "forgotten" and not former
    coming = {"device": own.device, "private": link["private"]} if same else _coming(desk, fresh=link is not None)

    def ask() -> enrol.Joined:
        private, letter = base64.b64decode(coming["private"]), own.letter if link is not None else ""
        name, key = platform.node() or "desktop", sealed_to if coming["device"] == own.device else ""
        was = [*former, own.device] if known else []
        return http.join(ticket, enrol.joining(ticket, coming["device"], name, private, key, letter, former=was))

    try:
        joined = ask()
    except RuleError as e:
        if e.code != "device.known":
            raise
        coming = _coming(desk, fresh=True, anew=True)  # this workspace is a copy from before its first joining
        joined = ask()
    keyfile.KeyFile.load(desk.folder / opening.KEYFILE).seal_to_county(desk.key, base64.b64decode(ticket.recovery_key))
    _joined(desk, ticket, coming["private"], joined, elsewhere=elsewhere)
    return ticket.office_name


def _read_ticket(desk: Desk, file: Path) -> enrol.Ticket:
    try:
        ticket = enrol.read_ticket(file.read_bytes())
    except OSError as e:
        raise KnownError("ticket.read", f"无法读取加入凭证 {file}：{reason(e)}。") from e
    if ticket.kind != "desk":
        raise enrol.wrong_kind(ticket.kind)
    if ticket.office != desk.office:
        raise RuleError(
            "ticket.office",
            f"这张凭证是给 {ticket.office_name}（{ticket.office}）的，本机属于 {office_name(desk)}（{desk.office}），没有加入。"
            "请向县级索取给本机构的凭证。",
        )
    return ticket


def _known_there(desk: Desk, ticket: enrol.Ticket, link: Mapping[str, str]) -> str:
    """What the server that this device joined says of it: yes; forgotten, since it lost its memory; no, not this one."""
    from models.sync.transports.http import HttpTransport, Server

    server, private = Server(ticket.address, ticket.certificate), base64.b64decode(link["private"])
    try:
        with HttpTransport(server, desk.store.identity.device, private) as transport:
            greeting = transport.greet()
            position.meet(desk.store, greeting.last_seq, greeting.mark)
    except GuiyanError as e:
        if e.code in ("device.rewound", "device.revoked"):
            return "no"
        if e.code != "device.unknown":
            raise
        return "forgotten"
    return "yes"


def _coming(desk: Desk, *, fresh: bool, anew: bool = False) -> dict[str, str]:
    """The device that this workspace is about to become and its key. anew: what was kept before will not do."""
    with desk.store.transaction() as conn:
        kept: dict[str, str] | None = None if anew else settings.get(conn, "joining")
        if kept is None:
            device = new_id() if fresh else desk.store.identity.device
            kept = {"device": device, "private": enrol.b64(keys.new_signing_key())}
            settings.put(conn, "joining", kept)
    return kept


def _joined(desk: Desk, ticket: enrol.Ticket, private: str, joined: enrol.Joined, *, elsewhere: bool) -> None:
    with desk.store.transaction() as conn:
        _go_on(conn, desk.store, ticket, private, joined, elsewhere=elsewhere)
        asking.remember(conn, joined.recipients)
    desk.store.load_identity()  # whoever writes next looks at it by itself


def _go_on(conn: Connection, store: Store, ticket: enrol.Ticket, private: str, joined: enrol.Joined, *, elsewhere: bool) -> None:
    identity = Identity(joined.device, joined.office, joined.letter)
    if identity.device != store.identity.device:
        rebase.rebase(conn, store, identity, elsewhere=elsewhere, had=joined.had)
        if not elsewhere:
            rebase.remember(conn, ticket.server_id, store.identity.device)
    else:
        settings.put(conn, "identity", {"device": identity.device, "office": identity.office, "letter": identity.letter})
    settings.put(conn, "link", {
        "address": ticket.address, "certificate": ticket.certificate, "server_id": ticket.server_id,
        "server_key": ticket.server_key, "private": private,
    })  # fmt: skip
    settings.put(conn, "servers", {**settings.get(conn, "servers", {}), ticket.server_id: ticket.server_key})
    for over in ("joining", "stopped"):
        settings.put(conn, over, None)
