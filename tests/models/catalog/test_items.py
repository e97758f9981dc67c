"""The catalogue: what is shipped is whole, what is wrong names file and key, and old cases keep their edition."""

from __future__ import annotations

import re
from datetime import date

import pytest

from models import catalog
from models.catalog.items import FOLDER, shipped
from models.errors import RuleError
from models.fields import Kind, Secrecy
from models.types import dates, idnumber

TODAY = date(2026, 11, 24)

GOOD = """
[[edition]]
code = "land.test"
name = "示例事项"
group = "land"
bureau = "ZR"
level = "county"
basis = "county"
ground = "示例依据"
source = "示例来源"
valid_from = 2026-01-01
clock = { days = 7 }
[[edition.materials]]
name = "身份证"
[[edition.fields]]
name = "worry"
label = "后顾之忧"
kind = "codes"
codes = "worry"
[edition.sample]
worry = "land,school"
"""


def test_what_is_shipped_is_whole() -> None:
    items = catalog.load().items(TODAY)
    assert len(items) >= 10
    assert {item.group for item in items} == {"general", "licence", "land", "family", "money", "training", "title"}
    assert {path.stem.replace("_", ".", 1) for path in FOLDER.glob("*.toml")} == {item.code for item in shipped()}
    for item in items:
        assert item.forms
        assert item.ground
        assert item.source
        for spec in item.fields:
            assert not spec.required or spec.name in item.sample, (item.code, spec.name)
        for name, value in item.sample.items():
            spec = next(s for s in item.fields if s.name == name)
            if spec.kind is Kind.DATE:
                assert dates.parse(value, TODAY) == value
            if spec.kind is Kind.ID_NUMBER:
                assert idnumber.parse(value).text == value
            if spec.kind in (Kind.ID_NUMBER, Kind.ACCOUNT):
                assert spec.secrecy is Secrecy.MASKED


def test_figures_of_the_hotline_rule() -> None:
    found = catalog.load()
    days = [found.item(f"request.{kind}").clock.days for kind in ("consult", "help", "complaint")]
    assert days == [3, 5, 10]
    assert found.item("request.help").clock.acceptance == 5


def test_amendment_adds_replaces_and_keeps_old_editions() -> None:
    newer = GOOD.replace("2026-01-01", "2026-07-01").replace("days = 7", "days = 9")
    found = catalog.load([GOOD, newer])
    assert found.item("land.test", date(2026, 6, 30)).clock.days == 7
    assert found.item("land.test", date(2026, 7, 1)).clock.days == 9
    assert found.item("land.test", edition="2026-01-01").valid_to == date(2026, 6, 30)
    assert found.item("land.test").amended
    # The same code and day again: the later amendment stands.
    corrected = catalog.load([GOOD, GOOD.replace("days = 7", "days = 8")])
    assert corrected.item("land.test", edition="2026-01-01").clock.days == 8
    assert "land.test" not in catalog.load().codes()


def test_amendment_over_a_shipped_item_as_json() -> None:
    old = catalog.load().item("money.opening")
    body = {
        "code": "money.opening", "name": "一次性开业补贴", "group": "money", "bureau": "RS", "level": "county",
        "basis": "county", "ground": "柘政办〔2026〕8号", "source": "县级发布", "valid_from": "2026-12-01",
        "clock": {"days": 12, "supplement": 90, "supplement_unit": "natural"},
    }  # fmt: skip
    found = catalog.load([body])
    assert found.item("money.opening", date(2026, 12, 1)).clock.days == 12
    assert found.item("money.opening", date(2026, 11, 30)).clock == old.clock
    assert found.item("money.opening", edition=old.edition).fields == old.fields


def test_unknown_item_and_edition() -> None:
    with pytest.raises(RuleError) as caught:
        catalog.load().item("no.such")
    assert caught.value.code == "item.unknown"
    with pytest.raises(RuleError) as caught:
        catalog.load().item("money.opening", date(2001, 1, 1))
    assert caught.value.code == "item.edition"


@pytest.mark.parametrize(
    ("old", "new", "code", "named"),
    [
        ('code = "land.test"', 'code = "Land Test"', "catalog.value", "code"),
        ('name = "示例事项"\n', "", "catalog.missing", "name"),
        ('name = "示例事项"', 'name = " "', "catalog.value", "name"),
        ('group = "land"', 'group = "sea"', "catalog.value", "group"),
        ('bureau = "ZR"', 'bureau = "XX"', "catalog.value", "bureau"),
        ('level = "county"', 'level = "moon"', "catalog.value", "level"),
        ("valid_from = 2026-01-01", 'valid_from = "2026-02-30"', "catalog.value", "valid_from"),
        ("valid_from = 2026-01-01", "valid_from = 2026-01-01\nvalid_to = 2025-01-01", "catalog.value", "valid_to"),
        ("days = 7", 'days = "7"', "catalog.value", "days"),
        ("days = 7", "days = -1", "catalog.value", "days"),
        ("days = 7", "days = true", "catalog.value", "days"),
        ("days = 7", "days = 7, hours = 2", "catalog.key", "hours"),
        ("clock =", "colour = 1\nclock =", "catalog.key", "colour"),
        ('codes = "worry"', 'codes = "wories"', "catalog.value", "wories"),
        ('codes = "worry"', "", "catalog.value", "codes"),
        ('kind = "codes"', 'kind = "ref"', "catalog.value", "kind"),
        ('worry = "land,school"', 'worry = "land,sea"', "catalog.value", "sample.worry"),
        ('worry = "land,school"', 'other = "x"', "catalog.key", "sample.other"),
        ("[[edition]]", "[[edition]", "catalog.toml", "TOML"),
        ("[[edition.materials]]", "[[edition.materials]]\nprice = 1", "catalog.key", "price"),
    ],
)
def test_errors_name_file_and_key(old: str, new: str, code: str, named: str) -> None:
    assert old in GOOD
    with pytest.raises(RuleError, match=re.escape(named)) as caught:
        catalog.load([GOOD.replace("land.test", "land.first"), GOOD.replace(old, new, 1)])
    assert caught.value.code == code
    assert "修订第 2 件" in caught.value.sentence


def test_dated_editions_of_the_shipped_kind_may_not_overlap() -> None:
    from models.catalog import items, reading

    first = GOOD.replace("valid_from = 2026-01-01", "valid_from = 2026-01-01\nvalid_to = 2026-12-31")
    second = GOOD.replace("2026-01-01", "2026-07-01")
    with pytest.raises(RuleError, match=r"land\.test.*valid_from") as caught:
        items.close_gaps(reading.read_toml(first + second, "land_test.toml"))
    assert caught.value.code == "catalog.overlap"
    # The county's newer edition may overtake its dated one.
    assert catalog.load([first, second]).item("land.test", date(2026, 8, 1)).edition == "2026-07-01"
