"""Editions of one form stand beside each other, and a day chooses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forms import registry
from forms.registry import get


@pytest.fixture
def _two_editions(monkeypatch: pytest.MonkeyPatch) -> None:
    now = get("slip.acceptance")
    later = replace(now, edition="2028年版", valid_from="2028-01-01")
    monkeypatch.setattr(registry, "_editions", lambda: {"slip.acceptance": (now, later)})


@pytest.mark.usefixtures("_two_editions")
@pytest.mark.parametrize(
    ("day", "edition"),
    [("", "2028年版"), ("2028-01-01", "2028年版"), ("2027-12-31", "2026年版"), ("2020-01-01", "2026年版")],
)
def test_the_day_chooses_the_edition(day: str, edition: str) -> None:
    assert get("slip.acceptance", day).edition == edition
    assert [f.edition for f in registry.all_forms(day)] == [edition]


def test_two_of_one_day_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    import forms.papers.slip as slip

    monkeypatch.setattr(slip, "FORMS", (slip.FORM, slip.FORM), raising=False)
    registry._editions.cache_clear()
    with pytest.raises(ValueError, match=r"slip\.acceptance"):
        get("slip.acceptance")
    monkeypatch.undo()
    registry._editions.cache_clear()
    assert get("slip.acceptance") is slip.FORM
