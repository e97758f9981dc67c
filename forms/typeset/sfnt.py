"""Reads TrueType files and cuts subsets for embedding. Source: the OpenType specification, 1.9.

A file is mapped, not read: asking for one rare character of a 30 MB font touches a few pages of it.
"""

from __future__ import annotations

import mmap
import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from struct import pack, unpack_from

from forms.errors import FontFileError

# Drawn as nothing, and rightly so: these count as covered without an outline.
BLANKS = frozenset(" \u00a0\u2002\u2003\u2009\u3000")

_WORDS, _SCALE, _XY_SCALE, _TWO_BY_TWO, _MORE = 0x1, 0x8, 0x40, 0x80, 0x20
_RESTRICTED = 0x0002  # OS/2 fsType: must not be embedded


def _array(code: str, data: bytes) -> array[int]:
    values = array(code, data)
    if sys.byteorder == "little":
        values.byteswap()
    return values


class Face:
    """One TrueType face. Lengths are in units of the face; `em` of them make an em.

    Raises FontFileError when the file is no TrueType font, has CFF outlines or forbids embedding.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as stream:
                self._data = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise FontFileError(path.name, "打不开") from error
        try:
            self._read_head()
        except (KeyError, IndexError, ValueError, ArithmeticError) as error:
            raise FontFileError(path.name, "不是完整的 TrueType 字体") from error
        except Exception as error:
            if type(error).__module__ == "struct":
                raise FontFileError(path.name, "不是完整的 TrueType 字体") from error
            raise

    def _read_head(self) -> None:
        data, start = self._data, 0
        if data[:4] == b"ttcf":
            (start,) = unpack_from(">I", data, 12)
        if data[start : start + 4] == b"OTTO":
            raise FontFileError(self.path.name, "轮廓是 CFF 格式，需要 TrueType 格式（.ttf）")
        count = unpack_from(">H", data, start + 4)[0]
        self._tables: dict[bytes, tuple[int, int]] = {}
        for i in range(count):
            tag, _sum, offset, length = unpack_from(">4sIII", data, start + 12 + 16 * i)
            self._tables[tag] = (offset, length)
        head, hhea = self._tables[b"head"][0], self._tables[b"hhea"][0]
        self.em: int = unpack_from(">H", data, head + 18)[0]
        self.box: tuple[int, int, int, int] = unpack_from(">4h", data, head + 36)
        long_loca = unpack_from(">h", data, head + 50)[0]
        self.ascent, self.descent = unpack_from(">2h", data, hhea + 4)
        self._metrics: int = unpack_from(">H", data, hhea + 34)[0]
        self._glyf = self._tables[b"glyf"][0]
        loca = self._table(b"loca")
        self._loca = _array("I", loca) if long_loca else array("I", [2 * v for v in _array("H", loca)])
        if self.em <= 0 or self._metrics <= 0:
            raise ValueError(self.path.name)
        if b"OS/2" in self._tables and unpack_from(">H", data, self._tables[b"OS/2"][0] + 8)[0] & 0xF == _RESTRICTED:
            raise FontFileError(self.path.name, "该字体不许嵌入文件")
        self._gids: dict[str, int] = {}
        self._advances: dict[int, int] = {}
        self._open_cmap()

    def _table(self, tag: bytes) -> bytes:
        offset, length = self._tables[tag]
        return self._data[offset : offset + length]

    def _open_cmap(self) -> None:
        base, _ = self._tables[b"cmap"]
        best, at = -1, 0
        for i in range(unpack_from(">H", self._data, base + 2)[0]):
            platform, encoding, offset = unpack_from(">HHI", self._data, base + 4 + 8 * i)
            form = unpack_from(">H", self._data, base + offset)[0]
            rank = {(3, 10): 4, (0, 6): 3, (0, 4): 3, (3, 1): 2, (0, 3): 1}.get((platform, encoding), -1)
            if form in (4, 12) and rank > best:
                best, at = rank, base + offset
        if best < 0:
            raise FontFileError(self.path.name, "没有 Unicode 字符表")
        self._wide = unpack_from(">H", self._data, at)[0] == 12
        if self._wide:
            groups = unpack_from(">I", self._data, at + 12)[0]
            flat = _array("I", self._data[at + 16 : at + 16 + 12 * groups])
            self._starts, self._ends, self._deltas = flat[0::3], flat[1::3], flat[2::3]
        else:
            length, _language, double = unpack_from(">3H", self._data, at + 2)
            flat = _array("H", self._data[at + 14 : at + (length & ~1)])
            n = double // 2
            self._ends, self._starts = flat[:n], flat[n + 1 : 2 * n + 1]
            self._deltas, self._ranges = flat[2 * n + 1 : 3 * n + 1], flat[3 * n + 1 :]

    def _lookup(self, code: int) -> int:
        if self._wide:
            i = bisect_right(self._starts, code) - 1
            return self._deltas[i] + code - self._starts[i] if i >= 0 and code <= self._ends[i] else 0
        i = bisect_left(self._ends, code)
        if i == len(self._ends) or code < self._starts[i]:
            return 0
        if self._ranges[i] == 0:
            return (code + self._deltas[i]) & 0xFFFF
        gid = self._ranges[i + self._ranges[i] // 2 + code - self._starts[i]]
        return (gid + self._deltas[i]) & 0xFFFF if gid else 0

    def gid(self, character: str) -> int:
        """The glyph of a character; 0 when the face has none or only an empty one."""
        known = self._gids.get(character)
        if known is None:
            known = self._lookup(ord(character))
            if known + 1 >= len(self._loca) or (self._loca[known] == self._loca[known + 1] and character not in BLANKS):
                known = 0
            self._gids[character] = known
        return known

    def advance(self, gid: int) -> int:
        known = self._advances.get(gid)
        if known is None:
            offset = self._tables[b"hmtx"][0] + 4 * min(gid, self._metrics - 1)
            known = self._advances[gid] = int(unpack_from(">H", self._data, offset)[0])
        return known

    def _metric(self, gid: int) -> bytes:
        """Advance and left side bearing, as the table hmtx has them."""
        base = self._tables[b"hmtx"][0]
        if gid < self._metrics:
            return self._data[base + 4 * gid : base + 4 * gid + 4]
        behind = base + 4 * self._metrics + 2 * (gid - self._metrics)
        return self._data[base + 4 * self._metrics - 4 : base + 4 * self._metrics - 2] + self._data[behind : behind + 2]

    def outline(self, gid: int) -> bytes:
        return self._data[self._glyf + self._loca[gid] : self._glyf + self._loca[gid + 1]]

    def subset(self, gids: Sequence[int]) -> bytes:
        """A TrueType file whose glyph n is gids[n]; parts of composite glyphs follow behind."""
        order = list(gids)
        places: dict[int, int] = {}
        for place, gid in enumerate(order):
            places.setdefault(gid, place)
        outlines: list[bytes] = []
        while len(outlines) < len(order):
            outlines.append(_relink(self.outline(order[len(outlines)]), order, places))
        loca, at = [0], 0
        for i, outline in enumerate(outlines):
            if len(outline) % 4:
                outlines[i] = outline = outline + bytes(-len(outline) % 4)
            at += len(outline)
            loca.append(at)
        head = bytearray(self._table(b"head"))
        head[8:12] = bytes(4)
        head[50:52] = pack(">h", 1)
        hhea = bytearray(self._table(b"hhea"))
        hhea[34:36] = pack(">H", len(order))
        maxp = bytearray(self._table(b"maxp"))
        maxp[4:6] = pack(">H", len(order))
        tables = {
            b"glyf": b"".join(outlines),
            b"head": bytes(head),
            b"hhea": bytes(hhea),
            b"hmtx": b"".join([self._metric(g) for g in order]),
            b"loca": pack(f">{len(loca)}I", *loca),
            b"maxp": bytes(maxp),
        }
        for tag in (b"cvt ", b"fpgm", b"prep"):
            if tag in self._tables:
                tables[tag] = self._table(tag)
        return _assemble(tables)


def _relink(outline: bytes, order: list[int], places: dict[int, int]) -> bytes:
    """A composite glyph names its parts by number: gives them their new numbers, adding parts that are not there."""
    if len(outline) < 12 or outline[0] < 0x80:
        return outline
    changed, at = bytearray(outline), 10
    while True:
        flags, part = unpack_from(">HH", outline, at)
        if part not in places:
            places[part] = len(order)
            order.append(part)
        changed[at + 2 : at + 4] = pack(">H", places[part])
        at += 8 if flags & _WORDS else 6
        at += 2 if flags & _SCALE else 4 if flags & _XY_SCALE else 8 if flags & _TWO_BY_TWO else 0
        if not flags & _MORE:
            return bytes(changed)


def _assemble(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = count.bit_length() - 1
    directory = [pack(">IHHHH", 0x00010000, count, 16 << power, power, 16 * count - (16 << power))]
    body: list[bytes] = []
    at = 12 + 16 * count
    for tag in sorted(tables):
        data = tables[tag]
        padded = data + bytes(-len(data) % 4)
        directory.append(pack(">4sIII", tag, sum(_array("I", padded)) & 0xFFFFFFFF, at, len(data)))
        body.append(padded)
        at += len(padded)
    return b"".join(directory + body)


@lru_cache(maxsize=32)
def open_face(path: Path) -> Face:
    """The face in that file, mapped once a process."""
    return Face(path)
