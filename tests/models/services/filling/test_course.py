"""What the steps of a request leave for its papers: from real records, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forms.base import Sheet
from forms.registry import get
from models.base import local_date
from models.catalog import flow
from models.records import Cell
from models.services import people, printing, requests, specs
from models.services.desk import Desk
from models.services.filling import Subject
from models.services.people import must_get
from tests.conftest import BUREAU, COUNTY, VILLAGE, DeskFactory


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def case(desk: Desk, code: str = "money.loan") -> str:
    """A request with the first of its materials."""
    person = people.save(desk, None, {"name": Cell.of("钱䶮"), "phone": Cell.of("13800000042")}, VILLAGE).id
    item = next(i for i in requests.items(desk) if i.code == code)
    given = {m.name: True for m in item.materials[:1]}
    return requests.submit(desk, person, code, {"text": Cell.of("想贷款")}, answers=dict(item.sample), materials=given).id


def sheet(desk: Desk, code: str, request_id: str) -> Sheet:
    request = must_get(desk, request_id, "request")
    return printing.sheet(Subject(desk, must_get(desk, request.person_id), request), get(code))


def today() -> str:
    return specs.long_date(local_date())


def test_a_supplement_says_what_is_missing_and_until_when_also_after_it_came(desk: Desk) -> None:
    one = case(desk)
    assert sheet(desk, "slip.supplement", one).cell("supplement.by").state == "u"
    requests.act(desk, one, "supplement", "第一次说的")
    requests.act(desk, one, "supplied")
    asked = requests.act(desk, one, "supplement", "请补租赁合同")
    by = requests.case(desk, asked).supplement_by
    assert by is not None
    waiting = sheet(desk, "slip.supplement", one)
    assert (waiting.known("supplement.text"), waiting.known("supplement.on")) == ("请补租赁合同", today())
    assert waiting.known("supplement.by") == specs.long_date(by.date)
    assert waiting.known("supplement.forecast") == ("按预测日历" if by.forecast else "")
    assert [row["given"].text for row in waiting.each("request.materials")][:2] == ["是", "否"]
    supplied = requests.act(desk, one, "supplied")
    assert requests.case(desk, supplied).supplement_by is None
    assert sheet(desk, "slip.supplement", one).known("supplement.by") == waiting.known("supplement.by")


def test_a_refusal_that_was_taken_back_is_on_no_paper(desk: Desk) -> None:
    one = case(desk)
    requests.act(desk, one, "reject", "不在本县经营")
    made = sheet(desk, "slip.refusal", one)
    assert (made.known("refusal.text"), made.known("refusal.on")) == ("不在本县经营", today())
    assert made.known("office.county_government") == "柘城县人民政府"
    assert made.cell("ask.ground").state == "k"  # a blank for the hand, not 未采集
    assert made.known("ask.ground") == ""
    requests.act(desk, one, "retract", data={"event": requests.events(desk, one)[-1].id})
    assert sheet(desk, "slip.refusal", one).cell("refusal.text").state == "u"


def test_the_answer_is_the_reply_else_the_opinions_of_the_bureaus_else_how_it_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = case(desk)
    requests.act(desk, one, "accept")
    assert sheet(desk, "letter.reply", one).cell("reply.text").state == "u"
    referral = requests.refer(desk, one, BUREAU, "请审核")
    with desk.store.write(desk.account, "承办答复") as unit:
        unit.update("referral", referral.id, {"answer": Cell.of("符合条件")})
    assert sheet(desk, "letter.reply", one).known("reply.text") == "柘城县人力资源和社会保障局：符合条件"

    two = case(desk)
    requests.act(desk, two, "accept")
    with monkeypatch.context() as patch:  # what has come from the county
        patch.setattr(desk.store, "_recognise", lambda conn: None)  # a save would see again whose workspace this is
        patch.setattr(desk.store, "identity", replace(desk.store.identity, office=COUNTY))
        requests.act(desk, two, "reply", "同意推荐")
    assert sheet(desk, "letter.reply", two).known("reply.text") == "同意推荐"

    three = case(desk)
    requests.act(desk, three, "accept")
    requests.act(desk, three, "close", "已告知办理地点")
    assert sheet(desk, "letter.reply", three).known("reply.text") == "已告知办理地点"


def test_each_item_says_what_it_asks_for_and_on_what_ground(desk: Desk) -> None:
    one = case(desk)
    item = next(i for i in requests.items(desk) if i.code == "money.loan")
    made = sheet(desk, "slip.once", one)
    assert made.known("request.ground") == item.ground
    said = [(r["name"].text, r["required"].text == "是", r["note"].text) for r in made.each("request.materials")]
    assert said == [(m.name, m.required, m.note) for m in item.materials]
    assert sheet(desk, "slip.receipt", one).known("request.received_count") == "1"


def test_a_delivery_names_the_papers_given_out_since_the_last_one(desk: Desk, tmp_path: Path) -> None:
    one, out = case(desk), tmp_path / "a.pdf"

    def named() -> list[tuple[str, str]]:
        return [(r["name"].text, r["serial"].text) for r in sheet(desk, "slip.delivery", one).each("request.delivered")]

    assert named() == []
    told = printing.issue(desk, "slip.once", [one], out)
    printing.issue(desk, "register.request", [one], out)  # stays in the office
    requests.act(desk, one, "supplement", "缺租赁合同")
    printing.issue(desk, "slip.supplement", [one], out)
    again = printing.issue(desk, "slip.supplement", [one], out)
    assert named() == [("一次性告知单", told[0]), ("补正告知书", again[0])]
    printing.issue(desk, "slip.delivery", [one], out)
    assert named() == []


def test_each_call_back_that_counts_is_a_row(desk: Desk) -> None:
    one = case(desk)
    requests.act(desk, one, "reject", "重复提出")
    assert sheet(desk, "register.callback", one).each("request.callbacks") == []
    requests.act(desk, one, "revisit", "希望再来电话", {"satisfaction": "fair"})
    requests.act(desk, one, "revisit", "", {"satisfaction": "very"})
    found = sheet(desk, "register.callback", one).each("request.callbacks")
    assert [(r["satisfaction"].text, r["text"].text, r["by"].text) for r in found] == [
        ("一般", "希望再来电话", "李经办"), ("很满意", "", "李经办"),
    ]  # fmt: skip
    assert found[0]["date"].text == today()


@pytest.mark.parametrize("state", [s for s in flow.flow().states if s != "draft"])
def test_the_paper_that_is_due_in_a_state_comes_first_whatever_the_item(state: str) -> None:
    found = flow.papers(state, ("register.request", "slip.acceptance", "apply.of_the_item"))
    assert found[0] == flow.flow().papers[state][0]
    assert len(found) == len(set(found)) > 10
    assert found.index("apply.of_the_item") < found.index("slip.delivery")


def test_every_paper_of_the_course_is_a_form_about_requests() -> None:
    about = {c.code for c in printing.menu() if c.subject in ("request", "requests")}
    named = {code for codes in flow.flow().papers.values() for code in codes}
    assert named <= about
    assert set(flow.delivered()) <= named
    assert set(flow.flow().states) - {"draft"} == set(flow.flow().papers) - {"any", "delivered"}


def test_the_menu_of_a_request_begins_with_what_is_due_and_holds_all(desk: Desk) -> None:
    one = case(desk, "request.consult")
    asked = requests.act(desk, one, "supplement", "请补联系电话")
    offered = [c.code for c in printing.papers_of(desk, asked)]
    assert offered[0] == "slip.supplement"
    assert sorted(offered) == sorted(c.code for c in printing.menu() if c.subject in ("request", "requests"))
    assert printing.papers_of(desk, requests.act(desk, one, "reject", "重复提出"))[0].code == "slip.refusal"
