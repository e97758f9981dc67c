"""签到表 and 考勤册: lists that go round and are signed; rows behind the last are for those who come unannounced.

They have a column for the telephone, as offices' own lists do. Whoever signs reads what stands above, so the numbers are masked
like those on a wall (Form.public): the ends are enough to know one's own by and to say that it has changed.
"""

from __future__ import annotations

import re

from forms.base import Ask, Cell, Form, Sheet
from forms.errors import FormError
from forms.papers._grid import sample, sample_rows
from forms.papers._list import MARGIN, SIZES, Column, body, by_hand, head, signatures
from forms.papers._ruled import A3_WIDE, A4_WIDE, Ruled, ruled
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row

_SIGNIN = "签到表"
_SIGNIN_COLUMNS = (
    Column("no", "序号", 12), Column("name", "姓　名", 22), Column("village_short", "单位（村）", 28, 0.0),
    Column("out_place", "从业地", 33, 0.0), Column("trade", "行　业", 29, 0.0), Column("phone", "联系电话", 26),
    Column("", "签　名", 30),
)  # fmt: skip
_SIGNIN_ASKS = (
    Ask("ask.title", "活动名称", required=True),
    Ask("ask.date", "时间"),
    Ask("ask.place", "地点"),
)


def _said(sheet: Sheet, name: str, blank: str) -> str:
    """What was typed, else a line to write on: nobody has to know the place when the sheet is printed."""
    return sheet.known(name) or blank


def _signin(press: Press, sheet: Sheet) -> None:
    columns = _SIGNIN_COLUMNS
    title = sheet.known("ask.title") + _SIGNIN
    left, right = f"时间：{_said(sheet, 'ask.date', '　　　　　　　　')}", f"地点：{_said(sheet, 'ask.place', '　　　　　　　　　　')}"
    notes = (f"主办单位：{sheet.text('office.name')}　　　　记录人：{sheet.text('account.name')}", "联系电话只印首尾几位，供本人核对；有变动的，请告诉记录人。")
    ruled(press, sheet, Ruled(
        title, tuple(c.width for c in columns), (head(columns), *body(columns, sheet, "people", 10)), left, right, notes, head=1,
        margin=MARGIN, top=18, sizes=SIZES, spare=by_hand(columns, sheet, "people", 10),
    ))  # fmt: skip


def _signin_sample() -> Sheet:
    cells = sample(
        ask__title="慈圣镇返乡创业座谈会", ask__date="2027年1月28日上午9:00", ask__place="镇政府三楼会议室",
        office__name="柘城县慈圣镇", account__name="王𡋾",
    )  # fmt: skip
    rows = sample_rows(
        tuple(c.cell for c in _SIGNIN_COLUMNS if c.cell),
        ("1", "赵㛃", "白庄村", "江苏省常熟市", "纺织服装、服饰业", "13800000044"),
        ("2", "钱䶮", "白庄村", "江苏省常熟市", "纺织服装、服饰业", "13800000042"),
        ("3", "孙𬘫", "后梁楼村", "上海市松江区", "住宿和餐饮业", "13800000043"),
        ("4", "李𬭎", "后梁楼村", "广东省东莞市", "金属制品业", "13800000051"),
        ("5", "周𫖯", "张庄村", "广东省东莞市", "金属制品业", "13800000061"),
        ("6", "吴𬀩", "张庄村", "浙江省杭州市", "零售业", "13800000071"),
    )
    return Sheet(cells, {"people": rows})


_ATTENDANCE = "培训考勤册"
_BEFORE = (
    Column("no", "序号", 12), Column("name", "姓　名", 22), Column("village_short", "所在村", 26, 0.0), Column("phone", "联系电话", 26),
)  # fmt: skip
_BEHIND = (Column("", "出勤\n天数", 13), Column("", "备　注", 22))
_ATTENDANCE_ASKS = (
    Ask("ask.title", "培训班名称", required=True),
    Ask("ask.days", "培训日期（一行一天，或只写天数）", 6, required=True),
    Ask("ask.place", "培训地点"),
    Ask("ask.teacher", "授课教师"),
)
_ON_A4, _MOST = 18, 40  # days
_DAY = 25.0  # mm that 12月18日 would need on one line with air around it
_UNNAMED = 10  # days that are drawn when nobody said how many there are


