"""The device's side of parcels: what it writes for the county, and how it takes the county's answer in.

The rules are the network's: received is what a stored receipt covers, and what is pulled never lies over an unsent
change. A page is taken when it begins where this device stands, or before, and leads beyond: so an answer that comes
twice, late or after a round over the network changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, func, select

from models.base import stamp
from models.errors import KnownError, RuleError
from models.store import outbox, settings
from models.store.unit import Store
from models.sync import adopt, client, keys, parcel, position, sealing, stick_compare, wire
from models.sync.client import LARGEST_BATCH, Link
from models.sync.columns import Item
from models.sync.parcel import Answer, Ask, Head, Recipient
from models.sync.wire import Receipt
from models.tables.stick import LAID
from models.tables.system import EVENT, RECEIPT

BATCHES = 20  # in one parcel: 40,000 changes are about 10 MB
_BACK = "stick.back"  # setting: when the answer was written by which the county was known to have been set back
_ANY = 1 << 31  # held changes of any schema: a stick does not know what the county's server does by now


@dataclass
class Read:
    """What an answer did. acknowledged: changes that have a receipt now; records: pulled ones; touched: what changed.

    missing: (from, to) of changes that the county had acknowledged and lacks, which count as unsent again; earlier: an answer
    before this one was never read here; restored: the county went back to a backup and is asked for everything again. compared: what it says of a comparison, when
    this device stands where the county said it.
    """

    acknowledged: int = 0
    records: int = 0
    exceptions: Counter[str] = field(default_factory=Counter)
    touched: list[tuple[str, str]] = field(default_factory=list)
    missing: tuple[int, int] | None = None
    earlier: bool = False
    restored: bool = False
    compared: stick_compare.Said | None = None


def standing(conn: Connection) -> tuple[int, int]:
    """(first change without a receipt, last change) of this device; the first is one more when all have receipts."""
    return outbox.acked(conn) + 1, outbox.last(conn)


def parcels(store: Store, link: Link, *, compare: bool = False) -> Iterator[tuple[Head, bytes]]:
    """All that has no receipt, sealed, in files of at most 40,000 changes; with nothing to send, one that only asks.

    compare: the last one also asks whether both ends have the same records."""
    device = store.identity.device
    with store.transaction() as conn:
        key = sealing.own_key(conn)[1]
        first, last = standing(conn)
        to = recipients(conn)
        held = [run for run in outbox.held_runs(conn, device, _ANY, LARGEST_BATCH) if run[1] < first]
        at, mark = position.cursor(conn), str(settings.get(conn, "cursor.mark", ""))
    start = first
    while True:
        end = min(last, start + BATCHES * LARGEST_BATCH - 1)
        question = stick_compare.question(store) if compare and end == last else b""
        ask = Ask(
            link.server_id, device, first, last, at if end == last else -1, key, stamp(), mark,
            keys.fingerprint(question) if question else "",
        )  # fmt: skip
        head = Head("batch", link.server_id, device, store.identity.office, store.identity.letter, start, end, ask.at)
        again = [batch for run in held if start == first for batch in _batches(store, link, *run)]
        batches = [*again, *_batches(store, link, start, end)]
        parts = [parcel.state("ask", ask, link.private), *batches, *([question] if question else [])]
        yield head, parcel.pack(head, parts, [r.key for r in to])
        start = end + 1
        if end == last:
            return


def _batches(store: Store, link: Link, first: int, last: int) -> Iterator[bytes]:
    while first <= last:
        with store.read() as conn:
            events = client.read_events(conn, store.identity.device, first, min(LARGEST_BATCH, last - first + 1))
        yield wire.pack_batch(store.identity.device, link.private, events)
        first = events[-1].seq + 1


def recipients(conn: Connection) -> list[Recipient]:
    """To whom this device seals. Raises RuleError when the county has not said it yet."""
    known = msgspec.convert(settings.get(conn, "recipients", []), list[Recipient])
    if not known:
        raise RuleError("stick.keys", "本机还没有拿到县级的密封公钥，暂时不能写 U 盘。请联网同步一次，以后就不需要了。")
    return known


def remember(conn: Connection, to: Sequence[Recipient]) -> None:
    """Keep to whom to seal, as the county said it when joining or in an answer."""
    settings.put(conn, "recipients", [msgspec.to_builtins(r) for r in to if sealing.is_key(r.key)])


def read_answer(
    store: Store, link: Link, data: bytes
) -> tuple[Answer, list[tuple[Receipt, bytes]], list[tuple[wire.Header, list[Item]]], stick_compare.Said | None]:
    """(cover, receipts with their envelopes, pages, the word about a comparison) of an answer to this device, every signature checked; writes nothing."""
    head = parcel.peek(data)
    with store.transaction() as conn:
        secret, _public = sealing.own_key(conn)
    said, *parts = parcel.parts_of(data, head, secret)
    answer = parcel.stated("answer", Answer, said, link.server_key)
    whole = answer.parts == [keys.fingerprint(p) for p in parts] and 0 <= answer.receipts <= len(parts)
    if answer.server != link.server_id or answer.device != store.identity.device or not whole:
        raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
    receipts = [(wire.read_receipt(p, link.server_key), p) for p in parts[: answer.receipts]]
    if any(r.device != answer.device or r.last_seq > answer.last_seq for r, _ in receipts):
        raise parcel.refused("forged", "回执与答复不一致，没有读入任何内容。")
    rest, said_of = parts[answer.receipts :], None
    if answer.compared:
        if len(rest) < 2:
            raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
        rest, said_of = rest[:-2], stick_compare.read(rest[-2:], link.server_key, answer.at)
    return answer, receipts, [wire.read_page(p, link.server_key) for p in rest], said_of


def take(store: Store, link: Link, data: bytes, *, fresh: bool = False) -> tuple[Answer, Read]:
    """Take an answer in: receipts, then pages. Raises before anything is written; each step stands by itself.

    fresh: it came over the network just now; of answers on sticks only the latest says whom to seal to.
    """
    answer, receipts, pages, compared = read_answer(store, link, data)
    if answer.refused:
        raise RuleError(answer.refused, answer.sentence)
    done = Read()
    with store.read() as conn:
        if not fresh and answer.at <= str(settings.get(conn, _BACK, "")):
            return answer, done
        first, last = standing(conn)
        same = answer.last_seq == 0 or parcel.mark_of(conn, answer.device, answer.last_seq) == answer.mark
    if answer.last_seq > last or not same:
        raise KnownError(
            "device.rewound", "县级收到过这台设备另外的内容，本机像是恢复了旧备份。没有读入任何内容，请重新加入县级。"
        )
    if answer.last_seq < first - 1 and _is_set_back(store, answer, pages):
        done.missing, first = (answer.last_seq + 1, first - 1), answer.last_seq + 1
        _begin_anew(store, answer, done)
    for receipt, proof in receipts:
        if receipt.last_seq < first and _free(store, receipt):  # what was held is taken now
            done.touched += client.keep_receipt(store, receipt, proof, since=first)
        if not receipt.first_seq <= first <= receipt.last_seq:
            continue  # known already
        news = [o for o in receipt.exceptions if o.seq >= first]
        done.touched += client.keep_receipt(store, receipt, proof, since=first)
        done.exceptions.update(o.status for o in news)
        done.acknowledged += receipt.last_seq - first + 1
        first = receipt.last_seq + 1
    if first > answer.last_seq and not done.restored:  # or the pages would show what has no receipt yet
        _take_pages(store, answer, pages, done)
    with store.transaction() as conn:
        if fresh or answer.at > str(settings.get(conn, "recipients.at", "")):
            settings.put(conn, "recipients.at", answer.at)
            settings.put(conn, "recipients.heard", stamp())
            remember(conn, answer.recipients)
            settings.put(conn, "below", [msgspec.to_builtins(b) for b in answer.below])
        if compared and pages and not done.restored and stick_compare.is_about_now(conn, answer.last_seq, pages[-1][0].position):
            done.compared = compared
        if answer.after >= 0:
            settings.put(conn, "sync.last", {
                "at": stamp(), "server_time": answer.at, "sent": done.acknowledged, "received": done.records,
            })  # fmt: skip
    return answer, done


def _is_set_back(store: Store, answer: Answer, pages: Sequence[tuple[wire.Header, list[Item]]]) -> bool:
    """Whether the county lacks what it had acknowledged, or the answer is only older than the receipts that came since.

    Both stamps are of the county's clock; should that have been set back too, its pages say that the history is another."""
    with store.read() as conn:
        later = select(func.max(RECEIPT.c.at)).where(RECEIPT.c.device == answer.device, RECEIPT.c.last_seq > answer.last_seq)
        newest = str(conn.execute(later).scalar() or "")
    return newest <= answer.at or (bool(pages) and _of_another_history(answer.after, *pages[0]))


