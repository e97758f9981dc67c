"""核对: whether this office and the county have the same records, what differs and why, and mending it.

Also the list of everything that has no receipt, as a workbook to print.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import or_, select

from models.base import CHINA, hlc_moment, stamp, utc_now
from models.records import parse_json
from models.services import differing, specs, syncing
from models.services.desk import Desk, office_name
from models.services.differing import KINDS, WAITING, Group, Line
from models.services.ledgers import Column, Written, written
from models.services.titles import titles_of
from models.store import outbox, settings
from models.sync import comparing, position, repairing, stick_compare
from models.sync.client import Link, Progress, _quiet
from models.sync.comparing import Comparison
from models.tables.system import EVENT

ASKED_AT = "compare.asked.at"  # setting: when a question went onto a stick


@dataclass(frozen=True, slots=True)
class Result:
    """records: how many were compared; faults: of kind → how many; waiting: of reason → how many.

    county: how many records the county has, -1 when it did not say; groups: those that differ first; lines: of every group the
    first ones (differing.MOST_OF_GROUP), faults before what waits. sent, received: bytes. restored, pulled, said: by a repair, of
    records that the county took back, that were brought from it, and that were sent again. touched: (entity, id). more: by
    stick, that there was no room for every difference.
    """

    records: int
    faults: dict[str, int]
    waiting: dict[str, int]
    lines: Sequence[Line]
    questions: int
    sent: int
    received: int
    restored: int = 0
    pulled: int = 0
    said: int = 0
    touched: Sequence[tuple[str, str]] = field(default_factory=tuple)
    more: bool = False
    groups: Sequence[Group] = field(default_factory=tuple)

    @property
    def county(self) -> int:
        return -1 if self.more or not self.groups else sum(g.county for g in self.groups)

    @property
    def equal(self) -> bool:
        return not self.faults and not self.more


@dataclass(frozen=True, slots=True)
class Known:
    """The last comparison. at: when the county looked, '' before the first; by: net or stick; faults: how many it left;
    groups, lines: what they are; mending: whether the next stick asks to mend them; asked: when a question went onto a stick that has
    had no answer yet, else ''."""

    at: str
    by: str
    faults: int
    more: bool
    lines: Sequence[Line]
    mending: bool
    asked: str
    groups: Sequence[Group] = field(default_factory=tuple)


@contextmanager
def _line(desk: Desk) -> Iterator[tuple[Link, comparing.Line]]:
    from models.sync.transports.http import HttpTransport, Server

    link, address, certificate = syncing.county(desk)
    with HttpTransport(Server(address, certificate), desk.store.identity.device, link.private) as transport:
        greeting = transport.greet()
        position.meet(desk.store, greeting.last_seq, greeting.mark)  # one that was set back is not believed until the next round
        yield link, transport


def run(desk: Desk, progress: Progress = _quiet, *, mend: bool = False, thorough: bool = False) -> Result:
    """Compare with the county; mend: repair what differs and compare again. Call it in a worker thread.

    thorough: the county hashes every record from its values instead of taking the digests kept with them.
    """
    done = repairing.Repair()
    with syncing.alone(desk):
        with _line(desk) as (link, line):
            found = comparing.compare(desk.store, link, line, progress, thorough=thorough)
            if mend and found.faults:
                done = repairing.repair(desk.store, link, line, found.faults, desk.account, progress)
        if done.said:
            done.touched += syncing.round_with(desk, progress)[0].touched
        if mend and found.faults:
            with _line(desk) as (link, line):
                found = comparing.compare(desk.store, link, line, progress, thorough=thorough)
        _remember(desk, found, {"at": stamp(), "by": "net"})
        return _result(desk, found, done)


def _remember(desk: Desk, found: Comparison, said: dict[str, str | bool]) -> None:
    with desk.store.transaction() as conn:
        settings.put(conn, "compare.last", {**said, "faults": len(found.faults)})
        differing.keep_groups(conn, found, whole=not said.get("more", False))
        stick_compare.keep_found(conn, found.faults)


def from_stick(desk: Desk, said: stick_compare.Said) -> Result:
    """Take in what the county's answer on a stick says of a comparison: what was to be mended, then what differs now."""
    done = stick_compare.take(desk.store, said, desk.account)
    _remember(desk, done.found, {"at": said.at, "by": "stick", "more": done.more})
    with desk.store.transaction() as conn:
        settings.put(conn, ASKED_AT, None)
    return _result(desk, done.found, repairing.Repair(done.restored, done.pulled, done.said, done.touched), more=done.more)


def mend_by_stick(desk: Desk) -> int:
    """Let the next stick ask to mend what the last comparison found; returns how many records that is about."""
    with desk.store.transaction() as conn:
        faults = stick_compare.last_found(conn)
        settings.put(conn, stick_compare.MEND, True if faults else None)
    return len(faults)


