"""Import of a roster of 10,000 rows: rows a second from file to stored people, beside openpyxl reading the sheet alone."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from models.services import desk as desks
from models.services import importing
from resources import divisions
from tests.bench.peers import records
from tests.bench.runner import row

COUNT = 10_000
_HEADS = ("序号", "所在村", "姓名", "性别", "身份证号", "联系电话", "务工地点", "文化程度", "民族", "婚姻状况", "外出时间", "返乡意愿", "工种", "户口性质", "备注")


def roster(path: Path) -> None:
    import xlsxwriter

    villages = divisions.villages("411424104000")
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, _HEADS)
    for n, (_, name, number, phone, _village, place, sex, day) in enumerate(records.persons(COUNT), 1):
        sheet.write_row(n, 0, [str(n), villages[n % len(villages)].name, name, sex, number, phone, place, "初中", "汉族", "已婚", day, "观望", "工人", "农业", "测速"])
    book.close()


def run() -> list[dict[str, Any]]:
    import openpyxl

    with tempfile.TemporaryDirectory(prefix="guiyan-bench-") as folder:
        path = Path(folder) / "roster.xlsx"
        roster(path)
        start = time.perf_counter()
        book = openpyxl.load_workbook(path, read_only=True)
        read = sum(1 for _ in book.active.iter_rows(values_only=True)) - 1
        peer = read / (time.perf_counter() - start)
        desk, _code = desks.init(Path(folder) / "w", "411424104000", "测速", "ceshi-2026")
        start = time.perf_counter()
        shown = importing.preview(desk, path)
        done = importing.accept(desk, shown)
        ours = len(shown.rows) / (time.perf_counter() - start)
        desk.close()
        if done.new + shown.count("refused") != COUNT:
            raise RuntimeError(f"{done.new} new and {shown.count('refused')} refused of {COUNT}")
    return [row("import", ours, "rows/s", "openpyxl reading the sheet alone", peer)]
