"""The server's side of parcels: a sealed file in, the sealed answer to its writer out, whoever carried it."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from models import scope
from models.base import stamp
from models.errors import GuiyanError, RuleError
from models.store.rows import Row
from models.store.unit import Store
from models.sync import enrol, history, ingest, keys, parcel, sealing, stick_compare, wire
from models.sync.client import LARGEST_PAGE
from models.sync.parcel import Answer, Ask, Below, Head, Recipient
from models.tables.stick import SEALING
from models.tables.system import DEVICE, RECEIPT

NOT_HEARD = ("device.revoked", "device.rewound")  # only a new ticket helps
MOST_UNPACKED = 256 << 20  # bytes of all batches of a parcel: it holds 40,000 changes at most


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a parcel. new: changes not seen before; exceptions: other statuses than applied, by count.

    missing: (from, to) of changes that never arrived, so that what follows them was not taken; answer: a parcel.
    """

    head: Head
    answer: bytes
    new: int
    exceptions: dict[str, int] = field(default_factory=dict)
    missing: tuple[int, int] | None = None


def writer_of(store: Store, own: enrol.ServerKeys, head: Head) -> tuple[Row, str]:
    """(the writer's device, our key that opens the parcel). Raises RuleError when it is not for us or not to be heard."""
    if head.server != own.id:
        raise parcel.refused("elsewhere", "这份文件是送往另一个县的，本县打不开，没有读入任何内容。")
    with store.transaction() as conn:
        return ingest.device_row(conn, head.device), sealing.own_key(conn)[0]


def take(store: Store, own: enrol.ServerKeys, data: bytes) -> Taken:
    """Apply a parcel's batches and seal the answer. Raises RuleError or KnownError when nothing of it is taken."""
    head = parcel.peek(data)
    if head.kind != "batch":
        raise parcel.refused("answer", "这是县级写的答复，应交回它所写的那台设备，县级没有读入。")
    device, secret = writer_of(store, own, head)
    said, *batches = parcel.parts_of(data, head, secret)
    ask = parcel.stated("ask", Ask, said, device["public_key"])
    question = _question(ask, batches)
    if ask.server != own.id or ask.device != head.device or not sealing.is_key(ask.sealing):
        raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
    if sum(wire.peek(batch)[0].size for batch in batches) > MOST_UNPACKED:
        raise parcel.refused("large", "文件展开后过大，不是归雁写的，没有读入任何内容。")
    for batch in batches:  # all are looked at before the first is applied: what is refused was not taken by half
        if wire.peek(batch)[0].sender != head.device:
            raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
        wire.read_batch(batch, device["public_key"])
    missing, exceptions, again = None, Counter[str](), list[bytes]()
    for batch in batches:
        try:
            sealed = ingest.ingest(store, own.signing, batch)
        except RuleError as e:
            if e.code != "batch.gap":
                raise
            missing = (0, wire.peek(batch)[0].first_seq - 1)
            break
        receipt = wire.read_receipt(sealed, own.public)
        if receipt.last_seq < ask.first:
            again.append(sealed)
        exceptions.update(o.status for o in receipt.exceptions if o.seq > device["last_seq"])
    last, answer = _answer(store, own, ask, question, again)
    if missing:
        missing = (last + 1, missing[1])
    return Taken(head, answer, last - device["last_seq"], dict(exceptions), missing)


def refusal(store: Store, own: enrol.ServerKeys, head: Head, error: GuiyanError) -> bytes | None:
    """The answer that tells a device why nothing of its parcel was taken, when it is heard no more: else it would be waited for
    for ever. None for another refusal, and for a device that nothing can be sealed to."""
    if error.code not in NOT_HEARD or head.server != own.id:
        return None
    with store.read() as conn:
        device = conn.execute(select(DEVICE).where(DEVICE.c.id == head.device)).mappings().first()
        key = conn.execute(select(SEALING.c.key).where(SEALING.c.device == head.device)).scalar()
        if device is None or not key:
            return None
        last = device["last_seq"]
        said = Answer(
            own.id, head.device, -1, last, parcel.mark_of(conn, head.device, last), stamp(), [], [], 0, [],
            refused=error.code, sentence=error.sentence,
        )  # fmt: skip
    about = Head(
        "answer", own.id, head.device, device["office"], device["letter"], head.first_seq, last, said.at, about=head.made
    )  # fmt: skip
    return parcel.pack(about, [parcel.state("answer", said, own.signing)], [key])


