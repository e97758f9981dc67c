"""docs/protocol.md says of every kind of record what travels of it: whoever writes a client needs no code for that."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

from models.fields import FieldSpec, Kind, Merge
from models.sync.registry import SYNCED
from models.tables import ENTITIES

DOCUMENT = Path(__file__).parents[2] / "docs" / "protocol.md"
BEGIN, END = "<!-- fields -->\n", "<!-- end of fields -->\n"
_SHORT = {Merge.ONCE: "^", Merge.COUNTY: "+"}
_LENGTH = (Kind.TEXT, Kind.NOTE, Kind.PHONE, Kind.ACCOUNT, Kind.ID_NUMBER, Kind.JSON)


def _field(spec: FieldSpec) -> str:
    inside = spec.codes or spec.ref or (str(spec.limit) if spec.kind in _LENGTH else "")
    kind = f"{spec.kind.value}({inside})" if inside else spec.kind.value
    return f"{spec.name}{'!' if spec.required else ''}{_SHORT.get(spec.merge, '')} {kind}"


def fields() -> str:
    """The part of the document between the two marks."""
    lines = []
    for entity in SYNCED:
        what = ENTITIES[entity]
        levels = ", ".join(sorted(level.value for level in SYNCED[entity].writers)) or "the server alone"
        words = "; ".join(_field(s) for s in what.specs if s.travels)
        head = f"- **{entity}** {what.label} ({levels}{'; append-only' if what.append_only else ''}): "
        lines += textwrap.wrap(head + words + ".", 140, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


def test_the_document_names_every_field_that_travels() -> None:
    """GUIYAN_GOLDEN=1 writes it anew."""
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    said, after = rest.split(END)
    if os.environ.get("GUIYAN_GOLDEN"):
        DOCUMENT.write_text(before + BEGIN + fields() + END + after, encoding="utf-8")
        said = fields()
    assert said == fields(), "docs/protocol.md does not say what travels: GUIYAN_GOLDEN=1 writes it"
