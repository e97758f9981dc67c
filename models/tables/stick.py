"""Tables of the USB stick: whom to seal to, what is carried for others, what was laid over rows before the county's word."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from models.tables.base import metadata

# Server: the age key to which what is for a device is sealed. The private half stays on the device.
SEALING = Table(
    "sealing",
    metadata,
    Column("device", Text(), primary_key=True),
    Column("key", Text(), nullable=False),
)

# A device that carries others' parcels on: the file as it was found, and the county's answer to it, both still sealed.
PARCEL = Table(
    "parcel",
    metadata,
    Column("sha256", Text(), primary_key=True),  # of the file
    Column("device", Text(), nullable=False),  # whose it is
    Column("office", Text(), nullable=False),
    Column("first_seq", BigInteger(), nullable=False),
    Column("last_seq", BigInteger(), nullable=False),
    Column("name", Text(), nullable=False),
    Column("taken_at", Text(), nullable=False),
    Column("body", LargeBinary(), nullable=False),
    Column("answer", LargeBinary()),  # none: not yet handed to the county
    Index("ix_parcel_device", "device"),
)

# A township's rows that show what a village's stick brought, until the county speaks of them. item: the record as it was
# before, in the wire's form (gone: it was not here), so that it can be put back when the county has nothing to say.
# own: this device's last change by then; a later one of the record stands on what was laid.
LAID = Table(
    "laid",
    metadata,
    Column("entity_id", Text(), primary_key=True),
    Column("entity", Text(), nullable=False),
    Column("device", Text(), nullable=False),  # whose change lies on top
    Column("seq", BigInteger(), nullable=False),
    Column("own", BigInteger(), nullable=False),
    Column("item", Text(), nullable=False),
)
