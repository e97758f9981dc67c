"""Which entities travel, who may write them and who sees them.

To add a synced entity: its table with models.tables.base.entity(), one migration, and one line here. The server's
routes do not change. tests/models/test_guards.py fails when an entity has no line.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.fields import Merge
from models.scope import Level
from models.tables import ENTITIES

_TOWN = frozenset({Level.VILLAGE, Level.TOWNSHIP})
_COUNTY = frozenset({Level.COUNTY, Level.BUREAU})
_ALL = _TOWN | _COUNTY
_ABOVE = frozenset({Level.COUNTY, Level.CITY})


@dataclass(frozen=True, slots=True)
class Rule:
    """writers: levels that may create the entity. down: published to every office below instead of to those above.

    parent: the field that names the request a row belongs to; the row is seen by whoever sees that request.
    own: any office, a bureau too, may write it for itself. opens: the county's fields that whoever creates it fills.
    """

    entity: str
    writers: frozenset[Level]
    down: bool = False
    parent: str = ""
    own: bool = False
    opens: tuple[str, ...] = ()


SYNCED: dict[str, Rule] = {
    r.entity: r
    for r in (
        Rule("household", _TOWN | {Level.COUNTY}),
        Rule("person", _TOWN | {Level.COUNTY}),
        Rule("family_member", _TOWN | {Level.COUNTY}),
        Rule("contact", _ALL),
        Rule("request", _TOWN | {Level.COUNTY}),
        Rule("request_event", _ALL, parent="request_id"),
        # Whoever may dispatch (flow.toml) opens one and sets its term; the answer is the bureau's.
        Rule("referral", _COUNTY | {Level.TOWNSHIP}, parent="request_id", opens=("due_on", "due_forecast", "ask")),
        Rule("attachment", _ALL, parent="owner_id"),
        Rule("paper", _ALL, parent="request_id"),
        Rule("account", _ALL | {Level.CITY}, own=True),
        Rule("conflict", frozenset()),  # only the server opens one; offices settle it by an update
        Rule("amendment", _ABOVE, down=True),
        Rule("calendar_day", _ABOVE, down=True),
    )
}

# Who may change a field after creation, by the field's merge rule (models.fields.Merge).
OWNERS: dict[str, frozenset[Level]] = {"intake": _TOWN, "county": _COUNTY}


def owns(level: Level, rule: Merge, *, entered: bool) -> bool:
    """Whether a level changes fields of this merge rule in a record that stands. entered: its office entered the record."""
    owners = OWNERS.get(rule.value)
    return owners is None or level in owners or (rule is Merge.INTAKE and entered)


def publishes(entity: str, level: Level) -> bool:
    """Whether a level publishes records of this entity to the offices below, and so says all of them."""
    return SYNCED[entity].down and level in SYNCED[entity].writers


def settles(entity: str, field: str, level: Level, *, entered: bool, own_county: bool) -> bool:
    """Whether a level settles a conflict over a field: whoever may change it; of what is published, the county (or the city)
    that published it. A field that this release does not know counts as one of the intake.

    entered: its office entered the record; own_county: the record is of the county, or the city, that its office is of.
    """
    if entity not in SYNCED or field not in ENTITIES[entity].by_name:
        return level in OWNERS[Merge.INTAKE.value]
    if level is Level.CITY:
        return own_county and (publishes(entity, level) or (SYNCED[entity].own and entered))
    if ENTITIES[entity].by_name[field].merge is Merge.ONCE and not SYNCED[entity].down:
        return level in OWNERS[Merge.INTAKE.value] or entered  # nobody changes it, and whoever knows the record ends it
    return field not in closed(entity, level, entered=entered) and (own_county or not SYNCED[entity].down)


def closed(entity: str, level: Level, *, entered: bool) -> frozenset[str]:
    """The fields of a record that stands which this level may only read: what it would write the county refuses."""
    if publishes(entity, level):
        return frozenset()
    return frozenset(s.name for s in ENTITIES[entity].specs if not owns(level, s.merge, entered=entered))


def may_remove(entity: str, level: Level, *, entered: bool) -> bool:
    """Whether a level deletes and restores records of its subtree: those that its office entered, and of what it may enter."""
    what = ENTITIES[entity]
    return entered or not (what.append_only or level is Level.BUREAU or level not in SYNCED[entity].writers)
