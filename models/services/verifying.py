"""Whether the workspace is whole: the database's own checks, the audit chain, every receipt's signature."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from models.services import carrying
from models.services.desk import Desk
from models.store import audit, settings


@dataclass(frozen=True, slots=True)
class Finding:
    """part: database, audit, receipts or attachments; faults: Chinese sentences, none when it is whole."""

    part: str
    faults: tuple[str, ...]


def verify(desk: Desk) -> tuple[Finding, ...]:
    """Check everything; nothing is changed. Some seconds for a large database."""
    from models.sync.proving import verify_receipts

    with desk.store.read() as conn:
        pages = [str(r[0]) for r in conn.exec_driver_sql("PRAGMA cipher_integrity_check")]
        pages += [r[0] for r in conn.exec_driver_sql("PRAGMA integrity_check") if r[0] != "ok"]
        chain = [f"审计记录第 {f.n} 条：{f.reason}" for f in audit.verify(conn)]
        link = settings.get(conn, "link")
        receipts = verify_receipts(conn, base64.b64decode(link["server_key"])) if link else []
    return (
        Finding("database", tuple(f"数据库：{p}" for p in pages)),
        Finding("audit", tuple(chain)),
        Finding("receipts", tuple(receipts)),
        Finding("attachments", tuple(carrying.faults(desk))),
    )
