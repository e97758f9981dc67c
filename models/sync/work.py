"""What one batch does, collected in memory before it is written, and why a change is not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models import scope

_NOTHING: Mapping[str, str] = {}


@dataclass
class Work:
    """What a batch does, collected in memory and written at its end. rows: every record it touches, by id.

    found: these records as the database had them. created and changed list entity and id; conflicts are new rows of
    the conflict entity.
    """

    office: str
    level: scope.Level = field(init=False)
    visible: set[str]  # ids a bureau may answer
    targets: dict[int, dict[str, str]] = field(default_factory=dict)  # field → id of what each event newly points to, by seq
    places: dict[str, str] = field(default_factory=dict)  # village of these records
    kinds: dict[str, str] = field(default_factory=dict)  # entity of every record id the batch names and the server has
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    created: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    reopened: set[str] = field(default_factory=set)  # conflicts whose values this batch has changed
    texts: dict[int, str] = field(default_factory=dict)  # of creations as they are kept, by seq, where one was made already
    moved: dict[str, str] = field(default_factory=dict)  # village that a record went to, by id
    _covered: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.level = scope.level_of(self.office)

    def covers(self, village: str) -> bool:
        """Whether a division lies in the office's subtree; the villages of a batch are few."""
        found = self._covered.get(village)
        if found is None:
            found = self._covered[village] = scope.covers(self.office, village)
        return found


    def strays(self, seq: int) -> str:
        """The field by which an event points to a record outside of the office's subtree, '' without one."""
        for name, target in self.targets.get(seq, _NOTHING).items():
            place = self.places.get(target, "")
            if place and not self.covers(place):
                return name
        return ""


class Refused(Exception):
    """errors: (field, Chinese reason) pairs."""

    tells = True  # whether the answer may say what the record is here

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__(errors)
        self.errors = list(errors)


class Unfit(Refused):
    """A value that does not fit its field as this release knows it: a newer one may know a longer text or a further code."""


class OutOfScope(Refused):
    """The writer may not see the record: the answer holds nothing of it."""

    tells = False
