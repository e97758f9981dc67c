"""The dated rules: items, their clocks and materials, the flow of a request, working days. Pure: no table, no service.

    from models import catalog
    item = catalog.load(amendments).item("land.facility", on=date(2026, 11, 24))

What the county amends is passed in by whoever reads it from the tables.
"""

from models.catalog.items import Catalog, Clock, Item, Material, load

__all__ = ["Catalog", "Clock", "Item", "Material", "load"]
