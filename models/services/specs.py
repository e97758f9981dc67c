"""The fields of an entity, for whoever draws them: the one door by which the window reads FieldSpecs."""

from __future__ import annotations

from datetime import date
from typing import Any

from models.base import local_date
from models.errors import RuleError
from models.fields import STATE_LABELS, FieldSpec, Kind, Secrecy, State
from models.records import Cell
from models.tables import ENTITIES
from models.tables.check import reason
from models.types import dates, idnumber, mask, money, phone
from resources import codes

DOUBTED = "（待核实）"  # behind a value that is to be verified; an import reads it again


def of(entity: str) -> tuple[FieldSpec, ...]:
    return ENTITIES[entity].specs


def label(entity: str) -> str:
    return ENTITIES[entity].label


def by_name(entity: str, field: str) -> FieldSpec:
    return ENTITIES[entity].by_name[field]


def show(spec: FieldSpec, cell: Cell, *, masked: bool = True) -> str:
    """A cell as people read it: code labels, 是/否, money, dates; 未采集 and its kin in words."""
    if cell.state not in (State.KNOWN, State.TO_VERIFY):
        return STATE_LABELS[cell.state]
    text = plain(spec, cell.value)
    if masked and spec.secrecy is Secrecy.MASKED:
        text = hide(spec, text)
    return f"{text}{DOUBTED}" if cell.state is State.TO_VERIFY else text


def plain(spec: FieldSpec, value: Any) -> str:
    """A value in words, unmasked and without its state."""
    if value is None:
        return ""
    if spec.kind is Kind.BOOL and isinstance(value, bool):
        return "是" if value else "否"
    if spec.kind is Kind.MONEY and isinstance(value, int):
        return money.show(value)
    if spec.kind is Kind.CODE:
        return codes.table(spec.codes).label(str(value))
    if spec.kind is Kind.CODES:
        return "、".join(codes.table(spec.codes).label(c) for c in str(value).split(",") if c)
    return str(value)


def wrong(spec: FieldSpec, cell: Cell) -> str:
    """Why a save would refuse this value, as a sentence to stand under its field; '' when it would not."""
    if cell.state is not State.KNOWN or not cell.value:
        return ""
    try:
        if spec.kind is Kind.ID_NUMBER:
            idnumber.parse(str(cell.value), today=local_date())
            return ""
        if spec.kind is Kind.PHONE:
            phone.single(str(cell.value))
            return ""
    except RuleError as e:
        return e.sentence
    why = reason(spec, cell)
    return f"{why}。" if why else ""


def hide(spec: FieldSpec, text: str) -> str:
    """A masked value as it stands on the screen until asked for."""
    if spec.kind is Kind.ID_NUMBER:
        return mask.mask_id(text)
    if spec.kind is Kind.PHONE:
        return mask.mask_phone(text)
    return mask.mask_account(text)


def long_date(day: date | str | None) -> str:
    """2026年2月8日, without zeros, as official papers write it; '' for None."""
    if not day:
        return ""
    return dates.show(day if isinstance(day, str) else day.isoformat())
