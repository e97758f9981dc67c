"""Runs benchmarks by name."""

from __future__ import annotations

import importlib
from typing import Any

from models.errors import RuleError

BENCHES = ("start", "search", "import", "sync", "rounds", "alive", "letters", "forms")
_MODULES = {"import": "importing", "forms": "papers"}


def run(name: str) -> list[dict[str, Any]]:
    """The rows of one benchmark, or of all of them."""
    if name != "all" and name not in BENCHES:
        raise RuleError("bench.unknown", f"没有名为“{name}”的测速。现有：{'、'.join(BENCHES)}。")
    rows: list[dict[str, Any]] = []
    for one in BENCHES if name == "all" else (name,):
        rows += importlib.import_module(f"tests.bench.{_MODULES.get(one, one)}").run()
    return rows


def row(name: str, value: float, unit: str, peer: str | None = None, peer_value: float | None = None, *, less_is_better: bool = False) -> dict[str, Any]:
    """One line. ratio: how many times better than the peer (above 1 is better), None without a peer."""
    ratio = None
    if peer_value:
        ratio = round(peer_value / value if less_is_better else value / peer_value, 2)
    return {"name": name, "value": round(value, 3), "unit": unit, "peer": peer, "peer_value": round(peer_value, 3) if peer_value else None, "ratio": ratio}
