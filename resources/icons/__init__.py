"""The icons of the window: Lucide, 24 x 24, drawn in currentColor for the theme to tint. Source and licence: NOTICE.

To add one: put its SVG here, unchanged and from the version NOTICE names. Its file name is its name.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from types import MappingProxyType

# Names that Lucide used before, and that people still type.
ALIASES = MappingProxyType({"home": "house", "alert-triangle": "triangle-alert"})


@cache
def names() -> tuple[str, ...]:
    """The names of all icons, sorted, without ALIASES."""
    return tuple(sorted(entry.name.removesuffix(".svg") for entry in files(__package__).iterdir() if entry.name.endswith(".svg")))


@cache
def svg(name: str) -> bytes:
    """The SVG of an icon (UTF-8; its stroke is the word currentColor). KeyError when there is none of this name."""
    name = ALIASES.get(name, name)
    if name not in names():
        raise KeyError(name)
    return files(__package__).joinpath(f"{name}.svg").read_bytes()