def _question(ask: Ask, batches: list[bytes]) -> stick_compare.Question | None:
    """The question of a comparison, taken off the end of the batches."""
    if not ask.compare:
        return None
    if not batches or keys.fingerprint(batches[-1]) != ask.compare:
        raise parcel.refused("forged", "文件里外所写的不一致，没有读入任何内容。")
    return stick_compare.read_question(batches.pop())


def _answer(
    store: Store, own: enrol.ServerKeys, ask: Ask, question: stick_compare.Question | None, again: list[bytes]
) -> tuple[int, bytes]:
    """(the device's last change here, the answer). again: receipts for changes that had one.

    Under the device's lock: no change of it is in the pages without a receipt beside them, or a later receipt would bring
    back an older state of its record.
    """
    with store.transaction() as conn:
        device = ingest.device_row(conn, ask.device, lock=True)
        enrol.put_sealing(conn, ask.device, ask.sealing)
        compared = stick_compare.answer(conn, own, device["office"], ask.device, question) if question else []
        receipts = [*again, *_receipts(conn, ask, device["last_seq"])]
        pages = _pages(conn, own, device, ask.cursor, ask.mark) if ask.cursor >= 0 else []
        parts = [*receipts, *pages, *compared]
        said = Answer(
            own.id, ask.device, ask.cursor, device["last_seq"], parcel.mark_of(conn, ask.device, device["last_seq"]), stamp(),
            recipients(conn, own, device["office"]), _below(conn, device["office"]), len(receipts),
            [keys.fingerprint(p) for p in parts], bool(compared),
        )  # fmt: skip
    head = Head(
        "answer", own.id, ask.device, device["office"], device["letter"], ask.first, device["last_seq"], said.at, about=ask.at
    )  # fmt: skip
    return device["last_seq"], parcel.pack(head, [parcel.state("answer", said, own.signing), *parts], [ask.sealing])


def _receipts(conn: Connection, ask: Ask, last: int) -> list[bytes]:
    """As few stored receipts as cover everything that the device has none for."""
    ranges = conn.execute(
        select(RECEIPT.c.id, RECEIPT.c.first_seq, RECEIPT.c.last_seq)
        .where(RECEIPT.c.device == ask.device, RECEIPT.c.last_seq >= ask.first)
        .order_by(RECEIPT.c.first_seq)
    ).all()
    wanted, chosen = max(ask.first, 1), []
    while wanted <= last:
        fitting = [r for r in ranges if r.first_seq <= wanted <= r.last_seq]
        if not fitting:
            break
        best = max(fitting, key=lambda r: r.last_seq)
        chosen.append(best.id)
        wanted = best.last_seq + 1
    bodies = {r.id: r.body for r in conn.execute(select(RECEIPT.c.id, RECEIPT.c.body).where(RECEIPT.c.id.in_(chosen)))}
    return [bodies[i] for i in chosen]


def _pages(conn: Connection, own: enrol.ServerKeys, device: Row, cursor: int, mark: str) -> list[bytes]:
    pages, at, more = [], cursor, True
    while more:
        sealed, at, more = history.page(
            conn, own, device, at, LARGEST_PAGE, mark if at == cursor else None, whole=cursor == 0
        )
        pages.append(sealed)
    return pages


def recipients(conn: Connection, own: enrol.ServerKeys, office: str) -> list[Recipient]:
    """To whom a device of an office seals: the county always, a village to the devices of its township as well."""
    found = [Recipient("", own.id, sealing.own_key(conn)[1])]
    if scope.level_of(office) is scope.Level.VILLAGE:
        query = select(DEVICE.c.office, DEVICE.c.id, SEALING.c.key).join(SEALING, SEALING.c.device == DEVICE.c.id)
        query = query.where(DEVICE.c.office == f"{office[:9]}000", DEVICE.c.revoked_at.is_(None)).order_by(DEVICE.c.id)
        found += [Recipient(r.office, r.id, r.key) for r in conn.execute(query)]
    return found


def _below(conn: Connection, office: str) -> list[Below]:
    """The villages' devices, for a township: it opens their parcels and must know their signatures."""
    if scope.level_of(office) is not scope.Level.TOWNSHIP:
        return []
    prefix = scope.prefix_of(office)
    query = select(DEVICE.c.id, DEVICE.c.office, DEVICE.c.public_key, DEVICE.c.last_seq).where(
        DEVICE.c.office >= prefix, DEVICE.c.office < scope.next_prefix(prefix), DEVICE.c.office != office,
        DEVICE.c.revoked_at.is_(None),
    )  # fmt: skip
    return [Below(r.id, r.office, base64.b64encode(r.public_key).decode(), r.last_seq) for r in conn.execute(query)]
