"""机构: the divisions of the city and the bureaus beside a county, shipped in resources/ and read-only.

What an office adds of its own (telephones for the papers, letterhead) are settings, not columns here.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from models.tables.base import metadata

OFFICE = Table(
    "office",
    metadata,
    Column("code", Text(), primary_key=True),  # 12 digits, perhaps with '-RS' and the like
    Column("name", Text(), nullable=False),
    Column("level", Text(), nullable=False),  # city, county, bureau, township, village
    Column("parent", Text()),
)
Index("ix_office_parent", OFFICE.c.parent)
