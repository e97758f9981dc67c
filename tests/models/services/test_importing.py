"""From a file to stored people and back again: what is new, changed, the same, refused, and undone."""

from __future__ import annotations

import random
import re
import struct
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import select

from models.errors import KnownError, RuleError
from models.fields import State
from models.records import Cell
from models.services import importing, people, undo, verifying
from models.services.desk import Desk
from models.services.hidden_xls import hidden_in
from models.services.importing import Preview, Row
from models.store import refused
from models.tables import ENTITIES
from models.tables.system import EVENT
from models.types.idnumber import check_digit
from resources import divisions
from tests.conftest import COUNTY, SIBLING, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import Field, sync

HERE = Path(__file__).parent
HEADS = ("姓名", "身份证号", "联系电话", "出生日期", "外出时间", "备注")
Write = Callable[..., Path]


def number(n: int, birth: str = "19850305") -> str:
    """The n-th invented ID number of one birth date."""
    first = f"412327{birth}{n:03d}"
    return first + check_digit(first)


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(VILLAGE, "张村长")


@pytest.fixture
def town(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(*rows: Sequence[object], heads: Sequence[str] = HEADS, name: str = "名册.xlsx") -> Path:
        with xlsxwriter.Workbook(tmp_path / name, {"default_date_format": "yyyy-mm-dd"}) as book:
            sheet = book.add_worksheet("名单")
            for n, row in enumerate([heads, *rows]):
                sheet.write_row(n, 0, row)
        return tmp_path / name

    return make


def _taken(desk: Desk, path: Path, **more: Any) -> Preview:
    shown = importing.preview(desk, path)
    importing.accept(desk, shown, **more)
    return shown


def _states(shown: Preview) -> list[str]:
    return [r.state for r in shown.rows]


def _stored(desk: Desk, row: Row | None = None) -> Any:
    table = ENTITIES["person"].table
    with desk.store.read() as conn:
        found = conn.execute(select(table).where(table.c.deleted.is_(False)).order_by(table.c.born)).all()
    return found if row is None else next(r for r in found if r.name == row.name)


def _digests(desk: Desk) -> dict[str, str]:
    return {r.id: r.digest for r in _stored(desk)}


def test_the_same_file_again_changes_nothing(desk: Desk, write: Write) -> None:
    path = write(["甲雁", number(1), "13900000001"], ["乙雁", None, None, "1990-05"], ["丙雁"])
    assert _states(_taken(desk, path)) == ["new", "new", "new"]
    before = _digests(desk)
    again = importing.preview(desk, path)
    assert _states(again) == ["same", "same", "same"]
    assert importing.accept(desk, again).changed == 0
    assert _digests(desk) == before
    (first, *_) = _stored(desk)
    # The ID number told what the roster did not, and each value knows where it came from.
    assert (first.born_on, first.sex, first.village) == ("1985-03-05", "1" if number(1)[16] in "13579" else "2", VILLAGE)
    record = people.must_get(desk, first.id)
    assert record.origin("phone").source == "名册.xlsx 第 2 行"


def test_500_rows_changed_and_undone_have_the_very_old_digests(desk: Desk, write: Write) -> None:
    old = write(*([f"雁{n}", number(n), f"1390000{n:04d}"] for n in range(500)), name="旧.xlsx")
    _taken(desk, old)
    before, events = _digests(desk), len(desk.store.steps)
    fresh = [[f"雁{n}", number(n), f"1380000{n:04d}", None, "2010-03", "去了东莞"] for n in range(0, 500, 2)]
    more = [[f"新{n}", number(n, "19900101")] for n in range(250)]
    shown = importing.preview(desk, write(*fresh, *more, name="新.xlsx"))
    assert (shown.count("changed"), shown.count("new")) == (250, 250)
    assert ("联系电话", "139****0000", "138****0000") in shown.rows[0].changes  # masked in the preview too
    done = importing.accept(desk, shown)
    assert (done.new, done.changed, len(desk.store.steps)) == (250, 250, events + 1)
    after = _digests(desk)
    assert len(after) == 750
    undo.undo(desk)
    assert _digests(desk) == before
    undo.redo(desk)
    assert _digests(desk) == after
    undo.undo(desk)
    assert _digests(desk) == before
    assert not any(f.faults for f in verifying.verify(desk))
    assert _states(importing.preview(desk, old)) == ["same"] * 500


def test_an_empty_or_doubtful_cell_overwrites_nothing(desk: Desk, write: Write) -> None:
    _taken(desk, write(["甲雁", number(1), "13900000001", None, "2009-03", "有困难"]))
    shown = importing.preview(desk, write(["甲雁", number(1), "看不清", "1985", "2009", None]))
    assert _states(shown) == ["same"]
    # With something else to change, what says less is still left alone.
    _taken(desk, write(["甲雁", number(1), "不详", "1985-03", "2009", "已走访"]))
    (row,) = _stored(desk)
    assert (row.phone, row.born_on, row.out_since, row.note) == ("13900000001", "1985-03-05", "2009-03", "已走访")
    _taken(desk, write(["甲雁", number(1), "拒绝提供", None, "2009-03-08"]))  # a state that somebody has said counts
    (row,) = _stored(desk)
    assert (row.phone, row.out_since) == (None, "2009-03-08")
    assert people.must_get(desk, row.id).cell("phone") == Cell(State.REFUSED)


def test_one_person_twice_in_one_sheet(desk: Desk, write: Write) -> None:
    path = write(
        ["甲雁", number(1)], ["乙雁", number(1)], ["丙雁"], ["丙雁"], ["丙雁", number(2)], ["丙雁", None, None, "1990-05"]
    )
    shown = importing.preview(desk, path)
    assert _states(shown) == ["new", "refused", "new", "refused", "new", "new"]
    assert shown.rows[1].reasons == (("id_number", "与第 2 行是同一个身份证号，请只保留一行"),)
    assert "与第 4 行同村同名" in shown.rows[3].reasons[0][1]
    assert importing.accept(desk, shown).new == 4
    again = importing.preview(desk, path)
    assert _states(again) == ["same", "refused", "same", "refused", "same", "same"]


def test_several_of_one_name_are_not_told_apart_by_chance(desk: Desk, write: Write) -> None:
    for n in (1, 2):
        people.save(desk, None, {"name": Cell.of("甲雁"), "phone": Cell.of(f"1390000000{n}")}, village=VILLAGE)
    shown = importing.preview(desk, write(["甲雁", None, "13800000001"]))
    assert _states(shown) == ["refused"]
    assert "分不清是哪一位，请补上身份证号" in shown.rows[0].reasons[0][1]


def test_two_id_numbers_are_two_people(desk: Desk, write: Write) -> None:
    _taken(desk, write(["甲雁", number(1)]))
    shown = _taken(desk, write(["甲雁", number(2)]))
    assert _states(shown) == ["new"]
    assert "身份证号不同" in shown.rows[0].warnings[-1]
    assert {r.id_number for r in _stored(desk)} == {number(1), number(2)}


def test_a_person_without_a_number_gets_it_from_a_later_roster(desk: Desk, write: Write) -> None:
    _taken(desk, write(["甲雁", None, "13900000001", "1985-03-05"]))
    assert _states(_taken(desk, write(["甲雁", number(1)]))) == ["changed"]
    (row,) = _stored(desk)
    assert (row.id_number, row.phone) == (number(1), "13900000001")


def test_a_wrong_check_digit_is_taken_only_when_the_clerk_says_so(desk: Desk, write: Write) -> None:
    wrong = number(1)[:-1] + ("0" if number(1)[-1] != "0" else "1")
    path = write(["甲雁", wrong], ["乙雁", "41232719850230001X"])
    shown = importing.preview(desk, path)
    assert [(r.state, r.may_override) for r in shown.rows] == [("refused", True), ("refused", False)]
    assert importing.accept(desk, shown, override=[2, 3]).new == 1
    (row,) = _stored(desk)
    assert (row.id_number, row.id_unchecked) == (wrong, True)
    assert importing.accept(desk, importing.preview(desk, path), override=[2]).new == 0  # the same person, found by it
    assert len(_stored(desk)) == 1


def test_only_what_is_wanted_and_not_after_a_stop(desk: Desk, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(*([f"雁{n}", number(n)] for n in range(30)))
    assert importing.accept(desk, importing.preview(desk, path), [2, 5]).new == 2
    monkeypatch.setattr(importing, "CHUNK", 10)
    asked: list[tuple[int, int]] = []

    def once(done: int, total: int) -> bool:
        asked.append((done, total))
        return False

    assert importing.accept(desk, importing.preview(desk, path), progress=once).new == 10
    assert asked == [(10, 28)]
    undo.undo(desk)  # what had been taken before the stop is one step
    assert {r.name for r in _stored(desk)} == {"雁0", "雁3"}


def test_a_disk_that_fills_up_half_way(desk: Desk, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has been stored is said, stays, and is not stored twice."""
    monkeypatch.setattr(importing, "CHUNK", 10)
    path = write(*([f"雁{n}", number(n)] for n in range(25)))
    shown, store, calls = importing.preview(desk, path), importing._store, iter([True, True, False])

    def full(*args: Any) -> tuple[int, int]:
        if next(calls):
            return store(*args)
        raise KnownError("disk.full", "磁盘已满，这一步没有保存。")

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_store", full)
        with pytest.raises(KnownError, match=r"磁盘已满.*已导入前 20 行，后面的 5 行没有导入") as told:
            importing.accept(desk, shown)
    assert told.value.code == "disk.full"
    again = importing.preview(desk, path)
    assert (again.count("same"), again.count("new")) == (20, 5)
    importing.accept(desk, again)
    assert len(_stored(desk)) == 25
    undo.undo(desk)
    undo.undo(desk)
    assert _stored(desk) == []


def test_chunks_are_one_step(desk: Desk, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 7)
    path = write(*([f"雁{n}", number(n)] for n in range(20)))
    done = importing.accept(desk, importing.preview(desk, path))
    with desk.store.read() as conn:
        operations = set(conn.execute(select(EVENT.c.operation).where(EVENT.c.entity == "person")).scalars())
    assert operations == {done.operation}
    undo.undo(desk)
    assert _stored(desk) == []


def test_households_are_found_again(desk: Desk, write: Write) -> None:
    heads = ("姓名", "户编号", "户主")
    path = write(["甲雁", "12", "甲雁"], ["乙雁", 12, "甲雁"], ["丙雁", "13", None], heads=heads)
    _taken(desk, path)
    household = ENTITIES["household"].table
    with desk.store.read() as conn:
        houses = {r.number: (r.id, r.head_name) for r in conn.execute(select(household))}
    assert {k: v[1] for k, v in houses.items()} == {"12": "甲雁", "13": "丙雁"}
    assert [r.household_id for r in _stored(desk)] == [houses["12"][0], houses["12"][0], houses["13"][0]]
    _taken(desk, write(["丁雁", "12", "甲雁"], heads=heads, name="再.xlsx"))
    assert _stored(desk)[-1].household_id == houses["12"][0]
    assert _states(importing.preview(desk, path)) == ["same", "same", "same"]
    moved = _taken(desk, write(["丙雁", "12", None], ["丁雁", "12", None], heads=heads))
    assert [(r.state, r.changes) for r in moved.rows] == [("changed", (("户编号", "13", "12"),)), ("same", ())]
    assert _stored(desk)[2].household_id == houses["12"][0]
    for _ in range(3):
        undo.undo(desk)
    with desk.store.read() as conn:
        assert conn.execute(select(household.c.id).where(household.c.deleted.is_(False))).all() == []


def test_villages(town: Desk, write: Write) -> None:
    first, second = (divisions.get(v) for v in (VILLAGE, SIBLING))
    assert first is not None
    assert second is not None
    heads = ("姓名", "身份证号", "所在村")
    path = write(["甲雁", number(1), first.short], ["乙雁", number(2), "没有这个庄"], ["丙雁", number(3), None], heads=heads)
    shown = _taken(town, path)
    assert _states(shown) == ["new", "refused", "new"]
    assert shown.rows[1].reasons[0][0] == "village"
    assert shown.rows[2].village == town.office  # no village said: the township's own, and that is told
    assert shown.unplaced == 1
    assert re.search(r"没有写所在村，将记在.+名下", shown.rows[2].warnings[-1])
    moved = importing.preview(town, write(["甲雁", number(1), second.short], heads=heads, name="迁.xlsx"))
    assert _states(moved) == ["same"]
    assert f"档案在{first.name}，导入不改变所在村" in moved.rows[0].warnings[-1]
    of_sibling = importing.preview(town, write(["丁雁"], name="无村.xlsx"), village=SIBLING)
    assert (of_sibling.rows[0].village, of_sibling.rows[0].warnings, of_sibling.unplaced) == (SIBLING, (), 0)
    assert importing.preview(town, path, village=SIBLING).rows[2].village == SIBLING


def test_a_county_is_told_in_the_preview_whose_the_fields_are(county: County, desk_factory: DeskFactory, write: Write) -> None:
    """What the server would refuse later is refused before anything is stored; people of the county's own are its to change."""
    field = Field(county, desk_factory)
    village, above = field.desk(VILLAGE), field.desk(COUNTY)
    _taken(village, write(["甲雁", number(1), "13900000001"]))
    sync(village, above)
    heads = (*HEADS[:3], "户编号")
    path = write(["甲雁", number(1), "13900000002", "12"], ["乙雁", number(2), "13900000003", None], heads=heads, name="县.xlsx")
    shown = importing.preview(above, path, village=VILLAGE)
    assert _states(shown) == ["refused", "new"]
    assert [f for f, _ in shown.rows[0].reasons] == ["phone", "household_id"]
    assert shown.rows[0].reasons[0][1] == "联系电话由登记机构（乡镇或村）填写，本级只能查看"
    importing.accept(above, shown)
    same = importing.preview(above, write(["甲雁", number(1), "13900000001"], name="同.xlsx"), village=VILLAGE)
    assert _states(same) == ["same"]
    own = importing.preview(above, write(["乙雁", number(2), "13900000004"], name="己.xlsx"), village=VILLAGE)
    assert _states(own) == ["changed"]
    importing.accept(above, own)
    sync(above)
    with above.store.read() as conn:
        assert not refused.any_refused(conn, above.store.identity.device)


def test_a_village_office_takes_nobody_of_another_village(desk: Desk, write: Write) -> None:
    other = divisions.get(SIBLING)
    assert other is not None
    shown = importing.preview(desk, write(["甲雁", other.name], heads=("姓名", "所在村")))
    assert shown.rows[0].reasons == (("village", "所在村不在本机构辖区内"),)


def test_an_old_workbook_end_to_end(desk: Desk) -> None:
    """A .xls with titles, merged heads and households, as old offices send it (务工台帐)."""
    shown = importing.preview(desk, HERE / "roster.xls")
    assert (shown.sheet, shown.header_row, _states(shown)) == ("务工台帐", 3, ["new", "refused", "new"])
    importing.accept(desk, shown)
    assert [(r.name, r.income, r.born_on, r.phone) for r in _stored(desk)] == [
        ("周雁归", 3_500_000, "1985-03-05", "13900000001"), ("李回", None, "1985-03-05", "0370-3123456"),
    ]  # fmt: skip
    assert _states(importing.preview(desk, HERE / "roster.xls")) == ["same", "refused", "same"]


def test_a_hidden_row_of_an_old_workbook(desk: Desk, tmp_path: Path) -> None:
    data = bytearray((HERE / "roster.xls").read_bytes())
    row = data.index(struct.pack("<3H", 0x0208, 16, 3))  # the record of the fourth row; what it says is 12 bytes into it
    data[row + 4 + 12] |= 0x20
    (tmp_path / "旧.xls").write_bytes(data)
    shown = importing.preview(desk, tmp_path / "旧.xls")
    assert ([r.row for r in shown.rows], shown.hidden) == ([5, 6], 1)
    assert [r.row for r in importing.preview(desk, tmp_path / "旧.xls", hidden=True).rows] == [4, 5, 6]


def test_an_old_workbook_that_is_not_as_it_should_be_hides_nothing_and_ends() -> None:
    """A file may have any bytes in it: numbers of sectors that lead nowhere, round in a circle, or past the end."""
    data, dice = (HERE / "roster.xls").read_bytes(), random.Random(1)
    assert hidden_in(data, "务工台帐") == (set(), set())
    for _ in range(500):
        spoilt = bytearray(data[: dice.randrange(100, len(data))] if dice.random() < 0.3 else data)
        for _ in range(dice.randrange(1, 8)):
            spoilt[dice.randrange(min(512, len(spoilt)))] = dice.randrange(256)
        rows, columns = hidden_in(bytes(spoilt), "务工台帐")
        assert len(rows) + len(columns) < 65_536


def test_a_15_digit_number_and_the_same_person_with_18(desk: Desk, write: Write) -> None:
    old = number(7)[:6] + number(7)[8:17]
    shown = _taken(desk, write(["甲雁", old]))
    assert "15 位旧号已换算成 18 位" in shown.rows[0].warnings[0]
    assert _stored(desk)[0].id_number == number(7)
    assert _states(importing.preview(desk, write(["甲雁", number(7)]))) == ["same"]
    assert _states(importing.preview(desk, write(["甲雁", int(old)]))) == ["same"]  # 15 digits survive in a number cell


def test_dates_of_every_spelling_are_one_date(desk: Desk, write: Write) -> None:
    spellings = [
        "1985-03-05",
        "1985.3.5",
        "1985/3/5",
        "1985年3月5日",
        "19850305",
        "一九八五年三月五日",
        date(1985, 3, 5),
        31111,
        19850305,
        "1985-03-05 00:00:00",
    ]
    path = write(*([f"雁{n}", None, None, value] for n, value in enumerate(spellings)))
    _taken(desk, path)
    assert {r.born_on for r in _stored(desk)} == {"1985-03-05"}
    assert _states(importing.preview(desk, path)) == ["same"] * len(spellings)


def test_hidden_rows_and_columns_formulas_and_trailing_blanks(desk: Desk, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("名单")
        sheet.merge_range("A1:F1", "外出务工人员台帐")
        sheet.write_row("A2", ["序号", "姓名", "身份证号", "联系电话", "累计外出时间", "备注"])
        sheet.write_row("A3", [1, "甲雁", number(1), "13900000001"])
        sheet.write_formula("E3", "=6*4", None, 24)
        sheet.write_formula("F3", "=1/0", None, "#DIV/0!")
        sheet.write_row("A4", [2, "乙雁", number(2)])
        sheet.set_row(3, None, None, {"hidden": True})
        sheet.set_column("D:D", None, None, {"hidden": True})
        style = book.add_format({"border": 1})
        for n in range(5, 3_000):
            sheet.write_blank(n, 1, None, style)
            sheet.write_string(n, 2, "  ")
        sheet.write_number(2_999, 0, 3)
    shown = _taken(desk, tmp_path / "a.xlsx")
    # What nobody sees is not taken, and is told; a hidden column is of people who are seen.
    assert [(r.row, r.name, r.state) for r in shown.rows] == [(3, "甲雁", "new")]
    assert (shown.hidden, shown.unseen) == (1, ("联系电话",))
    (first,) = _stored(desk)
    assert (first.phone, first.out_months) == ("13900000001", 24)
    every = importing.preview(desk, tmp_path / "a.xlsx", hidden=True)
    assert [(r.row, r.name, r.state) for r in every.rows] == [(3, "甲雁", "same"), (4, "乙雁", "new")]
    assert (every.hidden, every.with_hidden) == (1, True)


def test_rows_of_a_folded_group_and_of_a_second_sheet_are_known_as_hidden(desk: Desk, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        other, sheet = book.add_worksheet("封面"), book.add_worksheet("名单 & “村”")
        other.write_string(0, 0, "封面")
        other.set_row(1, None, None, {"hidden": True})
        sheet.write_row(0, 0, HEADS)
        for n in range(1, 7):
            sheet.write_row(n, 0, [f"雁{n}", number(n)])
        sheet.set_row(3, None, None, {"level": 1, "hidden": True})
        sheet.set_row(4, None, None, {"level": 1, "hidden": True})
        sheet.set_row(5, None, None, {"collapsed": True})
        sheet.set_row(9, None, None, {"hidden": True})  # nobody stands in it
    shown = importing.preview(desk, tmp_path / "a.xlsx")
    assert [r.row for r in shown.rows] == [2, 3, 6, 7]
    assert (shown.hidden, shown.unseen) == (2, ())


def test_a_hidden_row_does_not_stand_in_the_way_of_the_same_person_seen(desk: Desk, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        for n, row in enumerate([HEADS, ["甲雁", number(1), "13900000001"], ["甲雁", number(1), "13900000002"]]):
            sheet.write_row(n, 0, row)
        sheet.set_row(1, None, None, {"hidden": True})
    assert _states(importing.preview(desk, tmp_path / "a.xlsx")) == ["new"]
    assert _states(importing.preview(desk, tmp_path / "a.xlsx", hidden=True)) == ["new", "refused"]


@pytest.mark.parametrize("name", ["a.csv", "a.xls", "a.html"])
def test_what_is_no_workbook_changes_nothing(desk: Desk, tmp_path: Path, name: str) -> None:
    content = "姓名,电话\n甲雁,13900000001" if name != "a.html" else "<html><table><tr><td>姓名</td></tr></table>"
    (tmp_path / name).write_text(content, encoding="gb18030")
    with pytest.raises(KnownError, match=name):
        importing.preview(desk, tmp_path / name)
    assert _stored(desk) == []


def test_a_sheet_without_a_head_says_what_was_looked_for(desk: Desk, write: Write) -> None:
    with pytest.raises(RuleError, match=r"没有找到表头.*姓名"):
        importing.preview(desk, write(["甲", "乙"], heads=("颜色", "形状")))


def test_60000_rows_are_shown(desk: Desk, tmp_path: Path) -> None:
    import time

    with xlsxwriter.Workbook(tmp_path / "a.xlsx", {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADS[:3])
        for n in range(60_000):
            sheet.write_row(n + 1, 0, [f"雁{n}", number(n % 1000, f"{1950 + n // 1000}0305"), f"139{n:08d}"])
    start = time.process_time()
    shown = importing.preview(desk, tmp_path / "a.xlsx")
    assert (len(shown.rows), shown.count("new"), shown.rows[-1].row) == (60_000, 60_000, 60_001)
    assert time.process_time() - start < 20  # under 2 s where it was written
