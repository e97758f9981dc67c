"""Ages and other cells of a person that are made of a field."""

from __future__ import annotations

from datetime import date

import pytest

from models.base import local_date
from models.fields import State
from models.records import Cell
from models.services import filling, people
from models.services.filling import Subject
from models.services.filling.people import years
from tests.conftest import VILLAGE, DeskFactory


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        ("1986-03-15", "2026-03-14", "39"),
        ("1986-03-15", "2026-03-15", "40"),
        ("2004-02-29", "2026-02-28", "21"),
        ("2004-02-29", "2026-03-01", "22"),
        ("1986-03", "2026-04-01", "40"),
        ("1986-03", "2026-03-10", "39～40"),
        ("1986-03", "2026-02-28", "39"),
        ("1986", "2026-11-24", "39～40"),
        ("1986", "2026-12-31", "40"),
        ("2026-11-24", "2026-11-24", "0"),
        ("2026", "2026-11-24", "0"),
        ("2027-01-01", "2026-11-24", ""),
        ("", "2026-11-24", ""),
    ],
)
def test_years_are_full_ones_and_a_doubt_stays_a_doubt(born: str, on: str, age: str) -> None:
    assert years(born, date.fromisoformat(on)) == age


def test_an_age_has_the_state_of_the_birth_date(desk_factory: DeskFactory) -> None:
    desk = desk_factory(VILLAGE)
    year = local_date().year
    for cell, shown in (
        (Cell.of(f"{year - 41}-01-01"), ("41", "k")),
        (Cell(State.TO_VERIFY, f"{year - 41}-01-01"), ("41", "v")),
        (Cell(State.REFUSED), ("", "r")),
        (Cell(), ("", "u")),
    ):
        person = people.save(desk, None, {"name": Cell.of("赵㛃"), "born_on": cell}, VILLAGE)
        found = filling.cell(Subject(desk, person), "person.age")
        assert (found.text, found.state) == shown


def test_a_doubted_sex_is_not_printed_as_a_known_one(desk_factory: DeskFactory) -> None:
    desk = desk_factory(VILLAGE)
    person = people.save(desk, None, {"name": Cell.of("赵㛃"), "sex": Cell(State.TO_VERIFY, "2")}, VILLAGE)
    found = filling.cell(Subject(desk, person), "person.sex")
    assert (found.text, found.state) == ("女", "v")


def test_the_place_of_a_person_is_written_from_the_county_down(desk_factory: DeskFactory) -> None:
    desk = desk_factory(VILLAGE)
    person = people.save(desk, None, {"name": Cell.of("赵㛃")}, VILLAGE)
    assert filling.cell(Subject(desk, person), "person.place").text.startswith("柘城县")
    assert filling.cell(Subject(desk), "person.place").state == "u"
