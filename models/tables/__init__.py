"""The tables: one module per aggregate, every column made from its FieldSpec. Importing this package fills ENTITIES."""

from models.tables import county, office, person, request, stick, system
from models.tables.base import ENTITIES, Entity, metadata

__all__ = ["ENTITIES", "Entity", "county", "metadata", "office", "person", "request", "stick", "system"]
