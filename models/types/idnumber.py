"""The resident identity number (居民身份证号, GB 11643-1999).

Only length, characters, date and checksum are errors. An address code that is not known is a warning: most adults of
柘城 carry 412327, retired in 1997, and people move and are re-issued, so a code never proves a number wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from operator import mul

from models.errors import RuleError
from models.types.text import flat
from resources import codes

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_ZERO = sum(_WEIGHTS) * ord("0")  # what seventeen zeros would weigh, counted in character codes
# Hyphens, dots and the like that people put between the groups.
_SEPARATORS = re.compile(r"[-—–_.·]")
_CHARACTERS = re.compile(r"[0-9X]*")
_PLAIN = re.compile(r"[0-9]{17}[0-9X]")


@dataclass(frozen=True, slots=True)
class IdNumber:
    """text: 18 characters, X upper case. sex: '1' or '2' of GB/T 2261.1. area: the six-digit address code.

    original: what was typed, kept when it was a 15-digit number. warnings: Chinese sentences; never a refusal.
    """

    text: str
    birth: date
    sex: str
    area: str
    original: str
    warnings: tuple[str, ...] = ()


def check_digit(first17: str) -> str:
    """The 18th character of a number (ISO 7064 MOD 11-2)."""
    if len(first17) != 17 or not (first17.isascii() and first17.isdigit()):
        raise ValueError("seventeen digits are wanted")
    return _CHECKS[(sum(map(mul, first17.encode(), _WEIGHTS)) - _ZERO) % 11]


def parse(text: str, *, today: date | None = None) -> IdNumber:
    """Read a number with full-width digits, lower-case or full-width x, inner blanks, or 15 digits of old.

    Raises RuleError idnumber.length, .chars, .date or .checksum. today: a birth after it is refused.
    """
    plain = text if _PLAIN.fullmatch(text) else _SEPARATORS.sub("", flat(text)).upper().replace("Х", "X").replace("×", "X")
    if not _CHARACTERS.fullmatch(plain) or "X" in plain[:-1]:
        raise RuleError("idnumber.chars", "身份证号只能是数字，最后一位可以是 X。")
    warnings: list[str] = []
    if len(plain) == 15 and plain.isdigit():
        first17 = plain[:6] + "19" + plain[6:]
        number = first17 + check_digit(first17)
        warnings.append("15 位旧号已换算成 18 位，请与本人身份证核对。")
    elif len(plain) == 18:
        number = plain
    else:
        raise RuleError("idnumber.length", f"身份证号应为 18 位，现在是 {len(plain)} 位。")
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise RuleError("idnumber.date", f"身份证号中的出生日期 {number[6:14]} 不存在。") from None
    if birth.year < 1880 or (today is not None and birth > today):
        raise RuleError("idnumber.date", f"身份证号中的出生日期 {birth.isoformat()} 不合理。")
    if check_digit(number[:17]) != number[17]:
        raise RuleError("idnumber.checksum", "身份证号校验位不对，有一位可能写错了，请对照身份证逐位核对。")
    if number[:6] not in codes.table("gbt2260"):
        warnings.append(f"号码前六位 {number[:6]} 不是商丘的现用或旧用区划代码，请核对是否外地户籍。")
    return IdNumber(number, birth, told(number)[1], number[:6], text, tuple(warnings))


def told(number: str) -> tuple[str, str]:
    """(birth date as stored, sex) that a number of 18 characters tells; it must have been read by parse()."""
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}", "1" if number[16] in "13579" else "2"


def parse_number(value: int | float) -> IdNumber:
    """A number that a workbook stored as a number. Above 15 digits its end is lost: refused, never repaired."""
    if not abs(value) < 1e15 or value != int(value):
        raise RuleError("idnumber.number", "身份证号在表格里存成了数字，末几位已丢失，请把该列改为文本格式后重新填写。")
    return parse(str(int(value)))