def days(typed: str) -> list[str]:
    """The days of a class: one a line or parted by 、 or a comma; a number alone is so many days without their dates.

    Raises FormError for more than a sheet can hold: a day that is left out is a day nobody was there.
    """
    named = [day for part in re.split(r"[\n、，,；;]", typed) if (day := part.strip())]
    if len(named) == 1 and named[0].isdecimal():
        # No class is longer than a year: what is written so is a date without its signs.
        named = [str(n) for n in range(1, int(named[0]) + 1)] if 1 <= int(named[0]) <= 366 else named
    if len(named) > _MOST:
        raise FormError("print.days", f"培训日期有 {len(named)} 天，一册考勤册最多排 {_MOST} 天。请分成几册打印。")
    return named or [""] * _UNNAMED


def _attendance(press: Press, sheet: Sheet) -> None:
    named = days(sheet.known("ask.days"))
    page = A4_WIDE if len(named) <= _ON_A4 else A3_WIDE
    wide = (page[0] - 2 * MARGIN - sum(c.width for c in (*_BEFORE, *_BEHIND))) / len(named)
    each = tuple(Column("", day, wide) for day in named)
    columns = (*_BEFORE, *each, *_BEHIND)
    top = (
        *(Box(Label(c.head), down=2) for c in _BEFORE), Box(Label("培　训　日　期"), len(each)),
        *(Box(Label(c.head), down=2) for c in _BEHIND),
    )  # fmt: skip
    # In a narrow column the day stands under its month, alike for the 8th and the 18th.
    parted = [c.head.replace("月", "月\n") if wide < _DAY else c.head for c in each]
    second = Row(tuple(Box(Value(Cell("", text), align=0.5)) for text in parted), 11.5, keep=True)
    called = sheet.known("ask.title")
    left = f"培训地点：{_said(sheet, 'ask.place', '　　　　　　　　　　')}"
    right = f"授课教师：{_said(sheet, 'ask.teacher', '　　　　　　')}　　主办单位：{sheet.text('office.name')}"
    notes = (signatures(sheet), "说明：学员本人每日签名；请假写“假”、旷课写“旷”；出勤天数由班主任结业时填写，作为发放合格证和申领培训补贴的依据。")
    ruled(press, sheet, Ruled(
        f"{called}考勤册" if called else _ATTENDANCE, tuple(c.width for c in columns),
        (Row(top, 8, keep=True), second, *body(columns, sheet, "people")), left, right, notes, head=2,
        page=page, margin=MARGIN, top=15, sizes=SIZES, spare=by_hand(columns, sheet, "people"),
    ))  # fmt: skip


def _attendance_sample() -> Sheet:
    cells = sample(
        ask__title="2026年第4期网络创业培训班", ask__days="\n".join(f"12月{n}日" for n in range(8, 13)), ask__teacher="郑𠅤",
        ask__place="慈圣镇便民服务中心二楼", office__name="柘城县慈圣镇", account__name="王𡋾",
    )  # fmt: skip
    rows = sample_rows(
        tuple(c.cell for c in _BEFORE),
        ("1", "赵㛃", "白庄村", "13800000044"),
        ("2", "钱䶮", "白庄村", "13800000042"),
        ("3", "孙𬘫", "后梁楼村", "13800000043"),
        ("4", "李𬭎", "后梁楼村", "13800000051"),
        ("5", "周𫖯", "张庄村", "13800000061"),
        ("6", "吴𬀩", "张庄村", "13800000071"),
    )
    return Sheet(cells, {"people": rows})


_WANTS = ("office.name", "account.name")

FORMS = (
    Form(
        code="roster.signin",
        title=_SIGNIN,
        edition="2026年版",
        valid_from="2026-01-01",
        subject="people",
        wants=(*_WANTS, *(a.name for a in _SIGNIN_ASKS)),
        row_wants={"people": tuple(c.cell for c in _SIGNIN_COLUMNS if c.cell)},
        render=_signin,
        sample=_signin_sample,
        public=True,
        asks=_SIGNIN_ASKS,
    ),
    Form(
        code="roster.attendance",
        title=_ATTENDANCE,
        edition="2026年版",
        valid_from="2026-01-01",
        subject="people",
        wants=(*_WANTS, *(a.name for a in _ATTENDANCE_ASKS)),
        row_wants={"people": tuple(c.cell for c in _BEFORE)},
        render=_attendance,
        sample=_attendance_sample,
        public=True,
        asks=_ATTENDANCE_ASKS,
    ),
)
