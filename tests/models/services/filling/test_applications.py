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
