"""Other devices' parcels on their way through this one: kept sealed until the county has answered, then handed back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, or_, select, update

from models.base import stamp
from models.errors import GuiyanError, RuleError
from models.store.unit import Store
from models.sync import keys, parcel
from models.sync.parcel import Head
from models.sync.transports.folder import file_name
from models.tables.stick import PARCEL


@dataclass(frozen=True, slots=True)
class Carried:
    """One parcel that was handed over: error says why the county did not take it."""

    head: Head
    error: GuiyanError | None = None


def keep(conn: Connection, head: Head, data: bytes, *, handed: bool = True) -> bool:
    """Keep a parcel to carry it on; False when it is here already. One that says all that an older one said replaces it,
    and so it does the older ones that were answered, once their answer has been handed to the writer."""
    sha = keys.fingerprint(data)
    if conn.execute(select(PARCEL.c.sha256).where(PARCEL.c.sha256 == sha)).first():
        return False
    inside = (PARCEL.c.first_seq >= head.first_seq) & (PARCEL.c.last_seq <= head.last_seq)
    spent = or_(inside, PARCEL.c.answer.is_not(None)) if handed else inside & PARCEL.c.answer.is_(None)
    conn.execute(delete(PARCEL).where(PARCEL.c.device == head.device, spent))
    conn.execute(PARCEL.insert(), {
        "sha256": sha, "device": head.device, "office": head.office, "first_seq": head.first_seq, "last_seq": head.last_seq,
        "name": file_name(head), "taken_at": stamp(), "body": data, "answer": None,
    })  # fmt: skip
    return True


def unanswered(conn: Connection) -> int:
    return int(conn.execute(select(func.count()).select_from(PARCEL).where(PARCEL.c.answer.is_(None))).scalar_one())


def answered(conn: Connection, sha256: str) -> bool:
    """Whether the county's answer to this very parcel has come here. sha256: of the file."""
    query = select(PARCEL.c.sha256).where(PARCEL.c.sha256 == sha256, PARCEL.c.answer.is_not(None))
    return conn.execute(query).first() is not None


def copies(conn: Connection) -> list[tuple[str, bytes]]:
    """(file name, file) of what the county has not answered, for this device's own stick. The names are ours: two sticks may
    have brought files that somebody gave the same name."""
    query = select(PARCEL.c.body).where(PARCEL.c.answer.is_(None)).order_by(PARCEL.c.taken_at)
    return [(file_name(parcel.peek(body)), body) for body in conn.execute(query).scalars()]


def answer_for(conn: Connection, device: str) -> bytes | None:
    """The county's answer that a device should be handed, when it has come here."""
    query = select(PARCEL.c.answer).where(PARCEL.c.device == device, PARCEL.c.answer.is_not(None))
    found: bytes | None = conn.execute(query.order_by(PARCEL.c.last_seq.desc()).limit(1)).scalar()
    return found


def keep_answer(conn: Connection, head: Head, data: bytes) -> bool:
    """An answer came on a stick: it answers what its device had sent by then. False when none of that was carried here."""
    query = select(PARCEL.c.sha256, PARCEL.c.body).where(PARCEL.c.device == head.device)
    mine = [r.sha256 for r in conn.execute(query) if parcel.peek(r.body).made <= head.about]
    if mine:
        conn.execute(update(PARCEL).where(PARCEL.c.sha256.in_(mine)), {"answer": data})
    return bool(mine)


def forward(store: Store, carry: Callable[[bytes], bytes]) -> list[Carried]:
    """Hand over what waits, villages before townships, each device's in order. What the county refuses for good is let
    go here (the stick still has it), unless it has a word for the writer, which is kept as an answer; a cut connection raises
    and leaves the rest waiting."""
    with store.read() as conn:
        query = select(PARCEL.c.sha256).where(PARCEL.c.answer.is_(None))
        waiting = list(conn.execute(query.order_by(PARCEL.c.office.desc(), PARCEL.c.device, PARCEL.c.first_seq)).scalars())
    done = []
    for sha in waiting:
        with store.read() as conn:
            body = conn.execute(select(PARCEL.c.body).where(PARCEL.c.sha256 == sha)).scalar_one()
        head = parcel.peek(body)
        try:
            answer = carry(body)
        except RuleError as e:
            if e.code.startswith("session."):
                raise  # about this device, not about the parcel
            done.append(Carried(head, e))
            with store.transaction() as conn:
                if isinstance(e, parcel.NotHeard) and _answers(head, e.answer):
                    conn.execute(update(PARCEL).where(PARCEL.c.sha256 == sha), {"answer": e.answer})
                else:
                    conn.execute(delete(PARCEL).where(PARCEL.c.sha256 == sha))
            continue
        with store.transaction() as conn:
            conn.execute(update(PARCEL).where(PARCEL.c.sha256 == sha), {"answer": answer})
        done.append(Carried(head))
    return done


def _answers(head: Head, data: bytes) -> bool:
    """Whether a file is an answer to the device whose parcel was handed over: only that goes onto its stick."""
    try:
        there = parcel.peek(data)
    except GuiyanError:
        return False
    return (there.kind, there.device, there.server) == ("answer", head.device, head.server)
