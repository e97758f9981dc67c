"""An edition of an item as the structure that reading.py reads: what the county changes a few figures of."""

from __future__ import annotations

from typing import Any

from models.catalog.items import Item
from models.fields import FieldSpec


def to_data(item: Item) -> dict[str, Any]:
    """One edition, dates as text; reading.read_data() of it gives the item again."""
    clock = item.clock
    made: dict[str, Any] = {
        "code": item.code, "name": item.name, "group": item.group, "bureau": item.bureau, "level": item.level,
        "basis": item.basis, "ground": item.ground, "source": item.source, "valid_from": item.edition,
        "forms": list(item.forms), "hint": item.hint,
        "clock": {
            "days": clock.days, "acceptance": clock.acceptance, "supplement": clock.supplement,
            "supplement_unit": clock.supplement_unit, "deemed": clock.deemed,
        },
        "materials": [{"name": m.name, "required": m.required, "note": m.note} for m in item.materials],
        "fields": [_field(spec) for spec in item.fields],
        "sample": dict(item.sample),
    }  # fmt: skip
    if item.valid_to is not None:
        made["valid_to"] = item.valid_to.isoformat()
    return made


def _field(spec: FieldSpec) -> dict[str, Any]:
    return {
        "name": spec.name, "label": spec.label, "kind": spec.kind.value, "secrecy": spec.secrecy.value, "codes": spec.codes,
        "group": spec.group, "unit": spec.unit, "limit": spec.limit, "required": spec.required, "hint": spec.hint,
    }  # fmt: skip
