"""Every paper about people, from records in a desk to the words on the page."""

from __future__ import annotations

from pathlib import Path

import pypdfium2 as pdfium
import pytest
from openpyxl import load_workbook

from forms.masking import mask
from models.fields import State
from models.records import Cell
from models.services import contacts, exporting, people, printing
from models.services.desk import Desk
from tests.conftest import VILLAGE, DeskFactory

ONE = ("register.migrant", "register.returnee", "register.visit", "slip.family", "register.training")
MANY = ("roster.people", "roster.signin", "roster.attendance", "roster.outside", "roster.contacts")
ID, PHONE = "412327198603150026", "13800000042"


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(VILLAGE, "王𡋾")


def known(desk: Desk) -> str:
    """Somebody of whom much is known."""
    cells = {
        "name": "钱䶮", "sex": "1", "id_number": ID, "phone": PHONE, "born_on": "1986-03-15", "address": "前街3号", "out_place": "江苏省常熟市",
        "out_months": 214, "income": 9600000, "trained": True, "return_intent": "willing", "funds_wanted": 20000000,
        "worries": "school,money", "acc_skill": "strong", "acc_skill_note": "会制版", "venture_plan": "办来料加工点", "filled_by": "李𬭎",
    }  # fmt: skip
    person = people.save(desk, None, {k: Cell.of(v) for k, v in cells.items()}, VILLAGE).id
    people.save(desk, person, {"trade": Cell(State.REFUSED)})
    member = {"name": "钱小一", "relation": "20", "born_on": "2012-05-06", "needs": "school", "school": "八年级"}
    people.save_member(desk, person, None, {k: Cell.of(v) for k, v in member.items()})
    for day, text in (("2026-01-05", "想回乡看看。"), ("2026-02-08", "愿意回村办加工点。")):
        contacts.add(desk, person, {k: Cell.of(v) for k, v in {"way": "visit", "on": day, "text": text}.items()})
    return person


def words(desk: Desk, code: str, ids: list[str], **asks: str) -> str:
    pdf = printing.preview(desk, code, ids, {f"ask.{k}": v for k, v in asks.items()})
    with pdfium.PdfDocument(pdf) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
    return "".join(text.split()).replace("\u3000", "")


@pytest.mark.parametrize("code", [*ONE, *MANY])
def test_each_paper_is_filled_from_the_records(desk: Desk, code: str) -> None:
    text = words(desk, code, [known(desk)])
    assert "钱䶮" in text
    shown = mask(PHONE) if printing.form(code).public else PHONE
    assert shown in text or code == "roster.outside"  # whose printed columns have no telephone


def test_paper_and_workbook_list_the_same_people(desk: Desk, tmp_path: Path) -> None:
    chosen = [known(desk)]
    for name, place in (("赵㛃", "柘城县"), ("孙𬘫", "上海市"), ("李𬭎", None), ("周𫖯", "在家")):
        cells = {"name": Cell.of(name), "kind": Cell.of("migrant"), **({"out_place": Cell.of(place)} if place else {})}
        chosen.append(people.save(desk, None, cells, VILLAGE).id)
    for code, ledger, there in (
        ("roster.inside", "transfer-in", {"赵㛃"}), ("roster.outside", "transfer-out", {"钱䶮", "孙𬘫"}),
    ):  # fmt: skip
        text = words(desk, code, chosen)
        assert {n for n in ("钱䶮", "赵㛃", "孙𬘫", "李𬭎", "周𫖯") if n in text} == there
        assert f"选中5人，列入{len(there)}人" in text
        exporting.export(desk, ledger, tmp_path / "a.xlsx")
        rows = [r[0:3] for r in load_workbook(tmp_path / "a.xlsx").active.iter_rows(values_only=True)]
        assert {n for row in rows for n in row if n in ("钱䶮", "赵㛃", "孙𬘫", "李𬭎", "周𫖯")} == there


@pytest.mark.parametrize("code", [*ONE, *(c for c in MANY if c != "roster.outside")])
def test_of_somebody_unknown_nothing_is_made_up(desk: Desk, code: str) -> None:
    person = people.save(desk, None, {"name": Cell.of("赵㛃")}, VILLAGE).id
    text = words(desk, code, [person])
    assert "未采集" in text
    for word in ("周岁", "个月", "元0", "None"):
        assert word not in text.replace("周岁计算", "")


def test_the_register_has_the_family_and_the_units(desk: Desk) -> None:
    text = words(desk, "register.migrant", [known(desk)])
    for word in (ID, "214个月", "96,000.00元", "钱小一", "八年级", "拒绝提供", "李𬭎", "周岁"):
        assert word in text


def test_the_register_of_those_who_come_home_has_intent_and_money(desk: Desk) -> None:
    text = words(desk, "register.returnee", [known(desk)])
    for word in ("200,000.00元", "会制版", "办来料加工点", "有一些较强突出未采集"):
        assert word in text


def test_a_visit_is_printed_with_those_before_it(desk: Desk) -> None:
    text = words(desk, "register.visit", [known(desk)])
    assert text.index("愿意回村办加工点") < text.index("想回乡看看")
    assert "2026年1月5日" in text


def test_what_is_typed_stands_on_the_papers(desk: Desk) -> None:
    one = known(desk)
    assert "县教育体育局" in words(desk, "slip.family", [one], to="县教育体育局")
    assert "就学" in words(desk, "slip.family", [one], to="县教育体育局")
    assert "第4期网创班" in words(desk, "register.training", [one], course="第4期网创班")
    assert "返乡创业座谈会签到表" in words(desk, "roster.signin", [one], title="返乡创业座谈会")
    assert "网创班考勤册" in words(desk, "roster.attendance", [one], title="网创班", days="2")
    assert "意向人员名册" in words(desk, "roster.people", [one], title="意向人员名册")


def test_a_ledger_of_contacts_has_a_row_for_each(desk: Desk) -> None:
    text = words(desk, "roster.contacts", [known(desk)])
    assert text.count("钱䶮") == 2
