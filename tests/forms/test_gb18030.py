"""GB 18030-2022, implementation level 3: all its 87,887 hanzi are printed and read back.

Which they are (GB 18030-2022; counts of the Unicode blocks as the standard takes them): 20,976 of the first block, 12
unified ones among the compatibility ideographs, and extensions A to F.
"""

from __future__ import annotations

from typing import Any

import pytest

from forms.typeset import chains
from forms.typeset.chains import CHAINS, FANG
from forms.typeset.page import Press

_BLOCKS = (
    (0x4E00, 0x9FEF), (0x3400, 0x4DB5), (0x20000, 0x2A6D6), (0x2A700, 0x2B734), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
)  # fmt: skip
_COMPATIBLE = "\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27\ufa28\ufa29"
LEVEL_3 = "".join(chr(c) for first, last in _BLOCKS for c in range(first, last + 1)) + _COMPATIBLE
_WIDE, _HIGH = 70, 95  # characters of 6 points on an A4 page


def test_the_standard_has_so_many() -> None:
    assert len(LEVEL_3) == len(set(LEVEL_3)) == 87_887


@pytest.mark.parametrize("chain", CHAINS)
def test_every_chain_draws_every_one(chain: str) -> None:
    assert [c for c in LEVEL_3 if chains.find(c, chain) is None] == []


def test_all_of_them_are_printed_and_read_back(read: Any) -> None:
    press = Press("GB 18030-2022")
    setting = press.setting(FANG, 6.0)
    lines = [LEVEL_3[i : i + _WIDE] for i in range(0, len(LEVEL_3), _WIDE)]
    for first in range(0, len(lines), _HIGH):
        pen = press.page()
        for n, line in enumerate(lines[first : first + _HIGH]):
            pen.text(setting, line, 15, 12 + 2.8 * n)
    pages = read.texts(press.bytes())
    assert len(pages) == -(-len(lines) // _HIGH)
    assert "".join(pages).replace("\n", "") == LEVEL_3
