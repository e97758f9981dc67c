"""Which face draws which character.

A chain is a face and its fallbacks, tried in order; a fallback's file is opened when the first character needs it.
Every chain holds every shipped face sooner or later, so a character is missing from all chains or from none.

To add a chain: 1. a name and its first faces in CHAINS; 2. nothing else, `missing` and the writer read CHAINS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from forms.typeset.sfnt import Face, open_face
from resources import fonts

FANG, KAI, HEI, TITLE, SONG = "仿宋", "楷体", "黑体", "小标宋", "宋体"

CHAINS: Mapping[str, tuple[str, ...]] = {
    FANG: (fonts.FANG, fonts.SERIF, fonts.HANA),
    KAI: (fonts.KAI, fonts.SERIF, fonts.HANA),
    HEI: (fonts.HEI, fonts.SANS_BOLD, fonts.HANA),
    TITLE: (fonts.SONG_BOLD, fonts.SERIF_BOLD, fonts.HANA),
    SONG: (fonts.SERIF, fonts.HANA),
}


@cache
def chain_files(chain: str, override: Path | None = None) -> tuple[Path, ...]:
    """The files of a chain in order. override: the office's own file for its first face. KeyError: no such chain."""
    first = CHAINS[chain]
    rest = tuple(f for f in (fonts.SERIF, fonts.SANS, *fonts.FACES) if f not in first)
    shipped = tuple(fonts.path(f) for f in dict.fromkeys(first + rest))
    return (override, *shipped) if override is not None else shipped


def _private(code: int) -> bool:
    return 0xE000 <= code <= 0xF8FF or code >= 0xF0000


@lru_cache(maxsize=1 << 16)
def find(character: str, chain: str, override: Path | None = None) -> tuple[Face, int] | None:
    """(face, glyph) that draws the character, or None.

    A private-use character means what the office that coined it says: only the office's own font may draw it, never
    whatever a shipped font happens to hold at that point.
    """
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        return None
    for file in chain_files(chain, override):
        if _private(code) and file != override:
            return None
        face = open_face(file)
        gid = face.gid(character)
        if gid:
            return face, gid
    return None


_NEWLINE = re.compile("\r\n|[\r\u2028\u2029]")
# Controls but the newline, format characters (soft hyphen, zero-width and direction marks, byte order mark, tags) and
# variation selectors.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)


def clean(text: str) -> str:
    """Text as it can be set: one kind of newline, tabs as blanks, nothing invisible. No character is replaced.

    Left out: control characters, zero-width ones and variation selectors (the base character is drawn).
    """
    if _INVISIBLE.search(text) is None:
        return text
    return _INVISIBLE.sub("", _NEWLINE.sub("\n", text).replace("\t", " "))


def missing(texts: Iterable[str], overrides: Mapping[str, Path] | None = None) -> tuple[str, ...]:
    """The characters of cleaned texts that no chain can draw, each once, in order of appearance."""
    texts = list(texts)
    own = (overrides or {}).values()
    lacking = {
        c
        for c in set().union(*texts) - {"\n"}
        if find(c, SONG) is None and not any(find(c, SONG, override) is not None for override in own)
    }
    return tuple(dict.fromkeys(c for text in texts for c in text if c in lacking)) if lacking else ()
