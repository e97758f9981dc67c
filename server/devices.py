"""The devices of a county: who they are, when they were last here, and shutting one out."""

from __future__ import annotations

import msgspec
from sqlalchemy import RowMapping, select, update

from models.base import CHINA, parse_stamp, stamp
from models.errors import RuleError
from models.store.unit import Store
from models.tables.office import OFFICE
from models.tables.system import DEVICE


class Line(msgspec.Struct, frozen=True):
    """One device. last_seen: when it last sent a change, '' never; revoked_at: '' when it may talk. Stamps, UTC."""

    id: str
    office: str
    office_name: str
    letter: str
    name: str
    enrolled_at: str
    last_seen: str
    last_seq: int
    revoked_at: str

    @property
    def sentence(self) -> str:
        seen = f"上次送来变更 {_minute(self.last_seen)}，共 {self.last_seq} 条" if self.last_seen else "还没有送来过变更"
        state = f"，{_minute(self.revoked_at)} 已停用" if self.revoked_at else ""
        return f"{self.id}  {self.office_name}（{self.office}）{self.letter}机  {self.name}  {seen}{state}"


def _line(row: RowMapping) -> Line:
    kept = {name: row[name] or "" for name in Line.__struct_fields__ if name != "last_seq"}
    return Line(**{**kept, "office_name": row["office_name"] or row["office"]}, last_seq=row["last_seq"])


def _minute(at: str) -> str:
    return parse_stamp(at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def listed(store: Store) -> list[Line]:
    """Every device that ever joined, by office and letter."""
    d = DEVICE.c
    query = select(DEVICE, OFFICE.c.name.label("office_name")).outerjoin(OFFICE, OFFICE.c.code == d.office)
    with store.read() as conn:
        return [_line(r._mapping) for r in conn.execute(query.order_by(d.office, d.letter))]


def revoke(store: Store, device: str) -> Line:
    """Shut a device out, from its next request on. Again is no fault. Raises RuleError for one that never joined."""
    with store.transaction() as conn:
        conn.execute(update(DEVICE).where(DEVICE.c.id == device, DEVICE.c.revoked_at.is_(None)), {"revoked_at": stamp()})
    found = next((line for line in listed(store) if line.id == device), None)
    if found is None:
        raise RuleError("device.unknown", f"没有编号为 {device} 的设备。请用 guiyan-server devices 查看全部设备。")
    return found
