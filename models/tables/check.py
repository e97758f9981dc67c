"""Whether a cell may stand in a field: the same check for what a clerk types and for what a peer sends."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, partial
from typing import Any

import msgspec

from models import scope
from models.errors import FieldError
from models.fields import FieldSpec, Kind, State
from models.records import Cell, parse_json
from models.tables.base import ENTITIES, Entity
from resources import codes

_DATE = re.compile(r"[12]\d{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_MOMENT = re.compile(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_ID = re.compile(r"\d{17}[\dX]")
_REF = re.compile(r"[0-9a-f]{32}")
_NOT_HEX = re.compile("[^0-9a-f]")
_lines = msgspec.json.Decoder()
_PLAIN = frozenset({Kind.TEXT, Kind.NOTE, Kind.PHONE, Kind.ACCOUNT})  # any text of the field's length
_PATTERNS = {Kind.DATE: (_DATE, "日期应为 2026-11-24、2026-11 或 2026"), Kind.MOMENT: (_MOMENT, "时间格式不对"), Kind.REF: (_REF, "引用的记录编号不对")}

_READ: dict[Kind, Callable[[str], object]] = {Kind.DATE: date.fromisoformat, Kind.MOMENT: datetime.fromisoformat, Kind.JSON: parse_json}


def _storable(text: str) -> bool:
    """Whether there is no NUL in it and no half of a character: neither belongs in text, and PostgreSQL takes neither.

    The encoder that looks for halves costs a tenth of what a pattern would, and a batch is a megabyte.
    """
    try:
        text.encode("utf-32-le")
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def _readable(kind: Kind, value: str) -> bool:
    """Whether whoever works with the value can read it: a 31 November has the right shape, and stops every fold."""
    if kind in _PATTERNS and not _PATTERNS[kind][0].fullmatch(value):
        return False
    if kind not in _READ or (kind is Kind.DATE and len(value) < 10):
        return True
    try:
        _READ[kind](value)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return False
    return True


def reason(spec: FieldSpec, cell: Cell) -> str | None:
    """Why a cell may not stand in its field, as a Chinese phrase; None when it may."""
    value = cell.value
    if cell.state is State.KNOWN:
        return reason_of_known(spec, value)
    if cell.state is not State.TO_VERIFY:
        return None if value is None else "这种状态下不应有值"
    return None if value is None else _reason(spec, value, known=False)


def reason_of_known(spec: FieldSpec, value: Any) -> str | None:
    """The same for a known value."""
    if type(value) is str and spec.kind in _PLAIN:
        if not _storable(value):
            return "含有无法保存的字符"
        return None if len(value) <= spec.limit else f"最多 {spec.limit} 个字，现有 {len(value)} 个"
    return "缺少内容" if value is None else _reason(spec, value, known=True)


@cache
def checks(entity: str) -> dict[str, Callable[[Any], str | None]]:
    """reason_of_known by field, made ready once: a batch asks it ten times a record."""
    return {s.name: _check(s) for s in ENTITIES[entity].specs}


@cache
def column_checks(entity: str) -> dict[str, Callable[[Sequence[Any]], bool]]:
    """Whether all known values of a column (null: none) may stand in its field, by field; False: ask checks() of each.

    For a batch, where nearly every column is right: what Python does at once for a list is a tenth of asking for each value.
    """
    return {s.name: _column_check(s) for s in ENTITIES[entity].specs}


def _column_check(spec: FieldSpec) -> Callable[[Sequence[Any]], bool]:
    limit, one = spec.limit, _check(spec)
    whole = {Kind.REF: _all_references, Kind.JSON: _all_readable}.get(spec.kind)

    def column(values: Sequence[Any]) -> bool:
        texts = [v for v in values if v is not None]
        if not texts:
            return True
        if not {str}.issuperset(map(type, texts)):
            return not any(map(one, texts))
        if spec.kind not in _PLAIN and whole is None:
            return not any(map(one, set(texts)))
        fits = max(map(len, texts)) <= limit and _storable("".join(texts))
        return fits and (whole is None or whole(texts))

    return column


def _all_references(texts: Sequence[str]) -> bool:
    return {32}.issuperset(map(len, texts)) and not _NOT_HEX.search("".join(texts))


def _all_readable(texts: Sequence[str]) -> bool:
    """Whether each is JSON: read as lines, of which a text that is two or none would make more or fewer."""
    lines = "\n".join(texts)
    try:
        return lines.count("\n") == len(texts) - 1 and len(_lines.decode_lines(lines)) == len(texts)
    except (RecursionError, msgspec.MsgspecError):
        return False


def _check(spec: FieldSpec) -> Callable[[Any], str | None]:
    limit, table = spec.limit, codes.table(spec.codes) if spec.kind is Kind.CODE else None

    def plain(value: Any) -> str | None:
        good = type(value) is str and len(value) <= limit and _storable(value)
        return None if good else reason_of_known(spec, value)

    def shaped(value: Any) -> str | None:
        return None if type(value) is str and len(value) <= limit and _readable(spec.kind, value) else reason_of_known(spec, value)

    def coded(value: Any) -> str | None:
        return None if type(value) is str and table and value in table else reason_of_known(spec, value)

    if spec.kind in _PLAIN:
        return plain
    return shaped if spec.kind in _PATTERNS else coded if table else partial(reason_of_known, spec)


def _reason(spec: FieldSpec, value: Any, *, known: bool) -> str | None:
    if spec.kind in (Kind.INT, Kind.MONEY):
        return None if type(value) is int and abs(value) < 1 << 52 else "应为整数"
    if spec.kind is Kind.BOOL:
        return None if type(value) is bool else "应为是或否"
    if not isinstance(value, str):
        return "应为文字"
    if not _storable(value):
        return "含有无法保存的字符"
    if len(value) > spec.limit:
        return f"最多 {spec.limit} 个字，现有 {len(value)} 个"
    return _reason_of_text(spec, value, known=known)


def _reason_of_text(spec: FieldSpec, value: str, *, known: bool) -> str | None:
    if spec.kind is Kind.JSON:
        return None if _readable(spec.kind, value) else "内容无法读懂"
    if spec.kind in _PATTERNS:
        typed = spec.kind is Kind.DATE and not known  # a clerk's own words, to be verified
        return None if typed or _readable(spec.kind, value) else _PATTERNS[spec.kind][1]
    if spec.kind is Kind.OFFICE:
        return None if scope.is_office(value) else "不是机构代码"
    if spec.kind is Kind.ID_NUMBER and known and not _ID.fullmatch(value):
        return "身份证号应为 18 位"
    if spec.kind in (Kind.CODE, Kind.CODES) and known:
        parts = value.split(",") if spec.kind is Kind.CODES else [value]
        table = codes.table(spec.codes)
        bad = [p for p in parts if p not in table]
        return f"“{bad[0]}”不在代码表“{spec.label}”中" if bad else None
    return None


def check(entity: Entity, cells: Mapping[str, Cell]) -> list[FieldError]:
    """What is wrong with these cells, field by field; an empty list when nothing is."""
    errors = []
    for name, cell in cells.items():
        spec = entity.by_name.get(name)
        why = reason(spec, cell) if spec else "没有这个字段"
        if why:
            errors.append(FieldError(name, f"{spec.label if spec else name}：{why}"))
    return errors


def missing(entity: Entity, values: Mapping[str, Any]) -> list[FieldError]:
    """Required fields that a record still lacks: it is a draft until there is none."""
    return [FieldError(s.name, f"缺少{s.label}") for s in entity.specs if s.required and values.get(s.name) in (None, "")]
