"""Phones, dates, names, pinyin and money as people write them."""

from __future__ import annotations

import sys
import unicodedata
from contextlib import suppress
from datetime import date, datetime
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RuleError
from models.types import dates, money, names, phone, pinyin

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("typed", "first", "rest"),
    [
        ("13912345678", "13912345678", ()),
        (13912345678, "13912345678", ()),
        (13912345678.0, "13912345678", ()),
        ("+86 139-1234-5678", "13912345678", ()),
        ("0086 13912345678", "13912345678", ()),
        ("86-13912345678", "13912345678", ()),
        ("１３９ １２３４ ５６７８", "13912345678", ()),
        ("手机：13912345678", "13912345678", ()),
        ("013912345678", "13912345678", ()),
        ("0370-3123456", "0370-3123456", ()),
        ("（0370）3123456", "0370-3123456", ()),
        ("+86 0370 3123456", "0370-3123456", ()),
        ("0370-3123456-801", "0370-3123456-801", ()),
        ("03713123456转801", "0371-3123456-801", ()),
        ("010-12345678", "010-12345678", ()),
        ("13912345678/15838001234", "13912345678", ("15838001234",)),
        ("13912345678 15838001234", "13912345678", ("15838001234",)),
        ("13912345678、13912345678", "13912345678", ()),
        ("13912345678\n0370-3123456", "13912345678", ("0370-3123456",)),
        ("12345", "12345", ()),
    ],
)
def test_phones(typed: str | int | float, first: str, rest: tuple[str, ...]) -> None:
    assert phone.normalise(typed) == phone.Phones(first, rest)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1391234567", "phone.length"),
        ("139123456789", "phone.length"),
        ("12912345678", "phone.prefix"),
        ("3123456", "phone.area"),
        ("找他哥", "phone.chars"),
        ("03703123456789", "phone.chars"),
        ("1.39123E+10", "phone.number"),
        (139.5, "phone.number"),
        (" ", "phone.empty"),
    ],
)
def test_phone_refusals(typed: str | float, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        phone.normalise(typed)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1985.3", "1985-03"),
        ("1985.10", "1985-10"),
        ("1985年3月", "1985-03"),
        ("1985年3月5日", "1985-03-05"),
        ("85.3.5", "1985-03-05"),
        ("25.3.5", "2025-03-05"),
        ("85年", "1985"),
        ("19850305", "1985-03-05"),
        ("850305", "1985-03-05"),
        ("198503", "1985-03"),
        ("1985/3/5", "1985-03-05"),
        ("1985-03-05 00:00:00", "1985-03-05"),
        ("１９８５．３．５", "1985-03-05"),
        ("1985", "1985"),
        (1985, "1985"),
        (1985.3, "1985-03"),
        (19850305.0, "1985-03-05"),
        (31111, "1985-03-05"),
        (31111.75, "1985-03-05"),
        ("31111", "1985-03-05"),
        (datetime(1985, 3, 5, 12), "1985-03-05"),
        (date(1985, 3, 5), "1985-03-05"),
        ("今天", "2026-11-24"),
        ("昨天", "2026-11-23"),
        ("前天", "2026-11-22"),
        ("3.5", "2026-03-05"),
        ("0305", "2026-03-05"),
        ("1005", "2026-10-05"),
        ("3月5号", "2026-03-05"),
        ("去年12月", "2025-12"),
        ("二〇二五年十二月三十一日", "2025-12-31"),
        ("一九八五年元月", "1985-01"),
        ("2019 1 1", "2019-01-01"),
        ("85 3 5", "1985-03-05"),
        ("1985 12", "1985-12"),
        ("2019，3，5", "2019-03-05"),  # parted
    ],
)
def test_dates(typed: str | int | float | date, stored: str) -> None:
    assert dates.parse(typed, TODAY) == stored


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1985.2.30", "date.invalid"),
        ("1985.13", "date.invalid"),
        ("0.5", "date.invalid"),
        ("1785.3", "date.range"),
        (1985.1, "date.ambiguous"),
        (3.1, "date.ambiguous"),
        ("腊月初八", "date.lunar"),
        ("不记得", "date.format"),
        (-3, "date.format"),
        (True, "date.format"),
        ("", "date.empty"),
    ],
)
def test_date_refusals(typed: str | float, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        dates.parse(typed, TODAY)
    assert caught.value.code == code


@given(st.dates(date(1900, 1, 1), date(2026, 11, 24)))
def test_every_date_is_read_back_from_each_writing(day: date) -> None:
    for typed in (f"{day:%Y%m%d}", f"{day.year}.{day.month}.{day.day}", dates.show(day.isoformat()), day.isoformat()):
        assert dates.parse(typed, TODAY) == day.isoformat()
    assert dates.full(day.isoformat()) == day
    assert dates.full(f"{day:%Y-%m}") is None


@given(st.text(max_size=12) | st.floats() | st.integers())
def test_no_text_breaks_a_reader(value: str | int | float) -> None:
    for reader in (lambda v: dates.parse(v, TODAY), phone.normalise, money.parse):
        with suppress(RuleError):  # any other error fails the test
            assert reader(value) is not None
    names.normalise(str(value))
    pinyin.tokens(str(value))


def test_names_keep_every_character() -> None:
    assert names.normalise("张　 三") == "张三"
    assert names.normalise(" Ana  Maria ") == "Ana Maria"
    assert names.normalise("阿依.古丽") == "阿依·古丽"
    assert names.normalise("王\u200b小\ufeff明") == "王小明"
    rare = "𪻐𡥧"
    assert names.normalise(rare) == rare
    assert names.count(rare) == 2
    # NFC proper would make another character of it than the one on the card.
    assert unicodedata.normalize("NFC", "\ufa19") == "\u795e"
    assert names.normalise("\ufa19") == "\ufa19"
    assert names.normalise("e\u0301") == "é"
    long = "买" * 300
    assert names.normalise(long) == long


def test_private_use_points_agree_with_the_codec_and_the_standard() -> None:
    # FE50..FEA0 of GBK were shown at U+E815..U+E864; Python's gb18030 codec knows all but those moved after 2000.
    point, compared = 0xE815, 0
    for trail in [*range(0x50, 0x7F), *range(0x80, 0xA1)]:
        char = bytes([0xFE, trail]).decode("gb18030")
        if char != chr(point):
            assert names.PRIVATE_USE[point] == char
            compared += 1
        point += 1
    assert (point, compared) == (0xE865, 66)
    # Moved by GB 18030-2005 and -2022.
    moved = {0xE81E: 0x9FB4, 0xE854: 0x9FBA, 0xE864: 0x9FBB, 0xE816: 0x20087, 0xE855: 0x241FE, 0xE78E: 0xFE12}
    assert {old: ord(names.PRIVATE_USE[old]) for old in moved} == moved
    assert names.normalise("王\ue863") == "王\u4dae"
    assert names.normalise("\uf123") == "\uf123"
    assert not any(0xE000 <= ord(char) <= 0xF8FF for char in names.PRIVATE_USE.values())


@pytest.mark.parametrize(
    ("name", "full", "initials", "misread"),
    [
        ("单小雁", "shanxiaoyan", "sxy", "danxiaoyan"),
        ("仇归", "qiugui", "qg", "chougui"),
        ("解东", "xiedong", "xd", "jiedong"),
        ("查回", "zhahui", "zh", "chahui"),
        ("盖村", "gecun", "gc", "gaicun"),
        ("曾农", "zengnong", "zn", "cengnong"),
        ("区云", "ouyun", "oy", "quyun"),
        ("尉迟归", "yuchigui", "ycg", "weichigui"),
        ("重耳", "chonger", "ce", "zhonger"),
        ("乜归", "niegui", "ng", "miegui"),
        ("薄归", "bogui", "bg", "baogui"),
        ("粘归", "niangui", "ng", "zhangui"),
        ("乐正归", "yuezhenggui", "yzg", "lezhenggui"),
        ("张长乐", "zhangchangle", "zcl", "zhangchangyue"),
    ],
)
def test_surnames_are_read_as_surnames(name: str, full: str, initials: str, misread: str) -> None:
    found = pinyin.tokens(name)
    assert (found.full, found.initials) == (full, initials)
    assert misread in found.alternatives
    assert full == found.surname + found.given_full


SURNAMES = "任华宁朴翟缪纪卜乐那覃沈石柏车谷葛洗折召万鲍贾俞盛强藏臧薛费贺殷"
READINGS = """ren hua ning piao zhai miao ji bu yue na qin shen shi bai che gu ge xian she shao wan bao jia yu sheng
    qiang zang zang xue fei he yin"""


@pytest.mark.parametrize(("surname", "reading"), list(zip(SURNAMES, READINGS.split(), strict=True)))
def test_plain_surnames(surname: str, reading: str) -> None:
    assert pinyin.tokens(surname + "归").surname == reading


def test_pinyin_edges() -> None:
    assert pinyin.tokens("吕布").full == "lvbu"
    assert pinyin.tokens("阿依·古丽").initials == "aygl"
    assert pinyin.tokens("").words() == ()
    # No dictionary reads this one: it is kept, so that a search for the character itself still finds the person.
    assert pinyin.tokens("王𡥧").full.endswith("𡥧")
    words = pinyin.tokens("王𡥧明").words()
    assert {"wangming", "wm", "wjm", "wzm"} <= set(words)  # it may be passed over, and any letter may stand for it
    assert not {"wim", "wum", "wvm"} & set(words)  # with which no syllable begins
    assert set(pinyin.tokens("王𡥧𡋾").words()) == {"wang𡥧𡋾", "𡥧𡋾", "w𡥧𡋾", "wang", "w"}
    assert "w" not in pinyin.tokens("𡥧").words()
    assert len(pinyin.tokens("乐乐行长朝晟重曾").alternatives) <= 2 * 8
    assert pinyin.place("慈圣镇") == ("cishengzhen", "csz")


def test_pypinyin_is_loaded_late() -> None:
    code = "import sys, models.types.pinyin; sys.exit('pypinyin' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("typed", "unit", "cents"),
    [
        ("1,234.50", "元", 123450),
        ("¥1234.5", "元", 123450),
        ("１２３４", "元", 123400),
        ("3.5万", "元", 3_500_000),
        ("3.5", "万元", 3_500_000),
        ("5000元", "万元", 500_000),
        (0.1, "元", 10),
        (19.99, "元", 1999),
        ("-3", "元", -300),
    ],
)
def test_money(typed: str | float, unit: str, cents: int) -> None:
    assert money.parse(typed, unit) == cents


@pytest.mark.parametrize(
    ("typed", "code"),
    [("一千", "money.format"), ("1,23.4", "money.format"), ("0.005", "money.cents"), (1e13, "money.range")],
)
def test_money_refusals(typed: str | float, code: str) -> None:
    with pytest.raises(RuleError) as caught:
        money.parse(typed)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("cents", "words"),
    [
        (0, "零元整"),
        (1, "壹分"),
        (105, "壹元零伍分"),
        (150, "壹元伍角整"),
        (100530, "壹仟零伍元叁角整"),
        (500_000, "伍仟元整"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (10_000_000, "壹拾万元整"),
        (600_714, "陆仟零柒元壹角肆分"),
        (10_100_000_000, "壹亿零壹佰万元整"),
        (-5, "负伍分"),
    ],
)
def test_capital(cents: int, words: str) -> None:
    assert money.capital(cents) == words


@given(st.integers(-money.LIMIT + 1, money.LIMIT - 1))
def test_money_round_trip(cents: int) -> None:
    assert money.parse(money.show(cents)) == cents
    assert "零零" not in money.capital(cents)
