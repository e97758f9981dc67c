"""What crosses a border: a Cell is one value with its state, a Record a frozen view of one row over its specs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from models.fields import State

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder().decode


def canonical(value: Any) -> str:
    """JSON with sorted keys and no blanks: equal values give equal text on every machine."""
    return _encode(value).decode()


def parse_json(text: str | bytes | None) -> Any:
    """The value of canonical(); None for None and ''."""
    return _decode(text) if text else None


class Cell(NamedTuple):
    """One value and its state. value is None unless the state is KNOWN or TO_VERIFY."""

    state: State = State.UNCOLLECTED
    value: Any = None

    @classmethod
    def of(cls, value: Any) -> Cell:
        """A known value; None and '' are 未采集."""
        return cls() if value is None or value == "" else cls(State.KNOWN, value)

    def wire(self) -> list[Any] | None:
        """[state, value] on the wire; an uncollected cell is null."""
        return None if self.state is State.UNCOLLECTED else [self.state.value, self.value]

    @classmethod
    def from_wire(cls, raw: Any) -> Cell:
        """Raises ValueError for anything that is not a wire cell."""
        if raw is None:
            return cls()
        if not isinstance(raw, list) or len(raw) != 2:
            raise ValueError("a cell is null or [state, value]")
        return cls(State(raw[0]), raw[1])


class Origin(NamedTuple):
    """Where a value came from (a roster's file name, a visit, an account) and when it was last verified (stamp)."""

    source: str = ""
    verified_at: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A row as the rest of the program sees it. Attribute access gives a field's plain value; cell() its state too.

    meta holds what is not a field: county, office, village, born, changed, changed_by, digest, deleted.
    """

    entity: str
    id: str
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    states: Mapping[str, list[str]] = field(default_factory=lambda: MappingProxyType({}))
    meta: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __getattr__(self, name: str) -> Any:
        # Slots fill the real attributes; only field names arrive here.
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.values:
            return self.values[name]
        if name in self.meta:
            return self.meta[name]
        raise AttributeError(f"{self.entity} has no field {name}")

    def cell(self, name: str) -> Cell:
        value = self.values.get(name)
        mark = self.states.get(name)
        if mark and mark[0] != State.KNOWN:
            return Cell(State(mark[0]), value)
        return Cell.of(value)

    def origin(self, name: str) -> Origin:
        mark = self.states.get(name)
        return Origin(*(mark[1:3] if mark else ()))

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)


def changes_text(kind: str, changes: Mapping[str, Any]) -> str:
    """A change as it is kept. changes: {field: [old cell, new cell]}; of a creation the new cells alone are written."""
    return canonical({name: pair[1] for name, pair in changes.items()} if kind == "create" else changes)


def changes_of(text: str | None) -> dict[str, Any]:
    """{field: [old cell, new cell]} of a change's text; nothing for one whose values were erased.

    A cell begins with its state, a pair with an older cell or null: which of the two stands there is seen from it.
    """
    said = parse_json(text) or {}
    return {name: [None, one] if type(one) is list and one and type(one[0]) is str else one for name, one in said.items()}


def digest(entity: str, record_id: str, wire: Mapping[str, Any]) -> str:
    """The hash of a record: its travelling cells that are not null, unknown fields included, sorted by name.

    A field that is null does not count, so that a new column changes no old hash. 32 hex digits of SHA-256.
    """
    return digest_of(entity, record_id, _encode({k: v for k, v in wire.items() if v is not None}))


def digest_of(entity: str, record_id: str, cells: bytes) -> str:
    """The same of the cells' canonical text as UTF-8. entity and record_id need no escaping in JSON."""
    return hashlib.sha256(b'["%b","%b",%b]' % (entity.encode(), record_id.encode(), cells)).hexdigest()[:32]


def digest_and_text(entity: str, record_id: str, wire: Mapping[str, Any]) -> tuple[str, str]:
    """(digest, canonical text) of cells of which none is null: a new record's creation is kept as this text."""
    cells = _encode(wire)
    return digest_of(entity, record_id, cells), cells.decode()
