"""Items (事项): what a person may ask for, by whom it is decided, how long it may take and what must be brought.

To add an item: write one file resources/catalog/items/NAME.toml in the shape below. No code, no migration, no screen:
the editor draws its fields, the clock reads its limit, printing lists its forms. tests/models/catalog/test_items.py
fails when the sample does not fill a required field or a key is unknown.

    [[edition]]                       # several editions of one item may stand in one file, newest last
    code = "land.facility"            # stable for ever; lower-case words joined by a dot
    name = "设施农业用地备案"
    group = "land"                    # of the table item_group
    bureau = "ZR"                     # of the table bureau: the suffix of the office that decides; "" = the township
    level = "township"                # village, township or county: who decides
    basis = "law"                     # law: the term stands in the ground; county: the county's figure, a sample here
    ground = "…"                      # the legal ground as printed on a notice
    source = "…"                      # where the figures were read
    valid_from = 2026-01-01           # and valid_to (its last day) when it has ended
    forms = ["slip.acceptance", "register.request"]
    clock = { days = 10, acceptance = 5, supplement = 10, supplement_unit = "work", deemed = false }
    [[edition.materials]]             # name, required (true unless said), note
    [[edition.fields]]                # name, label, kind, and as needed codes, required, hint, unit, limit, group
    [edition.sample]                  # one invented case: a value for each field

An amendment has the same shape, as TOML text or as the same structure in JSON (dates as text). It replaces the edition
of the same code and valid_from; a newer valid_from ends the open edition before it the day before. A case keeps its
edition for ever: it stores item.edition and asks item(code, edition=…). That holds for an edition that the county has
withdrawn as well: it is in force on no day, and still answers for the cases that were begun under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import resources
from models.errors import RuleError
from models.fields import FieldSpec

FOLDER = Path(resources.__file__).parent / "catalog" / "items"


@dataclass(frozen=True, slots=True)
class Clock:
    """days: working days from acceptance to closing (0: at once). acceptance: working days from receipt within which
    the office must accept or name all that is missing. deemed: if it does neither, the case counts as accepted on the
    day of receipt (行政许可法 32: licences only). supplement: days a person has to supply what is missing, in working
    days ('work') or natural days ('natural')."""

    days: int
    acceptance: int = 5
    supplement: int = 10
    supplement_unit: str = "work"
    deemed: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    name: str
    required: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One edition of an item. sample: an invented case's answers, field name → value as FieldSpec.kind stores it."""

    code: str
    name: str
    group: str
    bureau: str
    level: str
    basis: str
    ground: str
    source: str
    valid_from: date
    valid_to: date | None
    clock: Clock
    materials: tuple[Material, ...]
    fields: tuple[FieldSpec, ...]
    forms: tuple[str, ...]
    sample: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    hint: str = ""
    amended: bool = False
    withdrawn: bool = False

    @property
    def edition(self) -> str:
        """What a case stores: the day this edition took effect, 'YYYY-MM-DD'."""
        return self.valid_from.isoformat()

    def holds(self, on: date) -> bool:
        return not self.withdrawn and self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class Catalog:
    """All editions of all items; made by load(). Asking never changes it."""

    def __init__(self, editions: Iterable[Item]) -> None:
        self._editions: dict[str, list[Item]] = {}
        for item in sorted(editions, key=lambda i: (i.code, i.valid_from)):
            self._editions.setdefault(item.code, []).append(item)
        self._order = sorted(self._editions, key=lambda code: (self._editions[code][-1].group, code))

    def __iter__(self) -> Iterator[Item]:
        return (item for code in self._order for item in self._editions[code])

    def codes(self) -> tuple[str, ...]:
        return tuple(self._order)

    def items(self, on: date) -> tuple[Item, ...]:
        """The items in force on a day, by group and code."""
        return tuple(item for item in self if item.holds(on))

    def item(self, code: str, on: date | None = None, *, edition: str = "") -> Item:
        """The edition in force on a day, or the very edition a case was begun under (Item.edition).

        Raises RuleError item.unknown, or item.edition when the item exists but not then. With neither: the newest.
        """
        found = self._editions.get(code)
        if not found:
            raise RuleError("item.unknown", f"事项目录中没有代码为“{code}”的事项。")
        if edition:
            chosen = [item for item in found if item.edition == edition]
        elif on is not None:
            chosen = [item for item in found if item.holds(on)]
        else:
            chosen = [item for item in found if not item.withdrawn] or found
        if not chosen:
            raise RuleError("item.edition", f"事项“{found[-1].name}”没有 {edition or on} 时有效的版本。")
        return chosen[-1]


Amendments = Sequence[str | Mapping[str, Any]]


def load(amendments: Amendments = (), withdrawn: Amendments = ()) -> Catalog:
    """The shipped items with the county's amendments merged over them. withdrawn: those it has taken back.

    Raises RuleError catalog.* naming file (or 修订 and its place) and key for anything that is not right.
    """
    editions = {(item.code, item.valid_from): item for item in shipped()}
    editions.update({(item.code, item.valid_from): item for item in _read(amendments)})
    gone = {(item.code, item.valid_from): replace(item, withdrawn=True) for item in _read(withdrawn)}
    return Catalog([*close_gaps(editions.values()), *(item for key, item in gone.items() if key not in editions)])


def _read(amendments: Amendments) -> Iterator[Item]:
    from models.catalog import reading

    for place, amendment in enumerate(amendments, 1):
        where = f"修订第 {place} 件"
        read = reading.read_toml(amendment, where) if isinstance(amendment, str) else reading.read_data(amendment, where)
        yield from (replace(item, amended=True) for item in read)


@lru_cache(maxsize=1)
def shipped() -> tuple[Item, ...]:
    """Every edition in resources/catalog/items, each file checked."""
    from models.catalog import reading

    found: dict[tuple[str, date], Item] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for item in reading.read_toml(path.read_text(encoding="utf-8"), path.name):
            if (item.code, item.valid_from) in found:
                raise RuleError("catalog.twice", f"{path.name}: {item.code} 的 {item.edition} 版出现了两次。")
            found[item.code, item.valid_from] = item
    close_gaps(found.values())
    return tuple(found.values())


def close_gaps(editions: Iterable[Item]) -> list[Item]:
    """End each open edition the day before its successor. Raises RuleError catalog.overlap when dated ones overlap."""
    closed: list[Item] = []
    for item in sorted(editions, key=lambda i: (i.code, i.valid_from)):
        before = closed[-1] if closed else None
        if before and before.code == item.code:
            if before.valid_to is None:
                closed[-1] = replace(before, valid_to=item.valid_from - timedelta(days=1))
            elif before.valid_to >= item.valid_from and not item.amended:
                raise RuleError(
                    "catalog.overlap",
                    f"{item.code}: {before.edition} 版至 {before.valid_to}, 与 {item.edition} 版 valid_from 重叠。",
                )
            elif before.valid_to >= item.valid_from:
                # The county's newer edition ends the dated one it overtakes.
                closed[-1] = replace(before, valid_to=item.valid_from - timedelta(days=1))
        closed.append(item)
    return closed
