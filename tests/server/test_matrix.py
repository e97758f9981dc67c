"""Every endpoint, by every role, on the records of every place: nothing is read, written or hinted at out of scope.

What a role may see is written out here by hand, and not asked of the code that decides it. A new endpoint fails the
first test until it has a row in PROBES.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyrage
import pytest
from fastapi import FastAPI
from msgspec.structs import replace
from sqlalchemy import select, update

from models.base import new_id, stamp
from models.sync import columns, enrol, keys, parcel, sealing, wire
from models.tables import ENTITIES
from models.tables.system import CHUNK, DEVICE, EVENT
from server.app import make_app
from server.setup import prepare
from tests.conftest import BUREAU, COUNTY, SIBLING, TOWNSHIP, VILLAGE
from tests.server.calling import Caller, Http, json_of, plain

FOREIGN = "411421001001"
PLACES = {"village": VILLAGE, "sibling": SIBLING, "township": TOWNSHIP, "county": COUNTY, "foreign": FOREIGN}
ROLES = {"village": VILLAGE, "township": TOWNSHIP, "county": COUNTY, "bureau": BUREAU, "revoked": TOWNSHIP, "unknown": TOWNSHIP}
SEES: dict[str, set[str]] = {
    "village": {"village"}, "township": {"village", "sibling", "township"},
    "county": {"village", "sibling", "township", "county"}, "bureau": {"village"}, "revoked": set(), "unknown": set(),
}  # fmt: skip
PART = b"\xff\xd8" + b"scan" * 100


class World:
    """Every place has a person, a request and an attached scan; the village's request was referred to the bureau."""

    def __init__(self, folder: Path) -> None:
        self.store, self.own = prepare(f"sqlite:///{folder / 'county.db'}", "127.0.0.1")
        self.app: FastAPI = make_app(self.store, self.own)
        self.http = Http(self.app)
        self.writers = {place: self.caller(office) for place, office in PLACES.items()}
        self.persons = {place: new_id() for place in PLACES}
        self.requests = {place: new_id() for place in PLACES}
        self.scans = {place: new_id() for place in PLACES}
        for place, writer in self.writers.items():
            self._fill(place, writer)
        referral = {"request_id": self.requests["village"], "bureau": BUREAU, "ask": "请办", "sent_on": "2026-11-24", "due_on": "2026-12-01"}
        assert self.writers["county"].push(self.writers["county"].event("referral", new_id(), referral, village=VILLAGE)) == []

    def caller(self, office: str, *, enrolled: bool = True) -> Caller:
        return Caller(self.http, self.store, self.own, office, enrolled=enrolled)

    def _fill(self, place: str, writer: Caller) -> None:
        scan = {"owner_entity": "request", "owner_id": self.requests[place], "title": f"证件{place}.jpg", "media_type": "image/jpeg",
                "size": len(PART), "sha256": keys.fingerprint(PART), "parts": keys.fingerprint(PART)}  # fmt: skip
        asked = {"person_id": self.persons[place], "item": "request_help", "text": f"求助{place}", "received_on": "2026-11-24"}
        assert writer.push(
            writer.event("person", self.persons[place], {"name": f"王小雁{place}", "phone": "13900000001"}),
            writer.event("request", self.requests[place], asked), writer.event("attachment", self.scans[place], scan),
        ) == []  # fmt: skip
        said = writer.call("PUT", f"/v1/attachments/{self.scans[place]}/parts/0", PART)
        assert said.status_code == 200, said.text

    def role(self, name: str) -> Caller:
        made = self.caller(ROLES[name], enrolled=name != "unknown")
        if name == "revoked":
            with self.store.transaction() as conn:
                conn.execute(update(DEVICE).where(DEVICE.c.id == made.device), {"revoked_at": stamp()})
        return made

    def stands(self) -> str:
        """Every record and every part, as one hash: what a refusal must not change."""
        found = hashlib.sha256()
        with self.store.read() as conn:
            for table in [*(ENTITIES[e].table for e in ("person", "request", "attachment", "referral")), CHUNK]:
                for row in conn.execute(select(table).order_by(*table.primary_key.columns)):
                    found.update(repr(tuple(row)).encode())
        return found.hexdigest()

    def secrets(self, place: str) -> list[str]:
        return [self.persons[place], self.requests[place], self.scans[place], f"王小雁{place}", f"求助{place}", f"证件{place}"]


