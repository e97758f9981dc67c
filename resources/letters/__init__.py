"""The shipped texts of the papers, one TOML file each, named by the code of its form.

A file holds the form's asks that have a text, by the names that the form gives them (forms.base.Ask): [notice] title is the
ask notice.title. A text is a template: 【姓名】 stands for what models/services/letters.py says. Nothing here is a promise, a
sum or a date: those are the county's, and stand here as lines to write on. To add one: its file; nothing else.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def codes() -> tuple[str, ...]:
    """The forms that have a shipped text."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in files(__package__).iterdir() if f.name.endswith(".toml")))


@cache
def texts(code: str) -> dict[str, str]:
    """Name of the ask → its text, without the newline at its end; {} when none is shipped for this form."""
    if code not in codes():
        return {}
    groups = tomllib.loads(files(__package__).joinpath(f"{code}.toml").read_text(encoding="utf-8"))
    return {f"{group}.{name}": text.rstrip("\n") for group, named in groups.items() for name, text in named.items()}
