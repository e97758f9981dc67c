"""Three-way merge of one field, from the old value that the event carries. Pure.

Equal bases apply; the same new value is no news; sets merge by element; only two different new values for one base
are a conflict, which a person settles. No wall clock decides.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.fields import FieldSpec, Kind


class Verdict(StrEnum):
    APPLY = "apply"  # the event's value stands
    SAME = "same"  # already so
    MERGED = "merged"  # a value made of both
    CONFLICT = "conflict"


def merge(spec: FieldSpec | None, base: Any, ours: Any, theirs: Any) -> tuple[Verdict, Any]:
    """base: what the writer saw; ours: what stands here now; theirs: what the event wants. All wire cells.

    Returns the verdict and the cell that shall stand here. spec is None for a field this version does not know.
    """
    if ours == theirs:
        return Verdict.SAME, ours
    if base == ours:
        return Verdict.APPLY, theirs
    if base == theirs:
        return Verdict.SAME, ours  # the writer did not change it
    if spec is not None and spec.kind is Kind.CODES:
        merged = _merge_sets(base, ours, theirs)
        if merged is not None:
            return (Verdict.APPLY if merged == theirs else Verdict.MERGED), merged
    return Verdict.CONFLICT, ours


def _elements(cell: Any) -> set[str] | None:
    if cell is None:
        return set()
    state, value = cell
    return set(str(value).split(",")) if state == "k" and value else None


def _merge_sets(base: Any, ours: Any, theirs: Any) -> Any:
    """Both sides' additions and removals, or None when one of the three is not a plain set (refused, 不适用)."""
    b, o, t = _elements(base), _elements(ours), _elements(theirs)
    if b is None or o is None or t is None:
        return None
    both = (o | (t - b)) - (b - t)
    return ["k", ",".join(sorted(both))] if both else None
