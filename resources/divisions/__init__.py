"""The divisions of Shangqiu: city, counties, townships and villages with their 12-digit codes.

shangqiu.csv holds code, name, aliases and initials; the tree is in the code itself: digits 1-6 the county, 1-9 the
township, 1-12 the village. A name is never a key: 563 village names are borne by more than one village, none twice
inside one township. Edition and corrections: ../NOTICE.md.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parent / "shangqiu.csv"


class Level(StrEnum):
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


@dataclass(frozen=True, slots=True)
class Division:
    """code: 12 digits. name: as printed, e.g. 张庄村委会. aliases: other spellings in official lists."""

    code: str
    name: str
    level: Level
    aliases: tuple[str, ...] = ()
    initials: str = ""

    @property
    def short(self) -> str:
        """The name as people say it: 张庄 for 张庄村委会."""
        return _ENDING.sub("", self.name) or self.name

    @property
    def county(self) -> str:
        return self.code[:6]

    @property
    def township(self) -> str:
        return self.code[:9]


# Tails that rosters add or leave out; 村 alone only after a name of two characters or more (褚村 stays 褚村).
_ENDING = re.compile(r"(村村民委员会|村民委员会|社区居民委员会|居民委员会|社区居委会|村委会|居委会|社区|委员会)$")
_TOWN = re.compile(r"(街道办事处|街道|镇|乡)$")
_GROUP = re.compile(r"第?[0-9一二三四五六七八九十]+(村民小组|村民组|小组|组|队)$")
_VILLAGE = re.compile(r"(?<=..)村$")


def _level(code: str) -> Level:
    if code[9:] != "000":
        return Level.VILLAGE
    if code[6:9] != "000":
        return Level.TOWNSHIP
    return Level.CITY if code[4:6] == "00" else Level.COUNTY


def _fold(text: str) -> str:
    flat = "".join(unicodedata.normalize("NFKC", text).split())
    return flat.replace("禇", "褚")


def _stems(name: str) -> tuple[str, ...]:
    """The spellings under which a village is found, fullest first."""
    full = _fold(name)
    short = _ENDING.sub("", full) or full
    return tuple(dict.fromkeys((full, short, _VILLAGE.sub("", short))))


@dataclass(frozen=True, slots=True)
class _Tree:
    codes: Mapping[str, Division]
    children: Mapping[str, tuple[Division, ...]]


@lru_cache(maxsize=1)
def _tree() -> _Tree:
    with FILE.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        rows = [
            Division(code, name, _level(code), tuple(aliases.split("|")) if aliases else (), initials)
            for code, name, aliases, initials in reader
        ]
    children: dict[str, list[Division]] = {}
    for row in rows:
        parent = {Level.VILLAGE: row.code[:9], Level.TOWNSHIP: row.code[:6], Level.COUNTY: row.code[:4]}.get(row.level)
        children.setdefault(parent or "", []).append(row)
    return _Tree({row.code: row for row in rows}, {key: tuple(value) for key, value in children.items()})


def all() -> tuple[Division, ...]:
    """Every division, city first, in the order of the official list."""
    return tuple(_tree().codes.values())


def counties() -> tuple[Division, ...]:
    return _tree().children["4114"]


def townships(county: str) -> tuple[Division, ...]:
    """The townships of a county, given by its 6 digits or any longer code beneath it; () when it is unknown."""
    return _tree().children.get(county[:6], ())


def villages(township: str) -> tuple[Division, ...]:
    """The villages of a township, given by its 9 digits or any longer code beneath it; () when it is unknown."""
    return _tree().children.get(township[:9], ())


def get(code: str) -> Division | None:
    """A division by its code; 6 or 9 digits are filled up with zeros."""
    return _tree().codes.get(code.ljust(12, "0"))


def path(code: str) -> str:
    """The full name of a place, county first: 柘城县慈圣镇张庄村委会; '' when it is unknown."""
    above = [code[:6].ljust(12, "0"), code[:9].ljust(12, "0"), code]
    tree = _tree().codes
    return "".join(tree[c].name for c in dict.fromkeys(above) if c in tree and tree[c].level is not Level.CITY)


@lru_cache(maxsize=64)
def _names(township: str) -> Mapping[str, tuple[Division, ...]]:
    """Spelling → villages of one township; a spelling that fits two of them finds neither, except the fullest."""
    found: dict[str, list[Division]] = {}
    for row in villages(township):
        for name in (row.name, *row.aliases):
            for stem in _stems(name):
                if row not in found.setdefault(stem, []):
                    found[stem].append(row)
    return {key: tuple(value) for key, value in found.items()}


def match_village(text: str, township: str) -> Division | None:
    """The one village of a township that text means: 张庄, 张庄村, 张庄村委会, or the same behind the township's name.

    township: its 9 digits (or a longer code). None when nothing or more than one village fits: never a guess.
    """
    flat = _fold(text)
    if re.fullmatch(r"\d{12}", flat):
        row = get(flat)
        return row if row and row.township == township[:9] and row.level is Level.VILLAGE else None
    names = _names(township[:9])
    for candidate in _readings(flat, township):
        for stem in _stems(candidate):
            hits = names.get(stem, ())
            if len(hits) == 1:
                return hits[0]
    return None


def _readings(text: str, township: str) -> Iterator[str]:
    """text itself, then without the places before the village (柘城县慈圣镇张庄), then without a group (张庄村3组)."""
    town, county = get(township[:9]), get(township[:6])
    heads = ["河南省", "商丘市", county.name if county else ""]
    readings = [text]
    for head in heads:
        readings.append(readings[-1].removeprefix(head))
    if town:
        name = _fold(town.name)
        readings += [r.removeprefix(name) for r in readings] + [r.removeprefix(_TOWN.sub("", name)) for r in readings]
    readings += [_GROUP.sub("", r) for r in readings]
    return (r for r in dict.fromkeys(readings) if r)


def match_township(text: str, county: str) -> Division | None:
    """The one township of a county that text means: 慈圣 or 慈圣镇; None when nothing or more than one fits."""
    flat = _fold(text)
    rows = townships(county)
    full = [row for row in rows if flat in (_fold(row.name), *map(_fold, row.aliases))]
    if full:
        return full[0] if len(full) == 1 else None
    stem = _TOWN.sub("", flat)
    loose = [row for row in rows if stem and _TOWN.sub("", _fold(row.name)) == stem]
    return loose[0] if len(loose) == 1 else None
