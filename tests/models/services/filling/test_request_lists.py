"""A list of requests leaves white what is not there yet, and says what is."""

from __future__ import annotations

import pytest

from models.records import Cell
from models.services import filling, people, printing, requests
from models.services.desk import Desk
from models.services.filling import Subject
from tests.conftest import TOWNSHIP, VILLAGE, DeskFactory


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(TOWNSHIP, "王𡋾")


def request(desk: Desk) -> str:
    person = people.save(desk, None, {"name": Cell.of("钱䶮"), "phone": Cell.of("13800000042")}, VILLAGE).id
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    return requests.submit(desk, person, item.code, {"text": Cell.of("咨询开店手续")}, answers=answers).id


def texts(desk: Desk, request_id: str) -> dict[str, str]:
    s = Subject(desk, requests=[people.must_get(desk, request_id, "request")])
    wants = ("no", "number", "person.name", "state", "due_listed", "outcome", "called_on", "answered", "called_by")
    (row,) = filling.rows(s, "requests", wants)
    assert {c.state for c in row.values()} == {"k"}
    return {name: c.text for name, c in row.items()}


def test_a_list_says_how_far_a_request_is(desk: Desk) -> None:
    one = request(desk)
    begun = texts(desk, one)
    assert (begun["no"], begun["person.name"]) == ("1", "钱䶮")
    assert (begun["outcome"], begun["called_on"], begun["answered"], begun["called_by"]) == ("", "", "", "")
    requests.act(desk, one, "accept")
    assert texts(desk, one)["due_listed"].startswith("20")
    assert texts(desk, one)["outcome"] == ""
    requests.act(desk, one, "close", "已当面答复。", {"result": "已当面答复。"})
    requests.act(desk, one, "revisit", "", {"satisfaction": "satisfied"})
    ended = texts(desk, one)
    assert ended["outcome"] == "已当面答复。"
    assert ended["called_on"].startswith("20")
    assert ended["called_by"] == "王𡋾"
    assert ended["answered"]


def test_a_ledger_is_printed_from_the_records(desk: Desk) -> None:
    ids = [request(desk), request(desk)]
    for code in ("roster.requests", "roster.callbacks"):
        assert printing.preview(desk, code, ids).startswith(b"%PDF")
