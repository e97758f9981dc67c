"""A ruled table: the rows that fill its last page."""

from __future__ import annotations

from typing import Any

from forms.base import Cell
from forms.typeset.contents import Label, Value
from forms.typeset.page import Pen, Press
from forms.typeset.table import Box, Row, Table


def _drawn(rows: int, spare: bool) -> bytes:
    press = Press("样")

    def turn() -> Pen:
        return press.page()

    def more(n: int) -> Row:
        return Row((Box(Label(f"空{n}")), Box(Label(""))), 10)

    each = tuple(Row((Box(Label(str(n))), Box(Value(Cell("", "赵㛃")))), 10) for n in range(rows))
    head = Row((Box(Label("序号")), Box(Label("姓名"))), 10)
    table = Table((20.0, 60.0), (head, *each), 20.0, 1, spare=more if spare else None)
    _, y = table.draw(press, press.page(), 30.0, 200.0, 30.0, turn)
    assert y == 30 + 10 * (rows % 16 + 1) if not spare else y == 200
    return press.bytes()


def test_spare_rows_fill_the_last_page_and_no_other(read: Any) -> None:
    first, last = read.texts(_drawn(20, True))
    assert "空" not in first
    assert last.count("赵㛃") == 4
    assert "空12" in last
    assert "空13" not in last


def test_a_table_without_spare_rows_ends_behind_its_last(read: Any) -> None:
    assert "空" not in "".join(read.texts(_drawn(20, False)))


def test_the_headings_of_a_list_come_again_within_it_and_not_behind_it(read: Any) -> None:
    press = Press("样")

    def turn() -> Pen:
        return press.page()

    def one(text: str, **more: Any) -> Row:
        return Row((Box(Label(text)),), 10, **more)

    rows = (one("甲"), one("表头", keep=True), *[one("成员", under=True)] * 20, *[one("乙")] * 20)
    Table((60.0,), rows, 20.0).draw(press, press.page(), 30.0, 200.0, 30.0, turn)
    pages = read.texts(press.bytes())
    assert [page.count("表头") for page in pages] == [1, 1, 0]
    assert [page.count("成员") for page in pages] == [15, 5, 0]
    assert [page.count("乙") for page in pages] == [0, 11, 9]


def test_room_below_the_end_is_taken_from_the_last_page_alone(read: Any) -> None:
    press = Press("样")

    def turn() -> Pen:
        return press.page()

    rows = tuple(Row((Box(Label("行")),), 10) for _ in range(34))
    _, y = Table((60.0,), rows, 20.0).draw(press, press.page(), 30.0, 200.0, 30.0, turn, 25.0)
    assert [page.count("行") for page in read.texts(press.bytes())] == [17, 14, 3]
    assert y == 60
