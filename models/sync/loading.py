"""The device's end of attachments on sticks: which parts go onto this one. models/sync/landing.py takes the county's word.

What the county lacks by its last word goes first where no stick has carried it yet, then what went on another stick and has
had no answer: so several sticks share a big load, and a lost one is made good. Received is what has the county's signed
receipt, as over the network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, select

from models.base import stamp
from models.errors import RuleError
from models.store import settings
from models.store.rows import Row
from models.store.unit import Store
from models.store.vault import Vault
from models.sync import files, freight, sealing
from models.sync.asking import recipients
from models.sync.client import Link
from models.sync.files import Manifest, manifest_of
from models.sync.freight import MOST_NAMED, SHARE, UP, Load
from models.sync.parcel import Head
from models.sync.transports.folder import file_name
from models.tables import ENTITIES
from models.tables.system import CONTENT, EVENT

WANTED = "files.wanted"  # setting: attachments that somebody asked for without a network
AUTOMATIC = "attachments.automatic"  # setting: fetch what others attached without being asked
_ROOM = 16 << 10  # bytes that a parcel is longer than its parts
_ATTACHMENT = ENTITIES["attachment"].table
Numbers = dict[str, list[int]]


class Memory(msgspec.Struct):
    """What this device knows of its parts on sticks. turn, at: of the last word that was taken; lacking: what it said;
    laden: {name of a file: the parts in it} of what has no answer yet."""

    turn: int = 0
    at: str = ""
    lacking: Numbers = {}
    laden: dict[str, Numbers] = {}


@dataclass
class Plan:
    """shares: what goes into each new parcel, as (attachment, number); bytes: of them. left: attachments and how many bytes of
    them find no room, lie on no other stick either and go next time; spent: names of this device's older files on the stick
    that have done their service; spoilt: attachments that loads() left out because their bytes are no longer good here."""

    shares: list[list[tuple[str, int]]] = field(default_factory=list)
    bytes: int = 0
    left: dict[str, int] = field(default_factory=dict)
    spent: list[str] = field(default_factory=list)
    spoilt: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)
    wanted: Numbers = field(default_factory=dict)


def _key(store: Store) -> str:
    return f"stick.files.{store.identity.device}"  # a device that joined anew knows nothing of the old county


def memory(conn: Connection, store: Store) -> Memory:
    found: Memory = msgspec.convert(settings.get(conn, _key(store), {}), Memory)
    if found.turn < int(settings.get(conn, files.SINCE, 0)):
        return Memory()  # the county was set back: nothing that was said of parts holds any more
    return found


def remember(conn: Connection, store: Store, found: Memory) -> None:
    settings.put(conn, _key(store), msgspec.to_builtins(found))


def want(conn: Connection, attachment: str) -> None:
    """Ask for the bytes of an attachment on the next stick."""
    settings.put(conn, WANTED, sorted({*settings.get(conn, WANTED, []), attachment})[-MOST_NAMED:])


def wanted(conn: Connection, vault: Vault) -> Numbers:
    """The parts to ask for: of what somebody opened without a network, or of everything by the office's setting."""
    asked = set(settings.get(conn, WANTED, []))
    automatic = bool(settings.get(conn, AUTOMATIC, False))
    found: Numbers = {}
    for row in files.rows_with_state(conn, CONTENT.c.state.is_(None), _ATTACHMENT.c.deleted.is_(False)):
        if (automatic or row["id"] in asked) and len(found) < MOST_NAMED:
            try:
                parts = manifest_of(row).parts
            except RuleError:
                continue  # nobody can send what its record does not describe
            found[row["id"]] = [n for n, sha256 in enumerate(parts) if vault.get(sha256) is None]
    return found


def _waiting(store: Store) -> list[tuple[Row, Manifest]]:
    """What waits for the county and whose record it has, or is sent it on this very stick."""
    refused = select(EVENT.c.entity_id).where(
        EVENT.c.device == store.identity.device, EVENT.c.entity == "attachment", EVENT.c.status.in_(("refused", "held"))
    )
    with store.transaction() as conn:
        rows = files.rows_with_state(
            conn, CONTENT.c.state == "waiting", _ATTACHMENT.c.deleted.is_(False), _ATTACHMENT.c.id.not_in(refused)
        )
        found = []
        for row in rows[:MOST_NAMED]:
            try:
                found.append((row, manifest_of(row)))
            except RuleError as e:
                files.mark(conn, row["id"], "refused", detail=e.sentence)
    return found


