"""./run fuzz --api: schemathesis over a real server's OpenAPI document, as a device that signs and as a stranger.

Whatever the document calls valid is, half of the time, also made true: a ticket that was issued, a greeting that is signed, an
envelope with a change in it, an attachment that is there. So what lies behind the door is reached, and not the door alone.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pyrage
import requests
import schemathesis
from schemathesis import auths, cli

from models.base import new_id, stamp
from models.sync import enrol, keys, parcel, sealing, session, wire
from models.sync.registry import SYNCED
from server.setup import prepare
from tests.conftest import SIBLING, VILLAGE
from tests.faults import bed
from tests.faults.__main__ import database
from tests.server.calling import Caller, is_a_sentence, plain

CONFIG = Path(__file__).with_name("schemathesis.toml")
GREETING = 1200.0  # seconds after which the device says hello again: a session lasts thirty minutes
# uvicorn's word for schemathesis's first question of a run, a NUL in a header. A case that got it would fail: it is no JSON.
PROBE = "Invalid HTTP request received."
FOREIGN = ("孙秘密", "13911112222", "不可外传")  # what another village has entered


class Place:
    """A county's server as a process, with a device of a village, and what that and its neighbour have entered.

    seen: {operation: {status: how often}} of the run that is under way.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.pem = folder / "county.pem"
        self.store, self.own = prepare(url, "127.0.0.1")
        self.pem.write_text(self.own.certificate)
        self.server = bed.Server(url, folder)
        self.server.start()
        self.address = f"https://127.0.0.1:{self.server.port}"
        trusted = ssl.create_default_context(cafile=self.pem)
        self.line: Any = httpx.Client(base_url=self.address, verify=trusted, timeout=60)  # what calling.Http is, over a socket
        self.caller, neighbour = (Caller(self.line, self.store, self.own, office) for office in (VILLAGE, SIBLING))
        mine, theirs = _entered(self.caller, "王小雁", "13900000001", "求助"), _entered(neighbour, *FOREIGN)
        self.persons, self.scans = (mine[0], theirs[0]), (mine[1], theirs[1])
        with self.store.transaction() as conn:
            self.sealed_to = sealing.own_key(conn)[1]
        self.greeted = 0.0
        self.seen: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def greet(self) -> Caller:
        """The device in a session of its own, its numbers where the server has them."""
        said = self.caller.hello().json()
        self.caller.session, self.caller.count, self.caller.seq = said["session"], 0, said["last_seq"]
        self.greeted = time.monotonic()
        return self.caller

    def close(self) -> None:
        self.line.close()
        self.store.close()
        self.server.kill()


def _entered(who: Caller, name: str, phone: str, text: str) -> tuple[str, str]:
    """(person, scan) that a village has sent."""
    person, request, scan, body = new_id(), new_id(), new_id(), text.encode()
    mark = keys.fingerprint(body)
    told = who.push(
        who.event("person", person, {"name": name, "phone": phone}),
        who.event("request", request, {"person_id": person, "item": "request_help", "text": text, "received_on": "2026-11-24"}),
        who.event("attachment", scan, {"owner_entity": "request", "owner_id": request, "title": f"{text}.jpg", "media_type": "image/jpeg",
                                       "size": len(body), "sha256": mark, "parts": mark}),
    )  # fmt: skip
    assert told == [], told
    assert who.call("PUT", f"/v1/attachments/{scan}/parts/0", body).status_code == 200
    return person, scan


class Signing(requests.auth.AuthBase):
    """Signs what goes over the line as docs/protocol.md, section 3, demands: whatever is in it."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        who = self.place.caller
        if time.monotonic() - self.place.greeted > GREETING:
            self.place.greet()
        body = request.body or b""
        request.headers.update(
            who.signed(request.method or "", request.path_url, body.encode() if isinstance(body, str) else body)
        )
        return request


def _bytes(body: Any) -> bytes:
    return body.encode("utf-8", "replace") if isinstance(body, str) else bytes(body)


def _hello(place: Place, case: schemathesis.Case, _n: int) -> None:
    nonce = place.line.get("/v1/challenge").json()["nonce"]
    proof = keys.sign(place.caller.private, session.hello_message(nonce, place.caller.device))
    case.body = {"nonce": nonce, "device": place.caller.device, "signature": base64.b64encode(proof).decode()}


def _enrol(place: Place, case: schemathesis.Case, n: int) -> None:
    """A ticket that is good, for the device and with the name, the letter and the former devices of the generated body."""
    with place.store.transaction() as conn:
        ticket = enrol.issue(conn, place.own, (VILLAGE, SIBLING)[n & 1], place.address)
    asked = enrol.joining(ticket, new_id(), "", keys.new_signing_key())
    case.body |= {k: getattr(asked, k) for k in ("ticket", "secret", "device", "public_key", "proof")}


def _batches(place: Place, case: schemathesis.Case, n: int) -> None:
    who, said = place.greet(), _bytes(case.body)
    if n & 1:
        case.body = wire._pack("batch", who.device, who.private, said, 1, first_seq=who.seq + 1, last_seq=who.seq + 1)
    else:
        words = {"name": said.decode("utf-8", "replace")[:80] or "王", "phone": "13900000002"}
        case.body = wire.pack_batch(who.device, who.private, [who.event("person", new_id(), words)])


def _parcels(place: Place, case: schemathesis.Case, n: int) -> None:
    """An ask of the device's, with the generated bytes behind it or with nothing."""
    who, made = place.greet(), stamp()
    ask = parcel.Ask(place.own.id, who.device, 1, who.seq, 0, str(pyrage.x25519.Identity.generate().to_public()), made)
    head = parcel.Head("batch", place.own.id, who.device, who.office, "A", 1, who.seq, made)
    parts = [parcel.state("ask", ask, who.private), *([_bytes(case.body)] if n & 1 else [])]
    case.body = parcel.pack(head, parts, [place.sealed_to])


