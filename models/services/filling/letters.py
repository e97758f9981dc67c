"""Cells of letters, envelopes and policy cards."""

from __future__ import annotations

from models.services.filling import Subject, fills


@fills("office.sign", "落款")
def _sign(s: Subject) -> str | None:
    from models.services import letters  # it fills by this package

    return letters.sign(s.desk)


@fills("person.courtesy", "称谓")
def _courtesy(s: Subject) -> str | None:
    """How a letter calls somebody: by the recorded sex, else as everybody is called."""
    if s.person is None:
        return None
    return {"1": "先生", "2": "女士"}.get(str(s.person.sex or ""), "同志")
