"""The ID number: what is an error, what is only a warning, and how it is masked. All numbers are invented."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RuleError
from models.types import idnumber
from models.types.mask import mask_account, mask_id, mask_name, mask_phone


def make(area: str, birth: str, order: str) -> str:
    return area + birth + order + idnumber.check_digit(area + birth + order)


def test_official_example() -> None:
    # The two example numbers of GB 11643-1999.
    first = idnumber.parse("11010519491231002X")
    assert (first.birth, first.sex, first.area) == (date(1949, 12, 31), "2", "110105")
    assert idnumber.parse("440524188001010014").sex == "1"


@pytest.mark.parametrize("area", ["412327", "411424", "412302", "411481"])
def test_local_codes_now_and_retired_give_no_warning(area: str) -> None:
    found = idnumber.parse(make(area, "19850305", "001"))
    assert found.warnings == ()
    assert (found.birth, found.sex) == (date(1985, 3, 5), "1")


def test_foreign_address_is_a_warning_and_never_a_refusal() -> None:
    found = idnumber.parse(make("320581", "19850305", "002"))
    assert found.sex == "2"
    assert "320581" in found.warnings[0]


@pytest.mark.parametrize(
    "typed",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002ｘ",
        " 110105-19491231-002X\u200b",
        "110105　194912310 02X",
    ],
)
def test_ways_of_typing(typed: str) -> None:
    found = idnumber.parse(typed)
    assert found.text == "11010519491231002X"
    assert found.original == typed


def test_fifteen_digits_are_converted_and_kept() -> None:
    found = idnumber.parse("412327850305001")
    assert found.text[:17] == "41232719850305001"
    assert idnumber.parse(found.text).text == found.text
    assert found.original == "412327850305001"
    assert "15 位" in found.warnings[0]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "idnumber.length"),
        ("1101051949123100", "idnumber.length"),
        ("11010519491231002XX", "idnumber.chars"),
        ("110105X9491231002X", "idnumber.chars"),
        ("没带证件", "idnumber.chars"),
        ("110105194913310021", "idnumber.date"),
        ("110105194902300021", "idnumber.date"),
        ("110105194912310021", "idnumber.checksum"),
        ("412327851305001", "idnumber.date"),
    ],
)
def test_refusals(typed: str, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        idnumber.parse(typed)
    assert caught.value.code == code
    assert caught.value.sentence.endswith("。")


def test_birth_after_today_is_refused() -> None:
    number = make("411424", "20270101", "001")
    assert idnumber.parse(number).birth.year == 2027
    with pytest.raises(RuleError, match="不合理"):
        idnumber.parse(number, today=date(2026, 11, 24))


def test_number_of_a_workbook() -> None:
    with pytest.raises(RuleError) as caught:
        idnumber.parse_number(4.12327198503051e17)
    assert caught.value.code == "idnumber.number"
    assert idnumber.parse_number(412327850305001.0).birth == date(1985, 3, 5)


@given(st.integers(0, 9), st.integers(0, 17), st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999))
def test_every_single_wrong_digit_is_found(digit: int, place: int, birth: date, order: int) -> None:
    number = make("412327", f"{birth:%Y%m%d}", f"{order:03d}")
    wrong = number[:place] + str(digit) + number[place + 1 :]
    if wrong == number:
        assert idnumber.parse(wrong).birth == birth
    else:
        with pytest.raises(RuleError):
            idnumber.parse(wrong)


def test_masks() -> None:
    assert mask_id("412327198503051234") == "412327********1234"
    assert mask_id("412327850305123") == "412327*****5123"
    assert mask_id("4123271985") == "**********"
    assert mask_phone("13912345678") == "139****5678"
    assert mask_phone("0370-3123456") == "0370-****456"
    assert mask_phone("3123456") == "*******"
    assert mask_phone("儿子 13912345678") == "儿子 139****5678"
    assert mask_phone("1391234567，少一位") == "**********，少一位"
    assert mask_phone("139 1234 5678") == "*** **** ****"
    assert mask_account("6228480012345678901") == "***************8901"
    assert mask_account("12345678") == "********"
    assert mask_name("欧阳小雁") == "欧***"
