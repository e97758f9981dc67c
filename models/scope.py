"""Who sees what: levels and subtrees of office codes.

A code is 12 digits of the division tables (city 4, county 6, township 9, village 12 significant digits, zeros
behind), perhaps with a bureau's suffix: 411424000000-RS is the 人社局 of 柘城县.
"""

from __future__ import annotations

import re
from enum import StrEnum

_CODE = re.compile(r"\d{12}(-[A-Z]{2,4})?")


class Level(StrEnum):
    CITY = "city"
    COUNTY = "county"
    BUREAU = "bureau"
    TOWNSHIP = "township"
    VILLAGE = "village"


def is_office(code: str) -> bool:
    return bool(_CODE.fullmatch(code))


def level_of(code: str) -> Level:
    if len(code) > 12:
        return Level.BUREAU
    if code[4:] == "00000000":
        return Level.CITY
    if code[6:] == "000000":
        return Level.COUNTY
    return Level.TOWNSHIP if code[9:] == "000" else Level.VILLAGE


_DIGITS = {Level.CITY: 4, Level.COUNTY: 6, Level.BUREAU: 12, Level.TOWNSHIP: 9, Level.VILLAGE: 12}


def prefix_of(office: str) -> str:
    """The leading digits that every division of the office's subtree shares. A bureau has no subtree of its own."""
    return office[: _DIGITS[level_of(office)]]


def covers(office: str, village: str) -> bool:
    """Whether a division lies in an office's subtree. Never true for a bureau: it sees what was referred to it."""
    return level_of(office) is not Level.BUREAU and village.startswith(prefix_of(office))


def next_prefix(prefix: str) -> str:
    """The smallest text after everything that starts with prefix: for range conditions that an index can serve."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
