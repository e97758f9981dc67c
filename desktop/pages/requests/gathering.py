"""What the view of a request shows, gathered in a worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from desktop.pages.requests import words
from models.catalog import flow
from models.records import Record
from models.services import desk as desks
from models.services import people, refusals, requests, syncing
from models.services.desk import Desk


@dataclass
class Case:
    """What the view shows, gathered in a worker."""

    request: Record
    person: Record | None
    item: Any
    state: flow.CaseState
    events: list[Record]
    referrals: list[Record]
    actions: tuple[requests.Action, ...]
    sync: str
    offices: dict[str, str]
    refused: dict[str, tuple[tuple[str, str], ...]]  # (field, reason) pairs by the id of the request, step or referral
    restorable: set[str]  # of these, what was deleted in the meantime and may be brought back
    left: bool  # it is another office's by now
    typed: dict[str, str] = field(compare=False)  # what was typed and not sent, by the id of the request or referral


def gather(desk: Desk, request_id: str) -> Case | None:
    request = people.records(desk, [request_id], "request").get(request_id)
    if request is None:
        return None
    events, referrals = requests.events(desk, request_id), requests.referrals(desk, request_id)
    codes_ = {e.office for e in events} | {r.bureau for r in referrals}
    try:
        item = requests.item_of(desk, request)
    except Exception:  # an item of a newer version: the case is shown by its code
        item = None
    found = refusals.refused_of(desk, request_id)
    refused = {x.record_id: x.errors for x in found}
    restorable = {x.record_id for x in found if x.restorable}
    left = refusals.has_left(desk, request_id)
    return Case(
        request, people.get(desk, request.person_id), item, requests.case(desk, request), events, referrals,
        () if left else requests.allowed(desk, request), syncing.record_state(desk, request_id), {c: desks.office_name(desk, c) for c in codes_},
        refused, restorable, left, words.read(desk, [request_id, *(r.id for r in referrals)]),
    )  # fmt: skip
