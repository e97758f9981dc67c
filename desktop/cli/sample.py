"""Invented people of one village, as a roster that looks like the real ones: titles, merged heads, mixed spellings.

Nobody in it is real. Some rows are wrong on purpose: the import must refuse them and say why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from models.types.idnumber import check_digit

TOWNSHIP, COUNTY, BUREAU = "411424104000", "411424000000", "411424000000-RS"


@dataclass(frozen=True, slots=True)
class Invented:
    """One row. number: first 17 characters of an invented ID number, or '' for none."""

    name: str
    sex: str
    number: str
    phone: str
    household: str
    head: str
    schooling: str
    place: str
    employer: str
    job: str
    since: str
    wish: str


_VILLAGERS = (
    Invented(
        "王建军",
        "男",
        "41232719780512001",
        "13700000101",
        "001",
        "王建军",
        "初中",
        "江苏常熟",
        "常熟服装厂",
        "裁剪工",
        "2009.3",
        "观望",
    ),
    Invented(
        "李秀英",
        "女",
        "41232719800903002",
        "13700000102",
        "001",
        "王建军",
        "初中",
        "江苏常熟",
        "常熟服装厂",
        "缝纫工",
        "2009年3月",
        "观望",
    ),
    Invented(
        "赵㛃", "女", "41142419930215004", "13700000103", "002", "赵国强", "大专", "广东东莞", "电子厂", "质检", "2015-7", "愿意"
    ),
    Invented(
        "钱䶮",
        "男",
        "41142419880706003",
        "13700000104",
        "003",
        "钱䶮",
        "高中",
        "浙江宁波",
        "防水工程公司",
        "施工队长",
        "2008/2/20",
        "愿意",
    ),
    Invented("孙𬘫", "男", "41232719750101001", "13700000105", "004", "孙𬘫", "小学", "上海", "建筑工地", "木工", "1998", "不愿"),
    Invented(
        "李𬭎",
        "男",
        "41142419901111005",
        "13700000106",
        "005",
        "李𬭎",
        "本科",
        "江苏苏州",
        "软件公司",
        "程序员",
        "2013.9",
        "观望",
    ),
    Invented(
        "周𫖯", "男", "41232719820330007", "13700000107", "006", "周𫖯", "初中", "福建晋江", "鞋厂", "车间主任", "2005", "愿意"
    ),
    Invented("吴𬀩", "女", "41142419950818006", "13700000108", "007", "吴大山", "大专", "在家", "", "", "", "已返乡"),
    Invented(
        "郑𠅤", "男", "41232719790625009", "13700000109", "008", "郑𠅤", "初中", "贵州贵阳", "辣椒经销部", "采购", "2010", "愿意"
    ),
    Invented(
        "王𡋾",
        "男",
        "41142419860412007",
        "13700000110",
        "009",
        "王𡋾",
        "高中",
        "广东东莞",
        "模具厂",
        "模具师傅",
        "2006.10",
        "观望",
    ),
    Invented("单桂兰", "女", "41232719700723008", "13700000111", "010", "单桂兰", "小学", "在家", "", "", "", "不愿"),
    Invented(
        "解长乐",
        "男",
        "41142419911230001",
        "13700000112",
        "011",
        "解长乐",
        "中专",
        "江苏苏州",
        "物流园",
        "司机",
        "2012年",
        "愿意",
    ),
    Invented(
        "欧阳春燕",
        "女",
        "41142419980301000",
        "13700000113",
        "012",
        "欧阳春燕",
        "本科",
        "上海",
        "电商公司",
        "运营",
        "2020-7-1",
        "愿意",
    ),
    Invented("仇福贵", "男", "", "13700000114", "013", "仇福贵", "小学", "在家", "", "", "", "未采集"),
)


def full_number(first: str) -> str:
    return first + check_digit(first) if first else ""


def write_roster(path: Path, village_name: str) -> None:
    """A workbook with a title, a two-level head, full-width digits, a number cell and three wrong rows at the end."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side

    book = Workbook()
    sheet = book.active
    sheet.title = "外出务工人员"
    book.create_sheet("Sheet2")
    thin = Side(style="thin")
    box, middle = Border(left=thin, right=thin, top=thin, bottom=thin), Alignment("center", "center", wrap_text=True)

    def head(top: int, left: int, bottom: int, right: int, text: str) -> Any:
        cell = sheet.cell(top, left, text)
        cell.border, cell.alignment = box, middle
        sheet.merge_cells(start_row=top, start_column=left, end_row=bottom, end_column=right)
        return cell

    head(1, 1, 1, 13, f"慈圣镇{village_name}外出务工人员信息登记台帐").font = Font(bold=True, sz=16)
    head(2, 1, 2, 13, "填报单位：（盖章）          填报日期：2026年11月20日")
    single = {1: "序号", 2: "所在村", 3: "户编号", 4: "户主", 5: "姓  名", 6: "性别", 7: "身份证\n号码", 8: "联系电话",
              9: "文化程度", 13: "返乡创业\n意愿"}  # fmt: skip
    for column, text in single.items():
        head(3, column, 4, column, text)
    head(3, 10, 3, 12, "外出务工情况")
    for column, text in {10: "务工地点", 11: "务工单位", 12: "外出时间"}.items():
        head(4, column, 4, column, text)
    sheet.column_dimensions["G"].width = sheet.column_dimensions["H"].width = 20
    for n, person in enumerate(_VILLAGERS):
        _write(sheet, 5 + n, n + 1, village_name, person)
    _write_wrong(sheet, 5 + len(_VILLAGERS), village_name)
    book.save(path)


def _write(sheet: Any, row: int, n: int, village_name: str, p: Invented) -> None:
    short = village_name.removesuffix("村委会")
    number = full_number(p.number)
    if n == 2:
        number = number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    values = [n, short if n % 2 else short + "村", p.household, p.head, p.name, p.sex, number.lower(), p.phone,
              p.schooling, p.place, p.employer, p.since, p.wish]  # fmt: skip
    for column, value in enumerate(values, 1):
        if value:
            sheet.cell(row, column, int(p.phone) if column == 8 and n % 3 == 0 else value)


def _write_wrong(sheet: Any, row: int, village_name: str) -> None:
    right = full_number("41142419840216005")
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    for n, (name, phone) in enumerate((("张守业", "13700000115"), ("刘满仓", "13700000116"), ("陈来喜", "1370000011"))):
        for column, value in {1: len(_VILLAGERS) + 1 + n, 2: village_name, 5: name, 8: phone}.items():
            sheet.cell(row + n, column, value)
    sheet.cell(row, 7, wrong)
    sheet.cell(row + 1, 7, 411424198402160056)  # more digits than a workbook keeps: it must be refused


def request_of_today() -> dict[str, Any]:
    """An invented request for a guaranteed loan."""
    return {
        "item": "money.loan",
        "text": "想回村办一个服装加工点，带动十来户就业，厂房已谈好，缺流动资金，咨询并申请返乡创业担保贷款。",
        "on": date.today(),
    }
