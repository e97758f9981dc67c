"""What a city's server has of each county's: one line a county, from the receipts that it gave."""

from __future__ import annotations

import msgspec
from sqlalchemy import case, func, select

from models.base import CHINA, parse_stamp
from models.store.unit import Store
from models.tables.office import OFFICE
from models.tables.system import DEVICE, EVENT, RECEIPT


class County(msgspec.Struct, frozen=True):
    """One county's server. changes: of it, all that it was given a receipt for, of which refused and held stand apart;
    receipt: the last one, a stamp, '' without; devices: how many servers of the county have joined in turn; revoked: whether the
    last of them was shut out. What the county has not sent yet is known there alone."""

    office: str
    name: str
    changes: int
    refused: int
    held: int
    receipt: str
    devices: int
    revoked: bool

    @property
    def sentence(self) -> str:
        at = parse_stamp(self.receipt).astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if self.receipt else ""
        said = f"给过 {self.changes} 条变更的回执，最近一次 {at}" if at else "还没有上报过"
        said += f"，未接收 {self.refused} 条" if self.refused else ""
        said += f"，暂存 {self.held} 条（本级程序版本较旧）" if self.held else ""
        said += f"；重新接入过 {self.devices - 1} 次，从头上报" if self.devices > 1 else ""
        return f"{self.name}（{self.office}）：{said}{'；已停用' if self.revoked else ''}。"


def counties(store: Store) -> list[County]:
    """Every county whose server has joined this one, by its code; none on a county's own server. Changes and receipts of
    the server that a county has now: one that joined anew says everything again."""
    d, e = DEVICE.c, EVENT.c
    joined = select(d.id, d.office, d.last_seq, d.revoked_at, OFFICE.c.name).outerjoin(OFFICE, OFFICE.c.code == d.office)
    stuck = select(e.device, *(func.sum(case((e.status == s, 1), else_=0)).label(s) for s in ("refused", "held")))
    receipts = select(RECEIPT.c.device, func.max(RECEIPT.c.at).label("at")).group_by(RECEIPT.c.device)
    with store.read() as conn:
        servers = conn.execute(joined.where(d.kind == "server").order_by(d.office, d.enrolled_at)).all()
        ids = [s.id for s in servers]
        not_taken = {r.device: r for r in conn.execute(stuck.where(e.status != "", e.device.in_(ids)).group_by(e.device))}
        at = {r.device: r.at for r in conn.execute(receipts.where(RECEIPT.c.device.in_(ids)))}
    found: dict[str, County] = {}
    for s in servers:
        before, bad = found.get(s.office), not_taken.get(s.id)
        found[s.office] = County(
            s.office, s.name or s.office, s.last_seq, int(bad.refused) if bad else 0, int(bad.held) if bad else 0,
            at.get(s.id, ""), before.devices + 1 if before else 1, bool(s.revoked_at),
        )  # fmt: skip
    return list(found.values())
