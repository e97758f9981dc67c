"""The two tables of a comparison: groups (a kind of record in a village, counts at both ends), and the records of one that are not alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication

from desktop import look
from desktop.pages.sync.rows import RowsModel, RowsTable
from models.services import differing, specs
from models.services.differing import KINDS, WAITING, Group, Line

_ROW, _MOST = 30, 7
_GROUP_WIDTHS = (128, 176, 96, 96, 96)
_LINE_WIDTHS = (96, 128, 320)


def _tr(text: str) -> str:
    return QCoreApplication.translate("sync", text)


def _group_words(row: Group) -> tuple[str, ...]:
    there = str(row.county) if row.county >= 0 else _tr("不详")
    alike = _tr("相同") if row.same else _tr("不同")
    return specs.label(row.entity), row.village, str(row.here), there, alike, differing.state(row)


def _group_colour(row: Group, column: int) -> str:
    tokens = look.tokens()
    if column < 5:
        return tokens.text
    return tokens.danger if row.faults else tokens.due if row.waiting else tokens.done if row.same else tokens.muted


def _line_words(row: Line) -> tuple[str, ...]:
    state = _tr("等待") if row.why else _tr("不一致")
    title = row.title or _tr("本机没有它的名称（编号末位 {0}）").format(row.record_id[-8:])
    return state, specs.label(row.entity), title, WAITING[row.why] if row.why else KINDS[row.kind]


def _line_colour(row: Line, column: int) -> str:
    tokens = look.tokens()
    if column == 0:
        return tokens.due if row.why else tokens.danger
    return tokens.accent if column == 2 and row.opens[0] else tokens.text


class _Table(RowsTable):
    """Not there when it has nothing to say."""

    def put(self, rows: Sequence[Any]) -> None:
        super().put(rows)
        self.setVisible(bool(rows))


class GroupsTable(_Table):
    """chosen: the group whose records are to be listed."""

    def __init__(self) -> None:
        headings = (_tr("种类"), _tr("村"), _tr("本机"), _tr("县级"), _tr("校验值"), _tr("核对结果"))
        name = _tr("每个种类、每个村在本机和县级的记录数")
        super().__init__(RowsModel(headings, _group_words, _group_colour, numbers=(2, 3)), _GROUP_WIDTHS, name, row=_ROW, most=_MOST)


class LinesTable(_Table):
    def __init__(self) -> None:
        headings = (_tr("情况"), _tr("种类"), _tr("记录"), _tr("哪里不同"))
        name = _tr("不一样的记录，按 Enter 打开")
        super().__init__(RowsModel(headings, _line_words, _line_colour), _LINE_WIDTHS, name, row=_ROW, most=_MOST)
