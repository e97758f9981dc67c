"""The workbook of what has no receipt, and what a comparison remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import select

from models.records import Cell
from models.services import people, reconciling, syncing
from models.tables.system import AUDIT
from tests.conftest import VILLAGE, DeskFactory


def read(path: Path) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    return [[c for c in row if c is not None] for row in sheet.iter_rows(min_row=4, values_only=True)]


def test_everything_without_a_receipt_and_why(joined: DeskFactory, tmp_path: Path) -> None:
    desk, out = joined(), tmp_path / "清单.xlsx"
    with desk.store.write("李经办", "登记") as unit:
        foreign = unit.create("person", {"name": Cell.of("周外")}, village="411424105201")
    first = people.save(desk, None, {"name": Cell.of("王小雁"), "phone": Cell.of("13900000001")}, VILLAGE).id
    syncing.run(desk)
    assert reconciling.without_receipt(desk, out) == 1
    people.save(desk, first, {"phone": Cell.of("13900000002")})
    people.save(desk, first, {"phone": Cell.of("13900000003")})
    people.save(desk, None, {"name": Cell.of("赵新")}, VILLAGE)
    assert reconciling.without_receipt(desk, out) == 3
    refused, changed, new = read(out)
    assert refused[:4] == [1, "未被接收", "人员", "周外"]
    assert "辖区" in refused[-1]
    assert changed[:4] == [2, "待发送", "人员", "王小雁"], "a record stands once, however often it was changed"
    assert new[:4] == [3, "待发送", "人员", "赵新"]
    assert "139" not in str(read(out)), "names, and no other field of a person"
    with desk.store.read() as conn:
        logged = conn.execute(select(AUDIT.c.detail).where(AUDIT.c.action == "export")).scalars().all()
    assert logged == ['{"count":1}', '{"count":3}']
    people.save(desk, foreign, {"name": Cell.of("周外一")})
    syncing.run(desk)
    assert reconciling.without_receipt(desk, out) == 1


def test_the_last_comparison_is_remembered(joined: DeskFactory) -> None:
    desk = joined()
    assert reconciling.last(desk) == ("", 0)
    syncing.run(desk)
    result = reconciling.run(desk)
    when, faults = reconciling.last(desk)
    assert (result.equal, faults) == (True, 0)
    assert when > "2020"
