"""Cells of a person that are not simply a field, and people as rows."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select

from forms.base import Cell as Printed
from models.base import local_date
from models.records import Record
from models.services import registers
from models.services.filling import Subject, about, cell, fills, fills_rows, of_record
from models.store import bulk
from models.tables import ENTITIES
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


@fills("person.place", "所在县、乡镇、村")
def _place(s: Subject) -> str | None:
    return divisions.path(s.person.village) or None if s.person else None


@fills("person.sex", "性别")
def _sex(s: Subject) -> Printed | None:
    return sex("person", s.person) if s.person else None


def sex(entity: str, record: Record) -> Printed:
    """男 or 女, as narrow columns have it; 未知的性别 and the like stay as they are."""
    found = of_record(entity, "sex", record)
    return replace(found, text=found.text.removesuffix("性"))


@fills("person.age", "年龄")
def _age(s: Subject) -> Printed | None:
    return age("person", s.person) if s.person else None


def age(entity: str, record: Record) -> Printed:
    """周岁 on the day of the paper, with the state of the birth date that it is reckoned from. Never stored."""
    found = of_record(entity, "born_on", record)
    text = years(str(record.cell("born_on").value or ""), local_date())
    return replace(found, label="年龄", text=text, state=found.state if text or found.state != "k" else "u")


def years(born: str, on: date) -> str:
    """周岁 of somebody born on a day, in a month or in a year (ISO); '38～39' when that does not say which.

    '' for no date and for one that lies ahead. A birthday on 29 February is kept on 1 March in other years.
    """
    if not born:
        return ""
    parts = [int(part) for part in born.split("-")]
    month = parts[1] if len(parts) > 1 else 12
    last = parts[2] if len(parts) > 2 else calendar.monthrange(parts[0], month)[1]
    oldest = _full_years((*parts, 1, 1)[:3], on)
    youngest = max(_full_years((parts[0], month, last), on), 0)
    if oldest < 0:
        return ""
    return str(oldest) if oldest == youngest else f"{youngest}～{oldest}"


def _full_years(born: tuple[int, ...], on: date) -> int:
    return on.year - born[0] - ((on.month, on.day) < born[1:])


@fills_rows("people")
def _people(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
    """One row a person. Names without a dot are the person's, 'no' is the running number."""
    out = []
    for n, person in enumerate(s.people, 1):
        one = Subject(s.desk, person, None, s.extra)
        made = {w: Printed("序号", str(n)) if w == "no" else cell(one, w if "." in w else f"person.{w}") for w in wants}
        out.append(made | about(person))
    return out


def _ledger(name: str, rows_name: str) -> None:
    @fills_rows(rows_name)
    def _listed(s: Subject, wants: Sequence[str]) -> list[dict[str, Printed]]:
        """Of the people chosen those whom the workbook of that name lists: paper and workbook go by one rule."""
        table, found = ENTITIES["person"].table, set[str]()
        with s.desk.store.read() as conn:
            for part in bulk.parts([p.id for p in s.people]):
                query = select(table.c.id).where(bulk.among(table.c.id, part), *registers.get(name).where(s.desk))
                found.update(conn.execute(query).scalars())
        return _people(replace(s, people=[p for p in s.people if p.id in found]), wants)


_ledger("transfer-in", "people.inside")
_ledger("transfer-out", "people.outside")


@fills("people.chosen", "选中人数")
def _chosen(s: Subject) -> str:
    return str(len(s.people))
