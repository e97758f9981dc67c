"""What an application says is reckoned from what was typed for it and from the person's own record, and from nothing else."""

from __future__ import annotations

from typing import Any

import pypdfium2 as pdfium
import pytest

import forms
from forms.base import Cell as Printed
from forms.base import Sheet
from forms.registry import get
from models import catalog
from models.records import Cell
from models.services import filling, people, requests
from models.services.desk import Desk
from models.services.filling import Subject
from tests.conftest import VILLAGE, DeskFactory

PAPERS = {i.forms[0]: i.code for i in catalog.load() if i.forms[0].startswith("apply.")}


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


def applicant(desk: Desk, **more: str) -> str:
    cells = {"name": "孙𬘫", "sex": "2", "phone": "13800000042", "address": "慈圣镇后梁楼村前街3号", **more}
    return people.save(desk, None, {k: Cell.of(v) for k, v in cells.items()}, VILLAGE).id


def subject(desk: Desk, item: str, person: str | None = None, **answers: Any) -> Subject:
    """A request with the item's required samples and those answers; None takes one away."""
    person = person or applicant(desk)
    what = next(i for i in requests.items(desk) if i.code == item)
    given = {f.name: what.sample[f.name] for f in what.fields if f.required} | answers
    cells = {"text": Cell.of("申请")}
    made = requests.submit(desk, person, item, cells, answers={k: v for k, v in given.items() if v is not None})
    return Subject(desk, people.must_get(desk, person), made)


def text(s: Subject, name: str) -> str:
    found = filling.cell(s, name)
    return found.text if found.state == "k" else f"[{found.state}]{found.text}"


@pytest.mark.parametrize(("code", "item"), PAPERS.items(), ids=PAPERS)
def test_a_whole_case_leaves_nothing_uncollected_that_the_item_asks_for(desk: Desk, code: str, item: str) -> None:
    """Every cell of the item's own on the paper is a field of the item; with its sample the paper can be printed."""
    what, form = next(i for i in requests.items(desk) if i.code == item), get(code)
    fields = {f.name for f in what.fields}
    named = {name.split(".", 1)[1] for name in form.wants if name.startswith(("field.", "wan."))}
    assert named <= fields
    s = subject(desk, item, **what.sample)
    cells = {name: filling.cell(s, name) for name in form.wants}
    for name, cell in cells.items():
        if name.startswith(("field.", "wan.", "apply.", "pay.")):
            assert (name, cell.state) == (name, "k")
    rows = {name: filling.rows(s, name, wants) for name, wants in form.row_wants.items()}
    assert all(set(form.row_wants[name]) <= set(row) for name, each in rows.items() for row in each)
    assert all(rows.values())
    pdf = forms.render(code, [Sheet(cells, rows)])
    with pdfium.PdfDocument(pdf) as document:
        shown = "".join(page.get_textpage().get_text_range() for page in document)
    assert "孙𬘫" in shown


def test_the_sum_in_words_is_of_the_sum_that_was_typed(desk: Desk) -> None:
    assert text(subject(desk, "money.opening", amount=500050), "apply.capital") == "伍仟元伍角整"


def test_the_account_is_the_persons_own_until_the_request_says_another(desk: Desk) -> None:
    known = applicant(desk, bank_account="6210000000000000019", bank="示例农商银行")
    s = subject(desk, "money.opening", known)
    assert [text(s, f"pay.{n}") for n in ("name", "bank", "account")] == ["孙𬘫", "示例农商银行", "6210000000000000019"]
    other = subject(desk, "money.opening", known, bank_name="孙纟林", account="6210000000000000001")
    assert [text(other, f"pay.{n}") for n in ("name", "bank", "account")] == ["孙纟林", "示例农商银行", "6210000000000000001"]
    unknown = subject(desk, "money.opening", applicant(desk, name="钱䶮"))
    assert [text(unknown, f"pay.{n}") for n in ("name", "account")] == ["[u]", "[u]"]