def plan(store: Store, vault: Vault, there: Collection[str], room: int) -> Plan:
    """What to put on a stick with room for so many bytes of parcels. there: names of this device's whole files on it."""
    waiting = _waiting(store)
    with store.transaction() as conn:
        known = memory(conn, store)
        lacking = {row["id"]: set(known.lacking.get(row["id"], range(len(m.parts)))) for row, m in waiting}
        known.laden = _still(known.laden, lacking)
        remember(conn, store, known)
        done = Plan(waiting=[row["id"] for row, _ in waiting], wanted=wanted(conn, vault))
    done.spent = sorted(set(there) - set(known.laden))
    here = _parts(known.laden[name] for name in there if name in known.laden)
    elsewhere = _parts(known.laden.values()) - here
    open_ = [(row["id"], n, m) for row, m in waiting for n in sorted(lacking[row["id"]]) if (row["id"], n) not in here]
    inside, full, seen = 0, False, set[str]()
    # What no stick has carried goes before what may be on its way already; file by file, the oldest first.
    for attachment, number, manifest in sorted(open_, key=lambda p: (p[0], p[1]) in elsewhere):
        length = 0 if manifest.parts[number] in seen else manifest.length(number)
        if done.bytes + length + _ROOM * (len(done.shares) + 1) > room or (length and full):
            full = True
            if (attachment, number) not in elsewhere:
                done.left[attachment] = done.left.get(attachment, 0) + length
            continue
        if not done.shares or inside + length > SHARE:
            done.shares.append([])
            inside = 0
        done.shares[-1].append((attachment, number))
        seen.add(manifest.parts[number])
        inside, done.bytes = inside + length, done.bytes + length
    if not done.shares and (done.waiting or done.wanted) and room > _ROOM:
        done.shares = [[]]  # it only asks
    return done


def _still(laden: dict[str, Numbers], lacking: dict[str, set[int]]) -> dict[str, Numbers]:
    """Of what lies on sticks, what the county still lacks: files without any of it are no longer known."""
    left = {name: {a: [n for n in ns if n in lacking.get(a, ())] for a, ns in parts.items()} for name, parts in laden.items()}
    return {name: parts for name, parts in left.items() if any(parts.values())}


def _parts(those: Iterable[Numbers]) -> set[tuple[str, int]]:
    return {(a, n) for parts in those for a, numbers in parts.items() for n in numbers}


def loads(store: Store, vault: Vault, link: Link, chosen: Plan) -> Iterator[tuple[Head, bytes]]:
    """The planned parcels, one at a time. The caller keeps one before it takes the next: then it counts as laden."""
    manifests = {row["id"]: m for row, m in _waiting(store)}
    device, office, at = store.identity.device, store.identity.office, stamp()
    with store.transaction() as conn:
        turn = int(settings.get(conn, files.TURN, 0)) + 1
        settings.put(conn, files.TURN, turn)
        key, to = sealing.own_key(conn)[1], [r.key for r in recipients(conn)]
    inside = {a for share in chosen.shares for a, _ in share}
    packed = set[str]()
    for n, share in enumerate(chosen.shares):
        named, bodies = _bodies(store, vault, manifests, share, packed, chosen.spoilt)
        asked = dict.fromkeys(a for a, _ in share)
        if n == 0:  # of what needs no further part, perhaps because its receipt was lost, the first one asks
            asked |= dict.fromkeys(a for a in chosen.waiting if a not in inside)
        load = Load(link.server_id, device, turn, at, key, list(asked), chosen.wanted if n == 0 else {}, named)
        head = Head(UP, link.server_id, device, office, store.identity.letter, n + 1, len(chosen.shares), at)
        yield head, freight.pack(head, load, bodies, link.private, to)
        if share:
            with store.transaction() as conn:
                known = memory(conn, store)
                known.laden[file_name(head)] = _numbers(share)
                known.turn = max(known.turn, int(settings.get(conn, files.SINCE, 0)))
                remember(conn, store, known)


def _bodies(
    store: Store, vault: Vault, manifests: dict[str, Manifest], share: Sequence[tuple[str, int]], packed: set[str],
    spoilt: set[str],
) -> tuple[list[tuple[str, int]], list[bytes]]:  # fmt: skip
    """The parts of a share, each hash once; a file that is spoilt on this disk is told and leaves the others alone."""
    named, bodies = [], []
    for attachment, number in share:
        sha256 = manifests[attachment].parts[number] if attachment in manifests else ""
        if not sha256 or sha256 in packed:
            continue
        body = vault.get(sha256)
        if body is None:
            spoilt.add(attachment)
            with store.transaction() as conn:
                sentence = "本机已找不到这个附件的内容（文件夹可能被清理过），没有写入 U 盘。请重新添加。"
                files.mark(conn, attachment, "refused", detail=sentence)
            continue
        packed.add(sha256)
        named.append((attachment, number))
        bodies.append(body)
    return named, bodies


def _numbers(share: Sequence[tuple[str, int]]) -> Numbers:
    found: Numbers = {}
    for attachment, number in share:
        found.setdefault(attachment, []).append(number)
    return found
