"""Cells of letters, envelopes and policy cards."""

from __future__ import annotations

from models.catalog import Item
from models.errors import RuleError
from models.services import requests
from models.services.desk import office_name
from models.services.filling import Subject, fills
from resources import codes


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


def _policy(s: Subject) -> Item | None:
    """The item that the card is about, by its name or its code. RuleError when there is none of that name in force."""
    asked = str((s.extra or {}).get("ask.item", "")).strip()
    if not asked:
        return None
    items = requests.items(s.desk)
    found = next((i for i in items if asked in (i.name, i.code)), None)
    if found is None:
        named = "、".join(i.name for i in items)
        raise RuleError("policy.item", f"没有名为“{asked}”的事项。现有：{named}。没有打印。")
    return found


@fills("policy.name", "事项名称")
def _policy_name(s: Subject) -> str | None:
    item = _policy(s)
    return item.name if item else None


@fills("policy.ground", "依据")
def _policy_ground(s: Subject) -> str | None:
    item = _policy(s)
    return item.ground if item else None


@fills("policy.materials", "材料")
def _policy_materials(s: Subject) -> str | None:
    """One a line, with what is asked of it."""
    item = _policy(s)
    if item is None:
        return None
    lines = []
    for material in item.materials:
        notes = "，".join(part for part in (material.note, "" if material.required else "可缺") if part)
        lines.append(material.name + (f"（{notes}）" if notes else ""))
    return "\n".join(lines) or "不需要材料"


@fills("policy.limit", "承诺时限")
def _policy_limit(s: Subject) -> str | None:
    item = _policy(s)
    return (str(item.clock.days) if item.clock.days else "当场办结") if item else None


@fills("policy.bureau", "决定单位")
def _policy_bureau(s: Subject) -> str | None:
    """Who decides: the bureau of the item, or the office itself."""
    item = _policy(s)
    if item is None:
        return None
    return codes.table("bureau").label(item.bureau) if item.bureau else office_name(s.desk)
