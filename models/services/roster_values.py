"""One cell of a roster read by the kind of its field."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

from models.errors import RuleError
from models.fields import FieldSpec, Kind, State
from models.records import Cell
from models.services.sheets import Value
from models.services.specs import DOUBTED
from models.tables import check
from models.types import dates, idnumber, money, names, phone
from models.types.text import flat
from resources import codes, divisions

ERROR, WARNING = "error", "warning"

# What a roster writes where there is no value. A dash says nothing about why, so it claims nothing: 未采集.
_STATES = {
    "": State.UNCOLLECTED, "未采集": State.UNCOLLECTED, "未填": State.UNCOLLECTED, "/": State.UNCOLLECTED,
    "-": State.UNCOLLECTED, "--": State.UNCOLLECTED, "—": State.UNCOLLECTED, "——": State.UNCOLLECTED,
    "\\": State.UNCOLLECTED, "不适用": State.NOT_APPLICABLE, "拒绝": State.REFUSED, "拒绝提供": State.REFUSED,
    "拒填": State.REFUSED, "不详": State.TO_VERIFY, "不清楚": State.TO_VERIFY, "不知道": State.TO_VERIFY,
    "待核实": State.TO_VERIFY, "待定": State.TO_VERIFY, "?": State.TO_VERIFY, "未知": State.TO_VERIFY,
}  # fmt: skip
_YES = frozenset(("是", "有", "√", "✓", "✔", "☑", "y", "yes", "1", "已", "参加", "受过", "已参加", "true"))
_NO = frozenset(("否", "无", "没有", "×", "✗", "✘", "x", "n", "no", "0", "未", "未参加", "不是", "没", "未受过", "false"))
_DIGITS = re.compile(r"\d{1,14}")
_SPLIT = re.compile(r"[、,，;；/|\s]+")


class Result(NamedTuple):
    """cell; problems as (reason, severity); extra: further phone numbers of the same cell."""

    cell: Cell
    problems: tuple[tuple[str, str], ...] = ()
    extra: tuple[str, ...] = ()


def whole(value: Value) -> int | None:
    """The integer that a number cell or a text of digits says; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if value == value and abs(value) < 1e15 and value == int(value) else None
    return int(value) if isinstance(value, str) and _DIGITS.fullmatch(value.strip()) else None


def number_of(value: Value) -> int | float | None:
    """The number of a number cell; None for text, dates and yes or no."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def as_text(value: Value) -> str:
    """What the cell shows: 3 for 3.0, a date as 2026-11-24."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.date().isoformat() if (value.hour, value.minute) == (0, 0) else f"{value:%Y-%m-%d %H:%M}"
    number = whole(value)
    if number is not None:
        return str(number)
    return "" if value is None else str(value)


def _doubt(text: str, reason: str, severity: str = WARNING) -> Result:
    """Keep the text as 待核实 and say why."""
    return Result(Cell(State.TO_VERIFY, text), ((reason, severity),))


def _lost(text: str, reason: str) -> Result:
    """The field cannot hold the text: an error that quotes it, the beginning of a long one."""
    text = text if len(text) <= 60 else text[:60] + "…"
    return Result(Cell(State.TO_VERIFY), ((f"{reason}(原文“{text}”)", ERROR),))