def _made(folder: Path) -> Iterator[World]:
    made = World(folder)
    yield made
    made.http.close()
    made.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """One that a test may change."""
    yield from _made(tmp_path)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One that every test leaves as it was."""
    yield from _made(tmp_path_factory.mktemp("matrix"))


Probe = Callable[[World, Caller, str, str, str, str], Any]


def _records(w: World, c: Caller, person: str, _request: str, _scan: str, _village: str) -> Any:
    said = c.call("GET", "/v1/records?after=0&limit=5000")
    if said.status_code != 200:
        return said
    items = wire.read_page(said.content, w.own.public)[1]
    return [columns.msgspec.to_builtins(i) for i in items if person in (i.id, *(str(v) for v in i.wire.values()))]


def _batches(w: World, c: Caller, person: str, request: str, scan: str, _village: str) -> Any:
    if c.session == "nobody":
        return c.call("POST", "/v1/batches", b"x")
    events = [
        c.event("person", person, {"wechat": "冒充"}, "update"), c.event("person", person, {}, "delete"),
        c.event("household", person, {"head_name": "甲"}, "update"), c.event("request", request, {"text": "改"}, "update"),
        c.event("attachment", scan, {}, "delete"), replace(c.event("person", person, {"wechat": "x"}, "update"), actor="长" * 99),
        replace(c.event("request", person, {"text": "x"}, "update"), at="yesterday"), c.event("person", person, {"wechat": "冒充"}, "update", village=FOREIGN),
    ]  # fmt: skip
    body = wire.pack_batch(c.device, c.private, events)
    said = c.call("POST", "/v1/batches", body)
    if said.status_code != 200:
        c.seq -= len(events)
        return said
    return [(o.seq - c.seq, o.status, o.errors, o.wire, o.digest, o.deleted) for o in wire.read_receipt(said.content, w.own.public).exceptions]


def _parcels(w: World, c: Caller, person: str, _request: str, _scan: str, _village: str) -> Any:
    """Carried for the writer of the place: the answer is for that writer's eyes alone; a forged one is taken by nobody."""
    owner = next((w.writers[p] for p, i in w.persons.items() if i == person), w.writers["foreign"])
    with w.store.transaction() as conn:
        to = sealing.own_key(conn)[1]
    theirs, mine = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    for private in (c.private, owner.private):
        ask = parcel.Ask(w.own.id, owner.device, 1, owner.seq, 0, str(theirs.to_public()), stamp())
        head = parcel.Head("batch", w.own.id, owner.device, owner.office, "A", 1, owner.seq, stamp())
        said = c.call("POST", "/v1/parcels", parcel.pack(head, [parcel.state("ask", ask, private)], [to]))
        if private is c.private and c.session != "nobody":
            assert said.json()["code"] in ("parcel.signature", "device.revoked")
    if said.status_code != 200:
        return said
    answer = parcel.peek(said.content)
    with pytest.raises(Exception, match="打不开"):
        parcel.parts_of(said.content, answer, str(mine))
    return "sealed"


def _compare(w: World, c: Caller, _person: str, _request: str, _scan: str, village: str) -> Any:
    said = c.call("POST", "/v1/compare", json_of({"totals": {}, "parts": [["person", village, ""], ["request", village, ""]]}))
    return said if said.status_code != 200 else columns.msgspec.json.decode(plain(said.content, w.own))["parts"]


def _wanted(w: World, c: Caller, person: str, request: str, scan: str, _village: str) -> Any:
    ids = [["person", person], ["request", request], ["attachment", scan], ["person", request]]
    said = c.call("POST", "/v1/compare/wanted", json_of(ids))
    return said if said.status_code != 200 else plain(said.content, w.own)


def _returned(w: World, c: Caller, person: str, request: str, _scan: str, _village: str) -> Any:
    body = json_of([["person", person, {"name": ["k", "冒充"]}, False], ["request", request, {}, True]])
    said = c.call("POST", "/v1/compare/returned", body)
    return said if said.status_code != 200 else sorted(columns.msgspec.json.decode(plain(said.content, w.own)).values())


def _enrol(w: World, c: Caller, person: str, _request: str, _scan: str, _village: str) -> Any:
    """A ticket's number without its secret opens nothing, whether there is such a ticket or not."""
    with w.store.transaction() as conn:
        ticket = enrol.issue(conn, w.own, VILLAGE, "https://127.0.0.1:1").id
    body = {"ticket": ticket if person in w.persons.values() else new_id(), "secret": "x", "device": c.device, "name": "x",
            "public_key": "", "proof": ""}  # fmt: skip
    return c.http.post("/v1/enrol", json=body)