def _of_another_history(after: int, header: wire.Header, items: Sequence[Item]) -> bool:
    """The sign of models.sync.history: an empty page that ends before the position it was asked from."""
    return header.position < after and not items and not header.more


def _begin_anew(store: Store, answer: Answer, done: Read) -> None:
    """The county was set back: what it lost goes again, everything is pulled, and no earlier answer counts any more."""
    done.restored = True
    with store.transaction() as conn:
        if done.missing:
            position.set_back(conn, answer.device, answer.last_seq)
        else:
            position.anew(conn)
        settings.put(conn, _BACK, answer.at)


def _free(store: Store, receipt: Receipt) -> bool:
    """Whether a receipt says of something that is held here that it is held no more."""
    with store.read() as conn:
        held = outbox.held_of(conn, receipt.device, receipt.first_seq, receipt.last_seq)
    return bool(held.keys() - {o.seq for o in receipt.exceptions if o.status == "held"})


def _take_pages(store: Store, answer: Answer, pages: Sequence[tuple[wire.Header, list[Item]]], done: Read) -> None:
    at = answer.after
    for header, items in pages:
        start, at = at, header.position
        if _of_another_history(start, header, items):
            _begin_anew(store, answer, done)
            return
        with store.transaction() as conn:
            here = position.cursor(conn)
            if start > here:
                done.earlier = True
                return
            if header.position <= here:
                continue
            later = _received_later(conn, answer)
            anew = answer.after == 0 and position.takes_own(conn)
            done.touched += adopt.forget_conflicts(conn) if anew and start == 0 else []
            done.touched += adopt.adopt(conn, store, [i for i in items if i.id not in later], header.position)
            position.stand_at(conn, header)
            if anew and not header.more:
                position.has_all(conn, answer.device)
        done.records += len(items)


