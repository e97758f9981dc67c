"""Telephone numbers as rosters hold them: mobiles, landlines with area code, several in one cell."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from models.errors import RuleError
from models.types.text import flat, visible

_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})(\d{7,8})")
_EXTENSION = re.compile(r"(?:(?:转|分机|ext\.?|x|#)[:：]?|(?<=\d{7})-)(\d{1,6})$", re.I)
_SERVICE = re.compile(r"1\d{2}|1[0-2]\d{3}|9\d{4}|[48]00\d{7}")
_BETWEEN = re.compile(r"[/／、,，;；|\n或和]+")
_LABEL = re.compile(r"^(联系电话|电话|手机号?码?|tel)[:：]?", re.I)
_NOISE = re.compile(r"[-—–‐‑－()（）.·\s]")


@dataclass(frozen=True, slots=True)
class Phones:
    """first: the number to ring (13912345678 or 0370-3123456). rest: the others of the same cell, in its order."""

    first: str
    rest: tuple[str, ...] = ()


def _one(text: str) -> str:
    plain = _LABEL.sub("", flat(text))
    extension = _EXTENSION.search(plain) if plain.startswith(("0", "(0", "+86", "86")) else None
    plain = _NOISE.sub("", plain[: extension.start()] if extension else plain)
    plain = re.sub(r"^(\+|00)?86(?=0?1[3-9]\d{9}$|0\d{9,11}$|[3-9]\d{9,10}$)", "", plain)
    plain = re.sub(r"^0(?=1[3-9]\d{9}$)", "", plain)
    if _MOBILE.fullmatch(plain):
        return plain
    if re.fullmatch(r"[0-9.]+e\+?\d+", plain, re.I):
        raise RuleError("phone.number", "电话号码在表格里变成了科学计数法，末几位已丢失，请按文本重新填写。")
    if re.fullmatch(r"1\d+", plain) and len(plain) > 5:
        if len(plain) == 11:
            raise RuleError("phone.prefix", f"没有以 {plain[:2]} 开头的手机号，请核对。")
        raise RuleError("phone.length", f"手机号应为 11 位，现在是 {len(plain)} 位。")
    if found := _LANDLINE.fullmatch(plain):
        return "-".join((*found.groups(), *(extension.groups() if extension else ())))
    if _SERVICE.fullmatch(plain):
        return plain
    if re.fullmatch(r"[2-9]\d{6,7}", plain):
        raise RuleError("phone.area", "固定电话请写上区号，例如 0370-3123456。")
    raise RuleError("phone.chars", "看不出是电话号码，请写 11 位手机号，或带区号的固定电话。")


def single(text: str) -> str:
    """The one number of a field. Raises RuleError; a second number is never dropped in silence."""
    found = normalise(text)
    if found.rest:
        raise RuleError("phone.several", "这一栏只放一个号码，另一个请写在“其他电话”或备注里。")
    return found.first


def normalise(value: str | int | float) -> Phones:
    """All numbers of one cell. A whole number from a workbook reads like its digits.

    Raises RuleError phone.length, .prefix, .area, .chars, .number or .empty, for the first number that is wrong.
    """
    if isinstance(value, float | int):
        if not abs(value) < 1e15 or value != int(value):
            raise RuleError("phone.number", "电话号码在表格里存成了小数或过长的数字，请按文本重新填写。")
        value = str(int(value))
    if value.isascii() and _MOBILE.fullmatch(value):  # nearly all of them
        return Phones(value)
    text = unicodedata.normalize("NFKC", visible(value)).strip()
    parts = [part for part in _BETWEEN.split(text) if part.strip()]
    if not parts:
        raise RuleError("phone.empty", "没有填写电话号码。")
    if len(parts) == 1 and " " in parts[0]:
        # Blanks part two numbers when each piece is one by itself; else they only group the digits of one.
        pieces = parts[0].split()
        if all(re.fullmatch(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}", piece) for piece in pieces):
            parts = pieces
    numbers = tuple(dict.fromkeys(_one(part) for part in parts))
    return Phones(numbers[0], numbers[1:])
