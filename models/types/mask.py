"""How a private value is shown until somebody asks for it, and in every 公示: 412327********1234, 139****5678."""

from __future__ import annotations

import re


def mask_id(number: str) -> str:
    """Six digits, stars, four characters; a number too short to keep eight stars shows nothing at all."""
    if len(number) < 15:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def mask_phone(number: str) -> str:
    """A mobile as 139****5678; a landline keeps its area code and last three; other digits are stars, and words beside them stay."""
    if re.fullmatch(r"\d{11}", number):
        return number[:3] + "****" + number[7:]
    head, dash, tail = number.partition("-")
    if dash and len(tail) >= 7:
        return f"{head}-{'*' * (len(tail) - 3)}{tail[-3:]}"
    if number.isdigit():
        return "*" * len(number)
    return re.sub(r"\d+", lambda run: mask_phone(run[0]), number)


def mask_account(number: str) -> str:
    """The last four of a bank account, behind as many stars as it had digits."""
    return "*" * len(number) if len(number) < 12 else "*" * (len(number) - 4) + number[-4:]


def mask_name(name: str) -> str:
    """A name in a list where even the name is too much (a child's): the first character and stars."""
    return name[:1] + "*" * (len(name) - 1)
