"""A 村级公示 from records to paper: no full number of a person comes through, whoever types it and wherever."""

from __future__ import annotations

import re
import unicodedata

import pypdfium2 as pdfium
import pytest

from models.errors import RuleError
from models.records import Cell, Record
from models.services import filling, people, printing
from models.services.desk import Desk, office_name, put_setting
from models.services.filling import Subject
from tests.conftest import SIBLING, VILLAGE, DeskFactory

ID, PHONE, SECOND, BANK, PASSPORT = "412327198603150026", "13800000042", "13800000099", "6217000000000000123", "E12345678"
SECRETS = (ID, PHONE, BANK)
ASKS = ("matter", "ground", "standard", "amounts", "from", "days")
PARTED = {
    "whole": lambda n: n,
    "blanks": lambda n: f"{n[:4]} {n[4:8]} {n[8:]}",
    "two blanks": lambda n: f"{n[:6]}  {n[6:]}",
    "lines": lambda n: f"{n[:9]}\n{n[9:]}",
    "wide": lambda n: "".join(chr(ord(c) + 0xFEE0) for c in n),
    "hyphens": lambda n: f"{n[:6]}-{n[6:]}",
    "in words": lambda n: f"身份证{n}，已核",
}


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    made = desk_factory(VILLAGE)
    put_setting(made, "office.phone", "0370-0000000")
    put_setting(made, "office.supervision_phone", "13900000001")
    return made


def person(desk: Desk, name: str = "钱䶮", village: str = VILLAGE) -> Record:
    """Somebody of whom everything is known, also where it does not belong."""
    cells = {
        "name": name, "id_number": ID, "phone": PHONE, "phone2": SECOND, "bank_account": BANK, "wechat": PHONE, "bank_name": name,
        "note": f"卡号{BANK}，电话{PHONE}", "address": f"前街3号 {PHONE}", "specialty": ID, "born_on": "1986-03-15",
    }  # fmt: skip
    return people.save(desk, None, {k: Cell.of(v) for k, v in cells.items()}, village)


def printed(desk: Desk, who: list[Record], **asks: str) -> str:
    extra = {"ask.matter": "开业补贴拟发放对象", **{f"ask.{k}": v for k, v in asks.items()}}
    with pdfium.PdfDocument(printing.preview(desk, "public.notice", [p.id for p in who], extra)) as document:
        text = "".join(page.get_textpage().get_text_range() for page in document)
        text += "".join(str(document.get_metadata_dict()))
    return re.sub(r"[\s\u3000,，-]", "", unicodedata.normalize("NFKC", text))


def printed_or_refused(desk: Desk, who: list[Record], **asks: str) -> str:
    """What the wall shows, or the sentence that says why there is nothing to put up."""
    try:
        return printed(desk, who, **asks)
    except RuleError as e:
        return e.sentence


def test_of_a_person_only_name_and_village_are_handed_over(desk: Desk) -> None:
    what = printing.form("public.notice")
    assert what.public
    sheet = printing.sheet(Subject(desk, extra={"ask.matter": "补贴"}, people=[person(desk)]), what)
    (row,) = sheet.rows["public.people"]
    assert sorted(row) == ["id", "name", "no", "sum", "village", "words"]  # the id is for the log, see below
    assert not [t for t in sheet.texts() for s in (*SECRETS, SECOND) if s in t]
    assert "1986" not in "".join(sheet.texts())


def test_no_number_of_the_record_is_on_the_paper(desk: Desk) -> None:
    text = printed(desk, [person(desk), person(desk, "赵㛃")], amounts="钱䶮 5000\n赵㛃 6000")
    assert "钱䶮" in text
    assert not [s for s in (*SECRETS, SECOND, "1986") if s in text]
    assert not [i for i in people.ids(desk) if i in text.replace("\n", "")]
    assert "13900000001" in text  # the office's own


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("way", PARTED)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_number_that_is_typed_anywhere_is_masked_or_refused(desk: Desk, ask: str, way: str, secret: str) -> None:
    typed = PARTED[way](secret)
    one = person(desk)
    for said in (typed, f"钱䶮 {typed}", f"钱䶮 补贴{typed} 5000"):
        assert secret not in printed_or_refused(desk, [one], **{ask: said})


def test_a_number_in_a_name_is_masked(desk: Desk) -> None:
    for name in (f"钱䶮{ID}", f"钱䶮{PHONE}", f"钱䶮 {BANK}"):
        text = printed(desk, [person(desk, name)])
        assert "钱䶮" in text
        assert not [s for s in SECRETS if s in text]


