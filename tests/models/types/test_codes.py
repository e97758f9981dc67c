"""The code tables and the divisions."""

from __future__ import annotations

import re
import time
from collections import Counter

import pytest

from models.types import pinyin
from resources import codes, divisions


@pytest.mark.parametrize("name", codes.names())
def test_every_table_is_sound(name: str) -> None:
    table = codes.table(name)
    assert table.title
    assert table.edition
    assert table.source
    assert len({row.code for row in table}) == len(table) > 1
    for row in table:
        assert not row.parent or row.parent in table
        assert table.find(row.code) is not None
        # Every label and alias leads back to its code, or to a wider one of the same words (GB/T 4754 repeats them).
        for word in (row.label, *row.aliases):
            found = table.find(word)
            assert found is not None
            if name == "industry":
                assert row.code.startswith(found) or row.code[0] == found[0]
            elif name != "gbt2260":
                assert found == row.code


def test_initials_are_those_of_the_labels() -> None:
    wrong = 0
    for name in codes.names():
        for row in codes.table(name):
            label = re.sub(r"[（(].*?[)）]", "", row.label)
            plain = "".join(pinyin.read(c)[:1] for c in label)
            plain = "".join(c for c in plain if c.isascii() and c.isalnum())
            assert len(plain) == len(row.initials), row
            wrong += plain != row.initials
    # The columns were read phrase by phrase, the check reads character by character: few may differ.
    assert wrong < 60


def test_industry_counts_and_old_names() -> None:
    table = codes.table("industry")
    sizes = Counter(len(row.code) for row in table)
    assert sizes == {1: 20, 3: 97, 4: 473, 5: 1381}
    assert table.find("信息传输、计算机服务和软件业") == "I"
    assert table.find("居民服务和其他服务业") == "O"
    assert table.find("公共管理和社会组织") == "S"
    assert table.label("C1811") != "C1811"
    assert table.label("Z9") == "Z9"
    assert [row.code for row in table.children("A")] == ["A01", "A02", "A03", "A04", "A05"]


def test_find_and_filter() -> None:
    education = codes.table("education")
    assert education.find("初中") == "70"
    assert education.find(" 大 专 ") == "30"
    assert education.find("大学") is None
    assert codes.table("ethnic").find("汉") == "01"
    assert codes.table("sex").find("男") == "1"
    assert codes.table("political").find("党员") == "01"
    assert [row.code for row in codes.table("marital").filter("yh")] == ["20"]
    assert codes.table("training_kind").filter("syb")[0].code == "syb"
    assert codes.table("industry").filter("A01")[0].code == "A01"
    assert len(codes.table("industry").filter("")) == 50
    with pytest.raises(KeyError):
        codes.table("no_such_table")


def test_divisions_are_whole() -> None:
    counties = divisions.counties()
    townships = [town for county in counties for town in divisions.townships(county.code)]
    villages = [village for town in townships for village in divisions.villages(town.code)]
    assert (len(counties), len(townships), len(villages)) == (11, 199, 4834)
    assert len(divisions.all()) == 1 + 11 + 199 + 4834
    zhecheng = divisions.townships("411424")
    assert len(zhecheng) == 22
    assert sum(len(divisions.villages(town.code)) for town in zhecheng) == 500
    assert divisions.get("411424104") == divisions.get("411424104000")
    assert divisions.get("411424999000") is None
    assert divisions.path("411424104000") == "柘城县慈圣镇"


def test_every_village_is_matched_in_its_township_in_every_writing() -> None:
    for county in divisions.counties():
        for town in divisions.townships(county.code):
            for village in divisions.villages(town.code):
                for text in (
                    village.name,
                    village.short,
                    town.name + village.name,
                    county.name + town.name + village.short,
                ):
                    assert divisions.match_village(text, town.code) is village, text


def test_village_writings() -> None:
    town = next(t for c in divisions.counties() for t in divisions.townships(c.code)
                if any(v.name == "张庄村委会" for v in divisions.villages(t.code)))  # fmt: skip
    village = next(v for v in divisions.villages(town.code) if v.name == "张庄村委会")
    for text in (
        "张庄",
        "张庄村",
        "张庄村委会",
        " 张庄 村民委员会",
        "张庄村3组",
        village.code,
        f"商丘市{town.name}张庄",
    ):
        assert divisions.match_village(text, town.code) == village
    assert divisions.match_village("没有这个庄", town.code) is None
    assert divisions.match_village(village.code, "411424104" if town.township != "411424104" else "411424105") is None
    assert divisions.match_village("张庄", "999999999") is None


def test_the_misprinted_township() -> None:
    for text in ("褚庙乡", "禇庙乡", "褚庙"):
        found = divisions.match_township(text, "411421")
        assert found is not None
        assert (found.code, found.name) == ("411421208000", "褚庙乡")
    assert divisions.match_township("慈圣", "411424000000") == divisions.get("411424104")
    assert divisions.match_township("没有", "411424") is None


def test_loading_is_quick() -> None:
    codes.table.cache_clear()
    best = 1.0
    for _ in range(3):
        codes.table.cache_clear()
        start = time.process_time()
        for name in ("sex", "education", "marital", "political", "industry"):
            codes.table(name)
        best = min(best, time.process_time() - start)
    # 12 ms on the machine it was written on; a table that is not asked for costs nothing.
    assert best < 0.06