def test_the_county_is_of_the_persons_village(desk: Desk) -> None:
    assert text(subject(desk, "money.opening"), "apply.county") == "柘城县"
    assert filling.cell(Subject(desk), "apply.county") == Printed("所属县（市、区）", "柘城县")


def test_a_subsidy_is_reckoned_by_share_and_cap_and_what_was_granted_before(desk: Desk) -> None:
    paid = {"property": 60001, "cleaning": 30000, "rent": 1200000, "utilities": 240000}
    s = subject(desk, "money.operating", share=50, cap=1000000, received=300000, **paid)
    assert text(s, "apply.fees_total") == "15,300.01"
    assert text(s, "apply.fees_granted") == "7,650.00"  # half a cent is cut
    assert (text(s, "apply.granted"), text(s, "apply.granted_capital")) == ("7,000.00", "柒仟元整")
    fees = filling.rows(s, "apply.fees", ("name", "vouchers", "amount", "share", "granted"))
    assert [(r["amount"].text, r["share"].text, r["granted"].text) for r in fees][2:] == [
        ("12,000.00", "50%", "6,000.00"),
        ("2,400.00", "50%", "1,200.00"),
    ]
    all_had = subject(desk, "money.operating", share=50, cap=1000000, received=1200000, **paid)
    assert text(all_had, "apply.granted") == "0.00"


def test_what_is_not_known_of_the_rule_is_not_reckoned_with(desk: Desk) -> None:
    """No share, no cap or no word of earlier grants: the paper says so, and never takes them for nought."""
    no_share = subject(desk, "money.operating", rent=1200000, cap=1000000, received=0)
    assert [text(no_share, f"apply.{n}") for n in ("fees_total", "fees_granted", "granted")] == ["12,000.00", "[u]", "[u]"]
    no_cap = subject(desk, "money.operating", rent=1200000, share=50, received=0)
    assert [text(no_cap, f"apply.{n}") for n in ("fees_granted", "granted", "granted_capital")] == ["6,000.00", "[u]", "[u]"]
    untold = subject(desk, "money.operating", rent=1200000, share=50, cap=1000000)
    assert text(untold, "apply.granted") == "[v]6,000.00"
    assert text(untold, "apply.granted_capital") == "[v]陆仟元整"
    fees = filling.rows(untold, "apply.fees", ())
    assert [r["amount"].state for r in fees] == ["u", "u", "k", "u"]


def test_the_spouse_is_the_family_member_who_is_one(desk: Desk) -> None:
    known = applicant(desk)
    assert text(subject(desk, "money.loan", known), "spouse.name") == "[u]"
    own = people.save(desk, None, {"name": Cell.of("李𬭎"), "phone": Cell.of("13800000043"), "income": Cell.of(6000000)}, VILLAGE)
    people.save_member(desk, known, None, {"name": Cell.of("孙小苗"), "relation": Cell.of("20")})
    wife = {"name": Cell.of("李𬭎"), "relation": Cell.of("11"), "employer": Cell.of("示例商行"), "linked_person_id": Cell.of(own.id)}
    people.save_member(desk, known, None, wife)
    s = subject(desk, "money.loan", known)
    names = ("name", "employer", "phone", "income", "id_number")
    assert [text(s, f"spouse.{n}") for n in names] == ["李𬭎", "示例商行", "13800000043", "60,000.00", "[u]"]
    said = subject(desk, "money.loan", known, spouse="周𫖯", spouse_income=100)
    assert [text(said, f"spouse.{n}") for n in ("name", "income", "phone")] == ["周𫖯", "1.00", "[u]"]


def test_a_sum_in_wan_is_exact(desk: Desk) -> None:
    whole = subject(desk, "money.fund", investment=65000000)
    assert text(whole, "wan.investment") == "65"
    assert text(subject(desk, "money.fund", investment=123456), "wan.investment") == "0.123456"
    assert text(subject(desk, "money.fund", investment=100000000000), "wan.investment") == "100000"
    assert text(subject(desk, "money.fund"), "wan.investment") == "[u]"
