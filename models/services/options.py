"""What an ask of a paper may be chosen from (forms.base.Ask.choices): the items in force, or a code table."""

from __future__ import annotations

from dataclasses import dataclass

from forms.base import Ask
from models.services import requests
from models.services.desk import Desk
from models.types.pinyin import place
from resources import codes

ITEMS = "items"


@dataclass(frozen=True, slots=True)
class Option:
    """label: what the paper is given; words: by which it is found as well, initials and code among them."""

    label: str
    code: str
    words: str


def of(desk: Desk, choices: str) -> tuple[Option, ...]:
    """In the order of the catalogue or the table. choices: as the ask says it."""
    if choices == ITEMS:
        return tuple(Option(i.name, i.code, f"{place(i.name)[1]} {i.code}") for i in requests.items(desk))
    return tuple(Option(c.label, c.code, " ".join((c.initials, c.code, *c.aliases))) for c in codes.table(choices))


def label(desk: Desk, ask: Ask, said: str) -> str:
    """The label of what was said by its code; anything else as it is: a list never knows all."""
    if not ask.choices or not said.strip():
        return said
    return next((o.label for o in of(desk, ask.choices) if o.code == said.strip()), said)
