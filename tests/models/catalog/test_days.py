"""A year's calendar from what an office pastes: lines, ranges, the notice itself; what is wrong is named by its line."""

from __future__ import annotations

from datetime import date

import pytest

from models.catalog import days, workdays
from models.errors import RuleError

NOTICE = """国务院办公厅关于2026年
部分节假日安排的通知
国办发明电〔2025〕7号

各省、自治区、直辖市人民政府：
    经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
    一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
    二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
    三、清明节：4月4日（周六）至6日（周一）放假，共3天。
    四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
    五、端午节：6月19日（周五）至21日（周日）放假，共3天。
    六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
    七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
    节假日期间，各地区、各部门要妥善安排好值班等工作。
    2025年11月4日
"""


def test_the_notice_of_2026_gives_the_shipped_calendar() -> None:
    found = days.parse(NOTICE, "通知")
    assert {d.on: d.workday for d in found} == workdays.shipped(2026)
    assert {d.source for d in found} == {"国办发明电〔2025〕7号"}
    assert [d.name for d in found if d.on in (date(2026, 1, 1), date(2026, 2, 14), date(2026, 10, 7))] == [
        "元旦",
        "春节调休",
        "国庆节",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-02-08 休 春节 国办7号", [days.Day(date(2027, 2, 8), False, "春节", "国办7号")]),
        ("２０２７／２／８，春节，休，国办7号", [days.Day(date(2027, 2, 8), False, "春节", "国办7号")]),
        ("依据：国办7号\n日期 类型\n2027年2月20日\t上班", [days.Day(date(2027, 2, 20), True, "", "国办7号")]),
        (
            "依据:甲\n2027-02-27至28 班 调休\n2027-03-31~04-01 休",
            [days.Day(date(2027, 2, 27), True, "调休", "甲"), days.Day(date(2027, 2, 28), True, "调休", "甲"),
             days.Day(date(2027, 3, 31), False, "", "甲"), days.Day(date(2027, 4, 1), False, "", "甲")],
        ),
        (
            "元旦：2026年12月31日（周四）至2027年1月1日（周五）放假。\n依据：甲",
            [days.Day(date(2026, 12, 31), False, "元旦", "甲"), days.Day(date(2027, 1, 1), False, "元旦", "甲")],
        ),
    ],
)  # fmt: skip
def test_lines_an_office_would_write(text: str, expected: list[days.Day]) -> None:
    assert list(days.parse(text, "粘贴的文字")) == expected


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "calendar.empty", "每行写一天"),
        ("2027-02-08 休", "calendar.source", "2027-02-08 的依据"),
        ("依据：甲\n2027-02-30 休", "calendar.line", "第 2 行“2027-02-30 休”：2027-02-30 不是日期"),
        ("依据：甲\n2027-02-08", "calendar.line", "“休”或“班”"),
        ("依据：甲\n2027-02-08 加班", "calendar.line", "“休”或“班”"),
        ("依据：甲\n春节休息", "calendar.line", "日期在前"),
        ("依据：甲\n2027-02-13 休\n\n2027-02-13 班", "calendar.line", "第 4 行"),
        ("依据：甲\n2027-02-06 班", "calendar.line", "法定节日"),
        ("依据：甲\n2027-02-05至2027-05-05 休", "calendar.line", "最多 31 天"),
        ("依据：甲\n2027-02-05至2027-02-01 休", "calendar.line", "由早到晚"),
        ("依据：甲\n元旦：1月1日放假", "calendar.line", "没有写年份"),
        (NOTICE.replace("2026", "2027"), "calendar.line", "请核对年份"),
        (NOTICE.replace("至23日", "\n至23日"), "calendar.line", "断开的行"),
        (NOTICE.replace("9月27日", "9月31日").replace("至27日（周日）", "至31日"), "calendar.line", "09-31 不是日期"),
    ],
)  # fmt: skip
def test_a_wrong_line_refuses_the_whole(text: str, code: str, words: str) -> None:
    with pytest.raises(RuleError) as told:
        days.parse(text, "粘贴的文字")
    assert told.value.code == code
    assert words in told.value.sentence
    assert told.value.sentence.startswith("粘贴的文字")


def test_the_year_may_be_told() -> None:
    (day,) = days.parse("元旦：1月1日（周五）放假", "通知", year=2027, source="甲")
    assert day == days.Day(date(2027, 1, 1), False, "元旦", "甲")
