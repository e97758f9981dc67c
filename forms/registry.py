"""Finds the forms: every module of forms/papers/ with a FORM or FORMS in it.

A form that changes keeps its code: the new edition is a Form of the same code with a later valid_from, beside the old one. What
is printed today is today's edition; what was printed then is printed again in its own.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from forms import papers
from forms.base import Form


@cache
def _editions() -> dict[str, tuple[Form, ...]]:
    """The editions of every code, the oldest first."""
    found: dict[str, dict[str, Form]] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(papers.__path__) if m.name[0] != "_"):
        loaded = importlib.import_module(f"{papers.__name__}.{module}")
        for form in getattr(loaded, "FORMS", None) or (loaded.FORM,):
            editions = found.setdefault(form.code, {})
            if form.valid_from in editions:
                raise ValueError(f"two forms are called {form.code} from {form.valid_from} on")
            editions[form.valid_from] = form
    return {code: tuple(editions[day] for day in sorted(editions)) for code, editions in sorted(found.items())}


def all_forms(on: str = "") -> tuple[Form, ...]:
    """In order of code, in their editions of that day (ISO; '' for the newest)."""
    return tuple(get(code, on) for code in _editions())


def get(code: str, on: str = "") -> Form:
    """The edition that is valid on that day (ISO; '' for the newest); the first one before it was. KeyError: no such form."""
    editions = _editions()[code]
    return next((form for form in reversed(editions) if not on or form.valid_from <= on), editions[0])