def _received_later(conn: Connection, answer: Answer) -> set[str]:
    """Records whose state here is younger than the answer's: the county took a change of this device after it was written,
    over the network, and will not send that back. What it refused or holds has changed nothing there."""
    mine = (EVENT.c.device == answer.device, EVENT.c.seq > answer.last_seq, EVENT.c.seq <= outbox.acked(conn))
    taken = EVENT.c.status.not_in(("refused", "held", "replaced"))
    return set(conn.execute(select(EVENT.c.entity_id).where(*mine, taken)).scalars())


def exchange(store: Store, link: Link, county: str, carry: Callable[[bytes], bytes]) -> Answer:
    """Over the network: tell the county this device's sealing key, hear whom to seal to and what it has from below.

    county: the server's sealing key, from its greeting; carry hands a parcel over and returns the answer.
    """
    device = store.identity.device
    with store.transaction() as conn:
        key = sealing.own_key(conn)[1]
        last = standing(conn)[1]
    ask = Ask(link.server_id, device, last + 1, last, -1, key, stamp())
    head = Head("batch", link.server_id, device, store.identity.office, store.identity.letter, last + 1, last, ask.at)
    return take(store, link, carry(parcel.pack(head, [parcel.state("ask", ask, link.private)], [county])), fresh=True)[0]


def due(conn: Connection) -> bool:
    """Whether the county has to be asked before the next round: a day has passed, or a village's changes lie here."""
    heard = str(settings.get(conn, "recipients.heard", ""))
    return heard[:10] != stamp()[:10] or conn.execute(select(LAID.c.entity_id).limit(1)).first() is not None
