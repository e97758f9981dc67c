"""A face as one PDF embeds it: a Type 0 font with 16-bit codes, its subset, its widths and its text map.

ReportLab's own TTFont is not used: it parts a face into fonts of 256 glyphs, and its text map (ToUnicode) is wrong above
U+FFFF, so that the names that matter most can be neither searched nor copied. Docs: ISO 32000-1, 9.7 and 9.10.3.
"""

from __future__ import annotations

import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFStreamFilterZCompress,
    PDFString,
    PDFZCompress,
)

from forms.typeset.sfnt import Face


class _Quick(PDFStreamFilterZCompress):  # type: ignore[misc]  # ReportLab has no types
    """Outlines hardly shrink: the quickest level takes a third of the time for a few hundredths more of a file."""

    def encode(self, text: bytes) -> bytes:
        return zlib.compress(text, 1)


_QUICK = _Quick()


class FontUse:
    """One face as one document uses it: glyph codes are given in order of first use, one a character.

    One a character and not one a glyph, so that two characters drawn alike (一 and the radical ⼀) are both found
    again by a search.
    """

    def __init__(self, face: Face, name: str) -> None:
        self.face = face
        self.name = name
        self._codes: dict[str, int] = {}
        self._gids = [0]

    def code(self, character: str, gid: int) -> int:
        known = self._codes.get(character)
        if known is None:
            known = self._codes[character] = len(self._gids)
            self._gids.append(gid)
        return known

    def em(self, gid: int) -> float:
        return self.face.advance(gid) / self.face.em

    def addObjects(self, document: Any) -> None:
        """Put the font into the document, under its name in the resources that every page shares."""
        fonts = document.idToObject["BasicFonts"].dict
        fonts[self.name] = document.Reference(self._font(document), f"font {self.name}")

    def _font(self, document: Any) -> PDFDictionary:
        face, scale = self.face, 1000 / self.face.em
        program = face.subset(self._gids)
        letters = "".join(chr(65 + b % 26) for b in sha256(program).digest()[:6])
        name = PDFName(f"{letters}+{_postscript_name(face.path)}")
        file = PDFStream(PDFDictionary({"Length1": len(program)}), program, [_QUICK])
        descriptor = PDFDictionary({
            "Type": PDFName("FontDescriptor"), "FontName": name, "Flags": 4,
            "FontBBox": PDFArray([round(v * scale) for v in face.box]), "ItalicAngle": 0, "StemV": 80,
            "Ascent": round(face.ascent * scale), "Descent": round(face.descent * scale),
            "CapHeight": round(face.ascent * scale), "FontFile2": document.Reference(file),
        })  # fmt: skip
        # The widths are one line: ReportLab would break the array after every few of them.
        widths = " ".join([f"{face.advance(g) * scale:.4g}" for g in self._gids])
        child = PDFDictionary({
            "Type": PDFName("Font"), "Subtype": PDFName("CIDFontType2"), "BaseFont": name,
            "CIDSystemInfo": PDFDictionary({"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}),
            "DW": 1000, "W": f"[0[{widths}]]", "CIDToGIDMap": PDFName("Identity"),
            "FontDescriptor": document.Reference(descriptor),
        })  # fmt: skip
        unicode = PDFStream(content=self._to_unicode(), filters=[PDFZCompress])
        return PDFDictionary({
            "Type": PDFName("Font"), "Subtype": PDFName("Type0"), "BaseFont": name, "Encoding": PDFName("Identity-H"),
            "DescendantFonts": PDFArray([document.Reference(child)]), "ToUnicode": document.Reference(unicode),
        })  # fmt: skip

    def _to_unicode(self) -> bytes:
        entries = [f"<{code:04x}><{c.encode('utf-16-be').hex()}>" for c, code in self._codes.items()]
        blocks = []
        for i in range(0, len(entries), 100):  # no block may hold more
            block = entries[i : i + 100]
            blocks.append(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n")
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
            "/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n"
            + "".join(blocks)
            + "endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"
        ).encode("ascii")


def _postscript_name(path: Path) -> str:
    return "".join(c for c in path.stem if c.isascii() and (c.isalnum() or c == "-")) or "Face"