def _part(place: Place, case: schemathesis.Case, n: int) -> None:
    case.path_parameters |= {"attachment": place.scans[n % 4 == 0]} | ({"number": 0} if "number" in case.path_parameters else {})
    if case.method == "PUT" and n % 3:
        case.body = "求助".encode()


def _set(make: Callable[[Place, Any], Any]) -> Callable[[Place, schemathesis.Case, int], None]:
    """A body that holds what was generated and what is there."""

    def fill(place: Place, case: schemathesis.Case, _n: int) -> None:
        case.body = make(place, case.body)

    return fill


def _asked(_place: Place, body: dict[str, Any]) -> dict[str, Any]:
    villages = [VILLAGE, SIBLING, *(village for _entity, village, *_ in body.get("parts", []))]
    parts = [[entity, village, ""] for entity in ("person", "request", "attachment") for village in villages[:80]]
    return {"totals": dict.fromkeys(SYNCED, "x") | body.get("totals", {}), "parts": parts}


def _all(_place: Place, case: schemathesis.Case, _n: int) -> None:
    case.query = case.query | {"after": 0}


OPEN = ("GET /v1/challenge", "POST /v1/hello", "POST /v1/enrol")
TRUE: dict[str, Callable[[Place, schemathesis.Case, int], None]] = {
    "POST /v1/hello": _hello,
    "POST /v1/enrol": _enrol,
    "POST /v1/batches": _batches,
    "POST /v1/parcels": _parcels,
    "GET /v1/records": _all,
    "POST /v1/attachments/missing": _set(lambda place, body: {"ids": [*place.scans, *body["ids"][:98]]}),
    "PUT /v1/attachments/{attachment}/parts/{number}": _part,
    "GET /v1/attachments/{attachment}/parts/{number}": _part,
    "GET /v1/attachments/{attachment}/receipt": _part,
    "POST /v1/compare": _set(_asked),
    "POST /v1/compare/wanted": _set(lambda place, body: [["person", i] for i in (*place.persons, *(i for _, i in body[:498]))]),
    "POST /v1/compare/returned": _set(
        lambda place, body: [*(["person", i, {"name": ["k", "冒充"]}, False] for i in place.persons), *body[:198]]
    ),
}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts(one)


def _checked(place: Place, response: schemathesis.Response, case: schemathesis.Case) -> None:
    """Nothing of the neighbour's in any answer; a refusal is a code and a sentence, and repeats nothing of what was sent."""
    place.seen[case.operation.label][response.status_code] += 1
    sealed = response.content.startswith(parcel.MAGIC)  # to the device's key, which nobody else has
    said = "" if sealed else plain(response.content, place.own)
    assert not [w for w in FOREIGN if w in said], "the neighbour's"
    if response.status_code >= 400 and response.request.method != "HEAD":
        is_a_sentence(response)  # type: ignore[arg-type]
        sent = _texts([case.body, case.path_parameters, case.query])
        assert not [t for t in sent if len(t) > 7 and t in response.json()["sentence"]], "repeated"


def _run(place: Place, examples: int, seed: int, *more: str) -> bool:
    """False when schemathesis found something."""
    place.seen.clear()
    call = ["--config-file", str(CONFIG), "run", f"{place.address}/openapi.json", "--tls-verify", str(place.pem),
            "--max-examples", str(examples), "--seed", str(seed), *more]  # fmt: skip
    try:
        cli.schemathesis.main(args=call)
    except SystemExit as e:
        ended = e.code
    for label, statuses in sorted(place.seen.items()):
        print(f"  {label}: " + ", ".join(f"{status} {n} times" for status, n in sorted(statuses.items())))
    return not ended


def main(examples: int, seed: int, db: str) -> int:
    """Two runs, signed and unsigned. 1 when anything was found, when a route took nothing, or when the server wrote to its log."""
    with tempfile.TemporaryDirectory(prefix="guiyan-fuzz-api-") as folder, database(db, Path(folder)) as url:
        place, knows = Place(Path(folder), url), True

        @schemathesis.hook
        def before_call(_context: Any, case: schemathesis.Case, _kwargs: dict[str, Any]) -> None:
            n = zlib.crc32(repr((case.body, case.path_parameters, case.query)).encode("utf-8", "replace"))
            if knows and case.meta and case.meta.generation.mode.is_positive and n & 1 and case.operation.label in TRUE:
                TRUE[case.operation.label](place, case, n >> 1)

        @schemathesis.check
        def says_no_more_than_it_may(_ctx: Any, response: schemathesis.Response, case: schemathesis.Case) -> None:
            _checked(place, response, case)

        try:
            print(f"{db}, seed {seed}; as a device that signs", flush=True)
            schemathesis.auth.set_from_requests(Signing(place))
            clean = _run(place, examples, seed, "--generation-with-security-parameters", "false")
            found = [] if clean else ["findings above, signed"]
            found += [f"{label} took nothing" for label, statuses in place.seen.items() if not statuses[200]]
            print("as a stranger, who signs nothing", flush=True)
            auths.unregister()
            knows = False
            found += [] if _run(place, examples, seed) else ["findings above, unsigned"]
            found += [f"{label} took a stranger" for label, statuses in place.seen.items() if statuses[200] and label not in OPEN]
        finally:
            place.close()
        told = [line for line in place.server.told().splitlines() if not line.endswith(PROBE)]
        found += ["the server wrote to its log:", *told[-40:]] if told else []
    print("\n".join(found) or "nothing found")
    return 1 if found else 0
