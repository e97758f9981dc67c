"""The colour profile that printed papers name as theirs: sRGB. How it was made: resources/NOTICE.md."""

from __future__ import annotations

from importlib.resources import files

SRGB: bytes = files(__package__).joinpath("srgb.icc").read_bytes()
