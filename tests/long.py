"""How many examples a property test tries: a few in ./run test, many in ./run test-long."""

from __future__ import annotations

import os

LONG = bool(os.environ.get("GUIYAN_LONG"))


def examples(short: int, long: int) -> int:
    return long if LONG else short