@dataclass(frozen=True)
class Reader:
    """today: for dates without a year. township: 9 digits in which villages are looked up, or None."""

    today: date
    township: str | None = None

    def column(self, spec: FieldSpec, unit: str = "") -> Callable[[Value], Result]:
        """read() for one column, each value once: a roster says the same few things over and over."""
        known: dict[tuple[type, Value], Result] = {}  # by type too: 1, 1.0 and True are equal and read differently

        def read(value: Value) -> Result:
            key = (value.__class__, value)
            found = known.get(key)
            if found is None:
                found = known[key] = self.read(spec, value, unit)
            return found

        return read

    def read(self, spec: FieldSpec, value: Value, unit: str = "") -> Result:
        """One cell, as the store may take it. unit: what stood in the heading's brackets."""
        text = as_text(value).strip()
        if text.endswith(DOUBTED):  # a ledger of this program, come back
            plain = text.removesuffix(DOUBTED)
            found = self.read(spec, plain, unit)
            return found._replace(cell=Cell(State.TO_VERIFY, found.cell.value)) if found.cell.value is not None else found
        state = _STATES.get(flat(text))
        if state is not None and not (spec.codes and codes.table(spec.codes).find(text)):
            return Result(Cell(state))
        result = self._kinds[spec.kind](spec, value, text, unit)
        refused = check.reason(spec, result.cell)
        return _lost(text, refused) if refused else result

    @cached_property
    def _kinds(self) -> dict[Kind, Callable[[FieldSpec, Value, str, str], Result]]:
        return {
            Kind.TEXT: self._text, Kind.NOTE: self._note, Kind.CODE: self._code, Kind.CODES: self._codes,
            Kind.DATE: self._date, Kind.INT: self._int, Kind.MONEY: self._money, Kind.BOOL: self._bool,
            Kind.ID_NUMBER: self._id, Kind.PHONE: self._phone, Kind.ACCOUNT: self._account, Kind.OFFICE: self._office,
        }  # fmt: skip

    def _text(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if spec.name == "name" or spec.name.endswith("_name"):
            return Result(Cell.of(names.normalise(text)))
        return Result(Cell.of(names.safe_nfc(names.unprivate(" ".join(text.split())))))

    def _note(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        return Result(Cell.of(names.safe_nfc(names.unprivate(text.replace("\r\n", "\n")))))

    def _code(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        found = codes.table(spec.codes).find(text)
        if found is not None:
            return Result(Cell.of(found))
        if flat(text) in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        return _doubt(text, f"“{text}”不在“{spec.label}”的可选项中，已按待核实保留原文。")

    def _codes(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if flat(text) in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        table = codes.table(spec.codes)
        whole_label = table.find(text)
        parts = [text] if whole_label else [part for part in _SPLIT.split(text) if part]
        found = [table.find(part) for part in parts]
        if None in found:
            bad = parts[found.index(None)]
            return _doubt(text, f"“{bad}”不在“{spec.label}”的可选项中，已按待核实保留原文。")
        return Result(Cell.of(",".join(sorted({code for code in found if code}))))

    def _date(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if flat(text) == "无":
            return Result(Cell(State.NOT_APPLICABLE))
        try:
            return Result(Cell.of(dates.parse(text if value is None or isinstance(value, bool) else value, self.today)))
        except RuleError as error:
            return _doubt(text, error.sentence)

    def _int(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        plain = flat(text)
        if plain in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        months = spec.unit == "月"
        if months and (found := re.fullmatch(r"(\d+(?:\.\d+)?)年(?:零?(\d+)个?月)?", plain)):
            return self._exact(float(found[1]) * 12 + int(found[2] or 0), text)
        bare = re.sub(rf"(个?{re.escape(spec.unit)}|个月)$" if months else rf"{re.escape(spec.unit)}$", "", plain)
        try:
            number = float(bare.replace(",", ""))
        except ValueError:
            return _lost(text, "应是整数")
        return self._exact(number * 12 if months and unit == "年" else number, text)

    @staticmethod
    def _exact(number: float, text: str) -> Result:
        if not abs(number) < 1e15 or number != int(number):
            return _lost(text, "应是整数")
        return Result(Cell.of(int(number)))

    def _money(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if flat(text) in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        if unit not in ("", "元", "千元", "万元", "亿元", "万"):
            unit = ""
        number = number_of(value)
        try:
            return Result(Cell.of(money.parse(text if number is None else number, unit or "元")))
        except RuleError as error:
            return _lost(text, error.sentence.rstrip("。"))

    def _bool(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        word = flat(text).casefold()
        if word in _YES or word in _NO:
            return Result(Cell.of(word in _YES))
        return _lost(text, "请写是或否")

    def _id(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if flat(text) in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        number = number_of(value)
        try:
            card = idnumber.parse(text, today=self.today) if number is None else idnumber.parse_number(number)
        except RuleError as error:
            if error.code == "idnumber.number":
                # What the cell shows is not the number that was meant: nothing of it may be kept.
                return Result(Cell(), ((error.sentence, ERROR),))
            return _doubt(text, error.sentence, ERROR)
        return Result(Cell.of(card.text), tuple((warning, WARNING) for warning in card.warnings))

    def _phone(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if flat(text) in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        number = number_of(value)
        try:
            found = phone.normalise(text if number is None else number)
        except RuleError as error:
            return _doubt(text, error.sentence)
        return Result(Cell.of(found.first), extra=found.rest)

    def _account(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if flat(text) in ("无", "没有"):
            return Result(Cell(State.NOT_APPLICABLE))
        if isinstance(value, int | float) and not abs(value) < 1e15:
            return Result(Cell(), (("银行账号在表格里存成了数字，末几位已丢失，请改为文本格式重新填写。", ERROR),))
        plain = re.sub(r"[-—]", "", flat(text))
        if not re.fullmatch(r"\d{8,30}", plain):
            return _doubt(text, "银行账号应全是数字，请核对。")
        return Result(Cell.of(plain))

    def _office(self, spec: FieldSpec, value: Value, text: str, unit: str) -> Result:
        if self.township:
            village = divisions.match_village(text, self.township)
            if village:
                return Result(Cell.of(village.code))
        elif (found := divisions.get(flat(text))) is not None and len(flat(text)) == 12:
            return Result(Cell.of(found.code))
        return _lost(text, "在本乡镇找不到这个村，或有几个村同名")
