"""冲突: both values side by side, and the decision of the office that knows the person. It travels like any event."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from models.base import CHINA, hlc_moment
from models.errors import RuleError
from models.fields import Merge, Secrecy
from models.records import Cell, Record, parse_json
from models.services import specs, wording
from models.services.desk import Desk, office_name
from models.services.people import must_get
from models.services.titles import titles_of
from models.store import bulk, rows
from models.sync.registry import SYNCED, settles
from models.tables import ENTITIES
from resources import divisions

_BY = re.compile(r"^(?P<who>.*?)（(?P<office>\d{12}(?:-[A-Z]{2,4})?)）$")


@dataclass(frozen=True, slots=True)
class Clash:
    """One open conflict, in words. base: what both started from; other: what was sent and does not stand.

    kept: what stands now, and kept_by, kept_at whose it is; before: what stood when the two clashed, '' when it still
    does. differs: where two masked values differ that may look alike; same: they have become equal. mine: whether this
    office may settle it. bar: why the other value cannot be taken (a key of BARS), '' when it can.
    """

    id: str
    entity: str
    record_id: str
    title: str
    village: str
    field: str
    label: str
    base: str
    kept: str
    kept_by: str
    kept_at: str
    other: str
    other_by: str
    other_at: str
    before: str = ""
    differs: str = ""
    masked: bool = False
    same: bool = False
    mine: bool = True
    bar: str = ""


# Why the other value of a conflict cannot be taken. Where it is of a newer release, neither is chosen unseen.
BARS = {
    "gone": "这条记录已删除或已不在本机，不能采用另一值。请选“现值”结束这个冲突。",
    "once": "这一栏登记后不能修改，不能采用另一值。请选“现值”结束这个冲突；另一值留在经过里，确有需要请另行登记。",
    "newer": "这是新版程序的内容，本机还不能选择。请先升级本机程序。",
}


def _bar(entity: str, field: str, now: Record | None) -> str:
    what = ENTITIES.get(entity)
    if what is None or field not in what.by_name:
        return "newer"
    if now is None or now.deleted:
        return "gone"
    return "once" if what.append_only or what.by_name[field].merge is Merge.ONCE else ""


def mine(desk: Desk, clash: Record, now: Record | None) -> bool:
    """Whether this desk settles a conflict: whoever may change the disputed field; the server holds everyone to it. now: the
    disputed record."""
    entity, entered = clash.values["entity"], now is not None and now.office == desk.office
    if _bar(entity, clash.field, now) == "newer":
        return False
    return settles(entity, clash.field, desk.level, entered=entered, own_county=clash.county == desk.office[:6])


def _open(conn: Connection, most: int | None = None) -> list[Record]:
    table = ENTITIES["conflict"].table
    query = select(table).where(table.c.settled.is_(None), table.c.deleted.is_(False)).order_by(table.c.born)
    return [rows.to_record(ENTITIES["conflict"], r) for r in conn.execute(query.limit(most)).mappings()]


def waiting(conn: Connection, desk: Desk) -> int:
    """How many conflicts wait for a decision of this desk."""
    found = _open(conn)
    now = records_of(conn, found)
    return sum(mine(desk, r, now.get(r.record_id)) for r in found)


def whose(entity: str, field: str) -> str:
    """Who settles a conflict over a field, as a sentence without its full stop."""
    if entity in SYNCED and SYNCED[entity].down:
        return "这一栏由发布它的县级或市级选择"
    spec = ENTITIES[entity].by_name.get(field) if entity in ENTITIES else None
    if spec is not None and spec.merge is Merge.COUNTY:
        return "这一栏由县级或承办单位选择"
    return "这一栏由登记机构填写，请由登记它的机构、乡镇或村选择"


def open_list(desk: Desk) -> list[Clash]:
    """Conflicts that wait for a decision: those of this office first, oldest first."""
    with desk.store.read() as conn:
        found = _open(conn, 500)
        titles = titles_of(conn, [(r.values["entity"], r.record_id) for r in found])
        now = records_of(conn, found)
        words = wording.Words(conn)
        names = offices_of(desk, found)
        made = [_clash(desk, r, titles.get(r.record_id, ""), now.get(r.record_id), words, names) for r in found]
    return sorted(made, key=lambda c: not c.mine)


def records_of(conn: Connection, found: Sequence[Record]) -> dict[str, Record]:
    """The disputed records as they are now, deleted ones too, by id."""
    now: dict[str, Record] = {}
    for entity in {r.values["entity"] for r in found} & set(ENTITIES):
        what = ENTITIES[entity]
        for part in bulk.parts([r.record_id for r in found if r.values["entity"] == entity]):
            query = select(what.table).where(bulk.among(what.table.c.id, part))
            now.update({r["id"]: rows.to_record(what, r) for r in conn.execute(query).mappings()})
    return now


def cell_of(raw: str | None) -> Cell:
    return Cell.from_wire(parse_json(raw)) if raw else Cell()


def _clash(desk: Desk, r: Record, title: str, now: Record | None, words: wording.Words, names: Mapping[str, str]) -> Clash:
    entity, field = r.values["entity"], r.field
    spec = ENTITIES[entity].by_name.get(field) if entity in ENTITIES else None
    base, kept, other = cell_of(r.base), cell_of(r.kept), cell_of(r.other)
    stands = now.cell(field) if now is not None and spec is not None else kept
    by, at = (r.kept_by, r.kept_at) if stands == kept or now is None else (now.changed_by, now.changed)
    said = {k: words.of(entity, field, c, other if c == stands else stands, now) for k, c in
            {"base": base, "kept": stands, "other": other, "before": kept}.items()}  # fmt: skip
    place = divisions.get(r.village)
    return Clash(
        r.id, entity, r.record_id, title, place.name if place else "", field, spec.label if spec else field,
        said["base"], said["kept"], named(by, names), _when(at), said["other"], named(r.other_by, names), _when(r.other_at),
        before="" if stands == kept else said["before"],
        differs=wording.differs(stands, other) if spec and spec.secrecy is Secrecy.MASKED else "",
        masked=bool(spec and spec.secrecy is Secrecy.MASKED), same=stands == other,
        mine=mine(desk, r, now), bar=_bar(entity, field, now),
    )  # fmt: skip


def offices_of(desk: Desk, found: Sequence[Record]) -> dict[str, str]:
    """The name of each office that wrote one of the values, by its code."""
    codes = {m["office"] for r in found for by in (r.kept_by, r.other_by, r.settled_by) if (m := _BY.match(by or ""))}
    return {code: office_name(desk, code) for code in codes}


def named(by: str | None, names: Mapping[str, str]) -> str:
    """王村（411424104201） as 王村（柘城县慈圣镇某村）."""
    found = _BY.match(by or "")
    return f"{found['who']}（{names.get(found['office'], found['office'])}）" if found else by or ""


def who(by: str | None) -> str:
    """王村（411424104201） as 王村."""
    found = _BY.match(by or "")
    return found["who"] if found else by or ""


def _when(hlc: str | None) -> str:
    return hlc_moment(hlc).astimezone(CHINA).strftime("%Y-%m-%d %H:%M") if hlc else ""


def reveal(desk: Desk, conflict_id: str) -> dict[str, str]:
    """The masked values of one conflict in full (base, kept, other); the asking is logged in the audit chain."""
    clash = must_get(desk, conflict_id, "conflict")
    entity, field = clash.values["entity"], clash.field
    if _bar(entity, field, None) == "newer":
        raise RuleError("conflict.newer", BARS["newer"])
    spec = specs.by_name(entity, field)
    with desk.store.write(desk.account, "查看原值") as unit:
        unit.audit("reveal", entity, clash.record_id, {"field": field, "conflict": conflict_id})
    now = desk.store.get(entity, clash.record_id)
    cells = {"base": cell_of(clash.base), "kept": now.cell(field) if now else cell_of(clash.kept), "other": cell_of(clash.other)}
    return {name: specs.show(spec, cell, masked=False) for name, cell in cells.items()}


def settle(desk: Desk, conflict_id: str, choice: str) -> None:
    """choice: 'kept' leaves the value that stands now, 'other' takes the other one. Both stay in the history."""
    if choice not in ("kept", "other"):
        raise RuleError("conflict.choice", "请选择保留哪一个值。")
    clash = must_get(desk, conflict_id, "conflict")
    entity, record_id = clash.values["entity"], clash.record_id
    if clash.settled:
        raise RuleError("conflict.settled", "这个冲突已经处理过了。")
    now = desk.store.get(entity, record_id) if entity in ENTITIES else None
    bar = _bar(entity, clash.field, now)
    if bar == "newer":
        raise RuleError("conflict.newer", BARS[bar])
    if not mine(desk, clash, now):
        raise RuleError("conflict.owner", f"{whose(entity, clash.field)}；本级只能查看。")
    if bar and choice == "other":
        raise RuleError(f"conflict.{bar}", BARS[bar])
    with desk.store.write(desk.account, "处理冲突") as unit:
        if choice == "other":
            unit.update(entity, record_id, {clash.field: cell_of(clash.other)})
        unit.update("conflict", conflict_id, {"settled": Cell.of(choice), "settled_by": Cell.of(f"{desk.account[:40]}（{desk.office}）")})


@dataclass(frozen=True, slots=True)
class Past:
    """A conflict in a record's history. at: HLC; text: the value that was not taken, or both while it is open; by: who settled."""

    at: str
    title: str
    text: str
    entity: str
    record_id: str
    by: str


