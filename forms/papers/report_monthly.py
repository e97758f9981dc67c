"""返乡创业服务月报: the month's figures by village or township, signed by those who answer for them. The workbook says more
(the state of every item): models/services/reporting.py counts for both."""

from __future__ import annotations

from forms.base import Ask, Cell, Form, Sheet
from forms.papers._list import SIZES, signatures
from forms.papers._ruled import A4_WIDE, Ruled, ruled
from forms.typeset.contents import Label, Value
from forms.typeset.page import Press
from forms.typeset.table import Box, Row

_GROUPS = (("登记人员", 2), ("返乡人员", 2), ("联系走访", 2), ("诉　　　求", 7))
_FIGURES = (
    ("people", "期末\n在册"), ("registered", "本月\n新增"), ("returnees", "期末\n在册"), ("returned", "本月\n返乡"), ("visits", "次数"),
    ("visited", "人数"), ("received", "本月\n提出"), ("accepted", "本月\n受理"), ("closed", "本月\n办结"), ("on_time", "按期\n办结"),
    ("late", "超期\n办结"), ("open", "期末\n在办"), ("overdue", "期末\n超期"),
)  # fmt: skip
_COLUMNS = (12.0, 47.0, *([16.0] * len(_FIGURES)))
_NOTES = (
    "说明：按填报时登记的内容统计，补登、撤回、重新办理的会改变以前月份的数字。返乡人员包括返乡创业人员；本月返乡按返乡时间计，只登记到年份的不计。"
    "本月办结＝按期办结＋超期办结，没有办理期限的计入按期；超期按应办结日期计。满意程度取本月内每件诉求最后一次回访。"
)


def _figures(row: dict[str, Cell]) -> list[Box]:
    return [Box(Value(row[name], align=0.5)) for name, _ in _FIGURES]


def _rows(sheet: Sheet) -> list[Row]:
    heads = [Box(Label(words), span) for words, span in _GROUPS]
    rows = [
        Row((Box(Label("序号"), down=2), Box(Label("村（社区）\n或乡镇（街道）"), down=2), *heads), 8, keep=True),
        Row(tuple(Box(Label(words)) for _, words in _FIGURES), 11, keep=True),
    ]
    for row in sheet.each("report.places"):
        rows.append(Row((Box(Value(row["no"], align=0.5)), Box(Value(row["place"], align=0.5)), *_figures(dict(row))), 8.5))
    for row in sheet.each("report.total"):
        rows.append(Row((Box(Label("合　　计"), 2), *_figures(dict(row))), 9, keep=True))
    wide = sum(span for _, span in _GROUPS)
    rows.append(Row((Box(Label("本月诉求事项"), 2), Box(Value(sheet.cell("report.items")), wide)), 11, keep=True))
    rows.append(Row((Box(Label("回访满意程度"), 2), Box(Value(sheet.cell("report.satisfaction")), wide)), 9))
    return rows


def _render(press: Press, sheet: Sheet) -> None:
    title = f"返乡创业服务月报（{sheet.text('report.month')}）"
    left, right = f"填报单位：{sheet.text('office.name')}", f"填报日期：{sheet.text('paper.date')}"
    notes = (signatures(sheet), _NOTES)
    ruled(press, sheet, Ruled(title, _COLUMNS, _rows(sheet), left, right, notes, head=2, page=A4_WIDE, margin=15, top=18, sizes=SIZES))


def _sample() -> Sheet:
    cells = {
        "report.month": Cell("月份", "2026年11月"), "office.name": Cell("机构", "柘城县慈圣镇"),
        "paper.date": Cell("日期", "2026年11月30日"), "account.name": Cell("经办人", "王𡋾"),
        "report.items": Cell("事项", "创业担保贷款 4 件；一次性开业补贴 3 件；设施农业用地备案 1 件；求助、意见、建议 2 件"),
        "report.satisfaction": Cell("满意程度", "很满意 5 件，满意 3 件，一般 1 件，不满意 0 件"),
    }  # fmt: skip
    lines = {
        "白庄村委会": (412, 18, 36, 5, 24, 21, 4, 4, 3, 3, 0, 2, 0),
        "后梁楼村委会": (388, 9, 41, 3, 17, 15, 3, 3, 4, 3, 1, 1, 0),
        "张庄村委会": (275, 0, 12, 0, 6, 6, 3, 2, 2, 2, 0, 3, 1),
    }
    names = [name for name, _ in _FIGURES]
    places = [
        {"no": Cell("序号", str(n)), "place": Cell("村", place), **{k: Cell(k, str(v)) for k, v in zip(names, line, strict=True)}}
        for n, (place, line) in enumerate(lines.items(), 1)
    ]
    total = {name: Cell(name, str(sum(line[n] for line in lines.values()))) for n, name in enumerate(names)}
    return Sheet(cells, {"report.places": places, "report.total": [total]}, "411424108-2026-AP00090")


FORM = Form(
    code="report.monthly",
    title="返乡创业服务月报",
    edition="2026年版",
    valid_from="2026-01-01",
    subject="list",
    wants=tuple(_sample().cells),
    row_wants={"report.places": ("no", "place", *(n for n, _ in _FIGURES)), "report.total": tuple(n for n, _ in _FIGURES)},
    render=_render,
    sample=_sample,
    asks=(Ask("ask.month", "月份（如 2026-11，不填为本月）"),),
)
