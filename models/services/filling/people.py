"""Cells of a person that are not simply a field."""

from __future__ import annotations

from collections.abc import Sequence

from forms.base import Cell as Printed
from models.services import specs
from models.services.filling import Subject, cell, fills, fills_rows
from resources import divisions


@fills("person.village", "所在村")
def _village(s: Subject) -> str | None:
    if s.person is None:
        return None
    found = divisions.get(s.person.village)
    return found.name if found else None


@fills("person.village_short", "所在村")
def _village_short(s: Subject) -> str | None:
    found = divisions.get(s.person.village) if s.person else None
    if found is None:
        return None
    return found.short if found.short.endswith("村") or "居委" in found.name else f"{found.short}村"


@fills("person.sex", "性别")
def _sex(s: Subject) -> str | None:
    code = s.person.sex if s.person else None
    return specs.plain(specs.by_name("person", "sex"), code).removesuffix("性") if code else None


@fills_rows("people")
def _people(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """One row a person. Names without a dot are the person's, 'no' is the running number."""
    out = []
    for n, person in enumerate(s.people, 1):
        one = Subject(s.desk, person, None, s.extra)
        out.append({w: Printed("序号", str(n)) if w == "no" else cell(one, w if "." in w else f"person.{w}") for w in wants})
    return out