PROBES: dict[tuple[str, str], Probe] = {
    ("GET", "/openapi.json"): lambda w, c, p, r, s, v: c.call("GET", "/openapi.json"),
    ("GET", "/v1/challenge"): lambda w, c, p, r, s, v: sorted(c.call("GET", "/v1/challenge").json()),
    ("POST", "/v1/hello"): lambda w, c, p, r, s, v: c.hello().status_code,
    ("POST", "/v1/enrol"): _enrol,
    ("POST", "/v1/batches"): _batches,
    ("POST", "/v1/parcels"): _parcels,
    ("GET", "/v1/records"): _records,
    ("POST", "/v1/attachments/missing"): lambda w, c, p, r, s, v: c.call("POST", "/v1/attachments/missing", json_of({"ids": [s]})),
    ("PUT", "/v1/attachments/{attachment}/parts/{number}"): lambda w, c, p, r, s, v: c.call("PUT", f"/v1/attachments/{s}/parts/0", b"x"),
    ("GET", "/v1/attachments/{attachment}/parts/{number}"): lambda w, c, p, r, s, v: c.call("GET", f"/v1/attachments/{s}/parts/0"),
    ("GET", "/v1/attachments/{attachment}/receipt"): lambda w, c, p, r, s, v: c.call("GET", f"/v1/attachments/{s}/receipt"),
    ("POST", "/v1/compare"): _compare,
    ("POST", "/v1/compare/wanted"): _wanted,
    ("POST", "/v1/compare/returned"): _returned,
}
OPEN = {("GET", "/openapi.json"), ("GET", "/v1/challenge"), ("POST", "/v1/enrol")}  # the same to everybody
CARRIED = {("POST", "/v1/parcels")}  # whoever carries it, its answer is sealed to its writer


def test_every_endpoint_has_its_row(lasting: World) -> None:
    there = {(m, r.path) for r in lasting.app.routes for m in r.methods - {"HEAD"}}  # type: ignore[attr-defined]
    assert there == set(PROBES), "a new endpoint needs a row in PROBES"


def _said(answer: Any) -> Any:
    return (answer.status_code, answer.content) if hasattr(answer, "status_code") else answer


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("endpoint", PROBES, ids=lambda e: " ".join(e))
def test_not_yours_is_answered_like_not_there(lasting: World, role: str, endpoint: tuple[str, str]) -> None:
    world = lasting
    who, probe, before = world.role(role), PROBES[endpoint], world.stands()
    nothing = _said(probe(world, who, new_id(), new_id(), new_id(), "411424999201"))
    for place in PLACES:
        seen = place in SEES[role]
        if seen and endpoint not in CARRIED | OPEN:
            continue
        args = (world.persons[place], world.requests[place], world.scans[place], PLACES[place])
        said = _said(probe(world, who, *args))
        assert said == nothing, place
        assert world.stands() == before, f"{place} was changed"
        assert not any(s in str(said) for s in world.secrets(place))
    if role in ("revoked", "unknown") and endpoint not in OPEN:
        assert (nothing[0] if isinstance(nothing, tuple) else nothing) == (403 if role == "revoked" else 401)


@pytest.mark.parametrize("role", ["village", "township", "county", "bureau"])
def test_what_is_yours_is_answered(world: World, role: str) -> None:
    """The other half: the probes do reach what the role may see, or the test above would prove nothing."""
    who = world.role(role)
    for place in SEES[role]:
        args = (world.persons[place], world.requests[place], world.scans[place], PLACES[place])
        nothing = (new_id(), new_id(), new_id(), "411424999201")
        for endpoint in set(PROBES) - OPEN - CARRIED - {("POST", "/v1/hello"), ("POST", "/v1/attachments/missing")}:
            if endpoint == ("POST", "/v1/batches"):
                continue  # it changes what the others look at: last
            if endpoint == ("POST", "/v1/compare") and PLACES[place] == who.office == BUREAU:
                continue
            assert _said(PROBES[endpoint](world, who, *args)) != _said(PROBES[endpoint](world, who, *nothing)), (endpoint, place)
        batch = ("POST", "/v1/batches")
        assert PROBES[batch](world, who, *args) != PROBES[batch](world, who, *nothing), place
    with world.store.read() as conn:
        assert conn.execute(select(EVENT.c.seq).where(EVENT.c.device == who.device)).first()


def test_a_pull_holds_what_the_role_may_see_and_not_a_word_more(lasting: World) -> None:
    for role in ("village", "township", "county", "bureau"):
        said = plain(lasting.role(role).call("GET", "/v1/records?after=0&limit=5000").content, lasting.own)
        for place in PLACES:
            shown = [s for s in lasting.secrets(place) if s in said]
            assert shown == (lasting.secrets(place) if place in SEES[role] else []), (role, place)


