"""Tables that are not records: events and receipts, the audit chain, devices, settings, drafts, chunks, the feed.

None of them travels as a record. Columns are plain, because no editor, list or form ever shows them.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from models.tables.base import metadata

# The outbox on a device, the history on a server: one row per change of one record, gapless by (device, seq).
# changes is {field: [old, new]} of wire cells. The audit chain covers SHA-256(salt + changes) of each; when the law
# demands that a value be erased, that mark is put in its place, changes and salt go, and the chain still verifies.
# status is '' for what is simply so: waiting on a device (seq above the acknowledged one, models/store/outbox.py), or
# taken as it came. origin: 'device:seq' under which a change was first numbered, when it is said again by another device.
EVENT = Table(
    "event",
    metadata,
    Column("device", Text(), primary_key=True),
    Column("seq", BigInteger(), primary_key=True, autoincrement=False),
    Column("entity", Text(), nullable=False),
    Column("entity_id", Text(), nullable=False),
    Column("kind", Text(), nullable=False),  # create, update, delete, restore, move
    Column("changes", Text()),
    Column("at", Text(), nullable=False),
    Column("actor", Text(), nullable=False),
    Column("village", Text(), nullable=False),
    Column("schema", Integer(), nullable=False),
    Column("digest", Text(), nullable=False),
    Column("salt", Text()),
    Column("mark", Text()),
    Column("operation", Text(), nullable=False),  # events of one user action share it; undo goes by it
    Column("status", Text(), nullable=False),  # '', duplicate, merged, conflict, refused, held, replaced
    Column("detail", Text()),
    Column("origin", Text()),
    Column("office", Text()),  # of a county server's events to the city: the office whose record it is
    Index("ix_event_entity_id", "entity_id"),
)
# Most events have none of these: the indexes hold the others only.
for _name in ("operation", "status", "origin"):
    _some = EVENT.c[_name] != ""
    Index(f"ix_event_{_name}", EVENT.c[_name], sqlite_where=_some, postgresql_where=_some)

# A receipt in its signed envelope, as it arrived (device) or was given (server); `guiyan verify` checks each signature again.
RECEIPT = Table(
    "receipt",
    metadata,
    Column("id", Text(), primary_key=True),
    Column("device", Text(), nullable=False),
    Column("first_seq", BigInteger(), nullable=False),
    Column("last_seq", BigInteger(), nullable=False),
    Column("at", Text(), nullable=False),
    Column("body", LargeBinary(), nullable=False),
)

AUDIT = Table(
    "audit",
    metadata,
    Column("n", BigInteger(), primary_key=True, autoincrement=False),
    Column("at", Text(), nullable=False),
    Column("actor", Text(), nullable=False),
    Column("action", Text(), nullable=False),
    Column("entity", Text(), nullable=False),
    Column("entity_id", Text(), nullable=False),
    Column("detail", Text(), nullable=False),
    Column("device", Text(), nullable=False),
    Column("first_seq", BigInteger()),
    Column("last_seq", BigInteger()),
    Column("digest", Text(), nullable=False),
    Column("prev", Text(), nullable=False),
    Column("hash", Text(), nullable=False),
    Index("ix_audit_entity_id", "entity_id"),
)

# Devices a server knows. letter makes serials of one office distinct.
DEVICE = Table(
    "device",
    metadata,
    Column("id", Text(), primary_key=True),
    Column("office", Text(), nullable=False),
    Column("letter", Text(), nullable=False),
    Column("name", Text(), nullable=False),
    Column("public_key", LargeBinary(), nullable=False),
    Column("enrolled_at", Text(), nullable=False),
    Column("kind", Text(), nullable=False, server_default="desk"),  # desk, or server: a county that is a device of its city
    Column("last_seq", BigInteger(), nullable=False, default=0),
    Column("last_seen", Text()),
    Column("revoked_at", Text()),
    UniqueConstraint("office", "letter"),
)

TICKET = Table(
    "ticket",
    metadata,
    Column("id", Text(), primary_key=True),
    Column("office", Text(), nullable=False),
    Column("secret_hash", Text(), nullable=False),
    Column("issued_at", Text(), nullable=False),
    Column("kind", Text(), nullable=False, server_default="desk"),  # what may join by it
    Column("used_by", Text(), ForeignKey("device.id")),
)

# Server side of the pull: each record stands once per scope that may see it, at the position of its last change.
# gone tells a scope that the record left it. device: whose own state it is, and who need not be sent it again.
FEED = Table(
    "feed",
    metadata,
    Column("entity_id", Text(), primary_key=True),
    Column("scope", Text(), primary_key=True),
    Column("entity", Text(), nullable=False),
    Column("position", BigInteger(), nullable=False),
    Column("gone", Boolean(), nullable=False, default=False),
    Column("device", Text()),
    Index("ix_feed_position_scope", "position", "scope"),  # in this order: a round reads what is new, not what is there
    sqlite_with_rowid=False,
)

SETTING = Table(
    "setting",
    metadata,
    Column("key", Text(), primary_key=True),
    Column("value", Text(), nullable=False),
)

DRAFT = Table(
    "draft",
    metadata,
    Column("id", Text(), primary_key=True),
    Column("entity", Text(), nullable=False),
    Column("record_id", Text()),
    Column("account", Text(), nullable=False),
    Column("cells", Text(), nullable=False),
    Column("changed_at", Text(), nullable=False),
)

# Server side of attachments: parts by the office that wrote the attachment's record, so that naming the hash of another
# office's file opens nothing. A device keeps its parts sealed in files (models/store/vault.py).
CHUNK = Table(
    "chunk",
    metadata,
    Column("office", Text(), primary_key=True),
    Column("sha256", Text(), primary_key=True),  # of this part
    Column("body", LargeBinary(), nullable=False),
)

# What a device knows of an attachment's bytes; no row: only the record is here.
# state: waiting (made here, not yet at the county), sent (with the county's signed word), refused, here (fetched).
CONTENT = Table(
    "content",
    metadata,
    Column("attachment_id", Text(), primary_key=True),
    Column("state", Text(), nullable=False),
    Column("detail", Text()),  # why it was refused
    Column("receipt", Text()),
    Index("ix_content_state", "state"),
)
