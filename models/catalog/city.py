"""What a county's server tells the city's, by resources/catalog/city.toml: kinds of records and their fields, named one by one.

To let a kind of record or a field travel up: name it there. tests/models/catalog/test_city.py refuses one that is masked,
and a kind of record of which a required field is not named.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

import resources

_FILE = Path(resources.__file__).parent / "catalog" / "city.toml"


@lru_cache(maxsize=1)
def _rule() -> dict[str, frozenset[str]]:
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))["entity"]
    return {name: frozenset(said["fields"]) for name, said in told.items()}


def entities() -> tuple[str, ...]:
    """The kinds of records that travel up, in the order of the file: what others point to comes first."""
    return tuple(_rule())


def fields(entity: str) -> frozenset[str]:
    """The fields of an entity that travel up; none for one that does not."""
    return _rule().get(entity, frozenset())
