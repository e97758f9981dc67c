"""What a printed cell is filled with when it is not simply a record's field. See forms/base.py for the names.

To add a cell: in the module of this package that fits, a function with @fills("name", "label") giving the text, None for
未采集 and '' for a known blank. To add rows: a function with @fills_rows("name") giving one dict of cells a row; it is told
the names that the form wants, and a row of a list of people or requests gets about(its record) besides, by which the log
knows who stands on it. To add a picture: a function with @fills_picture("name"). To add a module: put it here, it is found.
Nothing is ever made up: what no record holds is None, and the form prints 未采集.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from forms.base import Cell as Printed
from models.records import Record
from models.services import specs
from models.services.desk import Desk


@dataclass(frozen=True, slots=True)
class Subject:
    """What one copy is about: a person, a request (with its person, and one of its referrals), or many of one kind.

    extra: what the user typed for this paper (notice.title, notice.body, ...). serial: of this copy, '' in a preview.
    """

    desk: Desk
    person: Record | None = None
    request: Record | None = None
    extra: Mapping[str, str] | None = None
    serial: str = ""
    people: Sequence[Record] = ()
    requests: Sequence[Record] = ()
    referral: Record | None = None


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture for its frame. title: of the file it comes from, '' when there is none; data: a JPEG or PNG, b'' when there is
    nothing to print; why: what kept a file from being printed."""

    label: str
    title: str = ""
    data: bytes = b""
    why: str = ""


Filler = Callable[[Subject], Printed]
RowFiller = Callable[[Subject, Sequence[str]], list[dict[str, Printed]]]
_FILLERS: dict[str, Filler] = {}
_PREFIXES: dict[str, Callable[[Subject, str], Printed]] = {}
_ROWS: dict[str, RowFiller] = {}
_PICTURES: dict[str, Callable[[Subject], Pictured]] = {}


Fill = Callable[[Subject], "str | Printed | None"]


def fills(name: str, label: str) -> Callable[[Fill], Fill]:
    """Register a function that gives a cell's text; None is 未采集, '' is a known blank.

    One that is made of a field whose state is to be printed too gives the cell itself.
    """

    def register(function: Fill) -> Fill:
        def fill(subject: Subject) -> Printed:
            given = function(subject)
            if isinstance(given, Printed):
                return given
            return Printed(label, given or "", "u" if given is None else "k")

        _FILLERS[name] = fill
        return function

    return register


def fills_prefix(
    prefix: str,
) -> Callable[[Callable[[Subject, str], Printed]], Callable[[Subject, str], Printed]]:
    """Register a function that fills every cell named prefix.something; it is told the something."""

    def register(function: Callable[[Subject, str], Printed]) -> Callable[[Subject, str], Printed]:
        _PREFIXES[prefix] = function
        return function

    return register


def fills_rows(name: str) -> Callable[[RowFiller], RowFiller]:
    """Register a function that gives the rows of that name, with at least the wanted cells in each."""

    def register(function: RowFiller) -> RowFiller:
        _ROWS[name] = function
        return function

    return register


def fills_picture(name: str) -> Callable[[Callable[[Subject], Pictured]], Callable[[Subject], Pictured]]:
    """Register a function that gives the picture of that name."""

    def register(function: Callable[[Subject], Pictured]) -> Callable[[Subject], Pictured]:
        _PICTURES[name] = function
        return function

    return register


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def filler(name: str) -> Filler | None:
    _load()
    return _FILLERS.get(name)


def rows(subject: Subject, name: str, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """KeyError when nothing fills rows of that name."""
    _load()
    return _ROWS[name](subject, wants)


def picture(subject: Subject, name: str) -> Pictured:
    """KeyError when nothing fills a picture of that name."""
    _load()
    return _PICTURES[name](subject)


def of_record(entity: str, name: str, record: Record) -> Printed:
    """A record's field as it is printed: in words, in full, with its state and where it comes from."""
    spec = specs.by_name(entity, name)
    cell, origin = record.cell(name), record.origin(name)
    text = specs.plain(spec, cell.value)
    if spec.kind == "date" and text:
        text = specs.long_date(text)
    return Printed(spec.label, text, cell.state.value, " ".join(x for x in origin if x))


def about(record: Record) -> dict[str, Printed]:
    """What a line of a list says besides what is printed of it: the id of the record it is about."""
    return {"id": Printed("", record.id)}


def cell(subject: Subject, name: str) -> Printed:
    """The cell of that name: by its function, or as the field of the person or the request."""
    found = filler(name)
    if found is not None:
        return found(subject)
    entity, _, field = name.partition(".")
    if entity in _PREFIXES:
        return _PREFIXES[entity](subject, field)
    record = {"person": subject.person, "request": subject.request, "referral": subject.referral}.get(entity)
    if record is None:
        return Printed(name, "", "u")
    return of_record(entity, field, record)
