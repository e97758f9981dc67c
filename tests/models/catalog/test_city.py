"""What the city is told: named field by field, never a masked one, and no record that would lack what it must have."""

from __future__ import annotations

from models.catalog import city
from models.fields import Kind, Secrecy
from models.sync.registry import SYNCED
from models.tables import ENTITIES


def test_every_named_field_may_be_told() -> None:
    assert city.entities()
    for name in city.entities():
        what, told = ENTITIES[name], city.fields(name)
        assert told <= what.travels, name
        assert {s.name for s in what.specs if s.required} <= told, name
        for spec in (what.by_name[f] for f in told):
            assert spec.secrecy is not Secrecy.MASKED
            assert spec.kind not in (Kind.ID_NUMBER, Kind.PHONE, Kind.ACCOUNT)
            # What an item asks is kept in one field, account numbers among it; a step's data has no such field.
            assert spec.kind is not Kind.JSON or (name, spec.name) == ("request_event", "data")


def test_nothing_published_downwards_travels_up_and_no_reference_leads_nowhere() -> None:
    for name in city.entities():
        assert not SYNCED[name].down
        for spec in (ENTITIES[name].by_name[f] for f in city.fields(name)):
            assert not spec.ref or spec.ref in city.entities()


def test_what_is_not_named_is_not_told() -> None:
    assert city.fields("household") == frozenset()
    assert "id_number" not in city.fields("person")
