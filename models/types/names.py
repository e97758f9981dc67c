"""Names of people and places. A name is never cut, never replaced by a likelier one, and may hold any character."""

from __future__ import annotations

import re
import unicodedata

from models.types.text import count as count  # re-exported: a name's length is counted as people count
from models.types.text import visible

# Characters that fonts and input methods of GBK days put at private-use points, and where the standard has them now.
# Source: GB 18030-2022 annex D for the 18 punctuation marks and CJK characters it moved; GB 18030-2005 and Unicode 3.0
# to 4.1 for the others: U+E815..U+E864 were GBK's FE50..FEA0 in this very order. A name typed on such a machine would
# otherwise print as an empty box on every other one.
_GBK_FROM = 0xE815
_GBK_TO = (
    "\u2e81\U00020087\U00020089\U000200cc\u2e84\u3473\u3447\u2e88\u2e8b\u9fb4\u359e\u361a\u360e\u2e8c\u2e97\u396e"
    "\u3918\u9fb5\u39cf\u39df\u3a73\u39d0\u9fb6\u9fb7\u3b4e\u3c6e\u3ce0\u2ea7\U000215d7\u9fb8\u2eaa\u4056\u415f"
    "\u2eae\u4337\u2eb3\u2eb6\u2eb7\U0002298f\u43b1\u43ac\u2ebb\u43dd\u44d6\u4661\u464c\u9fb9\u4723\u4729\u477c"
    "\u478d\u2eca\u4947\u497a\u497d\u4982\u4983\u4985\u4986\u499f\u499b\u49b7\u49b6\u9fba\U000241fe\u4ca3\u4c9f"
    "\u4ca0\u4ca1\u4c77\u4ca2\u4d13\u4d14\u4d15\u4d16\u4d17\u4d18\u4d19\u4dae\u9fbb"
)
_PUNCTUATION_FROM = 0xE78D
_PUNCTUATION_TO = "\ufe10\ufe12\ufe11\ufe13\ufe14\ufe15\ufe16\ufe17\ufe18\ufe19"
PRIVATE_USE: dict[int, str] = {
    **{_GBK_FROM + place: char for place, char in enumerate(_GBK_TO)},
    **{_PUNCTUATION_FROM + place: char for place, char in enumerate(_PUNCTUATION_TO)},
    0xE7C7: "\u1e3f",  # ḿ of A8BC, moved by GB 18030-2005
}

_HANZI = "\u2e80-\u2fdf\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\ue000-\uf8ff"
_BETWEEN_HANZI = re.compile(f"(?<=[{_HANZI}])[ \t]+(?=[{_HANZI}])")
_COMPATIBILITY = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")
_SPLIT = re.compile(f"({_COMPATIBILITY.pattern})")
# The one dot of GB/T names; people type half a dozen others between the parts of a Uyghur or Tibetan name.
_DOTS = re.compile(f"(?<=[{_HANZI}])[.．・•‧∙⋅●](?=[{_HANZI}])")


def is_hanzi(char: str) -> bool:
    return re.fullmatch(f"[{_HANZI}]", char) is not None


def unprivate(text: str) -> str:
    """text with old private-use points replaced by the standard's real ones; points of unknown meaning stay."""
    return text.translate(PRIVATE_USE)


def safe_nfc(text: str) -> str:
    """NFC, but compatibility ideographs stay: NFC would turn U+FA19 into 神, another character than the ID card's."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return "".join(
        part if _COMPATIBILITY.match(part) else unicodedata.normalize("NFC", part) for part in _SPLIT.split(text)
    )


def normalise(text: str) -> str:
    """A name as it is stored: real code points, no blank at the ends or between two hanzi, one dot ·, NFC where safe.

    '张 三' and '张　三' are 张三; 'Ana  Maria' keeps one blank. Nothing is ever cut off.
    """
    plain = unprivate(visible(text)).replace("\u3000", " ")
    plain = re.sub(r"\s+", " ", plain).strip()
    plain = _BETWEEN_HANZI.sub("", plain)
    plain = _DOTS.sub("·", plain)
    return safe_nfc(plain)