def test_the_paper_can_show_numbers_at_all(desk: Desk) -> None:
    """Else the tests above would prove nothing: the roster of the same person has them in full."""
    pdf = printing.preview(desk, "roster.people", [person(desk).id], {})
    with pdfium.PdfDocument(pdf) as document:
        text = document[0].get_textpage().get_text_range()
    assert ID in text
    assert PHONE in text


def rows(desk: Desk, who: list[Record], **asks: str) -> list[tuple[str, str, str]]:
    s = Subject(desk, extra={f"ask.{k}": v for k, v in asks.items()}, people=who)
    found = filling.rows(s, "public.people", ("name", "words", "sum"))
    return [(r["name"].text, r["words"].text, r["sum"].text or r["sum"].state) for r in found]


def test_sums_go_to_those_whose_names_begin_the_lines(desk: Desk) -> None:
    who = [person(desk, n) for n in ("钱䶮", "赵㛃", "钱䶮", "钱䶮一", "吴𬀩")]
    typed = "钱䶮 5000\n\n赵㛃　运营补贴 3,200.5\n钱䶮一 6000元\n钱䶮 返乡创业之星"
    assert rows(desk, who, amounts=typed, standard="一次性补贴") == [
        ("钱䶮", "一次性补贴", "5,000.00"), ("赵㛃", "运营补贴", "3,200.50"), ("钱䶮", "返乡创业之星", "u"),
        ("钱䶮一", "一次性补贴", "6,000.00"), ("吴𬀩", "一次性补贴", "u"),
    ]  # fmt: skip
    s = Subject(desk, extra={"ask.amounts": typed}, people=who)
    assert filling.cell(s, "public.total").text == "14,200.50元（大写：壹万肆仟贰佰元伍角整）"


def test_without_sums_there_is_no_column_for_them(desk: Desk) -> None:
    who = [person(desk)]
    assert rows(desk, who) == [("钱䶮", "", "k")]
    assert "金额" not in printed(desk, who)
    assert "合计" not in printed(desk, who)
    assert "金额(元)" in printed(desk, who, amounts="钱䶮 5000")


@pytest.mark.parametrize("typed", ["赵㛃 5000", "钱䶮 5000\n钱䶮 6000", "5000"])
def test_a_line_that_fits_nobody_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(RuleError, match=f"第 {typed.count(chr(10)) + 1} 行的姓名"):
        rows(desk, [person(desk)], amounts=typed)


@pytest.mark.parametrize("typed", ["钱䶮 0", "钱䶮 -5", "钱䶮 13800000042", f"钱䶮 {BANK}"])
def test_a_sum_that_cannot_be_one_is_refused(desk: Desk, typed: str) -> None:
    with pytest.raises(RuleError, match="第 1 行"):
        rows(desk, [person(desk)], amounts=typed)


@pytest.mark.parametrize(
    ("start", "days", "shown"),
    [
        ("2026-02-12", "", "2026年2月12日至2026年2月26日（5个工作日，自公示次日起计算）"),
        ("2026年11月24日", "7", "2026年11月24日至2026年12月3日（7个工作日，自公示次日起计算）"),
        ("2026-12-25", "5", "2026年12月25日至2027年1月4日（5个工作日，自公示次日起计算，按预测日历）"),
    ],
)
def test_the_period_is_of_working_days(desk: Desk, start: str, days: str, shown: str) -> None:
    s = Subject(desk, extra={"ask.from": start, "ask.days": days}, people=[person(desk)])
    assert filling.cell(s, "public.period").text == shown
    assert filling.cell(s, "public.date").text == shown.split("至")[0]


@pytest.mark.parametrize(("name", "typed"), [("days", "五天"), ("days", "0"), ("days", "61"), ("from", "2026年"), ("from", "明儿")])
def test_a_period_that_is_none_is_refused(desk: Desk, name: str, typed: str) -> None:
    with pytest.raises(RuleError):
        printed(desk, [person(desk)], **{name: typed})


def test_the_village_signs_for_its_own_and_the_office_for_several(desk_factory: DeskFactory) -> None:
    desk = desk_factory()
    one, other = person(desk), person(desk, "赵㛃", SIBLING)
    alone = filling.cell(Subject(desk, people=[one, one]), "public.sign").text
    assert re.fullmatch(r"\S+(镇|乡|街道)\S+(村村民委员会|居民委员会)", alone)
    both = filling.cell(Subject(desk, people=[one, other]), "public.sign").text
    assert both == office_name(desk)
