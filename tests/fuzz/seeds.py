"""The corpus: whole inputs that are taken, and broken ones; every person in them is invented.

`python -m tests.fuzz --seeds` writes them again after the format has changed.
"""

from __future__ import annotations

from typing import Any

import zstandard

from models.records import canonical
from tests.conftest import SIBLING, VILLAGE
from tests.fuzz import targets

_ID, _AT = "0" * 31 + "{}", "01a20caf019f-0000"


def _group(entity: str, kind: str, n: int, new: dict[str, Any], old: dict[str, Any] | None = None, **more: Any) -> list[Any]:
    """One event as a group of its own, as models/sync/columns.py lays it out."""
    village = more.get("village", VILLAGE)
    made = [entity, kind, more.get("schema", 1), [more.get("seq", n)], [_ID.format(more.get("id", n))], [_AT], ["王村"], [village], [""]]
    return [*made, {k: [[v]] for k, v in new.items()}, {k: [[v]] for k, v in (old or {}).items()}, more.get("origin", [])]


def _json(value: Any) -> bytes:
    return canonical(value).encode()


def seeds() -> dict[str, bytes]:
    """name → input with its leading byte."""
    person = _group("person", "create", 1, {"name": "王小雁", "phone": "13900000001", "sex": "1"})
    change = _group("person", "update", 2, {"phone": "13900000002"}, {"phone": "13900000001"}, id=1)
    gone = _group("person", "delete", 2, {}, id=1)
    ask = _group("request", "create", 2, {"person_id": _ID.format(1), "item": "request_help", "text": "求助", "received_on": "2026-11-24"})
    step = _group("request_event", "create", 3, {"request_id": _ID.format(2), "kind": "submit", "at": "2026-11-24T08:00:00.000Z", "by": "王村"})
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    bodies = {
        "good": [person], "change": [person, change], "case": [person, ask, step], "delete": [person, gone],
        "foreign": [_group("person", "create", 1, {"name": "孙某"}, village=SIBLING)],
        "later": [_group("herd", "create", 1, {"name": "牛"}, schema=99)], "unknown-field": [_group("person", "create", 1, {"name": "王", "moon": {"a": [1]}})],
        "huge-number": [_group("attachment", "create", 1, {"owner_entity": "person", "owner_id": _ID.format(1), "title": "证", "size": 1 << 63})],
        "deep": [_group("person", "create", 1, {"name": deep})], "gap": [_group("person", "create", 7, {"name": "王"})],
        "uneven": [[*person[:4], [], *person[5:]]], "again": [_group("person", "create", 1, {"name": "王"}, origin=["0:1"])],
        "another-kind": [person, _group("request", "update", 2, {"text": "x"}, {"text": None}, id=1, village="x")],
        "no-such-day": [person, ask, _group("request_event", "create", 3, {"request_id": _ID.format(2), "kind": "submit", "at": "2026-11-31T08:00:00.000Z", "by": "王村"})],
        "no-json": [person, ask, _group("request_event", "create", 3, {"request_id": _ID.format(2), "kind": "submit", "at": "2026-11-24T08:00:00.000Z", "by": "王村", "data": "["})],
        "no-object": [person, ask, _group("request_event", "create", 3, {"request_id": _ID.format(2), "kind": "submit", "at": "2026-11-24T08:00:00.000Z", "by": "王村", "data": "[1]"})],
        "surrogate": [_group("person", "create", 1, {"name": "王\x00"})],
    }  # fmt: skip
    item = ["person", [0], [_ID.format(1)], ["411424"], [VILLAGE], [VILLAGE], [_AT], [_AT], ["王村"], [False], [""], [False], {"name": [["王小雁"]]}]
    said = {"id": "r", "device": _ID.format(1), "batch": "b", "first_seq": 1, "last_seq": 1, "position": 1, "at": "", "exceptions": [{"seq": 1, "status": "refused", "errors": [["", "x"]]}]}
    small, bomb = zstandard.compress(b"[]"), zstandard.compress(bytes(8 << 20))
    head = {"kind": "batch", "sender": _ID.format(1), "protocol": 1, "count": 0, "size": 2, "sha256": "", "first_seq": 1, "last_seq": 0}
    box = {"kind": "batch", "server": "s", "device": "d", "office": VILLAGE, "letter": "A", "first_seq": 1, "last_seq": 1, "made": "", "size": 1}
    asked = {"server": "s", "device": "d", "first": 1, "last": 1, "cursor": 0, "sealing": "", "at": ""}
    hang = b'{"x":' + b"[" * 4000
    named: dict[str, tuple[Any, bytes]] = {f"events-{k}": (targets.events, _json(v)) for k, v in bodies.items()}
    named |= {
        "header-endless": (targets.header, _json({**head, "last_seq": 1 << 62})),
        "events-endless": (targets.events, _json([_group("person", "create", 1, {}), _group("person", "create", 1 << 60, {})])),
        "events-stack": (targets.events, b"[" * 5000), "events-empty": (targets.events, b"[]"),
        "page-good": (targets.page, _json([item])), "page-uneven": (targets.page, _json([[*item[:1], [], *item[2:]]])),
        "receipt-good": (targets.receipt, _json(said)), "receipt-stack": (targets.receipt, b'{"exceptions":[{"wire":{"a":' + b"[" * 5000),
        "frame-good": (targets.frame, (2).to_bytes(4, "big") + small), "frame-bomb": (targets.frame, (2).to_bytes(4, "big") + bomb),
        "frame-liar": (targets.frame, (64 << 20).to_bytes(4, "big") + small), "frame-cut": (targets.frame, (8 << 20).to_bytes(4, "big") + bomb[:-9]),
        "header-good": (targets.header, _json(head)), "header-stack": (targets.header, hang),
        "head-good": (targets.box_head, _json(box)), "head-stack": (targets.box_head, hang), "ask-good": (targets.ask, _json(asked)),
        "ask-stack": (targets.ask, b'{"x":' + b"[" * 5000), "held-good": (targets.held, _json({"attachment": "a", "sha256": "b", "size": 1, "at": ""})),
        "held-stack": (targets.held, b"[" * 5000),
        "compare-ask": (targets.compared, b"a" + _json({"totals": {"person": "0" * 64}, "parts": [["person", VILLAGE, "0a"]]})),
        "compare-wanted": (targets.compared, b"w" + _json([["person", _ID.format(1)], ["moon", "x"]])),
        "compare-returned": (targets.compared, b"r" + _json([["person", _ID.format(1), {"name": ["k", "王小雁"]}, False]])),
        "compare-stack": (targets.compared, b"r" + b"[" * 5000), "compare-not-text": (targets.compared, b'a{"totals":{"\x91"'),
        # The second batch is broken: the first must not have been taken.
        "parts-half": (targets.parts, _json([person]) + b"\n[broken"), "parts-good": (targets.parts, _json([person])),
        "parts-foreign": (targets.parts, _json([person]) + b"\nGUIYAN"), "any-short": (targets.any_bytes, b"GUIYAN\x01\0\0"),
        "any-box": (targets.any_bytes, b"GUIYANBOX\x01\0\0\0\x02{}"), "any-question": (targets.any_bytes, b'{"ids":["a"]}'),
        "any-not-text": (targets.any_bytes, b'{"ids":["\x91"]}'), "events-not-text": (targets.events, b'[["\x91'),
    }  # fmt: skip
    return {name: bytes([targets.TARGETS.index(target)]) + data for name, (target, data) in named.items()}