def history(conn: Connection, desk: Desk, records: Collection[str]) -> list[Past]:
    """The conflicts of these records, open and settled: what was not taken stays to be read, masked where it must be."""
    what, words = ENTITIES["conflict"], wording.Words(conn)
    query, found = select(what.table).where(what.table.c.deleted.is_(False)), list[Record]()
    for part in bulk.parts(list(records)):
        some = conn.execute(query.where(bulk.among(what.table.c.record_id, part))).mappings()
        found += [rows.to_record(what, r) for r in some]
    now, names = records_of(conn, found), offices_of(desk, found)
    return [_past(r, now.get(r.record_id), words, names) for r in found]


def _past(r: Record, now: Record | None, words: wording.Words, names: Mapping[str, str]) -> Past:
    entity, field, kept, other = r.values["entity"], r.field, cell_of(r.kept), cell_of(r.other)
    what = ENTITIES.get(entity)
    spec = what.by_name.get(field) if what else None
    label = spec.label if spec else field
    stood = f"{words.of(entity, field, kept, other, now)}，{named(r.kept_by, names)} {_when(r.kept_at)}"
    sent = f"{words.of(entity, field, other, kept, now)}，{named(r.other_by, names)} {_when(r.other_at)}"
    if not r.settled:
        return Past(r.changed, f"冲突待选择：{label}", f"现值 {stood}；另一值 {sent}", entity, r.record_id, "")
    text = f"没有采用：{stood if r.settled == 'other' else sent}"
    if spec is not None and spec.secrecy is Secrecy.MASKED and (where := wording.differs(kept, other)):
        text += f"（与采用的相比，{where}）"
    return Past(r.changed, f"冲突已处理：{label}", text, entity, r.record_id, who(r.settled_by))
