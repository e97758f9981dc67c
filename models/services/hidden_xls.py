"""The same of an old workbook (.xls, BIFF8), whose records lie in one stream of a compound file.

Sources: [MS-CFB] 2.2 to 2.6 and [MS-XLS] 2.4.28 (BoundSheet8), 2.4.221 (Row), 2.4.53 (ColInfo).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_END = 0xFFFFFFFA  # this and what is above it are no sectors
_BOF, _EOF, _SHEET, _ROW, _COLUMN = 0x0809, 0x000A, 0x0085, 0x0208, 0x007D
_BIFF8 = 0x0600
_ROW_IS_HIDDEN = 0x20


def hidden_in(data: bytes, name: str) -> tuple[set[int], set[int]]:
    """(rows, columns) out of sight on the sheet of this name, counted from 1; nothing of a file that is not as it should be."""
    rows: set[int] = set()
    columns: set[int] = set()
    try:
        book = _stream(data)
        start = _start(book, name)
        for kind, body in _records(book, start) if start is not None else ():
            if kind == _ROW and _short(body, 12) & _ROW_IS_HIDDEN:
                rows.add(_short(body, 0) + 1)
            elif kind == _COLUMN and _short(body, 8) & 1:
                columns.update(range(_short(body, 0) + 1, min(_short(body, 2), 255) + 2))
    except (struct.error, LookupError, UnicodeDecodeError):
        return set(), set()
    return rows, columns


def _short(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _long(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _stream(data: bytes) -> bytes:
    """The records of the book; nothing when there is no such stream."""
    size = {9: 512, 12: 4096}[_short(data, 30)]
    table: list[int] = []
    for sector in _tables(data, size):
        table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)

    def chain(first: int, links: list[int]) -> Iterator[int]:
        for _ in range(len(links)):  # one that went round would never end
            if first >= _END:
                return
            yield first
            first = links[first]

    def whole(first: int) -> bytes:
        return b"".join(data[(s + 1) * size : (s + 2) * size] for s in chain(first, table))

    folder = whole(_long(data, 48))
    entries = [folder[at : at + 128] for at in range(0, len(folder) - 127, 128)]
    named = {e[: max(_short(e, 64) - 2, 0)].decode("utf-16-le"): e for e in entries}
    book = named.get("Workbook")
    if book is None:
        return b""
    first, length = _long(book, 116), _long(book, 120)
    if length >= _long(data, 56):
        return whole(first)[:length]
    small, links = whole(_long(entries[0], 116)), whole(_long(data, 60))
    parts = chain(first, list(struct.unpack(f"<{len(links) // 4}I", links)))
    return b"".join(small[p * 64 : p * 64 + 64] for p in parts)[:length]


def _tables(data: bytes, size: int) -> Iterator[int]:
    """The sectors of the allocation table: 109 of them are named in the header, more in sectors of their own."""
    wanted = min(_long(data, 44), len(data) // size)
    yield from struct.unpack_from(f"<{min(wanted, 109)}I", data, 76)
    wanted, more = wanted - 109, _long(data, 68)
    while wanted > 0 and more < _END:
        *here, more = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        yield from here[:wanted]
        wanted -= len(here)


def _start(book: bytes, name: str) -> int | None:
    """Where the records of the sheet of this name begin."""
    for kind, body in _records(book, 0):
        if kind == _BOF and _short(body, 0) != _BIFF8:
            return None
        if kind == _SHEET:
            length, wide = body[6], body[7] & 1
            text = body[8 : 8 + length * 2].decode("utf-16-le") if wide else body[8 : 8 + length].decode("latin-1")
            if text == name:
                return _long(body, 0)
    return None


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """(kind, content) up to the end of the part that begins here; what is of a chart within it is passed over."""
    depth = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1:
            yield kind, book[at + 4 : at + 4 + length]
        if depth == 0:
            return
        at += 4 + length
