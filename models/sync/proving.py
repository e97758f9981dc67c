"""Whether the receipts that are stored here prove what is claimed."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from sqlalchemy import Connection, select

from models.errors import RuleError
from models.store import outbox, settings
from models.sync import wire
from models.tables.system import DEVICE, RECEIPT


def verify_receipts(conn: Connection, server_key: bytes) -> list[str]:
    """What is wrong with the receipts stored here, as Chinese sentences; none when every claim can be proved.

    Each envelope's signature is checked again, by the key of the server that gave it, and every event that is called
    received lies in such a receipt. server_key: 32 bytes, the Ed25519 public key of the server that was joined last.
    """
    faults, covered = [], []
    former = {server: base64.b64decode(key) for server, key in settings.get(conn, "servers", {}).items()}
    given = RECEIPT.c.device.in_(select(DEVICE.c.id))  # by this database, to devices of its own: a county's server
    for row in conn.execute(select(RECEIPT).where(~given).order_by(RECEIPT.c.first_seq, RECEIPT.c.at)):
        try:
            receipt = wire.read_receipt(row.body, former.get(wire.peek(row.body)[0].sender, server_key))
        except RuleError as e:
            faults.append(f"第 {row.first_seq} 至 {row.last_seq} 号变更的回执（{row.at}）：{e.sentence}")
            continue
        said = (receipt.id, receipt.device, receipt.first_seq, receipt.last_seq, receipt.at)
        if said != (row.id, row.device, row.first_seq, row.last_seq, row.at):
            faults.append(f"第 {row.first_seq} 至 {row.last_seq} 号变更的回执（{row.at}）：与签名中的内容不一致。")
            continue
        covered.append((receipt.device, receipt.first_seq, receipt.last_seq))
    return faults + _unproved(conn, covered)


def _unproved(conn: Connection, covered: Sequence[tuple[str, int, int]]) -> list[str]:
    """Runs of events that are called received although no proved receipt covers them."""
    gaps, device, at, end = list[str](), (settings.get(conn, "identity") or {}).get("device", ""), 0, outbox.acked(conn)
    for first, last in [*sorted((first, last) for owner, first, last in covered if owner == device), (end + 1, end + 1)]:
        if first > at + 1:
            gaps.append(f"第 {at + 1} 至 {min(first - 1, end)} 号变更标为县级已收到，却没有可核实的回执。")
        at = max(at, last)
        if at >= end:
            break
    return gaps
