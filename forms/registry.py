"""Finds the forms: every module of forms/papers/ with a FORM or FORMS in it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from forms import papers
from forms.base import Form


@cache
def _forms() -> dict[str, Form]:
    found: dict[str, Form] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(papers.__path__) if m.name[0] != "_"):
        loaded = importlib.import_module(f"{papers.__name__}.{module}")
        forms = getattr(loaded, "FORMS", None) or (loaded.FORM,)
        for form in forms:
            if form.code in found:
                raise ValueError(f"two forms are called {form.code}")
            found[form.code] = form
    return found


def all_forms() -> tuple[Form, ...]:
    """In order of code."""
    return tuple(form for _, form in sorted(_forms().items()))


def get(code: str) -> Form:
    """KeyError when there is no such form."""
    return _forms()[code]