def last(desk: Desk) -> tuple[str, int]:
    """(when the last comparison ended, how many faults it left); ('', 0) before the first."""
    known = last_known(desk, listing=False)
    return known.at, known.faults


def last_known(desk: Desk, *, listing: bool = True) -> Known:
    """The last comparison, over the network or by stick, without asking anybody."""
    with desk.store.read() as conn:
        said, mending = settings.get(conn, "compare.last") or {}, bool(settings.get(conn, stick_compare.MEND, False))
        faults, asked = stick_compare.last_found(conn) if listing else [], str(settings.get(conn, ASKED_AT, ""))
        groups = differing.kept_groups(conn) if listing else []
    return Known(
        said.get("at", ""), said.get("by", "net"), int(said.get("faults", 0)), bool(said.get("more", False)),
        differing.lines_of(desk, faults), mending, asked, groups,
    )  # fmt: skip


def sentence(r: Result) -> str:
    """A result in one paragraph."""
    many = "、".join(f"{KINDS[kind]} {n} 条" for kind, n in r.faults.items())
    counted = f"本机 {r.records} 条、县级 {r.county} 条记录" if not r.equal and r.county >= 0 else f" {r.records} 条记录"
    text = f"核对了{counted}，" + (f"{many}。" if many else "差别过多，没有全部列出。" if r.more else "与县级一致。")
    if many and r.more:
        text += "差别过多，这里没有全部列出。"
    if r.waiting:
        text += "另有 " + "、".join(f"{WAITING[why]} {n} 条" for why, n in r.waiting.items()) + "，不算差别。"
    mended = [(r.restored, "送还县级"), (r.pulled, "从县级取回"), (r.said, "再次送出")]
    done = "、".join(f"{words} {n} 条" for n, words in mended if n)
    return text + (f"已修复：{done}。" if done else "")


def _result(desk: Desk, found: Comparison, done: repairing.Repair, *, more: bool = False) -> Result:
    return Result(
        found.records, dict(Counter(d.kind for d in found.faults)), dict(Counter(d.why for d in found.differences if d.why)),
        differing.lines_of(desk, found.differences),
        found.questions, found.sent, found.received, done.restored, done.pulled, done.said, done.touched, more,
        differing.groups_of(found, whole=not more),
    )  # fmt: skip


_COLUMNS = (Column("序号", 5), Column("县级", 12), Column("种类", 10), Column("记录", 44), Column("所在村", 14),
            Column("最后改动", 17), Column("经办人", 12), Column("说明", 60))  # fmt: skip
_STATES = {"pending": "待发送", "refused": "未被接收", "held": "县级暂存"}


def without_receipt(desk: Desk, path: Path) -> int:
    """A workbook of every record with a change that the county has not taken, to print and sign; returns how many.

    It holds names and no other field of a person.
    """
    found = _unsettled(desk)
    with desk.store.read() as conn:
        titles = titles_of(conn, [(entity, record_id) for record_id, (_, entity, *_) in found.items()])
    with desk.store.write(desk.account, "导出") as unit:
        unit.audit("export", "event", "", {"count": len(found)})
    subtitle = f"机构：{office_name(desk)}    导出：{desk.account}    {utc_now().astimezone(CHINA):%Y-%m-%d %H:%M}"
    with written(path, "没有县级回执的记录", subtitle, _COLUMNS, fixed=1) as book:
        for n, (record_id, (state, entity, village, at, actor, reasons)) in enumerate(found.items(), 1):
            when = f"{hlc_moment(at).astimezone(CHINA):%Y-%m-%d %H:%M}"
            words = (
                _STATES[state],
                specs.label(entity),
                titles.get(record_id) or record_id,
                differing.place(village),
                when,
                actor,
                reasons,
            )
            book.add([Written(n), *map(Written, words)])
    return len(found)


def _unsettled(desk: Desk) -> dict[str, tuple[str, str, str, str, str, str]]:
    """{record id: (state, entity, village, stamp, actor, reasons)}, what was refused first, then the oldest."""
    device = desk.store.identity.device
    found: dict[str, tuple[str, str, str, str, str, str]] = {}
    with desk.store.read() as conn:
        acked = outbox.acked(conn)
        query = select(EVENT).where(
            EVENT.c.device == device, or_(EVENT.c.seq > acked, EVENT.c.status.in_(("refused", "held")))
        )  # fmt: skip
        for row in conn.execute(query.order_by(EVENT.c.seq)):
            state = row.status if row.status in ("refused", "held") else "pending"
            before = found.get(row.entity_id)
            errors = (parse_json(row.detail) or {}).get("errors", ()) if state == "refused" else ()
            reasons = "；".join(reason for _, reason in errors) or (before[5] if before else "")
            if before and before[0] == "refused":
                state = "refused"
            found[row.entity_id] = (state, row.entity, row.village, row.at, row.actor, reasons)
    rank = {"refused": 0, "held": 1, "pending": 2}
    return dict(sorted(found.items(), key=lambda kv: rank[kv[1][0]]))
